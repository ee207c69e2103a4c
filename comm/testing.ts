/**
 * Links that misbehave, the same way each time.
 *
 * @module
 */
import { Hop } from "./hop.ts";
import type { Frame, Transport, TransportHandler } from "./transport.ts";

/** What goes wrong with the frames that a link sends. Probabilities lie in 0 to 1; none is the default. */
export interface Faults {
  /** Seed of the choices, not zero. */
  readonly seed: number;
  /** Most turns of the event loop that a frame is held back. */
  readonly delay?: number;
  /** Probability that a frame may be overtaken by those that follow. */
  readonly reorder?: number;
  /** Probability that a frame is lost. */
  readonly drop?: number;
  /** Probability that a frame is sent twice. */
  readonly duplicate?: number;
  /** Probability that the end of a frame is lost. */
  readonly truncate?: number;
  /** Probability that one bit is flipped. */
  readonly corrupt?: number;
  /** Frames that pass unharmed before faults begin. */
  readonly after?: number;
}

/** Turns that an overtaken frame is held back. */
const OVERTAKEN = 3;

/** Marsaglia's xorshift32: uniform numbers in [0, 1). */
function xorshift(seed: number): () => number {
  let state = seed | 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

interface Held {
  readonly frame: Frame;
  readonly loose: boolean;
  turns: number;
}

class FaultyLink implements Transport {
  readonly #link: Transport;
  readonly #faults: Faults;
  readonly #random: () => number;
  readonly #hop = new Hop(() => this.#turn());
  #held: Held[] = [];
  #sent = 0;
  #closing: Promise<void> | undefined;

  constructor(link: Transport, faults: Faults) {
    this.#link = link;
    this.#faults = faults;
    this.#random = xorshift(faults.seed);
  }

  get kind(): string {
    return this.#link.kind;
  }
  get locality(): Transport["locality"] {
    return this.#link.locality;
  }

  send(frame: Frame): void {
    if (this.#closing !== undefined) return;
    const { after = 0, drop, duplicate, truncate, corrupt, reorder, delay = 0 } = this.#faults;
    if (this.#sent++ < after) return this.#hold(frame, 0, false);
    const turns = Math.floor(this.#random() * (delay + 1));
    const loose = this.#happens(reorder);
    if (this.#happens(drop)) return;
    if (this.#happens(duplicate)) this.#hold(frame.map((segment) => segment.slice()), turns, false);
    if (this.#happens(truncate)) this.#truncate(frame);
    if (this.#happens(corrupt)) this.#corrupt(frame);
    this.#hold(frame, loose ? turns + OVERTAKEN : turns, loose);
  }

  receive(handler: TransportHandler): void {
    this.#link.receive(handler);
  }

  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  #close(): Promise<void> {
    this.#hop.close();
    for (const { frame } of this.#held.splice(0)) this.#link.send(frame);
    return this.#link.close();
  }

  #happens(probability = 0): boolean {
    return this.#random() < probability;
  }

  #hold(frame: Frame, turns: number, loose: boolean): void {
    if (turns === 0 && this.#held.every((held) => held.loose)) return this.#link.send(frame);
    this.#held.push({ frame, loose, turns });
    this.#hop.schedule();
  }

  /** Lets go what is due; a frame that is not loose holds back those behind it. */
  #turn(): void {
    let blocked = false;
    const rest: Held[] = [];
    for (const held of this.#held) {
      held.turns--;
      if (held.turns <= 0 && !blocked) {
        this.#link.send(held.frame);
      } else {
        rest.push(held);
        blocked ||= !held.loose;
      }
    }
    this.#held = rest;
    if (rest.length > 0) this.#hop.schedule();
  }

  #truncate(frame: Frame): void {
    const last = frame.length - 1;
    const segment = frame[last]!;
    frame[last] = segment.subarray(0, Math.floor(this.#random() * segment.length));
  }

  #corrupt(frame: Frame): void {
    const segment = frame[Math.floor(this.#random() * frame.length)]!;
    if (segment.length > 0) {
      segment[Math.floor(this.#random() * segment.length)]! ^= 1 << Math.floor(this.#random() * 8);
    }
  }
}

/** The link, with faults in what it sends. Delays are counted in turns of the event loop. */
export function faulty(link: Transport, faults: Faults): Transport {
  return new FaultyLink(link, faults);
}
