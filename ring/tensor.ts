/**
 * Tensors over the ring of integers modulo 2^64.
 *
 * @module
 */
import { Block, Handle } from "./block.ts";
import type { Heap } from "./heap.ts";
import { checkShape, type Shape, sizeOf } from "./shape.ts";

/**
 * A dense row-major tensor of 64-bit words, in the memory of one party. It is a handle: `free()` gives its bytes back, and
 * handles made by {@link RingTensor.reshape} and {@link RingTensor.keep} share them.
 */
export class RingTensor extends Handle {
  /** Sizes of the axes. */
  readonly shape: Shape;
  /** Number of elements. */
  readonly size: number;

  /** A handle on a block that holds the elements; takes over one reference. */
  constructor(block: Block, shape: Shape) {
    super(block);
    this.shape = shape;
    this.size = sizeOf(shape);
  }

  /** A tensor with arbitrary contents, to be filled by a kernel. */
  static empty(heap: Heap, shape: Shape): RingTensor {
    checkShape(shape);
    return new RingTensor(new Block(heap, sizeOf(shape) * 8), shape);
  }

  /** A tensor of zeros. */
  static zeros(heap: Heap, shape: Shape): RingTensor {
    const out = RingTensor.empty(heap, shape);
    out.bytes().fill(0);
    return out;
  }

  /** A tensor of given words (taken modulo 2^64), row-major. */
  static from(heap: Heap, shape: Shape, words: ArrayLike<bigint>): RingTensor {
    checkShape(shape);
    if (words.length !== sizeOf(shape)) {
      throw new RangeError(
        `Cannot make a tensor of shape [${shape}]: ${words.length} words were given, ${
          sizeOf(shape)
        } are wanted`,
      );
    }
    const out = RingTensor.empty(heap, shape);
    const view = out.words();
    for (let i = 0; i < words.length; i++) view[i] = BigInt.asUintN(64, words[i]!);
    return out;
  }

  /** A tensor from little-endian bytes, 8 per element. */
  static fromBytes(heap: Heap, shape: Shape, bytes: Uint8Array): RingTensor {
    const out = RingTensor.empty(heap, shape);
    if (bytes.length !== out.size * 8) {
      out.free();
      throw new RangeError(
        `Cannot make a tensor of shape [${shape}]: ${bytes.length} bytes were given, ${
          sizeOf(shape) * 8
        } are wanted`,
      );
    }
    out.bytes().set(bytes);
    return out;
  }

  /** Length in bytes. */
  get byteLength(): number {
    return this.size * 8;
  }
  /** A transient view of the words: valid until the heap next allocates. */
  words(): BigUint64Array<ArrayBuffer> {
    return this.heap.u64(this.ptr, this.size);
  }
  /** A transient view of the bytes: valid until the heap next allocates. */
  bytes(): Uint8Array<ArrayBuffer> {
    return this.heap.u8(this.ptr, this.byteLength);
  }
  /** A copy of the words. */
  toWords(): BigUint64Array<ArrayBuffer> {
    return this.words().slice();
  }
  /** A copy of the words as signed integers in [-2^63, 2^63). */
  toSigned(): BigInt64Array<ArrayBuffer> {
    return new BigInt64Array(this.toWords().buffer);
  }
  /** A second handle on the same bytes. */
  keep(): RingTensor {
    return new RingTensor(this.block.keep(), this.shape);
  }
  /** A handle on the same bytes with another shape of the same size. */
  reshape(shape: Shape): RingTensor {
    checkShape(shape);
    if (sizeOf(shape) !== this.size) {
      throw new RangeError(
        `Cannot reshape [${this.shape}] to [${shape}]: ${this.size} elements are given, ${
          sizeOf(shape)
        } are wanted`,
      );
    }
    return new RingTensor(this.block.keep(), shape);
  }
  /** A tensor with its own copy of the bytes. */
  clone(): RingTensor {
    const out = RingTensor.empty(this.heap, this.shape);
    this.heap.bytes.copyWithin(out.ptr, this.ptr, this.ptr + this.byteLength);
    return out;
  }
}
