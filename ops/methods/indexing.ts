/**
 * Indexing as methods.
 *
 * @module
 */
import { assign } from "../assign.ts";
import { gather, get, indexSelect, narrow, slice, type SliceRange, take, takeAlongDim } from "../indexing.ts";
import { isTensor } from "../op.ts";
import type { TensorLike } from "../plaintext.ts";
import { indexAdd, indexCopy, indexFill, scatter, scatterAdd } from "../scatter.ts";
import { addAt, embedding, gatherSecret, oneHot } from "../secret_index.ts";
import { chunk, split, unbind } from "../split.ts";
import type { CrypTensor, Operand } from "../tensor.ts";
import { MovementMethods } from "./movement.ts";

/**
 * Reading and writing at public indices as methods, with the names and rules of PyTorch. All exact, with no communication. Axes
 * and indices may count from the end. What is written may be public or encrypted; the tensor itself stays as it is.
 *
 * All of them throw a RangeError when an axis or index does not exist or a shape does not fit.
 */
export abstract class IndexingMethods extends MovementMethods {
  /** A range of each axis, as in NumPy (negative steps are allowed), or an index, which takes its axis away. */
  slice(this: CrypTensor, ranges: readonly (number | SliceRange)[]): CrypTensor {
    return slice(this, ranges);
  }
  /** `length` entries of an axis, from `start`, which does not count from the end. */
  narrow(this: CrypTensor, axis: number, start: number, length: number): CrypTensor {
    return narrow(this, axis, start, length);
  }
  /** One entry of the first axes. */
  get(this: CrypTensor, ...index: readonly number[]): CrypTensor {
    return get(this, index);
  }
  /**
   * A new tensor with the part that {@link CrypTensor.slice} would give replaced by a value that broadcasts to it: what
   * `x[ranges] = value` means in NumPy. Indices and ranges mix: `x.assign([0, { start: 2 }], 7)`.
   */
  assign(this: CrypTensor, ranges: readonly (number | SliceRange)[], value: Operand): CrypTensor {
    return assign(this, ranges, value);
  }
  /**
   * Pieces of one size along an axis, of which the last may be smaller, or of listed sizes, whose sum is the axis's. An axis
   * without entries gives one piece.
   */
  split(this: CrypTensor, size: number | readonly number[], axis = 0): CrypTensor[] {
    return split(this, size, axis);
  }
  /** At most `count` pieces along an axis, all but the last of one size. */
  chunk(this: CrypTensor, count: number, axis = 0): CrypTensor[] {
    return chunk(this, count, axis);
  }
  /** The entries along an axis, without that axis. */
  unbind(this: CrypTensor, axis = 0): CrypTensor[] {
    return unbind(this, axis);
  }
  /** Entries at a list of indices along an axis. */
  indexSelect(this: CrypTensor, axis: number, indices: TensorLike): CrypTensor {
    return indexSelect(this, axis, indices);
  }
  /**
   * Elements at indices into the flattened tensor, in the shape of the indices; with an axis, its entries at the indices, whose
   * axes take its place (ONNX Gather).
   */
  take(this: CrypTensor, indices: TensorLike, axis?: number): CrypTensor {
    return take(this, indices, axis);
  }
  /**
   * Elements at indices along an axis, in the shape of the indices: out[i, j] = x[index[i, j], j] for axis 0 (ONNX
   * GatherElements). On other axes public indices may be fewer than the entries; secret ones are as many.
   */
  gather(this: CrypTensor, axis: number, indices: Operand): CrypTensor {
    return isTensor(indices) ? gatherSecret(this, axis, indices) : gather(this, axis, indices);
  }
  /** One-hot vectors of secret integers from 0 to size - 1, on a new last axis. */
  oneHot(this: CrypTensor, size: number): CrypTensor {
    return oneHot(this, size);
  }
  /** Rows of a public or secret table at these secret integers: shape [...indices, ...row]. */
  embedding(this: CrypTensor, table: Operand): CrypTensor {
    return embedding(this, table);
  }
  /** Rows of values added where secret integers point, along the first axis. */
  addAt(this: CrypTensor, indices: CrypTensor, values: Operand): CrypTensor {
    return addAt(this, indices, values);
  }
  /**
   * As {@link CrypTensor.gather}, after tensor and indices, of as many axes, were broadcast to each other on the other axes;
   * without an axis as {@link CrypTensor.take} of the flattened indices.
   */
  takeAlongDim(this: CrypTensor, indices: TensorLike, axis?: number): CrypTensor {
    return axis === undefined ? take(this, indices).flatten() : takeAlongDim(this, indices, axis);
  }
  /**
   * Elements replaced at indices along an axis: out[index[i, j], j] = source[i, j] for axis 0 (ONNX ScatterElements). Of
   * several for one place the last in row-major order stays, at every party. The source is one number, or at least as large as
   * the indices on every axis; what exceeds them is not read.
   */
  scatter(this: CrypTensor, axis: number, indices: TensorLike, source: Operand): CrypTensor {
    return scatter(this, axis, indices, source);
  }
  /** As {@link CrypTensor.scatter}, but elements are added; all that go to one place count. */
  scatterAdd(this: CrypTensor, axis: number, indices: TensorLike, source: Operand): CrypTensor {
    return scatterAdd(this, axis, indices, source);
  }
  /**
   * `alpha` times the entries of a source added at a list of indices along an axis, which may repeat. *Error*: none, or that of
   * a product by a public number when `alpha` has a fraction.
   */
  indexAdd(this: CrypTensor, axis: number, indices: TensorLike, source: Operand, alpha = 1): CrypTensor {
    return indexAdd(this, axis, indices, source, alpha);
  }
  /** Entries replaced at a list of indices along an axis; of several for one index the last stays. */
  indexCopy(this: CrypTensor, axis: number, indices: TensorLike, source: Operand): CrypTensor {
    return indexCopy(this, axis, indices, source);
  }
  /** Entries at a list of indices along an axis filled with one value. */
  indexFill(this: CrypTensor, axis: number, indices: TensorLike, value: Operand): CrypTensor {
    return indexFill(this, axis, indices, value);
  }
}
