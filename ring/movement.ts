/**
 * Movement of elements. Everything that says where they go is public; axes may count from the end.
 *
 * @module
 */
import { byteStrides, copyStrided, gatherStrided, scatterStrided } from "./broadcast.ts";
import {
  checkTriangle,
  concatShape,
  diagonalEmbedShape,
  diagonalShape,
  padShape,
  permutation,
  type Range,
  sliceShape,
  stackShape,
  tileShape,
  windowsShape,
} from "./movement_shape.ts";
import { broadcastShapes, normalAxis, sameShape, type Shape } from "./shape.ts";
import { RingTensor } from "./tensor.ts";

export { broadcastTo } from "./broadcast.ts";
export { gather, scatter, scatterAdd, take } from "./indexing.ts";
export type { Range } from "./movement_shape.ts";

/**
 * Axes in another order.
 *
 * @throws {RangeError} unless every axis is given once.
 */
export function permute(x: RingTensor, axes: readonly number[]): RingTensor {
  const strides = byteStrides(x.shape);
  const order = permutation(x.shape, axes);
  return gatherStrided(x, order.map((axis) => x.shape[axis]!), order.map((axis) => strides[axis]!));
}

/**
 * A range of each axis.
 *
 * @throws {RangeError} unless there is a range per axis that stays within it.
 */
export function slice(x: RingTensor, ranges: readonly Range[]): RingTensor {
  const strides = byteStrides(x.shape);
  const offset = ranges.reduce((sum, r, i) => sum + r.start * strides[i]!, 0);
  return gatherStrided(x, sliceShape(x.shape, ranges), ranges.map((r, i) => r.step * strides[i]!), offset);
}

/**
 * In reverse along axes; an axis that is given twice counts once.
 *
 * @throws {RangeError} when an axis is out of range.
 */
export function flip(x: RingTensor, axes: readonly number[]): RingTensor {
  const flipped = axes.map((axis) => normalAxis(axis, x.shape.length, "flip"));
  const range = (side: number, axis: number): Range =>
    flipped.includes(axis) ? { start: side - 1, stop: -1, step: -1 } : { start: 0, stop: side, step: 1 };
  return slice(x, x.shape.map(range));
}

/**
 * Tensors joined along an axis.
 *
 * @throws {RangeError} when there are none, or their other sides differ.
 */
export function concat(xs: readonly RingTensor[], axis: number): RingTensor {
  const shape = concatShape(xs.map((x) => x.shape), axis);
  const at = normalAxis(axis, shape.length);
  const out = RingTensor.empty(xs[0]!.heap, shape);
  const strides = byteStrides(shape);
  let offset = 0;
  for (const x of xs) {
    scatterStrided(out, x, strides, offset);
    offset += x.shape[at]! * strides[at]!;
  }
  return out;
}

/**
 * Tensors joined along a new axis.
 *
 * @throws {RangeError} when there are none, or their shapes differ.
 */
export function stack(xs: readonly RingTensor[], axis: number): RingTensor {
  const shape = stackShape(xs.map((x) => x.shape), axis);
  const at = normalAxis(axis, shape.length);
  const out = RingTensor.empty(xs[0]!.heap, shape);
  const strides = byteStrides(shape);
  const others = strides.filter((_, i) => i !== at);
  xs.forEach((x, i) => scatterStrided(out, x, others, i * strides[at]!));
  return out;
}

/**
 * Surrounded by a constant.
 *
 * @throws {RangeError} unless there are two non-negative integers per axis.
 */
export function pad(
  x: RingTensor,
  before: readonly number[],
  after: readonly number[],
  value: bigint,
): RingTensor {
  const out = RingTensor.empty(x.heap, padShape(x.shape, before, after));
  if (value === 0n) out.bytes().fill(0);
  else out.words().fill(BigInt.asUintN(64, value));
  const strides = byteStrides(out.shape);
  scatterStrided(out, x, strides, before.reduce((sum, n, i) => sum + n * strides[i]!, 0));
  return out;
}

/**
 * Copies along each axis, as NumPy's tile.
 *
 * @throws {RangeError} unless there is a non-negative integer per axis, or more.
 */
export function repeatTile(x: RingTensor, counts: readonly number[]): RingTensor {
  const out = RingTensor.empty(x.heap, tileShape(x.shape, counts));
  const lead = counts.length - x.shape.length;
  const sides = [...new Array<number>(lead).fill(1), ...x.shape];
  // Each axis is two: which copy, and where in it.
  const shape = counts.flatMap((count, i) => [count, sides[i]!]);
  const from = byteStrides(sides).flatMap((stride) => [0, stride]);
  copyStrided(x.heap, shape, { ptr: out.ptr, strides: byteStrides(shape) }, { ptr: x.ptr, strides: from });
  return out;
}

/**
 * Rotated along an axis: what falls off one end returns at the other.
 *
 * @throws {RangeError} when the axis is out of range or the shift is not an integer.
 */
