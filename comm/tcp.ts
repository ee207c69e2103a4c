/**
 * Links over TCP. Deno only.
 *
 * Unencrypted: for processes of one machine. A frame's header says how long it is; there is nothing else on the wire.
 *
 * @module
 */
import { TransportError } from "./errors.ts";
import { FRAME_HEADER, frameLength } from "./frame.ts";
import { BufferPool } from "./pool.ts";
import type { Frame, Transport, TransportHandler } from "./transport.ts";

const MAX_FRAME = 2 ** 30;
/** Bytes up to which segments are joined into one write. */
const JOIN = 1 << 16;

function isLoopback(address: Deno.Addr): boolean {
  return "hostname" in address && (address.hostname.startsWith("127.") || address.hostname === "::1");
}

/** A link over a connection, which belongs to the link from now on. */
export function tcp(conn: Deno.TcpConn): Transport {
  const pool = new BufferPool();
  const queue: Uint8Array[] = [];
  let handler: TransportHandler | undefined;
  let writing: Promise<void> | undefined;
  let closing: Promise<void> | undefined;
  let dead = false;
  conn.setNoDelay(true);

  const die = (cause?: Error): void => {
    if (dead) return;
    dead = true;
    queue.length = 0;
    handler?.closed(cause);
  };

  const readFull = async (view: Uint8Array): Promise<number> => {
    let at = 0;
    while (at < view.length) {
      const got = await conn.read(view.subarray(at));
      if (got === null) break;
      at += got;
    }
    return at;
  };

  const readAll = async (): Promise<void> => {
    const head = new Uint8Array(FRAME_HEADER);
    for (;;) {
      const got = await readFull(head);
      if (got === 0) return;
      if (got < FRAME_HEADER) throw new TransportError("The connection ended within a frame");
      const bytes = frameLength(head, MAX_FRAME);
      const frame = pool.acquire(bytes).subarray(0, bytes);
      frame.set(head);
      if (await readFull(frame.subarray(FRAME_HEADER)) < bytes - FRAME_HEADER) {
        throw new TransportError("The connection ended within a frame");
      }
      if (dead) return;
      handler!.frame([frame]);
    }
  };

  const writeAll = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      let bytes = next;
      if (bytes.length < JOIN && queue.length > 0) bytes = joinSmall(next, queue);
      for (let at = 0; at < bytes.length;) at += await conn.write(bytes.subarray(at));
      if (bytes === next) pool.release(next);
    }
    writing = undefined;
  };

  return {
    kind: "tcp",
    locality: isLoopback(conn.remoteAddr) ? "machine" : "network",
    send(frame: Frame): void {
      if (dead || closing !== undefined) return;
      queue.push(...frame);
      writing ??= writeAll().catch((cause) => {
        writing = undefined;
        die(new TransportError("The connection broke while sending", { cause }));
      });
    },
    receive(next: TransportHandler): void {
      handler = next;
      readAll().then(() => die(), (cause) => {
        die(cause instanceof TransportError ? cause : new TransportError("The connection broke", { cause }));
      });
    },
    close(): Promise<void> {
      return closing ??= (async () => {
        await writing;
        dead = true;
        conn.close();
      })();
    },
  };
}

/** Joins a small segment with those that follow it. */
function joinSmall(first: Uint8Array, queue: Uint8Array[]): Uint8Array {
  const parts = [first];
  let bytes = first.length;
  while (queue.length > 0 && bytes + queue[0]!.length <= JOIN) {
    bytes += queue[0]!.length;
    parts.push(queue.shift()!);
  }
  const out = new Uint8Array(bytes);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Who a connection comes from: 16 secret bytes of the run, then the rank. */
const HELLO_BYTES = 20;

function hello(token: Uint8Array, rank: number): Uint8Array {
  const out = new Uint8Array(HELLO_BYTES);
  out.set(token.subarray(0, 16));
  new DataView(out.buffer).setUint32(16, rank, true);
  return out;
}

/** Connects to a member that listens, and says who we are. */
export async function connectTcp(port: number, token: Uint8Array, rank: number): Promise<Transport> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  const bytes = hello(token, rank);
  for (let at = 0; at < bytes.length;) at += await conn.write(bytes.subarray(at));
  return tcp(conn);
}

/** Accepts connections of the given members on loopback; those without the run's token are dropped. */
export async function acceptTcp(
  listener: Deno.TcpListener,
  token: Uint8Array,
  ranks: readonly number[],
  deadlineMs: number,
): Promise<Map<number, Transport>> {
  const links = new Map<number, Transport>();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    listener.close();
  }, deadlineMs);
  try {
    while (links.size < ranks.length) {
      const conn = await listener.accept();
      const rank = await readHello(conn, token);
      if (rank === undefined || !ranks.includes(rank) || links.has(rank)) conn.close();
      else links.set(rank, tcp(conn));
    }
  } catch (cause) {
    const missing = ranks.filter((rank) => !links.has(rank));
    for (const link of links.values()) await link.close();
    throw new TransportError(`Party ${missing[0]} did not connect within ${deadlineMs / 1000} s`, {
      party: missing[0],
      cause,
    });
  } finally {
    clearTimeout(timer);
    if (!late) listener.close();
  }
  return links;
}

async function readHello(conn: Deno.TcpConn, token: Uint8Array): Promise<number | undefined> {
  const bytes = new Uint8Array(HELLO_BYTES);
  // A stranger that connects and says nothing must not block the members.
  const timer = setTimeout(() => conn.close(), 2000);
  try {
    for (let at = 0; at < bytes.length;) {
      const got = await conn.read(bytes.subarray(at));
      if (got === null) return undefined;
      at += got;
    }
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
  let difference = 0;
  for (let i = 0; i < 16; i++) difference |= bytes[i]! ^ token[i]!;
  return difference === 0 ? new DataView(bytes.buffer).getUint32(16, true) : undefined;
}
