/**
 * Messages between the parties of one session: matched by tag, sent together once per task of the event loop, counted, with
 * a deadline on every wait, and an abort that reaches everyone.
 *
 * @module
 */
import { decodeControl } from "./control.ts";
import { type Counters, type LinkCounters, Tally } from "./counters.ts";
import { ProtocolError, publicMessage, TransportError } from "./errors.ts";
import { ABORT, BYE, CONTROL, DATA, openFrame, type RawMessage } from "./frame.ts";
import { type Message, messageKey } from "./inbox.ts";
import { Peer } from "./peer.ts";
import { BufferPool } from "./pool.ts";
import type { Tag } from "./scope.ts";
import type { Frame, Transport } from "./transport.ts";

export type { Message } from "./inbox.ts";

/** What a communicator is made of. */
export interface CommunicatorOptions {
  /** This member. */
  readonly rank: number;
  /** Number of parties; members of higher rank (a dealer) take no part in broadcasts. */
  readonly parties: number;
  /** A link to every other member. */
  readonly links: ReadonlyMap<number, Transport>;
  /** How long to wait for a member that says nothing, in milliseconds; 30 000 by default. */
  readonly deadlineMs?: number;
  /** How to name a member in errors. */
  readonly name?: (rank: number) => string;
  /** Longest frame that is accepted; 2^30 bytes by default. */
  readonly maxFrameBytes?: number;
  /** Most bytes that may arrive before they are asked for; 2^31 by default. */
  readonly maxEarlyBytes?: number;
}

const NO_SESSION = new Uint8Array(8);
/** How long a closing member waits for the others to say that they are done too, in milliseconds. */
const LINGER = 1000;

/** One member's messages. */
export class Communicator {
  /** This member. */
  readonly rank: number;
  /** Number of parties. */
  readonly parties: number;
  readonly #peers = new Map<number, Peer>();
  readonly #pool = new BufferPool();
  readonly #tally = new Tally();
  readonly #deadline: number;
  readonly #name: (rank: number) => string;
  readonly #maxFrame: number;
  readonly #maxEarly: number;
  readonly #hop = new MessageChannel();
  readonly #paused: (() => void)[] = [];
  readonly #handlers = new Map<string, (from: number, value: unknown) => void>();
  readonly #onFail: ((error: Error) => void)[] = [];
  readonly #ended = Promise.withResolvers<void>();
  #session = NO_SESSION;
  #scheduled = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failed: Error | undefined;
  #closing: Promise<void> | undefined;
  #wake: (() => void) | undefined;

