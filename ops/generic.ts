/**
 * Compositions of the minimal primitives, for protocols without the faster form, and to test the faster forms against.
 *
 * @module
 */
import type { BShare } from "../protocols/protocol.ts";
import { BitTensor } from "../ring/bits.ts";
import { mulConstant } from "../ring/elementwise.ts";
import type { Cell } from "./cell.ts";
import type { Context } from "./context.ts";
import { mapWords } from "./operand.ts";
import { CrypTensor } from "./tensor.ts";

/** [x = 0] = not (msb(x) or msb(-x)) for x other than -2^63. */
export function isZeroGeneric(ctx: Context, x: CrypTensor): CrypTensor {
  const { protocol } = ctx;
  const { shape } = x;
  const flip = (cell: Cell<BShare>): Cell<BShare> =>
    ctx.local("not", [cell], shape, (share: BShare) => {
      using ones = BitTensor.empty(ctx.shared.env.heap, shape, 1);
      ones.bytes().fill(0xff);
      return protocol.xorPublic(share, ones);
    });
  const sign = (y: CrypTensor): Cell<BShare> => {
    const p = y.words;
    return ctx.remote(
      "sign",
      [p],
      shape,
      protocol.costs.sign(shape, ctx.viewed(p)),
      (call, c) => protocol.sign(call, c),
    );
  };
  const below = flip(sign(x));
  const above = flip(sign(x.neg()));
  const cell = ctx.remote(
    "and",
    [below, above],
    shape,
    protocol.costs.and(shape, 1),
    (call, c, d) => protocol.and(call, c, d, 1),
  );
  return new CrypTensor(ctx, shape, { scale: 0, bound: 1 }, { bits: cell, width: 1 });
}

/** All bits of x: bit i is the sign of x·2^(63-i). */
export function toBitsGeneric(ctx: Context, x: CrypTensor): Cell<BShare> {
  const { protocol } = ctx;
  const { shape } = x;
  const signs = Array.from({ length: 64 }, (_, i) => {
    const p = mapWords(ctx, "shift", x, shape, x, (part) => mulConstant(part, 1n << BigInt(63 - i))).words;
    return ctx.remote(
      "sign",
      [p],
      shape,
      protocol.costs.sign(shape, ctx.viewed(p)),
      (call, c) => protocol.sign(call, c),
    );
  });
  return ctx.local("joinBits", signs, shape, (...shares: BShare[]): BShare => ({
    parts: shares[0]!.parts.map((_, i) => joinPlanes(shares.map((s) => s.parts[i]!))),
  }));
}

/** Single planes as one tensor. */
function joinPlanes(planes: readonly BitTensor[]): BitTensor {
  const first = planes[0]!;
  const out = BitTensor.empty(first.heap, first.shape, planes.length);
  if (out.size === 0) return out;
  planes.forEach((plane, i) => {
    out.heap.kernels.bits.copy_planes(out.ptr + 16 * i, plane.ptr, 16, out.groups, out.stride, plane.stride);
  });
  return out;
}
