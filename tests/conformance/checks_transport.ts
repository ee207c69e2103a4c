/**
 * What a link is held to: frames arrive whole, in order, once, and its end is told once.
 *
 * @module
 */
import {
  FRAME_HEADER,
  MESSAGE_HEADER,
  openFrame,
  padded,
  sealFrame,
  writeMessageHeader,
} from "../../comm/frame.ts";
import type { Frame, Transport } from "../../comm/transport.ts";
import { type Check, ensure } from "./check.ts";

/** A transport under test. */
export interface TransportSubject {
  /** Makes the two ends of a link. */
  readonly make: () => Promise<readonly [Transport, Transport]>;
  /** Milliseconds after which a link that says nothing has lost something; 5000 by default. */
  readonly patience?: number;
}

/** A valid frame with one message of so many bytes, all equal to `fill`. */
function frameOf(number: number, bytes: number, fill: number): Frame {
  const out = new Uint8Array(FRAME_HEADER + MESSAGE_HEADER + padded(bytes));
  writeMessageHeader(out, FRAME_HEADER, {
    scope: new Uint8Array(8),
    seq: number,
    sub: 0,
    kind: 0,
    bytes,
    round: 0,
  });
  out.fill(fill, FRAME_HEADER + MESSAGE_HEADER, FRAME_HEADER + MESSAGE_HEADER + bytes);
  const frame = [out];
  sealFrame(frame, { messages: 1, session: new Uint8Array(8), number, round: 0 });
  return frame;
}

/** What an end has delivered. */
class Ear {
  readonly frames: Frame[] = [];
  readonly closings: (Error | undefined)[] = [];
  #wake = Promise.withResolvers<void>();
  readonly #what: string;
  readonly #patience: number;

  constructor(link: Transport, what: string, { patience = 5000 }: TransportSubject) {
    this.#what = what;
    this.#patience = patience;
    link.receive({
      frame: (frame) => this.#note(() => this.frames.push(frame)),
      closed: (cause) => this.#note(() => this.closings.push(cause)),
    });
  }
  #note(action: () => void): void {
    action();
    this.#wake.resolve();
    this.#wake = Promise.withResolvers<void>();
  }
  async #until(done: () => boolean, what: () => string): Promise<void> {
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => late.reject(new Error(what())), this.#patience);
    try {
      while (!done()) await Promise.race([this.#wake.promise, late.promise]);
    } finally {
      clearTimeout(timer);
    }
  }
  /** Resolves when so many frames are here, or the link has ended. */
  async count(frames: number): Promise<void> {
    await this.#until(
      () => this.frames.length >= frames || this.closings.length > 0,
      () => `${this.#what}: ${this.frames.length} of ${frames} frames arrive`,
    );
  }
  /** Resolves when the link has ended. */
  async closed(): Promise<void> {
    await this.#until(() => this.closings.length > 0, () => `${this.#what}: the end of the link is not told`);
  }
  /** Refuses anything but frames 0 to count - 1, of these lengths, filled with these bytes. */
  hold(count: number, bytes: (i: number) => number, fill: (i: number) => number): void {
    ensure(
      this.frames.length === count,
      () => `${this.#what}: ${this.frames.length} of ${count} frames arrive`,
    );
    this.frames.forEach((frame, i) => {
      const { header, messages } = this.#open(frame, i);
      ensure(header.number === i, () => `${this.#what}: frame ${header.number} arrives as number ${i}`);
      const { payload } = messages[0]!;
      ensure(
        payload.length === bytes(i),
        () => `${this.#what}: frame ${i} has ${payload.length} bytes of ${bytes(i)}`,
      );
      const wrong = payload.findIndex((byte) => byte !== fill(i));
      ensure(wrong < 0, () => `${this.#what}: byte ${wrong} of frame ${i} is another one`);
    });
  }
  #open(frame: Frame, i: number): ReturnType<typeof openFrame> {
    try {
      return openFrame(frame, 2 ** 30);
    } catch (error) {
      throw new Error(`${this.#what}: frame ${i} is damaged: ${(error as Error).message}`);
    }
  }
}

/** Runs a check on a fresh link, which is closed afterwards. */
async function linked(
  { make }: TransportSubject,
  use: (a: Transport, b: Transport) => Promise<void>,
): Promise<void> {
  const [a, b] = await make();
  try {
    await use(a, b);
  } finally {
    await Promise.all([a.close(), b.close()]);
  }
}

