/**
 * Plain data between two members, in order, by name.
 *
 * @module
 */
import type { Waiter } from "./inbox.ts";

/** A value and the bytes that it came in. */
interface Entry {
  readonly value: unknown;
  readonly bytes: number;
}

/** Values of one channel from one peer. */
export class Channel {
  readonly #values: Entry[] = [];
  readonly #waiters: Waiter<unknown>[] = [];
  #earlyBytes = 0;

  /** Bytes of values that nobody has asked for yet. */
  get earlyBytes(): number {
    return this.#earlyBytes;
  }

  /** The one that waits longest. */
  get first(): Waiter<unknown> | undefined {
    return this.#waiters[0];
  }

  /** Takes the next value, or waits for it; says whether it waits. */
  receive(waiter: Waiter<unknown>): boolean {
    const entry = this.#take();
    if (entry === undefined) this.#waiters.push(waiter);
    else waiter.resolve(entry.value);
    return entry === undefined;
  }

  /** A value has arrived. */
  put(value: unknown, bytes: number): void {
    const waiter = this.#waiters.shift();
    if (waiter !== undefined) return waiter.resolve(value);
    this.#values.push({ value, bytes });
    this.#earlyBytes += bytes;
  }

  /** Takes all values. */
  drain(): unknown[] {
    this.#earlyBytes = 0;
    return this.#values.splice(0).map((entry) => entry.value);
  }

  /** Ends all waiting. */
  fail(error: Error): void {
    for (const waiter of this.#waiters.splice(0)) waiter.reject(error);
  }

  #take(): Entry | undefined {
    const entry = this.#values.shift();
    this.#earlyBytes -= entry?.bytes ?? 0;
    return entry;
  }
}
