/**
 * Reciprocal, division, square root and its reciprocal: a thermometer finds the power of four, a piecewise polynomial does
 * the rest in [1, 4).
 *
 * @module
 */
import { broadcastShapes } from "../../ring/shape.ts";
import { abs, mul } from "../arithmetic.ts";
import { sign } from "../compare.ts";
import type { Context } from "../context.ts";
import { defineOp, type Op } from "../op.ts";
import { secretOperand, shapeOf } from "../operand.ts";
import type { CrypTensor, Operand } from "../tensor.ts";
import type { Fit } from "./fit.ts";
import { type DigitRange, type DigitTable, normalise } from "./normalise.ts";
import { asReal, atScale, productAt } from "./scale.ts";
import { spline } from "./spline.ts";

/** Digits of a reciprocal: 4^19 units, so that the largest factor and a mantissa of 24 bits fit 62 bits. */
const RECIPROCAL_DIGITS = 19;
/** Fraction bits of a reciprocal's mantissa. */
const MANTISSA = 24;

/** Fits on [1, 4); the pieces reach to 5. The reciprocal bends most, and needs twice as many. */
const coarse = { low: 1, step: -3, indexBits: 5, degree: 3 } as const;
const RECIPROCAL: Fit = {
  name: "1/m",
  f: (m) => 1 / m,
  low: 1,
  step: -4,
  indexBits: 6,
  degree: 3,
  scale: 60,
};
const RSQRT: Fit = { name: "m^-1/2", f: (m) => 1 / Math.sqrt(m), scale: 60, ...coarse };
const SQRT: Fit = { name: "m^1/2", f: Math.sqrt, scale: 59, ...coarse };

/** 1/x as mantissa·factor, integers: x = M·4^k·2^-scale, so that 1/x = (1/M)·4^(top-k)·2^(scale - 2·top). */
interface ReciprocalParts {
  readonly mantissa: CrypTensor;
  readonly factor: CrypTensor;
  /** Fraction bits of their product for a mantissa of so many bits. */
  scale(mantissaBits: number): number;
}

/** The parts of the reciprocal of positive shared numbers. */
function reciprocalParts(ctx: Context, x: CrypTensor, range: DigitRange): ReciprocalParts {
  const top = range.to - 1;
  const table: DigitTable = {
    at: (k) => 4n ** BigInt(top - k),
    ...(range.open === true ? { above: 0n } : {}),
  };
  const { mantissa, picked: [factor] } = normalise(ctx, x, range, [table]);
  return {
    mantissa: atScale(ctx, spline(ctx, mantissa, RECIPROCAL), MANTISSA),
    factor: factor!,
    scale: (bits) => bits + 2 * top - x.scale,
  };
}

/** Every number that can be divided by. */
const ALL: DigitRange = { to: RECIPROCAL_DIGITS, open: true };

/** A range of digits, cut where a known bound says that no number is larger. */
function within(x: CrypTensor, range: DigitRange): DigitRange {
  if (x.bound === undefined) return range;
  // Some digits at least: a mantissa needs bits for its pieces.
  const to = Math.max(6, (range.from ?? 0) + 3, Math.floor(Math.log2(x.bound * 2 ** x.scale + 1) / 2) + 1);
  return to < range.to ? { ...range, to, open: false } : range;
}

/** Options of {@link reciprocal} and {@link divide}. */
export interface PositiveOptions {
  /** Whether the (divisor's) values are known to be positive: saves 4 rounds and 32 bytes. */
  readonly positive?: boolean | undefined;
}

/** The parts of the reciprocal of any numbers: the factor has their sign. */
function signedParts(ctx: Context, x: CrypTensor, options: PositiveOptions): ReciprocalParts {
  if (options.positive === true) return reciprocalParts(ctx, x, within(x, ALL));
  const parts = reciprocalParts(ctx, abs(x), within(x, ALL));
  return { ...parts, factor: mul(parts.factor, sign(x)) };
}

/**
 * 1/x. *Domain*: 2^-f <= |x| < 2^(38-f) (for 16 fraction bits 1.5e-5 to 4.2e6); 0 counts as 2^-f, larger values have the
 * reciprocal 0. *Error*: 1.5e-5 of the result and 1 ulp. *Cost* (lean, 2 parties, positive): 10 rounds, 146 bytes.
 */
export const reciprocal: Op<[PositiveOptions]> = defineOp<[PositiveOptions]>({
  name: "reciprocal",
  shape: (x) => x.shape,
  lower(ctx, x, [options]) {
    const { mantissa, factor, scale } = signedParts(ctx, asReal(ctx, x), options);
    return productAt(ctx, scale(MANTISSA), mantissa, factor, mul);
  },
});

