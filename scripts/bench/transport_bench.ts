/**
 * Links between two threads: how long a small frame takes there and back, and how many bytes pass in a second.
 *
 *     deno run -A scripts/bench/transport_bench.ts
 *
 * The kinds take turns, so that a busy machine disturbs all alike; the best of many stretches counts.
 *
 * @module
 */
// deno-lint-ignore-file no-console
import { messagePort } from "../../comm/message_port.ts";
import { sharedPool } from "../../comm/pool.ts";
import { tcp } from "../../comm/tcp.ts";
import type { Frame, Transport } from "../../comm/transport.ts";
import { connectWebSocket } from "../../comm/websocket_connect.ts";
import { acceptWebSockets } from "../../comm/websocket_server.ts";
import { frameOf } from "../../tests/comm/links.ts";

const token = new Uint8Array(16);
/** Turns, trips within one, and bytes that are sent within one. */
const TURNS = 20;
const TRIPS = 300;
const STREAM = 1 << 27;

/** What the thread at the other end is told: a port, of whichever kind. */
type Order = { readonly kind: string; readonly port: number | MessagePort };

/** Says how a thread's end and ours are made. */
const KINDS: Readonly<Record<string, (order: (port: number | MessagePort) => void) => Promise<Transport>>> = {
  "message-port": (order) => {
    const { port1, port2 } = new MessageChannel();
    order(port2);
    return Promise.resolve(messagePort(port1));
  },
  tcp: async (order) => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    order(listener.addr.port);
    return tcp(await listener.accept());
  },
  websocket: async (order) => {
    const server = acceptWebSockets({ token, rank: 0, ranks: [1] });
    order(server.port);
    return (await server.links).get(1)!;
  },
};

/** The other end: returns small frames, and says with one when a stream is complete. */
async function echo({ kind, port }: Order): Promise<void> {
  const link = typeof port !== "number"
    ? messagePort(port)
    : kind === "tcp"
    ? tcp(await Deno.connect({ hostname: "127.0.0.1", port }))
    : await connectWebSocket(`ws://127.0.0.1:${port}`, { token, rank: 1, peer: 0 });
  let bytes = 0;
  link.receive({
    frame([frame]): void {
      if (frame!.length < 1000) return link.send([frame!]);
      bytes += frame!.length;
      sharedPool.release(frame!);
      if (bytes < STREAM) return;
      bytes = 0;
      link.send(frameOf(0, 8, 0));
    },
    closed: () => link.close(),
  });
}

/** A link whose next frame can be waited for. */
class Waiter {
  readonly link: Transport;
  #arrived: (frame: Frame) => void = () => {};

  constructor(link: Transport) {
    this.link = link;
    link.receive({ frame: (frame) => this.#arrived(frame), closed: () => {} });
  }

  next(): Promise<Frame> {
    return new Promise((resolve) => this.#arrived = resolve);
  }

  /** Milliseconds of a small frame, there and back. */
  async trip(): Promise<number> {
    const start = performance.now();
    let frame = frameOf(0, 64, 1);
    for (let i = 0; i < TRIPS; i++) {
      const answer = this.next();
      this.link.send(frame);
      frame = await answer;
    }
    return (performance.now() - start) / TRIPS;
  }

  /** Milliseconds of a stream in frames of so many bytes. */
  async stream(bytes: number): Promise<number> {
    const template = frameOf(0, bytes - 56, 1)[0]!;
    const frames = Array.from({ length: STREAM / bytes }, () => {
      const frame = sharedPool.acquire(bytes).subarray(0, bytes);
      frame.set(template);
      return frame;
    });
    const answer = this.next();
    const start = performance.now();
    for (const frame of frames) this.link.send([frame]);
    await answer;
    return performance.now() - start;
  }
}

// A worker's first module is a main module too.
if (!("WorkerGlobalScope" in globalThis)) {
  const ends: Waiter[] = [];
  for (const [kind, make] of Object.entries(KINDS)) {
    const worker = new Worker(import.meta.url, { type: "module" });
    await new Promise((resolve) => worker.onmessage = resolve);
    const link = await make((port) => {
      worker.postMessage({ kind, port }, typeof port === "number" ? [] : [port]);
    });
    ends.push(new Waiter(link));
  }
  const best = ends.map(() => [Infinity, Infinity, Infinity]);
  for (let turn = 0; turn < TURNS; turn++) {
    for (const [i, end] of ends.entries()) {
      const times = [await end.trip(), await end.stream(1 << 16), await end.stream(1 << 24)];
      times.forEach((ms, k) => best[i]![k] = Math.min(best[i]![k]!, ms));
    }
  }
  console.log("link          there and back   64 KiB frames    16 MiB frames");
  Object.keys(KINDS).forEach((kind, i) => {
    const [trip, small, large] = best[i]!;
    const rate = (ms: number): string => `${(STREAM / 1e6 / ms).toFixed(2)} GB/s`.padStart(16);
    console.log(
      `${kind.padEnd(13)} ${(trip! * 1000).toFixed(0).padStart(11)} µs ${rate(small!)} ${rate(large!)}`,
    );
  });
  Deno.exit(0);
} else {
  const self = globalThis as unknown as { postMessage(value: unknown): void; onmessage: unknown };
  self.onmessage = ({ data }: MessageEvent<Order>) => echo(data);
  self.postMessage("ready");
}
