/**
 * Public indices: read and checked at the call, recorded in the trace, and as positions in a flat tensor.
 *
 * @module
 */
import { type Shape, sizeOf, stridesOf } from "../ring/shape.ts";
import type { Context } from "./context.ts";
import { Tensor, type TensorLike } from "./plaintext.ts";

/** Indices from 0. */
export interface Indices {
  /** Sizes of the axes. */
  readonly shape: Shape;
  /** The indices in row-major order; a copy of what was given. */
  readonly data: Int32Array;
}

/** An index from 0; negative ones count from the end. */
export function normalIndex(index: number, side: number): number {
  if (!Number.isInteger(index) || index < -side || index >= side) {
    const wanted = side === 0 ? "there are no entries" : `${-side} to ${side - 1} is wanted`;
    throw new RangeError(`index ${index} is out of range, ${wanted}`);
  }
  return index < 0 ? index + side : index;
}

/**
 * Reads indices into an axis of `side` entries; negative ones count from the end.
 *
 * @throws {RangeError} naming the first that is out of range.
 */
export function readIndices(value: TensorLike, side: number): Indices {
  const { shape, data } = Tensor.from(value);
  const out = new Int32Array(data.length);
  for (let i = 0; i < out.length; i++) out[i] = normalIndex(Number(data[i]), side);
  return { shape, data: out };
}

/** Puts indices into the trace: all of a list, however long and however it was given. */
export function recordIndices(ctx: Context, { shape, data }: Indices): void {
  let a = 0x811c9dc5;
  let b = data.length;
  for (const index of data) {
    a = Math.imul(a ^ index, 0x01000193);
    a ^= a >>> 15;
    b = Math.imul(b + index, 0x9e3779b1) ^ (b >>> 13);
  }
  ctx.scope.record(`indices [${shape}] ${a >>> 0} ${b >>> 0}`);
}

/** The position in a flat tensor of `shape` that each index means, one index per element along an axis. */
export function elementTargets(shape: Shape, indices: Indices, axis: number): Int32Array {
  const strides = stridesOf(shape);
  const at = new Array<number>(shape.length).fill(0);
  return indices.data.map((index) => {
    let flat = index * strides[axis]!;
    for (let a = 0; a < at.length; a++) if (a !== axis) flat += at[a]! * strides[a]!;
    for (let a = at.length - 1; a >= 0; a--) {
      if (++at[a]! < indices.shape[a]!) break;
      at[a] = 0;
    }
    return flat;
  });
}

/** The positions in a flat tensor of `shape` of the entries at indices along an axis, in row-major order. */
export function entryTargets(shape: Shape, indices: Indices, axis: number): Int32Array {
  const inner = sizeOf(shape.slice(axis + 1));
  const outer = sizeOf(shape.slice(0, axis));
  const count = indices.data.length;
  const out = new Int32Array(outer * count * inner);
  let next = 0;
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < count; i++) {
      const start = (o * shape[axis]! + indices.data[i]!) * inner;
      for (let k = 0; k < inner; k++) out[next++] = start + k;
    }
  }
  return out;
}

/** How often the most frequent of some positions occurs. */
export function multiplicity(targets: Int32Array, size: number): number {
  const counts = new Uint32Array(size);
  let most = 0;
  for (const target of targets) most = Math.max(most, ++counts[target]!);
  return most;
}
