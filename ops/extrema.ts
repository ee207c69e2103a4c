/**
 * Largest and smallest elements, by a tree: each level compares all its pairs at once. Of equal elements the one of the lower
 * index is chosen, always.
 *
 * @module
 */
import { BitTensor } from "../ring/bits.ts";
import { take } from "../ring/indexing.ts";
import { type Shape, sizeOf } from "../ring/shape.ts";
import { RingTensor } from "../ring/tensor.ts";
import type { BShare } from "../protocols/protocol.ts";
import { mul } from "./arithmetic.ts";
import { type AxisOptions, bitsFromFront, nonEmpty, toFront } from "./axis.ts";
import { bitAnd } from "./binary.ts";
import { bitTensor, lt, maximum, minimum, moveBits, where, within } from "./compare.ts";
import type { Context } from "./context.ts";
import { indexSelect, slice } from "./indexing.ts";
import { reshape } from "./movement.ts";
import { defineOp, type Op } from "./op.ts";
import { constantTensor } from "./operand.ts";
import { definePair, type Indexed } from "./pair.ts";
import { sum } from "./reduce.ts";
import type { CrypTensor } from "./tensor.ts";

type Kind = "max" | "min";

/** How one level of a tree pairs `count` elements: neighbours meet, and a last one without a partner waits. */
interface Level {
  /** Number of pairs. */
  readonly pairs: number;
  /** Whether one element waits. */
  readonly odd: boolean;
}

function levelOf(count: number): Level {
  return { pairs: Math.floor(count / 2), odd: count % 2 === 1 };
}

/** The lower and the higher partner of each pair of the first axis. */
function partners(x: CrypTensor, { pairs }: Level): [CrypTensor, CrypTensor] {
  const stop = 2 * pairs;
  return [slice(x, [{ start: 0, stop, step: 2 }]), slice(x, [{ start: 1, stop, step: 2 }])];
}

/** The winners, with the one that waited. */
function next(winners: CrypTensor, x: CrypTensor, { odd }: Level): CrypTensor {
  return odd ? winners.cat([slice(x, [{ start: -1 }])]) : winners;
}

/** The extremum of each column of [n, ...rest], as [1, ...rest]. */
function valueTree(front: CrypTensor, kind: Kind): CrypTensor {
  const better = kind === "max" ? maximum : minimum;
  let x = front.rescale();
  while (x.shape[0]! > 1) {
    const level = levelOf(x.shape[0]!);
    const [a, b] = partners(x, level);
    x = next(better(a, b), x, level);
  }
  return x;
}

function extremum(kind: Kind): Op<[AxisOptions]> {
  return defineOp({
    name: kind,
    shape: nonEmpty,
    lower: (_ctx, x, [options], shape) => reshape(valueTree(toFront(x, options), kind), shape),
  });
}

/**
 * The largest element, of all or along an axis. Exact. *Cost*: ceil(log2 n) times the rounds of relu, and n - 1 times its
 * bytes: of 100 elements 28 rounds and 1.4 kB (lean), 21 rounds and 1.1 kB (wide).
 *
 * @throws {RangeError} when there are no elements or the axis does not exist.
 */
export const max: Op<[AxisOptions]> = extremum("max");

/** The smallest element, as {@link max}. */
export const min: Op<[AxisOptions]> = extremum("min");

/**
 * Bits [n, ...rest] that say which leaves may still be chosen after a level: those in the winning half of their pair. `at` has the
 * position in this level of the subtree of each leaf. Local.
 */
function survivors(
  ctx: Context,
  higherWins: CrypTensor,
  at: readonly number[],
  { pairs }: Level,
  shape: Shape,
): CrypTensor {
  const rest = sizeOf(shape.slice(1));
  const waits = (p: number): boolean => p >= 2 * pairs;
  const winner = moveBits(ctx, "leaves", higherWins, shape, (part) => {
    const out = take(part, at.map((p) => waits(p) ? 0 : Math.floor(p / 2)), 0);
    at.forEach((p, leaf) => {
      if (waits(p)) out.heap.u8(out.ptr + 8 * rest * leaf, 8 * rest).fill(0);
    });
    return out;
  });
  const cell = ctx.local("leaves", [winner.bits!], shape, (share: BShare) => {
    using lower = RingTensor.zeros(ctx.shared.env.heap, shape);
    // The lower partner survives when the higher one does not win; who waits survives anyway.
    at.forEach((p, leaf) => {
      if (waits(p) || p % 2 === 0) lower.words().fill(1n, rest * leaf, rest * (leaf + 1));
    });
    using flips = BitTensor.fromWords(lower, 1);
    return ctx.protocol.xorPublic(share, flips);
  });
  return bitTensor(ctx, cell);
}

/** What a tree finds besides the value. */
type Wanted = "index" | "oneHot";

/**
 * The tree of pairs on [n, ...rest], which keeps track of the winners by one bit per leaf: it survives as long as its subtree
 * wins. Marking leaves costs a round of `and` that runs beside the selection of the values.
 */
