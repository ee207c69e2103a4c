/**
 * The encrypted tensor: shape, scale and kind are known at once; the share may still be on its way.
 *
 * @module
 */
import type { AShare, BShare } from "../protocols/protocol.ts";
import type { Shape } from "../ring/shape.ts";
import type { Cell } from "./cell.ts";
import type { Context } from "./context.ts";
import { decrypt, type DecryptOptions, shareOf } from "./decrypt.ts";
import { RandomMethods } from "./methods/random.ts";
import { BRAND } from "./op.ts";
import type { Tensor, TensorLike } from "./plaintext.ts";

/** A secret or public operand. */
export type Operand = CrypTensor | TensorLike;

/** How the secret is shared: integers modulo 2^64, or bits. */
export type Ptype = "arithmetic" | "binary";

/** What is known about a tensor before its share is there. */
export interface TensorFacts {
  /** Fraction bits: the value is the shared integer divided by 2^scale. */
  readonly scale: number;
  /** The largest absolute value that can occur, if it is known. Public. */
  readonly bound?: number | undefined;
}

/** The shares of a tensor: words, bits, or both. */
export interface TensorCells {
  /** As words. */
  readonly words?: Cell<AShare> | undefined;
  /** As bits. */
  readonly bits?: Cell<BShare> | undefined;
  /** Bits per element of `bits`. */
  readonly width?: number | undefined;
  /** The value, if everyone knows it. */
  readonly known?: Tensor | undefined;
}

/**
 * A secret-shared tensor. Operations return at once; only {@link CrypTensor.decrypt} waits. It cannot be used as a number,
 * string or condition: select with {@link CrypTensor.where} instead of branching.
 *
 * Plain operands (numbers, nested arrays, {@link Tensor}) mix freely with secret ones.
 */
export class CrypTensor extends RandomMethods {
  /** Marks encrypted tensors, across copies of the library. */
  readonly [BRAND]: true = true;
  /** Sizes of the axes. */
  readonly shape: Shape;
  /** Fraction bits of the shared integer. A product has the sum of its operands' until it is next used. */
  readonly scale: number;
  /** The largest absolute value that can occur, if it is known. */
  readonly bound: number | undefined;
  /** How it is shared. */
  readonly ptype: Ptype;
  /**
   * The value, if everyone knows it: products with it are local.
   *
   * @ignore For operations.
   */
  readonly known: Tensor | undefined;
  readonly #context: Context;
  readonly #width: number;
  #words: Cell<AShare> | undefined;
  #bits: Cell<BShare> | undefined;
  #rescaled: CrypTensor | undefined;
  #disposed = false;

  /** @ignore Made by operations and sessions. */
  constructor(context: Context, shape: Shape, facts: TensorFacts, cells: TensorCells) {
    super();
    this.#context = context;
    this.shape = shape;
    this.scale = facts.scale;
    this.bound = facts.bound;
    this.#words = cells.words;
    this.#bits = cells.bits;
    this.#width = cells.width ?? 64;
    this.known = cells.known;
    // A comparison's single bits count as integers 0 and 1; they become words when something needs them as words.
    this.ptype = cells.words === undefined && this.#width > 1 ? "binary" : "arithmetic";
    context.made(this);
  }

