/**
 * Links within one isolate.
 *
 * @module
 */
import type { Frame, Transport, TransportHandler } from "./transport.ts";

class MemoryLink implements Transport {
  readonly kind = "memory";
  readonly locality = "isolate";
  /** The other end. */
  peer: MemoryLink | undefined;
  #handler: TransportHandler | undefined;
  #queue: (Frame | undefined)[] = [];
  #draining = false;
  #closed = false;

  send(frame: Frame): void {
    if (!this.#closed) this.peer!.#put(frame);
  }
  receive(handler: TransportHandler): void {
    this.#handler = handler;
    this.#drain();
  }
  close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.peer!.#put(undefined);
    }
    return Promise.resolve();
  }

  #put(frame: Frame | undefined): void {
    this.#queue.push(frame);
    this.#drain();
  }

  /** Frames are handed over on a later turn, as from any other link. */
  #drain(): void {
    if (this.#draining || this.#handler === undefined || this.#queue.length === 0) return;
    this.#draining = true;
    queueMicrotask(() => {
      this.#draining = false;
      for (const frame of this.#queue.splice(0)) {
        if (frame === undefined) this.#handler!.closed();
        else this.#handler!.frame(frame);
      }
      this.#drain();
    });
  }
}

/** Two ends of a link. */
export function memoryPair(): [Transport, Transport] {
  const a = new MemoryLink();
  const b = new MemoryLink();
  a.peer = b;
  b.peer = a;
  return [a, b];
}

/** Links between all of `members`: for each member, its links by rank. */
export function memoryMesh(members: number): Map<number, Transport>[] {
  const out = Array.from({ length: members }, () => new Map<number, Transport>());
  for (let a = 0; a < members; a++) {
    for (let b = a + 1; b < members; b++) {
      const [p, q] = memoryPair();
      out[a]!.set(b, p);
      out[b]!.set(a, q);
    }
  }
  return out;
}
