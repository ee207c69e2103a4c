/**
 * Layers without weights that every network has.
 *
 * @module
 */
import { isTensor } from "../../ops/op.ts";
import { Tensor } from "../../ops/plaintext.ts";
import type { CrypTensor, Operand } from "../../ops/tensor.ts";
import { Module, type Parameter } from "../module.ts";

/** max(x, 0). Of a product, truncation included: 4 rounds and 11.1 bytes per element in the lean profile. */
export class ReLU extends Module {
  /** Kind of layer. */
  readonly kind = "ReLU";
  /** The layer's result. */
  override forward(x: CrypTensor): CrypTensor {
    return x.relu();
  }
}

/** The input itself. */
export class Identity extends Module {
  /** Kind of layer. */
  readonly kind = "Identity";
  /** The layer's result. */
  override forward(x: CrypTensor): CrypTensor {
    return x.alias(x.context);
  }
}

/** Axes `startDim` to `endDim` as one. Local. */
export class Flatten extends Module {
  /** Kind of layer. */
  readonly kind = "Flatten";
  readonly #start: number;
  readonly #end: number;
  /** Flattens these axes; negative ones count from the end. */
  constructor(startDim = 1, endDim = -1) {
    super();
    this.#start = startDim;
    this.#end = endDim;
  }
  /** The layer's result. */
  override forward(x: CrypTensor): CrypTensor {
    return x.flatten(this.#start, this.#end);
  }
  /** The layer's options. */
  override get summary(): string {
    return `${this.#start} to ${this.#end}`;
  }
}

/** x·a + b per channel of [N, C, …], with a and b of shape [C]: what is left of a batch norm. *Cost*: one product. */
export class ScaleShift extends Module {
  /** Kind of layer. */
  readonly kind = "ScaleShift";
  /** Multiplies and adds these. */
  constructor(scale: Parameter, shift: Parameter) {
    super();
    this.parameters.set("scale", scale);
    this.parameters.set("shift", shift);
  }
  /** The layer's result. */
  override forward(x: CrypTensor): CrypTensor {
    const shape = [x.shape[1] ?? 1, ...new Array<number>(Math.max(0, x.ndim - 2)).fill(1)];
    const [scale, shift] = ["scale", "shift"].map((name): Operand => {
      const value = this.parameters.get(name)!;
      return isTensor(value) ? value.reshape(shape) : new Tensor(shape, value.data);
    });
    return x.mul(scale!).add(shift!);
  }
}