  /** Number of axes. */
  get ndim(): number {
    return this.shape.length;
  }
  /** Number of elements. */
  get size(): number {
    return this.shape.reduce((a, b) => a * b, 1);
  }
  /**
   * The scope it was made in.
   *
   * @ignore For layers, operations and tests.
   */
  get context(): Context {
    return this.#context;
  }
  /**
   * Bits per element when shared as bits.
   *
   * @ignore For layers, operations and tests.
   */
  get width(): number {
    return this.#width;
  }
  /**
   * The share as bits, if there is one.
   *
   * @ignore For layers, operations and tests.
   */
  get bits(): Cell<BShare> | undefined {
    this.#check();
    return this.#bits;
  }
  /**
   * The share as words; made from the bits when there is none.
   *
   * @ignore For layers, operations and tests.
   */
  get words(): Cell<AShare> {
    this.#check();
    if (this.#words === undefined) {
      const bits = this.#bits!;
      const { protocol } = this.#context;
      const cost = protocol.costs.fromBits(this.shape, this.#width);
      this.#words = this.#context.remote(
        "fromBits",
        [bits],
        this.shape,
        cost,
        (call, b) => protocol.fromBits(call, b, this.#width),
      );
    }
    return this.#words;
  }

  /**
   * The same value with at most the session's fraction bits: a product's extra bits are removed when it is next used, and only
   * once.
   */
  rescale(): CrypTensor {
    const extra = this.scale - this.#context.fractionBits;
    if (extra <= 0) return this;
    if (this.#rescaled === undefined) {
      const words = this.words;
      const { protocol } = this.#context;
      const cell = this.#context.remote(
        "truncate",
        [words],
        this.shape,
        protocol.costs.truncate(this.shape, extra, undefined, words.summand),
        (call, x) => protocol.truncate(call, x, extra),
        { taken: true },
      );
      const facts = { scale: this.#context.fractionBits, bound: this.bound };
      // It belongs to this tensor, not to the operation that happens to need it first.
      this.#rescaled = this.#context.keeping(() =>
        new CrypTensor(this.#context, this.shape, facts, { words: cell })
      );
    }
    return this.#rescaled;
  }

  /**
   * Whether a tensor lives and dies with this one.
   *
   * @ignore For operations.
   */
  owns(tensor: CrypTensor): boolean {
    return this.#rescaled === tensor;
  }

  /**
   * The same share as a tensor of its own.
   *
   * @ignore For operations.
   */
  alias(context: Context): CrypTensor {
    this.#check();
    return new CrypTensor(context, this.shape, this, {
      words: this.#words?.retain(),
      bits: this.#bits?.retain(),
      width: this.#width,
      known: this.known,
    });
  }

  #check(): void {
    if (this.#disposed) {
      throw new TypeError(`Cannot use the tensor of shape [${this.shape}]: it was disposed`);
    }
  }

  /** Waits until the share is here. @throws the session's first failure. */
  async settled(): Promise<void> {
    const cell = this.#words ?? this.#bits;
    await cell?.wait();
    this.#context.reached(cell?.depth ?? 0);
    await this.#rescaled?.settled();
  }

  /**
   * Returns the memory of the share. Operations that were called before still run.
   *
   * @param kept Tensors that live on, though they were made for this one.
   */
  dispose(kept: readonly CrypTensor[] = []): void {
    this.#words?.release();
    this.#bits?.release();
    if (this.#rescaled !== undefined && !kept.includes(this.#rescaled)) this.#rescaled.dispose();
    this.#words = undefined;
    this.#bits = undefined;
    this.#disposed = true;
  }
  /** So that `using` disposes it. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Refuses to become a number or string. */
  [Symbol.toPrimitive](): never {
    throw new TypeError(
      `Cannot use an encrypted tensor of shape [${this.shape}] as a number or string: it is secret, use its methods or decrypt() it`,
    );
  }
  /** Shape and kind, never a share. */
  override toString(): string {
    return `CrypTensor(shape=[${this.shape}], scale=${this.scale}, ${this.ptype})`;
  }
  /** What a console shows. */
  [Symbol.for("Deno.customInspect")](): string {
    return this.toString();
  }
  /** Refuses serialisation. */
  toJSON(): never {
    throw new TypeError("Cannot serialise an encrypted tensor: it is secret, decrypt() it or use share()");
  }

  /**
   * Opens the value to all parties, or to one.
   *
   * *Leaks* the value, rounded to the session's fraction bits, to the receivers. *Cost*: one round, and one for the comparison
   * of traces if nothing else is under way.
   */
  decrypt(): Promise<Tensor>;
  /** Opens the value to party `dst`; resolves to `undefined` at the others. */
  decrypt(options: DecryptOptions): Promise<Tensor | undefined>;
  decrypt(options: DecryptOptions = {}): Promise<Tensor | undefined> {
    return decrypt(this, options);
  }
  /** This party's share, as the ring's signed integers: random-looking, for inspection. */
  share(): Promise<BigInt64Array> {
    return shareOf(this);
  }
}
