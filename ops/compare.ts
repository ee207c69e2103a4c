/**
 * Comparison and selection. All exact; ties and zeros are as NumPy has them.
 *
 * @module
 */
import type { BShare } from "../protocols/protocol.ts";
import { BitTensor } from "../ring/bits.ts";
import { mul as mulWords, sub as subWords } from "../ring/elementwise.ts";
import { broadcastTo } from "../ring/movement.ts";
import { broadcastShapes, sameShape, type Shape } from "../ring/shape.ts";
import type { RingTensor } from "../ring/tensor.ts";
import { add, mul, neg, pow2, sub } from "./arithmetic.ts";
import { flipBits } from "./bits.ts";
import type { Cell } from "./cell.ts";
import type { Context } from "./context.ts";
import { isZeroGeneric } from "./generic.ts";
import { defineOp, isTensor, type Op } from "./op.ts";
import {
  allIntegers,
  boundOf,
  constantTensor,
  encodePublic,
  largest,
  mapWords,
  publicTensor,
  raise,
  secretOperand,
  shapeOf,
  words,
} from "./operand.ts";
import type { TensorLike } from "./plaintext.ts";
import { CrypTensor, type Operand, type TensorFacts } from "./tensor.ts";

const shapeOfPair = (x: CrypTensor, y: Operand): Shape => broadcastShapes(x.shape, shapeOf(y), "compare");

/** Single bits as a tensor of integers 0 and 1. */
export function bitTensor(ctx: Context, cell: Cell<BShare>): CrypTensor {
  return new CrypTensor(ctx, cell.shape, { scale: 0, bound: 1 }, { bits: cell, width: 1 });
}

/** The same words, seen as numbers of another scale or bound. */
export function reinterpret(ctx: Context, x: CrypTensor, facts: TensorFacts): CrypTensor {
  return words(ctx, x.words.retain(), facts);
}

/** x - y without a bound of its own: what follows keeps within the operands', or needs the sign of the 64-bit word only. */
export function unchecked(ctx: Context, x: CrypTensor, y: CrypTensor, shape: Shape): CrypTensor {
  const scale = Math.max(x.scale, y.scale);
  const free = (t: CrypTensor): CrypTensor =>
    reinterpret(ctx, raise(ctx, t, scale), { scale, bound: undefined });
  return sub(free(x), free(y)).expand(shape);
}

/** The same value, known to be within a bound. */
export function within(ctx: Context, x: CrypTensor, bound: number | undefined): CrypTensor {
  return reinterpret(ctx, x, { scale: x.scale, bound });
}

/** x - y, of which the sign or whether it is zero is wanted: words below 2^62 have a difference below 2^63. */
function difference(ctx: Context, x: CrypTensor, y: Operand, shape: Shape): CrypTensor {
  return isTensor(y) ? unchecked(ctx, x, y, shape) : sub(x, y);
}

/** A function of bits that is linear over F_2, given on the words that they spell. Local: the bits stay bits. */
export function moveBits(
  ctx: Context,
  name: string,
  b: CrypTensor,
  shape: Shape,
  f: (part: RingTensor) => RingTensor,
  width = b.width,
): CrypTensor {
  const cell = ctx.local(name, [b.bits!], shape, (share: BShare) =>
    ctx.protocol.mapBits(share, (part) => {
      using before = part.toWords();
      using after = f(before);
      return BitTensor.fromWords(after, width);
    }));
  return new CrypTensor(ctx, shape, { scale: b.scale, bound: b.bound }, { bits: cell, width });
}

/** Bits in a larger shape. Local. */
export function spread(ctx: Context, b: CrypTensor, shape: Shape): CrypTensor {
  if (sameShape(b.shape, shape)) return b;
  return moveBits(ctx, "expand", b, shape, (part) => broadcastTo(part, shape));
}

/** 1 where x < 0: one sign, whatever the scale. */
export function negative(ctx: Context, x: CrypTensor): CrypTensor {
  const p = x.words;
  const cost = ctx.protocol.costs.sign(x.shape, ctx.viewed(p));
  return bitTensor(ctx, ctx.remote("sign", [p], x.shape, cost, (call, c) => ctx.protocol.sign(call, c)));
}

