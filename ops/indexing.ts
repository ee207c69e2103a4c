/**
 * Indexing by public indices. All exact and local.
 *
 * @module
 */
import * as ring from "../ring/movement.ts";
import { normalAxis, type Shape } from "../ring/shape.ts";
import { movement, reshape, squeeze } from "./movement.ts";
import { defineOp, type Op } from "./op.ts";
import { publicTensor } from "./operand.ts";
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

/** One entry of the first axes. */
export const get: Op<[readonly number[]]> = defineOp<[readonly number[]]>({
  name: "get",
  shape(x, index) {
    if (index.length > x.ndim) throw new RangeError(`${index.length} indices were given for ${x.ndim} axes`);
    index.forEach((i, axis) => checkIndices([i], x.shape[axis]!));
    return x.shape.slice(index.length);
  },
  lower: (_ctx, x, [index], shape) =>
    reshape(slice(x, index.map((i) => ({ start: i, stop: i === -1 ? undefined : i + 1 }))), shape),
});

/** Pieces of `size` along an axis; the last may be smaller. */
export function split(x: CrypTensor, size: number, axis: number): CrypTensor[] {
  const side = x.shape.at(axis);
  if (side === undefined || !Number.isInteger(size) || size < 1) {
    throw new RangeError(
      `Cannot split [${x.shape}] into pieces of ${size} along axis ${axis}: an existing axis and a positive size are wanted`,
    );
  }
  const starts = Array.from({ length: Math.ceil(side / size) }, (_, i) => i * size);
  return starts.map((start) => narrow(x, axis, start, Math.min(size, side - start)));
}

/** At most `count` pieces along an axis, all but the last of one size. */
export function chunk(x: CrypTensor, count: number, axis: number): CrypTensor[] {
  const side = x.shape.at(axis);
  if (side === undefined || !Number.isInteger(count) || count < 1) {
    throw new RangeError(
      `Cannot cut [${x.shape}] into ${count} chunks along axis ${axis}: an existing axis and a positive count are wanted`,
    );
  }
  return split(x, Math.max(1, Math.ceil(side / count)), axis);
}

/** The slices along an axis, without that axis. */
export function unbind(x: CrypTensor, axis: number): CrypTensor[] {
  return split(x, 1, axis).map((piece) => squeeze(piece, axis));
}

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
