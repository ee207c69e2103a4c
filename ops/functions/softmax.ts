/**
 * Softmax and its relatives, along one axis.
 *
 * @module
 */
import { add, mul, sub } from "../arithmetic.ts";
import { lengthOf, nonEmpty } from "../axis.ts";
import type { Context } from "../context.ts";
import { max } from "../extrema.ts";
import { defineOp, type Op } from "../op.ts";
import { words } from "../operand.ts";
import { sum } from "../reduce.ts";
import type { CrypTensor } from "../tensor.ts";
import { expOfNegative } from "./exponential.ts";
import { logFromOne } from "./logarithm.ts";
import { reciprocalFromOne } from "./roots.ts";
import { asReal, atScale, productAt } from "./scale.ts";

/** Fraction bits of the exponentials: more than those of the result, which they are added up and divided for. */
const EXTRA_SCALE = 24;

/** What all of them start from. */
interface Shifted {
  /** x minus the largest element of its row: 0 at most. */
  readonly shifted: CrypTensor;
  /** The largest element. */
  readonly top: CrypTensor;
  /** e^shifted. */
  readonly powers: CrypTensor;
  /** Their sum, in [1, n]. */
  readonly total: CrypTensor;
  /** The sum is below 4^digits. */
  readonly digits: number;
}

function shift(ctx: Context, x: CrypTensor, dim: number): Shifted {
  const a = asReal(ctx, x);
  const top = max(a, { dim, keepdim: true });
  // Differences of what can be compared fit the ring, whatever the bounds say.
  const free = (t: CrypTensor): CrypTensor =>
    words(ctx, t.words.retain(), { scale: t.scale, bound: undefined });
  const shifted = sub(free(a), free(top));
  const powers = expOfNegative(ctx, shifted, EXTRA_SCALE);
  const total = sum(powers, { dim, keepdim: true });
  const digits = Math.max(1, Math.ceil(Math.log2(lengthOf(x, { dim })) / 2));
  return { shifted, top, powers, total, digits };
}

/**
 * e^x divided by the sum of all along an axis. *Domain*: every x; what is 15.5 or more below the largest has exactly 0. *Error*:
 * 5e-5. *Cost* (lean, 2 parties), n elements a row: 4·ceil(log2 n) + 16 rounds; 12 + 47 + 16 bytes per element and about 100 a
 * row.
 *
 * @throws {RangeError} when the axis does not exist or is empty.
 */
export const softmax: Op<[number]> = defineOp<[number]>({
  name: "softmax",
  shape(x, dim) {
    nonEmpty(x, { dim });
    return x.shape;
  },
  lower(ctx, x, [dim], shape) {
    const { powers, total, digits } = shift(ctx, x, dim);
    const inverse = reciprocalFromOne(ctx, total, digits).expand(shape);
    const y = productAt(ctx, powers.scale + inverse.scale, powers, inverse, mul);
    return words(ctx, y.words.retain(), { scale: y.scale, bound: 1.001 });
  },
});

/**
 * ln(softmax(x)) along an axis, without a division. *Error*: 6e-5. *Cost* (lean, 2 parties): 4·ceil(log2 n) + 12 rounds; 59
 * bytes per element and about 100 a row.
 *
 * @throws {RangeError} as {@link softmax}.
 */
export const logSoftmax: Op<[number]> = defineOp<[number]>({
  name: "logSoftmax",
  shape(x, dim) {
    nonEmpty(x, { dim });
    return x.shape;
  },
  lower(ctx, x, [dim]) {
    const { shifted, total, digits } = shift(ctx, x, dim);
    return sub(shifted, atScale(ctx, logFromOne(ctx, total, digits), ctx.fractionBits));
  },
});

/** Along which axis, and whether it stays. */
export interface LogSumExpOptions {
  /** The axis. */
  readonly dim: number;
  /** Keeps the axis with size 1. */
  readonly keepdim?: boolean | undefined;
}

/**
 * ln(sum of e^x) along an axis. *Error*: 6e-5. *Cost*: as {@link logSoftmax}.
 *
 * @throws {RangeError} as {@link softmax}.
 */
export const logSumExp: Op<[LogSumExpOptions]> = defineOp<[LogSumExpOptions]>({
  name: "logSumExp",
  shape: (x, options) => nonEmpty(x, options),
  lower(ctx, x, [{ dim }], shape) {
    const { top, total, digits } = shift(ctx, x, dim);
    return add(top, atScale(ctx, logFromOne(ctx, total, digits), ctx.fractionBits)).reshape(shape);
  },
});
