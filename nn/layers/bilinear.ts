/**
 * The layer that is linear in both of two inputs.
 *
 * @module
 */
import { isTensor } from "../../ops/op.ts";
import { Tensor } from "../../ops/plaintext.ts";
import { matmulWeight } from "../../ops/prepared.ts";
import type { CrypTensor } from "../../ops/tensor.ts";
import { linearInit } from "../init.ts";
import { Module, type Parameter } from "../module.ts";
import { Stationary } from "../stationary.ts";
import type { LinearOptions } from "./linear.ts";

/** A public weight [out, in1, in2] as [in1, out·in2]. */
function turned({ shape: [out = 0, first = 0, second = 0], data }: Tensor): Tensor {
  const at = (i: number): number => {
    const [row, rest] = [Math.floor(i / (out * second)), i % (out * second)];
    return Number(data[(Math.floor(rest / second) * first + row) * second + rest % second]);
  };
  return new Tensor([first, out * second], Float64Array.from({ length: data.length }, (_, i) => at(i)));
}

/**
 * x·W[k]·y + b[k] for each output k, for x of shape [..., in1] and y of shape [..., in2], with weight [out, in1, in2] and bias [out].
 * *Error*: 1 ulp, and 1 ulp for each unit of |y|. *Cost* of a secret weight: two products; its masked form is opened once. Of a public
 * one: one product.
 */
export class Bilinear extends Module<readonly [CrypTensor, CrypTensor]> {
  /** Kind of layer. */
  readonly kind = "Bilinear";
  readonly #stationary = new Stationary((weight) => {
    const [out, first, second] = weight.shape as [number, number, number];
    return weight.permute([1, 0, 2]).reshape([first, out * second]);
  });

  /** A layer with weights as PyTorch's starts with: uniform within 1/sqrt(in1). */
  constructor(in1Features: number, in2Features: number, outFeatures: number, options: LinearOptions = {}) {
    super();
    this.parameters.set("weight", linearInit([outFeatures, in1Features, in2Features], in1Features));
    if (options.bias ?? true) this.parameters.set("bias", linearInit([outFeatures], in1Features));
  }

  /** The layer's result. @throws {RangeError} when the last sides do not fit or the others differ. */
  override forward(x: CrypTensor, y: CrypTensor): CrypTensor {
    const weight = this.parameters.get("weight")!;
    const [out, first, second] = weight.shape as [number, number, number];
    const lead = x.shape.slice(0, -1);
    if (x.shape.at(-1) !== first || [...lead, second].join() !== y.shape.join()) {
      throw new RangeError(
        `Cannot run Bilinear on [${x.shape}] and [${y.shape}]: [..., ${first}] and [..., ${second}] are wanted`,
      );
    }
    return x.context.scoped(() => {
      const half = this.#half(x, weight).reshape([...lead, out, second]);
      const product = half.matmul(y.unsqueeze(-1)).squeeze(-1);
      const bias = this.parameters.get("bias");
      return bias === undefined ? product : product.add(bias);
    });
  }

  /** x·W as [..., out·in2]. */
  #half(x: CrypTensor, weight: Parameter): CrypTensor {
    return isTensor(weight) ? matmulWeight(x, this.#stationary.of(weight)) : x.matmul(turned(weight));
  }

  /** Returns the memory of the weights. */
  override dispose(): void {
    super.dispose();
    this.#stationary.dispose();
  }

  /** The layer's options. */
  override get summary(): string {
    const [out, first, second] = this.parameters.get("weight")!.shape;
    return `${first}, ${second} -> ${out}`;
  }
}
