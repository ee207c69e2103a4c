/**
 * The ONNX operator of powers, with exponents of any kind beside bases of any kind.
 *
 * @module
 */
import { toBinary } from "../../../ops/binary.ts";
import { bitAt } from "../../../ops/bits.ts";
import { powWhole } from "../../../ops/functions/power.ts";
import { where } from "../../../ops/logic.ts";
import { isTensor } from "../../../ops/op.ts";
import type { Tensor } from "../../../ops/plaintext.ts";
import type { CrypTensor } from "../../../ops/tensor.ts";
import { broadcastShapes } from "../../../ring/shape.ts";
import { unsupported } from "../attributes.ts";
import { asKindOf, isReal, numbersOf, tensorOf } from "../kinds.ts";
import type { Binding, Env, OperatorTable, Value } from "../operator.ts";
import { binary } from "./forms.ts";

/** Public exponents: a power for each integer among them, and one for all that are no integers. */
function byPublic(b: Binding, x: CrypTensor, y: Tensor, integer: boolean): CrypTensor {
  const exponents = numbersOf(y);
  const whole = [...new Set(exponents.filter(Number.isInteger))];
  const others = exponents.filter((p) => !Number.isInteger(p));
  if (integer && others.length > 0) unsupported(b, "integers have exponents that are none");
  if (integer && whole.some((n) => n < 0)) unsupported(b, "integers have negative exponents");
  const place = (test: (p: number) => boolean): Tensor =>
    tensorOf(y.shape, exponents.map((p) => test(p) ? 1 : 0));
  const parts: (readonly [Tensor, CrypTensor])[] = whole.map((n) => [place((p) => p === n), x.pow(n)]);
  if (others.length > 0) {
    const one = new Set(others).size === 1;
    // Where the exponent is an integer, the power is another's.
    const p = one ? others[0]! : tensorOf(y.shape, exponents.map((e) => Number.isInteger(e) ? 0 : e));
    parts.push([place((e) => !Number.isInteger(e)), x.pow(p)]);
  }
  const shape = broadcastShapes(x.shape, y.shape, "raise");
  const [first, ...rest] = parts;
  if (first === undefined) return x.expand(shape);
  return rest.reduce((sum, [mask, part]) => where(mask, part, sum), first[1]).expand(shape);
}

/** Secret exponents of public bases above 0. */
function ofPositive(x: Tensor, y: CrypTensor): CrypTensor {
  const bases = numbersOf(x);
  const shape = broadcastShapes(x.shape, y.shape, "raise");
  if (bases.every((base) => base === 2)) return y.exp2().expand(shape);
  return y.mul(tensorOf(x.shape, bases.map(Math.log))).exp();
}

/** By secret exponents: the power of the size, with the base's sign where the exponent is an odd integer. */
function bySecret(x: CrypTensor, y: CrypTensor): CrypTensor {
  const size = x.abs().pow(y);
  const bits = toBinary(y);
  // The lowest bit in front of the fraction; of numbers that are no integers it means nothing, nor does a negative base's power.
  const odd = bitAt(y.context, bits, bits.scale);
  return where(x.lt(0).logicalAnd(odd), size.neg(), size);
}

/** Secret integers to a power that is real: exact where it is an integer, else what is left of the power without its fraction. */
function ofIntegers(x: CrypTensor, y: CrypTensor): CrypTensor {
  const n = y.floor();
  return where(y.eq(n), powWhole(x, n), x.pow(y).trunc());
}

function power(x: Value, y: Value, env: Env, b: Binding): CrypTensor {
  if (!isTensor(y)) return byPublic(b, env.secret(x), y, !isReal(x));
  if (!isReal(x)) return isReal(y) ? ofIntegers(env.secret(x), y) : powWhole(env.secret(x), y);
  if (isTensor(x)) return bySecret(x, y);
  return numbersOf(x).every((base) => base > 0) ? ofPositive(x, y) : bySecret(env.secret(x), y);
}

/** The operator of powers. */
export const powerOperators: OperatorTable = {
  Pow: binary((x, y, env, b) => asKindOf(power(x, y, env, b), x)).map((one) => ({ ...one, structural: [1] })),
};
