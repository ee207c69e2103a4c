/**
 * One-hot vectors of a secret index: the dealer shares that of a mask's index, and the parties turn it by the opened one
 * (one-time truth tables; Ishai et al., TCC 2013).
 *
 * @module
 */
import { Block } from "../../ring/block.ts";
import { sizeOf } from "../../ring/shape.ts";
import { permute } from "../../ring/movement.ts";
import { RingTensor } from "../../ring/tensor.ts";
import type { Message } from "../../comm/communicator.ts";
import { exchange } from "../exchange.ts";
import type { AShare, Call, Env, Pending, Table } from "../protocol.ts";
import type { BlockKind, Correlation, DealBlock, Field, Params } from "../provider.ts";
import { forBlocks } from "./blocks.ts";
import { elementsOf, mask, whole } from "./fields.ts";
import { part, take } from "./products.ts";

/** Elements of a look-up that are dealt at a time: their tables take a quarter of a megabyte, and more only beyond 2^8 entries. */
export function lookupBlock(indexBits: number): number {
  return Math.max(128, 2 ** Math.min(12, 15 - indexBits));
}

/** Most bits of an index: 16 kB of table per element. */
export const MOST_INDEX_BITS = 11;

/** 2^bits words per element. */
export function hotField(bits: number): Field {
  return { name: "hot", type: "ring", role: "derived", words: 2 ** bits };
}

/** Turns the sums in "hot" into corrections: the one-hot vector of `bits` bits of r, from `shift` on. */
export function dealHot(b: DealBlock, shift: number, bits: number): void {
  b.heap.kernels.spline.deal_hot(b.derived("hot"), b.mask("r"), b.n, shift, bits);
}

const bitsOf = (p: Params): number => whole(p, "bits", 1, MOST_INDEX_BITS);

/** r, and the one-hot vector of its low bits. */
export const oneHotKind: BlockKind = {
  name: "oneHot",
  form: "block",
  block: (p) => lookupBlock(bitsOf(p)),
  elements: elementsOf,
  fields: (p) => [mask("r"), hotField(bitsOf(p))],
  deal: (b, p) => dealHot(b, 0, bitsOf(p)),
};

/** Bits of the indices below `size`. */
export function indexBitsOf(size: number): number {
  return Math.max(1, Math.ceil(Math.log2(size)));
}

/**
 * Opens the low `bytes` bytes of x + r: uniform, because r is a fresh uniform word and no more of its bits are sent than
 * mask. The upper bytes of the result are not defined.
 */
export async function openLow(
  env: Env,
  call: Call,
  x: Pending<AShare>,
  corr: Correlation,
  bytes: number,
  block: number,
  offset = 0n,
): Promise<RingTensor> {
  const { heap } = env;
  const own = part(await x.wait()).clone();
  const n = own.size;
  const scratch = new Block(heap, Math.max(8 * block, bytes * n + 8));
  const { elementwise, spline } = heap.kernels;
  forBlocks(n, (at, start, count) => {
    corr.fill("r", at, scratch.ptr);
    const words = own.ptr + 8 * start;
    elementwise.vadd(words, words, scratch.ptr, Math.ceil(count / 2) * 16);
  }, block);
  if (env.rank === 0 && offset !== 0n && n > 0) {
    const word = BigInt.asUintN(64, offset);
    const [low, high] = [Number(word & 0xffffffffn), Number(word >> 32n)];
    elementwise.vaddc(own.ptr, own.ptr, Math.ceil(n / 2) * 16, low, high);
  }
  const send = (dst: Uint8Array): void => {
    if (n > 0) spline.pack_low(scratch.ptr, own.ptr, n, bytes);
    dst.set(heap.u8(scratch.ptr, bytes * n));
  };
  const messages: readonly Message[] = await exchange(env, call, 0, bytes * n, send);
  for (const message of messages) {
    heap.u8(scratch.ptr, bytes * n).set(message.bytes);
    message.release();
    if (n > 0) spline.add_low(own.ptr, scratch.ptr, n, bytes);
  }
  scratch.drop();
  return own;
}

/** One-hot vectors of integers in [0, size) on a new last axis: opens the index plus a mask of its bits. */
export async function oneHot(env: Env, call: Call, x: Pending<AShare>, size: number): Promise<AShare> {
  const { heap } = env;
  const n = sizeOf(x.shape);
  const bits = indexBitsOf(size);
  const block = lookupBlock(bits);
  const corr = take(env, oneHotKind, { n, bits }, call);
  const [opened] = await Promise.all([openLow(env, call, x, corr, Math.ceil(bits / 8), block), corr.ready()]);
  const out = RingTensor.empty(heap, [...x.shape, size]);
  const scratch = new Block(heap, 8 * 2 ** bits * Math.min(n, block));
  forBlocks(n, (at, start, count) => {
    corr.fill("hot", at, scratch.ptr);
    const to = out.ptr + 8 * size * start;
    heap.kernels.spline.turn_hot(to, scratch.ptr, opened.ptr + 8 * start, count, 0, bits, size);
  }, block);
  scratch.drop();
  opened.free();
  corr.free();
  return { parts: [out] };
}

/** A table's rows as words, in reverse and twice, so that any turn of them is a run: row u is that of index -u. */
export function turnedRows(env: Env, rows: readonly (readonly bigint[])[]): RingTensor {
  const width = rows[0]!.length;
  const words = new BigUint64Array(2 * rows.length * width);
  for (let u = 0; u < 2 * rows.length; u++) {
    const row = rows[(2 * rows.length - u) % rows.length]!;
    for (let k = 0; k < width; k++) words[u * width + k] = BigInt.asUintN(64, row[k]!);
  }
  return RingTensor.from(env.heap, [2 * rows.length, width], words);
}

/** Entries of a public table at secret integers: opens the index plus a mask of its bits; the rest is local. */
export async function lookup(env: Env, call: Call, x: Pending<AShare>, table: Table): Promise<AShare> {
  const { heap } = env;
  const n = sizeOf(x.shape);
  const { low, indexBits: bits, rows } = table;
  const block = lookupBlock(bits);
  const corr = take(env, oneHotKind, { n, bits }, call);
  const [opened] = await Promise.all([
    openLow(env, call, x, corr, Math.ceil(bits / 8), block, -low),
    corr.ready(),
  ]);
  const width = rows[0]!.length as 1 | 2 | 3 | 4;
  const turned = turnedRows(env, rows);
  const picked = RingTensor.empty(heap, [n, width]);
  const pick = heap.kernels.spline[`spline_pick_${(width - 1) as 0 | 1 | 2 | 3}`];
  const scratch = new Block(heap, 8 * 2 ** bits * Math.min(n, block));
  forBlocks(n, (at, start, count) => {
    corr.fill("hot", at, scratch.ptr);
    const from = opened.ptr + 8 * start;
    pick(picked.ptr + 8 * width * start, scratch.ptr, from, turned.ptr, count, 0, bits);
  }, block);
  scratch.drop();
  const columns = permute(picked, [1, 0]);
  const out = columns.reshape([width, ...x.shape]);
  for (const t of [opened, turned, picked, columns]) t.free();
  corr.free();
  return { parts: [out] };
}
