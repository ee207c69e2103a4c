/**
 * Sums, means and maxima of rows of a table, with PyTorch's names, options and defaults.
 *
 * @module
 */
import { isTensor } from "../../ops/op.ts";
import { publicTensor, shapeOf } from "../../ops/operand.ts";
import { Tensor } from "../../ops/plaintext.ts";
import { matmul } from "../../ops/products.ts";
import { stackAll } from "../../ops/join.ts";
import type { CrypTensor, Operand } from "../../ops/tensor.ts";
import { sizeOf } from "../../ring/shape.ts";
import type { Parameter } from "../module.ts";
import { reshaped } from "../parameters.ts";
import { type EmbeddingOptions, Table } from "./embedding.ts";

/** How rows become one. */
export type EmbeddingBagMode = "sum" | "mean" | "max";

/** Options of {@link EmbeddingBag}. */
export interface EmbeddingBagOptions extends EmbeddingOptions {
  /** How rows become one; "mean" by default. */
  readonly mode?: EmbeddingBagMode | undefined;
}

/** What else indices of bags may have. */
export interface BagInputs {
  /** Of indices [n]: where each bag begins, the first at 0. Public. */
  readonly offsets?: readonly number[] | undefined;
  /** A factor for each row, of the indices' shape; for sums. */
  readonly perSampleWeights?: Operand | undefined;
}

/** Where bags begin and end in the list of all indices. */
type Bags = readonly (readonly [from: number, to: number])[];

/** Bags of indices [B, n], or of [n] with offsets. @throws {RangeError} on other ones. */
function bagsOf(indices: Operand, offsets: readonly number[] | undefined): Bags {
  const shape = shapeOf(indices);
  const [rows, side] = shape;
  if (shape.length === 2 && offsets === undefined) {
    return Array.from({ length: rows! }, (_, i) => [i * side!, (i + 1) * side!]);
  }
  const ends = [...offsets ?? [], rows ?? 0];
  const rising = ends.every((end, i) => Number.isInteger(end) && (i === 0 ? end === 0 : end >= ends[i - 1]!));
  if (shape.length === 1 && offsets !== undefined && offsets.length > 0 && rising) {
    return offsets.map((from, i) => [from, ends[i + 1]!]);
  }
  throw new RangeError(
    `Cannot run EmbeddingBag on [${shape}]: [bags, indices] is wanted, or [indices] with offsets that rise from 0`,
  );
}

/** The matrix that adds what belongs to a bag, each times its factor. */
function adder(bags: Bags, factors: readonly number[]): Tensor {
  const out = new Float64Array(bags.length * factors.length);
  bags.forEach(([from, to], bag) => out.set(factors.slice(from, to), bag * factors.length + from));
  return new Tensor([bags.length, factors.length], out);
}

/** A factor for each row. */
function column(weights: Operand, size: number): Parameter {
  const all = isTensor(weights) ? weights : publicTensor(weights);
  if (all.size === size) return reshaped(all, [size, 1]);
  throw new RangeError(
    `Cannot run EmbeddingBag: weights of shape [${all.shape}] for ${size} indices, one for each is wanted`,
  );
}

/**
 * For each bag of indices, [B, n] or [n] with offsets, the sum, mean or largest of the rows, [B, D]. Rows of padding do not count.
 * *Error*: 1 ulp, of a mean 3. *Cost* of public indices: none, of a maximum that of `max`. Of secret ones: a one-hot vector of
 * each; for sums and means then one round and 8 bytes for each row of the table and each bag.
 */
export class EmbeddingBag extends Table<readonly [indices: Operand, options?: BagInputs]> {
  /** Kind of layer. */
  override readonly kind = "EmbeddingBag";
  readonly #mode: EmbeddingBagMode;

  /** A table of normally distributed numbers. @throws {RangeError} on sizes, padding and modes that do not fit. */
  constructor(numEmbeddings: number, embeddingDim: number, options: EmbeddingBagOptions = {}) {
    super("EmbeddingBag", numEmbeddings, embeddingDim, options);
    const { mode = "mean", paddingIdx } = options;
    if (!["sum", "mean", "max"].includes(mode) || (mode === "max" && paddingIdx !== undefined)) {
      throw new RangeError(
        `Cannot make an EmbeddingBag layer: its mode is ${mode}, "sum", "mean" or, without padding, "max" is wanted`,
      );
    }
    this.#mode = mode;
  }

  /**
   * One row for each bag.
   *
   * @throws {RangeError} when shapes do not fit, or the largest of no rows is asked for.
   * @throws {TypeError} when neither the indices nor the table are secret.
   */
  override forward(indices: Operand, { offsets, perSampleWeights }: BagInputs = {}): CrypTensor {
    const bags = bagsOf(indices, offsets);
    if (perSampleWeights !== undefined && this.#mode !== "sum") {
      throw new RangeError(
        `Cannot run EmbeddingBag: there are weights for its ${this.#mode}, a sum is wanted`,
      );
    }
    const secret = [indices, this.weight].find(isTensor);
    if (secret === undefined) {
      throw new TypeError(
        "Cannot run EmbeddingBag: indices and table are public, one of them secret is wanted",
      );
    }
    const size = sizeOf(shapeOf(indices));
    return secret.context.scoped(() => {
      if (this.#mode === "max") return this.#largest(indices, bags);
      const weights = perSampleWeights === undefined ? undefined : column(perSampleWeights, size);
      return isTensor(indices)
        ? this.#ofSecret(indices, bags, weights)
        : this.#ofPublic(publicTensor(indices), bags, weights);
    });
  }

  #largest(indices: Operand, bags: Bags): CrypTensor {
    if (bags.some(([from, to]) => from === to)) {
      throw new RangeError(
        "Cannot run EmbeddingBag: a bag is empty, one index at least is wanted for a maximum",
      );
    }
    const rows = this.rows(indices).reshape([sizeOf(shapeOf(indices)), this.weight.shape[1]!]);
    return stackAll(bags.map(([from, to]) => rows.narrow(0, from, to - from).max({ dim: 0 })));
  }

  /** Sums and means of bags at public indices. */
  #ofPublic(indices: Tensor, bags: Bags, weights: Parameter | undefined): CrypTensor {
    const numbers = Array.from<number | bigint, number>(indices.data, Number);
    const parts = adder(bags, numbers.map((index) => index === this.padding ? 0 : 1));
    const counts = bags.map(([from, to]) => numbers.slice(from, to).filter((i) => i !== this.padding).length);
    const rows = this.rows(indices).reshape([indices.size, this.weight.shape[1]!]);
    const sums = matmul(parts, weights === undefined ? rows : rows.mul(weights));
    return this.#mode === "sum" ? sums : sums.div(counts.map((n) => [Math.max(1, n)]));
  }

  /** Sums and means of bags at secret indices: how often each row occurs comes first, so that rows are combined once per bag. */
  #ofSecret(indices: CrypTensor, bags: Bags, weights: Parameter | undefined): CrypTensor {
    const hot = indices.flatten().oneHot(this.entries);
    const parts = adder(bags, new Array<number>(indices.size).fill(1));
    const all = matmul(parts, weights === undefined ? hot : hot.mul(weights));
    const { padding } = this;
    const kept = Array.from({ length: this.entries }, (_, row) => row === padding ? 0 : 1);
    const sums = this.combined(padding === undefined ? all : all.mul(kept));
    if (this.#mode === "sum") return sums;
    const sizes = bags.map(([from, to]) => [Math.max(1, to - from)]);
    if (padding === undefined) return sums.div(sizes);
    return sums.div(all.narrow(1, padding, 1).neg().add(sizes), { positive: true });
  }
}
