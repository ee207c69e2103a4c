/**
 * Links that misbehave, the same way each time, and links that can be listened to.
 *
 * @module
 */
import { coverOf, frameBytes, MAX_FRAME_BYTES, openFrame, sealFrame } from "./frame.ts";
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
  /** Probability that a frame names another session. */
  readonly foreign?: number;
  /** Frames that pass unharmed before faults begin. */
  readonly after?: number;
  /** Frames after which faults end, counted from the first; they do not end by default. */
  readonly until?: number;
}

/** Turns that an overtaken frame is held back. */
const OVERTAKEN = 3;

/** Marsaglia's xorshift32: uniform numbers in [0, 1). Seeds are spread: after a small one, the first numbers would be small. */
function xorshift(seed: number): () => number {
  let state = Math.imul(seed, 0x9e3779b1) || 1;
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
  get secured(): boolean {
    return this.#link.secured ?? false;
  }

  send(frame: Frame): void {
    if (this.#closing !== undefined) return;
    const { after = 0, until = Infinity, delay = 0 } = this.#faults;
    const { drop, duplicate, truncate, corrupt, foreign, reorder } = this.#faults;
    const number = this.#sent++;
    if (number < after || number >= until) return this.#hold(frame, 0, false);
    const turns = Math.floor(this.#random() * (delay + 1));
    const loose = this.#happens(reorder);
    if (this.#happens(drop)) return;
    if (this.#happens(duplicate)) this.#hold(copyOf(frame), turns, false);
    if (this.#happens(foreign)) frame = this.#strange(frame);
    if (this.#happens(truncate)) frame = this.#truncated(frame);
    if (this.#happens(corrupt)) frame = this.#corrupted(frame);
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

  // Copies are altered: whoever listens before this link, or has kept a frame, sees what was sent.

  #truncated(frame: Frame): Frame {
    const out = copyOf(frame);
    const last = out.pop()!;
    return [...out, last.slice(0, Math.floor(this.#random() * last.length))];
  }

  #corrupted(frame: Frame): Frame {
    const out = copyOf(frame);
    const segment = out[Math.floor(this.#random() * out.length)]!;
    if (segment.length > 0) {
      segment[Math.floor(this.#random() * segment.length)]! ^= 1 << Math.floor(this.#random() * 8);
    }
    return out;
  }

  #strange(frame: Frame): Frame {
    const out = copyOf(frame);
    const cover = coverOf(this);
    const { header } = openFrame(out, MAX_FRAME_BYTES, cover);
    sealFrame(out, { ...header, session: header.session.map((byte) => byte ^ 0xff) }, cover);
    return out;
  }
}

function copyOf(frame: Frame): Frame {
  return frame.map((segment) => segment.slice());
}

/** The link, with faults in what it sends. Delays are counted in turns of the event loop. */
export function faulty(link: Transport, faults: Faults): Transport {
  return new FaultyLink(link, faults);
}

/** The link, which appends a copy of every frame that it sends, in one piece, to `log`. */
export function recording(link: Transport, log: Uint8Array[]): Transport {
  return {
    kind: link.kind,
    locality: link.locality,
    secured: link.secured ?? false,
    receive: (handler) => link.receive(handler),
    close: () => link.close(),
    send(frame): void {
      const copy = new Uint8Array(frameBytes(frame));
      let at = 0;
      for (const segment of frame) {
        copy.set(segment, at);
        at += segment.length;
      }
      log.push(copy);
      link.send(frame);
    },
  };
}
