/**
 * The connecting end of a WebSocket.
 *
 * @module
 */
import { TransportError } from "./errors.ts";
import type { Transport } from "./transport.ts";
import { websocket, type WebSocketOptions } from "./websocket.ts";
import { seatName, SUBPROTOCOL } from "./websocket_seat.ts";

/** Wait before the second attempt, which doubles up to the longest, in milliseconds: a listener limits how often one may try. */
const RETRY_MS = 50;
const LONGEST_RETRY_MS = 2000;

/** Options of {@link connectWebSocket}. */
export interface ConnectWebSocketOptions extends WebSocketOptions {
  /** 16 secret bytes of the run, which all members know. */
  readonly token: Uint8Array;
  /** This member. */
  readonly rank: number;
  /** The member that listens. */
  readonly peer: number;
  /** How long to try, in milliseconds; 30 000 by default. */
  readonly deadlineMs?: number | undefined;
}

/** A link once its socket is open; nothing when it does not open in time. */
function attempt(
  url: string | URL,
  protocols: string[],
  options: WebSocketOptions,
  ms: number,
): Promise<Transport | undefined> {
  const socket = new WebSocket(url, protocols);
  const result = Promise.withResolvers<Transport | undefined>();
  const timer = setTimeout(() => socket.close(), ms);
  socket.onclose = () => result.resolve(undefined);
  socket.onopen = () => {
    if (socket.protocol !== SUBPROTOCOL) socket.close();
    // At once, so that no message is missed.
    else result.resolve(websocket(socket, options));
  };
  return result.promise.finally(() => clearTimeout(timer));
}

/**
 * Connects to member `peer`, which listens at a `ws:` or `wss:` address or soon will (see `acceptWebSockets`).
 *
 * @throws {TransportError} when it does not accept in time. Nothing says why: browsers do not tell.
 * @throws {SyntaxError} when the address is no WebSocket's.
 */
export async function connectWebSocket(
  url: string | URL,
  options: ConnectWebSocketOptions,
): Promise<Transport> {
  const { token, rank, peer, deadlineMs = 30_000, locality = "network" } = options;
  const protocols = [SUBPROTOCOL, seatName({ token, from: rank, to: peer, locality })];
  const end = performance.now() + deadlineMs;
  for (let pause = RETRY_MS;; pause = Math.min(2 * pause, LONGEST_RETRY_MS)) {
    const link = await attempt(url, protocols, options, Math.max(1, end - performance.now()));
    if (link !== undefined) return link;
    if (performance.now() + pause >= end) {
      const { host } = new URL(url);
      throw new TransportError(`Party ${peer} at ${host} did not accept within ${deadlineMs / 1000} s`, {
        party: peer,
      });
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}
