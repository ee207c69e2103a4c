/**
 * Reads what other programs call a tensor.
 *
 * @module
 */
import { type Shape, sizeOf } from "../ring/shape.ts";
import { fromBfloat, fromHalf, type TensorData } from "./elements.ts";

/** Any typed array. */
export type TypedArray =
  | TensorData
  | Float16Array
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
  readonly shape?: ArrayLike<number>;
  /** The same, as some libraries call it. */
  readonly dims?: ArrayLike<number>;
  /** The elements, or a function that returns them. */
  readonly data: ArrayLike<number> | ArrayLike<bigint> | (() => ArrayLike<number> | ArrayLike<bigint>);
}

/** A shape and its elements. */
export interface Parts {
  /** Sizes of the axes. */
  readonly shape: Shape;
  /** The elements in row-major order. */
  readonly data: TensorData;
}

/** More axes than any tensor has; arrays that contain themselves have more. */
const MAX_AXES = 64;

/**
 * A shape and elements from numbers, nested arrays, typed arrays and tensors of other libraries.
 *
 * @throws {RangeError} when nested arrays are ragged, or elements do not fit.
 * @throws {TypeError} on anything that is not numeric, or not in row-major order.
 */
export function readTensorLike(value: unknown): Parts {
  if (typeof value === "boolean") return { shape: [], data: Uint8Array.of(Number(value)) };
  if (isScalar(value)) return { shape: [], data: pack([value]) };
  if (isTypedArray(value)) return { shape: [value.length], data: storage(value) };
  if (Array.isArray(value)) return readNested(value);
  if (typeof value === "object" && value !== null && "data" in value) return readDuck(value);
  throw new TypeError(
    `Cannot read a tensor: ${kindOf(value)} was given, numbers, arrays or tensors are wanted`,
  );
}

function isScalar(value: unknown): value is number | bigint | boolean {
  return typeof value === "number" || typeof value === "bigint" || typeof value === "boolean";
}

function isTypedArray(value: unknown): value is TypedArray {
  return ArrayBuffer.isView(value) && Object.prototype.toString.call(value) !== "[object DataView]";
}

/** A word for what was given. */
function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  const name = typeof value === "object" ? value.constructor?.name ?? "Object" : typeof value;
  if (name === "Object") return "an object";
  return `${/^[aeiou]/i.test(name) ? "an" : "a"} ${name}`;
}

/** Stores any typed array as one of the five kinds, exactly. */
function storage(data: TypedArray): TensorData {
  switch (data[Symbol.toStringTag]) {
    case "Float64Array":
    case "Float32Array":
    case "Int32Array":
    case "Uint8Array":
    case "BigInt64Array":
      return data as TensorData;
    case "Float16Array":
      return Float32Array.from(data as Float16Array);
    case "BigUint64Array":
      return integers(data as BigUint64Array);
    case "Uint32Array":
      return Float64Array.from(data as Uint32Array);
    case "Uint8ClampedArray":
      return Uint8Array.from(data as Uint8ClampedArray);
    default:
      return Int32Array.from(data as Int8Array | Int16Array | Uint16Array);
  }
}

function integers(data: Iterable<bigint>): BigInt64Array {
  return BigInt64Array.from(data, (x) => {
    if (x !== BigInt.asIntN(64, x)) {
      throw new RangeError(
        "Cannot read a tensor: an integer has more than 64 bits, signed ones of 64 are wanted",
      );
    }
    return x;
  });
}

/** Big integers alone are kept as such; anything else becomes numbers. */
function pack(values: readonly (number | bigint | boolean)[]): TensorData {
  const big = values.length > 0 && values.every((x) => typeof x === "bigint");
  if (big) return integers(values);
  return Float64Array.from(values, (x) => {
    if (typeof x === "bigint" && BigInt(Number(x)) !== x) {
      throw new RangeError(
        "Cannot read a tensor: an integer among numbers has more than 53 bits, big integers alone are wanted",
      );
    }
    return Number(x);
  });
}

/** Where an element of nested arrays stands. */
function place(index: readonly number[]): string {
  return index.length === 0 ? "[]" : index.map((i) => `[${i}]`).join("");
}

