/**
 * ONNX operators of arithmetic. Integers are exact and have no width: what would wrap around in a narrow type does not.
 *
 * @module
 */
import { isTensor } from "../../../ops/op.ts";
import { largest } from "../../../ops/operand.ts";
import type { CrypTensor } from "../../../ops/tensor.ts";
import { flag } from "../attributes.ts";
import { asKindOf, isReal } from "../kinds.ts";
import type { Binding, Env, OperatorTable, Value } from "../operator.ts";
import { binary, eitherWay, unary, variadic } from "./forms.ts";

/** Up to here a numerator does not enlarge the error of a reciprocal by more than a division has. */
const SMALL = 4;

/** Of integers without the fraction, towards zero. */
function divide(x: Value, y: Value, env: Env): CrypTensor {
  if (!isReal(x) && !isReal(y)) return env.secret(x).truncDivide(y);
  // By a public numerator the product is local.
  if (!isTensor(x) && largest(x) <= SMALL) return env.secret(y).reciprocal().mul(x);
  return env.secret(x).div(y);
}

/** The rest with the sign of the divisor, or of the dividend. */
function modulo(x: Value, y: Value, env: Env, b: Binding): CrypTensor {
  const dividend = env.secret(x);
  return asKindOf(flag(b, "fmod") ? dividend.fmod(y) : dividend.remainder(y), x);
}

/** -1, 0 or 1: whether x is positive less whether it is negative. */
function signOf(x: CrypTensor): CrypTensor {
  const below = x.neg().stack([x]).lt(0);
  return below.get(0).sub(below.get(1));
}

/** Operators of arithmetic. */
export const arithmeticOperators: OperatorTable = {
  Abs: unary((x) => x.abs()),
  Add: eitherWay((x, y) => x.add(y)),
  Ceil: unary((x) => x.ceil()),
  Div: binary((x, y, env) => asKindOf(divide(x, y, env), x)),
  Floor: unary((x) => x.floor()),
  Max: variadic((x, y) => x.maximum(y)),
  Mean: variadic((x, y) => x.add(y), (x, count) => x.div(count)),
  Min: variadic((x, y) => x.minimum(y)),
  Mod: binary(modulo),
  Mul: eitherWay((x, y) => x.mul(y)),
  Neg: unary((x) => x.neg()),
  Reciprocal: unary((x) => x.reciprocal()),
  Round: unary((x) => x.round()),
  Sign: unary(signOf),
  Sqrt: unary((x) => x.sqrt()),
  Sub: eitherWay((x, y) => x.sub(y), (y, x) => y.neg().add(x)),
  Sum: variadic((x, y) => x.add(y)),
};
