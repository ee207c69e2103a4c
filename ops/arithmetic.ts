/**
 * Element-wise arithmetic.
 *
 * @module
 */
import type { AShare } from "../protocols/protocol.ts";
import { mul as mulWords, mulConstant, neg as negWords } from "../ring/elementwise.ts";
import { broadcastTo } from "../ring/movement.ts";
import { broadcastShapes, sameShape, type Shape } from "../ring/shape.ts";
import type { RingTensor } from "../ring/tensor.ts";
import { relu } from "./compare.ts";
import type { Context } from "./context.ts";
import { defineOp, isTensor, type Op } from "./op.ts";
import {
  allIntegers,
  boundOf,
  broadcast,
  checkRange,
  encodePublic,
  fits,
  largest,
  mapWords,
  MAX_BITS,
  publicTensor,
  raise,
  shapeOf,
  words,
} from "./operand.ts";
import type { TensorLike } from "./plaintext.ts";
import type { CrypTensor, Operand, TensorFacts } from "./tensor.ts";

const binaryShape = (x: CrypTensor, y: Operand): Shape => broadcastShapes(x.shape, shapeOf(y), "combine");

/** Public words that are added have the secret's scale, so nothing is truncated. */
function addPublic(ctx: Context, x: CrypTensor, y: TensorLike, shape: Shape, sign: 1 | -1): CrypTensor {
  const tensor = publicTensor(y);
  // Integers without fraction bits take a fractional constant at the session's scale.
  const scaled = x.scale === 0 && !allIntegers(tensor) ? raise(ctx, x, ctx.fractionBits) : x;
  const wide = broadcast(ctx, scaled, shape);
  const facts = { scale: wide.scale, bound: boundOf(x.bound, largest(tensor), (a, b) => a + b) };
  const encoded = encodePublic(ctx, tensor, wide.scale);
  const grown = broadcastTo(encoded, shape);
  encoded.free();
  const c = sign === 1 ? grown : negWords(grown);
  if (c !== grown) grown.free();
  const cell = ctx.local("addPublic", [wide.words], shape, (share: AShare) => {
    const out = ctx.protocol.addPublic(share, c);
    c.free();
    return out;
  });
  return words(ctx, cell, facts);
}

function combine(ctx: Context, name: "add" | "sub", x: CrypTensor, y: CrypTensor, shape: Shape): CrypTensor {
  const facts = {
    scale: Math.max(x.scale, y.scale),
    bound: boundOf(x.bound, y.bound, (p, q) => p + q),
  };
  if (!fits(facts) && facts.scale > ctx.fractionBits) {
    return combine(ctx, name, x.rescale(), y.rescale(), shape);
  }
  checkRange(ctx, facts, name);
  const a = broadcast(ctx, raise(ctx, x, facts.scale), shape);
  const b = broadcast(ctx, raise(ctx, y, facts.scale), shape);
  return words(
    ctx,
    ctx.local(name, [a.words, b.words], shape, (p: AShare, q: AShare) => ctx.protocol[name](p, q)),
    facts,
  );
}

/**
 * x + y. Exact; local. Operands of different scales meet at the larger. If the sum would not fit there, what has more than the
 * session's fraction bits is truncated first.
 */
export const add: Op<[Operand]> = defineOp({
  name: "add",
  shape: binaryShape,
  lower: (ctx, x, [y], shape) =>
    isTensor(y) ? combine(ctx, "add", x, y, shape) : addPublic(ctx, x, y, shape, 1),
});

/** x - y. As {@link add}. */
export const sub: Op<[Operand]> = defineOp({
  name: "sub",
  shape: binaryShape,
  lower: (ctx, x, [y], shape) =>
    isTensor(y) ? combine(ctx, "sub", x, y, shape) : addPublic(ctx, x, y, shape, -1),
});

/** -x. Exact; local. */
export const neg: Op<[]> = defineOp({
  name: "neg",
  shape: (x) => x.shape,
  lower: (ctx, x, _args, shape) => mapWords(ctx, "neg", x, shape, x, negWords),
});

/** Facts of a product before its extra fraction bits are removed. */
export function productFacts(
  ctx: Context,
  name: string,
  a: TensorFacts,
  b: TensorFacts,
  terms = 1,
): TensorFacts {
  const facts = { scale: a.scale + b.scale, bound: boundOf(a.bound, b.bound, (p, q) => p * q * terms) };
  checkRange(ctx, facts, name);
  return facts;
}

/** A secret operand and public words that it is multiplied with. */
interface PublicProduct {
  /** The operand, narrow. */
  readonly x: CrypTensor;
  /** The encoded factor. */
  readonly words: RingTensor;
  /** Its scale and bound. */
  readonly facts: TensorFacts;
}

/**
 * Prepares a product by public values. Integers are encoded without fraction bits, so that the product needs no truncation.
 * Of factors below 1/2 a power of two is taken out, by which the secret operand is divided first: the largest factor keeps a
 * relative precision of 2^-f, and the range of the product stays what it is.
 */
export function publicProduct(ctx: Context, x: CrypTensor, y: TensorLike): PublicProduct {
  const tensor = publicTensor(y);
  const bound = largest(tensor);
  if (bound < 2 ** 31 && allIntegers(tensor)) {
    return { x: x.rescale(), words: encodePublic(ctx, tensor, 0), facts: { scale: 0, bound } };
  }
  const scale = ctx.fractionBits;
  const room = MAX_BITS - 1 - Math.max(x.scale, scale);
  const shift = Math.min(Math.max(0, Math.ceil(-Math.log2(bound)) - 1), room);
  return {
    x: (shift > 0 ? pow2(x, -shift) : x).rescale(),
    words: encodePublic(ctx, tensor, scale + shift),
    facts: { scale, bound: bound * 2 ** shift },
  };
}

