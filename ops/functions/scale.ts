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

/** The shared integers seen as numbers of another scale. */
export function withScale(ctx: Context, x: CrypTensor, scale: number): CrypTensor {
  return words(ctx, x.words.retain(), { scale, bound: undefined });
}

/** The shared integers as integers: the scale is forgotten. */
export function asIntegers(ctx: Context, x: CrypTensor): CrypTensor {
  return withScale(ctx, x, 0);
}

/** A value with exactly `scale` fraction bits. *Cost*: a truncation when it has more. */
export function atScale(ctx: Context, x: CrypTensor, scale: number): CrypTensor {
  if (x.scale <= scale) return raise(ctx, x, scale);
  const { protocol } = ctx;
  const bits = x.scale - scale;
  const p = x.words;
  const cost = protocol.costs.truncate(x.shape, bits, undefined, p.summand);
  const cell = ctx.remote(
    "truncate",
    [p],
    x.shape,
    cost,
    (call, c) => protocol.truncate(call, c, bits),
    { taken: true },
  );
  return words(ctx, cell, { scale, bound: x.bound });
}

/** Two shared integers multiplied as such, seen as a number of some scale. */
export function productAt(
  ctx: Context,
  scale: number,
  x: CrypTensor,
  y: CrypTensor,
  multiply: (x: CrypTensor, y: CrypTensor) => CrypTensor,
): CrypTensor {
  return withScale(ctx, multiply(asIntegers(ctx, x), asIntegers(ctx, y)), scale);
}
