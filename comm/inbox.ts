/**
 * Messages that have arrived, or are waited for, from one peer.
 *
 * @module
 */
import { ProtocolError } from "./errors.ts";
import { MESSAGE_HEADER } from "./frame.ts";
import type { BufferPool } from "./pool.ts";

/** A received payload. */
export interface Message {
  /** The payload, aligned to 8 bytes. */
  readonly bytes: Uint8Array;
  /** The sender's round. */
  readonly round: number;
  /** Gives the buffer back; the bytes must not be used afterwards. Without it, the garbage collector takes it. */
  release(): void;
}

/** A segment whose messages are in use. */
export class SegmentUse {
  readonly #segment: Uint8Array;
  readonly #pool: BufferPool;
  #left: number;

  /** A segment of so many messages, and where it goes after the last. */
  constructor(segment: Uint8Array, messages: number, pool: BufferPool) {
    this.#segment = segment;
    this.#left = messages;
    this.#pool = pool;
  }

  /** One message is done with. */
  done(): void {
    if (--this.#left === 0) this.#pool.release(this.#segment);
  }
}

/** A message in its segment. */
export class Arrival implements Message {
  /** The payload. */
  readonly bytes: Uint8Array;
  /** The sender's round. */
  readonly round: number;
  #segment: SegmentUse | undefined;

  /** A payload within a segment that is in use. */
  constructor(bytes: Uint8Array, round: number, segment: SegmentUse) {
    this.bytes = bytes;
    this.round = round;
    this.#segment = segment;
  }

  /** Gives the buffer back; a second call does nothing. */
  release(): void {
    this.#segment?.done();
    this.#segment = undefined;
  }
}

/** Someone who waits for something from a peer. */
export interface Waiter<Value> {
  /** What for: the operation's name and shapes. */
  readonly what: string;
  /** When the waiting began, by `performance.now()`. */
  readonly since: number;
  /** Delivers it. */
  resolve(value: Value): void;
  /** Ends the waiting. */
  reject(error: Error): void;
}

/** Someone who waits for a message. */
export interface MessageWaiter extends Waiter<Arrival> {
  /** Bytes it must have. */
  readonly byteLength: number;
}

/** Key of a message. */
export function messageKey(scope: string, seq: number, sub: number): string {
  return `${scope}${seq}.${sub}`;
}

/** Messages of one peer by key. */
export class Inbox {
  readonly #arrived = new Map<string, Arrival>();
  readonly #waiting = new Map<string, MessageWaiter>();
  #earlyBytes = 0;

  /** Bytes of messages that nobody has asked for yet, with headers. */
  get earlyBytes(): number {
    return this.#earlyBytes;
  }

  /** The one that waits longest. */
  get first(): MessageWaiter | undefined {
    for (const waiter of this.#waiting.values()) return waiter;
    return undefined;
  }

  /**
   * A message that has arrived already, or nothing, and then `waiter` is told later.
   *
   * @throws {ProtocolError} when it has another length, or someone waits for it already.
   */
  receive(key: string, waiter: MessageWaiter): Arrival | undefined {
    const message = this.#arrived.get(key);
    if (message === undefined) {
      if (this.#waiting.has(key)) {
        throw new ProtocolError(`Cannot receive "${waiter.what}": its tag is waited for already`, {
          op: waiter.what,
        });
      }
      this.#waiting.set(key, waiter);
      return undefined;
    }
    checkLength(message, waiter);
    this.#arrived.delete(key);
    this.#earlyBytes -= MESSAGE_HEADER + message.bytes.length;
    return message;
  }

  /**
   * A message has arrived; returns the one who waits for it.
   *
   * @throws {ProtocolError} when one of that name is there already, or it has another length than is wanted.
   */
  put(key: string, message: Arrival): MessageWaiter | undefined {
    const waiter = this.#waiting.get(key);
    if (waiter !== undefined) {
      checkLength(message, waiter);
      this.#waiting.delete(key);
      return waiter;
    }
    if (this.#arrived.has(key)) {
      throw new ProtocolError("Cannot match a message: another one arrived under the same tag");
    }
    this.#arrived.set(key, message);
    this.#earlyBytes += MESSAGE_HEADER + message.bytes.length;
    return undefined;
  }

  /** Ends all waiting and drops what nobody asked for. */
  fail(error: Error): void {
    const waiters = [...this.#waiting.values()];
    this.#waiting.clear();
    this.#arrived.clear();
    this.#earlyBytes = 0;
    for (const waiter of waiters) waiter.reject(error);
  }
}

function checkLength(message: Arrival, waiter: MessageWaiter): void {
  if (message.bytes.length === waiter.byteLength) return;
  throw new ProtocolError(
    `Cannot receive "${waiter.what}": ${message.bytes.length} bytes came, ${waiter.byteLength} are wanted, the programs or ` +
      "their shapes differ",
    { op: waiter.what },
  );
}

/** Frame numbers of one link: each must arrive once; the order does not matter. */
export class FrameNumbers {
  #next = 0;
  readonly #ahead = new Set<number>();

  /** All frames below this number have arrived. */
  get next(): number {
    return this.#next;
  }

  /** Whether a frame is new. */
  accept(number: number): boolean {
    if (number < this.#next || this.#ahead.has(number)) return false;
    if (number === this.#next) this.#next++;
    else this.#ahead.add(number);
    while (this.#ahead.size > 0 && this.#ahead.delete(this.#next)) this.#next++;
    return true;
  }
}
