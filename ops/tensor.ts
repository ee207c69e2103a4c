/**
 * The encrypted tensor: shape, scale and kind are known at once; the share may still be on its way.
 *
 * @module
 */
import type { AShare, BShare } from "../protocols/protocol.ts";
import type { ConvGeometry, ConvTransposeGeometry } from "../ring/conv_geometry.ts";
import { normalAxis, type Shape } from "../ring/shape.ts";
import { abs, add, div, mul, neg, pow2, square, sub } from "./arithmetic.ts";
import { bitAnd, bitNot, bitXor, toArithmetic, toBinary } from "./binary.ts";
import type { Cell } from "./cell.ts";
import { eq, ge, gt, le, lt, maximum, minimum, ne, relu, sign, where } from "./compare.ts";
import type { Context } from "./context.ts";
import { decrypt, type DecryptOptions, shareOf } from "./decrypt.ts";
import { conv, convTranspose, dot, matmul } from "./linalg.ts";
import {
  cat,
  diagonal,
  expand,
  flip,
  gather,
  indexSelect,
  narrow,
  pad,
  permute,
  repeat,
  reshape,
  roll,
  slice,
  type SliceRange,
  squeeze,
  stack,
  unsqueeze,
} from "./movement.ts";
import { BRAND } from "./op.ts";
import type { Tensor, TensorLike } from "./plaintext.ts";
import { cumsum, mean, sum, type SumOptions, trace } from "./reduce.ts";

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
}

/**
 * A secret-shared tensor. Operations return at once; only {@link CrypTensor.decrypt} waits. It cannot be used as a number,
 * string or condition: select with {@link CrypTensor.where} instead of branching.
 *
 * Plain operands (numbers, nested arrays, {@link Tensor}) mix freely with secret ones.
 */
export class CrypTensor {
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
  readonly #context: Context;
  readonly #width: number;
  #words: Cell<AShare> | undefined;
  #bits: Cell<BShare> | undefined;
  #narrowed: CrypTensor | undefined;
  #disposed = false;

