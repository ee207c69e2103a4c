/**
 * Largest and smallest elements, by a tree: each level compares all its pairs at once. Of equal elements the one of the lower
 * index is chosen, always.
 *
 * @module
 */
import { type AxisOptions, bitsFromFront, nonEmpty, toFront } from "./axis.ts";
import { lt, maximum, minimum, where, within } from "./compare.ts";
import { slice } from "./indexing.ts";
import { reshape } from "./movement.ts";
import { defineOp, type Op } from "./op.ts";
import { definePair, type Indexed } from "./pair.ts";
import type { CrypTensor } from "./tensor.ts";
import { type Level, marks, paths, type Tracker } from "./winners.ts";

type Kind = "max" | "min";

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

/** The tree of pairs on [n, ...rest]; gives the values, as far as they are needed. */
function tree(front: CrypTensor, kind: Kind, tracker: Tracker, needValues: boolean): CrypTensor {
  let x = front.rescale();
  while (x.shape[0]! > 1) {
    const level = levelOf(x.shape[0]!);
    const last = x.shape[0] === 2;
    const [a, b] = partners(x, level);
    tracker.before(last);
    const higherWins = kind === "max" ? lt(a, b) : lt(b, a);
    tracker.after(higherWins, level, last);
    if (last && !needValues) break;
    x = next(where(higherWins, b, a), x, level);
  }
  return x;
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
      const front = toFront(x, options);
      const tracker = (options.oneHot === true ? marks : paths)(ctx, front.shape);
      tree(front, kind, tracker, false);
      const { found } = tracker;
      if (options.oneHot !== true) return within(ctx, reshape(found, shape), front.shape[0]! - 1);
      if (found.bits === undefined) return reshape(found, shape);
      return bitsFromFront(ctx, found, shape, options.dim);
    },
  });
}

/**
 * Index of the largest element, of all (counted in row-major order) or along an axis, as an encrypted integer; of equal ones the
 * lowest. Exact. *Cost*: ceil(log2 n) times the rounds of a comparison and a selection, about 21 bytes per element (lean): of 10
 * elements 16 rounds and 289 bytes (lean), 12 rounds and 221 bytes (wide). The one-hot form costs the same.
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
      const front = toFront(x, options);
      const tracker = paths(ctx, front.shape);
      const values = tree(front, kind, tracker, true);
      return [reshape(values, shape), within(ctx, reshape(tracker.found, shape), front.shape[0]! - 1)];
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
