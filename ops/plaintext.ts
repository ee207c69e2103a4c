/**
 * Plaintext tensors.
 *
 * @module
 */
import { checkShape, sameShape, type Shape, sizeOf } from "../ring/shape.ts";
import type { TensorData } from "./elements.ts";
import { type DuckTensor, type Nested, readTensorLike, type TypedArray } from "./tensor_like.ts";
import { tensorText } from "./tensor_text.ts";

export type { DuckTensor, Nested, TensorData, TypedArray };

/** Everything that can be read as a plaintext tensor. */
export type TensorLike = Nested | TypedArray | DuckTensor | Tensor;

const BRAND: unique symbol = Symbol.for("tacit.Tensor") as never;

const DTYPES = {
  Float64Array: "float64",
  Float32Array: "float32",
  Int32Array: "int32",
  Uint8Array: "uint8",
  BigInt64Array: "int64",
} as const;

/** A plaintext tensor: a shape, and the elements in row-major order. */
export class Tensor {
  /** Marks plaintext tensors, across copies of the library. */
  readonly [BRAND]: true = true;
  /** Sizes of the axes. */
  readonly shape: Shape;
  /** The elements in row-major order. */
  readonly data: TensorData;

  /**
   * A tensor of elements that are there.
   *
   * @throws {RangeError} when shape and number of elements do not fit.
   */
  constructor(shape: Shape, data: TensorData) {
    checkShape(shape);
    if (sizeOf(shape) !== data.length) {
      throw new RangeError(
        `Cannot make a tensor of shape [${shape}]: ${data.length} elements were given, ${
          sizeOf(shape)
        } are wanted`,
      );
    }
    this.shape = Object.freeze([...shape]);
    this.data = data;
  }

  /**
   * Reads numbers, nested arrays, typed arrays (with a shape, or as a vector) and tensors of other libraries. Typed arrays
   * of the five kinds of storage are shared, not copied.
   *
   * @throws {RangeError} when nested arrays are ragged or a shape does not fit.
   * @throws {TypeError} on anything that is not numeric, and on views that are not in row-major order.
   */
  static from(value: TensorLike, shape?: Shape): Tensor {
    let tensor: Tensor;
    if (isPlainTensor(value)) tensor = value;
    else {
      const parts = readTensorLike(value);
      tensor = new Tensor(parts.shape, parts.data);
    }
    if (shape === undefined || sameShape(shape, tensor.shape)) return tensor;
    return new Tensor(shape, tensor.data);
  }

  /** Number of elements. */
  get size(): number {
    return this.data.length;
  }
  /** Number of axes. */
  get ndim(): number {
    return this.shape.length;
  }
  /** Name of the element type. */
  get dtype(): "float64" | "float32" | "int32" | "uint8" | "int64" {
    return DTYPES[this.data[Symbol.toStringTag]];
  }
  /** One element. @throws {RangeError} when there is none at that position. */
  at(...index: readonly number[]): number {
    if (
      index.length !== this.ndim ||
      index.some((i, axis) => !Number.isInteger(i) || i < 0 || i >= this.shape[axis]!)
    ) {
      throw new RangeError(`Cannot read element [${index}]: the shape is [${this.shape}]`);
    }
    return Number(this.data[index.reduce((sum, i, axis) => sum * this.shape[axis]! + i, 0)]);
  }
  /** As nested arrays of numbers; a number for a scalar. Integers of more than 53 bits are rounded. */
  toNested(): Nested {
    const build = (axis: number, offset: number): Nested => {
      if (axis === this.ndim) return Number(this.data[offset]);
      const step = sizeOf(this.shape.slice(axis + 1));
      return Array.from({ length: this.shape[axis]! }, (_, i) => build(axis + 1, offset + i * step));
    };
    return build(0, 0);
  }
  /** Readable text: all of a small tensor, the ends of the axes of a large one. */
  toString(): string {
    return tensorText(this.shape, this.data);
  }
  /** Whether shapes and values are the same, whatever the storage. NaN equals nothing. */
  equals(other: Tensor): boolean {
    const theirs = other.data;
    // Unlike ===, the order compares a number with a big integer by value, without rounding.
    const same = (x: number | bigint, y: number | bigint): boolean => x <= y && x >= y;
    return sameShape(this.shape, other.shape) &&
      this.data.every((x: number | bigint, i: number) => same(x, theirs[i]!));
  }
  /**
   * Whether shapes are the same and |this - other| <= absolute + relative·|other| everywhere; 1e-8 and 1e-5 by default. NaN
   * is close to nothing.
   */
  allClose(
    other: Tensor,
    { relative = 1e-5, absolute = 1e-8 }: { readonly relative?: number; readonly absolute?: number } = {},
  ): boolean {
    if (!sameShape(this.shape, other.shape)) return false;
    const theirs = other.data;
    return this.data.every((x: number | bigint, i) => {
      const [a, b] = [Number(x), Number(theirs[i])];
      return a === b || Math.abs(a - b) <= absolute + relative * Math.abs(b) && Number.isFinite(b);
    });
  }
}

/** Whether a value is a plaintext tensor. */
export function isPlainTensor(value: unknown): value is Tensor {
  return typeof value === "object" && value !== null && BRAND in value;
}

/** A plaintext tensor; see {@link Tensor.from}. */
export function tensor(value: TensorLike, shape?: Shape): Tensor {
  return Tensor.from(value, shape);
}
