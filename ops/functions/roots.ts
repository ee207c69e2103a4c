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
import { asReal, atScale, withScale } from "./scale.ts";
import type { Fit } from "./fit.ts";
import { type DigitTable, normalise } from "./normalise.ts";
import { spline } from "./spline.ts";

/** Digits of a reciprocal: 4^19 units, so that the largest factor and a mantissa of 24 bits fit 62 bits. */
const RECIPROCAL_DIGITS = 19;
/** Digits of everything that can be compared: 4^23 units. */
const ALL_DIGITS = 23;
/** Fraction bits of a reciprocal's mantissa. */
const MANTISSA = 24;

/** Fits on [1, 4); the pieces reach to 5. */
const onMantissa = { low: 1, step: -4, indexBits: 6, degree: 3 } as const;
const RECIPROCAL: Fit = { name: "1/m", f: (m) => 1 / m, scale: 60, ...onMantissa };
const RSQRT: Fit = { name: "m^-1/2", f: (m) => 1 / Math.sqrt(m), scale: 60, ...onMantissa };
const SQRT: Fit = { name: "m^1/2", f: Math.sqrt, scale: 59, ...onMantissa };

/** A table of powers: entry k is base^(first + step·k). */
function powers(digits: number, power: (k: number) => bigint, below: bigint, above?: bigint): DigitTable {
  const entries = Array.from({ length: digits }, (_, k) => power(k));
  return above === undefined ? { digits: entries, below } : { digits: entries, below, above };
}

/** 4^(top - k), which turns the reciprocal of the mantissa into that of the number; 0 for what is too large. */
function reciprocalFactor(): DigitTable {
  const top = RECIPROCAL_DIGITS - 1;
  return powers(RECIPROCAL_DIGITS, (k) => 4n ** BigInt(top - k), 4n ** BigInt(top), 0n);
}

/** Mantissa and factor of 1/|x|: their product with 2^(f-36) is the reciprocal. */
function reciprocalParts(ctx: Context, x: CrypTensor): { mantissa: CrypTensor; factor: CrypTensor } {
  const { mantissa, picked: [factor] } = normalise(ctx, x, RECIPROCAL_DIGITS, [reciprocalFactor()]);
  return { mantissa: atScale(ctx, spline(ctx, mantissa, RECIPROCAL), MANTISSA), factor: factor! };
}

/** Scale of mantissa·factor: x = M·4^k·2^-f units, so 1/x = (1/M)·factor·2^(f - 2·18). */
function reciprocalScale(ctx: Context, mantissaScale: number): number {
  return mantissaScale + 2 * (RECIPROCAL_DIGITS - 1) - ctx.fractionBits;
}

/** Options of {@link reciprocal} and {@link divide}. */
export interface PositiveOptions {
  /** Whether the (divisor's) values are known to be positive: saves 5 rounds and 20 bytes. */
  readonly positive?: boolean | undefined;
}

/**
 * 1/x. *Domain*: 2^-f <= |x| < 2^(38-f) (for 16 fraction bits 1.5e-5 to 4.2e6); 0 counts as 2^-f, larger values have the
 * reciprocal 0. *Error*: 1.5e-5 of the result and 1 ulp. *Cost* (lean, 2 parties, positive): 10 rounds, 165 bytes.
 */
export const reciprocal: Op<[PositiveOptions]> = defineOp<[PositiveOptions]>({
  name: "reciprocal",
  shape: (x) => x.shape,
  lower(ctx, x, [options]) {
    const a = asReal(ctx, x);
    const { mantissa, factor } = reciprocalParts(ctx, options.positive === true ? a : abs(a));
    const signed = options.positive === true ? factor : mul(factor, sign(a));
    return withScale(ctx, mul(withScale(ctx, mantissa, 0), signed), reciprocalScale(ctx, MANTISSA));
  },
});

