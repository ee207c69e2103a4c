/**
 * Exact counts of what went over the links.
 *
 * @module
 */

/** Counts of one link, or of several together. */
export interface LinkCounters {
  /** Frames sent that held a payload. */
  readonly frames: number;
  /** Payload messages sent. */
  readonly messages: number;
  /** Payload bytes sent, without headers and padding. */
  readonly payloadBytes: number;
  /** Bytes sent: payloads, padding, and the headers of messages and frames with payload. */
  readonly wireBytes: number;
  /** Bytes sent for control messages, with their headers; these are not in `wireBytes`. */
  readonly controlBytes: number;
  /** Payload bytes received. */
  readonly receivedPayloadBytes: number;
  /** Bytes received, counted as in `wireBytes`. */
  readonly receivedWireBytes: number;
  /** Bytes received for control messages. */
  readonly receivedControlBytes: number;
}

/** Counts of one party. */
export interface Counters extends LinkCounters {
  /**
   * The longest chain of messages that had to follow each other. A protocol that knows what depends on what says so with each
   * message; else two messages are in the same round unless the sender of one was given the other before. How messages
   * fall into frames makes no difference, nor does how early they arrive.
   */
  readonly rounds: number;
}

/** Counts of one party at one moment. */
export interface CounterSnapshot extends Counters {
  /** Counts of each link, the dealer's included. */
  readonly peers: ReadonlyMap<number, LinkCounters>;
}

/** One frame, or several. */
export interface Traffic {
  /** Payload messages. */
  readonly messages: number;
  /** Their payloads. */
  readonly payloadBytes: number;
  /** Bytes on the wire for control messages. */
  readonly controlBytes: number;
  /** All bytes. */
  readonly bytes: number;
}

type Sums = { -readonly [Name in keyof LinkCounters]: number };

function zero(): Sums {
  return {
    frames: 0,
    messages: 0,
    payloadBytes: 0,
    wireBytes: 0,
    controlBytes: 0,
    receivedPayloadBytes: 0,
    receivedWireBytes: 0,
    receivedControlBytes: 0,
  };
}

function combine(a: LinkCounters, b: LinkCounters, sign: 1 | -1): Sums {
  const out = zero();
  for (const name of Object.keys(out) as (keyof Sums)[]) out[name] = a[name] + sign * b[name];
  return out;
}

/** What was counted between two snapshots. */
export function difference(before: CounterSnapshot, after: CounterSnapshot): CounterSnapshot {
  const peers = new Map<number, LinkCounters>();
  for (const [rank, counts] of after.peers) {
    peers.set(rank, combine(counts, before.peers.get(rank) ?? zero(), -1));
  }
  return { ...combine(after, before, -1), rounds: after.rounds - before.rounds, peers };
}

/** Counts per peer, and rounds. */
export class Tally {
  readonly #links = new Map<number, Sums>();
  /** The largest round of any message that this party was given: what it posts may depend on that, unless it knows better. */
  #clock = 0;
  /** The largest round of any message that it was given or has posted. */
  #largest = 0;
  #base = 0;

  #link(peer: number): Sums {
    let link = this.#links.get(peer);
    if (link === undefined) this.#links.set(peer, link = zero());
    return link;
  }

  /** Counts a frame to a peer. A frame without payload is control traffic as a whole. */
  sent(peer: number, traffic: Traffic): void {
    const link = this.#link(peer);
    const controlBytes = traffic.messages > 0 ? traffic.controlBytes : traffic.bytes;
    if (traffic.messages > 0) link.frames++;
    link.messages += traffic.messages;
    link.payloadBytes += traffic.payloadBytes;
    link.controlBytes += controlBytes;
    link.wireBytes += traffic.bytes - controlBytes;
  }

  /** Counts a frame from a peer. */
  received(peer: number, traffic: Traffic): void {
    const link = this.#link(peer);
    const controlBytes = traffic.messages > 0 ? traffic.controlBytes : traffic.bytes;
    link.receivedPayloadBytes += traffic.payloadBytes;
    link.receivedControlBytes += controlBytes;
    link.receivedWireBytes += traffic.bytes - controlBytes;
  }

  /** The largest round so far, since the beginning. */
  get largest(): number {
    return this.#largest;
  }

  /** The round of a message that is posted now: as its sender says, or one more than all that this party was given. */
  posted(round: number = this.#clock + 1): number {
    this.#largest = Math.max(this.#largest, round);
    return round;
  }

  /** This party was given a message of a round. */
  reached(round: number): void {
    this.#clock = Math.max(this.#clock, round);
    this.#largest = Math.max(this.#largest, round);
  }

  /** Counts of one link. */
  link(peer: number): LinkCounters {
    return { ...this.#links.get(peer) ?? zero() };
  }

  /** Sums over the links to peers below `parties`. */
  totals(parties: number): Counters {
    let sum: LinkCounters = zero();
    for (const [peer, counts] of this.#links) if (peer < parties) sum = combine(sum, counts, 1);
    return { ...sum, rounds: this.#largest - this.#base };
  }

  /** Sums, and the counts of each link. */
  snapshot(parties: number): CounterSnapshot {
    const peers = new Map<number, LinkCounters>();
    for (const [peer, counts] of this.#links) peers.set(peer, { ...counts });
    return { ...this.totals(parties), peers };
  }

  /** Forgets all counts. Rounds count from the largest so far, or from a later one that others have told of. */
  reset(round: number): void {
    this.#links.clear();
    this.#base = this.#largest = Math.max(this.#largest, round);
    this.#clock = this.#largest;
  }
}
