/**
 * Forms that element-wise operators have: of one operand, of two and of any number.
 *
 * @module
 */
import { isTensor } from "../../../ops/op.ts";
import type { CrypTensor, Operand } from "../../../ops/tensor.ts";
import { unsupported } from "../attributes.ts";
import { asKindOf, paired, pairOf } from "../kinds.ts";
import { asFunction, type Binding, type Env, type OnnxOperator, type Value } from "../operator.ts";

/** A function of one operand. */
export type Unary = (x: CrypTensor) => CrypTensor;

/** A function without options, whose result has the kind of its operand. */
export function unary(f: Unary): OnnxOperator[] {
  return [{ since: 1, lower: () => asFunction((x) => asKindOf(f(x), x)) }];
}

/** A function with options. */
export function unaryOf(f: (b: Binding) => Unary): OnnxOperator[] {
  return [{ since: 1, lower: (b) => asFunction(f(b)) }];
}

/** A function of two operands that broadcast, by the rules of its version. */
export function binary(f: (x: Value, y: Value, env: Env, b: Binding) => CrypTensor): OnnxOperator[] {
  return [{
    since: 1,
    lower: (b) => ({
      run(operands, env) {
        const [x, y] = pairOf(b, operands);
        return f(x, y, env, b);
      },
    }),
  }];
}

/** A function of two operands, given for a secret first one and for a secret second one. */
export function eitherWay(
  f: (x: CrypTensor, y: Operand) => CrypTensor,
  reflected: (y: CrypTensor, x: Operand) => CrypTensor = f,
): OnnxOperator[] {
  return binary((x, y, env) => isTensor(x) ? f(x, y) : reflected(env.secret(y), x));
}

/** Any number of operands as one, by pairs; and what becomes of that one. */
export function variadic(
  f: (x: CrypTensor, y: CrypTensor) => CrypTensor,
  last: (x: CrypTensor, count: number) => CrypTensor = (x) => x,
): OnnxOperator[] {
  return [{
    since: 1,
    lower: (b) => ({
      run(operands, env) {
        if (operands.length === 0) unsupported(b, "it has no operands");
        return last(paired(operands.map((x) => env.secret(x!)), f), operands.length);
      },
    }),
  }];
}
