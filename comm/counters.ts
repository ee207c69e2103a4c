/**
 * Exact counts of what went over the links.
 *
 * @module
 */

/** Counts of one link, or of all links to parties. */
export interface LinkCounters {
  /** Frames with payload that were sent. */
  readonly frames: number;
  /** Payload messages sent. */
  readonly messages: number;
  /** Payload bytes sent, headers and padding excluded. */
  readonly payloadBytes: number;
  /** All bytes sent, headers, padding and control messages included. */
  readonly wireBytes: number;
  /** Payload bytes received. */
  readonly receivedPayloadBytes: number;
  /** All bytes received. */
  readonly receivedWireBytes: number;
}

/** Counts of one party. */
export interface Counters extends LinkCounters {
  /** The longest chain of messages that had to follow each other. */
  readonly rounds: number;
}

const ZERO: LinkCounters = {
  frames: 0,
  messages: 0,
  payloadBytes: 0,
  wireBytes: 0,
  receivedPayloadBytes: 0,
  receivedWireBytes: 0,
};

/** Sum of counts. */
export function addCounters(a: LinkCounters, b: Partial<LinkCounters>): LinkCounters {
  const out: Record<string, number> = { ...a };
  for (const [key, value] of Object.entries(b)) out[key] = (out[key] ?? 0) + value;
  return out as unknown as LinkCounters;
}

/** Counts per peer, and rounds. */
export class Tally {
  readonly #links = new Map<number, LinkCounters>();
  #rounds = 0;
  #base = 0;

  /** Adds to a peer's counts. */
  add(peer: number, counts: Partial<LinkCounters>): void {
    this.#links.set(peer, addCounters(this.link(peer), counts));
  }
  /** A peer's counts. */
  link(peer: number): LinkCounters {
    return this.#links.get(peer) ?? ZERO;
  }
  /** A message of this round was sent. */
  round(round: number): void {
    this.#rounds = Math.max(this.#rounds, round);
  }
  /** Totals over the peers 0 to parties-1. */
  totals(parties: number): Counters {
    let sum = ZERO;
    for (const [peer, counts] of this.#links) if (peer < parties) sum = addCounters(sum, counts);
    return { ...sum, rounds: this.#rounds - this.#base };
  }
  /** Forgets all counts; rounds count from here. */
  reset(): void {
    this.#links.clear();
    this.#base = this.#rounds;
  }
}
