/**
 * What a session did: per operation and layer, and in total.
 *
 * @module
 */
import type { Cost } from "../protocols/protocol.ts";

/** Figures of one operation within one layer. */
export interface OpStats {
  /** Layer, or "" outside of a module. */
  readonly layer: string;
  /** Operation. */
  readonly op: string;
  /** Number of calls. */
  calls: number;
  /** Rounds, one call after the other; calls that run side by side share them. */
  rounds: number;
  /** Payload bytes that a party sends, on average over the parties. */
  bytesPerParty: number;
  /** Bytes of corrections from the dealer, to one of the parties. */
  correlationBytes: number;
  /** Seconds from the moment that the operands were there. */
  seconds: number;
}

/** Totals of one party. */
export interface Totals {
  /** Longest chain of messages that had to follow each other. */
  readonly rounds: number;
  /** Frames sent to parties. */
  readonly frames: number;
  /** Payload bytes sent to parties, without correlated randomness that parties deal for each other. */
  readonly payloadBytes: number;
  /** Bytes on the wire sent to parties, headers included. */
  readonly wireBytes: number;
  /** Bytes of corrections that this party received or made. */
  readonly correctionBytes: number;
}

/** Figures of a session so far. */
export interface Stats {
  /** Per operation and layer, in order of first use. */
  readonly ops: readonly OpStats[];
  /** This party's totals, as its transports counted them. */
  readonly totals: Totals;
}

/** Collects figures per operation and layer. */
export class OpLog {
  readonly #rows = new Map<string, OpStats>();
  readonly #parties: number;

  /** For a number of parties. */
  constructor(parties: number) {
    this.#parties = parties;
  }

  /** All rows. */
  get rows(): readonly OpStats[] {
    return [...this.#rows.values()];
  }

  /** Counts a call; the returned function adds its time. */
  begin(layer: string, op: string, cost: Cost | undefined): (seconds: number) => void {
    const key = `${layer}\n${op}`;
    let row = this.#rows.get(key);
    if (row === undefined) {
      row = { layer, op, calls: 0, rounds: 0, bytesPerParty: 0, correlationBytes: 0, seconds: 0 };
      this.#rows.set(key, row);
    }
    const found = row;
    found.calls++;
    found.rounds += cost?.rounds ?? 0;
    found.bytesPerParty += (cost?.bytes ?? 0) / this.#parties;
    found.correlationBytes += cost?.correlation ?? 0;
    return (seconds) => found.seconds += seconds;
  }

  /** Forgets all. */
  clear(): void {
    this.#rows.clear();
  }
}
