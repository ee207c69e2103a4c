/**
 * Functions of single elements.
 *
 * @module
 */
import { erfOf } from "../../../ops/functions/activations.ts";
import { Tensor } from "../../../ops/plaintext.ts";
import { combine, max, min } from "./arithmetic.ts";
import { type ClearCall, type ClearRule, type ClearTable, refuse } from "./call.ts";
import { roundEven } from "./round.ts";
import { bigs, isReal, ofBigs, ofReals, reals, widened } from "./storage.ts";

/** A function of real numbers. */
const real = (f: (x: number) => number): ClearRule => (call) => {
  const x = call.operand(0);
  return [ofReals("float64", x.shape, reals(x).map((v) => f(v)))];
};

/** A function that keeps the type. */
const either = (f: (x: number) => number, integer: (x: bigint) => bigint): ClearRule => (call) => {
  const x = call.operand(0);
  return [
    isReal(x.dtype)
      ? ofReals(x.dtype, x.shape, reals(x).map((v) => f(v)))
      : ofBigs(x.dtype, x.shape, bigs(x).map((v) => integer(v))),
  ];
};

/** Bounds are attributes, since version 11 operands. Where they cross the upper one wins. */
function clip(call: ClearCall): readonly Tensor[] {
  const x = call.operand(0);
  const bound = (index: number, name: string): Tensor | undefined => {
    const operand = call.operands[index];
    if (operand === undefined) {
      const stated = call.node.attributes[name] !== undefined;
      return stated ? new Tensor([], Float64Array.of(call.number(name, 0))) : undefined;
    }
    if (operand.size !== 1) refuse(`operand ${index} has ${operand.size} elements, one is wanted`);
    return new Tensor([], operand.data);
  };
  const [low, high] = [bound(1, "min"), bound(2, "max")];
  const raised = low === undefined ? x : combine(max, x, widened(low, x.dtype));
  return [high === undefined ? raised : combine(min, raised, widened(high, x.dtype))];
}

function leakyRelu(call: ClearCall): readonly Tensor[] | undefined {
  const alpha = call.number("alpha", 0.01);
  return real((x) => x < 0 ? x * alpha : x)(call);
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** Functions of single elements. */
export const clearElements: ClearTable = {
  Abs: either(Math.abs, (x) => x < 0n ? -x : x),
  Acos: real(Math.acos),
  Acosh: real(Math.acosh),
  Asin: real(Math.asin),
  Asinh: real(Math.asinh),
  Atan: real(Math.atan),
  Atanh: real(Math.atanh),
  Ceil: either(Math.ceil, (x) => x),
  Clip: clip,
  Cos: real(Math.cos),
  Cosh: real(Math.cosh),
  Erf: real(erfOf),
  Exp: real(Math.exp),
  Floor: either(Math.floor, (x) => x),
  LeakyRelu: leakyRelu,
  Log: real(Math.log),
  Neg: either((x) => -x, (x) => -x),
  Reciprocal: real((x) => 1 / x),
  Relu: either((x) => Math.max(x, 0), (x) => x > 0n ? x : 0n),
  Round: either(roundEven, (x) => x),
  Sigmoid: real(sigmoid),
  Sign: either(Math.sign, (x) => x > 0n ? 1n : x < 0n ? -1n : 0n),
  Sin: real(Math.sin),
  Sinh: real(Math.sinh),
  Sqrt: real(Math.sqrt),
  Tan: real(Math.tan),
  Tanh: real(Math.tanh),
};