/** 1 - b for a tensor of bits. Local. */
export function complement(ctx: Context, b: CrypTensor): CrypTensor {
  const bits = flipBits(ctx, b.bits!, b.width);
  return new CrypTensor(ctx, b.shape, { scale: 0, bound: b.bound }, { bits, width: b.width });
}

/**
 * 1 where x < y, else 0, as an integer tensor. For |x - y| < 2^47 (at 16 fraction bits). *Cost*: 3 rounds and 12.1 bytes per
 * element (lean) or 2 rounds and 10 bytes (wide); one more round and bit when the result is used as a number.
 */
export const lt: Op<[Operand]> = defineOp({
  name: "lt",
  shape: shapeOfPair,
  lower: (ctx, x, [y], shape) => negative(ctx, difference(ctx, x, y, shape)),
});

/** 1 where x > y. As {@link lt}. */
export const gt: Op<[Operand]> = defineOp({
  name: "gt",
  shape: shapeOfPair,
  lower: (ctx, x, [y], shape) => negative(ctx, neg(difference(ctx, x, y, shape))),
});

/** 1 where x <= y. As {@link lt}. */
export const le: Op<[Operand]> = defineOp({
  name: "le",
  shape: shapeOfPair,
  lower: (ctx, x, [y]) => complement(ctx, gt(x, y)),
});

/** 1 where x >= y. As {@link lt}. */
export const ge: Op<[Operand]> = defineOp({
  name: "ge",
  shape: shapeOfPair,
  lower: (ctx, x, [y]) => complement(ctx, lt(x, y)),
});

/** 1 where x = y. *Cost*: 3 rounds, 10.5 bytes per element. */
export const eq: Op<[Operand]> = defineOp({
  name: "eq",
  shape: shapeOfPair,
  lower(ctx, x, [y], shape) {
    const zero = difference(ctx, x, y, shape);
    const { protocol } = ctx;
    if (protocol.isZero === undefined || !ctx.shared.fastPaths) return isZeroGeneric(ctx, zero);
    const p = zero.words;
    const cost = protocol.costs.isZero?.(shape);
    return bitTensor(ctx, ctx.remote("isZero", [p], shape, cost, (call, c) => protocol.isZero!(call, c)));
  },
});

/** 1 where x and y differ. As {@link eq}. */
export const ne: Op<[Operand]> = defineOp({
  name: "ne",
  shape: shapeOfPair,
  lower: (ctx, x, [y]) => complement(ctx, eq(x, y)),
});

/** 1 where x >= 0 and -1 where x < 0. */
export const sign: Op<[]> = defineOp({
  name: "sign",
  shape: (x) => x.shape,
  lower(ctx, x) {
    const out = sub(pow2(complement(ctx, negative(ctx, x)), 1), 1);
    return words(ctx, out.words.retain(), { scale: out.scale, bound: 1 });
  },
});

/** b·x for a tensor of single bits, at the scale of x. *Cost*: one round, 8.1 bytes per element. */
export function selectBit(ctx: Context, b: CrypTensor, x: CrypTensor): CrypTensor {
  const { protocol } = ctx;
  if (protocol.select === undefined || !ctx.shared.fastPaths) {
    // As integers: a product of its own would lose fraction bits that x has beyond the session's.
    return reinterpret(ctx, mul(b, reinterpret(ctx, x, { scale: 0, bound: undefined })), x);
  }
  const [p, q] = [b.bits!, x.words];
  const cost = protocol.costs.select?.(x.shape, ctx.viewed(q));
  const cell = ctx.remote(
    "select",
    [p, q] as const,
    x.shape,
    cost,
    (call, c, d) => protocol.select!(call, c, d),
  );
  return words(ctx, cell, x);
}

/**
 * max(x, 0). Exact. *Cost*: 4 rounds and 12.3 bytes per element (lean), 3 and 10.1 (wide). Of a product: truncation included,
 * 4 rounds and 11.1 bytes (lean), error below 1 ulp, for |x| < 2^30 - 1.
 */
