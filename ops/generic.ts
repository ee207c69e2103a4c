/**
 * Compositions of the minimal primitives, for protocols without the faster form, and to test the faster forms against.
 *
 * @module
 */
import type { BShare } from "../protocols/protocol.ts";
import { mulConstant } from "../ring/elementwise.ts";
import { flipBits, joinBits } from "./bits.ts";
import type { Cell } from "./cell.ts";
import type { Context } from "./context.ts";
import { mapWords } from "./operand.ts";
import { CrypTensor } from "./tensor.ts";

/** [x = 0] = not (msb(x) or msb(-x)) for x other than -2^63. */
export function isZeroGeneric(ctx: Context, x: CrypTensor): CrypTensor {
  const { protocol } = ctx;
  const { shape } = x;
  const notBelow = (y: CrypTensor): Cell<BShare> => {
    const sign = signOf(ctx, y);
    const out = flipBits(ctx, sign, 1);
    sign.release();
    return out;
  };
  const below = notBelow(x);
  const above = notBelow(x.neg());
  const cell = ctx.remote(
    "and",
    [below, above],
    shape,
    protocol.costs.and(shape, 1),
    (call, c, d) => protocol.and(call, c, d, 1),
  );
  for (const half of [below, above]) half.release();
  return new CrypTensor(ctx, shape, { scale: 0, bound: 1 }, { bits: cell, width: 1 });
}

function signOf(ctx: Context, x: CrypTensor): Cell<BShare> {
  const { protocol } = ctx;
  const p = x.words;
  const cost = protocol.costs.sign(x.shape, ctx.viewed(p));
  return ctx.remote("sign", [p], x.shape, cost, (call, c) => protocol.sign(call, c));
}

/** All bits of x: bit i is the sign of x·2^(63-i). */
export function toBitsGeneric(ctx: Context, x: CrypTensor): Cell<BShare> {
  const signs = Array.from(
    { length: 64 },
    (_, i) =>
      signOf(ctx, mapWords(ctx, "shift", x, x.shape, x, (part) => mulConstant(part, 1n << BigInt(63 - i)))),
  );
  return joinBits(ctx, signs);
}
