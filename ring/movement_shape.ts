/**
 * Shapes of moved tensors, and the checks of what moves them.
 *
 * @module
 */
import { normalAxis, sameShape, type Shape } from "./shape.ts";

/** A range of an axis, all ends given; stop is exclusive, -1 before the first when the step is negative. */
export interface Range {
  /** First index. */
  readonly start: number;
  /** Index after the last. */
  readonly stop: number;
  /** Distance between neighbours, not 0. */
  readonly step: number;
}

/**
 * Axes as numbers from 0, each once; negative ones count from the end.
 *
 * @throws {RangeError} when one is out of range or given twice.
 */
export function distinctAxes(axes: readonly number[], rank: number, what: string): number[] {
  const out = axes.map((axis) => normalAxis(axis, rank, what));
  if (new Set(out).size !== out.length) {
    throw new RangeError(`Cannot ${what} axes [${axes}]: one is given twice, distinct ones are wanted`);
  }
  return out;
}

/**
 * The order of axes that permutes `shape`, as numbers from 0.
 *
 * @throws {RangeError} unless every axis is given once.
 */
export function permutation(shape: Shape, axes: readonly number[]): number[] {
  const order = distinctAxes(axes, shape.length, "permute");
  if (order.length !== shape.length) {
    throw new RangeError(
      `Cannot permute [${shape}]: axes [${axes}] are given, all ${shape.length} are wanted`,
    );
  }
  return order;
}

/**
 * The shape of a range of each axis.
 *
 * @throws {RangeError} unless there is a range per axis that stays within it.
 */
export function sliceShape(shape: Shape, ranges: readonly Range[]): Shape {
  if (ranges.length !== shape.length) {
    throw new RangeError(
      `Cannot slice [${shape}]: ${ranges.length} ranges are given, one per axis is wanted`,
    );
  }
  return shape.map((side, axis) => {
    const { start, stop, step } = ranges[axis]!;
    const count = Math.max(0, Math.ceil((stop - start) / step));
    const last = start + (count - 1) * step;
    const whole = [start, stop, step].every(Number.isInteger) && step !== 0;
    const inside = count === 0 || (Math.min(start, last) >= 0 && Math.max(start, last) < side);
    if (!whole || !inside) {
      throw new RangeError(
        `Cannot slice [${shape}]: axis ${axis} from ${start} to ${stop} by ${step}, integers within 0 to ${
          side - 1
        } are wanted`,
      );
    }
    return count;
  });
}

/**
 * The shape of tensors joined along an axis.
 *
 * @throws {RangeError} when there are none, or their other sides differ.
 */
export function concatShape(shapes: readonly Shape[], axis: number): Shape {
  const [first] = shapes;
  if (first === undefined) {
    throw new RangeError("Cannot join tensors: none are given, at least one is wanted");
  }
  const at = normalAxis(axis, first.length, "join along");
  let total = 0;
  for (const shape of shapes) {
    if (shape.length !== first.length || shape.some((side, i) => i !== at && side !== first[i])) {
      throw new RangeError(`Cannot join [${first}] with [${shape}] along axis ${axis}: other sides differ`);
    }
    total += shape[at]!;
  }
  return first.map((side, i) => i === at ? total : side);
}

/**
 * The shape of tensors joined along a new axis.
 *
 * @throws {RangeError} when there are none, or their shapes differ.
 */
export function stackShape(shapes: readonly Shape[], axis: number): Shape {
  const [first] = shapes;
  if (first === undefined) {
    throw new RangeError("Cannot stack tensors: none are given, at least one is wanted");
  }
  const at = normalAxis(axis, first.length + 1, "stack along");
  const other = shapes.find((shape) => !sameShape(shape, first));
  if (other !== undefined) {
    throw new RangeError(`Cannot stack [${first}] with [${other}]: equal shapes are wanted`);
  }
  return [...first.slice(0, at), shapes.length, ...first.slice(at)];
}

function checkCounts(what: string, shape: Shape, counts: readonly number[], fits: boolean): void {
  if (fits && counts.every((n) => Number.isInteger(n) && n >= 0)) return;
  throw new RangeError(
    `Cannot ${what} [${shape}] by [${counts}]: ${shape.length} non-negative integers are wanted`,
  );
}

/**
 * The shape with `before` and `after` elements added around each axis.
 *
 * @throws {RangeError} unless there are two non-negative integers per axis.
 */
export function padShape(shape: Shape, before: readonly number[], after: readonly number[]): Shape {
  for (const counts of [before, after]) checkCounts("pad", shape, counts, counts.length === shape.length);
  return shape.map((side, i) => before[i]! + side + after[i]!);
}

/**
 * The shape of copies along each axis, by NumPy's rule for tile: missing leading axes have side 1.
 *
 * @throws {RangeError} unless there is a non-negative integer per axis, or more.
 */
export function tileShape(shape: Shape, counts: readonly number[]): Shape {
  checkCounts("tile", shape, counts, counts.length >= shape.length);
  const lead = counts.length - shape.length;
  return counts.map((count, i) => count * (i < lead ? 1 : shape[i - lead]!));
}

