/**
 * Activation functions, by fitted piecewise polynomials. For 16 fraction bits the stated errors hold for every argument that
 * can be shared; they include one truncation.
 *
 * @module
 */
import { abs, add, div, mul } from "../arithmetic.ts";
import { clamp } from "../clamp.ts";
import { defineOp, type Op } from "../op.ts";
import { type Clipped, clipped } from "./clipped.ts";
import { divide } from "./roots.ts";

function activation(fit: Clipped): Op<[]> {
  return defineOp({
    name: fit.name,
    shape: (x) => x.shape,
    lower: (ctx, x) => clipped(ctx, x, fit),
  });
}

const logistic = (x: number): number => 1 / (1 + Math.exp(-x));

/** The error function, to about 1e-16: its series near 0, a continued fraction beyond. */
export function erfOf(x: number): number {
  const a = Math.abs(x);
  if (a > 6) return Math.sign(x);
  if (a < 2.5) {
    let [term, sum] = [a, a];
    for (let n = 1; Math.abs(term) > 1e-17 * sum && n < 200; n++) {
      term *= -a * a / n;
      sum += term / (2 * n + 1);
    }
    return Math.sign(x) * sum * 2 / Math.sqrt(Math.PI);
  }
  let fraction = 0;
  for (let k = 60; k > 0; k--) fraction = k / 2 / (a + fraction);
  return Math.sign(x) * (1 - Math.exp(-a * a) / (Math.sqrt(Math.PI) * (a + fraction)));
}

/** 1/(1 + e^-x). *Error*: 6e-5. *Cost* (lean): 4 rounds, 52 bytes. */
export const sigmoid: Op<[]> = activation({
  name: "sigmoid",
  f: logistic,
  low: -16,
  step: -1,
  indexBits: 6,
  degree: 3,
  scale: 60,
  below: 0,
  above: 1,
  bound: 1.001,
});

/** Hyperbolic tangent. *Error*: 1e-4. *Cost*: as {@link sigmoid}. */
export const tanh: Op<[]> = activation({
  name: "tanh",
  f: Math.tanh,
  low: -8,
  step: -2,
  indexBits: 6,
  degree: 3,
  scale: 58,
  below: -1,
  above: 1,
  bound: 1.001,
});

/** The error function. *Error*: 5e-5. *Cost*: as {@link sigmoid}. */
export const erf: Op<[]> = activation({
  name: "erf",
  f: erfOf,
  low: -4,
  step: -3,
  indexBits: 6,
  degree: 3,
  scale: 58,
  below: -1,
  above: 1,
  bound: 1.001,
});

const gaussian = (x: number): number => x * (1 + erfOf(x / Math.SQRT2)) / 2;
const gaussianTanh = (x: number): number =>
  x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))) / 2;

const geluFit = { low: -8, step: -2, indexBits: 6, degree: 3, scale: 57, below: 0, above: "x" } as const;

/** x·Phi(x). *Error*: 5e-5. *Cost* (lean): 4 rounds, 52 bytes. */
const geluExact: Op<[]> = activation({ name: "gelu", f: gaussian, ...geluFit });
/** The form of {@link gelu} by tanh. */
const geluByTanh: Op<[]> = activation({ name: "geluTanh", f: gaussianTanh, ...geluFit });

/** Which form of GELU. */
export type GeluForm = "none" | "tanh";

/**
 * x·Phi(x), or its approximation by tanh. *Error*: 5e-5. *Cost* (lean): 4 rounds, 52 bytes.
 *
 * @throws {TypeError} on an unknown form.
 */
export const gelu: Op<[GeluForm]> = defineOp<[GeluForm]>({
  name: "gelu",
  shape(x, form) {
    if (form !== "none" && form !== "tanh") {
      throw new TypeError(`approximation "${form}" is unknown, "none" or "tanh" is wanted`);
    }
    return x.shape;
  },
  lower: (_ctx, x, [form]) => form === "tanh" ? geluByTanh(x) : geluExact(x),
});

/** x·sigmoid(x). *Error*: 6e-5. *Cost* (lean): 4 rounds, 52 bytes. */
export const silu: Op<[]> = activation({
  name: "silu",
  f: (x) => x * logistic(x),
  low: -16,
  step: -2,
  indexBits: 7,
  degree: 3,
  scale: 56,
  below: 0,
  above: "x",
});

/** ln(1 + e^x). *Error*: 6e-5. *Cost* (lean): 4 rounds, 52 bytes. */
export const softplus: Op<[]> = activation({
  name: "softplus",
  f: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  low: -16,
  step: -2,
  indexBits: 7,
  degree: 3,
  scale: 56,
  below: 0,
  above: "x",
});

/** x·tanh(softplus(x)). *Error*: 6e-5. *Cost* (lean): 4 rounds, 52 bytes. */
export const mish: Op<[]> = activation({
  name: "mish",
  f: (x) => x * Math.tanh(Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))),
  low: -16,
  step: -2,
  indexBits: 7,
  degree: 3,
  scale: 56,
  below: 0,
  above: "x",
});

/** Largest alpha of {@link elu}. */
const MOST_ALPHA = 1024;

