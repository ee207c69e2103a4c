/**
 * Revealing: the only step after which a party knows a secret. Before any share leaves, all parties compare the hashes of
 * their programs' traces, so that a party that runs a different program stops here and not after it has sent a share under
 * the wrong name.
 *
 * @module
 */
import { ProtocolError } from "../comm/errors.ts";
import type { Message } from "../comm/communicator.ts";
import { exchange } from "./exchange.ts";
import type { Call, Env } from "./protocol.ts";

/** Number of the message with the trace hash; no call has one of this number. */
const TRACE_SUB = 64;
/** Bytes of a trace hash. */
export const TRACE_BYTES = 32;

/**
 * Starts the comparison of traces at once, so that it shares a round with what is still being computed. The promise resolves
 * when all parties' traces are the same.
 *
 * @throws {ProtocolError} when a peer's trace differs; the session is aborted before any share was sent.
 */
export function compareTraces(env: Env, call: Call): Promise<void> {
  const own = call.tag.scope.digest().slice();
  const checkpoint: Call = { ...call, tag: call.tag.scope.checkpoint() };
  const replies = exchange(env, checkpoint, TRACE_SUB, TRACE_BYTES, (dst) => dst.set(own));
  const result = replies.then((messages) => {
    call.depth = Math.max(call.depth, checkpoint.depth);
    check(env, call, own, messages);
  });
  result.catch(() => {});
  return result;
}

function check(env: Env, call: Call, own: Uint8Array, messages: readonly Message[]): void {
  let peer = -1;
  for (const message of messages) {
    peer += peer + 1 === env.rank ? 2 : 1;
    const same = own.every((byte, i) => byte === message.bytes[i]);
    message.release();
    if (same) continue;
    const error = new ProtocolError(
      `Cannot ${call.what}: party ${peer} runs a different program, or other shapes, than party ${env.rank}; nothing was revealed`,
      { party: peer, op: call.what },
    );
    env.comm.abort(error, call.what);
    throw error;
  }
}
