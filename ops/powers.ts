/**
 * Powers, polynomials and products, in a number of rounds that grows with the logarithm of the degree.
 *
 * @module
 */
import { type AxisOptions, fromFront, lengthOf, shapeWithout, toFront } from "./axis.ts";
import { add, mul, square } from "./arithmetic.ts";
import { reciprocal } from "./functions/roots.ts";
import { within } from "./compare.ts";
import { slice } from "./indexing.ts";
import { reshape } from "./movement.ts";
import { defineOp, type Op } from "./op.ts";
import { constantTensor } from "./operand.ts";
import { sum } from "./reduce.ts";
import type { Context } from "./context.ts";
import { normalAxis, type Shape } from "../ring/shape.ts";
import type { CrypTensor } from "./tensor.ts";

/** A tensor of one public number. */
function filled(ctx: Context, shape: Shape, value: number, scale: number): CrypTensor {
  const size = shape.reduce((a, b) => a * b, 1);
  return constantTensor(ctx, { shape, data: new Float64Array(size).fill(value) }, scale);
}

/**
 * x^n for integers n; x^0 is 1, also of 0. Integers to a power that is not negative are exact. *Error*: below n·max(1, |x|)^(n-2) ulp,
 * for |x|^n < 2^30. A negative power is one of the reciprocal r, whose error is that of {@link CrypTensor.reciprocal}; it counts
 * |n·r^(n-1)| times besides. *Cost*: floor(log2 n) squares, and products beside them: at most floor(log2 n) + 1 products deep.
 *
 * @throws {RangeError} when n is not an integer.
 */
export const pow: Op<[number]> = defineOp<[number]>({
  name: "pow",
  shape(x, n) {
    if (!Number.isSafeInteger(n)) throw new RangeError(`exponent ${n} is not an integer`);
    return x.shape;
  },
  lower(ctx, x, [n], shape) {
    if (n === 0) return filled(ctx, shape, 1, Math.min(x.scale, ctx.fractionBits));
    let base = n < 0 ? reciprocal(x, {}) : x;
    let out: CrypTensor | undefined;
    for (let rest = Math.abs(n);;) {
      if (rest % 2 === 1) out = out === undefined ? base : mul(out, base);
      rest = Math.floor(rest / 2);
      if (rest === 0) return out!;
      base = square(base);
    }
  },
});

/** x, x², … x^n along a new first axis; each step doubles their number by one batch of products. */
function powersOf(x: CrypTensor, n: number): CrypTensor {
  // One bound for all of them would be that of the highest, and refuse products that fit.
  let powers = within(x.context, x.rescale(), undefined).unsqueeze(0);
  for (let have = 1; have < n;) {
    const more = Math.min(have, n - have);
    // x^have times x, x², … x^more.
    const top = slice(powers, [{ start: have - 1, stop: have }]);
    const low = slice(powers, [{ start: 0, stop: more }]);
    powers = powers.cat([mul(low, top).rescale()]);
    have += more;
  }
  return powers;
}

/**
 * c[0] + c[1]·x + c[2]·x² + … for public coefficients, as NumPy's Polynomial. *Error*: with m = max(1, |x|) and C the largest |c[i]|,
 * below 2 + sum of i·m^(i-2)·|c[i]| ulp, and for the encoded coefficients 2^-17·max(C, 2^-16)·(1 + sum of m^i); integers with
 * integral coefficients are exact. For values of all terms below 2^30. *Cost*: ceil(log2 n) products deep for degree n, each with its
 * truncation, and one truncation of the sum.
 *
 * @throws {RangeError} when there are no coefficients, or one is not finite.
 */
export const polynomial: Op<[readonly number[]]> = defineOp<[readonly number[]]>({
  name: "polynomial",
  shape(x, coefficients) {
    if (coefficients.length === 0 || !coefficients.every(Number.isFinite)) {
      throw new RangeError(`coefficients [${coefficients}] are not one or more finite numbers`);
    }
    return x.shape;
  },
  lower(ctx, x, [[constant = 0, ...rest]], shape) {
    const degree = rest.findLastIndex((c) => c !== 0) + 1;
    if (degree === 0) return filled(ctx, shape, constant, ctx.fractionBits);
    const data = Float64Array.from(rest.slice(0, degree));
    // Terms are summed with all fraction bits, so that the sum is truncated once.
    const terms = mul(powersOf(x, degree), { shape: [degree, ...x.shape.map(() => 1)], data });
    return add(sum(terms, { dim: 0 }), constant);
  },
});

/** Products of pairs of the first axis until one is left. */
function productTree(x: CrypTensor): CrypTensor {
  let y = x;
  while (y.shape[0]! > 1) {
    const count = y.shape[0]!;
    const half = Math.floor(count / 2);
    const products = mul(slice(y, [{ start: 0, stop: half }]), slice(y, [{ start: half, stop: 2 * half }]));
    y = count % 2 === 1 ? products.rescale().cat([slice(y, [{ start: -1 }])]) : products;
  }
  return y;
}

/**
 * Product of all elements or along an axis; of none it is 1. Integers are exact. *Error*: below n·max(1, |x|)^(n-2) ulp, where |x| is
 * the largest factor, for products below 2^30 at every step. *Cost*: ceil(log2 n) products deep; n - 1 products.
 *
 * @throws {RangeError} when the axis does not exist.
 */
export const prod: Op<[AxisOptions]> = defineOp<[AxisOptions]>({
  name: "prod",
  shape: shapeWithout,
  lower(ctx, x, [options], shape) {
    const n = lengthOf(x, options);
    if (n === 0) return filled(ctx, shape, 1, Math.min(x.scale, ctx.fractionBits));
    return reshape(productTree(toFront(x.rescale(), options)), shape);
  },
});

/**
 * Running product along an axis. Integers are exact. Error and range as {@link prod}. *Cost*: ceil(log2 n) products deep; about
 * n·log2 n products.
 *
 * @throws {RangeError} when the axis does not exist.
 */
export const cumprod: Op<[number]> = defineOp<[number]>({
  name: "cumprod",
  shape(x, dim) {
    normalAxis(dim, x.ndim, "multiply along");
    return x.shape;
  },
  lower(_ctx, x, [dim]) {
    let y = toFront(x.rescale(), { dim });
    const n = y.shape[0]!;
    // Hillis and Steele's scan: after each step every entry has twice as many factors.
    for (let have = 1; have < n; have *= 2) {
      const products = mul(slice(y, [{ start: have }]), slice(y, [{ stop: n - have }])).rescale();
      y = slice(y, [{ stop: have }]).cat([products]);
    }
    return fromFront(y, dim);
  },
});
