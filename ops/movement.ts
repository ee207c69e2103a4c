/**
 * Movement: other shapes and orders of the same elements. All exact and local; indices are public.
 *
 * @module
 */
import type { AShare } from "../protocols/protocol.ts";
import * as ring from "../ring/movement.ts";
import { broadcastShapes, checkShape, normalAxis, sameShape, type Shape, sizeOf } from "../ring/shape.ts";
import type { RingTensor } from "../ring/tensor.ts";
import { defineOp, type Op } from "./op.ts";
import { boundOf, broadcast, mapWords, publicTensor, raise, words } from "./operand.ts";
import type { TensorLike } from "./plaintext.ts";
import type { CrypTensor } from "./tensor.ts";

/** A range of an axis; missing ends mean the whole axis. */
export interface SliceRange {
  /** First index; negative ones count from the end. */
  readonly start?: number | undefined;
  /** Index after the last. */
  readonly stop?: number | undefined;
  /** Distance between neighbours, not 0. */
  readonly step?: number | undefined;
}

/** An operation that maps every part of the share. */
function movement<A extends readonly unknown[]>(
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

/** Ranges with all ends filled in, by NumPy's rules. */
function fullRanges(
  shape: Shape,
  ranges: readonly SliceRange[],
): { start: number; stop: number; step: number }[] {
  if (ranges.length > shape.length) {
    throw new RangeError(`${ranges.length} ranges were given for ${shape.length} axes`);
  }
  return shape.map((side, axis) => {
    const { start, stop, step = 1 } = ranges[axis] ?? {};
    if (!Number.isInteger(step) || step === 0) {
      throw new RangeError(`step ${step} of axis ${axis} is not a non-zero integer`);
    }
    for (const [name, end] of [["start", start], ["stop", stop]] as const) {
      if (end !== undefined && !Number.isInteger(end)) {
        throw new RangeError(`${name} ${end} of axis ${axis} is not an integer`);
      }
    }
    const [least, most] = step > 0 ? [0, side] : [-1, side - 1];
    const clamp = (i: number): number => Math.min(Math.max(i < 0 ? i + side : i, least), most);
    return {
      start: start === undefined ? (step > 0 ? 0 : side - 1) : clamp(start),
      stop: stop === undefined ? (step > 0 ? side : -1) : clamp(stop),
      step,
    };
  });
}

const rangeLength = (r: { start: number; stop: number; step: number }): number =>
  Math.max(0, Math.ceil((r.stop - r.start) / r.step));

/** A range of each axis. */
export const slice: Op<[readonly SliceRange[]]> = movement(
  "slice",
  (x, ranges) => fullRanges(x.shape, ranges).map(rangeLength),
  (part, _shape, ranges) => ring.slice(part, fullRanges(part.shape, ranges)),
);

/** `length` entries of an axis from `start`; out of range is an error. */
export const narrow: Op<[number, number, number]> = defineOp({
  name: "narrow",
  shape(x, axis, start, length) {
    const at = normalAxis(axis, x.ndim, "narrow");
    const side = x.shape[at]!;
    if (
      !Number.isInteger(start) || !Number.isInteger(length) || start < 0 || length < 0 ||
      start + length > side
    ) {
      throw new RangeError(
        `entries ${start} to ${start + length - 1} of axis ${axis} do not exist, 0 to ${side - 1} do`,
      );
    }
    return x.shape.map((s, i) => i === at ? length : s);
  },
  lower(_ctx, x, [axis, start, length]) {
    const at = normalAxis(axis, x.ndim);
    return slice(
      x,
      x.shape.map((side, i) => i === at ? { start, stop: start + length } : { start: 0, stop: side }),
    );
  },
});

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
    return zero.add({ shape, data: border });
  },
});

function numbersOf(value: TensorLike): number[] {
  return Array.from<number | bigint, number>(publicTensor(value).data, Number);
}

