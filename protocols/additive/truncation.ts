/**
 * Division of a shared fixed-point value by 2^bits. For -2^62 <= z < 2^62 none of these ever fails: the result is
 * floor(z/2^bits) + {0,1} with mean z/2^bits, or exactly the floor in exact mode.
 *
 * @module
 */
import { Block } from "../../ring/block.ts";
import { BitTensor, PLANE_BYTES } from "../../ring/bits.ts";
import { addConstant, addInto, shiftRightArithmetic, subInto } from "../../ring/elementwise.ts";
import { neg } from "../../ring/elementwise.ts";
import { sizeOf } from "../../ring/shape.ts";
import { RingTensor } from "../../ring/tensor.ts";
import type { AShare, Call, Env, Pending, Truncation } from "../protocol.ts";
import type { Correlation } from "../provider.ts";
import { forBlocks } from "./blocks.ts";
import { lessThanMask } from "./compare.ts";
import { kinds } from "./kinds.ts";
import { openPlanes, openWords, plusMask } from "./open.ts";
import { planFor, type Profile } from "./plan.ts";
import { part, take } from "./products.ts";
import { COMPARE_SUB, xorField, xorPublicPlanes } from "./signs.ts";

const OFFSET = 1n << 62n;

/** Truncation in the given mode. */
export async function truncate(
  env: Env,
  call: Call,
  x: Pending<AShare>,
  bits: number,
  mode: Truncation,
  profile: Profile,
): Promise<AShare> {
  if (mode === "exact") return await truncateExact(env, call, x, bits, profile);
  if (mode === "local") return truncateLocal(env, await x.wait(), bits);
  return env.parties === 2
    ? await truncateWrap(env, call, x, bits)
    : await truncateOpened(env, call, x, bits);
}

/**
 * CrypTen's way, with the unbiased rounding of SPU: party 0 keeps floor(s/2^bits), party 1 the ceiling. Wrong by 2^(64-bits)
 * with probability about |z|/2^64; only for two parties and only on request.
 */
function truncateLocal(env: Env, x: AShare, bits: number): AShare {
  if (env.parties !== 2) {
    throw new RangeError(`Cannot truncate locally: there are ${env.parties} parties, 2 are wanted`);
  }
  if (env.rank === 0) return { parts: [shiftRightArithmetic(part(x), bits)] };
  using negated = neg(part(x));
  using shifted = shiftRightArithmetic(negated, bits);
  return { parts: [neg(shifted)] };
}

/**
 * Two parties: shift locally, one rounding down and the other up, and repair the wrap W = 1 - u0·u1, where u_i is the complement of the top bit of party i's
 * share of z + 2^62. Each u_i crosses the wire once, xored with a private dealt bit. (Truncation with known top bit: SIRNN,
 * Cheetah; see also Guo et al., USENIX Security 2025.)
 */
async function truncateWrap(env: Env, call: Call, x: Pending<AShare>, bits: number): Promise<AShare> {
  const n = sizeOf(x.shape);
  const corr = take(env, kinds.wrap, { n, bits }, call);
  const share = await x.wait();
  const xs = share.uniform === true ? part(share).keep() : refresh(env, call, part(share));
  const first = env.rank === 0 ? 1 : 0;
  const own = BitTensor.empty(env.heap, x.shape, 1);
  if (n > 0) {
    env.heap.kernels.bits.sign_bits(own.ptr, xs.ptr, n, first);
    env.heap.kernels.elementwise.vnot(own.ptr, own.ptr, own.byteLength);
  }
  xorField(env, own, corr, `own${env.rank}`);
  const mine = BitTensor.empty(env.heap, x.shape, 1);
  env.heap.bytes.copyWithin(mine.ptr, own.ptr, own.ptr + own.byteLength);
  const sum = await openPlanes(env, call, 0, own);
  if (n > 0) env.heap.kernels.elementwise.vxor(sum.ptr, sum.ptr, mine.ptr, sum.byteLength);
  await corr.ready();
  const out = RingTensor.empty(env.heap, x.shape);
  const scratch = new Block(env.heap, 32768 + 8192 + 512);
  const [c, narrow, secret] = [scratch.ptr, scratch.ptr + 32768, scratch.ptr + 32768 + 8192];
  const { select } = env.heap.kernels;
  forBlocks(n, (block, start, count) => {
    if (bits <= 16) {
      corr.fill("c", block, narrow);
      select.widen16(c, narrow, count);
    } else corr.fill("c", block, c);
    corr.fill(`own${env.rank}`, block, secret);
    const at = start * 8;
    const plane = (start / 128) * PLANE_BYTES;
    select.trunc_wrap(
      out.ptr + at,
      xs.ptr + at,
      c,
      mine.ptr + plane,
      sum.ptr + plane,
      secret,
      count,
      bits,
      first,
    );
  });
  scratch.drop();
  for (const t of [xs, mine, sum]) t.free();
  corr.free();
  return { parts: [out] };
}

/**
 * Adds a sharing of zero, which makes the two shares uniform given their sum. Without it the rounding is biased when the low
 * bits of the shares are not uniform, after a public product by a multiple of a power of two, say.
 */
function refresh(env: Env, call: Call, x: RingTensor): RingTensor {
  const pad = env.seeds.pair(1 - env.rank, "zero").tensor(env.heap, call.tag, 0, x.shape);
  if (env.rank === 0) {
    addInto(pad, x);
    return pad;
  }
  const out = x.clone();
  subInto(out, pad);
  pad.free();
  return out;
}

