/**
 * Test for zero: x = 0 exactly when the public C = x + r equals r.
 *
 * @module
 */
import { BitTensor, PLANE_BYTES } from "../../ring/bits.ts";
import type { Kernel } from "../../ring/kernels.ts";
import { sizeOf } from "../../ring/shape.ts";
import type { AShare, BShare, Call, Env, Pending } from "../protocol.ts";
import type { BlockKind, Field, Params } from "../provider.ts";
import { forBlocks } from "./blocks.ts";
import { Scratch } from "./compare.ts";
import { openPlanes, openWords, plusMask } from "./open.ts";
import { part, take } from "./products.ts";

const NIBBLES = 16;
const TABLE_STRIDE = NIBBLES * 16 * PLANE_BYTES;
const WORD_STRIDE = 64 * PLANE_BYTES;
/** Four products of four nibbles, then one product of the four. */
const LEVELS = [{ products: 4 }, { products: 1 }] as const;

/** r, one-hot tables of its nibbles, and for each product of four bits its masks and one-hot field. */
export const zeroKind: BlockKind = {
  name: "zero",
  form: "block",
  elements: (params: Params) => {
    const n = params["n"];
    if (typeof n !== "number" || !Number.isInteger(n) || n < 0 || n > 2 ** 29) {
      throw new RangeError(`Cannot deal: parameter "n" is out of range, 0 to 2^29 is wanted`);
    }
    return n;
  },
  fields: (): Field[] => [
    { name: "r", type: "ring", role: "mask" },
    { name: "tables", type: "bits", role: "derived", planes: NIBBLES * 16 },
    ...LEVELS.flatMap(({ products }, i): Field[] => [
      { name: `mask${i}`, type: "bits", role: "mask", planes: 4 * products },
      { name: `all${i}`, type: "bits", role: "derived", planes: 16 * products },
    ]),
  ],
  deal(b) {
    const k = b.heap.kernels.compare as Readonly<Record<string, Kernel>>;
    const planes = b.scratch(b.groups * WORD_STRIDE);
    b.heap.kernels.bits.words_to_planes(planes, b.mask("r"), b.groups);
    for (let t = 0; t < NIBBLES; t++) {
      const table = b.derived("tables") + t * 16 * PLANE_BYTES;
      k["deal_leaf_4"]!(table, planes + 4 * t * PLANE_BYTES, b.groups, TABLE_STRIDE, WORD_STRIDE);
    }
    LEVELS.forEach(({ products }, i) => {
      for (let p = 0; p < products; p++) {
        const field = b.derived(`all${i}`) + 16 * p * PLANE_BYTES;
        const mask = b.mask(`mask${i}`) + 4 * p * PLANE_BYTES;
        k["deal_all_4"]!(field, mask, b.groups, 16 * products * PLANE_BYTES, 4 * products * PLANE_BYTES);
      }
    });
  },
};

/**
 * XOR shares of [x = 0]. Opens C = x + r and two levels of masked bits, each uniform under a mask that hides nothing else.
 * Products of four bits take one round: Q is one-hot at (not alpha), and entry e of Q is the product.
 */
export async function isZero(env: Env, call: Call, x: Pending<AShare>): Promise<BShare> {
  const { heap } = env;
  const k = heap.kernels.compare as Readonly<Record<string, Kernel>>;
  const corr = take(env, zeroKind, { n: sizeOf(x.shape) }, call);
  const opened = await openWords(env, call, 0, plusMask(env, part(await x.wait()), corr));
  await corr.ready();
  const message = BitTensor.empty(heap, x.shape, NIBBLES);
  const scratch = new Scratch(heap, opened.size);
  const planes = scratch.take(WORD_STRIDE);
  const tables = scratch.take(TABLE_STRIDE);
  const leaves = scratch.take(2 * PLANE_BYTES);
  const mask = scratch.take(NIBBLES * PLANE_BYTES);
  const field = scratch.take(64 * PLANE_BYTES);
  forBlocks(opened.size, (block, start, _n, groups) => {
    heap.kernels.bits.words_to_planes(planes, opened.ptr + start * 8, groups);
    corr.fill("tables", block, tables);
    corr.fill("mask0", block, mask);
    const to = message.ptr + (start / 128) * message.stride;
    for (let t = 0; t < NIBBLES; t++) {
      const table = tables + t * 16 * PLANE_BYTES;
      k["leaf_4"]!(
        leaves,
        planes + 4 * t * PLANE_BYTES,
        table,
        groups,
        2 * PLANE_BYTES,
        WORD_STRIDE,
        TABLE_STRIDE,
      );
      const eq = leaves + PLANE_BYTES;
      heap.kernels.bits.copy_planes(
        to + t * PLANE_BYTES,
        eq,
        PLANE_BYTES,
        groups,
        message.stride,
        2 * PLANE_BYTES,
      );
    }
    heap.kernels.elementwise.vxor(to, to, mask, groups * message.stride);
  });
  opened.free();
  const first = await openPlanes(env, call, 1, message);
  const next = BitTensor.empty(heap, x.shape, 4);
  forBlocks(next.size, (block, start, _n, groups) => {
    corr.fill("all0", block, field);
    corr.fill("mask1", block, mask);
    const group = start / 128;
    const to = next.ptr + group * next.stride;
    for (let p = 0; p < 4; p++) {
      const from = first.ptr + group * first.stride + 4 * p * PLANE_BYTES;
      const q = field + 16 * p * PLANE_BYTES;
      k["all_4"]!(to + p * PLANE_BYTES, from, q, groups, next.stride, first.stride, 64 * PLANE_BYTES);
    }
    heap.kernels.elementwise.vxor(to, to, mask, groups * next.stride);
  });
  first.free();
  const second = await openPlanes(env, call, 2, next);
  const out = BitTensor.empty(heap, x.shape, 1);
  forBlocks(out.size, (block, start, _n, groups) => {
    corr.fill("all1", block, field);
    const group = start / 128;
    const to = out.ptr + group * out.stride;
    k["all_4"]!(
      to,
      second.ptr + group * second.stride,
      field,
      groups,
      out.stride,
      second.stride,
      16 * PLANE_BYTES,
    );
  });
  second.free();
  scratch.free();
  corr.free();
  return { parts: [out] };
}