  /** @ignore Made by operations and sessions. */
  constructor(context: Context, shape: Shape, facts: TensorFacts, cells: TensorCells) {
    this.#context = context;
    this.shape = shape;
    this.scale = facts.scale;
    this.bound = facts.bound;
    this.#words = cells.words;
    this.#bits = cells.bits;
    this.#width = cells.width ?? 64;
    // A comparison's single bits count as integers 0 and 1; they become words when something needs them as words.
    this.ptype = cells.words === undefined && this.#width > 1 ? "binary" : "arithmetic";
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
  narrow(): CrypTensor {
    const extra = this.scale - this.#context.fractionBits;
    if (extra <= 0) return this;
    if (this.#narrowed === undefined) {
      const words = this.words;
      const { protocol } = this.#context;
      const cell = this.#context.remote(
        "truncate",
        [words],
        this.shape,
        protocol.costs.truncate(this.shape, extra),
        (call, x) => protocol.truncate(call, x, extra),
      );
      const facts = { scale: this.#context.fractionBits, bound: this.bound };
      this.#narrowed = new CrypTensor(this.#context, this.shape, facts, { words: cell });
    }
    return this.#narrowed;
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
    await this.#narrowed?.settled();
  }

  /** Returns the memory of the share. Operations that were called before still run. */
  dispose(): void {
    this.#words?.release();
    this.#bits?.release();
    this.#narrowed?.dispose();
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
  toString(): string {
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

  /** x + y */
  add(y: Operand): CrypTensor {
    return add(this, y);
  }
  /** x - y */
  sub(y: Operand): CrypTensor {
    return sub(this, y);
  }
  /** -x */
  neg(): CrypTensor {
    return neg(this);
  }
  /** x·y, element by element. */
  mul(y: Operand): CrypTensor {
    return mul(this, y);
  }
  /** x / c for public c. */
  div(c: TensorLike): CrypTensor {
    return div(this, c);
  }
  /** x² */
  square(): CrypTensor {
    return square(this);
  }
  /** x·2^exponent, without communication. */
  ldexp(exponent: number): CrypTensor {
    return pow2(this, exponent);
  }
  /** Absolute value. */
  abs(): CrypTensor {
    return abs(this);
  }

  /** Matrix product, with NumPy's rules for batches and vectors. */
  matmul(y: Operand): CrypTensor {
    return matmul(this, y);
  }
  /** Inner product of two vectors. */
  dot(y: Operand): CrypTensor {
    return dot(this, y);
  }
  /** Convolution over the last axis of [N, C, W] by weights [M, C/groups, K]. */
  conv1d(w: Operand, geometry: Partial<ConvGeometry> = {}): CrypTensor {
    return conv(this, w, 1, geometry);
  }
  /** Convolution over the last two axes of [N, C, H, W] by weights [M, C/groups, KH, KW]. */
  conv2d(w: Operand, geometry: Partial<ConvGeometry> = {}): CrypTensor {
    return conv(this, w, 2, geometry);
  }
  /** Transposed convolution of [N, C, W] by weights [C, M/groups, K]. */
  convTranspose1d(w: Operand, geometry: Partial<ConvTransposeGeometry> = {}): CrypTensor {
    return convTranspose(this, w, 1, geometry);
  }
  /** Transposed convolution of [N, C, H, W] by weights [C, M/groups, KH, KW]. */
  convTranspose2d(w: Operand, geometry: Partial<ConvTransposeGeometry> = {}): CrypTensor {
    return convTranspose(this, w, 2, geometry);
  }

  /** Sum over axes (all by default). */
  sum(options: SumOptions = {}): CrypTensor {
    return sum(this, options);
  }
  /** Mean over axes (all by default). */
  mean(options: SumOptions = {}): CrypTensor {
    return mean(this, options);
  }
  /** Running sum along an axis. */
  cumsum(axis: number): CrypTensor {
    return cumsum(this, axis);
  }
  /** Sum of the diagonal of a matrix. */
  trace(): CrypTensor {
    return trace(this);
  }

  /** 1 where x < y, else 0. */
  lt(y: Operand): CrypTensor {
    return lt(this, y);
  }
  /** 1 where x <= y, else 0. */
  le(y: Operand): CrypTensor {
    return le(this, y);
  }
  /** 1 where x > y, else 0. */
  gt(y: Operand): CrypTensor {
    return gt(this, y);
  }
  /** 1 where x >= y, else 0. */
  ge(y: Operand): CrypTensor {
    return ge(this, y);
  }
  /** 1 where x = y, else 0. */
  eq(y: Operand): CrypTensor {
    return eq(this, y);
  }
  /** 1 where x and y differ, else 0. */
  ne(y: Operand): CrypTensor {
    return ne(this, y);
  }
  /** -1 where x < 0, else 1. */
  sign(): CrypTensor {
    return sign(this);
  }
  /** max(x, 0) */
  relu(): CrypTensor {
    return relu(this);
  }
  /** This tensor as condition (0 or 1): a where it is 1, else b. */
  where(a: Operand, b: Operand): CrypTensor {
    return where(this, a, b);
  }
  /** The larger of two, element by element. */
  maximum(y: Operand): CrypTensor {
    return maximum(this, y);
  }
  /** The smaller of two, element by element. */
  minimum(y: Operand): CrypTensor {
    return minimum(this, y);
  }

  /** Another shape with the same elements; one side may be -1. */
  reshape(shape: Shape): CrypTensor {
    return reshape(this, shape);
  }
  /** The same as {@link CrypTensor.reshape}. */
  view(shape: Shape): CrypTensor {
    return reshape(this, shape);
  }
  /** Axes `start` to `end` as one. */
  flatten(start = 0, end = -1): CrypTensor {
    const rank = this.ndim;
    if (rank === 0) return this.reshape([1]);
    const first = normalAxis(start, rank, "flatten from");
    const last = normalAxis(end, rank, "flatten to");
    if (last < first) {
      throw new RangeError(
        `Cannot flatten [${this.shape}] from axis ${start} to ${end}: they are in reverse`,
      );
    }
    const merged = this.shape.slice(first, last + 1).reduce((a, b) => a * b, 1);
    return this.reshape([...this.shape.slice(0, first), merged, ...this.shape.slice(last + 1)]);
  }
  /** Axes in another order. */
  permute(axes: readonly number[]): CrypTensor {
    return permute(this, axes);
  }
  /** Two axes exchanged. */
  transpose(a: number, b: number): CrypTensor {
    const axes = this.shape.map((_, i) => i);
    const p = axes.at(a);
    const q = axes.at(b);
    if (p === undefined || q === undefined) return permute(this, [a, b]);
    [axes[p], axes[q]] = [q, p];
    return permute(this, axes);
  }
  /** A matrix with its axes exchanged. */
  t(): CrypTensor {
    return this.ndim < 2 ? this : this.transpose(0, 1);
  }
  /** Broadcast to a larger shape. */
  expand(shape: Shape): CrypTensor {
    return expand(this, shape);
  }
  /** Copies along each axis. */
  repeat(counts: readonly number[]): CrypTensor {
    return repeat(this, counts);
  }
  /** Without axes of size 1 (all of them, or one). */
  squeeze(axis?: number): CrypTensor {
    return squeeze(this, axis);
  }
  /** With a new axis of size 1. */
  unsqueeze(axis: number): CrypTensor {
    return unsqueeze(this, axis);
  }
  /** In reverse along axes. */
  flip(axes: readonly number[]): CrypTensor {
    return flip(this, axes);
  }
  /** Rotated along an axis. */
  roll(shift: number, axis: number): CrypTensor {
    return roll(this, shift, axis);
  }
  /** A range of each axis, as in NumPy; negative steps are allowed. */
  slice(ranges: readonly SliceRange[]): CrypTensor {
    return slice(this, ranges);
  }
  /** `length` entries of an axis, from `start`. */
  narrowAxis(axis: number, start: number, length: number): CrypTensor {
    return narrow(this, axis, start, length);
  }
  /** One entry of the first axes. */
  get(...index: readonly number[]): CrypTensor {
    const bad = index.findIndex((i, axis) =>
      !Number.isInteger(i) || i < -this.shape[axis]! || i >= (this.shape[axis] ?? 0)
    );
    if (bad >= 0) {
      throw new RangeError(`Cannot get entry [${index}] of [${this.shape}]: index ${bad} is out of range`);
    }
    const ranges = index.map((i) => ({ start: i, stop: i === -1 ? undefined : i + 1 }));
    return this.slice(ranges).reshape(this.shape.slice(index.length));
  }
  /** Pieces of `size` along an axis; the last may be smaller. */
  split(size: number, axis = 0): CrypTensor[] {
    const side = this.shape.at(axis);
    if (side === undefined || !Number.isInteger(size) || size < 1) {
      throw new RangeError(
        `Cannot split [${this.shape}] into pieces of ${size} along axis ${axis}: an existing axis and a positive size are wanted`,
      );
    }
    const starts = Array.from({ length: Math.ceil(side / size) }, (_, i) => i * size);
    return starts.map((start) => this.narrowAxis(axis, start, Math.min(size, side - start)));
  }
  /** About `count` pieces along an axis. */
  chunk(count: number, axis = 0): CrypTensor[] {
    return this.split(Math.ceil((this.shape.at(axis) ?? 0) / count), axis);
  }
  /** The slices along an axis, without that axis. */
  unbind(axis = 0): CrypTensor[] {
    return this.split(1, axis).map((piece) => piece.squeeze(axis));
  }
  /** Padded with a public constant. */
  pad(before: readonly number[], after: readonly number[], value = 0): CrypTensor {
    return pad(this, before, after, value);
  }
  /** Entries at public indices along an axis. */
  indexSelect(axis: number, indices: readonly number[]): CrypTensor {
    return indexSelect(this, axis, indices);
  }
  /** Elements at public indices along an axis (ONNX GatherElements). */
  gather(axis: number, indices: TensorLike): CrypTensor {
    return gather(this, axis, indices);
  }
  /** The diagonal of a matrix. */
  diagonal(): CrypTensor {
    return diagonal(this);
  }
  /** Joined with others along an axis. */
  cat(others: readonly CrypTensor[], axis = 0): CrypTensor {
    return cat(this, others, axis);
  }
  /** Joined with others along a new axis. */
  stack(others: readonly CrypTensor[], axis = 0): CrypTensor {
    return stack(this, others, axis);
  }

  /** Shared in another way: as words, or as bits of its two's complement. */
  to(ptype: Ptype): CrypTensor {
    if (ptype !== "binary" && ptype !== "arithmetic") {
      throw new TypeError(`Cannot convert [${this.shape}] to "${ptype}": "arithmetic" or "binary" is wanted`);
    }
    return ptype === "binary" ? toBinary(this) : toArithmetic(this);
  }
  /** Bitwise exclusive or of binary tensors. */
  xor(y: CrypTensor): CrypTensor {
    return bitXor(this, y);
  }
  /** Bitwise and of binary tensors. */
  and(y: CrypTensor): CrypTensor {
    return bitAnd(this, y);
  }
  /** Bitwise complement of a binary tensor. */
  not(): CrypTensor {
    return bitNot(this);
  }
}
