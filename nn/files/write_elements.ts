/**
 * Bytes of elements as files store them, little endian.
 *
 * @module
 */
import type { ElementType, Refuse } from "../../ops/elements.ts";
import type { TensorData } from "../../ops/plaintext.ts";

/** Least and largest integer of each type, as big integers because not all of them are numbers. */
const RANGES: Readonly<Partial<Record<ElementType, readonly [bigint, bigint]>>> = {
  int8: [-128n, 127n],
  int16: [-(2n ** 15n), 2n ** 15n - 1n],
  int32: [-(2n ** 31n), 2n ** 31n - 1n],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint8: [0n, 255n],
  uint16: [0n, 2n ** 16n - 1n],
  uint32: [0n, 2n ** 32n - 1n],
  uint64: [0n, 2n ** 63n - 1n],
  bool: [0n, 1n],
};

/** The upper halves of 32-bit floats, rounded to the nearest, ties to even. */
function bfloats(data: ArrayLike<number>): Uint16Array<ArrayBuffer> {
  const floats = Float32Array.from(data);
  return Uint16Array.from(new Uint32Array(floats.buffer), (bits, i) => {
    // What is added to the fraction of a NaN could make it an infinity.
    if (Number.isNaN(floats[i])) return 0x7fc0;
    return (bits + 0x7fff + (bits >>> 16 & 1)) >>> 16;
  });
}

function integers(type: ElementType, data: TensorData, refuse: Refuse): BigInt64Array<ArrayBuffer> {
  const [low, high] = RANGES[type]!;
  return BigInt64Array.from<number | bigint>(data as ArrayLike<number | bigint>, (x) => {
    if (typeof x === "number" && !Number.isInteger(x)) refuse("it has numbers that are not whole");
    const whole = BigInt(x);
    return whole < low || whole > high ? refuse("it has numbers that are out of range") : whole;
  });
}

function storage(type: ElementType, data: TensorData, refuse: Refuse): ArrayBufferView<ArrayBuffer> {
  const reals = (): Float64Array<ArrayBuffer> => Float64Array.from<number | bigint>(data, Number);
  const whole = (): number[] => Array.from(integers(type, data, refuse), Number);
  switch (type) {
    case "float64":
      return reals();
    case "float32":
      return Float32Array.from(reals());
    case "float16":
      return Float16Array.from(reals());
    case "bfloat16":
      return bfloats(reals());
    case "int8":
      return Int8Array.from(whole());
    case "int16":
      return Int16Array.from(whole());
    case "int32":
      return Int32Array.from(whole());
    case "uint8":
    case "bool":
      return Uint8Array.from(whole());
    case "uint16":
      return Uint16Array.from(whole());
    case "uint32":
      return Uint32Array.from(whole());
    case "int64":
    case "uint64":
      return integers(type, data, refuse);
    default:
      return type satisfies never;
  }
}

/** Elements as bytes of a type. Reals are rounded to the nearest; integers have to fit. */
export function writeElements(type: ElementType, data: TensorData, refuse: Refuse): Uint8Array<ArrayBuffer> {
  const { buffer, byteOffset, byteLength } = storage(type, data, refuse);
  return new Uint8Array(buffer, byteOffset, byteLength);
}
