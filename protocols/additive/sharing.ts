/**
 * Sharing, revealing, and what is local.
 *
 * @module
 */
import { Block } from "../../ring/block.ts";
import { BitTensor, packedBytes, packPlanes } from "../../ring/bits.ts";
import { addInto, subInto } from "../../ring/elementwise.ts";
import type { Shape } from "../../ring/shape.ts";
import { RingTensor } from "../../ring/tensor.ts";
import type { AShare, BShare, Call, Env, Pending } from "../protocol.ts";
import { sendTo } from "../exchange.ts";
import { compareTraces } from "../reveal.ts";
import { addMessages, xorMessages } from "./open.ts";
import { part } from "./products.ts";
import { copyBits } from "./signs.ts";

/**
 * The owner draws every other party's share from the seed it shares with it, and keeps the rest; nothing is sent. The purpose
 * of the seed names the owner: inputs of two owners never use one stream.
 */
export function share(
  env: Env,
  call: Call,
  value: RingTensor | undefined,
  owner: number,
  shape: Shape,
): AShare {
  const purpose = `share:${owner}`;
  if (env.rank !== owner) {
    return { parts: [env.seeds.pair(owner, purpose).tensor(env.heap, call.tag, 0, shape)] };
  }
  const out = value!.clone();
  for (let peer = 0; peer < env.parties; peer++) {
    if (peer === owner) continue;
    const theirs = env.seeds.pair(peer, purpose).tensor(env.heap, call.tag, 0, shape);
    subInto(out, theirs);
    theirs.free();
  }
  return { parts: [out] };
}

/**
 * A sharing of zero: sum over the peers of ± the stream shared with each. All pairs of seeds take part, not only neighbours,
 * so that no coalition short of everybody else knows a party's share.
 */
export function zeroShare(env: Env, call: Call, field: number, shape: Shape): RingTensor {
  const out = RingTensor.zeros(env.heap, shape);
  for (let peer = 0; peer < env.parties; peer++) {
    if (peer === env.rank) continue;
    const stream = env.seeds.pair(peer, "zero").tensor(env.heap, call.tag, field, shape);
    if (peer > env.rank) addInto(out, stream);
    else subInto(out, stream);
    stream.free();
  }
  return out;
}

/** The same over F_2. */
export function zeroBits(env: Env, call: Call, field: number, shape: Shape, width: number): BitTensor {
  const out = BitTensor.zeros(env.heap, shape, width);
  const scratch = new Block(env.heap, out.byteLength);
  for (let peer = 0; peer < env.parties; peer++) {
    if (peer === env.rank || out.size === 0) continue;
    env.seeds.pair(peer, "zero").fill(env.heap, call.tag, field, scratch.ptr, 0, out.byteLength);
    env.heap.kernels.elementwise.vxor(out.ptr, out.ptr, scratch.ptr, out.byteLength);
  }
  scratch.drop();
  return out;
}

/**
 * Opens to all or to one. With three or more parties the shares are refreshed by a sharing of zero first, so that what is
 * sent is uniform given the secret, whatever was known of the shares before.
 */
export async function reveal(
  env: Env,
  call: Call,
  x: Pending<AShare>,
  to: number | "all",
): Promise<RingTensor | undefined> {
  const traces = compareTraces(env, call);
  const share = part(await x.wait());
  await traces;
  const own = env.parties > 2
    ? zeroShare(env, call, 0, share.shape)
    : RingTensor.zeros(env.heap, share.shape);
  addInto(own, share);
  const messages = await sendTo(env, call, to, own.byteLength, (dst) => dst.set(own.bytes()));
  if (messages === undefined) {
    own.free();
    return undefined;
  }
  addMessages(own, messages);
  return own;
}

/** Opens bits to all or to one, refreshed as in {@link reveal}. */
export async function revealBits(
  env: Env,
  call: Call,
  b: Pending<BShare>,
  width: number,
  to: number | "all",
): Promise<BitTensor | undefined> {
  const { heap } = env;
  const traces = compareTraces(env, call);
  const share = (await b.wait()).parts[0]!;
  await traces;
  const own = copyBits(env, share);
  if (env.parties > 2 && own.size > 0) {
    const zero = zeroBits(env, call, 0, own.shape, width);
    heap.kernels.elementwise.vxor(own.ptr, own.ptr, zero.ptr, own.byteLength);
    zero.free();
  }
  const bytes = packedBytes(own.size, width);
  const messages = await sendTo(
    env,
    call,
    to,
    bytes,
    (dst) => packPlanes(heap, own.ptr, own.size, width, dst),
  );
  if (messages === undefined) {
    own.free();
    return undefined;
  }
  xorMessages(own, messages);
  return own;
}

/** Public words, held by party 0. */
export function constant(env: Env, value: RingTensor): AShare {
  return { parts: [env.rank === 0 ? value.clone() : RingTensor.zeros(env.heap, value.shape)] };
}
