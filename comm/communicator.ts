/**
 * Messages between the members of one session: matched by tag, sent together once per task of the event loop, counted, with
 * a deadline on every wait, and an abort that reaches everyone.
 *
 * @module
 */
import { CONTROL_LIMIT, encodeControl } from "./control.ts";
import { type Counters, type CounterSnapshot, type LinkCounters, Tally } from "./counters.ts";
import { ProtocolError, TransportError } from "./errors.ts";
import { ABORT, BYE, CONTROL, DATA, MAX_FRAME_BYTES } from "./frame.ts";
import { Hop } from "./hop.ts";
import { type Message, messageKey } from "./inbox.ts";
import { Intake } from "./intake.ts";
import { encodeNotice, type Notice, noticeOf } from "./notice.ts";
import { Peer } from "./peer.ts";
import { sharedPool } from "./pool.ts";
import type { Tag } from "./scope.ts";
import type { Frame, Transport } from "./transport.ts";
import { Watchdog } from "./watchdog.ts";

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
  /** Longest frame that is sent or accepted; 2^30 bytes by default. */
  readonly maxFrameBytes?: number;
  /** Most bytes of one member that may arrive before they are asked for; 2^31 by default. */
  readonly maxEarlyBytes?: number;
}

const MOST_SUB = 0xffff;
const NOTHING = new Uint8Array(0);

/** One member's messages. */
export class Communicator {
  /** This member. */
  readonly rank: number;
  /** Number of parties. */
  readonly parties: number;
  readonly #peers = new Map<number, Peer>();
  readonly #tally = new Tally();
  readonly #deadlineMs: number;
  readonly #name: (rank: number) => string;
  readonly #maxFrameBytes: number;
  readonly #intake: Intake;
  readonly #hop: Hop;
  readonly #watchdog: Watchdog;
  readonly #paused: (() => void)[] = [];
  readonly #onFail: ((error: Error) => void)[] = [];
  readonly #ended = Promise.withResolvers<void>();
  #failed: Error | undefined;
  #closing: Promise<void> | undefined;