  /** Begins to listen to all links. */
  constructor(options: CommunicatorOptions) {
    this.rank = options.rank;
    this.parties = options.parties;
    this.#deadline = options.deadlineMs ?? 30_000;
    this.#name = options.name ?? ((rank) => `Party ${rank}`);
    this.#maxFrame = options.maxFrameBytes ?? 2 ** 30;
    this.#maxEarly = options.maxEarlyBytes ?? 2 ** 31;
    this.#ended.promise.catch(() => {});
    this.#hop.port1.onmessage = () => {
      this.flush();
      for (const resume of this.#paused.splice(0)) resume();
    };
    for (const [rank, link] of options.links) {
      const peer = new Peer(rank, link, this.#pool);
      this.#peers.set(rank, peer);
      link.receive({
        frame: (frame) => this.#receive(peer, frame),
        closed: (cause) => this.#closed(peer, cause),
      });
    }
  }

  /** The first failure, if there was one. */
  get failed(): Error | undefined {
    return this.#failed;
  }
  /** Resolves when all parties have ended; rejects when the session fails. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }
  /** Counts over the links to parties. */
  get counters(): Counters {
    return this.#tally.totals(this.parties);
  }
  /** Counts of one link. */
  link(peer: number): LinkCounters {
    return this.#tally.link(peer);
  }
  /** Says that messages of this round were posted: one more than the rounds of what they depend on. */
  countRound(round: number): void {
    this.#tally.round(round);
  }
  /** Counts from here on. */
  resetCounters(): void {
    this.#tally.reset();
  }
  /** Binds all frames from here on to a session; frames of another session end this one. */
  session(prefix: Uint8Array): void {
    this.#session = prefix.slice(0, 8);
    for (const peer of this.#peers.values()) {
      if (peer.session !== undefined) this.#checkSession(peer, peer.session);
    }
  }
  /** Calls back at the first failure. */
  onFail(callback: (error: Error) => void): void {
    this.#onFail.push(callback);
  }

  /** Sends a payload to one member. `fill` is called at once and writes every byte. */
  post(to: number, tag: Tag, sub: number, byteLength: number, fill: (dst: Uint8Array) => void): void {
    if (this.#failed !== undefined) return;
    const name = { scope: tag.scope.id, seq: tag.seq, sub, kind: DATA };
    fill(this.#peer(to).outbox.reserve(name, byteLength, true));
    this.#schedule();
  }

  /** Sends the same payload to every other party. */
  broadcast(tag: Tag, sub: number, byteLength: number, fill: (dst: Uint8Array) => void): void {
    let first: Uint8Array | undefined;
    for (let to = 0; to < this.parties; to++) {
      if (to === this.rank) continue;
      const source = first;
      this.post(to, tag, sub, byteLength, (dst) => {
        if (source === undefined) fill(first = dst);
        else dst.set(source);
      });
    }
  }

  /** Waits for a payload of a known length. `what` names the operation in errors. */
  receive(from: number, tag: Tag, sub: number, byteLength: number, what: string): Promise<Message> {
    return new Promise((resolve, reject) => {
      if (this.#failed !== undefined) return reject(this.#failed);
      const peer = this.#peer(from);
      const since = performance.now();
      try {
        peer.inbox.receive(messageKey(tag.scope.prefix, tag.seq, sub), {
          byteLength,
          what,
          since,
          resolve,
          reject,
        });
      } catch (error) {
        this.abort(error as Error, what);
        return reject(error);
      }
      if (peer.inbox.waiting === 0) return;
      if (peer.done) this.#fail(this.#gone(peer, what));
      else this.#watch();
    });
  }

  /** Sends a payload to every other party and waits for theirs, in order of rank. */
  exchange(
    tag: Tag,
    sub: number,
    byteLength: number,
    fill: (dst: Uint8Array) => void,
    what: string,
  ): Promise<Message[]> {
    if (this.parties > 1) this.broadcast(tag, sub, byteLength, fill);
    const replies: Promise<Message>[] = [];
    for (let from = 0; from < this.parties; from++) {
      if (from !== this.rank) replies.push(this.receive(from, tag, sub, byteLength, what));
    }
    return Promise.all(replies);
  }

  /** Sends plain data on a named channel. */
  postControl(to: number, channel: string, value: unknown): void {
    if (this.#failed !== undefined) return;
    this.#peer(to).postPlain(CONTROL, { channel, value });
    this.#schedule();
  }

  /** The next plain data of a channel. */
  receiveControl(from: number, channel: string, what: string): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#failed !== undefined) return reject(this.#failed);
      const peer = this.#peer(from);
      peer.channel(channel).receive({ what, since: performance.now(), resolve, reject });
      if (peer.channel(channel).waiting === 0) return;
      if (peer.done) this.#fail(this.#gone(peer, what));
      else this.#watch();
    });
  }

  /** Handles all plain data of a channel, from any member. */
  onControl(channel: string, handler: (from: number, value: unknown) => void): void {
    this.#handlers.set(channel, handler);
    for (const peer of this.#peers.values()) {
      for (const value of peer.channel(channel).drain()) handler(peer.rank, value);
    }
  }

  /** Sends all that was posted. Happens by itself at the end of each task of the event loop. */
  flush(): void {
    this.#scheduled = false;
    for (const peer of this.#peers.values()) {
      const { outbox } = peer;
      if (outbox.messages === 0) continue;
      const data = outbox.dataMessages;
      const payloadBytes = outbox.payloadBytes;
      const frame = outbox.seal(this.#session);
      const wireBytes = frame.reduce((sum, segment) => sum + segment.length, 0);
      this.#tally.add(peer.rank, { frames: data > 0 ? 1 : 0, messages: data, payloadBytes, wireBytes });
      peer.link.send(frame);
    }
  }

  /** Lets the event loop turn once: what was posted leaves, what has arrived is delivered. */
  pause(): Promise<void> {
    return new Promise((resolve) => {
      this.#paused.push(resolve);
      this.#hop.port2.postMessage(0);
    });
  }

  /** Ends the session for everyone, with this cause. Only the first cause counts. */
  abort(error: Error, op = ""): void {
    if (this.#failed !== undefined) return;
    const notice = { op, message: publicMessage(error) };
    this.flush();
    for (const peer of this.#peers.values()) if (!peer.done) peer.postPlain(ABORT, notice);
    this.flush();
    this.#fail(error);
  }

  /** Sends what is left, says good-bye, and closes the links. */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  async #close(): Promise<void> {
    this.flush();
    for (const peer of this.#peers.values()) if (!peer.dead) peer.postPlain(BYE, {});
    this.flush();
    await this.#linger();
    clearTimeout(this.#timer);
    this.#failed ??= new TransportError("The session is closed");
    for (const peer of this.#peers.values()) peer.fail(this.#failed);
    await Promise.all([...this.#peers.values()].map((peer) => peer.link.close()));
    this.#hop.port1.close();
    this.#hop.port2.close();
  }

  /** Waits, for a moment, until the others are done too: closing a link earlier could lose what is on its way to them. */
  async #linger(): Promise<void> {
    const open = (): boolean => [...this.#peers.values()].some((peer) => !peer.done);
    if (!open()) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    await new Promise<void>((resolve) => {
      timer = setTimeout(resolve, Math.min(LINGER, this.#deadline));
      this.#wake = () => open() || resolve();
    });
    clearTimeout(timer);
  }

  #peer(rank: number): Peer {
    const peer = this.#peers.get(rank);
    if (peer === undefined) throw new RangeError(`Cannot reach member ${rank}: there is no link to it`);
    return peer;
  }

  #schedule(): void {
    if (this.#scheduled || this.#closing !== undefined) return;
    this.#scheduled = true;
    this.#hop.port2.postMessage(0);
  }

  #receive(peer: Peer, frame: Frame): void {
    if (peer.dead) return;
    peer.heard = performance.now();
    try {
      const { header, messages } = openFrame(frame, this.#maxFrame);
      this.#checkSession(peer, header.session);
      if (!peer.numbers.accept(header.number)) {
        throw new TransportError(`${this.#name(peer.rank)} sent frame ${header.number} twice`, {
          party: peer.rank,
        });
      }
      const release = peer.segments(frame, messages);
      let payload = 0;
      for (const message of messages) {
        if (message.kind === DATA) payload += message.payload.length;
        this.#deliver(peer, message, header.number, release);
      }
      this.#tally.add(peer.rank, { receivedPayloadBytes: payload, receivedWireBytes: header.bytes });
      if (peer.inbox.earlyBytes > this.#maxEarly) {
        throw new TransportError(
          `${this.#name(peer.rank)} sent more than ${this.#maxEarly} bytes that nobody asked for`,
          { party: peer.rank },
        );
      }
    } catch (error) {
      this.abort(this.#blame(peer, error));
    }
    this.#settle(peer);
  }

  /** Says which member a problem comes from. */
  #blame(peer: Peer, error: unknown): Error {
    if (!(error instanceof TransportError || error instanceof ProtocolError) || error.party !== undefined) {
      return error as Error;
    }
    const Class = error instanceof TransportError ? TransportError : ProtocolError;
    return new Class(`${this.#name(peer.rank)}: ${error.message}`, {
      party: peer.rank,
      op: error.op,
      cause: error,
    });
  }

  #deliver(peer: Peer, raw: RawMessage, frame: number, release: (segment: number) => void): void {
    switch (raw.kind) {
      case DATA:
        peer.inbox.put(raw, { bytes: raw.payload, release: () => release(raw.segment) });
        return;
      case CONTROL: {
        const { channel, value } = decodeControl(raw.payload) as { channel: string; value: unknown };
        release(raw.segment);
        const handler = this.#handlers.get(channel);
        if (handler === undefined) peer.channel(channel).put(value);
        else handler(peer.rank, value);
        return;
      }
      case ABORT: {
        const { op, message } = decodeControl(raw.payload) as { op: string; message: string };
        peer.done = true;
        const where = op === "" ? "" : ` in "${op}"`;
        this.#fail(
          new ProtocolError(`${this.#name(peer.rank)} stopped${where}: ${message}`, { party: peer.rank, op }),
        );
        return;
      }
      case BYE:
        peer.bye = frame;
        return;
      default:
        throw new TransportError(`${this.#name(peer.rank)} sent a message of unknown kind ${raw.kind}`, {
          party: peer.rank,
        });
    }
  }

  /** After a frame: has this member, or have all, said that they are done? */
  #settle(peer: Peer): void {
    if (peer.bye !== undefined && peer.numbers.next > peer.bye) peer.done = true;
    if (peer.done && this.#failed === undefined) {
      const waiting = peer.firstWaiter();
      if (waiting !== undefined) this.#fail(this.#gone(peer, waiting.what));
    }
    const parties = [...this.#peers.values()].filter((p) => p.rank < this.parties);
    if (parties.every((p) => p.done)) this.#ended.resolve();
    this.#wake?.();
  }

  #gone(peer: Peer, what: string): Error {
    return new ProtocolError(`${this.#name(peer.rank)} has ended its program, "${what}" still waits for it`, {
      party: peer.rank,
      op: what,
    });
  }

  #checkSession(peer: Peer, session: Uint8Array): void {
    const same = (a: Uint8Array): boolean => a.every((byte, i) => byte === session[i]);
    if (same(NO_SESSION)) return;
    peer.session = session;
    if (this.#session === NO_SESSION || same(this.#session)) return;
    throw new TransportError(`${this.#name(peer.rank)} sent a frame of another session`, {
      party: peer.rank,
    });
  }

  #closed(peer: Peer, cause: Error | undefined): void {
    const expected = peer.done || this.#closing !== undefined;
    peer.dead = true;
    peer.done = true;
    if (!expected && this.#failed === undefined) {
      const what = peer.firstWaiter()?.what;
      const where = what === undefined ? "" : ` while "${what}" waited for it`;
      this.abort(
        new TransportError(`${this.#name(peer.rank)} is gone: its link closed${where}`, {
          party: peer.rank,
          op: what,
          cause,
        }),
      );
    }
    this.#settle(peer);
  }

  #fail(error: Error): void {
    if (this.#failed !== undefined) return;
    this.#failed = error;
    for (const peer of this.#peers.values()) peer.fail(error);
    this.#ended.reject(error);
    for (const callback of this.#onFail.splice(0)) callback(error);
  }

  /** One timer for all waits; armed while someone waits. */
  #watch(): void {
    if (this.#timer !== undefined || this.#closing !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#failed !== undefined) return;
      const now = performance.now();
      for (const peer of this.#peers.values()) {
        const first = peer.firstWaiter();
        if (first === undefined) continue;
        if (now - Math.max(first.since, peer.heard) >= this.#deadline) {
          const seconds = this.#deadline / 1000;
          const message = `${this.#name(peer.rank)} sent nothing for "${first.what}" within ${seconds} s`;
          return this.abort(new TransportError(message, { party: peer.rank, op: first.what }), first.what);
        }
        this.#watch();
      }
    }, Math.max(10, this.#deadline / 8));
  }
}
