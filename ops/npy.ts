/**
 * NumPy's files: .npy for one tensor, .npz for several by name.
 *
 * *Reference*: NumPy, NEP 1, "A simple file format for NumPy arrays".
 *
 * @module
 */
import { sizeOf } from "../ring/shape.ts";
import { ELEMENT_BYTES, type ElementType, readElements, type Refuse, type TensorData } from "./elements.ts";
import { Tensor, type TensorLike } from "./plaintext.ts";
import { readZip, writeZip } from "./zip.ts";

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/** Longer headers describe records, not numbers. */
const MAX_HEADER = 0xffff;

/** Element types by NumPy's code. */
const CODES: Readonly<Record<string, ElementType>> = {
  f2: "float16",
  f4: "float32",
  f8: "float64",
  i1: "int8",
  i2: "int16",
  i4: "int32",
  i8: "int64",
  u1: "uint8",
  u2: "uint16",
  u4: "uint32",
  u8: "uint64",
  b1: "bool",
};

function refuse(why: string): never {
  throw new TypeError(`Cannot read .npy file: ${why}`);
}

/** What a header says. */
interface Header {
  readonly type: ElementType;
  readonly bigEndian: boolean;
  readonly fortran: boolean;
  readonly shape: readonly number[];
}

/** Reads the Python dictionary of a header; other forms of it than NumPy writes are refused. */
function readHeader(text: string, refuse: Refuse): Header {
  const descr = /'descr'\s*:\s*'([^']+)'/.exec(text)?.[1] ?? refuse("its header has no element type");
  const order = /'fortran_order'\s*:\s*(True|False)\b/.exec(text)?.[1] ?? refuse("its header has no order");
  const sides = /'shape'\s*:\s*\(([^)]*)\)/.exec(text)?.[1] ?? refuse("its header has no shape");
  const match = /^([<>|=])([fiub]\d)$/.exec(descr);
  const type = match === null || !Object.hasOwn(CODES, match[2]!) ? undefined : CODES[match[2]!];
  if (type === undefined) refuse(`element type "${descr}" is not supported`);
  // A tuple: one side has a comma behind it. Python 2 wrote an L behind long integers.
  if (!/^\s*(\d+L?\s*,\s*(\d+L?\s*(,\s*\d+L?\s*)*,?\s*)?)?$/.test(sides)) refuse(`its shape is (${sides})`);
  const shape = (sides.match(/\d+/g) ?? []).map(Number);
  if (!shape.every(Number.isSafeInteger)) refuse(`its shape is (${sides})`);
  return { type, bigEndian: match![1] === ">", fortran: order === "True", shape };
}

function decode(bytes: Uint8Array, refuse: Refuse): Tensor {
  if (bytes.length < 10 || MAGIC.some((b, i) => bytes[i] !== b)) refuse("it does not begin as one");
  const version = bytes[6]!;
  if (version < 1 || version > 3) refuse(`its version is ${version}, 1 to 3 is wanted`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = version === 1 ? 10 : 12;
  if (bytes.length < start) refuse("its header is cut short");
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const body = start + length;
  if (length > MAX_HEADER) refuse(`its header has ${length} bytes, ${MAX_HEADER} at most are wanted`);
  if (bytes.length < body) refuse("its header is cut short");
  const header = readHeader(new TextDecoder().decode(bytes.subarray(start, body)), refuse);
  const { type, bigEndian, fortran, shape } = header;
  const have = bytes.length - body;
  const wanted = sizeOf(shape) * ELEMENT_BYTES[type];
  if (have !== wanted) refuse(`it holds ${have} bytes of data, ${wanted} are wanted`);
  const data = readElements(type, bytes.subarray(body), { bigEndian, refuse });
  return new Tensor(shape, fortran ? rowMajor(data, shape) : data);
}

/** Elements of column-major order in row-major order. */
function rowMajor(data: TensorData, shape: readonly number[]): TensorData {
  const out = data.slice();
  const steps = shape.map((_, axis) => sizeOf(shape.slice(0, axis)));
  const index = shape.map(() => 0);
  let from = 0;
  for (let i = 0; i < data.length; i++) {
    out[i] = data[from]!;
    // The next position: the last axis that has one moves, those behind it begin again.
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += steps[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      from -= shape[axis]! * steps[axis]!;
      index[axis] = 0;
    }
  }
  return out;
}

/**
 * Reads a .npy file: floats, integers and booleans of either byte order, C or Fortran order, versions 1 to 3.
 *
 * @throws {TypeError} when the file is cut short, not well formed, or holds other things than numbers.
 * @throws {RangeError} when it has 2^29 elements or more.
 */
export function decodeNpy(bytes: Uint8Array): Tensor {
  return decode(bytes, refuse);
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

/**
 * Reads a .npz file, compressed or not: tensors by name.
 *
 * @throws {TypeError} when the archive or one of its members is cut short, damaged, or holds other things than tensors.
 * @throws {RangeError} when a tensor has 2^29 elements or more.
 */
export async function decodeNpz(bytes: Uint8Array): Promise<Record<string, Tensor>> {
  const refuseArchive: Refuse = (why) => {
    throw new TypeError(`Cannot read .npz file: ${why}`);
  };
  const tensors: [string, Tensor][] = [];
  for (const [name, data] of await readZip(bytes, refuseArchive)) {
    if (!name.endsWith(".npy")) refuseArchive(`member "${name}" is no .npy file`);
    const key = name.slice(0, -".npy".length);
    tensors.push([key, decode(data, (why) => refuseArchive(`tensor "${key}": ${why}`))]);
  }
  return Object.fromEntries(tensors);
}

/**
 * The bytes of a .npz file, not compressed, that holds these tensors by name.
 *
 * @throws {RangeError} when there are 65535 tensors or 4 GB.
 */
export function encodeNpz(tensors: Readonly<Record<string, TensorLike>>): Uint8Array {
  const members = Object.entries(tensors).map(([name, value]) =>
    [`${name}.npy`, encodeNpy(Tensor.from(value))] as const
  );
  return writeZip(new Map(members));
}