  /** Begins to listen to all links. */
  constructor(options: CommunicatorOptions) {
    this.rank = options.rank;
    this.parties = options.parties;
    this.#deadlineMs = options.deadlineMs ?? 30_000;
    this.#name = options.name ?? ((rank) => `Party ${rank}`);
    this.#maxFrameBytes = options.maxFrameBytes ?? MAX_FRAME_BYTES;
    this.#intake = new Intake({
      tally: this.#tally,
      pool: sharedPool,
      maxFrameBytes: this.#maxFrameBytes,
      maxEarlyBytes: options.maxEarlyBytes ?? 2 ** 31,
      onNotice: (notice) => this.#notified(notice),
    });
    this.#ended.promise.catch(() => {});
    this.#hop = new Hop(() => {
      this.flush();
      for (const resume of this.#paused.splice(0)) resume();
    });
    this.#watchdog = new Watchdog(
      () => this.#earliest()?.at ?? Infinity,
      this.#deadlineMs,
      () => this.#expired(),
    );
    for (const [rank, link] of options.links) {
      const peer = new Peer(rank, link, sharedPool);
      this.#peers.set(rank, peer);
      link.receive({
        frame: (frame) => this.#receive(peer, frame),
        closed: (cause) => this.#linkClosed(peer, cause),
        progress: () => peer.heard = performance.now(),
      });
    }
  }

  /** The first failure, if there was one. */
  get failed(): Error | undefined {
    return this.#failed;
  }

  /** Resolves when all parties have ended, or this member has closed; rejects when the session fails. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Counts over the links to parties. What was posted leaves first, so that reading never misses it. */
  get counters(): Counters {
    this.flush();
    return this.#tally.totals(this.parties);
  }

  /** Counts of one link: a dealer's, for example, which `counters` leaves out. */
  link(peer: number): LinkCounters {
    this.flush();
    return this.#tally.link(peer);
  }

  /** The largest round of all messages since the beginning, whatever was reset. */
  get round(): number {
    return this.#tally.largest;
  }

  /** All counts at this moment, for a difference later. */
  snapshot(): CounterSnapshot {
    this.flush();
    return this.#tally.snapshot(this.parties);
  }

  /** Counts from here on: rounds from the largest so far, or from `round` if that is later. */
  resetCounters(round = 0): void {
    this.flush();
    this.#tally.reset(round);
  }

  /** Binds all frames from here on to a session; frames with payloads of another session end this one. */
  session(prefix: Uint8Array): void {
    this.flush();
    this.#intake.session = prefix.slice(0, 8);
    for (const peer of this.#peers.values()) this.#guard(peer, () => this.#intake.checkSession(peer));
  }

  /** Calls back at the first failure; at once if there was one. */
  onFail(callback: (error: Error) => void): void {
    if (this.#failed !== undefined) callback(this.#failed);
    else this.#onFail.push(callback);
  }

  /**
   * Sends a payload to one member. `fill` is called at once and must overwrite every byte of `dst`, which holds leftovers of
   * other messages. `round` is the message's own, where a protocol knows it: one more than the rounds of what it depends on.
   * After a failure nothing is sent.
   *
   * @throws {RangeError} when there is no such member, or the payload is longer than a frame may be.
   * @throws {TypeError} when the tag has been used for the same `to` and `sub` before.
   */
  post(
    to: number,
    tag: Tag,
    sub: number,
    byteLength: number,
    fill: (dst: Uint8Array) => void,
    round?: number,
  ): void {
    if (this.#failed !== undefined || this.#closing !== undefined) return;
    const peer = this.#peer(to);
    if (!Number.isInteger(sub) || sub < 0 || sub > MOST_SUB) {
      throw new RangeError(`Cannot post message ${sub} of a call: 0 to ${MOST_SUB} are wanted`);
    }
    this.#makeRoom(peer, byteLength);
    tag.use(to * (MOST_SUB + 1) + sub);
    // What a dealer sends, or is sent, is in no round.
    const own = this.#tally.posted(to < this.parties && this.rank < this.parties ? round : 0);
    const header = { scope: tag.scope.id, seq: tag.seq, sub, kind: DATA, bytes: byteLength, round: own };
    peer.outbox.add(header, fill);
    this.#hop.schedule();
  }

  /** Sends the same payload to every other party; `fill` is called once, as in {@link post}. */
  broadcast(
    tag: Tag,
    sub: number,
    byteLength: number,
    fill: (dst: Uint8Array) => void,
    round?: number,
  ): void {
    let first: Uint8Array | undefined;
    for (let to = 0; to < this.parties; to++) {
      if (to === this.rank) continue;
      const source = first;
      this.post(to, tag, sub, byteLength, (dst) => {
        if (source === undefined) fill(first = dst);
        else dst.set(source);
      }, round);
    }
  }

  /**
   * Waits for a payload of a known length; it may have arrived already. `what` names the operation and its shapes in errors.
   * Rejects with the session's first failure.
   */
  receive(from: number, tag: Tag, sub: number, byteLength: number, what: string): Promise<Message> {
    const peer = this.#peer(from);
    return new Promise((resolve, reject) => {
      if (this.#refuse(what, reject)) return;
      this.#guard(peer, () => {
        const key = messageKey(tag.scope.prefix, tag.seq, sub);
        const waiter = { byteLength, what, since: performance.now(), resolve, reject };
        const early = peer.inbox.receive(key, waiter);
        if (early === undefined) return this.#wait(peer, what);
        // On a microtask: what is posted beside this call does not depend on the message.
        queueMicrotask(() => this.#tally.reached(early.round));
        resolve(early);
      }, what);
      if (this.#failed !== undefined) reject(this.#failed);
    });
  }

  /** Sends a payload to every other party and waits for theirs, in order of rank without this one. */
  exchange(
    tag: Tag,
    sub: number,
    byteLength: number,
    fill: (dst: Uint8Array) => void,
    what: string,
    round?: number,
  ): Promise<Message[]> {
    this.broadcast(tag, sub, byteLength, fill, round);
    const replies: Promise<Message>[] = [];
    for (let from = 0; from < this.parties; from++) {
      if (from !== this.rank) replies.push(this.receive(from, tag, sub, byteLength, what));
    }
    return Promise.all(replies);
  }

  /**
   * Sends plain data on a named channel.
   *
   * @throws {TypeError} when the data holds more than plain structures.
   */
  postControl(to: number, channel: string, value: unknown): void {
    if (this.#failed !== undefined || this.#closing !== undefined) return;
    const bytes = encodeControl([channel, value]);
    if (bytes.length > CONTROL_LIMIT) {
      throw new RangeError(
        `Cannot send plain data of ${bytes.length} bytes: ${CONTROL_LIMIT} at most are wanted`,
      );
    }
    const peer = this.#peer(to);
    this.#makeRoom(peer, bytes.length);
    peer.postPlain(CONTROL, bytes);
    this.#hop.schedule();
  }

  /** Waits for the next plain data of a channel. */
  receiveControl(from: number, channel: string, what: string): Promise<unknown> {
    const peer = this.#peer(from);
    return new Promise((resolve, reject) => {
      if (this.#refuse(what, reject)) return;
      const waits = peer.channel(channel).receive({ what, since: performance.now(), resolve, reject });
      if (waits) this.#wait(peer, what);
    });
  }

  /** Hands all plain data of a channel, from any member, to a function; an error that it throws ends the session. */
  onControl(channel: string, handler: (from: number, value: unknown) => void): void {
    this.#intake.handle(channel, handler);
    for (const peer of this.#peers.values()) {
      for (const value of peer.channel(channel).drain()) this.#guard(peer, () => handler(peer.rank, value));
    }
  }

  /** Sends all that was posted. Happens by itself on a later task of the event loop. */
  flush(): void {
    for (const peer of this.#peers.values()) this.#flush(peer);
  }

  /** Lets the event loop turn once: what was posted leaves, what has arrived is delivered. */
  pause(): Promise<void> {
    if (this.#closing !== undefined) return Promise.resolve();
    return new Promise((resolve) => {
      this.#paused.push(resolve);
      this.#hop.schedule();
    });
  }

  /** Ends the session for everyone, with this cause; only the first counts. What was posted and has not left is not sent. */
  abort(error: Error, op = ""): void {
    this.#stop(error, noticeOf(this.rank, error, op));
  }

  /** Sends what is left, says good-bye, and closes the links. Safe to call twice. */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  async #close(): Promise<void> {
    if (this.#failed === undefined) { for (const peer of this.#peers.values()) peer.postPlain(BYE, NOTHING); }
    this.flush();
    this.#hop.close();
    this.#watchdog.stop();
    for (const resume of this.#paused.splice(0)) resume();
    const error = this.#failed ?? new TransportError("Cannot receive: this member has closed the session");
    for (const peer of this.#peers.values()) peer.fail(error);
    this.#ended.resolve();
    await Promise.all([...this.#peers.values()].map((peer) => peer.link.close()));
  }

  #peer(rank: number): Peer {
    const peer = this.#peers.get(rank);
    if (peer === undefined) throw new RangeError(`Cannot reach member ${rank}: there is no link to it`);
    return peer;
  }

  /** A frame that would grow too long leaves before the next message is added. */
  #makeRoom(peer: Peer, payloadBytes: number): void {
    if (peer.outbox.bytesWith(payloadBytes) <= this.#maxFrameBytes) return;
    this.#flush(peer);
    if (peer.outbox.bytesWith(payloadBytes) > this.#maxFrameBytes) {
      throw new RangeError(
        `Cannot post ${payloadBytes} bytes: with headers they exceed the ${this.#maxFrameBytes} bytes of a frame`,
      );
    }
  }

  #flush(peer: Peer): void {
    if (peer.outbox.empty) return;
    const { frame, traffic } = peer.outbox.seal(this.#intake.session);
    this.#tally.sent(peer.rank, traffic);
    peer.link.send(frame);
  }

  /** Rejects a wait after the end; says whether it did. */
  #refuse(what: string, reject: (error: Error) => void): boolean {
    if (this.#failed !== undefined) reject(this.#failed);
    else if (this.#closing !== undefined) {
      reject(new TransportError(`Cannot receive "${what}": this member has closed the session`));
    } else return false;
    return true;
  }

  #wait(peer: Peer, what: string): void {
    if (peer.done) this.abort(this.#gone(peer, what), what);
    else this.#watchdog.watch();
  }

  /** Runs what may fail because of a peer; a failure ends the session and names the peer. */
  #guard(peer: Peer, action: () => void, op?: string): void {
    try {
      action();
    } catch (error) {
      if (!(error instanceof TransportError || error instanceof ProtocolError)) {
        return this.abort(error instanceof Error ? error : new Error("an error"), op);
      }
      const site = { party: peer.rank, op: error.op ?? op, cause: error };
      const message = `${this.#name(peer.rank)}: ${error.message}`;
      const blamed = error instanceof TransportError
        ? new TransportError(message, site)
        : new ProtocolError(message, site);
      this.abort(blamed, site.op);
    }
  }

  #receive(peer: Peer, frame: Frame): void {
    if (peer.dead || this.#failed !== undefined || this.#closing !== undefined) return;
    peer.heard = performance.now();
    this.#guard(peer, () => this.#intake.take(peer, frame));
    this.#settle(peer);
  }

  /** After a good-bye: who still waits for this member waits in vain, and the session may be over. */
  #settle(peer: Peer): void {
    if (!peer.done || this.#failed !== undefined) return;
    const waiting = peer.firstWaiter();
    if (waiting !== undefined) return this.abort(this.#gone(peer, waiting.what), waiting.what);
    const parties = [...this.#peers.values()].filter(({ rank }) => rank < this.parties);
    if (parties.every(({ done }) => done)) this.#ended.resolve();
  }

  #gone(peer: Peer, op: string): Error {
    const message = `${this.#name(peer.rank)} has ended its program, "${op}" still waits for it`;
    return new ProtocolError(message, { party: peer.rank, op });
  }

  #linkClosed(peer: Peer, cause: Error | undefined): void {
    peer.dead = true;
    if (peer.done || this.#closing !== undefined || this.#failed !== undefined) return;
    const op = peer.firstWaiter()?.what;
    const where = op === undefined ? "" : ` while "${op}" waited for it`;
    const why = cause === undefined ? "" : `: ${cause.message}`;
    const message = `${this.#name(peer.rank)} is gone, its link closed${where}${why}`;
    this.abort(new TransportError(message, { party: peer.rank, op, cause }), op);
  }

  /** The deadline that comes first, and whose it is. */
  #earliest(): { readonly at: number; readonly peer: Peer; readonly what: string } | undefined {
    let first: { readonly at: number; readonly peer: Peer; readonly what: string } | undefined;
    for (const peer of this.#peers.values()) {
      const waiter = peer.firstWaiter();
      if (waiter === undefined) continue;
      const at = Math.max(waiter.since, peer.heard) + this.#deadlineMs;
      if (first === undefined || at < first.at) first = { at, peer, what: waiter.what };
    }
    return first;
  }

  #expired(): void {
    const late = this.#earliest();
    if (late === undefined) return;
    const { peer: { rank: party }, what: op } = late;
    const message = `${this.#name(party)} sent nothing for "${op}" within ${this.#deadlineMs / 1000} s`;
    this.abort(new TransportError(message, { party, op }), op);
  }

  #notified(notice: Notice): void {
    const { origin: party, op, message } = notice;
    const where = op === "" ? "" : ` in "${op}"`;
    this.#stop(new ProtocolError(`${this.#name(party)} stopped${where}: ${message}`, { party, op }), notice);
  }

  /** Fails everything here and tells the others. A notice is passed on, so that all name the same first cause. */
  #stop(error: Error, notice: Notice): void {
    if (this.#failed !== undefined || this.#closing !== undefined) return;
    this.#failed = error;
    const bytes = encodeNotice(notice);
    for (const peer of this.#peers.values()) {
      peer.outbox.clear();
      if (peer.dead) continue;
      peer.postPlain(ABORT, bytes);
      this.#flush(peer);
    }
    this.#watchdog.stop();
    for (const peer of this.#peers.values()) peer.fail(error);
    this.#ended.reject(error);
    for (const callback of this.#onFail.splice(0)) callback(error);
  }
}