export const relu: Op<[]> = defineOp({
  name: "relu",
  shape: (x) => x.shape,
  lower(ctx, x, _args, shape) {
    const { protocol } = ctx;
    const extra = x.scale - ctx.fractionBits;
    if (extra > 0 && protocol.truncateRelu !== undefined && ctx.shared.fastPaths) {
      const p = x.words;
      const cost = protocol.costs.truncateRelu?.(shape, extra, p.summand);
      const cell = ctx.remote(
        "truncateRelu",
        [p],
        shape,
        cost,
        (call, c) => protocol.truncateRelu!(call, c, extra),
        { taken: true },
      );
      return words(ctx, cell, { scale: ctx.fractionBits, bound: x.bound });
    }
    const a = x.rescale();
    if (protocol.relu === undefined || !ctx.shared.fastPaths) {
      return selectBit(ctx, complement(ctx, negative(ctx, a)), a);
    }
    const p = a.words;
    const cost = protocol.costs.relu?.(shape, ctx.viewed(p));
    return words(ctx, ctx.remote("relu", [p], shape, cost, (call, c) => protocol.relu!(call, c)), a);
  },
});

/** Whether a tensor is shared as single bits. */
export function isBits(x: CrypTensor): boolean {
  return x.bits !== undefined && x.width === 1;
}

/** condition ? a : b for public a and b and a condition of integers 0 and 1: its words times the public difference. */
function wherePublic(
  ctx: Context,
  condition: CrypTensor,
  a: TensorLike,
  b: TensorLike,
  shape: Shape,
): CrypTensor {
  const scale = ctx.fractionBits;
  const [p, q] = [publicTensor(a), publicTensor(b)];
  using first = encodePublic(ctx, p, scale);
  using second = encodePublic(ctx, q, scale);
  using wideFirst = broadcastTo(first, shape);
  using wideSecond = broadcastTo(second, shape);
  const gap = subWords(wideFirst, wideSecond);
  const facts = { scale, bound: Math.max(largest(p), largest(q)) };
  const chosen = mapWords(ctx, "where", condition, shape, facts, (part) => mulWords(part, gap), [gap]);
  return within(ctx, add(chosen, constantTensor(ctx, b, scale)), facts.bound);
}

/** One of two choices: public integers beside an encrypted integer are integers too, of any size. */
function choice(ctx: Context, x: Operand, other: Operand): CrypTensor {
  const integers = isTensor(other) && other.scale === 0 && !isTensor(x) && allIntegers(publicTensor(x));
  return secretOperand(ctx, x, integers ? 0 : ctx.fractionBits);
}

/**
 * condition ? a : b, for a condition of zeros and ones. Exact if the condition is a comparison's or of integers. *Cost*: one
 * round, 8.1 bytes per element for a comparison's bits, else 16; of two public values: 1 bit per element of the condition.
 */
export const where: Op<[Operand, Operand]> = defineOp({
  name: "where",
  shape: (c, a, b) => broadcastShapes(c.shape, broadcastShapes(shapeOf(a), shapeOf(b), "select"), "select"),
  lower(ctx, condition, [a, b], shape) {
    if (!isTensor(a) && !isTensor(b) && condition.scale === 0) {
      return wherePublic(ctx, condition, a, b, shape);
    }
    const [p, q] = [choice(ctx, a, b), choice(ctx, b, a)];
    const gap = unchecked(ctx, p.rescale(), q.rescale(), shape);
    const chosen = isBits(condition)
      ? selectBit(ctx, spread(ctx, condition, shape), gap)
      : mul(condition, gap).rescale();
    return within(ctx, add(chosen, q.rescale()), boundOf(p.bound, q.bound, Math.max));
  },
});

/** The larger of two: y + relu(x - y). *Cost*: that of relu. */
export const maximum: Op<[Operand]> = defineOp({
  name: "maximum",
  shape: shapeOfPair,
  lower(ctx, x, [y], shape) {
    const a = x.rescale();
    const b = secretOperand(ctx, y, ctx.fractionBits).rescale();
    const out = add(relu(unchecked(ctx, a, b, shape)), b);
    return within(ctx, out, boundOf(a.bound, b.bound, Math.max));
  },
});

/** The smaller of two: x - relu(x - y). *Cost*: that of relu. */
export const minimum: Op<[Operand]> = defineOp({
  name: "minimum",
  shape: shapeOfPair,
  lower(ctx, x, [y], shape) {
    const a = x.rescale();
    const b = secretOperand(ctx, y, ctx.fractionBits).rescale();
    const out = sub(a, relu(unchecked(ctx, a, b, shape)));
    return within(ctx, out, boundOf(a.bound, b.bound, Math.max));
  },
});
