/**
 * Changes of scale within functions.
 *
 * @module
 */
import type { Context } from "../context.ts";
import { raise, words } from "../operand.ts";
import type { CrypTensor } from "../tensor.ts";

/** A tensor with exactly the session's fraction bits. Integers are raised; products are truncated. */
export function asReal(ctx: Context, x: CrypTensor): CrypTensor {
  const narrow = x.rescale();
  return narrow.scale < ctx.fractionBits ? raise(ctx, narrow, ctx.fractionBits) : narrow;
}

/** The value with another scale, as metadata: the shared integers stay. */
export function withScale(ctx: Context, x: CrypTensor, scale: number): CrypTensor {
  return words(ctx, x.words.retain(), { scale, bound: undefined });
}

/** A value with exactly `scale` fraction bits. */
export function atScale(ctx: Context, x: CrypTensor, scale: number): CrypTensor {
  if (x.scale <= scale) return raise(ctx, x, scale);
  const { protocol } = ctx;
  const bits = x.scale - scale;
  const cost = protocol.costs.truncate(x.shape, bits);
  const cell = ctx.remote(
    "truncate",
    [x.words],
    x.shape,
    cost,
    (call, c) => protocol.truncate(call, c, bits),
  );
  return words(ctx, cell, { scale, bound: x.bound });
}
