/**
 * Change of element type.
 *
 * @module
 */
import { ELEMENT_BYTES, type ElementType } from "../../../ops/elements.ts";
import { Tensor } from "../../../ops/plaintext.ts";
import { typeName } from "../tensors.ts";
import type { ClearCall, ClearTable } from "./call.ts";
import { roundEven } from "./round.ts";
import {
  bigs,
  type IntegerType,
  isInteger,
  isReal,
  kindOf,
  ofBigs,
  reals,
  truncated,
  truths,
  wrapped,
} from "./storage.ts";

/** A type by its number, or in the oldest files by its name; undefined when its elements are not evaluated. */
export function typeOf(to: number | string): ElementType | undefined {
  const named = typeof to === "number" ? typeName(to) : to.toLowerCase();
  const name = named === "float" ? "float32" : named === "double" ? "float64" : named;
  return Object.hasOwn(ELEMENT_BYTES, name) ? name as ElementType : undefined;
}

/** The nearest float with so many bits of fraction and exponents from `least`; beyond `most` infinity. */
function rounded(x: number, bits: number, least: number, most: number): number {
  if (x === 0 || !Number.isFinite(x)) return x;
  const unit = 2 ** (Math.max(Math.floor(Math.log2(Math.abs(x))), least) - bits);
  const near = roundEven(x / unit) * unit;
  return Math.abs(near) > most ? Math.sign(x) * Infinity : near;
}

const half = (x: number): number => rounded(x, 10, -14, 65504);
const bfloat = (x: number): number => rounded(x, 7, -126, (2 - 2 ** -7) * 2 ** 127);

function integers(x: Tensor, type: IntegerType): Tensor {
  const values = isReal(x.dtype) ? truncated(reals(x), type) : bigs(x).map((v) => wrapped(v, type));
  return ofBigs(kindOf(type), x.shape, values);
}

/**
 * Elements of another type. Real numbers become integers towards zero, and the nearest integer of the type where they are out
 * of its range; integers that are out of range lose their high bits. Everything but 0 is true.
 */
export function cast(x: Tensor, type: ElementType): Tensor {
  if (isInteger(type)) return integers(x, type);
  const from = x.data;
  switch (type) {
    case "bool":
      return truths(x.shape, x.size, (i) => Number(from[i]) !== 0);
    case "float64":
      return new Tensor(x.shape, reals(x));
    case "float32":
      return new Tensor(x.shape, from instanceof Float32Array ? from : Float32Array.from(reals(x)));
    case "float16":
      return new Tensor(x.shape, Float32Array.from(reals(x), half));
    case "bfloat16":
      return new Tensor(x.shape, Float32Array.from(reals(x), bfloat));
    default:
      return type satisfies never;
  }
}

function castTo(call: ClearCall): readonly Tensor[] | undefined {
  const to = call.node.attributes["to"];
  const type = typeOf(typeof to === "string" ? to : call.whole("to", 0));
  return type && [cast(call.operand(0), type)];
}

/** The type that storage stands for. Bytes are truth values or integers: only what is the same in both is evaluated. */
function castLike(call: ClearCall): readonly Tensor[] | undefined {
  const [x, like] = [call.operand(0), call.operand(1)];
  if (like.dtype !== "uint8") return [cast(x, like.dtype)];
  const byte = cast(x, "uint8");
  return byte.equals(cast(x, "bool")) ? [byte] : undefined;
}

/** Change of element type. */
export const clearCasts: ClearTable = { Cast: castTo, CastLike: castLike };