function mulPublic(ctx: Context, x: CrypTensor, y: TensorLike, shape: Shape): CrypTensor {
  const product = publicProduct(ctx, x, y);
  const facts = productFacts(ctx, "mul", product.x, product.facts);
  const factor = product.words;
  return mapWords(ctx, "mulPublic", product.x, shape, facts, (part) => mulWords(part, factor), [factor]);
}

/**
 * x·y. *Error*: below 1 ulp, when the product is next used, for |x·y| < 2^30. *Cost*: one round and 16 bytes per element,
 * then one round for the truncation (1 bit per element for two parties, 8 bytes for more). By a public factor: only the
 * truncation, and none if the factor is integral. A public factor counts with a relative precision of 2^-f of the largest
 * one; below 1/2 there is one truncation, and one unit of error, more.
 */
export const mul: Op<[Operand]> = defineOp({
  name: "mul",
  shape: binaryShape,
  lower(ctx, x, [y], shape) {
    if (!isTensor(y)) return mulPublic(ctx, x, y, shape);
    if (y === x) return square(x);
    if (y.known !== undefined) return mulPublic(ctx, x, y.known, shape);
    if (x.known !== undefined) return mulPublic(ctx, y, x.known, shape);
    const a = x.rescale();
    const b = y.rescale();
    const facts = productFacts(ctx, "mul", a, b);
    const map = { kind: "mul" } as const;
    const [p, q] = [a.words, b.words];
    const cost = ctx.protocol.costs.bilinear(map, a.shape, b.shape, [ctx.viewed(p), ctx.viewed(q)]);
    const cell = ctx.remote(
      "mul",
      [p, q],
      shape,
      cost,
      (call, c, d) => ctx.protocol.bilinear(call, map, c, d),
      { given: true },
    );
    return words(ctx, cell, facts);
  },
});

/** x². As {@link mul}, with 8 bytes per element. */
export const square: Op<[]> = defineOp({
  name: "square",
  shape: (x) => x.shape,
  lower(ctx, x, _args, shape) {
    const a = x.rescale();
    const facts = productFacts(ctx, "square", a, a);
    const { protocol } = ctx;
    const p = a.words;
    if (protocol.square === undefined || !ctx.shared.fastPaths) {
      const map = { kind: "mul" } as const;
      const cost = protocol.costs.bilinear(map, shape, shape, [ctx.viewed(p), true]);
      return words(
        ctx,
        ctx.remote("mul", [p, p], shape, cost, (call, c, d) => protocol.bilinear(call, map, c, d), {
          given: true,
        }),
        facts,
      );
    }
    const cost = protocol.costs.square?.(shape, ctx.viewed(p));
    const cell = ctx.remote("square", [p], shape, cost, (call, c) => protocol.square!(call, c), {
      given: true,
    });
    return words(ctx, cell, facts);
  },
});

/** x·2^exponent, by another scale: exact and local. */
export const pow2: Op<[number]> = defineOp<[number]>({
  name: "ldexp",
  shape: (x) => x.shape,
  lower(ctx, x, [exponent]) {
    if (!Number.isInteger(exponent)) throw new RangeError(`exponent ${exponent} is not an integer`);
    const bound = boundOf(x.bound, 2 ** exponent, (a, b) => a * b);
    if (exponent > x.scale) {
      const raised = raise(ctx, x, exponent);
      return words(ctx, raised.words.retain(), { scale: 0, bound });
    }
    const facts = { scale: x.scale - exponent, bound };
    checkRange(ctx, facts, "ldexp");
    return words(ctx, x.words.retain(), facts);
  },
});

/**
 * x / c for public c: a change of scale when c is ± a power of two, else a product by 1/c. *Error*: below 2 ulp, and for the
 * encoded 1/c |x/c|·2^-f (of a tensor of divisors: with the smallest of them). *Cost*: two truncations, or nothing.
 */
export const div: Op<[TensorLike]> = defineOp({
  name: "div",
  shape: (x, c) => {
    if (isTensor(c)) throw new TypeError("the divisor is secret, a public one is wanted");
    return binaryShape(x, c);
  },
  lower(_ctx, x, [c]) {
    const divisor = publicTensor(c);
    const values = Array.from(divisor.data, Number);
    if (values.some((v) => v === 0)) {
      throw new RangeError("the divisor is 0 somewhere, a divisor without zeros is wanted");
    }
    const exponent = Math.round(Math.log2(Math.abs(values[0] ?? 1)));
    if (
      divisor.size === 1 && sameShape(divisor.shape, []) && Math.abs(values[0]!) === 2 ** exponent &&
      Math.abs(exponent) <= 16
    ) {
      const out = pow2(x, -exponent);
      return values[0]! < 0 ? neg(out) : out;
    }
    return mul(x, { shape: divisor.shape, data: Float64Array.from(values, (v) => 1 / v) });
  },
});

/** |x| = 2 relu(x) - x. Exact. *Cost*: that of relu. */
export const abs: Op<[]> = defineOp({
  name: "abs",
  shape: (x) => x.shape,
  lower(ctx, x, _args, shape) {
    const a = x.rescale();
    const positive = relu(a);
    // The sum of both would be out of range for large x, but not the result.
    const cell = ctx.local(
      "abs",
      [positive.words, a.words],
      shape,
      (p: AShare, q: AShare) => {
        const doubled = ctx.protocol.linear(p, twice);
        const out = ctx.protocol.sub(doubled, q);
        for (const part of doubled.parts) part.free();
        return out;
      },
    );
    return words(ctx, cell, a);
  },
});

const twice = (part: RingTensor): RingTensor => mulConstant(part, 2n);
