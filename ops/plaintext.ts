/**
 * Plaintext tensors.
 *
 * @module
 */
import { checkShape, sameShape, type Shape, sizeOf } from "../ring/shape.ts";

/** Storage of a plaintext tensor. */
export type TensorData = Float64Array | Float32Array | Int32Array | Uint8Array | BigInt64Array;

/** Any typed array. */
export type TypedArray =
  | TensorData
  | Int8Array
  | Int16Array
  | Uint16Array
  | Uint32Array
  | Uint8ClampedArray
  | BigUint64Array;

/** Nested arrays of numbers. */
export type Nested = number | boolean | bigint | readonly Nested[];

/** A tensor of another library: a shape, and the elements in row-major order. */
export interface DuckTensor {
  /** Sizes of the axes. */
  readonly shape?: readonly number[];
  /** The same, as some libraries call it. */
  readonly dims?: readonly number[];
  /** The elements, or a function that returns them. */
  readonly data: ArrayLike<number> | ArrayLike<bigint> | (() => ArrayLike<number>);
}

/** Everything that can be read as a plaintext tensor. */
export type TensorLike = Nested | TypedArray | DuckTensor | Tensor;

const BRAND: unique symbol = Symbol.for("tacit.Tensor") as never;
const SHOWN = 1000;
const EDGE = 3;

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
   * Reads numbers, nested arrays, typed arrays (with a shape, or as a vector) and tensors of other libraries.
   *
   * @throws {RangeError} when nested arrays are ragged or a shape does not fit.
   * @throws {TypeError} on anything that is not numeric.
   */
  static from(value: TensorLike, shape?: Shape): Tensor {
    const tensor = read(value);
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
    if (this.data instanceof Float64Array) return "float64";
    if (this.data instanceof Float32Array) return "float32";
    if (this.data instanceof Int32Array) return "int32";
    if (this.data instanceof Uint8Array) return "uint8";
    return "int64";
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
  /** As nested arrays of numbers; a number for a scalar. */
  toNested(): Nested {
    const build = (axis: number, offset: number): Nested => {
      if (axis === this.ndim) return Number(this.data[offset]);
      const step = sizeOf(this.shape.slice(axis + 1));
      return Array.from({ length: this.shape[axis]! }, (_, i) => build(axis + 1, offset + i * step));
    };
    return build(0, 0);
  }
  /** Readable text; long axes are shortened. */
  toString(): string {
    const short = this.size > SHOWN;
    const show = (axis: number, offset: number): string => {
      if (axis === this.ndim) return format(this.data[offset]!);
      const side = this.shape[axis]!;
      const step = sizeOf(this.shape.slice(axis + 1));
      const cut = short && side > 2 * EDGE;
      const indices = Array.from({ length: side }, (_, i) => i).filter((i) =>
        !cut || i < EDGE || i >= side - EDGE
      );
      const parts = indices.map((i) => show(axis + 1, offset + i * step));
      if (cut) parts.splice(EDGE, 0, "…");
      return `[${parts.join(axis === this.ndim - 1 ? ", " : `,\n${" ".repeat(axis + 1)}`)}]`;
    };
    return show(0, 0);
  }
}

function format(x: number | bigint): string {
  return typeof x === "bigint" || Number.isInteger(x) ? String(x) : x.toFixed(4);
}

/** Whether a value is a plaintext tensor. */
export function isPlainTensor(value: unknown): value is Tensor {
  return typeof value === "object" && value !== null && BRAND in value;
}

/** A plaintext tensor; see {@link Tensor.from}. */
export function tensor(value: TensorLike, shape?: Shape): Tensor {
  return Tensor.from(value, shape);
}

