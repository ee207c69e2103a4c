/**
 * Members as workers of this process, linked by message ports.
 *
 * @module
 */
import type { Host } from "./launch.ts";
import type { Job, Outcome } from "./member.ts";

/** What a worker is told at its start. */
export interface WorkerOrder {
  /** What to do. */
  readonly job: Job;
  /** Which member it is. */
  readonly rank: number;
  /** Ports to the other members. */
  readonly ports: readonly (readonly [number, MessagePort])[];
}

/** Options of {@link workers}. */
export interface WorkersOptions {
  /** URL of the module that a worker starts with; for bundles, where the library's own file is not at its place. */
  readonly entry?: string | URL;
}

/** Runs members as workers of this process. */
export function workers(options: WorkersOptions = {}): Host {
  const entry = new URL(options.entry ?? "./worker_member.ts", import.meta.url);
  return {
    name: "workers",
    start(job, members) {
      const ports = mesh(members);
      const running = ports.map(() => new Worker(entry, { type: "module" }));
      const outcomes = running.map((worker, rank) => {
        const { promise, resolve } = Promise.withResolvers<Outcome>();
        worker.onmessage = (event: MessageEvent<Outcome>): void => resolve(event.data);
        worker.onerror = (event: ErrorEvent): void => {
          event.preventDefault();
          resolve({ ok: false, name: "Error", message: event.message, stack: "" });
        };
        const order: WorkerOrder = { job, rank, ports: [...ports[rank]!] };
        worker.postMessage(order, order.ports.map(([, port]) => port));
        return promise;
      });
      return {
        outcomes,
        stop(): Promise<void> {
          for (const worker of running) worker.terminate();
          return Promise.resolve();
        },
      };
    },
  };
}

function mesh(members: number): Map<number, MessagePort>[] {
  const out = Array.from({ length: members }, () => new Map<number, MessagePort>());
  for (let a = 0; a < members; a++) {
    for (let b = a + 1; b < members; b++) {
      const { port1, port2 } = new MessageChannel();
      out[a]!.set(b, port1);
      out[b]!.set(a, port2);
    }
  }
  return out;
}