/**
 * x where x >= 0, else alpha·(e^x - 1). *Error*: 5e-5·max(1, |alpha|). *Cost* (lean): 4 rounds, 52 bytes.
 *
 * @throws {RangeError} when alpha is not finite, or not between -1024 and 1024.
 */
export const elu: Op<[number]> = defineOp<[number]>({
  name: "elu",
  shape(x, alpha) {
    if (!(Math.abs(alpha) <= MOST_ALPHA)) {
      throw new RangeError(`alpha is ${alpha}, a number from ${-MOST_ALPHA} to ${MOST_ALPHA} is wanted`);
    }
    return x.shape;
  },
  lower: (ctx, x, [alpha]) =>
    clipped(ctx, x, {
      name: `elu ${alpha}`,
      f: (v) => alpha * Math.expm1(v),
      low: -15.5,
      step: -2,
      indexBits: 6,
      degree: 3,
      // Values up to 2·alpha·e^0.25 are fitted.
      scale: 59 - Math.max(0, Math.ceil(Math.log2(Math.abs(alpha) / 2))),
      end: 0,
      below: -alpha,
      above: "x",
    }),
});

/** Factor of the exponential in {@link selu}, by which activations normalise themselves. */
export const SELU_ALPHA = 1.6732632423543772;
/** Factor of the whole {@link selu}. */
export const SELU_GAMMA = 1.0507009873554805;

/**
 * The self-normalising form of {@link elu}: gamma·elu(x, alpha). *Error*: for its own factors 1.2e-4 and 4e-6·|x|, for |x| < 2^29.
 * *Cost*: as {@link elu}, and a truncation.
 *
 * @throws {RangeError} as {@link elu}.
 */
export const selu: Op<[number, number]> = defineOp<[number, number]>({
  name: "selu",
  shape: (x) => x.shape,
  lower: (_ctx, x, [alpha, gamma]) => mul(elu(x, alpha), gamma),
});

/**
 * x where x >= 0, else alpha·(e^(x/alpha) - 1). *Error*: for alpha = 1 as {@link elu}; else 5e-5·(1 + alpha) and 2^-15·|x|, for
 * |x| < 2^29. *Cost*: as {@link elu}, and four truncations if alpha is no power of two.
 *
 * @throws {RangeError} when alpha is not above 0.
 */
export const celu: Op<[number]> = defineOp<[number]>({
  name: "celu",
  shape(x, alpha) {
    if (!(alpha > 0 && alpha < Infinity)) {
      throw new RangeError(`alpha is ${alpha}, a finite number above 0 is wanted`);
    }
    return x.shape;
  },
  lower: (_ctx, x, [alpha]) => alpha === 1 ? elu(x, 1) : mul(elu(div(x, alpha), 1), alpha),
});

/**
 * x·sigmoid(alpha·x), for a public alpha; {@link silu} for 1. *Error*: 8e-5·max(1, 1/alpha). *Cost* (lean): 4 rounds, 52 bytes.
 *
 * @throws {RangeError} when alpha is not from 1/2 to 8.
 */
export const swish: Op<[number]> = defineOp<[number]>({
  name: "swish",
  shape(x, alpha) {
    if (!(alpha >= 1 / 2 && alpha <= 8)) {
      throw new RangeError(`alpha is ${alpha}, a number from 1/2 to 8 is wanted`);
    }
    return x.shape;
  },
  lower(ctx, x, [alpha]) {
    // Beyond both ends 12.5·e^-12.5/alpha is left out at most: 5e-5/alpha.
    const reach = Math.ceil(Math.log2(12.5 / alpha));
    return clipped(ctx, x, {
      name: `swish ${alpha}`,
      f: (v) => v * logistic(alpha * v),
      low: -(2 ** reach),
      step: reach - 6,
      indexBits: 7,
      degree: 3,
      scale: 60 - Math.max(4, reach),
      below: 0,
      above: "x",
    });
  },
});

/** x/(1 + |x|). *Domain*: |x| < 2^21. *Error*: 5e-5. *Cost*: that of abs and of a division by a positive number. */
export const softsign: Op<[]> = defineOp({
  name: "softsign",
  shape: (x) => x.shape,
  lower: (_ctx, x) => divide(x, add(abs(x), 1), { positive: true }),
});

/** clamp(x/6 + 1/2, 0, 1). *Error*: 3 ulp. *Cost*: that of clamp, and a truncation. */
export const hardSigmoid: Op<[]> = defineOp({
  name: "hardSigmoid",
  shape: (x) => x.shape,
  lower: (_ctx, x) => div(clamp(add(x, 3), 0, 6), 6),
});

/**
 * x·clamp(x/6 + 1/2, 0, 1), for |x| < 2^27. *Error*: 2 ulp and 2^-16 of the result: the product keeps all its bits for the
 * division. *Cost*: that of clamp, a product and two truncations.
 */
export const hardSwish: Op<[]> = defineOp({
  name: "hardSwish",
  shape: (x) => x.shape,
  lower: (_ctx, x) => div(mul(x, clamp(add(x, 3), 0, 6)), 6),
});
