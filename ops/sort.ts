/**
 * Sorting and selection by rank, by a public network of comparisons: nothing depends on the elements.
 *
 * @module
 */
import type { AShare } from "../protocols/protocol.ts";
import { mulConstant, neg as negWords, sub as subWords } from "../ring/elementwise.ts";
import { take } from "../ring/indexing.ts";
import { concat } from "../ring/movement.ts";
import { normalAxis, type Shape } from "../ring/shape.ts";
import { RingTensor } from "../ring/tensor.ts";
import { add, neg, sub } from "./arithmetic.ts";
import { type AxisOptions, fromFront, lengthOf, nonEmpty, toFront } from "./axis.ts";
import { reinterpret, relu, unchecked, within } from "./compare.ts";
import type { Context } from "./context.ts";
import { indexSelect } from "./indexing.ts";
import { reshape } from "./movement.ts";
import { mergeNetwork, type Stage } from "./network.ts";
import { defineOp, type Op } from "./op.ts";
import { checkRange, mapWords, words } from "./operand.ts";
import { definePair, type Indexed } from "./pair.ts";
import type { CrypTensor, TensorFacts } from "./tensor.ts";

/** How a tensor is sorted. */
export interface SortOptions {
  /** The axis; the last by default. */
  readonly dim?: number | undefined;
  /** The largest first. */
  readonly descending?: boolean | undefined;
}

/** What is chosen. */
export interface TopkOptions {
  /** The axis; the last by default. */
  readonly dim?: number | undefined;
  /** The largest, in descending order (default), or the smallest, in ascending order. */
  readonly largest?: boolean | undefined;
}

/** All comparators of a stage at once, on the first axis: d = relu(a - b), a - d and b + d. Exact for words below 2^62. */
function exchange(ctx: Context, x: CrypTensor, stage: Stage): CrypTensor {
  const [lows, highs] = [stage.map(([low]) => low), stage.map(([, high]) => high)];
  const rest = x.shape.slice(1);
  const facts = { scale: x.scale, bound: undefined };
  const gaps = mapWords(ctx, "pairs", x, [stage.length, ...rest], facts, (part) => {
    using a = take(part, lows, 0);
    using b = take(part, highs, 0);
    return subWords(a, b);
  });
  // What each position gains: -d, d, or nothing.
  const gains = Array.from({ length: x.shape[0]! }, () => 2 * stage.length);
  lows.forEach((low, i) => gains[low] = i);
  highs.forEach((high, i) => gains[high] = stage.length + i);
  const spreadOut = (part: RingTensor): RingTensor => {
    using less = negWords(part);
    using none = RingTensor.zeros(part.heap, [1, ...rest]);
    using all = concat([less, part, none], 0);
    return take(all, gains, 0);
  };
  const cell = ctx.local("exchange", [x.words, relu(gaps).words], x.shape, (share: AShare, d: AShare) => {
    const change = ctx.protocol.linear(d, spreadOut);
    const out = ctx.protocol.add(share, change);
    for (const part of change.parts) part.free();
    return out;
  });
  return words(ctx, cell, facts);
}

/** Entries `ranks` of the columns of [n, ...rest] in ascending order. */
function ranked(ctx: Context, x: CrypTensor, ranks: readonly number[]): CrypTensor {
  const n = x.shape[0]!;
  const fromStart = Math.max(0, ...ranks.map((r) => r + 1));
  const fromEnd = Math.max(0, ...ranks.map((r) => n - r));
  // A network selects the smallest; the largest are the smallest of the opposites.
  if (fromEnd < fromStart) return neg(ranked(ctx, neg(x), ranks.map((r) => n - 1 - r)));
  const { stages, result } = mergeNetwork(n, fromStart, ranks);
  const sorted = stages.reduce((y, stage) => exchange(ctx, y, stage), x);
  return indexSelect(sorted, 0, ranks.map((r) => result[r]!));
}

/** floor(x / 2^bits), whatever the rounding of the session. */
function floorShift(ctx: Context, x: CrypTensor, bits: number): CrypTensor {
  const { protocol } = ctx;
  const p = x.words;
  const cost = protocol.costs.truncate(x.shape, bits, "exact");
  const cell = ctx.remote(
    "truncate",
    [p],
    x.shape,
    cost,
    (call, c) => protocol.truncate(call, c, bits, "exact"),
  );
  return words(ctx, cell, { scale: 0, bound: undefined });
}

/**
 * As {@link ranked}, with the index of each entry in the column. Sorts keys x·2^k + index, which differ even where elements do
 * not, so the order of equal elements is theirs.
 */
function rankedWithIndex(ctx: Context, x: CrypTensor, ranks: readonly number[]): Indexed {
  const n = x.shape[0]!;
  const index: TensorFacts = { scale: 0, bound: Math.max(0, n - 1) };
  const bits = Math.ceil(Math.log2(Math.max(1, n)));
  checkRange(ctx, { scale: x.scale + bits, bound: x.bound }, `the order of ${n} elements`);
  const facts = { scale: 0, bound: undefined };
  const high = mapWords(ctx, "keys", x, x.shape, facts, (part) => mulConstant(part, 1n << BigInt(bits)));
  const shape = [n, ...x.shape.slice(1).map(() => 1)];
  const keys = within(
    ctx,
    add(high, { shape, data: Float64Array.from({ length: n }, (_, i) => i) }),
    undefined,
  );
  const sorted = ranked(ctx, keys, ranks);
  if (bits === 0) return [reinterpret(ctx, sorted, x), reinterpret(ctx, sub(sorted, sorted), index)];
  const values = floorShift(ctx, sorted, bits);
  const low = unchecked(
    ctx,
    sorted,
    mapWords(ctx, "keys", values, values.shape, facts, (part) => mulConstant(part, 1n << BigInt(bits))),
    sorted.shape,
  );
  return [reinterpret(ctx, values, x), reinterpret(ctx, low, index)];
}

