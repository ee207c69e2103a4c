/**
 * Tensors of ONNX models.
 *
 * @module
 */
import { Tensor, type TensorData } from "../../ops/plaintext.ts";
import { sizeOf } from "../../ring/shape.ts";
import type { Long, RawTensor } from "./types/onnx_proto.d.ts";

/** Says why a model cannot be read. */
export function refuse(why: string): never {
  throw new TypeError(`Cannot read ONNX model: ${why}`);
}

/** A 64-bit integer as a number. @throws {TypeError} beyond 2^53. */
export function numberOf(value: number | Long | undefined | null): number {
  if (value === undefined || value === null) return 0;
  const n = typeof value === "number" ? value : value.high * 2 ** 32 + (value.low >>> 0);
  if (!Number.isSafeInteger(n)) refuse("an integer has more than 53 bits");
  return n;
}

function bigOf(value: number | Long): bigint {
  return typeof value === "number" ? BigInt(value) : BigInt(value.high) * 2n ** 32n + BigInt(value.low >>> 0);
}

const NAMES = [
  "undefined",
  "float",
  "uint8",
  "int8",
  "uint16",
  "int16",
  "int32",
  "int64",
  "string",
  "bool",
  "float16",
  "double",
  "uint32",
  "uint64",
  "complex64",
  "complex128",
  "bfloat16",
];

function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}

function brain(bits: number): number {
  return new Float32Array(new Uint32Array([bits << 16]).buffer)[0]!;
}

/** How a type lies in raw bytes. */
interface Layout {
  readonly bytes: number;
  readonly make: (view: DataView, size: number) => TensorData;
}

const each = (size: number, read: (at: number) => number, bytes: number): number[] =>
  Array.from({ length: size }, (_, i) => read(i * bytes));

const LAYOUTS: Readonly<Record<string, Layout>> = {
  float: { bytes: 4, make: (v, n) => Float32Array.from(each(n, (at) => v.getFloat32(at, true), 4)) },
  double: { bytes: 8, make: (v, n) => Float64Array.from(each(n, (at) => v.getFloat64(at, true), 8)) },
  float16: {
    bytes: 2,
    make: (v, n) => Float32Array.from(each(n, (at) => half(v.getUint16(at, true)), 2)),
  },
  bfloat16: {
    bytes: 2,
    make: (v, n) => Float32Array.from(each(n, (at) => brain(v.getUint16(at, true)), 2)),
  },
  uint8: { bytes: 1, make: (v, n) => Uint8Array.from(each(n, (at) => v.getUint8(at), 1)) },
  bool: { bytes: 1, make: (v, n) => Uint8Array.from(each(n, (at) => v.getUint8(at) === 0 ? 0 : 1, 1)) },
  int8: { bytes: 1, make: (v, n) => Int32Array.from(each(n, (at) => v.getInt8(at), 1)) },
  uint16: { bytes: 2, make: (v, n) => Int32Array.from(each(n, (at) => v.getUint16(at, true), 2)) },
  int16: { bytes: 2, make: (v, n) => Int32Array.from(each(n, (at) => v.getInt16(at, true), 2)) },
  int32: { bytes: 4, make: (v, n) => Int32Array.from(each(n, (at) => v.getInt32(at, true), 4)) },
  uint32: { bytes: 4, make: (v, n) => Float64Array.from(each(n, (at) => v.getUint32(at, true), 4)) },
  int64: {
    bytes: 8,
    make: (v, n) => BigInt64Array.from({ length: n }, (_, i) => v.getBigInt64(8 * i, true)),
  },
  uint64: {
    bytes: 8,
    make: (v, n) => BigInt64Array.from({ length: n }, (_, i) => signed(v.getBigUint64(8 * i, true))),
  },
};

function signed(x: bigint): bigint {
  return x < 2n ** 63n ? x : refuse("an unsigned integer has more than 63 bits");
}

/** Typed storage: the values that stand in a list instead of raw bytes. */
function typed(raw: RawTensor, type: string, size: number): TensorData {
  const words = raw.int32Data ?? [];
  const cut = (n: number): void => {
    if (n !== size) refuse(`tensor "${raw.name ?? ""}" holds ${n} values, ${size} are wanted`);
  };
  switch (type) {
    case "float":
      cut(raw.floatData?.length ?? 0);
      return Float32Array.from(raw.floatData ?? []);
    case "double":
      cut(raw.doubleData?.length ?? 0);
      return Float64Array.from(raw.doubleData ?? []);
    case "int64":
      cut(raw.int64Data?.length ?? 0);
      return BigInt64Array.from((raw.int64Data ?? []).map(bigOf));
    case "uint64":
      cut(raw.uint64Data?.length ?? 0);
      return BigInt64Array.from((raw.uint64Data ?? []).map((x) => signed(bigOf(x))));
    case "uint32":
      cut(raw.uint64Data?.length ?? 0);
      return Float64Array.from((raw.uint64Data ?? []).map(numberOf));
    case "float16":
      cut(words.length);
      return Float32Array.from(words.map(half));
    case "bfloat16":
      cut(words.length);
      return Float32Array.from(words.map(brain));
    case "uint8":
    case "bool":
      cut(words.length);
      return Uint8Array.from(words);
    default:
      cut(words.length);
      return Int32Array.from(words);
  }
}

/** Reads bytes that lie outside of the model. */
export type External = (location: string) => Uint8Array;

function externalBytes(raw: RawTensor, external: External | undefined): Uint8Array {
  const entries = new Map((raw.externalData ?? []).map((e) => [e.key ?? "", e.value ?? ""]));
  const location = entries.get("location") ??
    refuse(`tensor "${raw.name ?? ""}" lies outside of the model, at no stated place`);
  if (external === undefined) {
    refuse(`tensor "${raw.name ?? ""}" lies in file "${location}", which was not given`);
  }
  const all = external(location);
  const offset = Number(entries.get("offset") ?? 0);
  const length = Number(entries.get("length") ?? all.length - offset);
  if (!(offset >= 0 && length >= 0 && offset + length <= all.length)) {
    refuse(`tensor "${raw.name ?? ""}" lies beyond the end of file "${location}"`);
  }
  return all.subarray(offset, offset + length);
}

/** A tensor from its encoded form. */
export function readTensor(raw: RawTensor, external?: External): Tensor {
  const type = NAMES[raw.dataType ?? 0] ?? `number ${raw.dataType}`;
  const layout = LAYOUTS[type] ??
    refuse(`tensor "${raw.name ?? ""}" has elements of type ${type}, numbers are wanted`);
  const shape = (raw.dims ?? []).map(numberOf);
  if (shape.some((side) => side < 0)) refuse(`tensor "${raw.name ?? ""}" has shape [${shape}]`);
  const size = sizeOf(shape);
  const bytes = raw.dataLocation === 1 ? externalBytes(raw, external) : raw.rawData;
  if (bytes === undefined || (bytes.length === 0 && size > 0)) {
    return new Tensor(shape, typed(raw, type, size));
  }
  if (bytes.length !== size * layout.bytes) {
    refuse(
      `tensor "${raw.name ?? ""}" of shape [${shape}] holds ${bytes.length} bytes, ${
        size * layout.bytes
      } are wanted`,
    );
  }
  return new Tensor(shape, layout.make(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), size));
}
