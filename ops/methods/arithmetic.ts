/**
 * Element-wise arithmetic as methods.
 *
 * @module
 */
import { abs, add, div, mul, neg, pow2, square, sub } from "../arithmetic.ts";
import { divide, type PositiveOptions } from "../functions/roots.ts";
import { isTensor } from "../op.ts";
import { fmod, remainder, truncDivide } from "../quotient.ts";
import { ceil, floor, round, trunc } from "../rounding.ts";
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

  /** The largest integer that is not above x, as an integer without fraction bits. Exact, as all that follow. */
  floor(this: CrypTensor): CrypTensor {
    return floor(this);
  }
  /** The smallest integer that is not below x, as {@link CrypTensor.floor}. */
  ceil(this: CrypTensor): CrypTensor {
    return ceil(this);
  }
  /** x without its fraction, as {@link CrypTensor.floor}; for |x| < 2^45. */
  trunc(this: CrypTensor): CrypTensor {
    return trunc(this);
  }
  /** The nearest integer, of two the even one, as {@link CrypTensor.floor}; for |x| < 2^45. */
  round(this: CrypTensor): CrypTensor {
    return round(this);
  }
  /** x/y without its fraction, as {@link CrypTensor.floor}. By a public y for |x| < 2^30 ulp, by a secret one for |x/y| < 2^21. */
  truncDivide(this: CrypTensor, y: Operand): CrypTensor {
    return truncDivide(this, y);
  }
  /** What is left of x when y is taken from it as often as it goes in, with the sign of x. As {@link CrypTensor.truncDivide}. */
  fmod(this: CrypTensor, y: Operand): CrypTensor {
    return fmod(this, y);
  }
  /** x - floor(x/y)·y, with the sign of y. As {@link CrypTensor.truncDivide}. */
  remainder(this: CrypTensor, y: Operand): CrypTensor {
    return remainder(this, y);
  }
}