/**
 * x/y for a secret y. *Domain* of y: as {@link reciprocal}; |x/y| < 2^21. *Error*: 1.5e-5 of the result and 1 ulp. *Cost*
 * (lean, 2 parties): that of the reciprocal, 2 rounds and 16 bytes.
 */
export const divide: Op<[Operand, PositiveOptions]> = defineOp<[Operand, PositiveOptions]>({
  name: "div",
  shape: (x, y) => broadcastShapes(x.shape, shapeOf(y), "divide"),
  lower(ctx, x, [divisor, options], shape) {
    const y = asReal(ctx, secretOperand(ctx, divisor, ctx.fractionBits));
    const { mantissa, factor } = reciprocalParts(ctx, options.positive === true ? y : abs(y));
    const signed = options.positive === true ? factor : mul(factor, sign(y));
    const a = asReal(ctx, x);
    // The quotient of the mantissas first: it keeps its precision whatever the size of y.
    const quotient = mul(withScale(ctx, a, 0), withScale(ctx, mantissa, 0)).expand(shape);
    const kept = MANTISSA - 4;
    const rounded = atScale(ctx, withScale(ctx, quotient, ctx.fractionBits + MANTISSA), kept);
    return withScale(ctx, mul(withScale(ctx, rounded, 0), signed), reciprocalScale(ctx, kept));
  },
});

/** A function of the mantissa times a power of two that depends on the digit. */
function root(ctx: Context, x: CrypTensor, fit: Fit, table: DigitTable, scale: number): CrypTensor {
  const { mantissa, picked: [factor] } = normalise(ctx, asReal(ctx, x), ALL_DIGITS, [table]);
  const value = atScale(ctx, spline(ctx, mantissa, fit), 30);
  return withScale(ctx, mul(withScale(ctx, value, 0), factor!), 30 + scale);
}

/**
 * x^(-1/2). *Domain*: 2^-f <= x < 2^(46-f); what is not positive counts as 2^-f, larger values give 0. *Error*: 1.5e-5 of the result and 1 ulp. *Cost* (lean,
 * 2 parties): 10 rounds, 180 bytes.
 */
export const rsqrt: Op<[]> = defineOp({
  name: "rsqrt",
  shape: (x) => x.shape,
  lower(ctx, x) {
    // x = M·4^k·2^-f, so x^-1/2 = M^-1/2·2^(top-k)·2^(f/2-top); an odd f has its square root of two in the table's stead.
    const top = ALL_DIGITS - 1;
    const entry = (k: number): bigint => 1n << BigInt(top - k);
    const { fit, shift } = evenScale(RSQRT, ctx.fractionBits, (m) => 1 / Math.sqrt(m));
    return root(ctx, x, fit, powers(ALL_DIGITS, entry, entry(0), 0n), top - shift);
  },
});

/**
 * Square root. *Domain*: 0 <= x < 2^(46-f); that of negative numbers is 0, that of larger ones 2^(23-f/2). *Error*: 1.5e-5 of the result and 1 ulp. *Cost*: as
 * {@link rsqrt}.
 */
export const sqrt: Op<[]> = defineOp({
  name: "sqrt",
  shape: (x) => x.shape,
  lower(ctx, x) {
    const { fit, shift } = evenScale(SQRT, ctx.fractionBits, Math.sqrt);
    return root(ctx, x, fit, powers(ALL_DIGITS, (k) => 1n << BigInt(k), 0n, 1n << BigInt(ALL_DIGITS)), shift);
  },
});

/** The fit for a scale: an odd number of fraction bits leaves a factor of two within the root. */
function evenScale(fit: Fit, fractionBits: number, f: (m: number) => number): { fit: Fit; shift: number } {
  const shift = Math.floor(fractionBits / 2);
  if (fractionBits % 2 === 0) return { fit, shift };
  return { fit: { ...fit, name: `${fit.name} of m/2`, f: (m) => f(m / 2) }, shift };
}
