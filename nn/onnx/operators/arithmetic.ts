/**
 * ONNX operators of arithmetic.
 *
 * @module
 */
import { isTensor } from "../../../ops/op.ts";
import type { CrypTensor, Operand } from "../../../ops/tensor.ts";
import { flag, unsupported } from "../attributes.ts";
import { asKindOf, isReal, paired, pairOf } from "../kinds.ts";
import {
  asFunction,
  type Binding,
  type Env,
  type OnnxOperator,
  type OperatorTable,
  type Value,
} from "../operator.ts";

/** A function of one operand, whose result has the operand's kind. */
function unary(f: (x: CrypTensor) => CrypTensor): OnnxOperator[] {
  return [{ since: 1, lower: () => asFunction((x) => asKindOf(f(x), x)) }];
}

/** An operator of two operands, of which one at least is secret. */
function binary(f: (b: Binding, x: Value, y: Value, env: Env) => CrypTensor): OnnxOperator[] {
  return [{
    since: 1,
    lower: (b) => ({
      run(operands, env) {
        const [x, y] = pairOf(b, operands);
        return asKindOf(f(b, x, y, env), isTensor(x) ? x : y);
      },
    }),
  }];
}

/** One that is the same with its operands exchanged. */
const symmetric = (f: (x: CrypTensor, y: Operand) => CrypTensor): OnnxOperator[] =>
  binary((_b, x, y) => isTensor(x) ? f(x, y) : f(y as CrypTensor, x));

/** Of integers without the fraction, towards zero. */
function divide(_b: Binding, x: Value, y: Value, env: Env): CrypTensor {
  if (!isReal(x) && !isReal(y)) return env.secret(x).truncDivide(y);
  return isTensor(x) ? x.div(y) : (y as CrypTensor).reciprocal().mul(x);
}

/** The rest with the sign of the divisor, or of the dividend. */
function modulo(b: Binding, x: Value, y: Value, env: Env): CrypTensor {
  const dividend = env.secret(x);
  return flag(b, "fmod") ? dividend.fmod(y) : dividend.remainder(y);
}

/** An operator of any number of operands. */
function variadic(f: (list: readonly Value[], env: Env) => CrypTensor): OnnxOperator[] {
  return [{
    since: 1,
    lower: (b) => ({
      run(operands, env) {
        if (operands.length === 0) unsupported(b, "it has no operands");
        return f(operands.map((x) => x!), env);
      },
    }),
  }];
}

/** All operands combined, the kind of public ones kept. */
const combined = (f: (x: CrypTensor, y: CrypTensor) => CrypTensor) =>
  variadic((list, env) => paired(list.map((x) => env.secret(x)), f));

const sumOf = (list: readonly Value[], env: Env): CrypTensor =>
  paired(list.map((x) => env.secret(x)), (x, y) => x.add(y));

/** -1, 0 or 1: how many of two signs there are. */
const signOf = (x: CrypTensor): CrypTensor => {
  const signs = x.stack([x.neg()]).lt(0);
  return signs.select(0, 1).sub(signs.select(0, 0));
};

/** Operators of arithmetic. */
export const arithmeticOperators: OperatorTable = {
  Abs: unary((x) => x.abs()),
  Add: symmetric((x, y) => x.add(y)),
  Ceil: unary((x) => x.ceil()),
  Div: binary(divide),
  Floor: unary((x) => x.floor()),
  Max: combined((x, y) => x.maximum(y)),
  Mean: variadic((list, env) => sumOf(list, env).div(list.length)),
  Min: combined((x, y) => x.minimum(y)),
  Mod: binary(modulo),
  Mul: symmetric((x, y) => x.mul(y)),
  Neg: unary((x) => x.neg()),
  Reciprocal: unary((x) => x.reciprocal()),
  Round: unary((x) => x.round()),
  Sign: unary(signOf),
  Sqrt: unary((x) => x.sqrt()),
  Sub: binary((_b, x, y) => isTensor(x) ? x.sub(y) : (y as CrypTensor).neg().add(x)),
  Sum: variadic(sumOf),
};