export function roll(x: RingTensor, shift: number, axis: number): RingTensor {
  const at = normalAxis(axis, x.shape.length, "roll");
  if (!Number.isInteger(shift)) {
    throw new RangeError(`Cannot roll [${x.shape}]: the shift is ${shift}, an integer is wanted`);
  }
  const out = RingTensor.empty(x.heap, x.shape);
  const strides = byteStrides(x.shape);
  const side = x.shape[at]!;
  if (side === 0) return out;
  const by = ((shift % side) + side) % side;
  const move = (count: number, to: number, from: number): void => {
    const shape = x.shape.map((s, i) => i === at ? count : s);
    const view = (ptr: number, index: number) => ({ ptr: ptr + index * strides[at]!, strides });
    copyStrided(x.heap, shape, view(out.ptr, to), view(x.ptr, from));
  };
  move(side - by, by, 0);
  move(by, 0, side - by);
  return out;
}

/**
 * The diagonal of the matrices in axes `a` and `b`, as the last axis; `offset` counts columns to the right.
 *
 * @throws {RangeError} unless there are two different axes and an integer.
 */
export function diagonal(x: RingTensor, offset = 0, a = -2, b = -1): RingTensor {
  const shape: Shape = diagonalShape(x.shape, offset, a, b);
  const strides = byteStrides(x.shape);
  const [p, q] = [normalAxis(a, strides.length), normalAxis(b, strides.length)];
  const start = shape.at(-1) === 0
    ? 0
    : Math.max(0, offset) * strides[q]! + Math.max(0, -offset) * strides[p]!;
  const others = strides.filter((_, axis) => axis !== p && axis !== q);
  return gatherStrided(x, shape, [...others, strides[p]! + strides[q]!], start);
}

/**
 * Matrices in axes `a` and `b` of the result with the last axis as their diagonal, and zeros elsewhere. The transpose of
 * {@link diagonal}.
 *
 * @throws {RangeError} unless there is an axis, two different ones in the result, and an integer.
 */
export function diagonalEmbed(x: RingTensor, offset = 0, a = -2, b = -1): RingTensor {
  const out = RingTensor.zeros(x.heap, diagonalEmbedShape(x.shape, offset, a, b));
  const strides = byteStrides(out.shape);
  const [p, q] = [normalAxis(a, strides.length), normalAxis(b, strides.length)];
  const start = Math.max(0, offset) * strides[q]! + Math.max(0, -offset) * strides[p]!;
  const others = strides.filter((_, axis) => axis !== p && axis !== q);
  scatterStrided(out, x, [...others, strides[p]! + strides[q]!], start);
  return out;
}

/**
 * The lower or upper triangle of the matrices in the last two axes, zeros elsewhere. The diagonal `offset` columns to the right
 * of the main one belongs to it.
 *
 * @throws {RangeError} unless there are two axes and an integer.
 */
export function triangle(x: RingTensor, offset: number, side: "lower" | "upper"): RingTensor {
  checkTriangle(x.shape, offset);
  const { heap } = x;
  const out = RingTensor.zeros(heap, x.shape);
  const [rows, columns] = x.shape.slice(-2) as [number, number];
  if (x.size === 0) return out;
  const matrices = x.size / (rows * columns);
  const strides = [rows * columns * 8, 8];
  for (let row = 0; row < rows; row++) {
    const edge = Math.min(Math.max(row + offset + (side === "lower" ? 1 : 0), 0), columns);
    const [start, stop] = side === "lower" ? [0, edge] : [edge, columns];
    const at = (row * columns + start) * 8;
    const shape = [matrices, stop - start];
    copyStrided(heap, shape, { ptr: out.ptr + at, strides }, { ptr: x.ptr + at, strides });
  }
  return out;
}

/**
 * Windows of `size` entries of an axis, `step` apart; the entries of a window are the new last axis.
 *
 * @throws {RangeError} unless a window fits and the step is a positive integer.
 */
export function windows(x: RingTensor, axis: number, size: number, step: number): RingTensor {
  const shape = windowsShape(x.shape, axis, size, step);
  const at = normalAxis(axis, x.shape.length);
  const strides = byteStrides(x.shape);
  return gatherStrided(x, shape, [...strides.with(at, strides[at]! * step), strides[at]!]);
}

/**
 * x with a range of each axis replaced by a source that broadcasts to it.
 *
 * @throws {RangeError} unless there is a range per axis that stays within it, and the source broadcasts to them.
 */
export function assign(x: RingTensor, ranges: readonly Range[], source: RingTensor): RingTensor {
  const shape = sliceShape(x.shape, ranges);
  if (!sameShape(broadcastShapes(source.shape, shape, "assign"), shape)) {
    throw new RangeError(`Cannot assign [${source.shape}] to a range of shape [${shape}]: it is larger`);
  }
  const out = x.clone();
  const strides = byteStrides(x.shape);
  const offset = ranges.reduce((sum, r, i) => sum + r.start * strides[i]!, 0);
  const own = byteStrides(source.shape);
  const lead = shape.length - own.length;
  const from = shape.map((_, i) => i < lead || source.shape[i - lead] === 1 ? 0 : own[i - lead]!);
  const to = { ptr: out.ptr + offset, strides: ranges.map((r, i) => r.step * strides[i]!) };
  copyStrided(x.heap, shape, to, { ptr: source.ptr, strides: from });
  return out;
}
