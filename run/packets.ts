/**
 * Plain data over a connection, length first: between a launched process and its parent. Deno only.
 *
 * @module
 */
import { decodeControl, encodeControl } from "../comm/control.ts";

const LIMIT = 1 << 26;

async function readFull(conn: Deno.TcpConn, bytes: Uint8Array): Promise<boolean> {
  for (let at = 0; at < bytes.length;) {
    const got = await conn.read(bytes.subarray(at));
    if (got === null) return false;
    at += got;
  }
  return true;
}

/** The next packet; `undefined` when the connection has ended. */
export async function readPacket(conn: Deno.TcpConn): Promise<unknown> {
  const head = new Uint8Array(4);
  if (!await readFull(conn, head)) return undefined;
  const length = new DataView(head.buffer).getUint32(0, true);
  if (length > LIMIT) {
    throw new RangeError(`Cannot read a packet of ${length} bytes: ${LIMIT} at most are accepted`);
  }
  const body = new Uint8Array(length);
  return await readFull(conn, body) ? decodeControl(body) : undefined;
}

/** Sends a packet. */
export async function writePacket(conn: Deno.TcpConn, value: unknown): Promise<void> {
  const body = encodeControl(value);
  const all = new Uint8Array(4 + body.length);
  new DataView(all.buffer).setUint32(0, body.length, true);
  all.set(body, 4);
  for (let at = 0; at < all.length;) at += await conn.write(all.subarray(at));
}
