/**
 * NumPy's .npy files.
 *
 * @module
 */
import { sizeOf } from "../ring/shape.ts";
import { Tensor, type TensorData } from "./plaintext.ts";

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

function refuse(why: string): never {
  throw new TypeError(`Cannot read .npy file: ${why}`);
}

/** One element's reader, by NumPy's type code. */
function reader(
  type: string,
): { bytes: number; read: (v: DataView, at: number) => number | bigint; big: boolean } {
  const match = /^([<>|=])([fiub])(\d)$/.exec(type);
  if (match === null) refuse(`element type "${type}" is not supported`);
  const little = match[1] !== ">";
  const bytes = Number(match[3]);
  const readers: Record<string, (v: DataView, at: number) => number | bigint> = {
    f2: (v, at) => half(v.getUint16(at, little)),
    f4: (v, at) => v.getFloat32(at, little),
    f8: (v, at) => v.getFloat64(at, little),
    i1: (v, at) => v.getInt8(at),
    i2: (v, at) => v.getInt16(at, little),
    i4: (v, at) => v.getInt32(at, little),
    i8: (v, at) => v.getBigInt64(at, little),
    u1: (v, at) => v.getUint8(at),
    b1: (v, at) => v.getUint8(at) === 0 ? 0 : 1,
    u2: (v, at) => v.getUint16(at, little),
    u4: (v, at) => v.getUint32(at, little),
    u8: (v, at) => v.getBigUint64(at, little),
  };
  const kind = `${match[2]}${match[3]}`;
  const read = readers[kind];
  if (read === undefined) refuse(`element type "${type}" is not supported`);
  return { bytes, read, big: kind === "i8" || kind === "u8" };
}

/** A half-precision number. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}

/** The storage that holds a type's values exactly. */
function store(type: string, values: (number | bigint)[]): TensorData {
  const kind = type.slice(1);
  if (kind === "f4" || kind === "f2") return Float32Array.from(values as number[]);
  if (kind === "u1" || kind === "b1") return Uint8Array.from(values as number[]);
  if (kind === "i8" || kind === "u8") {
    if ((values as bigint[]).some((x) => x >= 2n ** 63n)) refuse("an unsigned integer has more than 63 bits");
    return BigInt64Array.from(values as bigint[]);
  }
  if (kind === "f8" || kind === "u4") return Float64Array.from(values as number[]);
  return Int32Array.from(values as number[]);
}

/**
 * Reads a .npy file: floats, integers and booleans of either byte order, C or Fortran order.
 *
 * @throws {TypeError} when the file is cut short, not well formed, or holds other things than numbers.
 */
export function decodeNpy(bytes: Uint8Array): Tensor {
  if (bytes.length < 10 || MAGIC.some((b, i) => bytes[i] !== b)) refuse("it does not begin as one");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const wide = bytes[6]! >= 2;
  const start = wide ? 12 : 10;
  if (bytes.length < start) refuse("its header is cut short");
  const length = wide ? view.getUint32(8, true) : view.getUint16(8, true);
  if (bytes.length < start + length) refuse("its header is cut short");
  const header = new TextDecoder().decode(bytes.subarray(start, start + length));
  const type = /'descr'\s*:\s*'([^']+)'/.exec(header)?.[1] ?? refuse("its header has no element type");
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(header)?.[1] ?? refuse("its header has no order");
  const sides = /'shape'\s*:\s*\(([^)]*)\)/.exec(header)?.[1] ?? refuse("its header has no shape");
  const shape = sides.split(",").map((s) => s.trim()).filter((s) => s !== "").map(Number);
  if (shape.some((side) => !Number.isInteger(side) || side < 0)) refuse(`its shape is (${sides})`);
  const { bytes: each, read } = reader(type);
  const size = sizeOf(shape);
  const have = bytes.length - start - length;
  if (have < size * each) refuse(`it holds ${have} bytes of data, ${size * each} are wanted`);
  const values = new Array<number | bigint>(size);
  const steps = order === "True" ? fortranSteps(shape) : undefined;
  for (let i = 0; i < size; i++) {
    values[steps === undefined ? i : steps(i)] = read(view, start + length + i * each);
  }
  return new Tensor(shape, store(type, values));
}

/** Position in row-major order of element `i` of column-major order. */
function fortranSteps(shape: readonly number[]): (i: number) => number {
  return (i) => {
    let rest = i;
    let out = 0;
    let step = sizeOf(shape);
    const index = shape.map((side) => {
      const at = rest % side;
      rest = Math.floor(rest / side);
      return at;
    });
    index.forEach((at, axis) => {
      step /= shape[axis]!;
      out += at * step;
    });
    return out;
  };
}

const TYPES = { float64: "<f8", float32: "<f4", int32: "<i4", uint8: "|u1", int64: "<i8" } as const;

/** The bytes of a .npy file, version 1.0, C order, little endian. */
export function encodeNpy(tensor: Tensor): Uint8Array {
  const comma = tensor.shape.length === 1 ? "," : "";
  const head = `{'descr': '${TYPES[tensor.dtype]}', 'fortran_order': False, 'shape': (${
    tensor.shape.join(", ")
  }${comma}), }`;
  const padded = Math.ceil((10 + head.length + 1) / 64) * 64;
  const text = `${head.padEnd(padded - 11)}\n`;
  const data = new Uint8Array(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength);
  const out = new Uint8Array(padded + data.length);
  out.set(MAGIC);
  out[6] = 1;
  new DataView(out.buffer).setUint16(8, text.length, true);
  out.set(new TextEncoder().encode(text), 10);
  out.set(data, padded);
  return out;
}
