/**
 * Reading at public ranges and indices. All exact and local.
 *
 * @module
 */
import * as ring from "../ring/movement.ts";
import { broadcastShapes, normalAxis, type Shape, stridesOf } from "../ring/shape.ts";
import { elementTargets, type Indices, readIndices, recordIndices } from "./indices.ts";
import { flatten, inTurn, movement } from "./movement.ts";
import { defineOp, type Op } from "./op.ts";
import { broadcast, mapWords } from "./operand.ts";
import { Tensor, type TensorLike } from "./plaintext.ts";
import { fullRanges, rangeLength, type SliceRange } from "./ranges.ts";
import type { CrypTensor } from "./tensor.ts";

export type { SliceRange } from "./ranges.ts";

/** A range of each axis, or an index, which takes its axis away. */
export const slice: Op<[readonly (number | SliceRange)[]]> = movement(
  "slice",
  (x, ranges) => fullRanges(x.shape, ranges).filter((r) => !r.single).map(rangeLength),
  (x, to, ranges) => {
    const full = fullRanges(x.shape, ranges);
    return inTurn([(part) => ring.slice(part, full), (part) => part.reshape(to)]);
  },
);

/** `length` entries of an axis from `start`; out of range is an error. */
export const narrow: Op<[number, number, number]> = movement(
  "narrow",
  (x, axis, start, length) => {
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
    return x.shape.with(at, length);
  },
  (x, _to, axis, start, length) => {
    const at = normalAxis(axis, x.ndim);
    const ranges = x.shape.map((side) => ({ start: 0, stop: side, step: 1 }));
    ranges[at] = { start, stop: start + length, step: 1 };
    return (part) => ring.slice(part, ranges);
  },
);

/** One entry of the first axes. */
export const get: Op<[readonly number[]]> = defineOp<[readonly number[]]>({
  name: "get",
  shape(x, index) {
    if (index.length > x.ndim) throw new RangeError(`${index.length} indices were given for ${x.ndim} axes`);
    fullRanges(x.shape, index);
    return x.shape.slice(index.length);
  },
  lower: (_ctx, x, [index]) => slice(x, index),
});

/** An operation that reads at public indices along an axis; the shape rule comes before the indices are checked. */
function reading(
  name: string,
  shape: (x: CrypTensor, axis: number, indexShape: Shape) => Shape,
  f: (x: CrypTensor, axis: number, indices: Indices, to: Shape) => Parameters<typeof mapWords>[5],
): Op<[number, TensorLike]> {
  const read = (x: CrypTensor, axis: number, indices: TensorLike): [number, Indices] => {
    const at = normalAxis(axis, x.ndim, `${name} along`);
    return [at, readIndices(indices, x.shape[at]!)];
  };
  return defineOp<[number, TensorLike]>({
    name,
    shape(x, axis, indices) {
      const to = shape(x, normalAxis(axis, x.ndim, `${name} along`), Tensor.from(indices).shape);
      read(x, axis, indices);
      return to;
    },
    lower(ctx, x, [axis, given], to) {
      const [at, indices] = read(x, axis, given);
      recordIndices(ctx, indices);
      return mapWords(ctx, name, x, to, x, f(x, at, indices, to));
    },
  });
}

/** Entries at a list of indices along an axis. */
export const indexSelect: Op<[number, TensorLike]> = reading(
  "indexSelect",
  (x, at, list) => {
    if (list.length !== 1) throw new RangeError(`indices of shape [${list}] are not a list`);
    return x.shape.with(at, list[0]!);
  },
  (_x, at, indices) => (part) => ring.take(part, indices.data, at),
);

/** Entries at indices along an axis, whose axes take its place, as NumPy's take and ONNX's Gather. */
export const takeAlong: Op<[number, TensorLike]> = reading(
  "take",
  (x, at, shape) => x.shape.toSpliced(at, 1, ...shape),
  (_x, at, indices, to) => inTurn([(part) => ring.take(part, indices.data, at), (part) => part.reshape(to)]),
);

/** Elements at indices into the flattened tensor, or entries at indices along an axis. */
export function take(x: CrypTensor, indices: TensorLike, axis?: number): CrypTensor {
  return axis === undefined ? takeFlat(x, indices) : takeAlong(x, axis, indices);
}

const takeFlat: Op<[TensorLike]> = defineOp<[TensorLike]>({
  name: "take",
  shape: (x, indices) => readIndices(indices, x.size).shape,
  lower: (_ctx, x, [indices]) => takeAlong(flatten(x, 0, -1), 0, indices),
});

/** Elements at public indices along an axis: the result has the shape of the indices. */
export const gather: Op<[number, TensorLike]> = reading(
  "gather",
  (x, at, shape) => {
    checkIndexShape(x.shape, shape, at);
    return shape;
  },
  (x, at, indices, to) => {
    const targets = elementTargets(x.shape, indices, at);
    return inTurn([
      (part) => part.reshape([x.size]),
      (part) => ring.take(part, targets, 0),
      (part) => part.reshape(to),
    ]);
  },
);

/**
 * Refuses indices, one per element along an axis, whose shape does not lie within a tensor's.
 *
 * @throws {RangeError} when the number of axes differs, or another side is larger.
 */
export function checkIndexShape(shape: Shape, indexShape: Shape, axis: number): void {
  if (indexShape.length !== shape.length) {
    throw new RangeError(`indices of shape [${indexShape}] do not have ${shape.length} axes`);
  }
  indexShape.forEach((side, i) => {
    if (i !== axis && side > shape[i]!) {
      throw new RangeError(
        `indices of shape [${indexShape}] exceed [${shape}] on axis ${i}, at most ${shape[i]} are wanted`,
      );
    }
  });
}

/** As {@link gather}, after tensor and indices were broadcast to each other on the other axes. */
export const takeAlongDim: Op<[TensorLike, number]> = defineOp<[TensorLike, number]>({
  name: "takeAlongDim",
  shape(x, indices, axis) {
    const at = normalAxis(axis, x.ndim, "take along");
    const { shape } = Tensor.from(indices);
    if (shape.length !== x.ndim) {
      throw new RangeError(`indices of shape [${shape}] do not have ${x.ndim} axes`);
    }
    readIndices(indices, x.shape[at]!);
    return broadcastShapes(x.shape.with(at, 1), shape.with(at, 1), "take along an axis of").with(
      at,
      shape[at]!,
    );
  },
  lower(ctx, x, [indices, axis], to) {
    const at = normalAxis(axis, x.ndim);
    return gather(broadcast(ctx, x, to.with(at, x.shape[at]!)), at, spread(Tensor.from(indices), to));
  },
});

/** A plain tensor in a larger shape of as many axes. */
function spread({ shape, data }: Tensor, to: Shape): Tensor {
  const strides = stridesOf(shape);
  let places = Int32Array.of(0);
  to.forEach((side, axis) => {
    const step = shape[axis] === 1 ? 0 : strides[axis]!;
    const next = new Int32Array(places.length * side);
    places.forEach((place, p) => {
      for (let i = 0; i < side; i++) next[p * side + i] = place + i * step;
    });
    places = next;
  });
  return new Tensor(to, Float64Array.from(places, (i) => Number(data[i])));
}
