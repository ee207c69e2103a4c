/**
 * Element-wise arithmetic as methods.
 *
 * @module
 */
import { abs, add, div, mul, neg, pow2, square, sub } from "../arithmetic.ts";
import type { TensorLike } from "../plaintext.ts";
import type { CrypTensor, Operand } from "../tensor.ts";

/** Element-wise arithmetic as methods. */
export abstract class ArithmeticMethods {
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
  /** x / c for public c. */
  div(this: CrypTensor, c: TensorLike): CrypTensor {
    return div(this, c);
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
