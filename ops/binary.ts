/**
 * Binary tensors: secrets shared bit by bit.
 *
 * @module
 */
import type { BShare } from "../protocols/protocol.ts";
import { sameShape, type Shape } from "../ring/shape.ts";
import type { Cell } from "./cell.ts";
import { complement } from "./compare.ts";
import type { Context } from "./context.ts";
import { toBitsGeneric } from "./generic.ts";
import { defineOp, type Op } from "./op.ts";
import { words } from "./operand.ts";
import { CrypTensor } from "./tensor.ts";

/** The 64 bits of the shared integer's two's complement. *Cost*: 5 rounds, 23 bytes per element. */
export const toBinary: Op<[]> = defineOp({
  name: "toBinary",
  shape: (x) => x.shape,
  lower(ctx, x, _args, shape) {
    if (x.ptype === "binary") return x;
    const a = x.rescale();
    const { protocol } = ctx;
    const fast = protocol.toBits !== undefined && ctx.shared.fastPaths;
    const p = a.words;
    const bits = fast
      ? ctx.remote(
        "toBits",
        [p],
        shape,
        protocol.costs.toBits?.(shape),
        (call, c) => protocol.toBits!(call, c),
      )
      : toBitsGeneric(ctx, a);
    return new CrypTensor(ctx, shape, { scale: a.scale, bound: a.bound }, { bits, width: 64 });
  },
});

/** The integer that 64 bits spell. *Cost*: one round, 8 bytes per element. */
export const toArithmetic: Op<[]> = defineOp({
  name: "toArithmetic",
  shape: (x) => x.shape,
  lower: (ctx, x) =>
    x.ptype === "arithmetic" ? x : words(ctx, x.words.retain(), { scale: x.scale, bound: x.bound }),
});

function pairShape(x: CrypTensor, y: CrypTensor): Shape {
  if (x.bits === undefined || y.bits === undefined || x.width !== y.width) {
    throw new TypeError(
      `bits of [${x.shape}] and [${y.shape}] are wanted, of one width; convert with to("binary")`,
    );
  }
  if (!sameShape(x.shape, y.shape)) {
    throw new RangeError(`shapes [${x.shape}] and [${y.shape}] differ, equal ones are wanted`);
  }
  return x.shape;
}

function result(ctx: Context, x: CrypTensor, bits: Cell<BShare>): CrypTensor {
  return new CrypTensor(ctx, x.shape, { scale: x.scale, bound: x.width === 1 ? 1 : undefined }, {
    bits,
    width: x.width,
  });
}

/** x xor y. Local. */
export const bitXor: Op<[CrypTensor]> = defineOp({
  name: "xor",
  shape: pairShape,
  lower: (ctx, x, [y], shape) =>
    result(
      ctx,
      x,
      ctx.local("xor", [x.bits!, y.bits!], shape, (a: BShare, b: BShare) => ctx.protocol.xor(a, b)),
    ),
});

/** x and y. *Cost*: one round, 2 bits per bit. */
export const bitAnd: Op<[CrypTensor]> = defineOp({
  name: "and",
  shape: pairShape,
  lower(ctx, x, [y], shape) {
    const [p, q] = [x.bits!, y.bits!];
    const cost = ctx.protocol.costs.and(shape, x.width);
    return result(
      ctx,
      x,
      ctx.remote("and", [p, q], shape, cost, (call, c, d) => ctx.protocol.and(call, c, d, x.width)),
    );
  },
});

/** not x. Local. */
export const bitNot: Op<[]> = defineOp({
  name: "not",
  shape: (x) => x.bits === undefined ? pairShape(x, x) : x.shape,
  lower(ctx, x) {
    const out = complement(ctx, x);
    return result(ctx, x, out.bits!.retain());
  },
});
