/**
 * Pooling: sums, averages and maxima of windows over the last axes of [N, C, …] or [C, …].
 *
 * @module
 */
import { addInto, mul as mulWords } from "../ring/elementwise.ts";
import { pad, take } from "../ring/movement.ts";
import * as reduce from "../ring/reduce.ts";
import { type Shape, sizeOf } from "../ring/shape.ts";
import type { RingTensor } from "../ring/tensor.ts";
import { abs, div, square } from "./arithmetic.ts";
import { sqrt } from "./functions/roots.ts";
import type { Context } from "./context.ts";
import { defineOp, type Op } from "./op.ts";
import { boundOf, checkRange, encodePublic, mapWords } from "./operand.ts";
import { reshape } from "./movement.ts";
import { definePair } from "./pair.ts";
import { Tensor } from "./plaintext.ts";
import { norm } from "./statistics.ts";
import type { CrypTensor } from "./tensor.ts";
import {
  adaptiveWindows,
  type AxisWindows,
  covered,
  globalWindows,
  mostTaps,
  type OutputSides,
  type Sides,
  slidingWindows,
  type WindowOptions,
  type Windows,
  windowsShape,
} from "./windows.ts";
import { type PlaceOrder, windowMaxima } from "./window_max.ts";

/** How windows are averaged. */
export interface AvgPoolOptions extends WindowOptions {
  /** Whether zeros of the padding count as elements; true by default. What ceil mode adds never counts. */
  readonly countIncludePad?: boolean | undefined;
  /** What every sum is divided by, in place of the number of elements. */
  readonly divisorOverride?: number | undefined;
}

/** Largest common multiple of the counts that sums are raised to, of the 62 bits that they may have. */
const MOST_COMMON = 2 ** 14;

/** The sums of windows along one axis: as many additions per window as it has taps. */
function axisSums(x: RingTensor, axis: number, w: AxisWindows): RingTensor {
  if (w.taps.length === 1 && w.taps[0]!.length === w.side) return reduce.sum(x, [axis], true);
  const most = Math.max(1, mostTaps(w));
  const none = x.shape.map(() => 0);
  const ragged = w.taps.some((t) => t.length < most);
  // Windows of fewer taps have the zero behind the end for the others.
  const from = ragged ? pad(x, none, none.map((_, i) => i === axis ? 1 : 0), 0n) : x;
  const out = take(from, w.taps.map((t) => t[0] ?? w.side), axis);
  for (let k = 1; k < most; k++) {
    const next = take(from, w.taps.map((t) => t[k] ?? w.side), axis);
    addInto(out, next);
    next.free();
  }
  if (ragged) from.free();
  return out;
}

/** The sums of windows, each times a public integer if there are any; `most` times the operand's bound is theirs. */
function windowSums(
  ctx: Context,
  x: CrypTensor,
  { axes, lead }: Windows,
  shape: Shape,
  most: number,
  factors?: RingTensor,
): CrypTensor {
  const facts = { scale: x.scale, bound: boundOf(x.bound, most, (a, b) => a * b) };
  checkRange(ctx, facts, "sums of windows");
  const f = (part: RingTensor): RingTensor => {
    let sums = part;
    axes.forEach((w, i) => {
      const next = axisSums(sums, lead.length + i, w);
      if (sums !== part) sums.free();
      sums = next;
    });
    if (factors === undefined) return sums;
    const out = mulWords(sums, factors);
    sums.free();
    return out;
  };
  return mapWords(ctx, "windowSums", x, shape, facts, f, factors === undefined ? [] : [factors]);
}

/** Most elements in one window. */
function mostElements(w: Windows): number {
  return w.axes.reduce((n, axis) => n * mostTaps(axis), 1);
}

/** The least common multiple of positive integers, or Infinity beyond {@link MOST_COMMON}. */
function commonMultiple(counts: readonly number[]): number {
  let out = 1;
  for (const count of new Set(counts)) {
    let [a, b] = [out, count];
    while (b !== 0) [a, b] = [b, a % b];
    out *= count / a;
    if (out > MOST_COMMON) return Infinity;
  }
  return out;
}

/** The products of one number per axis. */
function outer(lists: readonly (readonly number[])[]): Float64Array {
  return Float64Array.from(lists.reduce((all, list) => all.flatMap((a) => list.map((b) => a * b)), [1]));
}

/**
 * The sums of windows, divided by their counts: of one divisor where all are equal. Others are made equal by integer factors
 * first, so that the division is one number, and none at all for powers of two.
 */
