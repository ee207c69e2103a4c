/**
 * Logic on zeros and ones, and choices by public or secret conditions.
 *
 * @module
 */
import { broadcastShapes, type Shape } from "../ring/shape.ts";
import { mul as mulWords } from "../ring/elementwise.ts";
import { add, mul, neg, sub } from "./arithmetic.ts";
import { bitAnd, bitNot, bitXor } from "./binary.ts";
import { isBits, unchecked, where as whereSecret, within } from "./compare.ts";
import { defineOp, isTensor, type Op } from "./op.ts";
import { boundOf, encodePublic, mapWords, publicTensor, secretOperand, shapeOf } from "./operand.ts";
import type { Tensor, TensorLike } from "./plaintext.ts";
import type { CrypTensor, Operand } from "./tensor.ts";

/** A public operand of zeros and ones. */
function publicBits(value: TensorLike, what: string): Tensor {
  const tensor = publicTensor(value);
  for (const x of tensor.data) {
    if (Number(x) !== 0 && Number(x) !== 1) {
      throw new RangeError(`${what} is ${x} somewhere, 0 or 1 is wanted`);
    }
  }
  return tensor;
}

function logicShape(x: CrypTensor, y: Operand): Shape {
  const shape = broadcastShapes(x.shape, shapeOf(y), "combine");
  if (!isTensor(y)) publicBits(y, "the other operand");
  for (const t of [x, y]) {
    if (isTensor(t) && t.ptype === "binary") {
      throw new TypeError("an operand has 64 bits, zeros and ones are wanted; use and, or, xor or not");
    }
  }
  return shape;
}

const bothBits = (x: CrypTensor, y: Operand): boolean => isBits(x) && (!isTensor(y) || isBits(y));

/** The same value, known to be 0 or 1. */
const bit = (x: CrypTensor): CrypTensor => within(x.context, x, 1);

/**
 * x and y for zeros and ones: comparisons' bits, or numbers. Exact. *Cost*: one round, 2 bits per element of bits; of numbers that
 * of a product. With a public operand: local.
 */
export const logicalAnd: Op<[Operand]> = defineOp({
  name: "logicalAnd",
  shape: logicShape,
  lower: (_ctx, x, [y]) => bothBits(x, y) ? bitAnd(x, y) : bit(mul(x, y)),
});

/** x xor y, as {@link logicalAnd}; of bits local. */
export const logicalXor: Op<[Operand]> = defineOp({
  name: "logicalXor",
  shape: logicShape,
  // x + y - 2xy
  lower: (_ctx, x, [y]) =>
    bothBits(x, y) ? bitXor(x, y) : bit(sub(add(x, y), mul(within(x.context, mul(x, y), undefined), 2))),
});

/** x or y, as {@link logicalAnd}. */
export const logicalOr: Op<[Operand]> = defineOp({
  name: "logicalOr",
  shape: logicShape,
  lower: (_ctx, x, [y]) =>
    bothBits(x, y) ? bitXor(bitXor(x, y), bitAnd(x, y)) : bit(sub(add(x, y), mul(x, y))),
});

/** not x for zeros and ones. Exact; local. */
export const logicalNot: Op<[]> = defineOp({
  name: "logicalNot",
  shape: (x) => logicShape(x, 0),
  lower: (_ctx, x) => isBits(x) ? bitNot(x) : bit(add(neg(x), 1)),
});

/** Chooses between a secret and another operand by a public condition. */
const choose: Op<[TensorLike, Operand, boolean]> = defineOp<[TensorLike, Operand, boolean]>({
  name: "where",
  shape: (x, condition, y) =>
    broadcastShapes(
      publicBits(condition, "the condition").shape,
      broadcastShapes(x.shape, shapeOf(y)),
      "select",
    ),
  lower(ctx, x, [condition, y, first], shape) {
    const a = x.rescale();
    const b = secretOperand(ctx, y, ctx.fractionBits).rescale();
    const [p, q] = first ? [a, b] : [b, a];
    const mask = encodePublic(ctx, publicTensor(condition), 0);
    const gap = unchecked(ctx, p, q, shape);
    const chosen = mapWords(ctx, "where", gap, shape, gap, (part) => mulWords(part, mask), [mask]);
    return within(ctx, add(chosen, within(ctx, q, undefined)), boundOf(a.bound, b.bound, Math.max));
  },
});

/**
 * condition ? a : b, element by element with broadcasting, where any operand may be secret or public. Exact. *Cost*: nothing for a
 * public condition; by a secret one see {@link CrypTensor.where}.
 *
 * @throws {TypeError} when all operands are public: there is nothing to hide.
 * @throws {RangeError} when shapes do not fit or a public condition is not of zeros and ones.
 */
export function where(condition: Operand, a: Operand, b: Operand): CrypTensor {
  if (isTensor(condition)) return whereSecret(condition, a, b);
  if (isTensor(a)) return choose(a, condition, b, true);
  if (isTensor(b)) return choose(b, condition, a, false);
  throw new TypeError("Cannot compute where: all operands are public, a secret one is wanted");
}

/**
 * x with `value` where the mask is 1. Exact. *Cost*: nothing for a public mask; by a secret one see {@link CrypTensor.where}.
 *
 * @throws {RangeError} when mask and value do not broadcast to the shape of x.
 */
export const maskedFill: Op<[Operand, Operand]> = defineOp({
  name: "maskedFill",
  shape(x, mask, value) {
    const shape = broadcastShapes(x.shape, broadcastShapes(shapeOf(mask), shapeOf(value)), "fill");
    if (shape.join() !== x.shape.join()) {
      throw new RangeError(`mask and value of [${shape}] are larger than it`);
    }
    return shape;
  },
  lower: (_ctx, x, [mask, value]) => where(mask, value, x),
});
