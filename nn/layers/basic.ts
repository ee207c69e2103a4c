/**
 * The layers of a multi-layer perceptron.
 *
 * @module
 */
import { matmulWeight, Weight } from "../../ops/prepared.ts";
import type { CrypTensor } from "../../ops/tensor.ts";
import { Module } from "../module.ts";

/**
 * x·W + b for x of shape [..., in], with a secret weight of shape [in, out]. *Error*: below 1 ulp. *Cost*: one round and 8
 * bytes per element of x; the weight's masked form is opened once, at the first use.
 */
export class Linear extends Module {
  /** Kind of layer. */
  readonly kind = "Linear";
  readonly #weight: Weight;
  readonly #bias: CrypTensor | undefined;

  /**
   * A layer with these weights.
   *
   * @throws {RangeError} when the weight is no matrix or the bias does not fit.
   */
  constructor(weight: CrypTensor, bias?: CrypTensor) {
    super();
    const out = weight.shape[1];
    if (weight.ndim !== 2 || (bias !== undefined && bias.shape.at(-1) !== out && bias.size !== 1)) {
      const given = bias === undefined ? "" : ` and a bias of shape [${bias.shape}]`;
      throw new RangeError(
        `Cannot make a Linear layer: a weight of shape [${weight.shape}]${given} was given, [in, out] and [out] are wanted`,
      );
    }
    this.#weight = new Weight(weight);
    this.#bias = bias;
    this.parameters.set("weight", this.#weight.tensor);
    if (bias !== undefined) this.parameters.set("bias", bias);
  }

  /** The layer's result. */
  override forward(x: CrypTensor): CrypTensor {
    const y = matmulWeight(x, this.#weight);
    // The bias joins at the product's scale, so nothing is truncated between.
    return this.#bias === undefined ? y : y.add(this.#bias);
  }

  /** Returns the memory of the weights. */
  override dispose(): void {
    this.#weight.dispose();
    this.#bias?.dispose();
  }

  /** The layer's options. */
  override get summary(): string {
    const [inputs, outputs] = this.#weight.tensor.shape;
    return `${inputs} -> ${outputs}`;
  }
}

/** max(x, 0). Of a product, truncation included: 4 rounds and 11.1 bytes per element in the lean profile. */
export class ReLU extends Module {
  /** Kind of layer. */
  readonly kind = "ReLU";
  /** The layer's result. */
  override forward(x: CrypTensor): CrypTensor {
    return x.relu();
  }
}

/** All axes from `axis` on as one, and all before it as one. Local. */
export class Flatten extends Module {
  /** Kind of layer. */
  readonly kind = "Flatten";
  readonly #axis: number;
  /** Flattens from this axis on; negative ones count from the end. */
  constructor(axis = 1) {
    super();
    this.#axis = axis;
  }
  /** The layer's result. */
  override forward(x: CrypTensor): CrypTensor {
    const at = this.#axis < 0 ? this.#axis + x.ndim : this.#axis;
    if (!Number.isInteger(at) || at < 0 || at > x.ndim) {
      throw new RangeError(
        `Cannot flatten [${x.shape}] at axis ${this.#axis}: ${-x.ndim} to ${x.ndim} is wanted`,
      );
    }
    const product = (sides: readonly number[]): number => sides.reduce((a, b) => a * b, 1);
    return x.reshape([product(x.shape.slice(0, at)), product(x.shape.slice(at))]);
  }
  /** The layer's options. */
  override get summary(): string {
    return `axis ${this.#axis}`;
  }
}

/** x + b with a secret b. Local. */
export class Bias extends Module {
  /** Kind of layer. */
  readonly kind = "Bias";
  readonly #bias: CrypTensor;
  /** Adds this tensor, which broadcasts. */
  constructor(bias: CrypTensor) {
    super();
    this.#bias = bias;
    this.parameters.set("bias", bias);
  }
  /** The layer's result. */
  override forward(x: CrypTensor): CrypTensor {
    return x.add(this.#bias);
  }
}

/** Layers one after the other. */
export class Sequential extends Module {
  /** Kind of layer. */
  readonly kind = "Sequential";
  /** Runs these layers, named by position or by key. */
  constructor(layers: readonly Module[] | Readonly<Record<string, Module>>) {
    super();
    for (const [name, layer] of Object.entries(layers)) this.children.set(name, layer);
  }
  /** The layer's result. */
  override forward(x: CrypTensor): CrypTensor {
    let y = x;
    for (const [name, layer] of this.children) y = y.context.inLayer(name, () => layer.forward(y));
    return y;
  }
}
