/**
 * Sums modulo 2^64.
 *
 * @module
 */
import { distinctAxes } from "./movement_shape.ts";
import { normalAxis, type Shape, sizeOf } from "./shape.ts";
import { RingTensor } from "./tensor.ts";

/**
 * The shape without some axes (all of them when the list is missing), or with side 1 in their place.
 *
 * @throws {RangeError} when an axis is out of range or given twice.
 */
export function reduceShape(shape: Shape, axes?: readonly number[], keepDims = false): Shape {
  const reduced = axes === undefined ? shape.map((_, i) => i) : distinctAxes(axes, shape.length, "sum over");
  if (keepDims) return shape.map((side, i) => reduced.includes(i) ? 1 : side);
  return shape.filter((_, i) => !reduced.includes(i));
}

/** Neighbouring axes that are all summed, or all kept. */
interface Run {
  readonly count: number;
  readonly summed: boolean;
}

/** The axes as runs in turn; those of side 1 do not matter. */
function runsOf(shape: Shape, axes: readonly number[] | undefined): Run[] {
  const kept = reduceShape(shape, axes, true);
  const out: Run[] = [];
  shape.forEach((side, i) => {
    if (side === 1) return;
    const summed = kept[i] === 1;
    const last = out.at(-1);
    if (last?.summed === summed) out[out.length - 1] = { count: last.count * side, summed };
    else out.push({ count: side, summed });
  });
  return out;
}

const countOf = (runs: readonly Run[]): number => runs.reduce((product, run) => product * run.count, 1);

/**
 * Sum over axes (all of them when the list is missing); sums of nothing are 0.
 *
 * @throws {RangeError} when an axis is out of range or given twice.
 */
export function sum(x: RingTensor, axes?: readonly number[], keepDims = false): RingTensor {
  const { heap } = x;
  const shape = reduceShape(x.shape, axes, keepDims);
  let runs = runsOf(x.shape, axes);
  if (x.size === 0) return RingTensor.zeros(heap, shape);
  let from = x;
  do {
    // The longest run first leaves the least for the others; without any, one row is copied.
    const count = Math.max(1, ...runs.filter((run) => run.summed).map((run) => run.count));
    const at = runs.findIndex((run) => run.summed && run.count === count);
    const outer = countOf(runs.slice(0, Math.max(at, 0)));
    const inner = countOf(runs.slice(at + 1));
    runs = runs.filter((_, i) => i !== at);
    const done = !runs.some((run) => run.summed);
    const to = RingTensor.empty(heap, done ? shape : [outer * inner]);
    heap.kernels.movement.sum_rows(to.ptr, from.ptr, outer, count, inner * 8);
    if (from !== x) from.free();
    from = to;
  } while (runs.some((run) => run.summed));
  return from;
}

/**
 * Running sum along an axis.
 *
 * @throws {RangeError} when the axis is out of range.
 */
export function cumsum(x: RingTensor, axis: number): RingTensor {
  const at = normalAxis(axis, x.shape.length, "sum along");
  const out = RingTensor.empty(x.heap, x.shape);
  if (out.size === 0) return out;
  const outer = sizeOf(x.shape.slice(0, at));
  const row = sizeOf(x.shape.slice(at + 1)) * 8;
  x.heap.kernels.movement.cumsum_rows(out.ptr, x.ptr, outer, x.shape[at]!, row);
  return out;
}
