/**
 * Movement of elements. Arguments are checked by the callers' shape rules; here they are in range.
 *
 * @module
 */
import { Block } from "./block.ts";
import { byteStrides, gatherStrided, scatterStrided } from "./broadcast.ts";
import { type Shape, sizeOf } from "./shape.ts";
import { RingTensor } from "./tensor.ts";

export { broadcastTo } from "./broadcast.ts";

/** A range of an axis, all ends given; stop is exclusive, -1 before the first when the step is negative. */
export interface Range {
  /** First index. */
  readonly start: number;
  /** Index after the last. */
  readonly stop: number;
  /** Distance between neighbours. */
  readonly step: number;
}

/** Axes in another order. */
export function permute(x: RingTensor, axes: readonly number[]): RingTensor {
  const strides = byteStrides(x.shape);
  return gatherStrided(x, axes.map((a) => x.shape[a]!), axes.map((a) => strides[a]!));
}

/** A range of each axis. */
export function slice(x: RingTensor, ranges: readonly Range[]): RingTensor {
  const strides = byteStrides(x.shape);
  const shape = ranges.map((r) => Math.max(0, Math.ceil((r.stop - r.start) / r.step)));
  if (sizeOf(shape) === 0) return RingTensor.empty(x.heap, shape);
  const offset = ranges.reduce((sum, r, i) => sum + r.start * strides[i]!, 0);
  return gatherStrided(x, shape, ranges.map((r, i) => r.step * strides[i]!), offset);
}

/** In reverse along axes. */
export function flip(x: RingTensor, axes: readonly number[]): RingTensor {
  const reversed = { step: -1, stop: -1 };
  return slice(
    x,
    x.shape.map((side, i) =>
      axes.includes(i) ? { ...reversed, start: side - 1 } : { start: 0, stop: side, step: 1 }
    ),
  );
}

/** Tensors joined along an axis. */
export function concat(xs: readonly RingTensor[], axis: number): RingTensor {
  const first = xs[0]!;
  const total = xs.reduce((sum, x) => sum + x.shape[axis]!, 0);
  const out = RingTensor.empty(first.heap, first.shape.map((side, i) => i === axis ? total : side));
  const strides = byteStrides(out.shape);
  let offset = 0;
  for (const x of xs) {
    scatterStrided(out, x, strides, offset);
    offset += x.shape[axis]! * strides[axis]!;
  }
  return out;
}

/** Tensors joined along a new axis. */
export function stack(xs: readonly RingTensor[], axis: number): RingTensor {
  const views = xs.map((x) => x.reshape([...x.shape.slice(0, axis), 1, ...x.shape.slice(axis)]));
  const out = concat(views, axis);
  for (const view of views) view.free();
  return out;
}

/** Surrounded by a constant. */
export function pad(
  x: RingTensor,
  before: readonly number[],
  after: readonly number[],
  value: bigint,
): RingTensor {
  const out = RingTensor.empty(x.heap, x.shape.map((side, i) => before[i]! + side + after[i]!));
  out.words().fill(BigInt.asUintN(64, value));
  const strides = byteStrides(out.shape);
  scatterStrided(out, x, strides, before.reduce((sum, b, i) => sum + b * strides[i]!, 0));
  return out;
}

/** Copies along each axis. */
export function repeatTile(x: RingTensor, counts: readonly number[]): RingTensor {
  const lead = counts.length - x.shape.length;
  const sides = counts.map((_, i) => i < lead ? 1 : x.shape[i - lead]!);
  const strides = byteStrides(sides);
  const shape = counts.flatMap((count, i) => [count, sides[i]!]);
  const out = RingTensor.empty(x.heap, counts.map((count, i) => count * sides[i]!));
  if (out.size === 0) return out;
  out.free();
  const tiled = gatherStrided(x, shape, strides.flatMap((s) => [0, s]));
  const view = tiled.reshape(counts.map((count, i) => count * sides[i]!));
  tiled.free();
  return view;
}

/** Rotated along an axis: what falls off one end returns at the other. */
export function roll(x: RingTensor, shift: number, axis: number): RingTensor {
  const side = x.shape[axis]!;
  if (side === 0) return x.clone();
  const by = ((shift % side) + side) % side;
  const range = (start: number, stop: number): Range[] =>
    x.shape.map((s, i) => i === axis ? { start, stop, step: 1 } : { start: 0, stop: s, step: 1 });
  const tail = slice(x, range(side - by, side));
  const head = slice(x, range(0, side - by));
  const out = concat([tail, head], axis);
  tail.free();
  head.free();
  return out;
}

/** The diagonal of a matrix. */
export function diagonal(x: RingTensor): RingTensor {
  const [rows, columns] = x.shape as [number, number];
  return gatherStrided(x, [Math.min(rows, columns)], [(columns + 1) * 8]);
}

/** Entries at public indices along an axis. */
export function take(x: RingTensor, indices: ArrayLike<number>, axis: number): RingTensor {
  const { heap } = x;
  const inner = sizeOf(x.shape.slice(axis + 1)) * 8;
  const outer = sizeOf(x.shape.slice(0, axis));
  const out = RingTensor.empty(heap, x.shape.map((side, i) => i === axis ? indices.length : side));
  if (out.size === 0) return out;
  const table = new Block(heap, indices.length * 4);
  new Uint32Array(heap.bytes.buffer, table.ptr, indices.length).set(Uint32Array.from(indices));
  for (let i = 0; i < outer; i++) {
    const to = out.ptr + i * indices.length * inner;
    heap.kernels.movement.take_rows(to, x.ptr + i * x.shape[axis]! * inner, table.ptr, indices.length, inner);
  }
  table.drop();
  return out;
}

/** out[i, j, …] = x[index[i, j, …], j, …] for axis 0, and so on: ONNX GatherElements with public indices. */
export function gather(x: RingTensor, indices: ArrayLike<number>, shape: Shape, axis: number): RingTensor {
  const strides = byteStrides(x.shape).map((s) => s / 8);
  const rows = new Uint32Array(sizeOf(shape));
  const at = new Array<number>(shape.length).fill(0);
  for (let i = 0; i < rows.length; i++) {
    rows[i] = at.reduce((sum, index, a) => sum + (a === axis ? indices[i]! : index) * strides[a]!, 0);
    for (let a = shape.length - 1; a >= 0 && ++at[a]! === shape[a]; a--) at[a] = 0;
  }
  const flat = x.reshape([x.size]);
  const taken = take(flat, rows, 0);
  flat.free();
  const out = taken.reshape(shape);
  taken.free();
  return out;
}
