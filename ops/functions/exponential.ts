/**
 * Exponentials: 2^z = 2^i·2^w with an integer i and a fraction w, a table for the one and a piecewise polynomial for the other.
 *
 * @module
 */
import type { Table } from "../../protocols/protocol.ts";
import { mulConstant } from "../../ring/elementwise.ts";
import { add, mul, sub } from "../arithmetic.ts";
import { selectBit } from "../compare.ts";
import type { Context } from "../context.ts";
import { defineOp, type Op } from "../op.ts";
import { mapWords, words } from "../operand.ts";
import type { CrypTensor } from "../tensor.ts";
import { type Clipped, clipped } from "./clipped.ts";
import type { Fit } from "./fit.ts";
import { asIntegers, asReal, atScale, withScale } from "./scale.ts";
import { lookup, pow2Units, spline } from "./spline.ts";
import { bitsDiffer } from "../bits.ts";
import { atLeast, weigh } from "./thresholds.ts";

/** Fraction bits of the factor log2(e). */
const FACTOR_BITS = 24;
/** Fraction bits of 2^w. */
const MANTISSA_BITS = 30;
/** Powers of two up to this one are multiplied with 16 more bits, larger ones as they are. */
const SPLIT = 14;

/** 2^w for -1 <= w < 1: rounding i up makes w negative. */
const POWER: Fit = {
  name: "2^w",
  f: (w) => 2 ** w,
  low: -1,
  step: -3,
  indexBits: 5,
  degree: 3,
  scale: 60,
};

/** 2^(i+16) for small i and 2^(i-14) for larger ones: either is a word that the mantissa leaves room for. */
const POWERS: Table = {
  low: -32n,
  indexBits: 6,
  rows: Array.from({ length: 64 }, (_, row) => {
    const i = row - 32;
    return [
      i >= -16 && i < SPLIT ? 1n << BigInt(i + 16) : 0n,
      i >= SPLIT && i < 31 ? 1n << BigInt(i - SPLIT) : 0n,
    ];
  }),
};

/** What is known of an exponential's argument. */
export interface ExpOptions {
  /** No element is above 0: 4 rounds and 43 bytes, within 4e-5. Other elements become any numbers. */
  readonly nonPositive?: boolean | undefined;
}

/** A function 2^(x·factor), and where it ends: below `lowest` it is 0, from `highest` on it stays. */
interface Exponential {
  readonly name: string;
  readonly factor: number;
  readonly lowest: number;
  readonly highest: number;
}

function exponential({ name, factor, lowest, highest }: Exponential): Op<[]> {
  return defineOp({
    name,
    shape: (x) => x.shape,
    lower(ctx, x) {
      const a = asReal(ctx, x);
      const unit = 2 ** a.scale;
      const bits = atLeast(ctx, a, [lowest, highest].map((end) => BigInt(Math.round(end * unit))));
      const times = BigInt(Math.round(factor * 2 ** FACTOR_BITS));
      const facts = { scale: a.scale + FACTOR_BITS, bound: undefined };
      const z = mapWords(ctx, "scale", a, a.shape, facts, (part) => mulConstant(part, times));
      // i is the integer part of z or one more, so w = z - i is in [-1, 1). Out of the domain both are arbitrary.
      const i = atScale(ctx, z, 0);
      const w = withScale(ctx, sub(asIntegers(ctx, z), pow2Units(ctx, i, z.scale)), z.scale);
      const mantissa = withScale(ctx, atScale(ctx, spline(ctx, w, POWER), MANTISSA_BITS), 0);
      const inside = bitsDiffer(ctx, bits, 0, 1);
      const [small, large] = lookup(ctx, i, POWERS).map((power) =>
        mul(mantissa, selectBit(ctx, inside, power))
      );
      const scale = ctx.fractionBits;
      const low = atScale(ctx, withScale(ctx, small!, MANTISSA_BITS + 16), scale);
      const high = atScale(ctx, withScale(ctx, large!, MANTISSA_BITS - SPLIT), scale);
      const end = BigInt(Math.round(2 ** (highest * factor) * 2 ** scale));
      const [most] = weigh(ctx, bits, [[0n, end]]);
      const y = add(add(low, high), withScale(ctx, most!, scale));
      return words(ctx, y.words.retain(), { scale, bound: 2 ** 30 });
    },
  });
}

/**
 * e^x. *Domain*: every x up to 20.75; larger ones count as 20.75, and e^x is 0 below -12. *Error*: 1e-5 of the result and 2
 * ulp. *Cost* (lean, 2 parties): 6 rounds, 88 bytes.
 */
export const exp: Op<[ExpOptions]> = defineOp<[ExpOptions]>({
  name: "exp",
  shape: (x) => x.shape,
  lower: (ctx, x, [{ nonPositive = false }]) => nonPositive ? expOfNegative(ctx, x) : expOfAll(x),
});
const expOfAll = exponential({ name: "exp", factor: Math.LOG2E, lowest: -12, highest: 20.75 });
/** 2^x. *Domain*: up to 29.9. As {@link exp}. */
export const exp2: Op<[]> = exponential({ name: "exp2", factor: 1, lowest: -17, highest: 29.9 });
/** e^x - 1. As {@link exp}: 1e-5·e^x and 2 ulp. */
export const expm1: Op<[]> = defineOp({
  name: "expm1",
  shape: (x) => x.shape,
  lower: (_ctx, x) => sub(exp(x, {}), 1),
});

/** e^x for x <= 0, as softmax needs it. */
const DECAY: Clipped = {
  name: "exp of negatives",
  f: Math.exp,
  low: -15.5,
  step: -2,
  indexBits: 6,
  degree: 3,
  scale: 60,
  below: 0,
  above: undefined,
  bound: 1.001,
};

/**
 * e^x for x <= 0 (any number for larger x). *Error*: 3e-5, and exactly 0 below -15.5. *Cost* (lean, 2 parties): 4 rounds, 46
 * bytes. The result has `scale` fraction bits, the session's by default.
 */
export function expOfNegative(ctx: Context, x: CrypTensor, scale?: number): CrypTensor {
  return clipped(ctx, x, DECAY, scale);
}
