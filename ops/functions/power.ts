/**
 * Powers with exponents that are no integers.
 *
 * @module
 */
import { broadcastShapes } from "../../ring/shape.ts";
import { mul } from "../arithmetic.ts";
import { defineOp, type Op } from "../op.ts";
import { shapeOf } from "../operand.ts";
import type { Operand } from "../tensor.ts";
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
