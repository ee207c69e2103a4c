/**
 * Padding.
 *
 * @module
 */
import * as ring from "../ring/movement.ts";
import { sizeOf } from "../ring/shape.ts";
import { add } from "./arithmetic.ts";
import { defineOp, type Op } from "./op.ts";
import { mapWords } from "./operand.ts";

/** Padded with a public constant. */
export const pad: Op<[readonly number[], readonly number[], number]> = defineOp<
  [readonly number[], readonly number[], number]
>({
  name: "pad",
  shape(x, before, after) {
    if (before.length !== x.ndim || after.length !== x.ndim) {
      throw new RangeError(`${x.ndim} pads before and after are wanted`);
    }
    if ([...before, ...after].some((p) => !Number.isInteger(p) || p < 0)) {
      throw new RangeError("pads are not non-negative integers");
    }
    return x.shape.map((side, i) => side + before[i]! + after[i]!);
  },
  lower(ctx, x, [before, after, value], shape) {
    const zero = mapWords(ctx, "pad", x, shape, x, (part) => ring.pad(part, before, after, 0n));
    if (value === 0) return zero;
    // A share of the border would not be linear; the border is added as a public tensor instead.
    const border = new Float64Array(sizeOf(shape)).fill(value);
    const inside = (index: number): boolean => {
      let rest = index;
      for (let axis = shape.length - 1; axis >= 0; axis--) {
        const i = rest % shape[axis]!;
        rest = Math.floor(rest / shape[axis]!);
        if (i < before[axis]! || i >= before[axis]! + x.shape[axis]!) return false;
      }
      return true;
    };
    for (let i = 0; i < border.length; i++) if (inside(i)) border[i] = 0;
    return add(zero, { shape, data: border });
  },
});
