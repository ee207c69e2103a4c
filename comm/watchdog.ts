/**
 * One timer for all waits of a party.
 *
 * @module
 */

/** Longest delay of a timer. */
const MOST_MS = 2 ** 31 - 1;

/** Calls back when the earliest deadline has passed; armed only while there is one. */
export class Watchdog {
  readonly #earliest: () => number;
  readonly #expired: () => void;
  readonly #graceMs: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #suspicious = false;

  /**
   * Watches nothing yet.
   *
   * @param earliest The earliest deadline, by `performance.now()`; infinite when nobody waits.
   * @param deadlineMs How long a wait may be.
   * @param expired What to do when it has passed.
   */
  constructor(earliest: () => number, deadlineMs: number, expired: () => void) {
    this.#earliest = earliest;
    this.#expired = expired;
    this.#graceMs = Math.min(1000, deadlineMs / 10);
  }

  /** Someone waits. */
  watch(): void {
    if (this.#timer === undefined) this.#arm(this.#earliest() - performance.now());
  }

  /** Nobody will wait any more. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #arm(ms: number): void {
    if (ms === Infinity) return;
    this.#timer = setTimeout(() => this.#check(), Math.min(MOST_MS, Math.max(1, ms)));
  }

  #check(): void {
    this.#timer = undefined;
    const left = this.#earliest() - performance.now();
    if (left > 0) {
      this.#suspicious = false;
      this.#arm(left);
    } else if (this.#suspicious) {
      this.#expired();
    } else {
      // After a long computation here, what has arrived meanwhile is still to be delivered.
      this.#suspicious = true;
      this.#arm(this.#graceMs);
    }
  }
}
