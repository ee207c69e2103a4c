/**
 * Inverse trigonometric functions.
 *
 * @module
 */
import { abs, add, mul, neg, sub } from "../arithmetic.ts";
import { bitsDiffer } from "../bits.ts";
import { bitXor } from "../binary.ts";
import { selectBit, sign } from "../compare.ts";
import type { Context } from "../context.ts";
import { defineOp, type Op } from "../op.ts";
import { words } from "../operand.ts";
import type { CrypTensor } from "../tensor.ts";
import type { Fit } from "./fit.ts";
import { sqrt } from "./roots.ts";
import { asReal, atScale, withScale } from "./scale.ts";
import { addUnits, spline } from "./spline.ts";
import { atLeast, weigh } from "./thresholds.ts";

/** acos(a) = sqrt(1 - a)·p(a) for 0 <= a <= 1, where p bends little: the root takes the end at which acos is steep. */
const ACOS: Fit = {
  name: "acos a / sqrt(1 - a)",
  // Pieces reach beyond 1, where the quotient of both roots goes on as the one of acosh.
  f: (a) => a < 1 ? Math.acos(a) / Math.sqrt(1 - a) : a > 1 ? Math.acosh(a) / Math.sqrt(a - 1) : Math.SQRT2,
  low: 0,
  step: -3,
  indexBits: 4,
  degree: 3,
  scale: 60,
};

/** Fraction bits of the fit's values in the product. */
const FACTOR = 30;

/** acos |x| with the fraction bits of a product. */
function acosOfSize(ctx: Context, x: CrypTensor): CrypTensor {
  const size = abs(x);
  const rest = sub(words(ctx, size.words.retain(), { scale: size.scale, bound: 1 }), 1);
  const root = sqrt(words(ctx, neg(rest).words.retain(), { scale: size.scale, bound: 1 })).rescale();
  const factor = atScale(ctx, spline(ctx, size, ACOS), FACTOR);
  const product = mul(withScale(ctx, root, 0), withScale(ctx, factor, 0));
  return atScale(ctx, withScale(ctx, product, root.scale + FACTOR), ctx.fractionBits);
}

/**
 * Arc sine. *Domain*: -1 <= x <= 1, the nearest end beyond. *Error*: 7e-5. *Cost* (lean, 2 parties): the absolute value, a root of
 * small numbers and two products.
 */
export const asin: Op<[]> = defineOp({
  name: "asin",
  shape: (x) => x.shape,
  lower(ctx, x) {
    const a = asReal(ctx, x);
    const size = neg(sub(acosOfSize(ctx, a), Math.PI / 2));
    return mul(words(ctx, size.words.retain(), { scale: size.scale, bound: 2 }), sign(a));
  },
});

/** Arc cosine: π/2 - asin x. As {@link asin}. */
export const acos: Op<[]> = defineOp({
  name: "acos",
  shape: (x) => x.shape,
  lower: (_ctx, x) => neg(sub(asin(x), Math.PI / 2)),
});

/** Ends of the zones in which the arc tangent is fitted, each with 128 pieces between -end and end. */
const ENDS = [8, 64, 1024, 16384] as const;
const ZONES: readonly Fit[] = ENDS.map((end) => ({
  name: `atan to ${end}`,
  f: Math.atan,
  low: -end,
  step: Math.log2(end) - 6,
  indexBits: 7,
  degree: 3,
  scale: 58,
}));
/** Beyond the last zone: as far from its end as from π/2. */
const FAR = (Math.PI / 2 + Math.atan(ENDS[3])) / 2;

/**
 * Arc tangent. *Domain*: every x. *Error*: 7e-5. *Cost* (lean, 2 parties): 5 rounds; four splines whose pieces grow with |x|, one of
 * which is chosen.
 */
export const atan: Op<[]> = defineOp({
  name: "atan",
  shape: (x) => x.shape,
  lower(ctx, x) {
    const a = asReal(ctx, x);
    const scale = ctx.fractionBits;
    const unit = 2 ** a.scale;
    // The last piece of a fit is outside of it, so a zone is a piece smaller on either side.
    const inner = ZONES.map((fit) => -fit.low - 2 ** fit.step);
    const ends = [...inner.toReversed().map((end) => -end), ...inner];
    const bits = atLeast(ctx, a, ends.map((end) => BigInt(Math.round(end * unit))));
    const count = ZONES.length;
    const within = ZONES.map((_, k) => bitsDiffer(ctx, bits, count - 1 - k, count + k));
    const parts = ZONES.map((fit, k) => {
      const zone = k === 0 ? within[0]! : bitXor(within[k]!, within[k - 1]!);
      return selectBit(ctx, zone, atScale(ctx, spline(ctx, a, fit), scale));
    });
    const far = BigInt(Math.round(FAR * 2 ** scale));
    const weights = ends.map((_, i) => i === 0 || i === ends.length - 1 ? far : 0n);
    const tails = withScale(ctx, addUnits(ctx, weigh(ctx, bits, [weights])[0]!, -far), scale);
    const y = parts.reduce((sum, part) => add(sum, part), tails);
    return words(ctx, y.words.retain(), { scale, bound: 2 });
  },
});
