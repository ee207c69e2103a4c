/**
 * Ranges of axes, with all ends filled in by NumPy's rules.
 *
 * @module
 */
import type { Shape } from "../ring/shape.ts";
import { normalIndex } from "./indices.ts";

/** A range of an axis; missing ends mean the whole axis. */
export interface SliceRange {
  /** First index; negative ones count from the end. */
  readonly start?: number | undefined;
  /** Index after the last. */
  readonly stop?: number | undefined;
  /** Distance between neighbours, not 0. */
  readonly step?: number | undefined;
}

/** A range that lies within its axis. */
export interface FullRange {
  /** First index. */
  readonly start: number;
  /** Index after the last. */
  readonly stop: number;
  /** Distance between neighbours. */
  readonly step: number;
  /** Whether it was given as an index, so that its axis goes. */
  readonly single: boolean;
}

/**
 * Ranges of all axes; missing ones are whole.
 *
 * @throws {RangeError} when there are more than axes, a step is 0, an end is no integer or an index is out of range.
 */
export function fullRanges(shape: Shape, ranges: readonly (number | SliceRange)[]): FullRange[] {
  if (ranges.length > shape.length) {
    throw new RangeError(`${ranges.length} ranges were given for ${shape.length} axes`);
  }
  return shape.map((side, axis) => fullRange(side, axis, ranges[axis] ?? {}));
}

function fullRange(side: number, axis: number, range: number | SliceRange): FullRange {
  if (typeof range === "number") {
    const start = normalIndex(range, side);
    return { start, stop: start + 1, step: 1, single: true };
  }
  const { start, stop, step = 1 } = range;
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
    single: false,
  };
}

/** Number of entries of a range. */
export function rangeLength({ start, stop, step }: FullRange): number {
  return Math.max(0, Math.ceil((stop - start) / step));
}
