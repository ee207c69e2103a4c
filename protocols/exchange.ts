/**
 * Exchanges within a call, with their rounds counted: an exchange is one round later than everything that the call has waited
 * for; exchanges that a call starts together share a round.
 *
 * @module
 */
import type { Message } from "../comm/communicator.ts";
import type { Call, Env } from "./protocol.ts";

/** Sends a payload to every other party and waits for theirs, in order of rank. */
export async function exchange(
  env: Env,
  call: Call,
  sub: number,
  byteLength: number,
  fill: (dst: Uint8Array) => void,
): Promise<Message[]> {
  const round = call.depth + 1;
  env.comm.countRound(round);
  const messages = await env.comm.exchange(call.tag, sub, byteLength, fill, call.what);
  call.depth = Math.max(call.depth, round);
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
  const round = call.depth + 1;
  env.comm.countRound(round);
  if (to !== env.rank) {
    env.comm.post(to, call.tag, 0, byteLength, fill);
    return undefined;
  }
  const peers = Array.from({ length: env.parties }, (_, rank) => rank).filter((rank) => rank !== env.rank);
  const messages = await Promise.all(
    peers.map((peer) => env.comm.receive(peer, call.tag, 0, byteLength, call.what)),
  );
  call.depth = Math.max(call.depth, round);
  return messages;
}