/** The axis of a tensor; a scalar counts as a vector of one element. */
function axisOf(x: CrypTensor, dim: number): number {
  return x.ndim === 0 ? (normalAxis(dim, 1), 0) : normalAxis(dim, x.ndim);
}

function sortedShape(x: CrypTensor, count: number, dim: number): Shape {
  const at = axisOf(x, dim);
  return x.shape.map((side, i) => i === at ? count : side);
}

/** The first `count` in ascending or descending order, with their indices. */
function first(
  ctx: Context,
  x: CrypTensor,
  count: number,
  dim: number,
  descending: boolean,
  shape: Shape,
): Indexed {
  const columns = x.ndim === 0 ? reshape(x, [1]) : toFront(x, { dim });
  const ranks = Array.from({ length: count }, (_, i) => i);
  const ascending = columns.rescale();
  // The opposite of all elements is in ascending order when they are in descending order, equal ones by index all the same.
  const [values, indices] = rankedWithIndex(ctx, descending ? neg(ascending) : ascending, ranks);
  const back = (y: CrypTensor): CrypTensor => x.ndim === 0 ? reshape(y, shape) : fromFront(y, dim);
  return [back(descending ? neg(values) : values), back(indices)];
}

const sortPair = definePair<[SortOptions]>({
  name: "sort",
  shape: (x, { dim = -1 }) => sortedShape(x, x.ndim === 0 ? 1 : lengthOf(x, { dim }), dim),
  lower: (ctx, x, [{ dim = -1, descending = false }], shape) =>
    first(ctx, x, x.ndim === 0 ? 1 : lengthOf(x, { dim }), dim, descending, shape),
});

/**
 * The elements in order along an axis, and their indices, as encrypted integers. Stable: equal elements keep their order, also in
 * descending order. Exact, for |x| < 2^(46 - ceil(log2 n)) at 16 fraction bits. *Cost*: with p = ceil(log2 n), p(p+1)/2 times the
 * rounds of relu and about n·p²/4 times its bytes, then an exact truncation: of 16 elements 42 rounds and 1 kB (lean), 32 rounds
 * and 0.8 kB (wide).
 *
 * *Reference*: Batcher 1968 (the network); the index in the key: Hamada et al., ICISC 2012.
 *
 * @throws {RangeError} when the axis does not exist, or known bounds leave no room for the index.
 */
export function sort(x: CrypTensor, options: SortOptions = {}): Indexed {
  return sortPair(x, options);
}

/**
 * The indices of {@link sort}, alone.
 *
 * @throws {RangeError} as there.
 */
export function argsort(x: CrypTensor, options: SortOptions = {}): CrypTensor {
  return x.context.inOp("argsort", () => sortPair(x, options)[1]);
}

const topkPair = definePair<[number, TopkOptions]>({
  name: "topk",
  shape(x, k, { dim = -1 }) {
    checkCount(k, 0, x.ndim === 0 ? (axisOf(x, dim), 1) : lengthOf(x, { dim }));
    return sortedShape(x, k, dim);
  },
  lower: (ctx, x, [k, { dim = -1, largest = true }], shape) => first(ctx, x, k, dim, largest, shape),
});

function checkCount(k: number, least: number, most: number): void {
  if (!Number.isInteger(k) || k < least || k > most) {
    throw new RangeError(`k is ${k}, an integer from ${least} to ${most} is wanted`);
  }
}

/**
 * The k largest (or smallest) elements along an axis, in order, and their indices; of equal ones the lower index first. Range as
 * {@link sort}. *Cost*: a network that selects k entries, with never more comparisons than k maxima and far fewer rounds: of 100
 * elements k = 1 takes 99 comparisons in 7 stages, k = 5 takes 343 in 22, a sort 1104 in 28.
 *
 * @throws {RangeError} when there are no k elements, or the axis does not exist.
 */
export function topk(x: CrypTensor, k: number, options: TopkOptions = {}): Indexed {
  return topkPair(x, k, options);
}

const kthPair = definePair<[number, AxisOptions]>({
  name: "kthvalue",
  shape(x, k, options) {
    const shape = nonEmpty(x, options);
    checkCount(k, 1, lengthOf(x, options));
    return shape;
  },
  lower(ctx, x, [k, options], shape) {
    const [values, indices] = rankedWithIndex(ctx, toFront(x, options).rescale(), [k - 1]);
    return [reshape(values, shape), reshape(indices, shape)];
  },
});

/**
 * The k-th smallest element (k from 1), of all or along an axis, and its index; equal elements count by index. Range as
 * {@link sort}, cost as {@link topk} with k counted from the nearer end.
 *
 * @throws {RangeError} when there are no k elements, or the axis does not exist.
 */
export function kthvalue(x: CrypTensor, k: number, options: AxisOptions = {}): Indexed {
  return kthPair(x, k, options);
}

/**
 * The middle element, of all or along an axis; of an even number the lower of both, as in PyTorch. Exact, for every x. *Cost*: that
 * of the smaller half by {@link topk}, without the index.
 *
 * @throws {RangeError} when there are no elements, or the axis does not exist.
 */
export const median: Op<[AxisOptions]> = defineOp({
  name: "median",
  shape: nonEmpty,
  lower(ctx, x, [options], shape) {
    const columns = toFront(x, options).rescale();
    const middle = ranked(ctx, columns, [Math.floor((columns.shape[0]! - 1) / 2)]);
    return reshape(within(ctx, middle, x.bound), shape);
  },
});
