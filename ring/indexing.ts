/**
 * Elements at public indices.
 *
 * @module
 */
import { Block } from "./block.ts";
import type { Heap } from "./heap.ts";
import { checkIndices, gatherShape, takeShape } from "./movement_shape.ts";
import { normalAxis, type Shape, sizeOf, stridesOf } from "./shape.ts";
import { RingTensor } from "./tensor.ts";

/** A transient view of a table of indices. */
function tableOf(heap: Heap, block: Block, length: number): Uint32Array {
  return new Uint32Array(heap.bytes.buffer, block.ptr, length);
}

/**
 * Entries at public indices from 0 along an axis, which may repeat.
 *
 * @throws {RangeError} when the axis or an index is out of range.
 */
export function take(x: RingTensor, indices: ArrayLike<number>, axis: number): RingTensor {
  const { heap, shape } = x;
  const at = normalAxis(axis, shape.length, "take along");
  checkIndices(indices, shape[at]!, `take along axis ${axis} of [${shape}]`);
  const out = RingTensor.empty(heap, takeShape(shape, indices.length, at));
  if (out.size === 0) return out;
  const row = sizeOf(shape.slice(at + 1)) * 8;
  const outer = sizeOf(shape.slice(0, at));
  const table = new Block(heap, indices.length * 4);
  tableOf(heap, table, indices.length).set(indices);
  const { take_rows } = heap.kernels.movement;
  take_rows(out.ptr, x.ptr, table.ptr, indices.length, row, outer, shape[at]! * row);
  table.drop();
  return out;
}

/** A block with the flat position in `shape` of each index, for positions of `indexShape` along `axis`. */
function flatTable(
  heap: Heap,
  shape: Shape,
  indices: ArrayLike<number>,
  indexShape: Shape,
  axis: number,
): Block {
  const strides = stridesOf(shape);
  const block = new Block(heap, indices.length * 4);
  const table = tableOf(heap, block, indices.length);
  const last = indexShape.length - 1;
  const width = indexShape[last]!;
  const step = strides[axis]!;
  const at = new Array<number>(last).fill(0);
  for (let start = 0; start < indices.length; start += width) {
    let base = 0;
    for (let a = 0; a < last; a++) if (a !== axis) base += at[a]! * strides[a]!;
    for (let j = 0; j < width; j++) {
      table[start + j] = base + indices[start + j]! * step + (axis === last ? 0 : j);
    }
    for (let a = last - 1; a >= 0; a--) {
      if (++at[a]! < indexShape[a]!) break;
      at[a] = 0;
    }
  }
  return block;
}

/** The checks that gather and scatter share; gives the axis from 0. */
function checkGather(shape: Shape, indices: ArrayLike<number>, indexShape: Shape, axis: number): number {
  gatherShape(shape, indexShape, axis);
  if (indices.length !== sizeOf(indexShape)) {
    throw new RangeError(
      `Cannot gather along axis ${axis} of [${shape}]: ${indices.length} indices are given, shape [${indexShape}] is wanted`,
    );
  }
  const at = normalAxis(axis, shape.length);
  checkIndices(indices, shape[at]!, `gather along axis ${axis} of [${shape}]`);
  return at;
}

/**
 * Elements at public indices from 0: out[i, j, …] = x[index[i, j, …], j, …] for axis 0, and so on, as ONNX's GatherElements.
 *
 * @throws {RangeError} when the axis or an index is out of range, or the shapes do not fit.
 */
export function gather(
  x: RingTensor,
  indices: ArrayLike<number>,
  indexShape: Shape,
  axis: number,
): RingTensor {
  const { heap, shape } = x;
  const at = checkGather(shape, indices, indexShape, axis);
  const out = RingTensor.empty(heap, indexShape);
  if (out.size === 0) return out;
  const table = flatTable(heap, shape, indices, indexShape, at);
  heap.kernels.movement.take_rows(out.ptr, x.ptr, table.ptr, out.size, 8, 1, 0);
  table.drop();
  return out;
}

/**
 * x with elements added at public indices from 0: out[index[i, j, …], j, …] += source[i, j, …] for axis 0, and so on. Indices,
 * one per element of the source, may repeat. The transpose of {@link gather}.
 *
 * @throws {RangeError} when the axis or an index is out of range, or the shapes do not fit.
 */
export function scatterAdd(
  x: RingTensor,
  indices: ArrayLike<number>,
  source: RingTensor,
  axis: number,
): RingTensor {
  const { heap, shape } = x;
  const at = checkGather(shape, indices, source.shape, axis);
  const out = x.clone();
  if (source.size === 0) return out;
  const table = flatTable(heap, shape, indices, source.shape, at);
  heap.kernels.movement.scatter_add(out.ptr, source.ptr, table.ptr, source.size);
  table.drop();
  return out;
}

/**
 * x with elements replaced at public indices from 0: out[index[i, j, …], j, …] = source[i, j, …] for axis 0, and so on. Of
 * several for one place the last in row-major order stays.
 *
 * @throws {RangeError} when the axis or an index is out of range, or the shapes do not fit.
 */
export function scatter(
  x: RingTensor,
  indices: ArrayLike<number>,
  source: RingTensor,
  axis: number,
): RingTensor {
  const { heap, shape } = x;
  const at = checkGather(shape, indices, source.shape, axis);
  const out = x.clone();
  if (source.size === 0) return out;
  const block = flatTable(heap, shape, indices, source.shape, at);
  // Halves of words: the engine copies them without making big integers.
  const { buffer } = heap.bytes;
  const table = new Uint32Array(buffer, block.ptr, source.size);
  const to = new Uint32Array(buffer, out.ptr, 2 * out.size);
  const from = new Uint32Array(buffer, source.ptr, 2 * source.size);
  for (let i = 0; i < table.length; i++) {
    const place = 2 * table[i]!;
    to[place] = from[2 * i]!;
    to[place + 1] = from[2 * i + 1]!;
  }
  block.drop();
  return out;
}