/** Two different axes as numbers from 0, and an integer that says which diagonal between them. */
function checkDiagonal(
  what: string,
  shape: Shape,
  rank: number,
  [offset, a, b]: readonly [number, number, number],
): [number, number] {
  if (!Number.isInteger(offset)) {
    throw new RangeError(`Cannot ${what} [${shape}]: the offset is ${offset}, an integer is wanted`);
  }
  return distinctAxes([a, b], rank, what) as [number, number];
}

/**
 * The shape of the diagonals of the matrices in axes `a` and `b`: the other axes, then the diagonal.
 *
 * @throws {RangeError} unless there are two different axes and an integer.
 */
export function diagonalShape(shape: Shape, offset = 0, a = -2, b = -1): Shape {
  const what = "take the diagonal of";
  if (shape.length < 2) {
    throw new RangeError(
      `Cannot ${what} [${shape}]: it has ${shape.length} axes, at least 2 axes are wanted`,
    );
  }
  const [p, q] = checkDiagonal(what, shape, shape.length, [offset, a, b]);
  const [rows, columns] = [shape[p]! - Math.max(0, -offset), shape[q]! - Math.max(0, offset)];
  return [...shape.filter((_, axis) => axis !== p && axis !== q), Math.max(0, Math.min(rows, columns))];
}

/**
 * The shape of matrices in axes `a` and `b` whose diagonals are the last axis.
 *
 * @throws {RangeError} unless there is an axis, two different ones in the result, and an integer.
 */
export function diagonalEmbedShape(shape: Shape, offset = 0, a = -2, b = -1): Shape {
  const what = "embed the diagonal";
  if (shape.length === 0) throw new RangeError(`Cannot ${what} []: it has 0 axes, at least 1 is wanted`);
  const axes = checkDiagonal(what, shape, shape.length + 1, [offset, a, b]);
  const side = shape.at(-1)! + Math.abs(offset);
  const [first, second] = axes.toSorted((p, q) => p - q) as [number, number];
  return shape.slice(0, -1).toSpliced(first, 0, side).toSpliced(second, 0, side);
}

/**
 * Refuses what has no triangle.
 *
 * @throws {RangeError} unless there are two axes and an integer.
 */
export function checkTriangle(shape: Shape, offset: number): void {
  if (shape.length < 2 || !Number.isInteger(offset)) {
    throw new RangeError(
      `Cannot take a triangle of [${shape}]: it has ${shape.length} axes and the diagonal is ${offset}, ` +
        `at least 2 axes and an integer are wanted`,
    );
  }
}

/**
 * The shape of windows of `size` entries of an axis, `step` apart, with the entries as the last axis.
 *
 * @throws {RangeError} unless a window fits and the step is a positive integer.
 */
export function windowsShape(shape: Shape, axis: number, size: number, step: number): Shape {
  const at = normalAxis(axis, shape.length, "unfold");
  const side = shape[at]!;
  if (!Number.isInteger(size) || size < 0 || size > side) {
    throw new RangeError(
      `Cannot unfold axis ${axis} of [${shape}]: windows of ${size} entries are asked for, 0 to ${side} are wanted`,
    );
  }
  if (!Number.isInteger(step) || step < 1) {
    throw new RangeError(
      `Cannot unfold axis ${axis} of [${shape}]: the step is ${step}, a positive integer is wanted`,
    );
  }
  return [...shape.with(at, Math.floor((side - size) / step) + 1), size];
}

/**
 * Refuses indices that are not within an axis.
 *
 * @throws {RangeError} naming the first that is not.
 */
export function checkIndices(indices: ArrayLike<number>, side: number, what: string): void {
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i]!;
    if (!(index >= 0 && index < side && Number.isInteger(index))) {
      throw new RangeError(`Cannot ${what}: index ${index} is given, 0 to ${side - 1} is wanted`);
    }
  }
}

/**
 * The shape of entries at `count` indices along an axis.
 *
 * @throws {RangeError} when the axis is out of range.
 */
export function takeShape(shape: Shape, count: number, axis: number): Shape {
  const at = normalAxis(axis, shape.length, "take along");
  return shape.map((side, i) => i === at ? count : side);
}

/**
 * The shape of elements gathered along an axis: that of the indices.
 *
 * @throws {RangeError} when the axis is out of range, or the indices' other sides are larger than the tensor's.
 */
export function gatherShape(shape: Shape, indexShape: Shape, axis: number): Shape {
  const at = normalAxis(axis, shape.length, "gather along");
  const fits = indexShape.length === shape.length &&
    indexShape.every((side, i) => i === at || side <= shape[i]!);
  if (!fits) {
    throw new RangeError(
      `Cannot gather along axis ${axis} of [${shape}]: indices have shape [${indexShape}], ${shape.length} axes ` +
        `that are no longer elsewhere are wanted`,
    );
  }
  return indexShape;
}
