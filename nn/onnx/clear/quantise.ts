/**
 * Numbers as small integers and back.
 *
 * @module
 */
import { Tensor } from "../../../ops/plaintext.ts";
import { typeOf } from "./cast.ts";
import { axisOf, type ClearCall, type ClearTable, refuse } from "./call.ts";
import { positions, ramp, take } from "./gather.ts";
import { roundEven } from "./round.ts";
import { kindOf, ofReals, reals } from "./storage.ts";

/** A number for each element of a tensor: one for all, one for each entry of an axis, or one for each block along it. */
function spread(call: ClearCall, x: Tensor, t: Tensor): Float64Array {
  if (t.size === 1 && t.ndim <= 1) return new Float64Array(x.size).fill(Number(t.data[0]));
  const axis = axisOf(call.whole("axis", 1), x.ndim);
  const block = call.whole("block_size", 0);
  const side = x.shape[axis]!;
  if (block > 0) {
    const wanted = x.shape.with(axis, Math.ceil(side / block));
    if (t.ndim !== x.ndim || t.shape.some((n, i) => n !== wanted[i])) {
      refuse(`numbers of shape [${t.shape}] for blocks, [${wanted}] is wanted`);
    }
    const steps = wanted.map((_, i) => wanted.slice(i + 1).reduce((a, b) => a * b, 1));
    const tables = x.shape.map((n, i) =>
      i === axis ? ramp(n).map((p) => Math.floor(p / block) * steps[i]!) : ramp(n, steps[i]!)
    );
    return reals(take(t, x.shape, positions(tables)));
  }
  if (t.ndim !== 1 || t.size !== side) {
    refuse(`numbers of shape [${t.shape}] for axis ${axis} of [${x.shape}]`);
  }
  return reals(take(t, x.shape, positions(x.shape.map((n, i) => i === axis ? ramp(n) : new Int32Array(n)))));
}

function zeros(call: ClearCall, x: Tensor): Float64Array {
  const zero = call.operands[2];
  return zero === undefined ? new Float64Array(x.size) : spread(call, x, zero);
}

function dequantise(call: ClearCall): readonly Tensor[] {
  const x = call.operand(0);
  const [scale, zero] = [spread(call, x, call.operand(1)), zeros(call, x)];
  return [ofReals("float64", x.shape, reals(x).map((v, i) => (v - zero[i]!) * scale[i]!))];
}

/** The least and the largest integer of a type. */
export type Limits = readonly [least: number, most: number];

const LIMITS: Readonly<Record<"uint8" | "int8" | "uint16" | "int16", Limits>> = {
  uint8: [0, 255],
  int8: [-128, 127],
  uint16: [0, 65535],
  int16: [-32768, 32767],
};

/**
 * The type of the result: that which is stated by its number, or that of the zero. Storage does not tell small signed types from
 * those of 16 bits, which exist since version 21 of the operator set.
 */
function targetOf(stated: number, zero: Tensor | undefined, opset: number): keyof typeof LIMITS | undefined {
  if (stated !== 0) {
    const type = typeOf(stated);
    return type === "uint8" || type === "int8" || type === "uint16" || type === "int16" ? type : undefined;
  }
  if (zero === undefined || zero.dtype === "uint8") return "uint8";
  return zero.dtype === "int32" && opset < 21 ? "int8" : undefined;
}

/** The range of the results, as {@link targetOf} has their type; undefined when it is not known. */
export function limitsOf(stated: number, zero: Tensor | undefined, opset: number): Limits | undefined {
  const type = targetOf(stated, zero, opset);
  return type && LIMITS[type];
}

/** Quotients are rounded to 32 bits first, as the operator's own type does. */
const quotient = (x: number, scale: number): number => roundEven(Math.fround(x / scale));
const saturated = (x: number, [least, most]: Limits): number => Math.min(Math.max(x, least), most);

function quantise(call: ClearCall): readonly Tensor[] | undefined {
  const x = call.operand(0);
  const type = targetOf(call.whole("output_dtype", 0), call.operands[2], call.opset);
  if (type === undefined) return undefined;
  const [scale, zero] = [spread(call, x, call.operand(1)), zeros(call, x)];
  const limits = LIMITS[type];
  const out = reals(x).map((v, i) => saturated(quotient(v, scale[i]!) + zero[i]!, limits));
  return [ofReals(kindOf(type), x.shape, out)];
}

/** Scale and zero from the range of the elements, which is made to hold 0. */
function dynamicQuantise(call: ClearCall): readonly Tensor[] {
  const x = call.operand(0);
  const values = reals(x);
  const low = values.reduce((a, b) => Math.min(a, b), 0);
  const high = values.reduce((a, b) => Math.max(a, b), 0);
  const scale = Math.fround((high - low) / 255);
  const bytes: Limits = [0, 255];
  // Without any range every element is 0, and so is its quotient.
  const level = (v: number): number => scale === 0 ? 0 : quotient(v, scale);
  const zero = saturated(level(-low), bytes);
  return [
    ofReals("uint8", x.shape, values.map((v) => saturated(level(v) + zero, bytes))),
    new Tensor([], Float64Array.of(scale)),
    new Tensor([], Uint8Array.of(zero)),
  ];
}

/** Numbers as small integers and back. */
export const clearQuantise: ClearTable = {
  DequantizeLinear: dequantise,
  DynamicQuantizeLinear: dynamicQuantise,
  QuantizeLinear: quantise,
};
