/**
 * Activation functions, by fitted piecewise polynomials. For 16 fraction bits the stated errors hold for every argument that
 * can be shared; they include one truncation.
 *
 * @module
 */
import { add, div, mul } from "../arithmetic.ts";
import { clamp } from "../clamp.ts";
import { defineOp, type Op } from "../op.ts";
import { type Clipped, clipped } from "./clipped.ts";

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

/**
 * x where x >= 0, else alpha·(e^x - 1). *Error*: 5e-5·alpha. *Cost* (lean): 4 rounds, 52 bytes.
 *
 * @throws {RangeError} when alpha is not finite, or not between -2 and 2.
 */
export const elu: Op<[number]> = defineOp<[number]>({
  name: "elu",
  shape(x, alpha) {
    if (!(Math.abs(alpha) <= 2)) throw new RangeError(`alpha is ${alpha}, a number from -2 to 2 is wanted`);
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
      scale: 59,
      end: 0,
      below: -alpha,
      above: "x",
    }),
});

const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;

/**
 * The self-normalising form of {@link elu}. *Error*: 1.2e-4 and 4e-6·|x|, for |x| < 2^29. *Cost*: as {@link elu}, and a
 * truncation.
 */
export const selu: Op<[]> = defineOp({
  name: "selu",
  shape: (x) => x.shape,
  lower: (_ctx, x) => mul(elu(x, SELU_ALPHA), SELU_SCALE),
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
