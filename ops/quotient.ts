/**
 * Quotients without their fractions, and what is left over. All exact: a quotient that is only near is corrected by what is left.
 *
 * @module
 */
import { broadcastShapes, type Shape } from "../ring/shape.ts";
import { mul as mulWords } from "../ring/elementwise.ts";
import { abs, add, mul, sub } from "./arithmetic.ts";
import { complement, lt, negative, relu, selectBit, sign, unchecked } from "./compare.ts";
import type { Context } from "./context.ts";
import { asIntegers, asReal } from "./functions/scale.ts";
import { divide } from "./functions/roots.ts";
import { floorUnits } from "./functions/spline.ts";
import { get } from "./indexing.ts";
import { defineOp, isTensor, type Op } from "./op.ts";
import { broadcast, encodePublic, mapWords, publicTensor, secretOperand, shapeOf, words } from "./operand.ts";
import { Tensor } from "./plaintext.ts";
import { floor } from "./rounding.ts";
import type { CrypTensor, Operand } from "./tensor.ts";

/** What a quotient and its rest are made of, for sizes without signs. */
interface Parts {
  /** floor(|x| / |y|), an integer. */
  readonly quotient: CrypTensor;
  /** |x| - |y|·quotient, at the scale of the operands. */
  readonly rest: CrypTensor;
  /** |y|. */
  readonly divisor: CrypTensor;
  /** Signs of both, -1 or 1. */
  readonly signs: readonly [CrypTensor, CrypTensor];
}

/** Operands at one scale: both integers, or both real. */
function alike(ctx: Context, x: CrypTensor, y: Operand): [CrypTensor, CrypTensor] {
  const whole = x.scale === 0 && (isTensor(y) ? y.scale === 0 : isWhole(publicTensor(y)));
  const other = secretOperand(ctx, y, whole ? 0 : ctx.fractionBits);
  return whole ? [x, other] : [asReal(ctx, x), asReal(ctx, other)];
}

function isWhole(y: Tensor): boolean {
  return y.data.every((v: number | bigint) => Number.isInteger(Number(v)));
}

/** By a secret divisor: a quotient that is near, the same of what is left over, and the last step by comparison. */
function parts(ctx: Context, x: CrypTensor, y: Operand, shape: Shape): Parts {
  const [a, b] = alike(ctx, x, y).map((t) => broadcast(ctx, t, shape)) as [CrypTensor, CrypTensor];
  const [size, divisor] = [abs(a), abs(b)];
  const near = floor(divide(size, divisor, { positive: true }));
  const left = unchecked(ctx, size, mul(divisor, near), shape);
  const more = floor(divide(left, divisor, { positive: true }));
  const rest = unchecked(ctx, left, mul(divisor, more), shape);
  // Both quotients are below 1 off, so the rest is from -|y| to 2|y|.
  const under = negative(ctx, rest);
  const over = complement(ctx, lt(rest, divisor));
  const quotient = add(add(near, more), sub(over, under));
  const step = (bit: CrypTensor): CrypTensor => selectBit(ctx, bit, divisor);
  return {
    quotient,
    rest: sub(add(rest, step(under)), step(over)),
    divisor,
    signs: [sign(a), sign(b)],
  };
}

/** A function of each public number. */
function each(x: Tensor, f: (v: number) => number): Tensor & { readonly data: Float64Array } {
  return new Tensor(x.shape, Float64Array.from<number | bigint>(x.data, (v) => f(Number(v)))) as
    & Tensor
    & { readonly data: Float64Array };
}

/** Bits of public numbers: 2^bits is not below any of them, and not more than needed. */
const bitsOf = (x: number): number => Math.max(0, Math.ceil(Math.log2(x)));

/**
 * floor(x / d) for shared integers from 0 to 2^room, and public integers d: a product by 2^shift/d, rounded up, and its floor.
 *
 * *Reference*: Granlund and Montgomery 1994, theorem 4.2.
 */
function floorBy(ctx: Context, x: CrypTensor, d: Tensor, shape: Shape): CrypTensor {
  const sizes = Array.from(each(d, Math.abs).data);
  const [least, most] = [
    sizes.reduce((a, b) => Math.min(a, b), sizes[0] ?? 1),
    sizes.reduce((a, b) => Math.max(a, b), 1),
  ];
  // The product stays below 2^62.
  const room = Math.floor((61 - bitsOf(most) + Math.floor(Math.log2(least))) / 2);
  const shift = room + bitsOf(most);
  const factors = BigInt64Array.from(sizes, (v) => (1n << BigInt(shift)) / BigInt(v) + 1n);
  return floorUnits(ctx, timesUnits(ctx, x, new Tensor(d.shape, factors), shape), shift);
}

