/**
 * Who connects by a WebSocket, to whom, and that it knows the run's secret: told as a subprotocol, which browsers can send
 * where they can send no header. A stranger is refused by a status, before there is a socket that could send anything.
 *
 * Whoever reads the traffic reads the secret: on a network it takes `wss:`.
 *
 * @module
 */

/** The subprotocol that is agreed on: the version of what is on the wire. */
export const SUBPROTOCOL = "tacit.1";
const TOKEN_BYTES = 16;

/** Who connects to whom. */
export interface WebSocketSeat {
  /** 16 secret bytes of the run. */
  readonly token: Uint8Array;
  /** Who connects. */
  readonly from: number;
  /** Who listens. */
  readonly to: number;
  /** What both take the link for. */
  readonly locality: "machine" | "network";
}

/**
 * What the connecting end says.
 *
 * @throws {RangeError} when the token has another length.
 */
export function seatName({ token, from, to, locality }: WebSocketSeat): string {
  if (token.length !== TOKEN_BYTES) {
    throw new RangeError(
      `Cannot say who connects: the token has ${token.length} bytes, ${TOKEN_BYTES} are wanted`,
    );
  }
  return `tacit.${locality}.${from}.${to}.${token.toHex()}`;
}

/** Whether a name is the one that is wanted; takes as long whatever a name of this length says. */
export function isSeat(name: string, wanted: string): boolean {
  if (name.length !== wanted.length) return false;
  let difference = 0;
  for (let i = 0; i < name.length; i++) difference |= name.charCodeAt(i) ^ wanted.charCodeAt(i);
  return difference === 0;
}
