/**
 * Tensors of ONNX models.
 *
 * @module
 */
import { ELEMENT_BYTES, type ElementType, fromBfloat, fromHalf, readElements } from "../../ops/elements.ts";
import { Tensor, type TensorData } from "../../ops/plaintext.ts";
import { checkShape, sizeOf } from "../../ring/shape.ts";
import type { Long, RawTensor } from "./types/onnx_proto.d.ts";

/** What would do something to a terminal, or be seen as something else, when it is shown. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Longest reason; names can be of any length. */
const LONGEST = 2000;

/** A text of which all can be shown. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, "\ufffd");
}

/** Says why a model cannot be read. */
export function refuse(why: string): never {
  throw new TypeError(`Cannot read ONNX model: ${printable(why.slice(0, LONGEST))}`);
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

/** Element types by number, as the specification names them. */
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
  "float8e4m3fn",
  "float8e4m3fnuz",
  "float8e5m2",
  "float8e5m2fnuz",
  "uint4",
  "int4",
  "float4e2m1",
  "float8e8m0",
];

/** The name of an element type; those of the specification's `float` and `double` are `float32` and `float64`. */
export function typeName(type: number | undefined | null): string {
  const name = NAMES[type ?? 0] ?? `number ${type}`;
  return name === "float" ? "float32" : name === "double" ? "float64" : name;
}

function isElementType(name: string): name is ElementType {
  return Object.hasOwn(ELEMENT_BYTES, name);
}

/** Ranges of the integers that stand in lists of 32 bits. */
const RANGES: Partial<Record<ElementType, readonly [number, number]>> = {
  float16: [0, 65535],
  bfloat16: [0, 65535],
  int8: [-128, 127],
  int16: [-32768, 32767],
  uint8: [0, 255],
  uint16: [0, 65535],
};

/** Typed storage: the values that stand in a list instead of raw bytes. */
function listed(raw: RawTensor, type: ElementType, size: number): TensorData {
  const who = `tensor "${raw.name ?? ""}"`;
  const of = <T>(values: readonly T[] | undefined): readonly T[] => {
    const list = values ?? [];
    return list.length === size ? list : refuse(`${who} holds ${list.length} values, ${size} are wanted`);
  };
  const words = (): readonly number[] => {
    const [least, most] = RANGES[type] ?? [-Infinity, Infinity];
    const list = of(raw.int32Data);
    if (list.some((x) => x < least || x > most)) {
      refuse(`${who} holds an integer that is not of type ${type}`);
    }
    return list;
  };
  switch (type) {
    case "float32":
      return Float32Array.from(of(raw.floatData));
    case "float64":
      return Float64Array.from(of(raw.doubleData));
    case "int64":
      return BigInt64Array.from(of(raw.int64Data), bigOf);
    case "uint64":
      return BigInt64Array.from(of(raw.uint64Data), (x) => {
        const signed = BigInt.asIntN(64, bigOf(x));
        return signed < 0n ? refuse("an unsigned integer has more than 63 bits") : signed;
      });
    case "uint32":
      return Float64Array.from(of(raw.uint64Data), (x) => {
        const n = numberOf(x);
        return n < 2 ** 32 ? n : refuse(`${who} holds an integer that is not of type uint32`);
      });
    case "float16":
      return Float32Array.from(words(), fromHalf);
    case "bfloat16":
      return Float32Array.from(words(), fromBfloat);
    case "uint8":
      return Uint8Array.from(words());
    case "bool":
      return Uint8Array.from(words(), (x) => x === 0 ? 0 : 1);
    case "int8":
    case "int16":
    case "uint16":
    case "int32":
      return Int32Array.from(words());
    default:
      return type satisfies never;
  }
}

/** Reads bytes that lie outside of the model. */
export type External = (location: string) => Uint8Array;

/** A position or length in a file; refused when it is none. */
function place(who: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const value = /^-?\d+$/.test(text) ? Number(text) : NaN;
  return Number.isSafeInteger(value) ? value : refuse(`${who} lies at place "${text}", an integer is wanted`);
}

function externalBytes(raw: RawTensor, external: External | undefined): Uint8Array {
  const who = `tensor "${raw.name ?? ""}"`;
  const entries = new Map((raw.externalData ?? []).map((e) => [e.key ?? "", e.value ?? ""]));
  const location = entries.get("location") ?? refuse(`${who} lies outside of the model, at no stated place`);
  // A model must not reach files of which its owner does not know.
  if (/^([/\\]|[a-z][a-z\d+.-]*:)/i.test(location) || location.split(/[/\\]/).includes("..")) {
    refuse(`${who} lies in file "${location}", a path within the model's folder is wanted`);
  }
  if (external === undefined) refuse(`${who} lies in file "${location}", which was not given`);
  let all: Uint8Array;
  try {
    all = external(location);
  } catch (cause) {
    throw new TypeError(`Cannot read ONNX model: ${who} lies in file "${location}", which cannot be read`, {
      cause,
    });
  }
  const offset = place(who, entries.get("offset"), 0);
  const length = place(who, entries.get("length"), all.length - offset);
  if (!(offset >= 0 && length >= 0 && offset + length <= all.length)) {
    refuse(`${who} lies beyond the end of file "${location}"`);
  }
  return all.subarray(offset, offset + length);
}

/** A tensor from its encoded form. */
export function readTensor(raw: RawTensor, external?: External): Tensor {
  const who = `tensor "${raw.name ?? ""}"`;
  const type = typeName(raw.dataType);
  if (!isElementType(type)) refuse(`${who} has elements of type ${type}, numbers are wanted`);
  const shape = (raw.dims ?? []).map(numberOf);
  if (shape.length > 64) refuse(`${who} has ${shape.length} axes, at most 64 are wanted`);
  if (shape.some((side) => side < 0)) refuse(`${who} has shape [${shape}]`);
  const size = sizeOf(shape);
  const wanted = size * ELEMENT_BYTES[type];
  const bytes = raw.dataLocation === 1 ? externalBytes(raw, external) : raw.rawData;
  if (bytes === undefined || bytes === null || (bytes.length === 0 && size > 0)) {
    return made(who, shape, listed(raw, type, size));
  }
  if (bytes.length !== wanted) {
    refuse(`${who} of shape [${shape}] holds ${bytes.length} bytes, ${wanted} are wanted`);
  }
  return made(who, shape, readElements(type, bytes, { bigEndian: false, refuse }));
}

function made(who: string, shape: readonly number[], data: TensorData): Tensor {
  try {
    checkShape(shape);
  } catch (cause) {
    throw new TypeError(`Cannot read ONNX model: ${who} has shape [${shape}], which is too large`, { cause });
  }
  return new Tensor(shape, data);
}
