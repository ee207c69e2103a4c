/**
 * Linear layers.
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

/** Options of {@link Linear}. */
export interface LinearOptions {
  /** Whether a bias is added; true by default. */
  readonly bias?: boolean | undefined;
}

/** A matrix, turned. */
export function turned(matrix: Parameter): Parameter {
  return isTensor(matrix) ? matrix.t() : turnedTensor(matrix);
}

function turnedTensor({ shape: [rows = 0, columns = 0], data }: Tensor): Tensor {
  const out = Float64Array.from(
    { length: data.length },
    (_, i) => Number(data[(i % rows) * columns + Math.floor(i / rows)]),
  );
  return new Tensor([columns, rows], out);
}

/**
 * x·Wᵀ + b for x of shape [..., in], with weight [out, in] and bias [out]. *Error*: below 1 ulp. *Cost* of a secret weight: one
 * round and 8 bytes per element of x; its masked form is opened once, at the first use. Of a public one: none.
 */
export class Linear extends Module {
  /** Kind of layer. */
  readonly kind = "Linear";
  readonly #stationary = new Stationary((weight) => weight.t());
  #turned: [Tensor, Tensor] | undefined;

  /** A layer with weights as PyTorch's starts with: uniform within 1/sqrt(in). */
  constructor(inFeatures: number, outFeatures: number, options: LinearOptions = {}) {
    super();
    this.parameters.set("weight", linearInit([outFeatures, inFeatures]));
    if (options.bias ?? true) this.parameters.set("bias", linearInit([outFeatures], inFeatures));
  }

  /**
   * A layer of weights that are there.
   *
   * @throws {RangeError} when the weight is no matrix or the bias does not fit.
   */
  static of(weight: Parameter, bias?: Parameter): Linear {
    const [out] = weight.shape;
    if (weight.ndim !== 2 || (bias !== undefined && bias.shape.at(-1) !== out && bias.size !== 1)) {
      const given = bias === undefined ? "" : ` and a bias of shape [${bias.shape}]`;
      throw new RangeError(
        `Cannot make a Linear layer: a weight of shape [${weight.shape}]${given} was given, [out, in] and [out] are wanted`,
      );
    }
    const layer = new Linear(0, 0, { bias: false });
    layer.parameters.set("weight", weight);
    if (bias !== undefined) layer.parameters.set("bias", bias);
    return layer;
  }

  /** The layer's result. */
  override forward(x: CrypTensor): CrypTensor {
    const weight = this.parameters.get("weight")!;
    return x.context.scoped(() => {
      const y = isTensor(weight)
        ? matmulWeight(x, this.#stationary.of(weight))
        : x.matmul(this.#publicly(weight));
      const bias = this.parameters.get("bias");
      // The bias joins at the product's scale, so nothing is truncated between.
      return bias === undefined ? y : y.add(bias);
    });
  }

  #publicly(weight: Tensor): Tensor {
    if (this.#turned?.[0] !== weight) this.#turned = [weight, turnedTensor(weight)];
    return this.#turned[1];
  }

  /** Returns the memory of the weights. */
  override dispose(): void {
    super.dispose();
    this.#stationary.dispose();
  }

  /** The layer's options. */
  override get summary(): string {
    const [outputs, inputs] = this.parameters.get("weight")!.shape;
    return `${inputs} -> ${outputs}`;
  }
}