function read(value: TensorLike): Tensor {
  if (isPlainTensor(value)) return value;
  if (typeof value === "number") return new Tensor([], new Float64Array([value]));
  if (typeof value === "boolean") return new Tensor([], new Uint8Array([value ? 1 : 0]));
  if (typeof value === "bigint") return new Tensor([], integers([value]));
  if (value instanceof DataView) {
    throw new TypeError("Cannot read a tensor: a DataView was given, a typed array is wanted");
  }
  if (ArrayBuffer.isView(value)) {
    return new Tensor([(value as TypedArray).length], storage(value as TypedArray));
  }
  if (Array.isArray(value)) return readNested(value);
  if (typeof value === "object" && value !== null && "data" in value) return readDuck(value as DuckTensor);
  throw new TypeError(
    `Cannot read a tensor: a ${
      value === null ? "null" : typeof value
    } was given, numbers, arrays or tensors are wanted`,
  );
}

function readDuck(value: DuckTensor): Tensor {
  const shape = value.shape ?? value.dims;
  if (!Array.isArray(shape)) throw new TypeError("Cannot read a tensor: it has data but no shape");
  const data = typeof value.data === "function" ? value.data() : value.data;
  if (ArrayBuffer.isView(data)) return new Tensor(shape, storage(data as unknown as TypedArray));
  const values = Array.from<unknown>(data as ArrayLike<number>);
  const bad = values.findIndex((value) => !["number", "bigint", "boolean"].includes(typeof value));
  if (bad >= 0) {
    throw new TypeError(
      `Cannot read a tensor: element ${bad} is a ${typeof values[bad]}, a number is wanted`,
    );
  }
  return new Tensor(shape, Float64Array.from(values as number[], Number));
}

/** Stores any typed array as one of the five kinds, exactly. */
function storage(data: TypedArray): TensorData {
  if (data instanceof Float64Array || data instanceof Float32Array || data instanceof Int32Array) return data;
  if (data instanceof Uint8Array || data instanceof BigInt64Array) return data;
  if (data instanceof BigUint64Array) return integers(data);
  if (data instanceof Uint32Array) return Float64Array.from(data);
  if (data instanceof Int8Array || data instanceof Int16Array || data instanceof Uint16Array) {
    return Int32Array.from(data);
  }
  if (data instanceof Uint8ClampedArray) return Uint8Array.from(data);
  return Float64Array.from(data as ArrayLike<number>);
}

function integers(data: Iterable<bigint>): BigInt64Array {
  return BigInt64Array.from(data, (x) => {
    if (x !== BigInt.asIntN(64, x)) {
      throw new RangeError("Cannot read a tensor: an integer has more than 64 bits");
    }
    return x;
  });
}

function readNested(value: readonly Nested[]): Tensor {
  const shape: number[] = [];
  for (let at: Nested = value; Array.isArray(at); at = at[0] as Nested) {
    shape.push(at.length);
    if (at.length === 0) break;
  }
  const out: (number | bigint | boolean)[] = [];
  const walk = (item: Nested, axis: number, path: string): void => {
    if (Array.isArray(item)) {
      if (axis >= shape.length || item.length !== shape[axis]) {
        throw new RangeError(
          `Cannot read a tensor: element ${
            path || "[]"
          } has ${item.length} entries, shape [${shape}] is wanted`,
        );
      }
      item.forEach((entry: Nested, i: number) => walk(entry, axis + 1, `${path}[${i}]`));
      return;
    }
    if (axis !== shape.length) {
      throw new RangeError(
        `Cannot read a tensor: element ${path} is a single value, shape [${shape}] is wanted`,
      );
    }
    if (typeof item !== "number" && typeof item !== "bigint" && typeof item !== "boolean") {
      throw new TypeError(`Cannot read a tensor: element ${path} is a ${typeof item}, a number is wanted`);
    }
    out.push(item as number);
  };
  walk(value, 0, "");
  const allBig = out.length > 0 && out.every((x) => typeof x === "bigint");
  return new Tensor(shape, allBig ? integers(out as bigint[]) : Float64Array.from(out, Number));
}
