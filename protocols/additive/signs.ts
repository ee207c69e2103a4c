/**
 * Sign, ReLU and selection.
 *
 * @module
 */
import { Block } from "../../ring/block.ts";
import { BitTensor, PLANE_BYTES } from "../../ring/bits.ts";
import { sizeOf } from "../../ring/shape.ts";
import { RingTensor } from "../../ring/tensor.ts";
import type { AShare, BShare, Call, Env, Pending } from "../protocol.ts";
import { BLOCK, type Correlation } from "../provider.ts";
import { forBlocks } from "./blocks.ts";
import { lessThanMask } from "./compare.ts";
import { kinds } from "./kinds.ts";
import { openPlanes } from "./open.ts";
import { planFor, type Profile } from "./plan.ts";
import { part, take } from "./products.ts";
import { type Masked, maskedForm, openMasked, viewParam } from "./view.ts";

/** Number of the first message of a comparison within a call; those before are the call's own. */
export const COMPARE_SUB = 4;

/** Xors a one-plane field, and optionally a public plane at party 0, into one-plane shares. */
export function xorField(env: Env, bits: BitTensor, corr: Correlation, field: string): void {
  const scratch = new Block(env.heap, (BLOCK / 128) * PLANE_BYTES);
  forBlocks(bits.size, (block, start, _n, groups) => {
    const at = bits.ptr + (start / 128) * PLANE_BYTES;
    corr.fill(field, block, scratch.ptr);
    env.heap.kernels.elementwise.vxor(at, at, scratch.ptr, groups * PLANE_BYTES);
  });
  scratch.drop();
}

/** Xors public planes into the shares of party 0. */
export function xorPublicPlanes(env: Env, bits: BitTensor, open: BitTensor): void {
  if (env.rank !== 0 || bits.size === 0) return;
  env.heap.kernels.elementwise.vxor(bits.ptr, bits.ptr, open.ptr, bits.byteLength);
}

/** Flips all bits at party 0. */
export function flip(env: Env, bits: BitTensor): void {
  if (env.rank !== 0 || bits.size === 0) return;
  env.heap.kernels.elementwise.vnot(bits.ptr, bits.ptr, bits.byteLength);
}

/**
 * XOR shares of msb(x) and the public C = x + r. With q = [C mod 2^63 < r mod 2^63], msb(x) = C63 xor r63 xor q.
 */
async function signOf(
  env: Env,
  call: Call,
  corr: Correlation,
  masked: Masked,
  profile: Profile,
): Promise<{ bit: BitTensor; opened: RingTensor }> {
  const opened = await openMasked(call, masked, corr);
  const plan = planFor(63, profile);
  const { less, kept } = await lessThanMask({
    env,
    call,
    sub: COMPARE_SUB,
    plan,
    corr,
    opened,
    low: 0,
    keep: 63,
  });
  xorField(env, less, corr, "top");
  xorPublicPlanes(env, less, kept);
  kept.free();
  return { bit: less, opened };
}

/** Shares of the sign bit. */
export async function sign(env: Env, call: Call, x: Pending<AShare>, profile: Profile): Promise<BShare> {
  const masked = maskedForm(env, call, x);
  const corr = take(env, kinds.sign, { n: sizeOf(x.shape), profile, ...viewParam("view", masked) }, call);
  const { bit } = await signOf(env, call, corr, masked, profile);
  corr.free();
  return { parts: [bit] };
}

/** bit·x from e = bit xor beta (opened), C = x + r (opened) and shares of beta and beta·r. */
function selectOpened(
  env: Env,
  x: RingTensor,
  e: BitTensor,
  opened: RingTensor,
  corr: Correlation,
): RingTensor {
  const out = RingTensor.empty(env.heap, x.shape);
  const scratch = new Block(env.heap, 2 * 32768);
  const [b, q] = [scratch.ptr, scratch.ptr + 32768];
  forBlocks(x.size, (block, start, n) => {
    corr.fill("b", block, b);
    corr.fill("q", block, q);
    const at = start * 8;
    env.heap.kernels.select.select(out.ptr + at, x.ptr + at, opened.ptr + at, b, q, e.ptr + start / 8, n);
  });
  scratch.drop();
  return out;
}

/**
 * max(x, 0), exact for every 64-bit x. Opens C = x + r, the comparison's masked bits, and e = (not msb) xor beta: each is
 * uniform under a fresh mask that hides nothing else.
 */
export async function relu(env: Env, call: Call, x: Pending<AShare>, profile: Profile): Promise<AShare> {
  const masked = maskedForm(env, call, x);
  const corr = take(env, kinds.relu, { n: sizeOf(x.shape), profile, ...viewParam("view", masked) }, call);
  const { bit, opened } = await signOf(env, call, corr, masked, profile);
  flip(env, bit);
  xorField(env, bit, corr, "beta");
  const e = await openPlanes(env, call, 1, bit);
  const out = selectOpened(env, part(await x.wait()), e, opened, corr);
  e.free();
  corr.free();
  return { parts: [out] };
}

/** bit·x for a shared bit: opens e = bit xor beta and C = x + r, in one round. */
export async function select(env: Env, call: Call, b: Pending<BShare>, x: Pending<AShare>): Promise<AShare> {
  const masked = maskedForm(env, call, x);
  const corr = take(env, kinds.select, { n: sizeOf(x.shape), ...viewParam("view", masked) }, call);
  const [xs, bs] = await Promise.all([x.wait(), b.wait()]);
  const bits = copyBits(env, bs.parts[0]!);
  xorField(env, bits, corr, "beta");
  const [opened, e] = await Promise.all([
    masked.open(corr, xs),
    openPlanes(env, call, 1, bits),
    corr.ready(),
  ]);
  call.depth = Math.max(call.depth, masked.depth);
  const out = selectOpened(env, part(xs), e, opened, corr);
  e.free();
  corr.free();
  return { parts: [out] };
}

/** A copy of a bit tensor. */
export function copyBits(env: Env, bits: BitTensor): BitTensor {
  const out = BitTensor.empty(env.heap, bits.shape, bits.width);
  env.heap.bytes.copyWithin(out.ptr, bits.ptr, bits.ptr + bits.byteLength);
  return out;
}
