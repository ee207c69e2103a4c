/**
 * The memory of one party: every ring tensor lives in one WebAssembly memory, and the kernels run on it in place.
 *
 * Fresh pages are dear (about 0.4 ms per MB), so freed blocks go to size-class lists and come back warm. Blocks are freed
 * by reference counts (see {@link RingTensor}); a finalizer is only the net below.
 *
 * @module
 */
import { instantiate, type Kernels } from "./kernels.ts";

/** Bytes at the bottom of the memory that belong to the kernels' constants and scratch. */
export const RESERVED_BYTES = 1 << 17;

const PAGE = 65536;
const INITIAL_PAGES = 256;
const MAXIMUM_PAGES = 65536;
const MIN_BLOCK = 64;
/** Kernels may read this far beyond a block: a whole group of words, say, when only a part is there. */
const SLACK = 4096;

/** Size class of a request: powers of two below 1 MB, then eighths of a power of two. */
function classBytes(bytes: number): number {
  if (bytes <= MIN_BLOCK) return MIN_BLOCK;
  const power = 2 ** Math.ceil(Math.log2(bytes));
  if (power <= 1 << 20) return power;
  const step = power / 16;
  return Math.ceil(bytes / step) * step;
}

/** One party's memory with its kernels. */
export class Heap {
  /**
   * The kernels, bound to this memory.
   *
   * @ignore For the functions of this room and fused steps of protocols.
   */
  readonly kernels: Kernels;
  readonly #memory: WebAssembly.Memory;
  readonly #free = new Map<number, number[]>();
  #top = RESERVED_BYTES;
  #live = 0;
  #peak = 0;
  #blocks = 0;
  #u8: Uint8Array<ArrayBuffer>;

  constructor() {
    this.#memory = new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum: MAXIMUM_PAGES });
    this.kernels = instantiate(this.#memory);
    this.#u8 = new Uint8Array(this.#memory.buffer as ArrayBuffer);
  }

  /** Bytes in blocks that are in use. */
  get liveBytes(): number {
    return this.#live;
  }
  /** The largest {@link liveBytes} so far. */
  get peakBytes(): number {
    return this.#peak;
  }
  /** Blocks in use. */
  get liveBlocks(): number {
    return this.#blocks;
  }
  /** Bytes taken from the memory so far, in use or pooled. */
  get reservedBytes(): number {
    return this.#top;
  }

  /**
   * Takes a block of at least `bytes` bytes, aligned to 64, contents arbitrary.
   *
   * @throws {RangeError} when the party's 4 GB are used up.
   */
  alloc(bytes: number): number {
    const size = classBytes(bytes);
    let ptr = this.#free.get(size)?.pop();
    if (ptr === undefined) {
      ptr = this.#top;
      const need = Math.ceil((ptr + size + SLACK) / PAGE);
      const have = this.#memory.buffer.byteLength / PAGE;
      if (need > have) this.#grow(need - have, have);
      this.#top += size;
    }
    this.#blocks++;
    this.#live += size;
    if (this.#live > this.#peak) this.#peak = this.#live;
    return ptr;
  }

  /** Returns a block taken with the same `bytes`. */
  release(ptr: number, bytes: number): void {
    const size = classBytes(bytes);
    const list = this.#free.get(size);
    if (list === undefined) this.#free.set(size, [ptr]);
    else list.push(ptr);
    this.#live -= size;
    this.#blocks--;
  }

  /** Forgets the high-water mark. */
  resetPeak(): void {
    this.#peak = this.#live;
  }

  #grow(pages: number, have: number): void {
    if (have + pages > MAXIMUM_PAGES) {
      throw new RangeError(
        `Cannot allocate a tensor: ${
          (this.#live / 2 ** 30).toFixed(2)
        } GB are in use, at most 4 GB per party are available`,
      );
    }
    // Doubling up to 256 MB steps keeps the number of grows small; address space is reserved, so nothing moves.
    const step = Math.min(Math.max(pages, Math.min(have, 4096)), MAXIMUM_PAGES - have);
    this.#memory.grow(step);
    this.#u8 = new Uint8Array(this.#memory.buffer as ArrayBuffer);
  }

  /** All bytes; valid until the next allocation, so never stored. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#u8;
  }
  /** A transient view of bytes. */
  u8(ptr: number, length: number): Uint8Array<ArrayBuffer> {
    return this.#u8.subarray(ptr, ptr + length);
  }
  /** A transient view of 64-bit words. */
  u64(ptr: number, length: number): BigUint64Array<ArrayBuffer> {
    return new BigUint64Array(this.#u8.buffer, ptr, length);
  }
  /** A transient view of doubles. */
  f64(ptr: number, length: number): Float64Array<ArrayBuffer> {
    return new Float64Array(this.#u8.buffer, ptr, length);
  }
}
