/**
 * Links over WebSockets, in browsers and wherever there is the web's `WebSocket`.
 *
 * A frame is one binary message. Engines and proxies limit messages (Deno's takes 64 MiB), so a frame above {@link PART} bytes
 * is several: each but the last has exactly {@link PART} bytes. An empty message says that nothing follows, and is answered
 * alike before the socket is closed: an engine may drop the connection, and what is under way on it, when a message comes
 * after the closing handshake has begun.
 *
 * `wss:` encrypts, and the certificate says who listens; `ws:` is for one machine, or for tunnels that encrypt.
 *
 * @module
 */
import { TransportError } from "./errors.ts";
import { frameLength, MAX_FRAME_BYTES } from "./frame.ts";
import { sharedPool } from "./pool.ts";
import type { Frame, Transport, TransportHandler } from "./transport.ts";

/** Longest message; a longer frame is several. */
export const PART: number = 1 << 20;
/** Bytes that the socket may hold; more wait here, where they can still be dropped, and are asked for again so soon. */
const MOST_BUFFERED = 1 << 23;
const POLL_MS = 1;
/** How long a closing link waits for the peer's end of it. */
const LINGER_MS = 1000;
/** Status of a closing handshake: all is well, none was given, and ours when the peer has sent what no link sends. */
const NORMAL = 1000;
const NO_STATUS = 1005;
const REFUSED = 4400;
/** Longest reason of a closing handshake. */
const MOST_REASON = 123;

/** Nothing follows. */
const END = new Uint8Array(0);

/** Where segments are joined; sockets copy what they send. */
const scratch = new Uint8Array(PART);

/** A frame as messages, each valid until the next is asked for. */
function* messagesOf(frame: Frame): Generator<Uint8Array, void> {
  if (frame.length === 1 && frame[0]!.length <= PART) return yield frame[0]!;
  let used = 0;
  for (const segment of frame) {
    for (let at = 0; at < segment.length;) {
      const bytes = Math.min(PART - used, segment.length - at);
      const piece = segment.subarray(at, at + bytes);
      at += bytes;
      if (bytes === PART) {
        yield piece;
        continue;
      }
      scratch.set(piece, used);
      used += bytes;
      if (used < PART) continue;
      used = 0;
      yield scratch;
    }
  }
  if (used > 0) yield scratch.subarray(0, used);
}

/** Puts messages together to frames, each in a buffer of its own. */
class Assembly {
  readonly #maxFrameBytes: number;
  #frame: Uint8Array | undefined;
  #have = 0;

  constructor(maxFrameBytes: number) {
    this.#maxFrameBytes = maxFrameBytes;
  }

  /** Whether a frame has begun and not ended. */
  get within(): boolean {
    return this.#frame !== undefined;
  }

