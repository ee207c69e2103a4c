/**
 * Sums modulo 2^64.
 *
 * @module
 */
import { permute } from "./movement.ts";
import { sizeOf } from "./shape.ts";
import { RingTensor } from "./tensor.ts";

/** Sum over axes (all of them when the list is missing). */
export function sum(
  x: RingTensor,
  axes: readonly number[] = x.shape.map((_, i) => i),
  keepDims = false,
): RingTensor {
  const kept = x.shape.map((_, i) => i).filter((i) => !axes.includes(i));
  const shape = keepDims
    ? x.shape.map((side, i) => axes.includes(i) ? 1 : side)
    : kept.map((i) => x.shape[i]!);
  const inner = sizeOf(kept.map((i) => x.shape[i]!));
  const count = sizeOf(axes.map((i) => x.shape[i]!));
  if (inner === 0 || count === 0) return RingTensor.zeros(x.heap, shape);
  const out = RingTensor.empty(x.heap, shape);
  const first = Math.min(...axes, x.shape.length);
  const adjacent = axes.length > 0 && Math.max(...axes) - first === axes.length - 1;
  const { sum_rows } = x.heap.kernels.movement;
  if (axes.length === 0) {
    out.free();
    return x.clone().reshape(shape);
  }
  if (adjacent) {
    const outer = sizeOf(x.shape.slice(0, first));
    sum_rows(out.ptr, x.ptr, outer, count, (inner / outer) * 8);
    return out;
  }
  const moved = permute(x, [...axes, ...kept]);
  sum_rows(out.ptr, moved.ptr, 1, count, inner * 8);
  moved.free();
  return out;
}

/** Running sum along an axis. */
export function cumsum(x: RingTensor, axis: number): RingTensor {
  const out = x.clone();
  const side = x.shape[axis]!;
  const inner = sizeOf(x.shape.slice(axis + 1));
  const words = out.words();
  for (let row = 1; row < sizeOf(x.shape.slice(0, axis)) * side; row++) {
    if (row % side === 0) continue;
    for (let i = row * inner; i < (row + 1) * inner; i++) words[i]! += words[i - inner]!;
  }
  return out;
}
