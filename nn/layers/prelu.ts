/**
 * The activation with a weight.
 *
 * @module
 */
import { isTensor } from "../../ops/op.ts";
import { Tensor } from "../../ops/plaintext.ts";
import type { CrypTensor } from "../../ops/tensor.ts";
import { constant } from "../init.ts";
import { Module } from "../module.ts";

/** Options of {@link PReLU}. */
export interface PReLUOptions {
  /** Number of slopes: 1, or one for each channel of [N, C, …]; 1 by default. */
  readonly numParameters?: number | undefined;
  /** What slopes start with; 0.25 by default. */
  readonly init?: number | undefined;
}

/**
 * x where x > 0, else weight·x, with one slope or one for each channel of [N, C, …]. *Error*: 1 ulp where x < 0; 2 for public slopes.
 * *Cost*: that of relu, and of a product by the weight.
 */
export class PReLU extends Module {
  /** Kind of layer. */
  readonly kind = "PReLU";

  /** A layer. */
  constructor({ numParameters = 1, init = 0.25 }: PReLUOptions = {}) {
    super();
    this.parameters.set("weight", constant([numParameters], init));
  }

  /** The layer's result. @throws {RangeError} when there are neither one slope nor one for each channel. */
  override forward(x: CrypTensor): CrypTensor {
    const weight = this.parameters.get("weight")!;
    const channels = x.shape[1] ?? 1;
    if (weight.size !== 1 && weight.size !== channels) {
      throw new RangeError(
        `Cannot run PReLU on [${x.shape}]: it has ${weight.size} slopes, 1 or ${channels} are wanted`,
      );
    }
    const shape = [weight.size, ...new Array<number>(Math.max(0, x.ndim - 2)).fill(1)];
    return x.context.scoped(() => {
      const a = x.rescale();
      const positive = a.relu();
      const slopes = isTensor(weight) ? weight.reshape(shape) : new Tensor(shape, weight.data);
      return positive.add(a.sub(positive).mul(slopes));
    });
  }
}