function readNested(value: readonly unknown[]): Parts {
  const shape: number[] = [];
  for (let at: unknown = value; Array.isArray(at); at = at[0]) {
    if (shape.length === MAX_AXES) {
      throw new RangeError(
        `Cannot read a tensor: arrays are nested more than ${MAX_AXES} deep, ${MAX_AXES} axes at most are wanted`,
      );
    }
    shape.push(at.length);
    if (at.length === 0) break;
  }
  const out: (number | bigint | boolean)[] = [];
  const index: number[] = [];
  const walk = (item: unknown, axis: number): void => {
    if (Array.isArray(item)) {
      if (item.length !== shape[axis]) {
        throw new RangeError(
          `Cannot read a tensor: element ${
            place(index)
          } has ${item.length} entries, shape [${shape}] is wanted`,
        );
      }
      for (let i = 0; i < item.length; i++) {
        index.push(i);
        walk(item[i], axis + 1);
        index.pop();
      }
      return;
    }
    if (!isScalar(item)) {
      throw new TypeError(
        `Cannot read a tensor: element ${place(index)} is ${kindOf(item)}, a number is wanted`,
      );
    }
    if (axis !== shape.length) {
      throw new RangeError(
        `Cannot read a tensor: element ${place(index)} is a single value, shape [${shape}] is wanted`,
      );
    }
    out.push(item);
  };
  walk(value, 0);
  return { shape, data: pack(out) };
}

/** Fields by which libraries describe their tensors. */
interface Described {
  readonly shape?: unknown;
  readonly dims?: unknown;
  readonly data: unknown;
  readonly stride?: unknown;
  readonly strides?: unknown;
  readonly offset?: unknown;
  readonly dtype?: unknown;
  readonly type?: unknown;
}

function readDuck(value: Described): Parts {
  const given = value.shape ?? value.dims;
  if (!Array.isArray(given) && !isTypedArray(given)) {
    const what = given === undefined ? "it has data but no shape" : `its shape is ${kindOf(given)}`;
    throw new TypeError(`Cannot read a tensor: ${what}, an array of sides is wanted`);
  }
  const shape = Array.from<unknown, number>(given as ArrayLike<unknown>, Number);
  checkRowMajor(value, shape);
  const data: unknown = typeof value.data === "function" ? value.data() : value.data;
  if (isTypedArray(data)) return { shape, data: declared(data, value.dtype ?? value.type) };
  if (!Array.isArray(data)) {
    const hint = data instanceof Promise ? ", await it first" : "";
    throw new TypeError(
      `Cannot read a tensor: its data is ${kindOf(data)}, an array of numbers is wanted${hint}`,
    );
  }
  for (let i = 0; i < data.length; i++) {
    if (isScalar(data[i])) continue;
    throw new TypeError(`Cannot read a tensor: element ${i} is ${kindOf(data[i])}, a number is wanted`);
  }
  return { shape, data: pack(data) };
}

/** Libraries without 16-bit floats keep their bits as integers, and say so. */
function declared(data: TypedArray, type: unknown): TensorData {
  if (data[Symbol.toStringTag] === "Uint16Array") {
    if (type === "float16") return Float32Array.from(data as Uint16Array, fromHalf);
    if (type === "bfloat16") return Float32Array.from(data as Uint16Array, fromBfloat);
  }
  return storage(data);
}

/** Refuses views whose elements do not lie one after the other. */
function checkRowMajor(value: Described, shape: Shape): void {
  const strides = value.strides ?? value.stride;
  if ((Array.isArray(strides) || isTypedArray(strides)) && sizeOf(shape) > 0) {
    const own = Array.from<unknown, number>(strides as ArrayLike<unknown>, Number);
    const wanted = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
    const axis = wanted.findIndex((step, i) => shape[i] !== 1 && step !== own[i]);
    if (axis >= 0) {
      throw new TypeError(
        `Cannot read a tensor: its strides are [${own}], for shape [${shape}] row-major order with strides [${wanted}] is wanted`,
      );
    }
  }
  if (typeof value.offset === "number" && value.offset !== 0) {
    throw new TypeError(
      `Cannot read a tensor: its elements begin at offset ${value.offset}, a copy that begins at 0 is wanted`,
    );
  }
}
