/**
 * Rounding to integers. All exact; the results are integers without fraction bits, so that products with them need no truncation.
 *
 * A product is rounded with all the fraction bits that it has, not with the session's.
 *
 * @module
 */
import { add, neg, sub } from "./arithmetic.ts";
import { negative } from "./compare.ts";
import type { Context } from "./context.ts";
import { boundOf, mapWords, words } from "./operand.ts";
import { defineOp, type Op } from "./op.ts";
import { addUnits, floorUnits } from "./functions/spline.ts";
import { asIntegers } from "./functions/scale.ts";
import { mulConstant } from "../ring/elementwise.ts";
import type { CrypTensor } from "./tensor.ts";

/** Shared integers as the integers that a rounding gives. */
function integers(ctx: Context, units: CrypTensor, x: CrypTensor): CrypTensor {
  const bound = boundOf(x.bound, 1, (a) => Math.ceil(a));
  return words(ctx, units.words.retain(), { scale: 0, bound });
}

/**
 * The largest integer that is not above x. Exact. *Cost* (lean): 3 rounds and 9 bytes per element; of integers nothing.
 */
export const floor: Op<[]> = defineOp({
  name: "floor",
  shape: (x) => x.shape,
  lower: (ctx, x) => x.scale === 0 ? x : integers(ctx, floorUnits(ctx, x, x.scale), x),
});

/** The smallest integer that is not below x. Exact. *Cost*: as {@link floor}. */
export const ceil: Op<[]> = defineOp({
  name: "ceil",
  shape: (x) => x.shape,
  lower: (_ctx, x) => x.scale === 0 ? x : neg(floor(neg(x))),
});

/**
 * x without its fraction: the floor of positive numbers, the ceiling of negative ones. Exact, for |x| < 2^45. *Cost*: a sign and
 * {@link floor}.
 */
export const trunc: Op<[]> = defineOp({
  name: "trunc",
  shape: (x) => x.shape,
  lower(ctx, x) {
    if (x.scale === 0) return x;
    // All but one of the units of 1 more, where x is negative: then the floor is the ceiling.
    const most = (1n << BigInt(x.scale)) - 1n;
    const facts = { scale: 0, bound: undefined };
    const below = mapWords(ctx, "units", negative(ctx, x), x.shape, facts, (part) => mulConstant(part, most));
    const units = add(asIntegers(ctx, x), below);
    return integers(ctx, floorUnits(ctx, units, x.scale), x);
  },
});

/**
 * The nearest integer, of two equally near ones the even one. Exact, for |x| < 2^45. *Cost*: three floors, two of them at once.
 */
export const round: Op<[]> = defineOp({
  name: "round",
  shape: (x) => x.shape,
  lower(ctx, x) {
    if (x.scale === 0) return x;
    const u = asIntegers(ctx, x);
    // The lowest bit of the floor, 0 for an even one.
    const half = floorUnits(ctx, u, x.scale + 1);
    const parity = sub(
      floorUnits(ctx, u, x.scale),
      mapWords(ctx, "twice", half, x.shape, half, (part) => mulConstant(part, 2n)),
    );
    // One unit less than a half is added to an even number, and all of it to an odd one.
    const up = addUnits(ctx, add(u, parity), (1n << BigInt(x.scale - 1)) - 1n);
    return integers(ctx, floorUnits(ctx, up, x.scale), x);
  },
});
