/**
 * Reference-counted blocks of a heap.
 *
 * @module
 */
import type { Heap } from "./heap.ts";

const leaked = new FinalizationRegistry<Block>((block) => block.drop());

/** A block of bytes shared by one or more handles. */
export class Block {
  /** Where it lives. */
  readonly heap: Heap;
  /** Its address. */
  readonly ptr: number;
  /** Its length. */
  readonly bytes: number;
  #refs = 1;

  /** Takes bytes from a heap, with one reference. */
  constructor(heap: Heap, bytes: number) {
    this.heap = heap;
    this.bytes = bytes;
    this.ptr = heap.alloc(bytes);
  }
  /** One more handle. */
  keep(): this {
    this.#refs++;
    return this;
  }
  /** One handle less; the last one returns the bytes to the heap. */
  drop(): void {
    if (--this.#refs === 0) this.heap.release(this.ptr, this.bytes);
  }
}

/** Something that holds one reference to a {@link Block} and gives it back by `free()`, or when it is collected. */
export abstract class Handle {
  #block: Block | undefined;

  /** Takes over one reference. */
  constructor(block: Block) {
    this.#block = block;
    leaked.register(this, block, this);
  }
  /** The block behind this handle; takes no reference. */
  get block(): Block {
    if (this.#block === undefined) throw new TypeError("Cannot use a tensor: it was freed");
    return this.#block;
  }
  /** Whether `free()` was called. */
  get freed(): boolean {
    return this.#block === undefined;
  }
  /** The heap it lives in. */
  get heap(): Heap {
    return this.block.heap;
  }
  /** The address of the first byte. */
  get ptr(): number {
    return this.block.ptr;
  }
  /** Gives the reference back. Safe to call twice. */
  free(): void {
    if (this.#block === undefined) return;
    leaked.unregister(this);
    this.#block.drop();
    this.#block = undefined;
  }
  /** So that `using` frees it. */
  [Symbol.dispose](): void {
    this.free();
  }
}
