/**
 * Opening: each party misses one component, and its neighbour sends it. What arrives follows from the result and from what the
 * receiver holds, so it says nothing else, and the shares need no refreshing.
 *
 * @module
 */
import type { Message } from "../../comm/communicator.ts";
import { BitTensor, packedBytes, packPlanes, unpackPlanes, xorBits } from "../../ring/bits.ts";
import { add, addInto } from "../../ring/elementwise.ts";
import { sizeOf } from "../../ring/shape.ts";
import { RingTensor } from "../../ring/tensor.ts";
import { type Payload, receive, send } from "../exchange.ts";
import type { AShare, BShare, Call, Env, Pending } from "../protocol.ts";
import { compareTraces } from "../reveal.ts";
import { after, passOn } from "./format.ts";
import { whole } from "./products.ts";

/** Sends this party's first component towards `to`; resolves to the missing one at a receiver. */
async function exchangeMissing(
  env: Env,
  call: Call,
  to: number | "all",
  payload: Payload,
): Promise<Message | undefined> {
  // Party i misses component i + 2, which is the first of the party before it.
  const [next, previous] = [after(env.rank, 1), after(env.rank, 2)];
  if (to === "all") return await passOn(env, call, { to: next, from: previous }, payload);
  if (to === next) send(env, call, { peer: next, sub: 0 }, payload);
  return to === env.rank ? await receive(env, call, { peer: previous, sub: 0 }, payload.bytes) : undefined;
}

/** Opens words to all or to one. */
export async function reveal(
  env: Env,
  call: Call,
  x: Pending<AShare>,
  to: number | "all",
): Promise<RingTensor | undefined> {
  const traces = compareTraces(env, call);
  const [own, next] = (await whole(env, call, x, 0)).parts;
  await traces;
  const payload = { bytes: 8 * sizeOf(x.shape), fill: (dst: Uint8Array) => dst.set(own!.bytes()) };
  const message = await exchangeMissing(env, call, to, payload);
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
  const fill = (dst: Uint8Array): void => packPlanes(heap, own!.ptr, size, width, dst);
  const message = await exchangeMissing(env, call, to, { bytes: packedBytes(size, width), fill });
  if (message === undefined) return undefined;
  const missing = BitTensor.zeros(heap, b.shape, width);
  unpackPlanes(heap, missing.ptr, size, width, message.bytes);
  message.release();
  const known = xorBits(own!, next!);
  const out = xorBits(known, missing);
  for (const t of [missing, known]) t.free();
  return out;
}
