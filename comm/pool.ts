/**
 * Buffers that are used again: fresh memory is many times slower than memory that was touched before.
 *
 * @module
 */

/** Headers come on top of payloads, whose sizes are often powers of two: without slack, half of each buffer would lie idle. */
const SLACK = 4096;
const SMALLEST = 4096;

/** Buffers in size classes of a power of two, plus a little for headers. */
export class BufferPool {
  readonly #free = new Map<number, ArrayBuffer[]>();
  readonly #limit: number;
  #bytes = 0;

  /** Keeps `limit` bytes at most; 256 MiB by default. */
  constructor(limit: number = 1 << 28) {
    this.#limit = limit;
  }

  /** Bytes that lie ready. */
  get bytes(): number {
    return this.#bytes;
  }

  /** A buffer of at least `bytes` bytes, whole, contents arbitrary. */
  acquire(bytes: number): Uint8Array<ArrayBuffer> {
    const power = bytes - SLACK <= SMALLEST ? SMALLEST : 2 ** Math.ceil(Math.log2(bytes - SLACK));
    const size = power + SLACK;
    const buffer = this.#free.get(size)?.pop();
    if (buffer === undefined) return new Uint8Array(size);
    this.#bytes -= size;
    return new Uint8Array(buffer);
  }

  /** Takes the buffer of a view that nobody uses any more; drops it when it is of another size, or there are enough. */
  release(view: Uint8Array): void {
    const { buffer } = view;
    if (!(buffer instanceof ArrayBuffer)) return;
    const size = buffer.byteLength;
    const power = size - SLACK;
    if (power < SMALLEST || !Number.isInteger(Math.log2(power)) || this.#bytes + size > this.#limit) return;
    this.#bytes += size;
    const list = this.#free.get(size);
    if (list === undefined) this.#free.set(size, [buffer]);
    else list.push(buffer);
  }
}

/**
 * The pool of this isolate. One for all links, because buffers wander: what one link has sent, another receives into.
 */
export const sharedPool: BufferPool = new BufferPool();
