/**
 * What a communicator keeps per member.
 *
 * @module
 */
import { encodeControl } from "./control.ts";
import { DATA, type RawMessage } from "./frame.ts";
import { FrameNumbers, Inbox } from "./inbox.ts";
import { Outbox } from "./outbox.ts";
import type { BufferPool } from "./pool.ts";
import type { Frame, Transport } from "./transport.ts";

const NO_SCOPE = new Uint8Array(8);

/** Someone who waits for plain data. */
export interface PlainWaiter {
  /** What for. */
  readonly what: string;
  /** Since when. */
  readonly since: number;
  /** Delivers it. */
  resolve(value: unknown): void;
  /** Ends the waiting. */
  reject(error: Error): void;
}

/** Plain data of one channel, in order. */
export class Channel {
  readonly #values: unknown[] = [];
  readonly #waiters: PlainWaiter[] = [];

  /** How many wait. */
  get waiting(): number {
    return this.#waiters.length;
  }
  /** The one that waits longest. */
  get first(): PlainWaiter | undefined {
    return this.#waiters[0];
  }
  /** Takes the next value, or waits for it. */
  receive(waiter: PlainWaiter): void {
    if (this.#values.length > 0) waiter.resolve(this.#values.shift());
    else this.#waiters.push(waiter);
  }
  /** A value has arrived. */
  put(value: unknown): void {
    const waiter = this.#waiters.shift();
    if (waiter === undefined) this.#values.push(value);
    else waiter.resolve(value);
  }
  /** Takes all values. */
  drain(): unknown[] {
    return this.#values.splice(0);
  }
  /** Ends all waiting. */
  fail(error: Error): void {
    for (const waiter of this.#waiters.splice(0)) waiter.reject(error);
  }
}

/** One member, seen from another. */
export class Peer {
  /** Its rank. */
  readonly rank: number;
  /** The link to it. */
  readonly link: Transport;
  /** What is being sent. */
  readonly outbox: Outbox;
  /** What has arrived. */
  readonly inbox: Inbox = new Inbox();
  /** Numbers of the frames that have arrived. */
  readonly numbers: FrameNumbers = new FrameNumbers();
  readonly #pool: BufferPool;
  readonly #channels = new Map<string, Channel>();
  /** When it was last heard of. */
  heard = 0;
  /** The session that its frames name. */
  session: Uint8Array | undefined;
  /** Number of the frame with its good-bye. */
  bye: number | undefined;
  /** Whether it has said that nothing more will come. */
  done = false;
  /** Whether the link is closed. */
  dead = false;

  constructor(rank: number, link: Transport, pool: BufferPool) {
    this.rank = rank;
    this.link = link;
    this.outbox = new Outbox(pool);
    this.#pool = pool;
  }

  /** Plain data of a channel. */
  channel(name: string): Channel {
    let channel = this.#channels.get(name);
    if (channel === undefined) this.#channels.set(name, channel = new Channel());
    return channel;
  }

  /** Posts plain data. */
  postPlain(kind: number, value: unknown): void {
    const bytes = encodeControl(value);
    this.outbox.reserve({ scope: NO_SCOPE, seq: 0, sub: 0, kind }, bytes.length, kind === DATA).set(bytes);
  }

  /** A function that is told when a message of a segment is no longer needed, and returns the segment after the last. */
  segments(frame: Frame, messages: readonly RawMessage[]): (segment: number) => void {
    const left = new Array<number>(frame.length).fill(0);
    for (const message of messages) left[message.segment]!++;
    return (segment) => {
      if (--left[segment]! === 0) this.#pool.release(frame[segment]!);
    };
  }

  /** The wait for this member that began first. */
  firstWaiter(): { readonly what: string; readonly since: number } | undefined {
    let first: { readonly what: string; readonly since: number } | undefined;
    for (const waiter of this.inbox.waiters) {
      if (first === undefined || waiter.since < first.since) first = waiter;
    }
    for (const { first: waiter } of this.#channels.values()) {
      if (waiter !== undefined && (first === undefined || waiter.since < first.since)) first = waiter;
    }
    return first;
  }

  /** Ends all waiting. */
  fail(error: Error): void {
    this.inbox.fail(error);
    for (const channel of this.#channels.values()) channel.fail(error);
  }
}
