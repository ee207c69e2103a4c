/**
 * Movement: other shapes and orders of the same elements. All exact and local.
 *
 * @module
 */
import * as ring from "../ring/movement.ts";
import { diagonalShape, distinctAxes, tileShape, windowsShape } from "../ring/movement_shape.ts";
import { broadcastShapes, checkShape, normalAxis, sameShape, type Shape, sizeOf } from "../ring/shape.ts";
import type { RingTensor } from "../ring/tensor.ts";
import { defineOp, type Op } from "./op.ts";
import { broadcast, mapWords } from "./operand.ts";
import type { CrypTensor } from "./tensor.ts";

/** A linear function of one part of a share. */
type Step = (part: RingTensor) => RingTensor;

/**
 * An operation that maps every part of the share. `plan` reads the arguments at the call: the share may come later, when the
 * caller has changed its arrays.
 */
export function movement<A extends readonly unknown[]>(
  name: string,
  shape: (x: CrypTensor, ...args: A) => Shape,
  plan: (x: CrypTensor, to: Shape, ...args: A) => Step,
): Op<A> {
  return defineOp<A>({
    name,
    shape(x, ...args) {
      const to = shape(x, ...args);
      checkShape(to);
      return to;
    },
    lower: (ctx, x, args, to) => mapWords(ctx, name, x, to, x, plan(x, to, ...args)),
  });
}

/** Several steps, one after the other; what is between them is freed. */
export function inTurn(steps: readonly Step[]): Step {
  return (part) => {
    let out = part.keep();
    for (const step of steps) {
      const next = step(out);
      out.free();
      out = next;
    }
    return out;
  };
}

/** Only another shape. */
const reshaped = (_x: CrypTensor, to: Shape): Step => (part) => part.reshape(to);

/** A shape of `size` elements with an open side, -1, filled in. */
function closed(shape: Shape, size: number): Shape {
  if (shape.filter((side) => side === -1).length > 1) {
    throw new RangeError(`shape [${shape}] leaves more than one side open`);
  }
  const known = shape.filter((side) => side !== -1).reduce((a, b) => a * b, 1);
  const out = shape.map((side) => side === -1 ? size / known : side);
  if (sizeOf(out) !== size || out.some((side) => !Number.isInteger(side) || side < 0)) {
    throw new RangeError(`${size} elements do not fit shape [${shape}]`);
  }
  return out;
}

/** The same elements in another shape; one side may be -1. */
export const reshape: Op<[Shape]> = movement<[Shape]>(
  "reshape",
  (x, shape) => closed(shape, x.size),
  reshaped,
);

/** An axis as several; one side may be -1. */
export const unflatten: Op<[number, Shape]> = movement<[number, Shape]>(
  "unflatten",
  (x, axis, sides) => {
    const at = normalAxis(axis, x.ndim, "unflatten");
    return x.shape.toSpliced(at, 1, ...closed(sides, x.shape[at]!));
  },
  reshaped,
);

/** Axes `start` to `end` as one. */
export const flatten: Op<[number, number]> = movement<[number, number]>(
  "flatten",
  (x, start, end) => {
    if (x.ndim === 0) return [1];
    const first = normalAxis(start, x.ndim, "flatten from");
    const last = normalAxis(end, x.ndim, "flatten to");
    if (last < first) throw new RangeError(`axes ${start} to ${end} are in reverse`);
    return [...x.shape.slice(0, first), sizeOf(x.shape.slice(first, last + 1)), ...x.shape.slice(last + 1)];
  },
  reshaped,
);

/** Without axes of size 1: all of them, or those of the listed ones that have it. */
export const squeeze: Op<[(number | readonly number[])?]> = movement<[(number | readonly number[])?]>(
  "squeeze",
  (x, axes) => {
    if (axes === undefined) return x.shape.filter((side) => side !== 1);
    const list = distinctAxes(typeof axes === "number" ? [axes] : axes, x.ndim, "squeeze");
    return x.shape.filter((side, i) => side !== 1 || !list.includes(i));
  },
  reshaped,
);

/** With a new axis of size 1. */
export const unsqueeze: Op<[number]> = movement<[number]>(
  "unsqueeze",
  (x, axis) => x.shape.toSpliced(normalAxis(axis, x.ndim + 1, "unsqueeze"), 0, 1),
  reshaped,
);

/** An operation that puts axes in another order. */
function reordered<A extends readonly unknown[]>(
  name: string,
  orderOf: (rank: number, ...args: A) => readonly number[],
): Op<A> {
  return movement<A>(
    name,
    (x, ...args) => orderOf(x.ndim, ...args).map((axis) => x.shape[axis]!),
    (x, _to, ...args) => {
      const order = orderOf(x.ndim, ...args);
      return (part) => ring.permute(part, order);
    },
  );
}

/** Axes in another order. */
export const permute: Op<[readonly number[]]> = reordered<[readonly number[]]>("permute", (rank, axes) => {
  const order = axes.map((axis) => normalAxis(axis, rank, "permute"));
  if (order.length !== rank || new Set(order).size !== rank) {
    throw new RangeError(`axes [${axes}] are not a permutation of 0 to ${rank - 1}`);
  }
  return order;
});

/** Two axes exchanged. */
export const transpose: Op<[number, number]> = reordered<[number, number]>("transpose", (rank, a, b) => {
  const axes = Array.from({ length: rank }, (_, i) => i);
  const [p, q] = [normalAxis(a, rank, "transpose"), normalAxis(b, rank, "transpose")];
  [axes[p], axes[q]] = [q, p];
  return axes;
});

