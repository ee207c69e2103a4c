/**
 * Bits that say which of several public thresholds a secret reaches, and weighted sums of bits.
 *
 * @module
 */
import type { AShare, BShare } from "../../protocols/protocol.ts";
import { addConstant, mulConstant } from "../../ring/elementwise.ts";
import { type Shape, sizeOf } from "../../ring/shape.ts";
import { RingTensor } from "../../ring/tensor.ts";
import type { Cell } from "../cell.ts";
import type { Context } from "../context.ts";
import { bitAt, flipBits, joinBits } from "../bits.ts";
import { words } from "../operand.ts";
import { CrypTensor } from "../tensor.ts";

/**
 * [x >= t] for each t, given as shared integers: bit j of the result is threshold j. For |x - t| < 2^(bits-1).
 *
 * *Cost* (lean): 3 rounds and 8 + 4.1 bytes per threshold (of 64 bits).
 */
export function atLeast(ctx: Context, x: CrypTensor, list: readonly bigint[], bits = 64): CrypTensor {
  const { protocol } = ctx;
  const [p, { shape }] = [x.words, x];
  ctx.scope.record(`thresholds ${list.join()} of ${bits} bits`);
  const cell = protocol.thresholds === undefined || !ctx.shared.fastPaths
    ? joinBits(ctx, list.map((t) => atLeastGeneric(ctx, x, t)))
    : ctx.remote(
      "thresholds",
      [p],
      shape,
      protocol.costs.thresholds?.(shape, list.length, bits, ctx.viewed(p)),
      (call, c) => protocol.thresholds!(call, c, list, bits),
    );
  return new CrypTensor(ctx, shape, { scale: 0, bound: undefined }, { bits: cell, width: list.length });
}

/** [x >= t] = not [x - t < 0]. */
function atLeastGeneric(ctx: Context, x: CrypTensor, threshold: bigint): Cell<BShare> {
  const { protocol } = ctx;
  const { shape } = x;
  const moved = ctx.local("addPublic", [x.words], shape, (share: AShare) => {
    using zeros = RingTensor.zeros(ctx.shared.env.heap, shape);
    using c = addConstant(zeros, -threshold);
    return protocol.addPublic(share, c);
  });
  const sign = ctx.remote(
    "sign",
    [moved],
    shape,
    protocol.costs.sign(shape, ctx.viewed(moved)),
    (call, c) => protocol.sign(call, c),
  );
  const out = flipBits(ctx, sign, 1);
  for (const cell of [moved, sign]) cell.release();
  return out;
}

/**
 * Sums of public integer weights over the bits of each element, one tensor of integers for each row of weights.
 *
 * *Cost*: one round, a bit per bit; nothing more for further rows.
 */
export function weigh(ctx: Context, b: CrypTensor, weights: readonly (readonly bigint[])[]): CrypTensor[] {
  const { protocol } = ctx;
  const { shape, width } = b;
  ctx.scope.record(`weights ${weights.map((row) => row.join()).join(";")}`);
  if (protocol.weigh === undefined || !ctx.shared.fastPaths) return weighGeneric(ctx, b, weights);
  const cost = protocol.costs.weigh?.(shape, width, weights.length);
  const all = ctx.remote(
    "weigh",
    [b.bits!],
    [weights.length, ...shape],
    cost,
    (call, c) => protocol.weigh!(call, c, weights),
  );
  return rowsOf(ctx, all, shape);
}

/** The entries along the first axis, as integers. Takes over the cell. */
export function rowsOf(ctx: Context, all: Cell<AShare>, shape: Shape): CrypTensor[] {
  const bytes = 8 * sizeOf(shape);
  const rows = Array.from({ length: all.shape[0]! }, (_, k) => {
    const cell = ctx.local("row", [all], shape, (share: AShare) =>
      ctx.protocol.linear(share, (part) => {
        const out = RingTensor.empty(part.heap, shape);
        // Only now: making room may move the heap's memory.
        part.heap.bytes.copyWithin(out.ptr, part.ptr + k * bytes, part.ptr + (k + 1) * bytes);
        return out;
      }));
    return words(ctx, cell, { scale: 0, bound: undefined });
  });
  all.release();
  return rows;
}

function weighGeneric(
  ctx: Context,
  b: CrypTensor,
  weights: readonly (readonly bigint[])[],
): CrypTensor[] {
  const { protocol } = ctx;
  const { shape, width } = b;
  const bits = Array.from({ length: width }, (_, i) => bitAt(ctx, b, i).words);
  return weights.map((row) => {
    const cell = ctx.local("weigh", bits, shape, (...shares: AShare[]): AShare => {
      let sum: AShare | undefined;
      shares.forEach((share, i) => {
        const term = protocol.linear(share, (part) => mulConstant(part, row[i]!));
        const before = sum;
        sum = before === undefined ? term : protocol.add(before, term);
        if (before === undefined) return;
        for (const part of [...before.parts, ...term.parts]) part.free();
      });
      return sum!;
    });
    return words(ctx, cell, { scale: 0, bound: undefined });
  });
}