/** Products of shared integers and public ones, of any size. Local. */
function timesUnits(ctx: Context, x: CrypTensor, y: Tensor, shape: Shape): CrypTensor {
  const factor = encodePublic(ctx, y, 0);
  const facts = { scale: 0, bound: undefined };
  return mapWords(ctx, "mulPublic", x, shape, facts, (part) => mulWords(part, factor), [factor]);
}

/** Integers that a public divisor means beside shared integers of a scale. */
function unitsOf(y: Tensor, scale: number): Tensor {
  const units = each(y, (v) => Math.round(v * 2 ** scale));
  if (units.data.includes(0)) throw new RangeError("the divisor is 0 somewhere, one without zeros is wanted");
  return units;
}

/** By a public divisor: the quotients of both signs' parts at once. */
function truncBy(ctx: Context, x: CrypTensor, y: Tensor, shape: Shape): CrypTensor {
  const a = isWhole(y) ? x.rescale() : asReal(ctx, x);
  const d = unitsOf(y, a.scale);
  const u = broadcast(ctx, asIntegers(ctx, a), shape);
  const positive = relu(u);
  const both = floorBy(ctx, positive.stack([unchecked(ctx, positive, u, shape)]), d, [2, ...shape]);
  const quotient = sub(get(both, [0]), get(both, [1]));
  const signs = each(d, Math.sign);
  return signs.data.every((s: number) => s > 0) ? quotient : timesUnits(ctx, quotient, signs, shape);
}

function shapeOfPair(x: CrypTensor, y: Operand): Shape {
  return broadcastShapes(x.shape, shapeOf(y), "divide");
}

/**
 * x / y without its fraction, towards zero, as an integer. Exact. *Domain*: by a secret y |x| < 2^22, |y| < 2^21 and |x/y| < 2^21;
 * by a public one |x| < 2^30 in units of the last place of both (2^14 for numbers with 16 fraction bits), and less by half of the
 * bits by which public divisors differ. *Cost* (lean): by a public divisor a relu and two floors; by a secret one two divisions and
 * 12 rounds more.
 *
 * @throws {RangeError} when a public divisor is 0 somewhere.
 */
export const truncDivide: Op<[Operand]> = defineOp({
  name: "truncDivide",
  shape: shapeOfPair,
  lower(ctx, x, [y], shape) {
    if (!isTensor(y)) return truncBy(ctx, x, publicTensor(y), shape);
    const { quotient, signs: [p, q] } = parts(ctx, x, y, shape);
    return mul(quotient, mul(p, q));
  },
});

/** What {@link truncDivide} by a public divisor leaves over, at the scale of the operands. */
function restBy(ctx: Context, x: CrypTensor, y: Tensor, shape: Shape): CrypTensor {
  const a = isWhole(y) ? x.rescale() : asReal(ctx, x);
  const whole = timesUnits(ctx, truncBy(ctx, a, y, shape), unitsOf(y, a.scale), shape);
  const rest = unchecked(ctx, asIntegers(ctx, a), whole, shape);
  return words(ctx, rest.words.retain(), { scale: a.scale, bound: undefined });
}

/**
 * What is left of x when y is taken from it as often as it goes in, with the sign of x. Exact: of what y is encoded as. *Domain*,
 * *cost*: as {@link truncDivide}, and a product.
 *
 * @throws {RangeError} when a public divisor is 0 somewhere.
 */
export const fmod: Op<[Operand]> = defineOp({
  name: "fmod",
  shape: shapeOfPair,
  lower(ctx, x, [y], shape) {
    if (!isTensor(y)) return restBy(ctx, x, publicTensor(y), shape);
    const { rest, signs: [p] } = parts(ctx, x, y, shape);
    return mul(rest, p);
  },
});

/**
 * What is left of x when floor(x/y)·y is taken from it: with the sign of y. Exact, as {@link fmod}. *Cost*: that of {@link fmod}, a
 * sign and a product.
 *
 * @throws {RangeError} when a public divisor is 0 somewhere.
 */
export const remainder: Op<[Operand]> = defineOp({
  name: "remainder",
  shape: shapeOfPair,
  lower(ctx, x, [y], shape) {
    if (!isTensor(y)) {
      const divisor = publicTensor(y);
      const way = each(divisor, Math.sign);
      const rest = mul(restBy(ctx, x, divisor, shape), way);
      const units = timesUnits(ctx, negative(ctx, rest), each(unitsOf(divisor, rest.scale), Math.abs), shape);
      const size = words(ctx, units.words.retain(), { scale: rest.scale, bound: undefined });
      return mul(add(rest, size), way);
    }
    const { rest, divisor, signs: [p, q] } = parts(ctx, x, y, shape);
    const towards = mul(rest, mul(p, q));
    return mul(add(towards, selectBit(ctx, negative(ctx, towards), divisor)), q);
  },
});
