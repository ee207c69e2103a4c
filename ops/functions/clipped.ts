/**
 * Functions that are fitted between two ends, and a constant or the argument itself beyond them.
 *
 * @module
 */
import { add } from "../arithmetic.ts";
import { selectBit } from "../compare.ts";
import type { Context } from "../context.ts";
import { words } from "../operand.ts";
import type { CrypTensor } from "../tensor.ts";
import type { Fit } from "./fit.ts";
import { asReal, atScale, withScale } from "./scale.ts";
import { addUnits, spline } from "./spline.ts";
import { bitAt, bitsDiffer } from "../bits.ts";
import { atLeast, weigh } from "./thresholds.ts";

/** What a function is beyond an end: a number, or its argument. */
export type Tail = number | "x";

/** A function with its tails. */
export interface Clipped extends Fit {
  /** Where the domain ends, if that is before the last piece. */
  readonly end?: number;
  /** Below the domain. */
  readonly below: number;
  /** From the last piece on; undefined when no argument is there. */
  readonly above: Tail | undefined;
  /** Largest absolute value, unless the argument is a tail. */
  readonly bound?: number;
}

/** Where the domain ends: before the last piece at the latest. */
function highOf(fit: Clipped): number {
  return fit.end ?? fit.low + (2 ** fit.indexBits - 1) * 2 ** fit.step;
}

/**
 * A function of x for every x: fitted within its domain, its tails beyond. The result has `scale` fraction bits, the session's
 * by default.
 *
 * *Cost* (lean, 2 parties): 4 rounds and about 52 bytes.
 */
export function clipped(ctx: Context, x: CrypTensor, fit: Clipped, scale = ctx.fractionBits): CrypTensor {
  const a = asReal(ctx, x);
  const unit = 2 ** a.scale;
  const fits = a.bound !== undefined && -a.bound >= fit.low && a.bound < highOf(fit);
  if (fits) return within(ctx, atScale(ctx, spline(ctx, a, fit), scale), fit, a);
  const ends = [fit.low, ...(fit.above === undefined ? [] : [highOf(fit)])];
  // The comparison first: what it opens of x serves the spline and the tail too.
  const bits = atLeast(ctx, a, ends.map((end) => BigInt(Math.round(end * unit))));
  const fitted = atScale(ctx, spline(ctx, a, fit), scale);
  // Exactly one of "at least low" and "at least high" holds within the domain.
  const inside = ends.length === 1 ? bits : bitsDiffer(ctx, bits, 0, 1);
  let y = selectBit(ctx, inside, fitted);
  const units = (tail: Tail | undefined): bigint =>
    typeof tail === "number" ? BigInt(Math.round(tail * 2 ** scale)) : 0n;
  const [below, above] = [units(fit.below), units(fit.above)];
  if (below !== 0n || above !== 0n) {
    const [tails] = weigh(ctx, bits, [ends.length === 1 ? [-below] : [-below, above]]);
    y = add(y, withScale(ctx, addUnits(ctx, tails!, below), scale));
  }
  if (fit.above === "x") y = add(y, selectBit(ctx, bitAt(ctx, bits, 1), a));
  return within(ctx, y, fit, a);
}

/** The same value with the bound that the function gives it. */
function within(ctx: Context, y: CrypTensor, fit: Clipped, x: CrypTensor): CrypTensor {
  const bound = fit.above === "x" ? x.bound : fit.bound;
  return words(ctx, y.words.retain(), { scale: y.scale, bound });
}
