/**
 * Links within one isolate.
 *
 * @module
 */
import { Hop } from "./hop.ts";
import type { Frame, Transport, TransportHandler } from "./transport.ts";

class MemoryLink implements Transport {
  readonly kind = "memory";
  readonly locality = "isolate";
  /** The other end. */
  peer: MemoryLink | undefined;
  #handler: TransportHandler | undefined;
  #queue: Frame[] = [];
  #hop: Hop | undefined;
  /** The other end sends nothing more. */
  #ended = false;
  #closed = false;

  send(frame: Frame): void {
    if (!this.#closed) this.peer!.#put(frame);
  }

  receive(handler: TransportHandler): void {
    this.#handler = handler;
    if (this.#closed) return;
    // On a later task, as on every other link: members of one isolate advance side by side.
    this.#hop = new Hop(() => this.#deliver());
    if (this.#queue.length > 0 || this.#ended) this.#hop.schedule();
  }

  close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.#queue = [];
      this.#hop?.close();
      this.peer!.#end();
    }
    return Promise.resolve();
  }

  #put(frame: Frame): void {
    if (this.#closed) return;
    this.#queue.push(frame);
    this.#hop?.schedule();
  }

  #end(): void {
    this.#ended = true;
    this.#hop?.schedule();
  }

  #deliver(): void {
    const frames = this.#queue;
    this.#queue = [];
    for (const frame of frames) if (!this.#closed) this.#handler!.frame(frame);
    if (!this.#ended || this.#closed) return;
    this.#hop!.close();
    this.#handler!.closed();
  }
}

/** Two ends of a link; frames are passed by reference. */
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
