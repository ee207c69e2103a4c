/**
 * ONNX operators on the bits of integers, which are those of 64-bit numbers with a sign: what is wider than the type of unsigned
 * integers is not cut off.
 *
 * @module
 */
import { isTensor } from "../../../ops/op.ts";
import type { CrypTensor, Operand } from "../../../ops/tensor.ts";
import { nodeName, text, unsupported } from "../attributes.ts";
import { numbersOf, tensorOf } from "../kinds.ts";
import type { Binding, Lowered, OnnxOperator, OperatorTable, Value } from "../operator.ts";
import { eitherWay } from "./forms.ts";

const bitsOf = (x: Operand): Operand => isTensor(x) ? x.to("binary") : x;

/** A function of the bits of both operands. */
function bitwise(f: (x: CrypTensor, y: Operand) => CrypTensor): OnnxOperator[] {
  return eitherWay((x, y) => f(x.to("binary"), bitsOf(y)).to("arithmetic"));
}

/** Largest amount of a shift to the left: a product by more does not fit. */
const MOST_LEFT = 30;

/** Integers moved by public amounts: to the right once for each amount, of which a mask takes the elements that are meant. */
function shifted(b: Binding, x: CrypTensor, by: Value): CrypTensor {
  if (isTensor(by)) return unsupported(b, "the number of bits is secret");
  const direction = text(b, "direction", "");
  const amounts = numbersOf(by);
  if (amounts.some((n) => !(n >= 0 && n < 64))) {
    throw new RangeError(`Cannot compute ${nodeName(b)}: not all of its amounts are from 0 to 63`);
  }
  if (direction === "LEFT") {
    if (amounts.some((n) => n > MOST_LEFT)) {
      unsupported(b, `it shifts to the left by more than ${MOST_LEFT} bits`);
    }
    return x.mul(tensorOf(by.shape, amounts.map((n) => 2 ** n)));
  }
  if (direction !== "RIGHT") unsupported(b, `its direction is "${direction}"`);
  const bits = x.to("binary");
  const parts = [...new Set([0, ...amounts])].map((n) =>
    // -1 is all bits.
    bits.shiftRightLogical(n).and(tensorOf(by.shape, amounts.map((m) => m === n ? -1 : 0)))
  );
  return parts.reduce((sum, part) => sum.xor(part)).to("arithmetic");
}

function bitShift(b: Binding): Lowered {
  return { run: ([x, by], env) => shifted(b, env.secret(x!), by!) };
}

/** The complement has as many ones in front as the type is wide, which is not known. */
function bitwiseNot(b: Binding): Lowered {
  return {
    run: () => unsupported(b, "the complement of secret integers is wanted, of which the width is not known"),
  };
}

/** Operators on the bits of integers. */
export const bitOperators: OperatorTable = {
  BitShift: [{ since: 11, lower: bitShift }],
  BitwiseAnd: bitwise((x, y) => x.and(y)),
  BitwiseNot: [{ since: 18, lower: bitwiseNot }],
  BitwiseOr: bitwise((x, y) => x.or(y)),
  BitwiseXor: bitwise((x, y) => x.xor(y)),
};
