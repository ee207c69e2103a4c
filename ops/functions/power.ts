/**
 * Powers with exponents that are no integers.
 *
 * @module
 */
import { broadcastShapes } from "../../ring/shape.ts";
import { mul, square } from "../arithmetic.ts";
import { toBinary } from "../binary.ts";
import { bitAt } from "../bits.ts";
import { where, within } from "../compare.ts";
import { defineOp, type Op } from "../op.ts";
import { shapeOf } from "../operand.ts";
import type { CrypTensor, Operand } from "../tensor.ts";
import { exp } from "./exponential.ts";
import { log } from "./logarithm.ts";
import { sqrt } from "./roots.ts";

/**
 * x^p = e^(p·ln x) for positive x and a public or secret p. *Domain*: 2^-f <= x < 2^(46-f), what is smaller counts as 2^-f;
 * x^p up to e^20.75. *Error*: (4e-5·|p| + 3e-5)·x^p and 2 ulp. *Cost* (lean, 2 parties): 15 rounds, 236 bytes; by a secret p
 * 16 rounds, 252 bytes; x^(1/2) that of the square root.
 */
export const powReal: Op<[Operand]> = defineOp<[Operand]>({
  name: "pow",
  shape(x, p) {
    if (typeof p === "number" && !Number.isFinite(p)) {
      throw new RangeError(`exponent ${p} is not finite`);
    }
    return broadcastShapes(x.shape, shapeOf(p), "raise");
  },
  lower: (_ctx, x, [p]) => p === 0.5 ? sqrt(x) : exp(mul(log(x), p), {}),
});

/** Bits of an exponent: the 64th power of 2 does not fit. */
const EXPONENT_BITS = 6;

/**
 * x^n for secret integers n from 0 to 63; x^0 is 1, also of 0. Other n count as their lowest 6 bits. Integers are exact. *Error*: below
 * n·max(1, |x|)^(n-2) ulp, for |x|^n < 2^30. *Cost* (2 parties): 15 rounds, 193 bytes; of integers 9 rounds.
 *
 * @throws {TypeError} when n has fraction bits.
 */
export const powWhole: Op<[CrypTensor]> = defineOp<[CrypTensor]>({
  name: "pow",
  shape(x, n) {
    if (n.scale !== 0) {
      throw new TypeError(`the exponents have ${n.scale} fraction bits, integers are wanted`);
    }
    return broadcastShapes(x.shape, n.shape, "raise");
  },
  lower(ctx, x, [n], shape) {
    const bits = toBinary(n);
    let base = within(ctx, x, undefined);
    let factors: CrypTensor[] = [];
    for (let i = 0; i < EXPONENT_BITS; i++) {
      if (i > 0) base = square(base);
      // Squares beyond what fits are not chosen.
      factors.push(where(bitAt(ctx, bits, i), base, 1).expand(shape));
    }
    while (factors.length > 1) {
      factors = Array.from(
        { length: Math.ceil(factors.length / 2) },
        (_, i) => factors.length > 2 * i + 1 ? mul(factors[2 * i]!, factors[2 * i + 1]!) : factors[2 * i]!,
      );
    }
    return factors[0]!;
  },
});
