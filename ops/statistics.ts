/**
 * Variance and norms.
 *
 * @module
 */
import { normalAxis, type Shape } from "../ring/shape.ts";
import { abs, div, mul, square, sub } from "./arithmetic.ts";
import { type AxisOptions, nonEmpty, shapeWithout } from "./axis.ts";
import { within } from "./compare.ts";
import type { Context } from "./context.ts";
import { max } from "./extrema.ts";
import { powReal } from "./functions/power.ts";
import { divide, sqrt } from "./functions/roots.ts";
import { defineOp, type Op } from "./op.ts";
import { pow } from "./powers.ts";
import { mean, sum, type SumOptions } from "./reduce.ts";
import type { CrypTensor } from "./tensor.ts";

/** Along which axes, and by how much less than the number of elements the sum is divided. */
export interface VarOptions extends SumOptions {
  /** 1 (default) for the variance of a sample, 0 for that of a whole population. */
  readonly correction?: number | undefined;
}

/** Axes that are reduced, distinct. */
function axesOf(x: CrypTensor, { dim }: SumOptions): number[] {
  if (dim === undefined) return x.shape.map((_, i) => i);
  const axes = (typeof dim === "number" ? [dim] : dim).map((axis) => normalAxis(axis, x.ndim, "reduce"));
  if (new Set(axes).size !== axes.length) throw new RangeError(`axes [${dim}] are not distinct`);
  return axes;
}

/** Number of elements in each result. */
function count(x: CrypTensor, options: SumOptions): number {
  return axesOf(x, options).reduce((n, axis) => n * x.shape[axis]!, 1);
}

function reducedShape(x: CrypTensor, options: SumOptions): Shape {
  const axes = axesOf(x, options);
  if (options.keepdim === true) return x.shape.map((side, i) => axes.includes(i) ? 1 : side);
  return x.shape.filter((_, i) => !axes.includes(i));
}

function spreadShape(x: CrypTensor, options: VarOptions): Shape {
  const { correction = 1 } = options;
  const n = count(x, options);
  if (!Number.isFinite(correction) || n <= correction) {
    throw new RangeError(`${n} elements with a correction of ${correction} are too few`);
  }
  return reducedShape(x, options);
}

/** The sum of squared deviations from the mean, not truncated. */
function squaredDeviations(ctx: Context, x: CrypTensor, options: SumOptions): CrypTensor {
  const a = x.rescale();
  const deviations = sub(a, mean(a, { dim: options.dim, keepdim: true }).rescale());
  // The sum of squared deviations is at most the sum of squares.
  return sum(square(within(ctx, deviations, a.bound)), options);
}

/**
 * Variance, of all elements or over axes: the sum of squared deviations from the mean, divided by n - correction. *Error*: with
 * D = n - correction, below 2 + 4n/D ulp and (2^-17 + 2^-16·n/D)·variance, and n/D times the square of the mean's error
 * (|mean|·2^-16 when n is not a power of two). For sums of squares below 2^30: they keep all fraction bits and are truncated once.
 * *Cost*: the mean, one square per element, and the division.
 *
 * @throws {RangeError} when n is not above the correction.
 */
export const variance: Op<[VarOptions]> = defineOp<[VarOptions]>({
  name: "var",
  shape: spreadShape,
  lower: (ctx, x, [{ correction = 1, ...options }]) =>
    div(squaredDeviations(ctx, x, options), count(x, options) - correction),
});

/**
 * Standard deviation: the root of the sum of squared deviations, which has all its fraction bits, by that of n - correction.
 * *Error*: with D = n - correction, below 3 ulp and 2.3e-5 of the result, and sqrt(n/D) times the error of the mean (3 ulp, and
 * |mean|·2^-16 when n is not a power of two). Range as {@link variance}. *Cost*: the mean, one square per element, a root and
 * two truncations.
 *
 * @throws {RangeError} as {@link variance}.
 */
export const std: Op<[VarOptions]> = defineOp<[VarOptions]>({
  name: "std",
  shape: spreadShape,
  lower: (ctx, x, [{ correction = 1, ...options }]) =>
    div(sqrt(squaredDeviations(ctx, x, options)), Math.sqrt(count(x, options) - correction)),
});

/** Which norm, and along which axis. */
export interface VectorNormOptions extends AxisOptions {
  /**
   * 1 for the sum of absolute values, 2 or "fro" (default) for the Euclidean norm, Infinity for the largest absolute value, any
   * other number above 0 for the p-th root of the sum of p-th powers.
   */
  readonly p?: number | "fro" | undefined;
}

/**
 * Norm of all elements or along an axis. For p = 1 and p = Infinity exact; for p = 2 the root of the sum of squares, which is
 * not truncated before, for sums below 2^30. *Error* for p = 2: that of {@link CrypTensor.sqrt}; for other p 2e-4 of the norm and
 * 2e-5 of the largest absolute value for each element. *Cost*: that of {@link abs} with
 * {@link sum} or {@link max}, or of one square per element with the root.
 *
 * @throws {RangeError} when p is 0 or negative; when p is none of 1 and 2 and there are no elements.
 */
export const norm: Op<[VectorNormOptions]> = defineOp<[VectorNormOptions]>({
  name: "norm",
  shape(x, { p = 2, ...options }) {
    if (p === Infinity) return nonEmpty(x, options);
    if (p !== "fro" && !(p > 0)) {
      throw new RangeError(`p is ${p}, a number above 0, "fro" or Infinity is wanted`);
    }
    return p === 1 || p === 2 || p === "fro" ? shapeWithout(x, options) : nonEmpty(x, options);
  },
  lower(_ctx, x, [{ p = 2, ...options }]) {
    if (p === 1) return sum(abs(x), options);
    if (p === 2 || p === "fro") return sqrt(sum(square(x), options));
    return p === Infinity ? max(abs(x), options) : rootOfPowers(x, p, options);
  },
});

/** (sum of |x|^p)^(1/p) as m·(sum of (|x|/m)^p)^(1/p), m the largest: that sum is from 1 to n. */
function rootOfPowers(x: CrypTensor, p: number, options: AxisOptions): CrypTensor {
  const size = abs(x);
  const largest = max(size, { dim: options.dim, keepdim: true });
  const parts = divide(size, largest, { positive: true }).rescale();
  const powers = Number.isInteger(p) ? pow(parts, p) : powReal(parts, p);
  const root = powReal(sum(powers, options), 1 / p);
  return mul(root, largest.reshape(root.shape));
}