/** Opens C = z + 2^62 + r. Uniform, because r is fresh, dense and hides nothing else. */
async function openOffset(env: Env, call: Call, x: Pending<AShare>, corr: Correlation): Promise<RingTensor> {
  const own = plusMask(env, part(await x.wait()), corr);
  if (env.rank !== 0) return await openWords(env, call, 0, own);
  const shifted = addConstant(own, OFFSET);
  own.free();
  return await openWords(env, call, 0, shifted);
}

/** K - rh ± 2^(63-bits)·rt, from the opened C. */
function fromOpened(env: Env, opened: RingTensor, corr: Correlation, bits: number): RingTensor {
  const out = RingTensor.empty(env.heap, opened.shape);
  const scratch = new Block(env.heap, 2 * 32768);
  const [rh, rt] = [scratch.ptr, scratch.ptr + 32768];
  forBlocks(opened.size, (block, start, n) => {
    corr.fill("rh", block, rh);
    corr.fill("rt", block, rt);
    const at = start * 8;
    const first = env.rank === 0 ? 1 : 0;
    env.heap.kernels.select.trunc_opened(out.ptr + at, opened.ptr + at, rh, rt, n, bits, first);
  });
  scratch.drop();
  return out;
}

/** Any number of parties: Dalskov, Escudero, Keller 2019 section 3.2.2; edaBits (Escudero et al. 2020) section 5.1. */
async function truncateOpened(env: Env, call: Call, x: Pending<AShare>, bits: number): Promise<AShare> {
  const corr = take(env, kinds.truncate, { n: sizeOf(x.shape), bits }, call);
  const [opened] = await Promise.all([openOffset(env, call, x, corr), corr.ready()]);
  const out = fromOpened(env, opened, corr, bits);
  opened.free();
  corr.free();
  return { parts: [out] };
}

/** The floor: as above, minus the missing borrow [C_low < r_low], which the comparison engine shares. */
async function truncateExact(
  env: Env,
  call: Call,
  x: Pending<AShare>,
  bits: number,
  profile: Profile,
): Promise<AShare> {
  const corr = take(env, kinds.truncateExact, { n: sizeOf(x.shape), bits, profile }, call);
  const [opened] = await Promise.all([openOffset(env, call, x, corr), corr.ready()]);
  const out = fromOpened(env, opened, corr, bits);
  const plan = planFor(bits, profile);
  const { less, kept } = await lessThanMask({
    env,
    call,
    sub: COMPARE_SUB,
    plan,
    corr,
    opened,
    low: 0,
    keep: 0,
  });
  kept.free();
  opened.free();
  xorField(env, less, corr, "beta");
  // Uniform under the fresh bit beta.
  const e = await openPlanes(env, call, 1, less);
  const borrow = bitWords(env, e, 0, 1, corr, "b");
  e.free();
  corr.free();
  subInto(out, borrow);
  borrow.free();
  return { parts: [out] };
}

/** Shares of one opened-and-masked plane as words: e·[first] + (1 - 2e)·b. */
export function bitWords(
  env: Env,
  open: BitTensor,
  plane: number,
  planes: number,
  corr: Correlation,
  field: string,
): RingTensor {
  const out = RingTensor.empty(env.heap, open.shape);
  const scratch = new Block(env.heap, 32768 + 512);
  const bits = scratch.ptr + 32768;
  forBlocks(open.size, (block, start, n, groups) => {
    corr.fill(field, block, scratch.ptr);
    const from = open.ptr + (start / 128) * planes * PLANE_BYTES + plane * PLANE_BYTES;
    env.heap.kernels.bits.copy_planes(bits, from, PLANE_BYTES, groups, PLANE_BYTES, planes * PLANE_BYTES);
    const first = env.rank === 0 ? 1 : 0;
    env.heap.kernels.select.bit_to_ring(out.ptr + start * 8, scratch.ptr, bits, n, first);
  });
  scratch.drop();
  return out;
}

/**
 * max(truncate(z), 0) from one opening C = z + 2^62 + r, for -2^62 <= z < 2^62 - 2^bits. The sign of the truncated value
 * needs only the bits above `bits`: pos = C62 xor r62 xor [C < r on bits `bits`..61].
 */
export async function truncateRelu(
  env: Env,
  call: Call,
  x: Pending<AShare>,
  bits: number,
  profile: Profile,
): Promise<AShare> {
  const corr = take(env, kinds.truncateRelu, { n: sizeOf(x.shape), bits, profile }, call);
  const opened = await openOffset(env, call, x, corr);
  const plan = planFor(62 - bits, profile);
  const { less, kept } = await lessThanMask({
    env,
    call,
    sub: COMPARE_SUB,
    plan,
    corr,
    opened,
    low: bits,
    keep: 62,
  });
  xorField(env, less, corr, "top");
  xorPublicPlanes(env, less, kept);
  kept.free();
  xorField(env, less, corr, "beta");
  // Uniform under the fresh bit beta.
  const e = await openPlanes(env, call, 1, less);
  const out = RingTensor.empty(env.heap, x.shape);
  const scratch = new Block(env.heap, 5 * 32768);
  const at = (i: number): number => scratch.ptr + i * 32768;
  const fields = ["rh", "rt", "b", "brh", "brt"];
  forBlocks(out.size, (block, start, n) => {
    fields.forEach((field, i) => corr.fill(field, block, at(i)));
    const offset = start * 8;
    const first = env.rank === 0 ? 1 : 0;
    env.heap.kernels.select.trunc_relu(
      out.ptr + offset,
      opened.ptr + offset,
      at(0),
      at(1),
      at(2),
      at(3),
      at(4),
      e.ptr + (start / 128) * PLANE_BYTES,
      n,
      bits,
      first,
    );
  });
  scratch.drop();
  e.free();
  opened.free();
  corr.free();
  return { parts: [out] };
}
