/**
 * Logarithms: the thermometer's digit and a piecewise polynomial of the mantissa.
 *
 * @module
 */
import { add } from "../arithmetic.ts";
import type { Context } from "../context.ts";
import { defineOp, type Op } from "../op.ts";
import { words } from "../operand.ts";
import type { CrypTensor } from "../tensor.ts";
import type { Fit } from "./fit.ts";
import { type DigitRange, normalise } from "./normalise.ts";
import { asReal, atScale, withScale } from "./scale.ts";
import { spline } from "./spline.ts";

const DIGITS = 23;
const SCALE = 56;

/** A logarithm's fit on the mantissa. */
function fitOf(name: string, log: (x: number) => number): Fit {
  return {
    name: `${name} m`,
    f: log,
    low: 1,
    step: -3,
    indexBits: 5,
    degree: 3,
    offsetBits: 14,
    scale: SCALE,
  };
}

const units = (x: number): bigint => BigInt(Math.round(x * 2 ** 40)) << BigInt(SCALE - 40);

/** log(M·4^k·2^-s) = log M + (2k - s)·log 2, of shared numbers in a range of digits. */
function logIn(
  ctx: Context,
  x: CrypTensor,
  range: DigitRange,
  fit: Fit,
  log: (x: number) => number,
): CrypTensor {
  const entry = (k: number): bigint => units((2 * k - x.scale) * log(2));
  const { mantissa, picked: [exponent] } = normalise(ctx, x, range, [{ at: entry, above: entry(range.to) }]);
  const y = add(spline(ctx, mantissa, fit), withScale(ctx, exponent!, SCALE));
  return words(ctx, y.words.retain(), { scale: SCALE, bound: 64 });
}

function logarithm(name: string, log: (x: number) => number): Op<[]> {
  const fit = fitOf(name, log);
  return defineOp({
    name,
    shape: (x) => x.shape,
    lower: (ctx, x) => logIn(ctx, asReal(ctx, x), { to: DIGITS, open: true }, fit, log),
  });
}

const NATURAL = fitOf("log", Math.log);

/** ln x for numbers that are known to be in [1, 4^digits). *Cost* (lean, 2 parties): 7 rounds, 60 + 5·digits bytes. */
export function logFromOne(ctx: Context, x: CrypTensor, digits: number): CrypTensor {
  const even = atScale(ctx, x, x.scale + (x.scale % 2));
  // One digit more at either end: rounding may have left x just below 1 or at the end.
  const from = even.scale / 2 - 1;
  return logIn(ctx, even, { from, to: from + digits + 2 }, NATURAL, Math.log);
}

/**
 * Natural logarithm. *Domain*: 2^-f <= x < 2^(46-f); what is smaller or larger counts as an end. *Error*: 4e-5. *Cost* (lean,
 * 2 parties): 8 rounds, 148 bytes.
 */
export const log: Op<[]> = logarithm("log", Math.log);
/** Binary logarithm. *Error*: 4e-5. As {@link log}. */
export const log2: Op<[]> = logarithm("log2", Math.log2);
/** Decimal logarithm. *Error*: 4e-5. As {@link log}. */
export const log10: Op<[]> = logarithm("log10", Math.log10);
/** ln(1 + x). *Domain*: x > -1. *Error*: 4e-5. As {@link log}. */
export const log1p: Op<[]> = defineOp({
  name: "log1p",
  shape: (x) => x.shape,
  lower: (_ctx, x) => log(add(x, 1)),
});