function checkIndices(indices: ArrayLike<number>, side: number): void {
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i]!;
    if (!Number.isInteger(index) || index < -side || index >= side) {
      throw new RangeError(`index ${index} is out of range, ${-side} to ${side - 1} is wanted`);
    }
  }
}

/** Entries at public indices along an axis. */
export const indexSelect: Op<[number, readonly number[]]> = movement(
  "indexSelect",
  (x, axis, indices) => {
    const at = normalAxis(axis, x.ndim, "select");
    checkIndices(indices, x.shape[at]!);
    return x.shape.map((side, i) => i === at ? indices.length : side);
  },
  (part, _shape, axis, indices) => {
    const at = normalAxis(axis, part.shape.length);
    return ring.take(part, indices.map((i) => i < 0 ? i + part.shape[at]! : i), at);
  },
);

/** Elements at public indices along an axis. */
export const gather: Op<[number, TensorLike]> = movement(
  "gather",
  (x, axis, indices) => {
    const at = normalAxis(axis, x.ndim, "gather");
    const index = publicTensor(indices);
    if (index.shape.length !== x.ndim) {
      throw new RangeError(`indices of shape [${index.shape}] do not have ${x.ndim} axes`);
    }
    index.shape.forEach((side, i) => {
      if (i !== at && side > x.shape[i]!) {
        throw new RangeError(`indices of shape [${index.shape}] exceed [${x.shape}]`);
      }
    });
    checkIndices(numbersOf(indices), x.shape[at]!);
    return index.shape;
  },
  (part, shape, axis, indices) => {
    const at = normalAxis(axis, part.shape.length);
    const index = numbersOf(indices).map((i) => i < 0 ? i + part.shape[at]! : i);
    return ring.gather(part, index, shape, at);
  },
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

function join(
  name: "cat" | "stack",
  shape: (x: CrypTensor, others: readonly CrypTensor[], axis: number) => Shape,
  f: (parts: readonly RingTensor[], axis: number) => RingTensor,
): Op<[readonly CrypTensor[], number]> {
  return defineOp({
    name,
    shape,
    lower(ctx, x, [others, axis], out) {
      const all = [x, ...others];
      const scale = Math.max(...all.map((t) => t.scale));
      const cells = all.map((t) => raise(ctx, t, scale).words);
      const at = normalAxis(axis, out.length);
      const cell = ctx.local(name, cells, out, (...shares: AShare[]): AShare => ({
        parts: shares[0]!.parts.map((_, i) => f(shares.map((s) => s.parts[i]!), at)),
      }));
      const bound = all.slice(1).reduce((b, t) => boundOf(b, t.bound, Math.max), x.bound);
      return words(ctx, cell, { scale, bound });
    },
  });
}

/** Tensors joined along an axis. */
export const cat: Op<[readonly CrypTensor[], number]> = join(
  "cat",
  (x, others, axis) => {
    const at = normalAxis(axis, x.ndim, "join along");
    for (const other of others) {
      const fits = other.ndim === x.ndim && other.shape.every((side, i) => i === at || side === x.shape[i]);
      if (!fits) throw new RangeError(`shape [${other.shape}] does not join [${x.shape}] along axis ${axis}`);
    }
    return x.shape.map((side, i) =>
      i === at ? [x, ...others].reduce((sum, t) => sum + t.shape[at]!, 0) : side
    );
  },
  (parts, axis) => ring.concat(parts, axis),
);

/** Tensors joined along a new axis. */
export const stack: Op<[readonly CrypTensor[], number]> = join(
  "stack",
  (x, others, axis) => {
    const at = normalAxis(axis, x.ndim + 1, "stack along");
    for (const other of others) {
      if (!sameShape(other.shape, x.shape)) {
        throw new RangeError(`shape [${other.shape}] differs from [${x.shape}]`);
      }
    }
    return [...x.shape.slice(0, at), 1 + others.length, ...x.shape.slice(at)];
  },
  (parts, axis) => ring.stack(parts, axis),
);
