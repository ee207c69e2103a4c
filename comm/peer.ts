/**
 * What a communicator keeps per member.
 *
 * @module
 */
import { type Cover, coverOf } from "./frame.ts";
import { Channel } from "./channel.ts";
import { FrameNumbers, Inbox, type Waiter } from "./inbox.ts";
import { Outbox } from "./outbox.ts";
import type { BufferPool } from "./pool.ts";
import type { Transport } from "./transport.ts";

const NO_SCOPE = new Uint8Array(8);

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
  readonly #channels = new Map<string, Channel>();
  /** What the checksums of the link's frames cover. */
  readonly cover: Cover;
  /** When it was last heard of, by `performance.now()`. */
  heard = 0;
  /** The session that its frames name. */
  session: Uint8Array | undefined;
  /** Number of the frame with its good-bye. */
  bye: number | undefined;
  /** Whether the link is closed. */
  dead = false;

  /** A member that nothing was heard of yet. */
  constructor(rank: number, link: Transport, pool: BufferPool) {
    this.rank = rank;
    this.link = link;
    this.cover = coverOf(link);
    this.outbox = new Outbox(pool, this.cover);
  }

  /** Whether it has said good-bye, and everything before that has arrived. */
  get done(): boolean {
    return this.bye !== undefined && this.numbers.next > this.bye;
  }

  /** Bytes of messages that nobody has asked for yet. */
  get earlyBytes(): number {
    let bytes = this.inbox.earlyBytes;
    for (const channel of this.#channels.values()) bytes += channel.earlyBytes;
    return bytes;
  }

  /** Plain data of a channel. */
  channel(name: string): Channel {
    let channel = this.#channels.get(name);
    if (channel === undefined) this.#channels.set(name, channel = new Channel());
    return channel;
  }

  /** Posts a message that is not a payload. */
  postPlain(kind: number, bytes: Uint8Array): void {
    const header = { scope: NO_SCOPE, seq: 0, sub: 0, kind, bytes: bytes.length, round: 0 };
    this.outbox.add(header, (dst) => dst.set(bytes));
  }

  /** The wait for this member that began first. */
  firstWaiter(): Pick<Waiter<never>, "what" | "since"> | undefined {
    let first: Pick<Waiter<never>, "what" | "since"> | undefined = this.inbox.first;
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
