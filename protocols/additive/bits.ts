/**
 * Operations on XOR-shared bits.
 *
 * @module
 */
import { Block } from "../../ring/block.ts";
import { BitTensor, PLANE_BYTES } from "../../ring/bits.ts";
import { addInto, mulConstant } from "../../ring/elementwise.ts";
import { stack } from "../../ring/movement.ts";
import { sizeOf } from "../../ring/shape.ts";
import { RingTensor } from "../../ring/tensor.ts";
import type { AShare, BShare, Call, Env, Pending } from "../protocol.ts";
import { BLOCK } from "../provider.ts";
import { forBlocks } from "./blocks.ts";
import { kinds } from "./kinds.ts";
import { openPlanes } from "./open.ts";
import { take } from "./products.ts";
import { copyBits } from "./signs.ts";
import { bitWords } from "./truncation.ts";

/** b xor a mask field of as many planes. Uniform, because each dealt bit masks one bit, once. */
function masked(env: Env, b: BitTensor, fill: (block: number, ptr: number) => void): BitTensor {
  const out = copyBits(env, b);
  const scratch = new Block(env.heap, (BLOCK / 128) * b.stride);
  forBlocks(b.size, (block, start, _n, groups) => {
    fill(block, scratch.ptr);
    const at = out.ptr + (start / 128) * out.stride;
    env.heap.kernels.elementwise.vxor(at, at, scratch.ptr, groups * out.stride);
  });
  scratch.drop();
  return out;
}

/** b and c by bit triples: open b xor a and c xor b', in one round. */
export async function and(
  env: Env,
  call: Call,
  b: Pending<BShare>,
  c: Pending<BShare>,
  width: number,
): Promise<BShare> {
  const corr = take(env, kinds.and, { n: sizeOf(b.shape), planes: width }, call);
  const bs = (await b.wait()).parts[0]!;
  const cs = (await c.wait()).parts[0]!;
  const [e, f] = await Promise.all([
    openPlanes(env, call, 0, masked(env, bs, (block, ptr) => corr.fill("a", block, ptr))),
    openPlanes(env, call, 1, masked(env, cs, (block, ptr) => corr.fill("b", block, ptr))),
    corr.ready(),
  ]);
  const out = BitTensor.empty(env.heap, b.shape, width);
  const bytes = (BLOCK / 128) * out.stride;
  const scratch = new Block(env.heap, 3 * bytes);
  const [ma, mb, mc] = [scratch.ptr, scratch.ptr + bytes, scratch.ptr + 2 * bytes];
  forBlocks(out.size, (block, start, _n, groups) => {
    corr.fill("a", block, ma);
    corr.fill("b", block, mb);
    corr.fill("c", block, mc);
    const at = (start / 128) * out.stride;
    const first = env.rank === 0 ? 1 : 0;
    const { elementwise } = env.heap.kernels;
    elementwise.beaver_and(out.ptr + at, mc, e.ptr + at, f.ptr + at, ma, mb, groups * out.stride, first);
  });
  scratch.drop();
  for (const t of [e, f]) t.free();
  corr.free();
  return { parts: [out] };
}

/** The integers that the bits spell. As {@link weigh}, with powers of two. */
export async function fromBits(env: Env, call: Call, b: Pending<BShare>, width: number): Promise<AShare> {
  const powers = Array.from({ length: width }, (_, i) => 1n << BigInt(i));
  const { parts: [sums] } = await weigh(env, call, b, [powers]);
  const out = sums!.reshape(b.shape);
  sums!.free();
  return { parts: [out] };
}

/**
 * Sums of public weights over the bits of each element: opens each bit xor beta, uniform under a fresh dealt bit, and turns
 * the opened bits into shares of words.
 */
export async function weigh(
  env: Env,
  call: Call,
  b: Pending<BShare>,
  weights: readonly (readonly bigint[])[],
): Promise<AShare> {
  const width = weights[0]!.length;
  const corr = take(env, kinds.bitWords, { n: sizeOf(b.shape), planes: width }, call);
  const bs = (await b.wait()).parts[0]!;
  const own = copyBits(env, bs);
  const scratch = new Block(env.heap, (BLOCK / 128) * PLANE_BYTES);
  forBlocks(own.size, (block, start, _n, groups) => {
    for (let i = 0; i < width; i++) {
      corr.fill(`beta${i}`, block, scratch.ptr);
      for (let g = 0; g < groups; g++) {
        const at = own.ptr + (start / 128 + g) * own.stride + i * PLANE_BYTES;
        env.heap.kernels.elementwise.vxor(at, at, scratch.ptr + g * PLANE_BYTES, PLANE_BYTES);
      }
    }
  });
  scratch.drop();
  const [e] = await Promise.all([openPlanes(env, call, 0, own), corr.ready()]);
  const sums = weights.map(() => RingTensor.zeros(env.heap, b.shape));
  for (let i = 0; i < width; i++) {
    const words = bitWords(env, e, i, width, corr, `b${i}`);
    weights.forEach((row, k) => {
      const scaled = mulConstant(words, row[i]!);
      addInto(sums[k]!, scaled);
      scaled.free();
    });
    words.free();
  }
  e.free();
  corr.free();
  const out = stack(sums, 0);
  for (const sum of sums) sum.free();
  return { parts: [out] };
}

/** b xor c. */
export function xor(env: Env, b: BShare, c: BShare): BShare {
  const out = copyBits(env, b.parts[0]!);
  if (out.size > 0) env.heap.kernels.elementwise.vxor(out.ptr, out.ptr, c.parts[0]!.ptr, out.byteLength);
  return { parts: [out] };
}

/** b xor public bits, which party 0 adds. */
export function xorPublic(env: Env, b: BShare, c: BitTensor): BShare {
  const out = copyBits(env, b.parts[0]!);
  if (env.rank === 0 && out.size > 0) {
    env.heap.kernels.elementwise.vxor(out.ptr, out.ptr, c.ptr, out.byteLength);
  }
  return { parts: [out] };
}
