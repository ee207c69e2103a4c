/**
 * Single bits of a tensor, and several of them as one. Local.
 *
 * @module
 */
import type { BShare } from "../protocols/protocol.ts";
import { BitTensor } from "../ring/bits.ts";
import type { Cell } from "./cell.ts";
import type { Context } from "./context.ts";
import { CrypTensor } from "./tensor.ts";

/** not b. Local. */
export function flipBits(ctx: Context, cell: Cell<BShare>, width: number): Cell<BShare> {
  return ctx.local("not", [cell], cell.shape, (share: BShare) => {
    using ones = BitTensor.empty(ctx.shared.env.heap, cell.shape, width);
    ones.bytes().fill(0xff);
    return ctx.protocol.xorPublic(share, ones);
  });
}

/** Single bits as the bits of one tensor. */
export function joinBits(ctx: Context, cells: readonly Cell<BShare>[]): Cell<BShare> {
  const out = ctx.local("joinBits", cells, cells[0]!.shape, (...shares: BShare[]): BShare => ({
    parts: shares[0]!.parts.map((_, i) => joinPlanes(shares.map((s) => s.parts[i]!))),
  }));
  for (const cell of cells) cell.release();
  return out;
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

/** Bit `index` of each element. Local. */
export function bitAt(ctx: Context, b: CrypTensor, index: number): CrypTensor {
  const cell = ctx.local(
    "bit",
    [b.bits!],
    b.shape,
    (share: BShare) => ctx.protocol.mapBits(share, (bits) => bits.planes(index, 1)),
  );
  return new CrypTensor(ctx, b.shape, { scale: 0, bound: 1 }, { bits: cell, width: 1 });
}

/** Two bits of each element xored, as a tensor of single bits. Local. */
export function bitsDiffer(ctx: Context, b: CrypTensor, i: number, j: number): CrypTensor {
  const [p, q] = [bitAt(ctx, b, i), bitAt(ctx, b, j)];
  const cell = ctx.local(
    "xor",
    [p.bits!, q.bits!],
    b.shape,
    (c: BShare, d: BShare) => ctx.protocol.xor(c, d),
  );
  return new CrypTensor(ctx, b.shape, { scale: 0, bound: 1 }, { bits: cell, width: 1 });
}
