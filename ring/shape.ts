/**
 * Shapes: the only place where they are checked and inferred.
 *
 * @module
 */

/** Sizes of the axes, outermost first; a scalar has none. */
export type Shape = readonly number[];

/** The number of elements. */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (const side of shape) size *= side;
  return size;
}

/** Most axes; NumPy has as many. */
const MOST_AXES = 64;

/**
 * Refuses what is not a shape.
 *
 * @throws {RangeError} when there are more than 64 axes, a side is not a non-negative integer, or there are 2^29 elements or more.
 */
export function checkShape(shape: Shape): void {
  if (shape.length > MOST_AXES) {
    throw new RangeError(`Cannot use a shape of ${shape.length} axes: at most ${MOST_AXES} are wanted`);
  }
  for (const side of shape) {
    if (!Number.isInteger(side) || side < 0) {
      throw new RangeError(
        `Cannot use shape [${shape}]: a side is ${side}, non-negative integers are wanted`,
      );
    }
  }
  if (sizeOf(shape) >= 2 ** 29) {
    throw new RangeError(
      `Cannot use shape [${shape}]: it has ${sizeOf(shape)} elements, fewer than 2^29 are wanted`,
    );
  }
}

/** Whether two shapes are the same. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((side, i) => side === b[i]);
}

/**
 * The shape that two operands broadcast to, by NumPy's rule.
 *
 * @throws {RangeError} when an axis differs and neither side is 1.
 */
export function broadcastShapes(a: Shape, b: Shape, what = "broadcast"): Shape {
  const rank = Math.max(a.length, b.length);
  const out: number[] = [];
  for (let i = 0; i < rank; i++) {
    const p = a[a.length - rank + i] ?? 1;
    const q = b[b.length - rank + i] ?? 1;
    if (p !== q && p !== 1 && q !== 1) {
      throw new RangeError(`Cannot ${what} [${a}] with [${b}]: axis ${i - rank} is ${p} and ${q}`);
    }
    out.push(p === 1 ? q : p);
  }
  return out;
}

/**
 * An axis as a number from 0; negative ones count from the end.
 *
 * @throws {RangeError} when it is out of range.
 */
export function normalAxis(axis: number, rank: number, what = "use"): number {
  const out = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || out < 0 || out >= rank) {
    throw new RangeError(
      `Cannot ${what} axis ${axis}: the tensor has ${rank} axes, ${-rank} to ${rank - 1} are wanted`,
    );
  }
  return out;
}

/** Steps, in elements, between neighbours along each axis of a dense row-major tensor. */
export function stridesOf(shape: Shape): number[] {
  const out = new Array<number>(shape.length);
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    out[i] = step;
    step *= shape[i]!;
  }
  return out;
}
