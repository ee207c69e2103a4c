/**
 * Elements of tensors as files store them, and the storage that holds each kind exactly.
 *
 * @module
 */

/** Storage of a plaintext tensor. */
export type TensorData = Float64Array | Float32Array | Int32Array | Uint8Array | BigInt64Array;

/** Kinds of elements that files hold. */
export type ElementType =
  | "float16"
  | "bfloat16"
  | "float32"
  | "float64"
  | "int8"
  | "int16"
  | "int32"
  | "int64"
  | "uint8"
  | "uint16"
  | "uint32"
  | "uint64"
  | "bool";

/** Says why something cannot be read; it knows what is read. */
export type Refuse = (why: string) => never;

/** Bytes of one element. */
export const ELEMENT_BYTES: Readonly<Record<ElementType, number>> = {
  float16: 2,
  bfloat16: 2,
  float32: 4,
  float64: 8,
  int8: 1,
  int16: 2,
  int32: 4,
  int64: 8,
  uint8: 1,
  uint16: 2,
  uint32: 4,
  uint64: 8,
  bool: 1,
};

/** The number that 16 bits mean in IEEE 754 half precision. */
export function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}

/** The number that 16 bits mean as the upper half of a 32-bit float. */
export function fromBfloat(bits: number): number {
  return new Float32Array(Uint32Array.of(bits << 16).buffer)[0]!;
}

/** Elements from bytes of their own. Floats of 16 bits become 32 wide, small integers 32, unsigned 32-bit ones floats. */
function view(type: ElementType, buffer: ArrayBuffer, refuse: Refuse): TensorData {
  switch (type) {
    case "float16":
      return Float32Array.from(new Uint16Array(buffer), fromHalf);
    case "bfloat16":
      return Float32Array.from(new Uint16Array(buffer), fromBfloat);
    case "float32":
      return new Float32Array(buffer);
    case "float64":
      return new Float64Array(buffer);
    case "int8":
      return Int32Array.from(new Int8Array(buffer));
    case "int16":
      return Int32Array.from(new Int16Array(buffer));
    case "int32":
      return new Int32Array(buffer);
    case "int64":
      return new BigInt64Array(buffer);
    case "uint8":
      return new Uint8Array(buffer);
    case "uint16":
      return Int32Array.from(new Uint16Array(buffer));
    case "uint32":
      return Float64Array.from(new Uint32Array(buffer));
    case "uint64": {
      const data = new BigInt64Array(buffer);
      return data.some((x) => x < 0n) ? refuse("an unsigned integer has more than 63 bits") : data;
    }
    case "bool":
      return Uint8Array.from(new Uint8Array(buffer), (x) => x === 0 ? 0 : 1);
    default:
      return type satisfies never;
  }
}

/** Elements from bytes, whose number is a multiple of the element's; the bytes are copied. */
export function readElements(
  type: ElementType,
  bytes: Uint8Array,
  options: { readonly bigEndian: boolean; readonly refuse: Refuse },
): TensorData {
  const copy = new Uint8Array(bytes);
  const each = ELEMENT_BYTES[type];
  if (options.bigEndian && each > 1) {
    for (let at = 0; at < copy.length; at += each) copy.subarray(at, at + each).reverse();
  }
  return view(type, copy.buffer, options.refuse);
}
