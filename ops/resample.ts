/**
 * Products with public matrices of few entries per row, along an axis: interpolation, weighted sums of chosen entries.
 *
 * @module
 */
import { addInto, mul as mulWords } from "../ring/elementwise.ts";
import { take } from "../ring/movement.ts";
import { normalAxis, type Shape } from "../ring/shape.ts";
import type { RingTensor } from "../ring/tensor.ts";
import { productFacts } from "./arithmetic.ts";
import { readIndices, recordIndices } from "./indices.ts";
import { defineOp, type Op } from "./op.ts";
import { allIntegers, encodePublic, mapWords } from "./operand.ts";
import { Tensor } from "./plaintext.ts";

/** One summand of each entry of a result: the entry that it comes from, and the factor of that. */
export interface Tap {
  /** Which entry of the axis, for each entry of the result. */
  readonly indices: readonly number[];
  /** The factor, for each entry of the result. */
  readonly weights: readonly number[];
}

/** The largest sum of absolute weights of one entry. */
function gain(taps: readonly Tap[]): number {
  return taps[0]!.weights.reduce(
    (most, _, i) => Math.max(most, taps.reduce((sum, { weights }) => sum + Math.abs(weights[i]!), 0)),
    0,
  );
}

function checkTaps(taps: readonly Tap[]): number {
  const count = taps[0]?.indices.length;
  if (
    count === undefined ||
    taps.some(({ indices, weights }) => indices.length !== count || weights.length !== count)
  ) {
    throw new RangeError(
      `${taps.length} lists of indices and weights do not have one length, one or more of one length are wanted`,
    );
  }
  return count;
}

/**
 * Weighted sums of entries along an axis: entry j of the result is the sum of weights[j] times entry indices[j] over all taps. *Error*:
 * below 1 ulp, when the result is next used, and for the encoded weights 2^-(f + 1) of each summand; none for integral weights.
 * *Cost*: one truncation, and none for integral weights.
 *
 * @throws {RangeError} when an axis or an index does not exist, or the lists are not of one length.
 */
export const resample: Op<[number, readonly Tap[]]> = defineOp<[number, readonly Tap[]]>({
  name: "resample",
  shape(x, axis, taps): Shape {
    const at = normalAxis(axis, x.ndim, "resample along");
    for (const { indices } of taps) readIndices([...indices], x.shape[at]!);
    return x.shape.with(at, checkTaps(taps));
  },
  lower(ctx, x, [axis, taps], shape) {
    const at = normalAxis(axis, x.ndim);
    const side = [shape[at]!, ...shape.slice(at + 1).map(() => 1)];
    const weights = taps.map((tap) => new Tensor(side, Float64Array.from(tap.weights)));
    const scale = weights.every(allIntegers) ? 0 : ctx.fractionBits;
    const from = x.rescale();
    const facts = productFacts(ctx, "resample", from, { scale, bound: gain(taps) });
    const places = taps.map(({ indices }) => readIndices([...indices], x.shape[at]!));
    for (const list of places) recordIndices(ctx, list);
    const factors = weights.map((list) => encodePublic(ctx, list, scale));
    return mapWords(ctx, "resample", from, shape, facts, (part: RingTensor) => {
      const term = (k: number): RingTensor => {
        using entries = take(part, places[k]!.data, at);
        return mulWords(entries, factors[k]!);
      };
      const out = term(0);
      for (let k = 1; k < taps.length; k++) {
        using next = term(k);
        addInto(out, next);
      }
      return out;
    }, factors);
  },
});