function average(
  ctx: Context,
  x: CrypTensor,
  w: Windows,
  counts: readonly number[][],
  shape: Shape,
): CrypTensor {
  const common = counts.map(commonMultiple);
  const divisor = common.reduce((a, b) => a * b, 1);
  const sides = w.axes.map((axis) => axis.taps.length);
  if (divisor > MOST_COMMON) {
    const sums = windowSums(ctx, x, w, shape, mostElements(w));
    return div(
      sums,
      counts.every((list) => new Set(list).size === 1)
        ? divisorOf(counts)
        : { shape: sides, data: outer(counts) },
    );
  }
  const factors = counts.map((list, i) => list.map((n) => common[i]! / n));
  if (factors.every((list) => list.every((n) => n === 1))) {
    return div(windowSums(ctx, x, w, shape, divisor), divisor);
  }
  const table = encodePublic(ctx, new Tensor(sides, outer(factors)), 0);
  // Raised sums of a product with all its fraction bits would leave less range to the averages than others have.
  return div(windowSums(ctx, x.rescale(), w, shape, divisor, table), divisor);
}

const divisorOf = (counts: readonly number[][]): number => counts.reduce((n, list) => n * list[0]!, 1);

const elements = (w: Windows): number[][] => w.axes.map((axis) => axis.taps.map((t) => t.length));

function avgWindows(x: CrypTensor, axes: number, kernel: Sides, options: AvgPoolOptions): Windows {
  const { divisorOverride, countIncludePad = true } = options;
  if (divisorOverride !== undefined && (!Number.isSafeInteger(divisorOverride) || divisorOverride === 0)) {
    throw new RangeError(`the divisor is ${divisorOverride}, an integer other than 0 is wanted`);
  }
  const windows = slidingWindows(x.shape, axes, kernel, options);
  return countIncludePad || divisorOverride !== undefined ? windows : covered(windows);
}

/**
 * Averages of windows over the last `axes` axes, for averages below 2^30. *Error*: where all counts are powers of two, below
 * 1 ulp, when the result is next used; else below 2 ulp, and 2^-f of the average for the encoded reciprocal. (Of counts whose
 * common multiple exceeds 2^14, that is of the average in a window of the least count.) *Cost*: sums are local; none for
 * powers of two until the result is used, else that of {@link div}: two truncations, the last of them when it is used.
 */
export const avgPool: Op<[number, Sides, AvgPoolOptions]> = defineOp({
  name: "avgPool",
  shape: (x, axes, kernel, options) => windowsShape(avgWindows(x, axes, kernel, options)),
  lower(ctx, x, [axes, kernel, options], shape) {
    const windows = avgWindows(x, axes, kernel, options);
    const { divisorOverride, countIncludePad = true } = options;
    if (divisorOverride !== undefined) {
      return div(windowSums(ctx, x, windows, shape, mostElements(windows)), divisorOverride);
    }
    const counts = countIncludePad ? windows.axes.map((axis) => [...axis.counts]) : elements(windows);
    return average(ctx, x, windows, counts, shape);
  },
});

/** Averages of as many windows as wanted. As {@link avgPool}. */
export const adaptiveAvgPool: Op<[number, OutputSides]> = defineOp<[number, OutputSides]>({
  name: "adaptiveAvgPool",
  shape: (x, axes, output) => windowsShape(adaptiveWindows(x.shape, axes, output)),
  lower(ctx, x, [axes, output], shape) {
    const windows = adaptiveWindows(x.shape, axes, output);
    return average(ctx, x, windows, elements(windows), shape);
  },
});

/** Averages of each channel of [N, C, …], as [N, C, 1, …]. As {@link avgPool}. */
export const globalAvgPool: Op<[]> = defineOp<[]>({
  name: "globalAvgPool",
  shape: (x) => windowsShape(globalWindows(x.shape)),
  lower(ctx, x, _args, shape) {
    const windows = globalWindows(x.shape);
    return average(ctx, x, windows, elements(windows), shape);
  },
});

/** An operation on windows, and the same with indices. */
interface MaxOps<A extends readonly unknown[]> {
  readonly values: Op<A>;
  readonly indexed: (x: CrypTensor, ...args: A) => readonly [CrypTensor, CrypTensor];
}

