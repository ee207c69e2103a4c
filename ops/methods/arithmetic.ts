/**
 * Element-wise arithmetic as methods.
 *
 * @module
 */
import { abs, add, div, mul, neg, pow2, square, sub } from "../arithmetic.ts";
import { divide, type PositiveOptions } from "../functions/roots.ts";
import { isTensor } from "../op.ts";
import type { CrypTensor, Operand } from "../tensor.ts";
import { FunctionMethods } from "./functions.ts";

/** Element-wise arithmetic as methods. */
export abstract class ArithmeticMethods extends FunctionMethods {
  /** x + y */
  add(this: CrypTensor, y: Operand): CrypTensor {
    return add(this, y);
  }
  /** x - y */
  sub(this: CrypTensor, y: Operand): CrypTensor {
    return sub(this, y);
  }
  /** -x */
  neg(this: CrypTensor): CrypTensor {
    return neg(this);
  }
  /** x·y, element by element. */
  mul(this: CrypTensor, y: Operand): CrypTensor {
    return mul(this, y);
  }
  /** x / y for a public or secret y. By a secret one: as `reciprocal`, and 2 rounds and 16 bytes. */
  div(this: CrypTensor, y: Operand, options: PositiveOptions = {}): CrypTensor {
    return isTensor(y) ? divide(this, y, options) : div(this, y);
  }
  /** x² */
  square(this: CrypTensor): CrypTensor {
    return square(this);
  }
  /** x·2^exponent, without communication. */
  ldexp(this: CrypTensor, exponent: number): CrypTensor {
    return pow2(this, exponent);
  }
  /** Absolute value. */
  abs(this: CrypTensor): CrypTensor {
    return abs(this);
  }
}
