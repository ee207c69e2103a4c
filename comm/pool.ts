/**
 * Buffers that are used again: fresh memory is many times slower than memory that was touched before.
 *
 * @module
 */

const SMALLEST = 1 << 12;
const MOST_BYTES = 1 << 28;

/** Buffers by powers of two. */
export class BufferPool {
  readonly #free = new Map<number, ArrayBuffer[]>();
  #bytes = 0;

  /** A buffer of at least `bytes` bytes, contents arbitrary. */
  acquire(bytes: number): Uint8Array<ArrayBuffer> {
    const size = bytes <= SMALLEST ? SMALLEST : 2 ** Math.ceil(Math.log2(bytes));
    const buffer = this.#free.get(size)?.pop();
    if (buffer === undefined) return new Uint8Array(new ArrayBuffer(size));
    this.#bytes -= size;
    return new Uint8Array(buffer);
  }

  /** Gives a buffer back; whole buffers of power-of-two size only, others are dropped. */
  release(view: Uint8Array): void {
    const { buffer } = view;
    if (!(buffer instanceof ArrayBuffer)) return;
    const size = buffer.byteLength;
    if (size < SMALLEST || !Number.isInteger(Math.log2(size)) || this.#bytes + size > MOST_BYTES) return;
    this.#bytes += size;
    const list = this.#free.get(size);
    if (list === undefined) this.#free.set(size, [buffer]);
    else list.push(buffer);
  }
}
