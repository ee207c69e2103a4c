/**
 * Movement and indexing as methods.
 *
 * @module
 */
import type { Shape } from "../../ring/shape.ts";
import {
  chunk,
  gather,
  get,
  indexSelect,
  narrow,
  slice,
  type SliceRange,
  split,
  unbind,
} from "../indexing.ts";
import { cat, stack } from "../join.ts";
import {
  diagonal,
  expand,
  flatten,
  flip,
  permute,
  repeat,
  reshape,
  roll,
  squeeze,
  transpose,
  unsqueeze,
} from "../movement.ts";
import { pad } from "../pad.ts";
import type { TensorLike } from "../plaintext.ts";
import type { CrypTensor } from "../tensor.ts";
import { CompareMethods } from "./compare.ts";

/** Movement and indexing as methods. */
export abstract class MovementMethods extends CompareMethods {
  /** Another shape with the same elements; one side may be -1. */
  reshape(this: CrypTensor, shape: Shape): CrypTensor {
    return reshape(this, shape);
  }
  /** The same as {@link CrypTensor.reshape}. */
  view(this: CrypTensor, shape: Shape): CrypTensor {
    return reshape(this, shape);
  }
  /** Axes `start` to `end` as one. */
  flatten(this: CrypTensor, start = 0, end = -1): CrypTensor {
    return flatten(this, start, end);
  }
  /** Axes in another order. */
  permute(this: CrypTensor, axes: readonly number[]): CrypTensor {
    return permute(this, axes);
  }
  /** Two axes exchanged. */
  transpose(this: CrypTensor, a: number, b: number): CrypTensor {
    return transpose(this, a, b);
  }
  /** A matrix with its axes exchanged. */
  t(this: CrypTensor): CrypTensor {
    return this.ndim < 2 ? this : transpose(this, 0, 1);
  }
  /** Broadcast to a larger shape. */
  expand(this: CrypTensor, shape: Shape): CrypTensor {
    return expand(this, shape);
  }
  /** Copies along each axis. */
  repeat(this: CrypTensor, counts: readonly number[]): CrypTensor {
    return repeat(this, counts);
  }
  /** Without axes of size 1 (all of them, or one). */
  squeeze(this: CrypTensor, axis?: number): CrypTensor {
    return squeeze(this, axis);
  }
  /** With a new axis of size 1. */
  unsqueeze(this: CrypTensor, axis: number): CrypTensor {
    return unsqueeze(this, axis);
  }
  /** In reverse along axes. */
  flip(this: CrypTensor, axes: readonly number[]): CrypTensor {
    return flip(this, axes);
  }
  /** Rotated along an axis. */
  roll(this: CrypTensor, shift: number, axis: number): CrypTensor {
    return roll(this, shift, axis);
  }
  /** A range of each axis, as in NumPy; negative steps are allowed. */
  slice(this: CrypTensor, ranges: readonly SliceRange[]): CrypTensor {
    return slice(this, ranges);
  }
  /** `length` entries of an axis, from `start`. */
  narrow(this: CrypTensor, axis: number, start: number, length: number): CrypTensor {
    return narrow(this, axis, start, length);
  }
  /** One entry of the first axes. */
  get(this: CrypTensor, ...index: readonly number[]): CrypTensor {
    return get(this, index);
  }
  /** Pieces of `size` along an axis; the last may be smaller. */
  split(this: CrypTensor, size: number, axis = 0): CrypTensor[] {
    return split(this, size, axis);
  }
  /** About `count` pieces along an axis. */
  chunk(this: CrypTensor, count: number, axis = 0): CrypTensor[] {
    return chunk(this, count, axis);
  }
  /** The slices along an axis, without that axis. */
  unbind(this: CrypTensor, axis = 0): CrypTensor[] {
    return unbind(this, axis);
  }
  /** Padded with a public constant. */
  pad(this: CrypTensor, before: readonly number[], after: readonly number[], value = 0): CrypTensor {
    return pad(this, before, after, value);
  }
  /** Entries at public indices along an axis. */
  indexSelect(this: CrypTensor, axis: number, indices: readonly number[]): CrypTensor {
    return indexSelect(this, axis, indices);
  }
  /** Elements at public indices along an axis (ONNX GatherElements). */
  gather(this: CrypTensor, axis: number, indices: TensorLike): CrypTensor {
    return gather(this, axis, indices);
  }
  /** The diagonal of a matrix. */
  diagonal(this: CrypTensor): CrypTensor {
    return diagonal(this);
  }
  /** Joined with others along an axis. */
  cat(this: CrypTensor, others: readonly CrypTensor[], axis = 0): CrypTensor {
    return cat(this, others, axis);
  }
  /** Joined with others along a new axis. */
  stack(this: CrypTensor, others: readonly CrypTensor[], axis = 0): CrypTensor {
    return stack(this, others, axis);
  }
}
