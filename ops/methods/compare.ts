/**
 * Comparison, selection and bits as methods.
 *
 * @module
 */
import {
  bitAnd,
  bitNot,
  bitOr,
  bitXor,
  shiftLeft,
  shiftRight,
  shiftRightLogical,
  toArithmetic,
  toBinary,
} from "../binary.ts";
import { eq, ge, gt, le, lt, maximum, minimum, ne, relu, sign, where } from "../compare.ts";
import type { CrypTensor, Operand, Ptype } from "../tensor.ts";
import { LinearMethods } from "./linear.ts";

/** Comparison, selection and bits as methods. */
export abstract class CompareMethods extends LinearMethods {
  /** 1 where x < y, else 0. */
  lt(this: CrypTensor, y: Operand): CrypTensor {
    return lt(this, y);
  }
  /** 1 where x <= y, else 0. */
  le(this: CrypTensor, y: Operand): CrypTensor {
    return le(this, y);
  }
  /** 1 where x > y, else 0. */
  gt(this: CrypTensor, y: Operand): CrypTensor {
    return gt(this, y);
  }
  /** 1 where x >= y, else 0. */
  ge(this: CrypTensor, y: Operand): CrypTensor {
    return ge(this, y);
  }
  /** 1 where x = y, else 0. */
  eq(this: CrypTensor, y: Operand): CrypTensor {
    return eq(this, y);
  }
  /** 1 where x and y differ, else 0. */
  ne(this: CrypTensor, y: Operand): CrypTensor {
    return ne(this, y);
  }
  /** -1 where x < 0, else 1. */
  sign(this: CrypTensor): CrypTensor {
    return sign(this);
  }
  /** max(x, 0) */
  relu(this: CrypTensor): CrypTensor {
    return relu(this);
  }
  /** This tensor as condition (0 or 1): a where it is 1, else b. */
  where(this: CrypTensor, a: Operand, b: Operand): CrypTensor {
    return where(this, a, b);
  }
  /** The larger of two, element by element. */
  maximum(this: CrypTensor, y: Operand): CrypTensor {
    return maximum(this, y);
  }
  /** The smaller of two, element by element. */
  minimum(this: CrypTensor, y: Operand): CrypTensor {
    return minimum(this, y);
  }

  /** Shared in another way: as words, or as bits of its two's complement. */
  to(this: CrypTensor, ptype: Ptype): CrypTensor {
    if (ptype !== "binary" && ptype !== "arithmetic") {
      throw new TypeError(`Cannot convert [${this.shape}] to "${ptype}": "arithmetic" or "binary" is wanted`);
    }
    return ptype === "binary" ? toBinary(this) : toArithmetic(this);
  }
  /** Bitwise exclusive or: of binary tensors, or of comparisons. A public operand has the bits of its encoding. */
  xor(this: CrypTensor, y: Operand): CrypTensor {
    return bitXor(this, y);
  }
  /** Bitwise and, as {@link CrypTensor.xor}. */
  and(this: CrypTensor, y: Operand): CrypTensor {
    return bitAnd(this, y);
  }
  /** Bitwise or, as {@link CrypTensor.xor}. */
  or(this: CrypTensor, y: Operand): CrypTensor {
    return bitOr(this, y);
  }
  /** Bitwise complement of a binary tensor. */
  not(this: CrypTensor): CrypTensor {
    return bitNot(this);
  }
  /** The bits of a binary tensor moved up by a public number: x·2^by modulo 2^64. */
  shiftLeft(this: CrypTensor, by: number): CrypTensor {
    return shiftLeft(this, by);
  }
  /** The bits of a binary tensor moved down by a public number, with copies of the sign. */
  shiftRight(this: CrypTensor, by: number): CrypTensor {
    return shiftRight(this, by);
  }
  /** The bits of a binary tensor moved down by a public number, with zeros above. */
  shiftRightLogical(this: CrypTensor, by: number): CrypTensor {
    return shiftRightLogical(this, by);
  }
}
