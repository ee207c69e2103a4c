/**
 * Openings: every party sends its share of a *masked* value to every other, and all add them up. The caller says why the
 * value is masked by randomness that is used once.
 *
 * @module
 */
import type { Message } from "../../comm/communicator.ts";
import { Block } from "../../ring/block.ts";
import { type BitTensor, packedBytes, packPlanes, unpackPlanes } from "../../ring/bits.ts";
import { RingTensor } from "../../ring/tensor.ts";
import { exchange } from "../exchange.ts";
import type { Call, Env } from "../protocol.ts";
import type { Correlation } from "../provider.ts";
import { forBlocks } from "./blocks.ts";

/** Bytes that are added at a time; fits the second-level cache with room to spare. */
const PIECE = 1 << 16;

/** Adds received words to `own`. */
export function addMessages(own: RingTensor, messages: readonly Message[]): void {
  const { heap, byteLength } = own;
  const scratch = new Block(heap, Math.min(byteLength, PIECE));
  for (const message of messages) {
    for (let at = 0; at < byteLength; at += PIECE) {
      const piece = Math.min(PIECE, byteLength - at);
      heap.u8(scratch.ptr, piece).set(message.bytes.subarray(at, at + piece));
      heap.kernels.elementwise.vadd(own.ptr + at, own.ptr + at, scratch.ptr, Math.ceil(piece / 16) * 16);
    }
    message.release();
  }
  scratch.drop();
}

/** Xors received planes into `own`. */
export function xorMessages(own: BitTensor, messages: readonly Message[]): void {
  const { heap } = own;
  const scratch = new Block(heap, own.byteLength);
  for (const message of messages) {
    unpackPlanes(heap, scratch.ptr, own.size, own.width, message.bytes);
    if (own.size > 0) heap.kernels.elementwise.vxor(own.ptr, own.ptr, scratch.ptr, own.byteLength);
    message.release();
  }
  scratch.drop();
}

/** Opens words. Takes over `own`, which becomes the result. */
export async function openWords(env: Env, call: Call, sub: number, own: RingTensor): Promise<RingTensor> {
  const send = (dst: Uint8Array): void => dst.set(own.bytes());
  addMessages(own, await exchange(env, call, sub, own.byteLength, send));
  return own;
}

/** Opens bit planes. Takes over `own`, which becomes the result. */
export async function openPlanes(env: Env, call: Call, sub: number, own: BitTensor): Promise<BitTensor> {
  const send = (dst: Uint8Array): void => packPlanes(env.heap, own.ptr, own.size, own.width, dst);
  const bytes = packedBytes(own.size, own.width);
  xorMessages(own, await exchange(env, call, sub, bytes, send));
  return own;
}

/** x + r as a new tensor: uniform, because the mask r is fresh, dense and used for this opening only. */
export function plusMask(env: Env, x: RingTensor, corr: Correlation, field = "r"): RingTensor {
  const out = RingTensor.empty(env.heap, x.shape);
  forBlocks(x.size, (block, start, n) => {
    const at = out.ptr + start * 8;
    corr.fill(field, block, at);
    env.heap.kernels.elementwise.vadd(at, at, x.ptr + start * 8, Math.ceil(n / 2) * 16);
  });
  return out;
}
