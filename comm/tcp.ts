/**
 * Links over TCP. Deno only.
 *
 * Unencrypted: for processes of one machine, or under `secure` of secure.ts. A frame's header says how long it is; there is nothing else on the wire.
 *
 * @module
 */
import { TransportError } from "./errors.ts";
import { FRAME_HEADER, frameLength, MAX_FRAME_BYTES } from "./frame.ts";
import { sharedPool } from "./pool.ts";
import type { Frame, Transport, TransportHandler } from "./transport.ts";

/** Bytes up to which segments are joined into one write, and small frames are read at once. */
const JOIN = 1 << 16;
/** How long a closing link waits for the peer to close too: closing earlier would destroy what it has not read yet. */
const LINGER_MS = 1000;

function isLoopback(address: Deno.Addr): boolean {
  if (!("hostname" in address)) return false;
  const { hostname } = address;
  return hostname.startsWith("127.") || hostname.startsWith("::ffff:127.") || hostname === "::1";
}

class TcpLink implements Transport {
  readonly kind = "tcp";
  readonly locality: "machine" | "network";
  readonly #conn: Deno.TcpConn;
  readonly #maxFrameBytes: number;
  readonly #queue: Uint8Array[] = [];
  #limit: number;
  #handler: TransportHandler | undefined;
  #reading: Promise<void> | undefined;
  #writing: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  #ending: Promise<void> | undefined;
  #dead = false;

  constructor(conn: Deno.TcpConn, maxFrameBytes: number) {
    this.#conn = conn;
    this.#maxFrameBytes = this.#limit = maxFrameBytes;
    this.locality = isLoopback(conn.remoteAddr) ? "machine" : "network";
    conn.setNoDelay(true);
  }

  send(frame: Frame): void {
    if (this.#dead || this.#closing !== undefined) return;
    this.#queue.push(...frame);
    this.#writing ??= this.#writeAll();
  }

  receive(handler: TransportHandler): void {
    this.#handler = handler;
    this.#reading ??= this.#readAll();
  }

  limit(bytes?: number): void {
    this.#limit = bytes ?? this.#maxFrameBytes;
  }

  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  async #close(): Promise<void> {
    await this.#writing;
    if (!this.#dead) {
      await this.#end();
      await this.#linger();
    }
    this.#dead = true;
    this.#conn.close();
    await this.#ending;
    await this.#reading;
  }

  /** Reads on, without use for it, until the peer has closed too. */
  async #linger(): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const patience = new Promise<void>((resolve) => timer = setTimeout(resolve, LINGER_MS));
    await Promise.race([this.#reading ??= this.#readAll(), patience]);
    clearTimeout(timer);
  }

  /** Tells the peer that nothing more follows. */
  #end(): Promise<void> {
    return this.#ending ??= this.#conn.closeWrite().catch(() => {});
  }

  #die(cause?: Error): void {
    if (this.#dead) return;
    this.#dead = true;
    this.#queue.length = 0;
    // Otherwise the peer would go on until its deadline.
    if (cause !== undefined) this.#end();
    if (this.#closing === undefined) this.#handler?.closed(cause);
  }

  async #writeAll(): Promise<void> {
    try {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
        const bytes = next.length < JOIN && this.#queue.length > 0 ? this.#join(next) : next;
        for (let at = 0; at < bytes.length;) at += await this.#conn.write(bytes.subarray(at));
        sharedPool.release(bytes);
      }
    } catch (cause) {
      this.#die(new TransportError("Cannot send: the connection is broken", { cause }));
    } finally {
      this.#writing = undefined;
    }
  }

  /** Joins a small segment with those that follow it. */
  #join(first: Uint8Array): Uint8Array {
    const out = sharedPool.acquire(JOIN);
    let at = 0;
    for (let next: Uint8Array | undefined = first; next !== undefined; next = this.#queue.shift()) {
      out.set(next, at);
      at += next.length;
      sharedPool.release(next);
      if (at + (this.#queue[0]?.length ?? 0) > JOIN) break;
    }
    return out.subarray(0, at);
  }

  async #readAll(): Promise<void> {
    try {
      const reader = new FrameReader(this.#conn, () => this.#limit, () => this.#handler?.progress?.());
      for (let frame = await reader.next(); frame !== undefined; frame = await reader.next()) {
        // Nobody takes what arrives at a closing link.
        if (this.#dead) break;
        if (this.#closing === undefined) this.#handler!.frame([frame]);
      }
      this.#die();
    } catch (cause) {
      this.#die(
        cause instanceof TransportError
          ? cause
          : new TransportError("Cannot receive: the connection is broken", { cause }),
      );
    }
  }
}

/** Cuts a byte stream into frames, each in a buffer of its own. */
class FrameReader {
  readonly #conn: Deno.TcpConn;
  readonly #limit: () => number;
  readonly #progress: () => void;
  /** Bytes that were read beyond the last frame. */
  readonly #ahead = new Uint8Array(JOIN);
  #start = 0;
  #end = 0;

  constructor(conn: Deno.TcpConn, limit: () => number, progress: () => void) {
    this.#conn = conn;
    this.#limit = limit;
    this.#progress = progress;
  }

  /** The next frame; nothing at the end of the stream. */
  async next(): Promise<Uint8Array | undefined> {
    if (!await this.#fill()) return undefined;
    const bytes = frameLength(this.#ahead.subarray(this.#start, this.#end), this.#limit());
    const frame = sharedPool.acquire(bytes).subarray(0, bytes);
    let have = Math.min(bytes, this.#end - this.#start);
    frame.set(this.#ahead.subarray(this.#start, this.#start + have));
    this.#start += have;
    while (have < bytes) {
      const got = await this.#conn.read(frame.subarray(have));
      if (got === null) throw new TransportError("Cannot receive: the connection ended within a frame");
      this.#progress();
      have += got;
    }
    return frame;
  }

  /** Reads until there is a frame's header; says whether there is one. */
  async #fill(): Promise<boolean> {
    if (this.#end - this.#start >= FRAME_HEADER) return true;
    this.#ahead.copyWithin(0, this.#start, this.#end);
    this.#end -= this.#start;
    this.#start = 0;
    while (this.#end < FRAME_HEADER) {
      const got = await this.#conn.read(this.#ahead.subarray(this.#end));
      if (got !== null) this.#end += got;
      else if (this.#end === 0) return false;
      else throw new TransportError("Cannot receive: the connection ended within a frame");
    }
    return true;
  }
}

/** A link over a connection, which belongs to the link from now on. */
export function tcp(conn: Deno.TcpConn, options: { readonly maxFrameBytes?: number } = {}): Transport {
  return new TcpLink(conn, options.maxFrameBytes ?? MAX_FRAME_BYTES);
}
