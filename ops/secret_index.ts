/**
 * Indexing by secret indices: a one-hot vector of each, and a product with what is read.
 *
 * @module
 */
import { normalAxis, type Shape, sizeOf } from "../ring/shape.ts";
import { add, mul, sub } from "./arithmetic.ts";
import { fromFront, toFront } from "./axis.ts";
import { eq } from "./compare.ts";
import type { Context } from "./context.ts";
import { matmul } from "./linalg.ts";
import { reshape, unsqueeze } from "./movement.ts";
import { defineOp, isTensor, type Op } from "./op.ts";
import { mapWords, secretOperand, shapeOf, words } from "./operand.ts";
import { matmul as matmulOperands } from "./products.ts";
import { sum } from "./reduce.ts";
import { mulConstant } from "../ring/elementwise.ts";
import type { CrypTensor, Operand } from "./tensor.ts";

/** Bits of an index that one table serves; larger indices are looked up in two halves. */
const TABLE_BITS = 10;

function checkIndex(x: CrypTensor): void {
  if (x.scale !== 0) {
    throw new TypeError(`indices have ${x.scale} fraction bits, integers (of scale 0) are wanted`);
  }
}

/**
 * One-hot vectors of secret integers from 0 to size - 1, on a new last axis. Of other integers any vector. *Cost*: one round, one
 * or two bytes per index, and 8·2^ceil(log2 size) bytes from the dealer; for more than 1024 entries two tables and their product:
 * 5 rounds (lean) and about 20 + 16·sqrt(size) bytes per index.
 *
 * @throws {TypeError} when the indices are no integers.
 */
export const oneHot: Op<[number]> = defineOp<[number]>({
  name: "oneHot",
  shape(x, size) {
    checkIndex(x);
    if (!Number.isInteger(size) || size < 1 || size > 2 ** 20) {
      throw new RangeError(`there are ${size} entries, 1 to ${2 ** 20} are wanted`);
    }
    return [...x.shape, size];
  },
  lower(ctx, x, [size], shape) {
    const { protocol } = ctx;
    const facts = { scale: 0, bound: 1 };
    if (protocol.oneHot === undefined || !ctx.shared.fastPaths) return oneHotGeneric(x, size);
    if (size > 2 ** TABLE_BITS) return oneHotOfHalves(ctx, x, size, shape);
    const cell = ctx.remote(
      "oneHot",
      [x.words],
      shape,
      protocol.costs.oneHot?.(x.shape, size),
      (call, c) => protocol.oneHot!(call, c, size),
    );
    return words(ctx, cell, facts);
  },
});

/** By a test for equality with each. */
function oneHotGeneric(x: CrypTensor, size: number): CrypTensor {
  return eq(unsqueeze(x, -1), Float64Array.from({ length: size }, (_, i) => i));
}

/** Two smaller vectors, of the upper and the lower bits, and their outer product. */
function oneHotOfHalves(ctx: Context, x: CrypTensor, size: number, shape: Shape): CrypTensor {
  const low = Math.ceil(Math.log2(size) / 2);
  const { protocol } = ctx;
  const cost = protocol.costs.truncate(x.shape, low, "exact");
  const cell = ctx.remote(
    "truncate",
    [x.words],
    x.shape,
    cost,
    (call, c) => protocol.truncate(call, c, low, "exact"),
  );
  const upper = words(ctx, cell, { scale: 0, bound: undefined });
  const rest = sub(
    x,
    mapWords(ctx, "shift", upper, x.shape, upper, (p) => mulConstant(p, 1n << BigInt(low))),
  );
  const rows = oneHot(upper, Math.ceil(size / 2 ** low));
  const columns = oneHot(rest, 2 ** low);
  const all = mul(unsqueeze(rows, -1), unsqueeze(columns, -2));
  const flat = reshape(all, [...x.shape, all.shape.at(-2)! * all.shape.at(-1)!]);
  return flat.narrow(flat.ndim - 1, 0, shape.at(-1)!);
}

/**
 * Rows of a public or secret table [V, ...D] at secret indices: shape [...indices, ...D]. *Error*: none of integers; of reals 1
 * ulp. *Cost*: {@link oneHot}, and one matrix product.
 *
 * @throws {TypeError} when the indices are no integers.
 */
export const embedding: Op<[Operand]> = defineOp<[Operand]>({
  name: "embedding",
  shape(index, table) {
    checkIndex(index);
    const [entries, ...rest] = shapeOf(table);
    if (entries === undefined || entries < 1) {
      throw new RangeError(`the table has shape [${shapeOf(table)}], [entries, ...] is wanted`);
    }
    return [...index.shape, ...rest];
  },
  lower(ctx, index, [table], shape) {
    const [entries, ...rest] = shapeOf(table);
    const hot = reshape(oneHot(index, entries!), [index.size, entries!]);
    if (!isTensor(table)) {
      const flat = reshape(secretOperand(ctx, table, ctx.fractionBits), [entries!, sizeOf(rest)]);
      return reshape(matmulOperands(hot, flat), shape);
    }
    return reshape(matmul(hot, reshape(table, [entries!, sizeOf(rest)])), shape);
  },
});

/**
 * Elements at secret indices along an axis, as `gather` by public ones; the indices have the tensor's shape on the other axes.
 * *Cost*: {@link oneHot} of each index, and a product of as many elements.
 *
 * @throws {TypeError} when the indices are no integers.
 * @throws {RangeError} when the shapes differ on another axis.
 */
export const gatherSecret: Op<[number, CrypTensor]> = defineOp<[number, CrypTensor]>({
  name: "gather",
  shape(x, axis, index) {
    checkIndex(index);
    const at = normalAxis(axis, x.ndim, "gather");
    const fits = index.ndim === x.ndim && index.shape.every((side, i) => i === at || side === x.shape[i]);
    if (!fits || x.shape[at] === 0) {
      throw new RangeError(
        `indices have shape [${index.shape}], the tensor's on every axis but ${axis} is wanted`,
      );
    }
    return index.shape;
  },
  lower(_ctx, x, [axis, index]) {
    const at = normalAxis(axis, x.ndim);
    // [entries, ...rest] and [k, ...rest]: products over the entries of each of the k.
    const source = toFront(x, { dim: at });
    const wanted = toFront(index, { dim: at });
    const hot = oneHot(wanted, x.shape[at]!);
    const turned = toFront(hot, { dim: -1 });
    return fromFront(sum(mul(turned, unsqueeze(source, 1)), { dim: 0 }), at);
  },
});

/** The tensor with a number added where an index points: the secret-index form of an update. */
export const addAt: Op<[CrypTensor, Operand]> = defineOp<[CrypTensor, Operand]>({
  name: "addAt",
  shape(x, index, value) {
    checkIndex(index);
    if (index.ndim !== 1 || x.ndim === 0) {
      throw new RangeError(`indices have ${index.ndim} axes, 1 is wanted`);
    }
    const wanted = [index.shape[0]!, ...x.shape.slice(1)];
    if (shapeOf(value).join() !== wanted.join()) {
      throw new RangeError(`the values have shape [${shapeOf(value)}], [${wanted}] is wanted`);
    }
    return x.shape;
  },
  lower(ctx, x, [index, value], shape) {
    const [entries, ...rest] = shape;
    const hot = oneHot(index, entries!).t();
    const rows = reshape(secretOperand(ctx, value, ctx.fractionBits), [index.shape[0]!, sizeOf(rest)]);
    return add(x, reshape(matmul(hot, rows), shape));
  },
});