  /** The frame that a message completes, if it does; nothing is allocated for what is not accepted. */
  take(data: unknown): Uint8Array | undefined {
    if (!(data instanceof ArrayBuffer)) {
      throw new TransportError("Cannot read a message: it is text, bytes are wanted");
    }
    const message = new Uint8Array(data);
    if (this.#frame === undefined) {
      const most = Math.min(PART, this.#maxFrameBytes);
      if (message.length > most) {
        throw new TransportError(
          `Cannot read a message: it has ${message.length} bytes, ${most} at most are accepted`,
        );
      }
      const bytes = message.length < PART ? message.length : frameLength(message, this.#maxFrameBytes);
      if (bytes <= message.length) return message;
      this.#frame = sharedPool.acquire(bytes).subarray(0, bytes);
      this.#have = 0;
    } else {
      const wanted = Math.min(PART, this.#frame.length - this.#have);
      if (message.length !== wanted) {
        throw new TransportError(
          `Cannot read a message: it has ${message.length} bytes, ${wanted} of its frame are wanted`,
        );
      }
    }
    this.#frame.set(message, this.#have);
    this.#have += message.length;
    if (this.#have < this.#frame.length) return undefined;
    const whole = this.#frame;
    this.#frame = undefined;
    return whole;
  }
}

/** Why a socket has closed, unless its peer has closed it in order. */
function causeOf(event: CloseEvent, within: boolean): TransportError | undefined {
  const { code, reason, wasClean } = event;
  const verb = "Cannot receive: the connection";
  // An error has status 1006, or none at all.
  if (!wasClean) return new TransportError(`${verb} broke without a closing handshake`);
  if (code !== NORMAL && code !== NO_STATUS) {
    const why = reason === "" ? "" : `, "${reason}"`;
    return new TransportError(`${verb} was closed with status ${code}${why}`);
  }
  return within ? cut() : undefined;
}

function cut(): TransportError {
  return new TransportError("Cannot receive: the connection ended within a frame");
}

/** Waits, but not for long. */
async function soon(event: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  await Promise.race([event, new Promise<void>((resolve) => timer = setTimeout(resolve, LINGER_MS))]);
  clearTimeout(timer);
}

class WebSocketLink implements Transport {
  readonly kind = "websocket";
  readonly locality: "machine" | "network";
  readonly #socket: WebSocket;
  readonly #assembly: Assembly;
  readonly #maxEarlyBytes: number;
  readonly #queue: Frame[] = [];
  /** Nothing follows from the peer. */
  readonly #quiet = Promise.withResolvers<void>();
  /** The socket has closed. */
  readonly #gone = Promise.withResolvers<void>();
  /** What is left of the frame that is being sent. */
  #sending: Generator<Uint8Array, void> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #handler: TransportHandler | undefined;
  /** What has come before there was a handler. */
  #early: Uint8Array[] = [];
  #earlyBytes = 0;
  #end: { readonly cause: Error | undefined } | undefined;
  #sent: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  constructor(
    socket: WebSocket,
    { maxFrameBytes = MAX_FRAME_BYTES, locality = "network" }: WebSocketOptions,
  ) {
    if (socket.readyState !== socket.OPEN) {
      throw new TypeError("Cannot make a link: the socket is not open");
    }
    this.#socket = socket;
    this.#assembly = new Assembly(maxFrameBytes);
    this.#maxEarlyBytes = maxFrameBytes;
    this.locality = locality;
    socket.binaryType = "arraybuffer";
    socket.onmessage = (event: MessageEvent<unknown>) => this.#take(event.data);
    socket.onclose = (event) => {
      this.#quiet.resolve();
      this.#gone.resolve();
      this.#die(causeOf(event, this.#assembly.within));
    };
  }

  send(frame: Frame): void {
    if (this.#end !== undefined || this.#closing !== undefined) return;
    this.#queue.push(frame);
    this.#pump();
  }

  receive(handler: TransportHandler): void {
    // Before any other message: those are tasks.
    queueMicrotask(() => {
      this.#handler = handler;
      for (const frame of this.#early.splice(0)) if (this.#closing === undefined) handler.frame([frame]);
      if (this.#end !== undefined && this.#closing === undefined) handler.closed(this.#end.cause);
    });
  }

  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  async #close(): Promise<void> {
    this.#early = [];
    if (this.#end === undefined) {
      const sent = new Promise<void>((resolve) => this.#sent = resolve);
      this.#pump();
      await sent;
      if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(END);
      await soon(this.#quiet.promise);
    } else await soon(this.#gone.promise);
    this.#socket.close(NORMAL);
    await soon(this.#gone.promise);
    this.#end ??= { cause: undefined };
  }

  #die(cause?: Error): void {
    if (this.#end !== undefined) return;
    this.#end = { cause };
    this.#queue.length = 0;
    clearTimeout(this.#timer);
    this.#sent?.();
    // Otherwise the peer would go on until its deadline.
    if (this.#socket.readyState === this.#socket.OPEN) {
      if (cause === undefined) this.#socket.send(END);
      else this.#socket.close(REFUSED, cause.message.slice(0, MOST_REASON));
    }
    if (this.#closing === undefined) this.#handler?.closed(cause);
  }

  /** Gives the socket what it has room for. */
  #pump(): void {
    if (this.#timer !== undefined) return;
    while (this.#socket.readyState === this.#socket.OPEN && this.#socket.bufferedAmount < MOST_BUFFERED) {
      const message = this.#next();
      if (message === undefined) break;
      this.#socket.send(message as Uint8Array<ArrayBuffer>);
    }
    const more = this.#queue.length > 0;
    if (!more && this.#socket.bufferedAmount === 0) return this.#sent?.();
    // Nothing tells when there is room again; that all has left matters only at the end.
    if (!more && this.#sent === undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#pump();
    }, POLL_MS);
  }

  #next(): Uint8Array | undefined {
    for (let frame = this.#queue[0]; frame !== undefined; frame = this.#queue[0]) {
      this.#sending ??= messagesOf(frame);
      const { value } = this.#sending.next();
      if (value !== undefined) return value;
      this.#sending = undefined;
      this.#queue.shift();
      for (const segment of frame) sharedPool.release(segment);
    }
    return undefined;
  }

  #take(data: unknown): void {
    const ended = data instanceof ArrayBuffer && data.byteLength === 0;
    if (ended) this.#quiet.resolve();
    if (this.#end !== undefined || this.#closing !== undefined) return;
    if (ended) return this.#die(this.#assembly.within ? cut() : undefined);
    try {
      const frame = this.#assembly.take(data);
      if (frame === undefined) return this.#handler?.progress?.();
      if (this.#handler !== undefined) return this.#handler.frame([frame]);
      this.#early.push(frame);
      this.#earlyBytes += frame.length;
      if (this.#earlyBytes > this.#maxEarlyBytes) {
        throw new TransportError(
          `Cannot keep more than ${this.#maxEarlyBytes} bytes before anybody receives them`,
        );
      }
    } catch (cause) {
      if (!(cause instanceof TransportError)) throw cause;
      this.#die(cause);
    }
  }
}

/** Options of links over WebSockets; both ends choose alike. */
export interface WebSocketOptions {
  /** Longest frame that is accepted, 1 GiB by default; also the most that is kept before `receive`. */
  readonly maxFrameBytes?: number | undefined;
  /**
   * Where the peer is: "network" by default, because addresses do not tell it (a proxy is near, who comes through it is not).
   * Insecure protocols refuse it; say "machine" only of a peer that is certain to be on this one.
   */
  readonly locality?: "machine" | "network" | undefined;
}

/**
 * A link over an open socket, which belongs to the link from now on. The peer is not authenticated here.
 *
 * @throws {TypeError} when the socket is not open.
 */
export function websocket(socket: WebSocket, options: WebSocketOptions = {}): Transport {
  return new WebSocketLink(socket, options);
}