function maxOps<A extends readonly unknown[]>(
  name: string,
  windowsOf: (shape: Shape, ...args: A) => Windows,
  orderOf: (...args: A) => PlaceOrder = () => "row-major",
): MaxOps<A> {
  const shape = (x: CrypTensor, ...args: A): Shape => windowsShape(covered(windowsOf(x.shape, ...args)));
  return {
    values: defineOp<A>({
      name,
      shape,
      lower: (ctx, x, args, out) => windowMaxima(ctx, x, windowsOf(x.shape, ...args), out).values,
    }),
    indexed: definePair<A>({
      name,
      shape,
      lower(ctx, x, args, out) {
        const { values, indices } = windowMaxima(ctx, x, windowsOf(x.shape, ...args), out, orderOf(...args));
        return [values, indices!];
      },
    }),
  };
}

/** How maxima of windows are taken, and in which order their places are counted; row-major by default. */
export interface MaxWindowOptions extends WindowOptions {
  /** The order of places. */
  readonly order?: PlaceOrder | undefined;
}

const sliding = maxOps<[number, Sides, MaxWindowOptions]>(
  "maxPool",
  slidingWindows,
  (_axes, _kernel, { order }) => order ?? "row-major",
);
const adaptive = maxOps(
  "adaptiveMaxPool",
  (shape, axes: number, output: OutputSides) => adaptiveWindows(shape, axes, output),
);

/**
 * Maxima of windows over the last `axes` axes; padding never counts. Exact. *Cost*: that of {@link windowMaxima}: 2 x 2 windows
 * take 8 rounds and 36.8 bytes per window (lean), 6 and 30.4 (wide).
 */
export const maxPool: Op<[number, Sides, WindowOptions]> = sliding.values;

/**
 * {@link maxPool}, and where in its plane each maximum is, as encrypted integers: the first one in row-major order, counted in
 * the `order` that is asked for. The rounds are the same; 2 x 2 windows take 69.2 bytes (lean), 62.8 (wide).
 */
export const maxPoolIndexed: MaxOps<[number, Sides, MaxWindowOptions]>["indexed"] = sliding.indexed;

/** Maxima of as many windows as wanted. As {@link maxPool}. */
export const adaptiveMaxPool: Op<[number, OutputSides]> = adaptive.values;

/** {@link adaptiveMaxPool}, and where each maximum is, as {@link maxPoolIndexed}. */
export const adaptiveMaxPoolIndexed: MaxOps<[number, OutputSides]>["indexed"] = adaptive.indexed;

/** Maxima of each channel of [N, C, …], as [N, C, 1, …]. As {@link maxPool}. */
export const globalMaxPool: Op<[]> = maxOps("globalMaxPool", globalWindows).values;

/**
 * Norms of windows, as ONNX's LpPool: sums of absolute values for p = 1, Euclidean norms for p = 2, the largest absolute value for
 * p = Infinity; padding is 0. Exact; for p = 2 the error is that of the square root. *Cost*: that of {@link abs} for each element,
 * for p = Infinity then that of {@link maxPool}; for p = 2 a square of each and a root per window.
 *
 * (PyTorch's p = 1 adds the elements with their signs: {@link avgPool} with `divisorOverride: 1`.)
 */
export const lpPool: Op<[number, number, Sides, WindowOptions]> = defineOp({
  name: "lpPool",
  shape(x, p, axes, kernel, options) {
    if (p !== 1 && p !== 2 && p !== Infinity) throw new RangeError(`p is ${p}, 1, 2 or Infinity is wanted`);
    const windows = slidingWindows(x.shape, axes, kernel, options);
    return windowsShape(p === Infinity ? covered(windows) : windows);
  },
  lower(ctx, x, [p, axes, kernel, options], shape) {
    const windows = slidingWindows(x.shape, axes, kernel, options);
    if (p === 1) return windowSums(ctx, abs(x), windows, shape, mostElements(windows));
    // The sums of squares keep all fraction bits for the root.
    if (p === 2) return sqrt(windowSums(ctx, square(x), windows, shape, mostElements(windows)));
    return windowMaxima(ctx, abs(x), windows, shape).values;
  },
});

/**
 * Norms of each channel of [N, C, …], as [N, C, 1, …]. As {@link lpPool} with one window.
 *
 * @throws {RangeError} when p is none of 1, 2 and Infinity, or there are no axes or no elements in a channel.
 */
export const globalLpPool: Op<[number]> = defineOp<[number]>({
  name: "globalLpPool",
  shape(x, p) {
    if (p !== 1 && p !== 2 && p !== Infinity) throw new RangeError(`p is ${p}, 1, 2 or Infinity is wanted`);
    return windowsShape(covered(globalWindows(x.shape)));
  },
  lower: (_ctx, x, [p], shape) => {
    const rows = reshape(x, [x.shape[0]!, x.shape[1]!, sizeOf(x.shape.slice(2))]);
    return reshape(norm(rows, { p, dim: 2 }), shape);
  },
});