/**
 * 1/x for numbers that are known to be in [1, 4^digits): with 24 fraction bits. *Error*: 2e-6 of the result and 2^-24. *Cost*
 * (lean, 2 parties): 10 rounds and about 70 + 5·digits bytes.
 */
export function reciprocalFromOne(ctx: Context, x: CrypTensor, digits: number): CrypTensor {
  // One digit more: rounding may have left x just below 1 or at the end.
  const even = atScale(ctx, x, x.scale + (x.scale % 2));
  const from = even.scale / 2 - 1;
  const { mantissa, factor, scale } = reciprocalParts(ctx, even, { from, to: from + digits + 2 });
  return atScale(ctx, productAt(ctx, scale(MANTISSA), mantissa, factor, mul), MANTISSA);
}

/**
 * x/y for a secret y. *Domain* of y: as {@link reciprocal}; of x, for 16 fraction bits, |x| < 2^22; |x/y| < 2^21. *Error*:
 * 1.5e-5 of the result, 4e-6/|y| and 1 ulp. *Cost* (lean, 2 parties): that of the reciprocal, 2 rounds and 16 bytes.
 */
export const divide: Op<[Operand, PositiveOptions]> = defineOp<[Operand, PositiveOptions]>({
  name: "div",
  shape: (x, y) => broadcastShapes(x.shape, shapeOf(y), "divide"),
  lower(ctx, x, [divisor, options], shape) {
    const y = asReal(ctx, secretOperand(ctx, divisor, ctx.fractionBits));
    const { mantissa, factor, scale } = signedParts(ctx, y, options);
    // The quotient of the mantissas first: it keeps its precision whatever the size of y.
    const quotient = productAt(ctx, ctx.fractionBits + MANTISSA, asReal(ctx, x), mantissa, mul).expand(shape);
    const bits = MANTISSA - 4;
    return productAt(ctx, scale(bits), atScale(ctx, quotient, bits), factor, mul);
  },
});

/** Fraction bits of a root's mantissa. */
const ROOT = 30;

/**
 * A root of shared numbers u·2^-s, s even: f(M) times a power of two by digit. Products are taken as they are, before they
 * lose fraction bits: that of a small number would be most of it.
 */
function root(
  ctx: Context,
  x: CrypTensor,
  fit: Fit,
  tableOf: (top: number) => DigitTable,
  scaleOf: (half: number, top: number) => number,
  low = 0,
): CrypTensor {
  const wide = x.scale > ctx.fractionBits;
  const a = wide ? x : asReal(ctx, x);
  const even = a.scale % 2 === 0 ? a : atScale(ctx, a, a.scale + 1);
  const from = low > 0 ? Math.max(0, Math.floor(Math.log2(low * 2 ** even.scale) / 2)) : 0;
  const range = within(even, { from, to: wide ? 31 : 23, open: !wide });
  const { mantissa, picked: [factor] } = normalise(ctx, even, range, [tableOf(range.to - 1)]);
  const value = atScale(ctx, spline(ctx, mantissa, fit), ROOT);
  return productAt(ctx, ROOT + scaleOf(even.scale / 2, range.to - 1), value, factor!, mul);
}

/** A lower limit that the caller knows of. */
export interface RootOptions {
  /** A public number that no element is below; saves 4 bytes for every power of four that it excludes. */
  readonly atLeast?: number | undefined;
}

/**
 * x^(-1/2). *Domain*: 2^-f <= x < 2^(46-f); what is not positive counts as 2^-f, larger values give 0. Of a product that has
 * not lost its fraction bits: 2^-2f <= x < 2^(62-2f). *Error*: 1.5e-5 of the result and 1 ulp. *Cost* (lean, 2 parties): 10
 * rounds, 164 bytes.
 */
export const rsqrt: Op<[RootOptions]> = defineOp<[RootOptions]>({
  name: "rsqrt",
  shape: (x) => x.shape,
  lower: (ctx, x, [options]) =>
    root(
      ctx,
      x,
      RSQRT,
      // x = M·4^k·2^-s, so x^-1/2 = M^-1/2·2^(top-k)·2^(s/2-top).
      (top) => ({ at: (k) => 1n << BigInt(top - k), above: 0n }),
      (half, top) => top - half,
      options.atLeast,
    ),
});

/**
 * Square root. *Domain*: 0 <= x < 2^(46-f); that of negative numbers is 0, that of larger ones 2^(23-f/2). *Error*: 1.5e-5 of
 * the result and 1 ulp. *Cost*: as {@link rsqrt}.
 */
export const sqrt: Op<[]> = defineOp({
  name: "sqrt",
  shape: (x) => x.shape,
  lower: (ctx, x) =>
    root(
      ctx,
      x,
      SQRT,
      (top) => ({ at: (k) => 1n << BigInt(k), below: 0n, above: 1n << BigInt(top + 1) }),
      (half) => half,
    ),
});
