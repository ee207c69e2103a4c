/**
 * The format of replicated shares: x = x0 + x1 + x2, and party i holds the components x_i and x_(i+1), indices modulo 3. Bits
 * are the same with xor. Each component is known to two parties, so each single party misses one, which is uniform.
 *
 * @module
 */
import type { Message } from "../../comm/communicator.ts";
import { Block } from "../../ring/block.ts";
import { BitTensor, packedBytes, packPlanes, unpackPlanes } from "../../ring/bits.ts";
import { addInto, sub, subInto } from "../../ring/elementwise.ts";
import { type Shape, sizeOf } from "../../ring/shape.ts";
import { RingTensor } from "../../ring/tensor.ts";
import { type Payload, receive, send } from "../exchange.ts";
import type { AShare, BShare, Call, Env } from "../protocol.ts";

/** The number of parties. */
export const PARTIES = 3;

/** The party `steps` after this one. */
export function after(rank: number, steps: number): number {
  return (rank + steps) % PARTIES;
}

/** Purpose of the seeds from which components are drawn: that of component i is shared by parties i and i - 1. */
export const COMPONENTS = "replicated component";

/** This party's two components of uniform words that nobody knows. */
export function randomWords(env: Env, call: Call, shape: Shape): AShare {
  const parts = [after(env.rank, 2), after(env.rank, 1)].map((peer) =>
    env.seeds.pair(peer, COMPONENTS).tensor(env.heap, call.tag, 0, shape)
  );
  return { parts, uniform: true };
}

/** This party's two components of uniform bits that nobody knows. */
export function randomBits(env: Env, call: Call, shape: Shape, width: number): BShare {
  const parts = [after(env.rank, 2), after(env.rank, 1)].map((peer) => {
    const out = BitTensor.empty(env.heap, shape, width);
    env.seeds.pair(peer, COMPONENTS).fill(env.heap, call.tag, 0, out.ptr, 0, out.byteLength);
    return out;
  });
  return { parts };
}

/** Public words: component 0 of them, which parties 0 and 2 hold. */
export function constant(env: Env, value: RingTensor): AShare {
  const zero = (): RingTensor => RingTensor.zeros(env.heap, value.shape);
  return { parts: [0, 1].map((i) => after(env.rank, i) === 0 ? value.clone() : zero()) };
}

/** A share with public words added to component 0, or to the summand of party 0. */
export function plusPublic(env: Env, x: AShare, c: RingTensor): AShare {
  const parts = x.parts.map((component, i) => {
    const out = component.clone();
    if (after(env.rank, i) === 0) addInto(out, c);
    return out;
  });
  return x.summand === true ? { parts, summand: true } : { parts };
}

/** x and y, part by part. With summands on one side the result is summands: the first component of each party is one, too. */
export function combine(x: AShare, y: AShare, f: (out: RingTensor, y: RingTensor) => void): AShare {
  const summand = x.summand === true || y.summand === true;
  const parts = x.parts.slice(0, summand ? 1 : 2).map((component, i) => {
    const out = component.clone();
    f(out, y.parts[i]!);
    return out;
  });
  return summand ? { parts, summand: true } : { parts };
}

/**
 * The owner o draws component o with the party before it, sets component o + 2 to zero, and sends the rest, component o + 1,
 * to the party after it: uniform for that party, which does not know component o. The seed's purpose names the owner, so that
 * inputs of two owners never share a stream.
 */
export async function share(
  env: Env,
  call: Call,
  value: RingTensor | undefined,
  owner: number,
  shape: Shape,
): Promise<AShare> {
  const { heap, rank } = env;
  const purpose = `share:${owner}`;
  const bytes = 8 * sizeOf(shape);
  if (rank === owner) {
    const own = env.seeds.pair(after(owner, 2), purpose).tensor(heap, call.tag, 0, shape);
    const rest = sub(value!, own);
    send(env, call, { peer: after(owner, 1), sub: 0 }, { bytes, fill: (dst) => dst.set(rest.bytes()) });
    return { parts: [own, rest] };
  }
  if (rank === after(owner, 2)) {
    const drawn = env.seeds.pair(owner, purpose).tensor(heap, call.tag, 0, shape);
    return { parts: [RingTensor.zeros(heap, shape), drawn] };
  }
  const message = await receive(env, call, { peer: owner, sub: 0 }, bytes);
  const rest = RingTensor.fromBytes(heap, shape, message.bytes);
  message.release();
  return { parts: [rest, RingTensor.zeros(heap, shape)] };
}

/** Sends a payload to one party and waits for one of the same length from another, in one round. */
export async function passOn(
  env: Env,
  call: Call,
  { to, from, sub = 0 }: { readonly to: number; readonly from: number; readonly sub?: number },
  payload: Payload,
): Promise<Message> {
  send(env, call, { peer: to, sub }, payload);
  return await receive(env, call, { peer: from, sub }, payload.bytes);
}

/**
 * From a sum over the parties to components: party i sends its summand to the party before it, which then holds summands i - 1
 * and i. Uniform for the receiver if the summands were masked by a sharing of zero of which it does not know this part.
 */
export async function spread(env: Env, call: Call, sub: number, own: RingTensor): Promise<AShare> {
  const route = { to: after(env.rank, 2), from: after(env.rank, 1), sub };
  const payload = { bytes: own.byteLength, fill: (dst: Uint8Array) => dst.set(own.bytes()) };
  const message = await passOn(env, call, route, payload);
  const next = RingTensor.fromBytes(env.heap, own.shape, message.bytes);
  message.release();
  return { parts: [own, next], uniform: true };
}

/** The same for bits. */
export async function spreadBits(env: Env, call: Call, own: BitTensor): Promise<BShare> {
  const { heap } = env;
  const route = { to: after(env.rank, 2), from: after(env.rank, 1) };
  const bytes = packedBytes(own.size, own.width);
  const fill = (dst: Uint8Array): void => packPlanes(heap, own.ptr, own.size, own.width, dst);
  const message = await passOn(env, call, route, { bytes, fill });
  const next = BitTensor.zeros(heap, own.shape, own.width);
  unpackPlanes(heap, next.ptr, next.size, next.width, message.bytes);
  message.release();
  return { parts: [own, next] };
}

/**
 * A sharing of zero as summands: what this party draws with the one after it, minus what it draws with the one before it. With
 * three parties that is all pairs.
 */
export function zeroWords(env: Env, call: Call, field: number, shape: Shape): RingTensor {
  const out = env.seeds.pair(after(env.rank, 1), "zero").tensor(env.heap, call.tag, field, shape);
  const other = env.seeds.pair(after(env.rank, 2), "zero").tensor(env.heap, call.tag, field, shape);
  subInto(out, other);
  other.free();
  return out;
}

/** The same for bits. */
export function zeroBits(env: Env, call: Call, shape: Shape, width: number): BitTensor {
  const out = BitTensor.empty(env.heap, shape, width);
  if (out.size === 0) return out;
  const { heap } = env;
  const scratch = new Block(heap, out.byteLength);
  env.seeds.pair(after(env.rank, 1), "zero").fill(heap, call.tag, 0, out.ptr, 0, out.byteLength);
  env.seeds.pair(after(env.rank, 2), "zero").fill(heap, call.tag, 0, scratch.ptr, 0, out.byteLength);
  heap.kernels.elementwise.vxor(out.ptr, out.ptr, scratch.ptr, out.byteLength);
  scratch.drop();
  return out;
}
