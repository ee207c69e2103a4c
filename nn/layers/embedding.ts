/**
 * Rows of a table by index, with PyTorch's names, options and defaults.
 *
 * @module
 */
import { isTensor } from "../../ops/op.ts";
import type { Tensor } from "../../ops/plaintext.ts";
import type { CrypTensor, Operand } from "../../ops/tensor.ts";
import { Derived, type Factor, factorOf, times } from "../derived.ts";
import { normal } from "../init.ts";
import { Module, type Parameter } from "../module.ts";
import { optionsText } from "./function_layer.ts";

/** Options of {@link Embedding}. */
export interface EmbeddingOptions {
  /** Index whose row is zeros at first; negative ones count from the end. */
  readonly paddingIdx?: number | undefined;
}

/** The index of padding, counted from the start. @throws {RangeError} when there is no such row. */
function paddingOf(kind: string, entries: number, paddingIdx: number | undefined): number | undefined {
  if (paddingIdx === undefined) return undefined;
  const at = paddingIdx < 0 ? paddingIdx + entries : paddingIdx;
  if (Number.isInteger(at) && at >= 0 && at < entries) return at;
  throw new RangeError(
    `Cannot make an ${kind} layer: paddingIdx is ${paddingIdx}, one of ${entries} entries is wanted`,
  );
}

/** A new table: normally distributed, with zeros for padding. */
function newTable(kind: string, entries: number, side: number, padding: number | undefined): Tensor {
  if (![entries, side].every((n) => Number.isInteger(n) && n > 0)) {
    throw new RangeError(
      `Cannot make an ${kind} layer: ${entries} entries of ${side} elements, positive numbers are wanted`,
    );
  }
  const rows = normal([entries, side]);
  if (padding !== undefined) (rows.data as Float64Array).fill(0, padding * side, (padding + 1) * side);
  return rows;
}

/** What layers of rows of a table have. */
export abstract class Table<In extends readonly unknown[]> extends Module<In> {
  /** Kind of layer. */
  abstract override readonly kind: string;
  /** Number of rows. */
  protected readonly entries: number;
  /** The row that is padding. */
  protected readonly padding: number | undefined;
  readonly #factor: Derived<{ readonly factor: Factor }> = new Derived((weight) => ({
    factor: factorOf(weight!),
  }));

  /** A table of so many rows of so many elements; throws a RangeError on sizes and padding that do not fit. */
  constructor(kind: string, entries: number, side: number, { paddingIdx }: EmbeddingOptions) {
    super();
    this.entries = entries;
    this.padding = paddingOf(kind, entries, paddingIdx);
    this.parameters.set("weight", newTable(kind, entries, side, this.padding));
  }

  /** The table. */
  protected get weight(): Parameter {
    return this.parameters.get("weight")!;
  }

  /** The table's rows, each times a number: sums for [..., entries] numbers. A secret table is opened once, masked. */
  protected combined(numbers: CrypTensor): CrypTensor {
    return times(numbers, this.#factor.of(this.weight).factor);
  }

  /** Rows at indices. @throws {TypeError} when neither they nor the table are secret. */
  protected rows(indices: Operand): CrypTensor {
    const { weight } = this;
    if (!isTensor(indices)) {
      if (isTensor(weight)) return weight.take(indices, 0);
      throw new TypeError(
        `Cannot run ${this.kind}: indices and table are public, one of them secret is wanted`,
      );
    }
    if (!isTensor(weight)) return indices.embedding(weight);
    return indices.context.scoped(() => this.combined(indices.oneHot(this.entries)));
  }

  /** Returns the memory of the table. */
  override dispose(): void {
    super.dispose();
    this.#factor.dispose();
  }

  /** The layer's options. */
  override get summary(): string {
    const text = optionsText({ padding: this.padding });
    return `${this.weight.shape.join(" x ")}${text === "" ? "" : `, ${text}`}`;
  }
}

/**
 * Rows of a table at indices of any shape, [...] to [..., D]. Secret indices are integers, of scale 0; what is no index gives any row.
 * *Error*: 1 ulp for secret indices and table, else none. *Cost* of public indices: none. Of secret ones: a one-hot vector of
 * each in one round, and of a secret table one more round and 8 bytes for each of its rows and each index; the table is opened once,
 * masked.
 */
export class Embedding extends Table<readonly [indices: Operand]> {
  /** Kind of layer. */
  override readonly kind = "Embedding";

  /** A table of normally distributed numbers. @throws {RangeError} on sizes and padding that do not fit. */
  constructor(numEmbeddings: number, embeddingDim: number, options: EmbeddingOptions = {}) {
    super("Embedding", numEmbeddings, embeddingDim, options);
  }

  /** The rows. @throws {TypeError} when neither the indices nor the table are secret. */
  override forward(indices: Operand): CrypTensor {
    return this.rows(indices);
  }
}
