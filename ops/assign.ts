/**
 * A tensor with a part of it replaced. Exact and local.
 *
 * @module
 */
import * as ring from "../ring/movement.ts";
import { broadcastShapes, sameShape, type Shape } from "../ring/shape.ts";
import { factsOf, mapAll, meet } from "./join.ts";
import { defineOp, type Op } from "./op.ts";
import { shapeOf } from "./operand.ts";
import { type FullRange, fullRanges, rangeLength, type SliceRange } from "./ranges.ts";
import type { CrypTensor, Operand } from "./tensor.ts";

/** The shape of what is replaced: indices take their axes away. */
const partShape = (full: readonly FullRange[]): Shape => full.filter((r) => !r.single).map(rangeLength);

/** A value's shape with an axis of size 1 wherever an index took one away. */
function aligned(value: Shape, full: readonly FullRange[]): Shape {
  const kept = full.filter((r) => !r.single).length;
  const sides = [...new Array<number>(kept - value.length).fill(1), ...value];
  return full.map((r) => r.single ? 1 : sides.shift()!);
}

/** x with the part that slice would give replaced by what broadcasts to it. */
export const assign: Op<[readonly (number | SliceRange)[], Operand]> = defineOp<
  [readonly (number | SliceRange)[], Operand]
>({
  name: "assign",
  shape(x, ranges, value) {
    const part = partShape(fullRanges(x.shape, ranges));
    const from = shapeOf(value);
    if (!sameShape(broadcastShapes(from, part, "assign"), part)) {
      throw new RangeError(`a value of shape [${from}] does not broadcast to the part of shape [${part}]`);
    }
    return x.shape;
  },
  lower(ctx, x, [ranges, value], shape) {
    const full = fullRanges(x.shape, ranges);
    const [to, from] = meet(ctx, [x, value]) as [CrypTensor, CrypTensor];
    const sides = aligned(from.shape, full);
    return mapAll(ctx, "assign", [to, from], shape, factsOf([to, from]), (whole, part) => {
      using source = part.reshape(sides);
      return ring.assign(whole, full, source);
    });
  },
});
