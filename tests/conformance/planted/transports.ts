/**
 * Links that lose, repeat, reorder, shorten and change what is sent, or do not end as they should.
 *
 * @module
 */
import { frameBytes } from "../../../comm/frame.ts";
import { memoryPair } from "../../../comm/memory.ts";
import { type Faults, faulty } from "../../../comm/testing.ts";
import type { Frame, Transport, TransportHandler } from "../../../comm/transport.ts";
import type { Planted } from "./plant.ts";

/** A bug in a transport. */
export interface PlantedTransport extends Planted {
  /** Makes the two ends of the link. */
  readonly make: () => Promise<readonly [Transport, Transport]>;
}

/** A link of which what the first end sends goes wrong. */
function harmed(faults: Omit<Faults, "seed">): () => Promise<readonly [Transport, Transport]> {
  return () => {
    const [a, b] = memoryPair();
    return Promise.resolve([faulty(a, { seed: 1, ...faults }), b]);
  };
}

/** A link of which both ends do something of their own. */
function ends(
  change: (good: Transport) => Partial<Transport>,
): () => Promise<readonly [Transport, Transport]> {
  return () => {
    const [a, b] = memoryPair().map((good): Transport => ({
      kind: good.kind,
      locality: good.locality,
      send: (frame) => good.send(frame),
      receive: (handler) => good.receive(handler),
      close: () => good.close(),
      ...change(good),
    }));
    return Promise.resolve([a!, b!]);
  };
}

const ORDER = "frames arrive whole and in order, both ways";
const END = "close() delivers what was sent, tells the peer once, and is final";

/** The bugs. */
export const TRANSPORTS: readonly PlantedTransport[] = [
  {
    name: "a link that loses a frame",
    fails: ORDER,
    says: "towards the second end: 999 of 1000 frames arrive",
    make: harmed({ drop: 1, after: 500, until: 501 }),
  },
  {
    name: "a link that sends a frame twice",
    fails: ORDER,
    says: "towards the second end: 1001 of 1000 frames arrive",
    make: harmed({ duplicate: 1, after: 500, until: 501 }),
  },
  {
    name: "a link on which frames overtake each other",
    fails: ORDER,
    says: "arrives as number",
    make: harmed({ reorder: 1, after: 500, until: 501 }),
  },
  {
    name: "a link that cuts a frame short",
    fails: ORDER,
    says: "towards the second end: frame 500 is damaged",
    make: harmed({ truncate: 1, after: 500, until: 501 }),
  },
  {
    name: "a link that flips a bit",
    fails: ORDER,
    says: "towards the second end: frame 500 is damaged",
    make: harmed({ corrupt: 1, after: 500, until: 501 }),
  },
  {
    name: "a link on which a large frame waits for that of the peer",
    fails: "large frames pass in both directions at once",
    says: "0 of 2 frames arrive",
    make: ends((good) => {
      let heard = false;
      const held: Frame[] = [];
      return {
        send(frame) {
          if (heard || frameBytes(frame) < 1 << 20) good.send(frame);
          else held.push(frame);
        },
        receive: (handler) =>
          good.receive({
            closed: (cause) => handler.closed(cause),
            frame(frame) {
              heard ||= frameBytes(frame) >= 1 << 20;
              if (heard) held.splice(0).forEach((own) => good.send(own));
              handler.frame(frame);
            },
          }),
      };
    }),
  },
  {
    name: "a link that forgets what arrives before receive()",
    fails: "what arrives before receive() is kept",
    says: "before receive(): 0 of 3 frames arrive",
    make: ends((good) => {
      let handler: TransportHandler | undefined;
      good.receive({
        frame: (frame) => handler?.frame(frame),
        closed: (cause) => handler?.closed(cause),
      });
      return { receive: (own) => void (handler = own) };
    }),
  },
  {
    name: "a link that is closed before what was sent has left",
    fails: END,
    says: "until close(): 0 of 10 frames arrive",
    make: ends((good) => {
      let held: Frame[] = [];
      return {
        send(frame) {
          if (held.push(frame) === 1) queueMicrotask(() => held.splice(0).forEach((own) => good.send(own)));
        },
        close() {
          held = [];
          return good.close();
        },
      };
    }),
  },
  {
    name: "a link that tells its end twice",
    fails: END,
    says: "the end of the link is told 2 times",
    make: ends((good) => ({
      receive: (handler) =>
        good.receive({
          frame: (frame) => handler.frame(frame),
          closed(cause) {
            handler.closed(cause);
            handler.closed(cause);
          },
        }),
    })),
  },
  {
    name: "a link that does not tell its end",
    fails: END,
    says: "until close(): the end of the link is not told",
    make: ends((good) => ({
      receive: (handler) => good.receive({ frame: (frame) => handler.frame(frame), closed: () => {} }),
    })),
  },
  {
    name: "a link that reads every frame into one buffer",
    fails: "what arrives belongs to the receiver",
    says: "two segments share a buffer",
    make: ends((good) => {
      const pool = new ArrayBuffer(1 << 20);
      let at = 0;
      return {
        receive: (handler) =>
          good.receive({
            closed: (cause) => handler.closed(cause),
            frame: (frame) =>
              handler.frame(frame.map((segment) => {
                const own = new Uint8Array(pool, at, segment.length);
                at += segment.length;
                own.set(segment);
                return own;
              })),
          }),
      };
    }),
  },
  {
    name: "a link whose ends disagree on where the other is",
    fails: "both ends say what they are",
    says: 'the ends are in localities "isolate" and "network"',
    make() {
      const [a, b] = memoryPair();
      const far: Transport = {
        kind: b.kind,
        locality: "network",
        send: (frame) => b.send(frame),
        receive: (handler) => b.receive(handler),
        close: () => b.close(),
      };
      return Promise.resolve([a, far]);
    },
  },
];
