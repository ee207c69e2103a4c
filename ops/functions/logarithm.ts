/**
 * Logarithms: the thermometer's digit and a piecewise polynomial of the mantissa.
 *
 * @module
 */
import { add } from "../arithmetic.ts";
import { defineOp, type Op } from "../op.ts";
import { words } from "../operand.ts";
import type { Fit } from "./fit.ts";
import { normalise } from "./normalise.ts";
import { asReal } from "./scale.ts";
import { spline } from "./spline.ts";

const DIGITS = 23;
const SCALE = 54;

/** A logarithm: that of the mantissa, and 2k - f times that of two. */
function logarithm(name: string, log: (x: number) => number): Op<[]> {
  const fit: Fit = {
    name: `${name} m`,
    f: log,
    low: 1,
    step: -4,
    indexBits: 6,
    degree: 3,
    offsetBits: 13,
    scale: SCALE,
  };
  const units = (x: number): bigint => BigInt(Math.round(x * 2 ** 40)) << BigInt(SCALE - 40);
  return defineOp({
    name,
    shape: (x) => x.shape,
    lower(ctx, x) {
      const entry = (k: number): bigint => units((2 * k - ctx.fractionBits) * log(2));
      const digits = Array.from({ length: DIGITS }, (_, k) => entry(k));
      const table = { digits, below: entry(0), above: entry(DIGITS) };
      const { mantissa, picked: [exponent] } = normalise(ctx, asReal(ctx, x), DIGITS, [table]);
      const whole = words(ctx, exponent!.words.retain(), { scale: SCALE, bound: undefined });
      const y = add(spline(ctx, mantissa, fit), whole);
      return words(ctx, y.words.retain(), { scale: SCALE, bound: 64 });
    },
  });
}

/**
 * Natural logarithm. *Domain*: 2^-f <= x < 2^(46-f); what is smaller or larger counts as an end. *Error*: 3e-5. *Cost* (lean, 2 parties): 8
 * rounds, 155 bytes, and one truncation.
 */
export const log: Op<[]> = logarithm("log", Math.log);
/** Binary logarithm. *Error*: 3e-5. As {@link log}. */
export const log2: Op<[]> = logarithm("log2", Math.log2);
/** Decimal logarithm. *Error*: 3e-5. As {@link log}. */
export const log10: Op<[]> = logarithm("log10", Math.log10);
/** ln(1 + x). *Domain*: x > -1. *Error*: 3e-5. As {@link log}. */
export const log1p: Op<[]> = defineOp({
  name: "log1p",
  shape: (x) => x.shape,
  lower: (_ctx, x) => log(add(x, 1)),
});
