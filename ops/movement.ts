/**
 * Movement: other shapes and orders of the same elements. All exact and local.
 *
 * @module
 */
import * as ring from "../ring/movement.ts";
import { broadcastShapes, checkShape, normalAxis, sameShape, type Shape, sizeOf } from "../ring/shape.ts";
import type { RingTensor } from "../ring/tensor.ts";
import { defineOp, type Op } from "./op.ts";
import { broadcast, mapWords } from "./operand.ts";
import type { CrypTensor } from "./tensor.ts";

/** An operation that maps every part of the share. */
export function movement<A extends readonly unknown[]>(
  name: string,
  shape: (x: CrypTensor, ...args: A) => Shape,
  f: (part: RingTensor, shape: Shape, ...args: A) => RingTensor,
): Op<A> {
  return defineOp<A>({
    name,
    shape,
    lower: (ctx, x, args, out) => mapWords(ctx, name, x, out, x, (part) => f(part, out, ...args)),
  });
}

/** The same elements in another shape; one side may be -1. */
export const reshape: Op<[Shape]> = movement(
  "reshape",
  (x, shape) => {
    if (shape.filter((side) => side === -1).length > 1) {
      throw new RangeError(`shape [${shape}] leaves more than one side open`);
    }
    const known = shape.filter((side) => side !== -1).reduce((a, b) => a * b, 1);
    const out = shape.map((side) => side === -1 ? x.size / known : side);
    if (sizeOf(out) !== x.size || out.some((side) => !Number.isInteger(side) || side < 0)) {
      throw new RangeError(`${x.size} elements do not fit shape [${shape}]`);
    }
    return out;
  },
  (part, shape) => part.reshape(shape),
);

/** Axes in another order. */
export const permute: Op<[readonly number[]]> = movement(
  "permute",
  (x, axes) => {
    const order = axes.map((axis) => normalAxis(axis, x.ndim, "permute"));
    if (order.length !== x.ndim || new Set(order).size !== x.ndim) {
      throw new RangeError(`axes [${axes}] are not a permutation of 0 to ${x.ndim - 1}`);
    }
    return order.map((axis) => x.shape[axis]!);
  },
  (part, _shape, axes) => ring.permute(part, axes.map((axis) => normalAxis(axis, part.shape.length))),
);

/** Broadcast to a larger shape. */
export const expand: Op<[Shape]> = defineOp({
  name: "expand",
  shape(x, shape) {
    checkShape(shape);
    const out = broadcastShapes(x.shape, shape, "expand");
    if (!sameShape(out, shape)) throw new RangeError(`it does not broadcast to [${shape}]`);
    return out;
  },
  lower: (ctx, x, _args, shape) => broadcast(ctx, x, shape),
});

/** Copies along each axis, as NumPy's tile. */
export const repeat: Op<[readonly number[]]> = movement(
  "repeat",
  (x, counts) => {
    if (counts.some((c) => !Number.isInteger(c) || c < 0) || counts.length < x.ndim) {
      throw new RangeError(`counts [${counts}] are not ${x.ndim} or more non-negative integers`);
    }
    const padded = [...new Array<number>(counts.length - x.ndim).fill(1), ...x.shape];
    return padded.map((side, i) => side * counts[i]!);
  },
  (part, _shape, counts) => ring.repeatTile(part, counts),
);

/** Without axes of size 1. */
export const squeeze: Op<[number | undefined]> = movement(
  "squeeze",
  (x, axis) => {
    if (axis === undefined) return x.shape.filter((side) => side !== 1);
    const at = normalAxis(axis, x.ndim, "squeeze");
    return x.shape[at] === 1 ? x.shape.filter((_, i) => i !== at) : x.shape;
  },
  (part, shape) => part.reshape(shape),
);

/** With a new axis of size 1. */
export const unsqueeze: Op<[number]> = movement(
  "unsqueeze",
  (x, axis) => {
    const at = normalAxis(axis, x.ndim + 1, "unsqueeze");
    return [...x.shape.slice(0, at), 1, ...x.shape.slice(at)];
  },
  (part, shape) => part.reshape(shape),
);

/** In reverse along axes. */
export const flip: Op<[readonly number[]]> = movement(
  "flip",
  (x, axes) => {
    axes.forEach((axis) => normalAxis(axis, x.ndim, "flip"));
    return x.shape;
  },
  (part, _shape, axes) => ring.flip(part, axes.map((axis) => normalAxis(axis, part.shape.length))),
);

/** Rotated along an axis. */
export const roll: Op<[number, number]> = movement(
  "roll",
  (x, shift, axis) => {
    if (!Number.isInteger(shift)) throw new RangeError(`shift ${shift} is not an integer`);
    normalAxis(axis, x.ndim, "roll");
    return x.shape;
  },
  (part, _shape, shift, axis) => ring.roll(part, shift, normalAxis(axis, part.shape.length)),
);

/** Axes `start` to `end` as one. */
export const flatten: Op<[number, number]> = movement(
  "flatten",
  (x, start, end) => {
    if (x.ndim === 0) return [1];
    const first = normalAxis(start, x.ndim, "flatten from");
    const last = normalAxis(end, x.ndim, "flatten to");
    if (last < first) throw new RangeError(`axes ${start} to ${end} are in reverse`);
    return [...x.shape.slice(0, first), sizeOf(x.shape.slice(first, last + 1)), ...x.shape.slice(last + 1)];
  },
  (part, shape) => part.reshape(shape),
);

/** Axes with `a` and `b` exchanged. */
function exchanged(rank: number, a: number, b: number): number[] {
  const axes = Array.from({ length: rank }, (_, i) => i);
  const [p, q] = [normalAxis(a, rank, "transpose"), normalAxis(b, rank, "transpose")];
  [axes[p], axes[q]] = [q, p];
  return axes;
}

/** Two axes exchanged. */
export const transpose: Op<[number, number]> = movement(
  "transpose",
  (x, a, b) => exchanged(x.ndim, a, b).map((axis) => x.shape[axis]!),
  (part, _shape, a, b) => ring.permute(part, exchanged(part.shape.length, a, b)),
);

/** The diagonal of a matrix. */
export const diagonal: Op<[]> = movement(
  "diagonal",
  (x) => {
    if (x.ndim !== 2) throw new RangeError(`it has ${x.ndim} axes, 2 are wanted`);
    return [Math.min(x.shape[0]!, x.shape[1]!)];
  },
  (part) => ring.diagonal(part),
);
