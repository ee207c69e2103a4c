/**
 * Opening: each party misses one component, and its neighbour sends it. What arrives follows from the result and from what the
 * receiver holds, so it says nothing else, and the shares need no refreshing.
 *
 * @module
 */
import type { Message } from "../../comm/communicator.ts";
import { BitTensor, packedBytes, packPlanes, unpackPlanes } from "../../ring/bits.ts";
import { add, addInto } from "../../ring/elementwise.ts";
import { sizeOf } from "../../ring/shape.ts";
import { RingTensor } from "../../ring/tensor.ts";
import type { AShare, BShare, Call, Env, Pending } from "../protocol.ts";
import { compareTraces } from "../reveal.ts";
import { after, passOn, xored } from "./format.ts";

/** Sends this party's first component towards `to`; resolves to the missing one at a receiver. */
async function exchangeMissing(
  env: Env,
  call: Call,
  to: number | "all",
  byteLength: number,
  fill: (dst: Uint8Array) => void,
): Promise<Message | undefined> {
  // Party i misses component i + 2, which is the first of the party before it.
  const [next, previous] = [after(env.rank, 1), after(env.rank, 2)];
  if (to === "all") return await passOn(env, call, { to: next, from: previous, sub: 0 }, byteLength, fill);
  const round = call.depth + 1;
  env.comm.countRound(round);
  if (to === next) env.comm.post(next, call.tag, 0, byteLength, fill);
  if (to !== env.rank) return undefined;
  const message = await env.comm.receive(previous, call.tag, 0, byteLength, call.what);
  call.depth = Math.max(call.depth, round);
  return message;
}

/** Opens words to all or to one. */
export async function reveal(
  env: Env,
  call: Call,
  x: Pending<AShare>,
  to: number | "all",
): Promise<RingTensor | undefined> {
  const traces = compareTraces(env, call);
  const [own, next] = (await x.wait()).parts;
  await traces;
  const bytes = 8 * sizeOf(x.shape);
  const message = await exchangeMissing(env, call, to, bytes, (dst) => dst.set(own!.bytes()));
  if (message === undefined) return undefined;
  using missing = RingTensor.fromBytes(env.heap, x.shape, message.bytes);
  message.release();
  const out = add(own!, next!);
  addInto(out, missing);
  return out;
}

/** Opens bits to all or to one. */
export async function revealBits(
  env: Env,
  call: Call,
  b: Pending<BShare>,
  width: number,
  to: number | "all",
): Promise<BitTensor | undefined> {
  const { heap } = env;
  const traces = compareTraces(env, call);
  const [own, next] = (await b.wait()).parts;
  await traces;
  const { size } = own!;
  const send = (dst: Uint8Array): void => packPlanes(heap, own!.ptr, size, width, dst);
  const message = await exchangeMissing(env, call, to, packedBytes(size, width), send);
  if (message === undefined) return undefined;
  const missing = BitTensor.zeros(heap, b.shape, width);
  unpackPlanes(heap, missing.ptr, size, width, message.bytes);
  message.release();
  const known = xored(own!, next!);
  const out = xored(known, missing);
  for (const t of [missing, known]) t.free();
  return out;
}
