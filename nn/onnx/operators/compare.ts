/**
 * ONNX operators that compare, decide and choose. Truth values are integers 0 and 1.
 *
 * @module
 */
import { isTensor } from "../../../ops/op.ts";
import { Tensor } from "../../../ops/plaintext.ts";
import { where } from "../../../ops/logic.ts";
import { sizeOf } from "../../../ring/shape.ts";
import { asFunction, type Lowered, type OnnxOperator, type OperatorTable } from "../operator.ts";
import { isReal } from "../kinds.ts";
import { eitherWay } from "./forms.ts";

/** One of two operands. */
function choose(): Lowered {
  return {
    run([condition, x, y], env) {
      const open = !isTensor(x) && !isTensor(y) && isReal(x!);
      // Of public real numbers the choice is local; other operands have to keep their kind.
      return open ? where(condition!, x!, y!) : where(condition!, env.secret(x!), env.secret(y!));
    },
  };
}

/** Whether a secret number is none, or an infinite one: fixed point has neither. */
const never: readonly OnnxOperator[] = [{
  since: 1,
  lower: () => ({ run: ([x]) => new Tensor(x!.shape, new Uint8Array(sizeOf(x!.shape))) }),
}];

/** Operators that compare, decide and choose. */
export const compareOperators: OperatorTable = {
  And: eitherWay((x, y) => x.logicalAnd(y)),
  Equal: eitherWay((x, y) => x.eq(y)),
  Greater: eitherWay((x, y) => x.gt(y), (y, x) => y.lt(x)),
  GreaterOrEqual: eitherWay((x, y) => x.ge(y), (y, x) => y.le(x)),
  IsInf: never,
  IsNaN: never,
  Less: eitherWay((x, y) => x.lt(y), (y, x) => y.gt(x)),
  LessOrEqual: eitherWay((x, y) => x.le(y), (y, x) => y.ge(x)),
  Not: [{ since: 1, lower: () => asFunction((x) => x.logicalNot()) }],
  Or: eitherWay((x, y) => x.logicalOr(y)),
  Where: [{ since: 9, lower: choose }],
  Xor: eitherWay((x, y) => x.logicalXor(y)),
};