function tree(
  ctx: Context,
  front: CrypTensor,
  kind: Kind,
  wanted: Wanted,
  needValues: boolean,
): { values: CrypTensor; found: CrypTensor } {
  const { shape } = front;
  const rest = shape.slice(1);
  let x = front.rescale();
  let at = Array.from({ length: shape[0]! }, (_, i) => i);
  let alive: CrypTensor | undefined;
  let found: CrypTensor | undefined;
  while (x.shape[0]! > 1) {
    const level = levelOf(x.shape[0]!);
    const last = x.shape[0] === 2;
    const [a, b] = partners(x, level);
    // Before the comparison is called, so that it runs beside it.
    const sides = last && wanted === "index" && alive !== undefined
      ? positionsOf(ctx, alive, at, rest)
      : undefined;
    const higherWins = kind === "max" ? lt(a, b) : lt(b, a);
    if (sides !== undefined) found = where(higherWins, sides[1], sides[0]);
    // Of two elements, whether the second one wins is its index.
    else if (last && wanted === "index") found = higherWins;
    else {
      const survive = survivors(ctx, higherWins, at, level, shape);
      alive = alive === undefined ? survive : bitAnd(alive, survive);
    }
    at = at.map((p) => Math.floor(p / 2));
    if (!last || needValues) x = next(where(higherWins, b, a), x, level);
    else break;
  }
  if (wanted === "oneHot") found = alive ?? constantTensor(ctx, { shape, data: ones(sizeOf(shape)) }, 0);
  found ??= constantTensor(ctx, { shape: [1, ...rest], data: new Float64Array(sizeOf(rest)) }, 0);
  return { values: x, found };
}

const ones = (n: number): Float64Array => new Float64Array(n).fill(1);

/** The index of the surviving leaf in each of the last two subtrees, as [1, ...rest]. One round, a bit per leaf. */
function positionsOf(
  ctx: Context,
  alive: CrypTensor,
  at: readonly number[],
  rest: Shape,
): [CrypTensor, CrypTensor] {
  const side = (which: number): CrypTensor => {
    const leaves = at.flatMap((p, leaf) => p === which ? [leaf] : []);
    if (leaves.length === 1) {
      const data = new Float64Array(sizeOf(rest)).fill(leaves[0]!);
      return constantTensor(ctx, { shape: [1, ...rest], data }, 0);
    }
    const weights = { shape: [leaves.length, ...rest.map(() => 1)], data: Float64Array.from(leaves) };
    const index = sum(mul(indexSelect(alive, 0, leaves), weights), { dim: 0, keepdim: true });
    return within(ctx, index, at.length - 1);
  };
  return [side(0), side(1)];
}

/** What is wanted of an index. */
export interface ArgOptions extends AxisOptions {
  /** A tensor of the operand's shape with a 1 where the element is and 0 elsewhere, instead of the index. */
  readonly oneHot?: boolean | undefined;
}

function argExtremum(kind: Kind): Op<[ArgOptions]> {
  return defineOp({
    name: `arg${kind}`,
    shape(x, options) {
      const shape = nonEmpty(x, options);
      return options.oneHot === true ? x.shape : shape;
    },
    lower(ctx, x, [options], shape) {
      const wanted = options.oneHot === true ? "oneHot" : "index";
      const { found } = tree(ctx, toFront(x, options), kind, wanted, false);
      if (wanted === "index") return reshape(found, shape);
      if (found.bits === undefined) return reshape(found, shape);
      return bitsFromFront(ctx, found, shape, options.dim);
    },
  });
}

/**
 * Index of the largest element, of all (counted in row-major order) or along an axis, as an encrypted integer; of equal ones the
 * lowest. Exact. *Cost*: ceil(log2 n) times the rounds of a comparison and a selection, about 21 bytes per element (lean): of 10
 * elements 16 rounds and 290 bytes (lean), 12 rounds and 222 bytes (wide). The one-hot form costs the same.
 *
 * @throws {RangeError} when there are no elements or the axis does not exist.
 */
export const argmax: Op<[ArgOptions]> = argExtremum("max");

/** Index of the smallest element, as {@link argmax}. */
export const argmin: Op<[ArgOptions]> = argExtremum("min");

function withIndex(kind: Kind): (x: CrypTensor, options: AxisOptions) => Indexed {
  return definePair<[AxisOptions]>({
    name: `${kind}WithIndex`,
    shape: nonEmpty,
    lower(ctx, x, [options], shape) {
      const { values, found } = tree(ctx, toFront(x, options), kind, "index", true);
      return [reshape(values, shape), reshape(found, shape)];
    },
  });
}

/**
 * The largest element and its index, in the rounds of one of them. As {@link max} and {@link argmax}.
 *
 * @throws {RangeError} when there are no elements or the axis does not exist.
 */
export const maxWithIndex: (x: CrypTensor, options: AxisOptions) => Indexed = withIndex("max");

/** The smallest element and its index, as {@link maxWithIndex}. */
export const minWithIndex: (x: CrypTensor, options: AxisOptions) => Indexed = withIndex("min");