/** A matrix with its axes exchanged; vectors and scalars as they are. */
export const t: Op<[]> = reordered<[]>("t", (rank) => {
  if (rank > 2) {
    throw new RangeError(`it has ${rank} axes, at most 2 are wanted; see transpose() and permute()`);
  }
  return rank === 2 ? [1, 0] : rank === 1 ? [0] : [];
});

const listed = (axes: number | readonly number[]): readonly number[] =>
  typeof axes === "number" ? [axes] : axes;

/** Axes moved to other places; the others keep their order. */
export const movedim: Op<[number | readonly number[], number | readonly number[]]> = reordered<
  [number | readonly number[], number | readonly number[]]
>(
  "movedim",
  (rank, source, destination) => {
    const from = distinctAxes(listed(source), rank, "move");
    const to = distinctAxes(listed(destination), rank, "move to");
    if (from.length !== to.length) {
      throw new RangeError(`axes [${source}] cannot move to [${destination}], as many places are wanted`);
    }
    const others = Array.from({ length: rank }, (_, i) => i).filter((i) => !from.includes(i));
    return Array.from({ length: rank }, (_, i) => to.includes(i) ? from[to.indexOf(i)]! : others.shift()!);
  },
);

/** Broadcast to a larger shape; a side of -1 stays as it is. */
export const expand: Op<[Shape]> = defineOp({
  name: "expand",
  shape(x, shape) {
    const lead = shape.length - x.ndim;
    const wanted = shape.map((side, i) => side === -1 && i >= lead ? x.shape[i - lead]! : side);
    checkShape(wanted);
    const out = broadcastShapes(x.shape, wanted, "expand");
    if (!sameShape(out, wanted)) throw new RangeError(`it does not broadcast to [${shape}]`);
    return out;
  },
  lower: (ctx, x, _args, shape) => broadcast(ctx, x, shape),
});

/** Copies along each axis; counts for new leading axes may come first. */
export const repeat: Op<[readonly number[]]> = movement<[readonly number[]]>(
  "repeat",
  (x, counts) => {
    if (counts.some((c) => !Number.isInteger(c) || c < 0) || counts.length < x.ndim) {
      throw new RangeError(`counts [${counts}] are not ${x.ndim} or more non-negative integers`);
    }
    return tileShape(x.shape, counts);
  },
  (_x, _to, counts) => {
    const list = [...counts];
    return (part) => ring.repeatTile(part, list);
  },
);

/** Copies along each axis; missing counts of leading axes are 1. */
export const tile: Op<[readonly number[]]> = defineOp({
  name: "tile",
  shape(x, counts) {
    if (counts.some((c) => !Number.isInteger(c) || c < 0)) {
      throw new RangeError(`counts [${counts}] are not non-negative integers`);
    }
    return tileShape(x.shape, fullCounts(x, counts));
  },
  lower: (_ctx, x, [counts]) => repeat(x, fullCounts(x, counts)),
});

const fullCounts = (x: CrypTensor, counts: readonly number[]): number[] => [
  ...new Array<number>(Math.max(0, x.ndim - counts.length)).fill(1),
  ...counts,
];

/** In reverse along axes. */
export const flip: Op<[number | readonly number[]]> = movement<[number | readonly number[]]>(
  "flip",
  (x, axes) => {
    distinctAxes(listed(axes), x.ndim, "flip");
    return x.shape;
  },
  (_x, _to, axes) => {
    const list = [...listed(axes)];
    return (part) => ring.flip(part, list);
  },
);

/** Rotated along axes, one after the other; without axes as one long vector. */
export const roll: Op<[number | readonly number[], (number | readonly number[])?]> = movement<
  [number | readonly number[], (number | readonly number[])?]
>(
  "roll",
  (x, shifts, axes) => {
    for (const shift of listed(shifts)) {
      if (!Number.isInteger(shift)) throw new RangeError(`shift ${shift} is not an integer`);
    }
    const wanted = axes === undefined ? 1 : listed(axes).length;
    if (listed(shifts).length !== wanted) {
      throw new RangeError(
        `${listed(shifts).length} shifts were given ${
          axes === undefined ? "without axes" : `for axes [${axes}]`
        }, ${wanted} are wanted`,
      );
    }
    if (axes !== undefined) listed(axes).forEach((axis) => normalAxis(axis, x.ndim, "roll"));
    return x.shape;
  },
  (x, to, shifts, axes) => {
    const by = [...listed(shifts)];
    if (axes === undefined) {
      const flat: Step = (part) => part.reshape([x.size]);
      return inTurn([flat, (part) => ring.roll(part, by[0]!, 0), (part) => part.reshape(to)]);
    }
    return inTurn(listed(axes).map((axis, i) => (part) => ring.roll(part, by[i]!, axis)));
  },
);

/** The diagonals of the matrices in axes `a` and `b`, as the last axis; `offset` counts columns to the right. */
export const diagonal: Op<[offset?: number, a?: number, b?: number]> = movement<
  [offset?: number, a?: number, b?: number]
>(
  "diagonal",
  (x, offset = 0, a = 0, b = 1) => diagonalShape(x.shape, offset, a, b),
  (_x, _to, offset = 0, a = 0, b = 1) => (part) => ring.diagonal(part, offset, a, b),
);

/** Windows of `size` entries of an axis, `step` apart, as a new last axis. */
export const unfold: Op<[number, number, number]> = movement<[number, number, number]>(
  "unfold",
  (x, axis, size, step) => windowsShape(x.shape, axis, size, step),
  (_x, _to, axis, size, step) => (part) => ring.windows(part, axis, size, step),
);
