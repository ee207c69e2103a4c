/**
 * Storage of results: which kind holds them, and how numbers get into it.
 *
 * Real numbers are computed in double precision and integers as integers of 64 bits, whatever their storage.
 *
 * @module
 */
import type { ElementType } from "../../../ops/elements.ts";
import { Tensor, type TensorData } from "../../../ops/plaintext.ts";
import type { Shape } from "../../../ring/shape.ts";
import { refuse } from "./call.ts";

/** Kind of storage. */
export type Kind = Tensor["dtype"];

/** Empty storage. */
export function storage(kind: Kind, size: number): TensorData {
  switch (kind) {
    case "float64":
      return new Float64Array(size);
    case "float32":
      return new Float32Array(size);
    case "int32":
      return new Int32Array(size);
    case "uint8":
      return new Uint8Array(size);
    case "int64":
      return new BigInt64Array(size);
    default:
      return kind satisfies never;
  }
}

/** Whether elements are real numbers. */
export function isReal(kind: Kind): boolean {
  return kind === "float64" || kind === "float32";
}

/** Kinds from the narrowest; each holds the values of those before it, but large integers of 64 bits. */
const WIDTHS: readonly Kind[] = ["uint8", "int32", "int64", "float32", "float64"];

/** The kind that holds the elements of all tensors: well-formed operands have one type, but maybe not one storage. */
export function common(...tensors: readonly Tensor[]): Kind {
  return WIDTHS[Math.max(...tensors.map((t) => WIDTHS.indexOf(t.dtype)))]!;
}

/** Elements in double precision. */
export function reals(x: Tensor): Float64Array {
  const { data } = x;
  if (data instanceof Float64Array) return data;
  return data instanceof BigInt64Array ? Float64Array.from(data, Number) : new Float64Array(data);
}

/** Elements of a tensor of integers. */
export function bigs(x: Tensor): BigInt64Array {
  return x.data instanceof BigInt64Array ? x.data : BigInt64Array.from<number | bigint>(x.data, BigInt);
}

/** Ranges of integers. Unsigned integers of 64 bits are stored as signed ones. */
const RANGES = {
  uint8: [0n, 255n],
  int8: [-128n, 127n],
  uint16: [0n, 65535n],
  int16: [-32768n, 32767n],
  uint32: [0n, 2n ** 32n - 1n],
  int32: [-(2n ** 31n), 2n ** 31n - 1n],
  uint64: [0n, 2n ** 63n - 1n],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
} as const satisfies Partial<Record<ElementType, readonly [bigint, bigint]>>;

/** Types of integers. */
export type IntegerType = keyof typeof RANGES;

/** Whether a type is one of integers. */
export function isInteger(type: ElementType): type is IntegerType {
  return Object.hasOwn(RANGES, type);
}

/** The kind of storage for a type of elements. */
export function kindOf(type: ElementType): Kind {
  switch (type) {
    case "float64":
    case "uint32":
      return "float64";
    case "float32":
    case "float16":
    case "bfloat16":
      return "float32";
    case "int64":
    case "uint64":
      return "int64";
    case "uint8":
    case "bool":
      return "uint8";
    default:
      return "int32";
  }
}

/** Real numbers to integers: towards zero; NaN is 0, and what is out of range the nearest that is in it. */
export function truncated(values: Float64Array, type: IntegerType): BigInt64Array {
  const [least, most] = RANGES[type];
  const [low, high] = [Number(least), Number(most)];
  const out = new BigInt64Array(values.length);
  values.forEach((x, i) => {
    if (x >= high) out[i] = most;
    else if (x <= low) out[i] = least;
    else if (!Number.isNaN(x)) out[i] = BigInt(Math.trunc(x));
  });
  return out;
}

/** The low bits of an integer. */
export function wrapped(x: bigint, type: IntegerType): bigint {
  const bits = Number(type.replace(/\D+/, ""));
  if (!type.startsWith("u")) return BigInt.asIntN(bits, x);
  const out = BigInt.asUintN(bits, x);
  return out <= RANGES[type][1] ? out : refuse("an unsigned integer has more than 63 bits");
}

/** Stores integers; too large ones lose their high bits. */
export function ofBigs(kind: Kind, shape: Shape, values: BigInt64Array): Tensor {
  if (kind === "int64") return new Tensor(shape, values);
  if (kind === "int32") {
    return new Tensor(
      shape,
      Int32Array.from(values, (v) => Number(BigInt.asIntN(32, v))),
    );
  }
  if (kind === "uint8") {
    return new Tensor(
      shape,
      Uint8Array.from(values, (v) => Number(BigInt.asUintN(8, v))),
    );
  }
  return new Tensor(shape, Float64Array.from(values, Number));
}

/** Stores real numbers: as doubles where the kind is real, else towards zero. */
export function ofReals(kind: Kind, shape: Shape, values: Float64Array): Tensor {
  if (kind === "float64" || kind === "float32") return new Tensor(shape, values);
  return ofBigs(kind, shape, truncated(values, kind));
}

/** A tensor in storage of another kind, which holds its elements. */
export function widened(x: Tensor, kind: Kind): Tensor {
  if (x.dtype === kind) return x;
  if (kind === "float64" || kind === "float32") {
    return new Tensor(x.shape, reals(x));
  }
  return ofBigs(kind, x.shape, bigs(x));
}

/** Truth values. */
export function truths(shape: Shape, size: number, holds: (at: number) => boolean): Tensor {
  const out = new Uint8Array(size);
  for (let i = 0; i < size; i++) out[i] = holds(i) ? 1 : 0;
  return new Tensor(shape, out);
}

/** Integers of 64 bits. */
export function longs(shape: Shape, values: Iterable<number>): Tensor {
  return new Tensor(shape, BigInt64Array.from(values, BigInt));
}
