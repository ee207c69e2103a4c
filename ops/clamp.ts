/**
 * Piecewise linear functions: bounds, slopes and steps, by comparisons that run at once.
 *
 * @module
 */
import { broadcastShapes, sameShape, type Shape } from "../ring/shape.ts";
import { add, mul, sub } from "./arithmetic.ts";
import { gt, lt, maximum, minimum, relu, unchecked, where, within } from "./compare.ts";
import { bitXor } from "./binary.ts";
import type { Context } from "./context.ts";
import { get } from "./indexing.ts";
import { defineOp, isTensor, type Op } from "./op.ts";
import { boundOf, publicTensor, secretOperand, shapeOf } from "./operand.ts";
import type { CrypTensor, Operand } from "./tensor.ts";

/** A bound, or none. */
export type Limit = Operand | undefined;

function limitsShape(x: CrypTensor, low: Limit, high: Limit): Shape {
  let shape = x.shape;
  for (const limit of [low, high]) {
    if (limit !== undefined) shape = broadcastShapes(shape, shapeOf(limit), "clamp");
  }
  if (low === undefined || high === undefined || isTensor(low) || isTensor(high)) return shape;
  const [p, q] = [publicTensor(low), publicTensor(high)];
  const least = Math.max(...Array.from<number | bigint, number>(p.data, Number));
  const most = Math.min(...Array.from<number | bigint, number>(q.data, Number));
  // Tensors of bounds may cross each other's ranges, but not element by element.
  if (least > most && crosses(p, q)) throw new RangeError("a lower bound is above the upper one");
  return shape;
}

/** Whether a lower bound is above the upper bound at the same position. */
function crosses(low: ReturnType<typeof publicTensor>, high: ReturnType<typeof publicTensor>): boolean {
  const shape = broadcastShapes(low.shape, high.shape);
  const size = shape.reduce((a, b) => a * b, 1);
  const at = (t: typeof low, flat: number): number => {
    let [index, step, rest] = [0, 1, flat];
    for (let axis = 1; axis <= shape.length; axis++) {
      const side = shape.at(-axis)!;
      const own = t.shape.at(-axis) ?? 1;
      if (own > 1) index += step * (rest % side);
      step *= own;
      rest = Math.floor(rest / side);
    }
    return Number(t.data[index]);
  };
  for (let flat = 0; flat < size; flat++) if (at(low, flat) > at(high, flat)) return true;
  return false;
}

/** x + relu(low - x) - relu(x - high): both at once. */
function between(ctx: Context, x: CrypTensor, low: Operand, high: Operand, shape: Shape): CrypTensor {
  const a = x.rescale();
  const p = secretOperand(ctx, low, ctx.fractionBits).rescale();
  const q = secretOperand(ctx, high, ctx.fractionBits).rescale();
  const both = relu(unchecked(ctx, p, a, shape).stack([unchecked(ctx, a, q, shape)]));
  const out = sub(add(within(ctx, a, undefined), get(both, [0])), get(both, [1]));
  return within(ctx, out, boundOf(p.bound, q.bound, Math.max));
}

/**
 * min(max(x, low), high), with public or secret bounds, or none. Exact. *Cost*: the rounds of one relu, and its bytes for each
 * bound. Secret bounds must not cross: where they do, elements between them become low + high - x.
 *
 * @throws {RangeError} when a public lower bound is above the public upper one.
 */
export const clamp: Op<[Limit, Limit]> = defineOp<[Limit, Limit]>({
  name: "clamp",
  shape: limitsShape,
  lower(ctx, x, [low, high], shape) {
    if (low === undefined) return high === undefined ? x : minimum(x, high);
    return high === undefined ? maximum(x, low) : between(ctx, x, low, high, shape);
  },
});

/**
 * x where x > 0, else slope·x, for a public slope. *Error*: 0 where x >= 0; elsewhere as a product by the slope. *Cost*: that of
 * relu, and a truncation.
 */
export const leakyRelu: Op<[number]> = defineOp<[number]>({
  name: "leakyRelu",
  shape(x, slope) {
    if (!Number.isFinite(slope)) throw new RangeError(`slope is ${slope}, a finite number is wanted`);
    return x.shape;
  },
  lower(ctx, x, [slope]) {
    const a = x.rescale();
    const positive = relu(a);
    const negative = within(ctx, sub(within(ctx, a, undefined), positive), a.bound);
    // Both parts are never there at once, so their sum keeps within the larger of their bounds.
    const scaled = mul(negative, slope);
    const out = add(within(ctx, positive, undefined), within(ctx, scaled, undefined));
    return within(ctx, out, boundOf(a.bound, scaled.bound, Math.max));
  },
});

/** x where x > limit, else `value`. Exact. *Cost*: a comparison and a selection. */
export const threshold: Op<[Operand, Operand]> = defineOp({
  name: "threshold",
  shape: (x, limit, value) =>
    broadcastShapes(broadcastShapes(x.shape, shapeOf(limit), "compare"), shapeOf(value), "select"),
  lower: (_ctx, x, [limit, value]) => where(gt(x, limit), x, value),
});

/**
 * x where x > 0, else slope·x, for public or secret slopes that broadcast to the shape of x. *Error*: 0 where x >= 0; elsewhere as a
 * product. *Cost*: that of relu, and a product.
 *
 * @throws {RangeError} when the slopes do not broadcast to the shape of x.
 */
export const prelu: Op<[Operand]> = defineOp({
  name: "prelu",
  shape(x, slope) {
    const shape = broadcastShapes(x.shape, shapeOf(slope), "combine");
    if (!sameShape(shape, x.shape)) {
      throw new RangeError(`slopes of [${shapeOf(slope)}] do not broadcast to its shape`);
    }
    return shape;
  },
  lower(ctx, x, [slope]) {
    const a = x.rescale();
    const positive = relu(a);
    const scaled = mul(within(ctx, sub(within(ctx, a, undefined), positive), a.bound), slope);
    return add(within(ctx, positive, undefined), within(ctx, scaled, undefined));
  },
});

/** A number that is not negative. */
function checkLimit(limit: number): void {
  if (!(limit >= 0 && limit < Infinity)) {
    throw new RangeError(`the limit is ${limit}, a finite number from 0 on is wanted`);
  }
}

/** x nearer to 0 by a public limit, and 0 up to it: x - clamp(x, -limit, limit). Exact. *Cost*: that of {@link clamp}. */
export const softshrink: Op<[number]> = defineOp<[number]>({
  name: "softshrink",
  shape(x, limit) {
    checkLimit(limit);
    return x.shape;
  },
  lower: (ctx, x, [limit]) => within(ctx, sub(x.rescale(), clamp(x, -limit, limit)), x.bound),
});

/** x beyond ± a public limit, 0 between. Exact. *Cost*: two comparisons at once and a selection. */
export const hardshrink: Op<[number]> = defineOp<[number]>({
  name: "hardshrink",
  shape(x, limit) {
    checkLimit(limit);
    return x.shape;
  },
  lower(_ctx, x, [limit]) {
    const a = x.rescale();
    return where(bitXor(gt(a, limit), lt(a, -limit)), a, 0);
  },
});