const bothWays = (subject: TransportSubject): Promise<void> =>
  linked(subject, async (a, b) => {
    const [atA, atB] = [
      new Ear(a, "towards the first end", subject),
      new Ear(b, "towards the second end", subject),
    ];
    const count = 1000;
    for (let i = 0; i < count; i++) {
      a.send(frameOf(i, i, i % 251));
      b.send(frameOf(i, 8, i % 249));
    }
    await Promise.all([atA.count(count), atB.count(count)]);
    atB.hold(count, (i) => i, (i) => i % 251);
    atA.hold(count, () => 8, (i) => i % 249);
  });

const large = (subject: TransportSubject): Promise<void> =>
  linked(subject, async (a, b) => {
    const [atA, atB] = [
      new Ear(a, "towards the first end", subject),
      new Ear(b, "towards the second end", subject),
    ];
    const bytes = 20 << 20;
    for (let i = 0; i < 2; i++) {
      a.send(frameOf(i, bytes, 3 + i));
      b.send(frameOf(i, bytes, 5 + i));
    }
    await Promise.all([atA.count(2), atB.count(2)]);
    atB.hold(2, () => bytes, (i) => 3 + i);
    atA.hold(2, () => bytes, (i) => 5 + i);
  });

const early = (subject: TransportSubject): Promise<void> =>
  linked(subject, async (a, b) => {
    const atA = new Ear(a, "towards the first end", subject);
    for (let i = 0; i < 3; i++) a.send(frameOf(i, 8, i));
    b.send(frameOf(0, 8, 9));
    await atA.count(1);
    const atB = new Ear(b, "before receive()", subject);
    await atB.count(3);
    atB.hold(3, () => 8, (i) => i);
  });

const ends = (subject: TransportSubject): Promise<void> =>
  linked(subject, async (a, b) => {
    const [atA, atB] = [new Ear(a, "after close()", subject), new Ear(b, "until close()", subject)];
    for (let i = 0; i < 10; i++) a.send(frameOf(i, 100_000, i));
    const closing = a.close();
    a.send(frameOf(10, 8, 0));
    await atB.closed();
    atB.hold(10, () => 100_000, (i) => i);
    b.send(frameOf(0, 8, 0));
    await Promise.all([closing, a.close(), b.close(), b.close()]);
    ensure(atB.closings.length === 1, () => `the end of the link is told ${atB.closings.length} times`);
    ensure(atB.closings[0] === undefined, () => "a link that the peer closes gives a cause");
    ensure(
      atA.frames.length + atA.closings.length === 0,
      () => "an end that has closed the link hears of it",
    );
  });

const buffers = (subject: TransportSubject): Promise<void> =>
  linked(subject, async (a, b) => {
    const [_, atB] = [new Ear(a, "", subject), new Ear(b, "in segments", subject)];
    // A frame of two segments: they may be joined, never cut.
    const whole = frameOf(0, 1 << 16, 7)[0]!;
    a.send([whole.slice(0, FRAME_HEADER + MESSAGE_HEADER + (1 << 16))]);
    a.send(frameOf(1, 1 << 16, 7));
    await atB.count(2);
    atB.hold(2, () => 1 << 16, () => 7);
    const used = new Set(atB.frames.flat().map((segment) => segment.buffer));
    ensure(used.size === atB.frames.flat().length, () =>
      "two segments share a buffer: each belongs to its receiver");
  });

const facts = (subject: TransportSubject): Promise<void> =>
  linked(subject, (a, b) => {
    const [_] = [new Ear(a, "", subject), new Ear(b, "", subject)];
    ensure(a.kind !== "" && a.kind === b.kind, () => `the ends are of kinds "${a.kind}" and "${b.kind}"`);
    const known = ["isolate", "machine", "network"].includes(a.locality);
    ensure(known && a.locality === b.locality, () =>
      `the ends are in localities "${a.locality}" and "${b.locality}"`);
    return Promise.resolve();
  });

/** All checks of a transport. */
export const TRANSPORT_CHECKS: readonly Check<TransportSubject>[] = [
  {
    name: "both ends say what they are",
    about:
      "Kind and locality are known, and the same at both ends: insecure protocols refuse links that leave the machine.",
    run: facts,
  },
  {
    name: "frames arrive whole and in order, both ways",
    about: "A thousand frames of 0 to 999 bytes, each once.",
    run: bothWays,
  },
  {
    name: "large frames pass in both directions at once",
    about: "Two of 20 MB each way: no end waits for the other to read first.",
    run: large,
  },
  {
    name: "what arrives before receive() is kept",
    about: "The handler comes later than three frames.",
    run: early,
  },
  {
    name: "close() delivers what was sent, tells the peer once, and is final",
    about:
      "A megabyte is on its way when the link is closed; nothing is sent afterwards, and a second close() does no harm.",
    run: ends,
  },
  {
    name: "what arrives belongs to the receiver",
    about: "No two segments share a buffer.",
    run: buffers,
  },
];
