/**
 * Messages that have arrived, or are waited for, from one peer.
 *
 * @module
 */
import { ProtocolError } from "./errors.ts";
import type { RawMessage } from "./frame.ts";

/** A received payload. */
export interface Message {
  /** The payload, aligned to 8 bytes. */
  readonly bytes: Uint8Array;
  /** Gives the buffer back; the bytes must not be used afterwards. */
  release(): void;
}

/** Someone who waits for a message. */
export interface Waiter {
  /** Bytes it must have. */
  readonly byteLength: number;
  /** What for. */
  readonly what: string;
  /** When the waiting began. */
  readonly since: number;
  /** Delivers it. */
  resolve(message: Message): void;
  /** Ends the waiting. */
  reject(error: Error): void;
}

/** Key of a message. */
export function messageKey(scope: string, seq: number, sub: number): string {
  return `${scope}${seq}.${sub}`;
}

/** Messages of one peer by key. */
export class Inbox {
  readonly #arrived = new Map<string, Message>();
  readonly #waiting = new Map<string, Waiter>();
  #early = 0;

  /** Bytes that arrived and were not asked for yet. */
  get earlyBytes(): number {
    return this.#early;
  }
  /** Everyone who waits. */
  get waiters(): Iterable<Waiter> {
    return this.#waiting.values();
  }
  /** How many wait. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Waits for a message. */
  receive(key: string, waiter: Waiter): void {
    const message = this.#arrived.get(key);
    if (message !== undefined) {
      this.#arrived.delete(key);
      this.#early -= message.bytes.length;
      deliver(waiter, message);
      return;
    }
    if (this.#waiting.has(key)) {
      throw new ProtocolError(`Cannot receive "${waiter.what}": its tag is waited for already`);
    }
    this.#waiting.set(key, waiter);
  }

  /** A message has arrived. @throws {ProtocolError} when one of that name is there already, or its length is wrong. */
  put(raw: RawMessage, message: Message): void {
    const key = messageKey(raw.scope, raw.seq, raw.sub);
    const waiter = this.#waiting.get(key);
    if (waiter === undefined) {
      if (this.#arrived.has(key)) throw new ProtocolError("Two messages arrived under one tag");
      this.#arrived.set(key, message);
      this.#early += message.bytes.length;
      return;
    }
    this.#waiting.delete(key);
    deliver(waiter, message);
  }

  /** Ends all waiting. */
  fail(error: Error): void {
    for (const waiter of this.#waiting.values()) waiter.reject(error);
    this.#waiting.clear();
    this.#arrived.clear();
    this.#early = 0;
  }
}

function deliver(waiter: Waiter, message: Message): void {
  if (message.bytes.length !== waiter.byteLength) {
    const error = new ProtocolError(
      `A message for "${waiter.what}" has ${message.bytes.length} bytes, ${waiter.byteLength} are wanted: the programs or shapes differ`,
      { op: waiter.what },
    );
    waiter.reject(error);
    throw error;
  }
  waiter.resolve(message);
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
    this.#ahead.add(number);
    while (this.#ahead.delete(this.#next)) this.#next++;
    return true;
  }
}
