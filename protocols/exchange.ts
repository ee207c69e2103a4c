/**
 * Messages within a call, with their rounds counted: a message is one round later than everything that its sender has waited
 * for; messages that a call sends together share a round. The round travels with the message, so that the receiver, who
 * may have waited for less, counts on from there.
 *
 * @module
 */
import type { Message } from "../comm/communicator.ts";
import type { Call, Env } from "./protocol.ts";

/** Where a message of a call goes: a party, and the number of the message within the call. */
export interface Route {
  /** The other party. */
  readonly peer: number;
  /** Number of the message within the call. */
  readonly sub: number;
}

/** What is sent: its length, and who writes it. */
export interface Payload {
  /** Its length in bytes. */
  readonly bytes: number;
  /** Overwrites all of `dst`. */
  fill(dst: Uint8Array): void;
}

/** Sends a payload to one party. */
export function send(env: Env, call: Call, { peer, sub }: Route, { bytes, fill }: Payload): void {
  env.comm.post(peer, call.tag, sub, bytes, fill, call.depth + 1);
}

/** Waits for a payload of a known length from one party. */
export async function receive(env: Env, call: Call, { peer, sub }: Route, bytes: number): Promise<Message> {
  const message = await env.comm.receive(peer, call.tag, sub, bytes, call.what);
  call.depth = Math.max(call.depth, message.round);
  return message;
}

/** Sends a payload to every other party and waits for theirs, in order of rank. */
export async function exchange(
  env: Env,
  call: Call,
  sub: number,
  byteLength: number,
  fill: (dst: Uint8Array) => void,
): Promise<Message[]> {
  const messages = await env.comm.exchange(call.tag, sub, byteLength, fill, call.what, call.depth + 1);
  call.depth = messages.reduce((depth, message) => Math.max(depth, message.round), call.depth);
  return messages;
}

/** Sends a payload towards `to`; resolves to what arrived at a receiver, in order of rank, and to `undefined` elsewhere. */
export async function sendTo(
  env: Env,
  call: Call,
  to: number | "all",
  byteLength: number,
  fill: (dst: Uint8Array) => void,
): Promise<readonly Message[] | undefined> {
  if (to === "all") return await exchange(env, call, 0, byteLength, fill);
  if (to !== env.rank) {
    send(env, call, { peer: to, sub: 0 }, { bytes: byteLength, fill });
    return undefined;
  }
  const peers = Array.from({ length: env.parties }, (_, rank) => rank).filter((rank) => rank !== env.rank);
  return await Promise.all(peers.map((peer) => receive(env, call, { peer, sub: 0 }, byteLength)));
}
