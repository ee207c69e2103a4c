/**
 * Hyperbolic functions, by exponentials, and their inverses, by logarithms.
 *
 * @module
 */
import { abs, add, mul, neg, pow2, square, sub } from "../arithmetic.ts";
import { sign, unchecked, within } from "../compare.ts";
import type { Context } from "../context.ts";
import { get } from "../indexing.ts";
import { defineOp, type Op } from "../op.ts";
import type { CrypTensor } from "../tensor.ts";
import { exp } from "./exponential.ts";
import { log } from "./logarithm.ts";
import { sqrt } from "./roots.ts";
import { asReal } from "./scale.ts";

/** A function of two tensors of one shape, in one call. */
function ofBoth(
  f: (x: CrypTensor) => CrypTensor,
  x: CrypTensor,
  y: CrypTensor,
): readonly [CrypTensor, CrypTensor] {
  const both = f(x.stack([y]));
  return [get(both, [0]), get(both, [1])];
}

/** e^x and e^-x. */
function exponentials(ctx: Context, x: CrypTensor): readonly [CrypTensor, CrypTensor] {
  const a = asReal(ctx, x);
  return ofBoth((both) => exp(both, {}), a, neg(a));
}

/**
 * Hyperbolic sine. *Domain*: |x| <= 20.75, the nearest end beyond. *Error*: 1e-5·cosh x and 3 ulp. *Cost*: two exponentials at once.
 */
export const sinh: Op<[]> = defineOp({
  name: "sinh",
  shape: (x) => x.shape,
  lower(ctx, x) {
    const [up, down] = exponentials(ctx, x);
    return pow2(sub(up, down), -1);
  },
});

/** Hyperbolic cosine. As {@link sinh}. */
export const cosh: Op<[]> = defineOp({
  name: "cosh",
  shape: (x) => x.shape,
  lower(ctx, x) {
    const [up, down] = exponentials(ctx, x);
    return pow2(add(up, down), -1);
  },
});

/**
 * Inverse of the hyperbolic sine: ±ln(|x| + sqrt(x² + 1)). *Domain*: |x| < 2^14. *Error*: 8e-5. *Cost*: that of abs, a square, a root
 * and a logarithm.
 */
export const asinh: Op<[]> = defineOp({
  name: "asinh",
  shape: (x) => x.shape,
  lower(ctx, x) {
    const a = asReal(ctx, x);
    const size = log(add(abs(a), sqrt(add(square(a), 1)))).rescale();
    return mul(size, sign(a));
  },
});

/**
 * Inverse of the hyperbolic cosine: ln(x + sqrt(x² - 1)). *Domain*: 1 <= x < 2^14; ln x below. *Error*: 8e-5. *Cost*: that of a square,
 * a root and a logarithm.
 */
export const acosh: Op<[]> = defineOp({
  name: "acosh",
  shape: (x) => x.shape,
  lower(ctx, x) {
    const a = asReal(ctx, x);
    return log(add(a, sqrt(sub(square(a), 1))));
  },
});

/**
 * Inverse of the hyperbolic tangent: (ln(1 + x) - ln(1 - x))/2. *Domain*: -1 < x < 1; 1 ± x counts as 2^-16 where it is less.
 * *Error*: 5e-5. *Cost*: two logarithms at once.
 */
export const atanh: Op<[]> = defineOp({
  name: "atanh",
  shape: (x) => x.shape,
  lower(ctx, x, _args, shape) {
    const a = asReal(ctx, x);
    const [up, down] = ofBoth(log, add(a, 1), add(neg(a), 1));
    // The halved difference is within the bound of both, but not the difference.
    return within(ctx, pow2(unchecked(ctx, up, down, shape), -1), 32);
  },
});
