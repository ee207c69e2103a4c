/**
 * Tensors of bits, stored as bit planes: 128 elements make a group, and a group's planes are 16 bytes each, one after the
 * other. Bit e of plane p of group g is bit p of element 128 g + e. Bits beyond the last element are arbitrary.
 *
 * @module
 */
import { Block, Handle } from "./block.ts";
import type { Heap } from "./heap.ts";
import { checkShape, sameShape, type Shape, sizeOf } from "./shape.ts";
import { RingTensor } from "./tensor.ts";

/** Elements in a group. */
export const GROUP = 128;
/** Bytes of one plane of a group. */
export const PLANE_BYTES = 16;
const WORD_GROUP_BYTES = GROUP * 8;

/** Groups that hold `elements` elements. */
export function groupsOf(elements: number): number {
  return Math.ceil(elements / GROUP);
}

/** Bytes that `planes` bit planes of `elements` elements take on the wire: no element straddles, no group is padded. */
export function packedBytes(elements: number, planes: number): number {
  return planes * Math.ceil(elements / 8);
}

/** A tensor whose elements have `width` bits, as planes in the memory of one party. */
export class BitTensor extends Handle {
  /** Sizes of the axes. */
  readonly shape: Shape;
  /** Bits per element, 1 to 64; a kernel may use more for its own purposes. */
  readonly width: number;
  /** Number of elements. */
  readonly size: number;
  /** Number of groups. */
  readonly groups: number;

  /** A handle on a block that holds the planes; takes over one reference. */
  constructor(block: Block, shape: Shape, width: number) {
    super(block);
    this.shape = shape;
    this.width = width;
    this.size = sizeOf(shape);
    this.groups = groupsOf(this.size);
  }

  /** Arbitrary bits. */
  static empty(heap: Heap, shape: Shape, width: number): BitTensor {
    checkShape(shape);
    const bytes = groupsOf(sizeOf(shape)) * width * PLANE_BYTES;
    return new BitTensor(new Block(heap, bytes), shape, width);
  }

  /** All zeros. */
  static zeros(heap: Heap, shape: Shape, width: number): BitTensor {
    const out = BitTensor.empty(heap, shape, width);
    out.bytes().fill(0);
    return out;
  }

  /** Bits 0 to width-1 of the words of `x`. */
  static fromWords(x: RingTensor, width: number): BitTensor {
    const out = BitTensor.empty(x.heap, x.shape, width);
    wordsToPlanes(x, (planes, group) => {
      x.heap.bytes.copyWithin(out.ptr + group * out.stride, planes, planes + out.stride);
    });
    return out;
  }

  /** The elements as words (upper bits zero). */
  toWords(): RingTensor {
    const { heap } = this;
    const out = RingTensor.empty(heap, this.shape);
    const planes = new Block(heap, 2 * WORD_GROUP_BYTES);
    const words = planes.ptr + WORD_GROUP_BYTES;
    heap.u8(planes.ptr, WORD_GROUP_BYTES).fill(0);
    for (let g = 0; g < this.groups; g++) {
      const from = this.ptr + g * this.stride;
      heap.bytes.copyWithin(planes.ptr, from, from + this.stride);
      heap.kernels.bits.planes_to_words(words, planes.ptr, 1);
      const bytes = Math.min(GROUP, this.size - g * GROUP) * 8;
      heap.bytes.copyWithin(out.ptr + g * WORD_GROUP_BYTES, words, words + bytes);
    }
    planes.drop();
    return out;
  }

  /** Bytes from one group to the next. */
  get stride(): number {
    return this.width * PLANE_BYTES;
  }
  /** Bytes in all groups. */
  get byteLength(): number {
    return this.groups * this.stride;
  }
  /** A transient view of the bytes. */
  bytes(): Uint8Array<ArrayBuffer> {
    return this.heap.u8(this.ptr, this.byteLength);
  }
  /** A second handle on the same bits. */
  keep(): BitTensor {
    return new BitTensor(this.block.keep(), this.shape, this.width);
  }
  /** A handle on the same bits with another shape of the same size. */
  reshape(shape: Shape): BitTensor {
    if (sizeOf(shape) !== this.size) {
      throw new RangeError(
        `Cannot reshape [${this.shape}] to [${shape}]: ${this.size} elements are given, ${
          sizeOf(shape)
        } are wanted`,
      );
    }
    return new BitTensor(this.block.keep(), shape, this.width);
  }
  /** Planes `from` to `from + width - 1`, as a tensor of its own. */
  planes(from: number, width: number): BitTensor {
    const out = BitTensor.empty(this.heap, this.shape, width);
    if (this.groups > 0) {
      const source = this.ptr + from * PLANE_BYTES;
      this.heap.kernels.bits.copy_planes(out.ptr, source, out.stride, this.groups, out.stride, this.stride);
    }
    return out;
  }
}

function combined(kernel: "vxor" | "vand", b: BitTensor, c: BitTensor): BitTensor {
  if (!sameShape(b.shape, c.shape) || b.width !== c.width) {
    throw new RangeError(
      `Cannot combine bits: ${b.width} planes of shape [${b.shape}] and ${c.width} of [${c.shape}] are given, they must be the same`,
    );
  }
  const out = BitTensor.empty(b.heap, b.shape, b.width);
  if (out.size > 0) out.heap.kernels.elementwise[kernel](out.ptr, b.ptr, c.ptr, out.byteLength);
  return out;
}

/**
 * b xor c, of one shape and width.
 *
 * @throws {RangeError} when they differ.
 */
export function xorBits(b: BitTensor, c: BitTensor): BitTensor {
  return combined("vxor", b, c);
}

/**
 * b and c, of one shape and width.
 *
 * @throws {RangeError} when they differ.
 */
export function andBits(b: BitTensor, c: BitTensor): BitTensor {
  return combined("vand", b, c);
}

/** Calls `use` with the address of the 64 planes of each group of `x`. */
export function wordsToPlanes(x: RingTensor, use: (planes: number, group: number) => void): void {
  const { heap } = x;
  const scratch = new Block(heap, 2 * WORD_GROUP_BYTES);
  const tail = scratch.ptr + WORD_GROUP_BYTES;
  for (let g = 0; g < groupsOf(x.size); g++) {
    let source = x.ptr + g * WORD_GROUP_BYTES;
    const elements = Math.min(GROUP, x.size - g * GROUP);
    if (elements < GROUP) {
      // A whole group is read, and the tensor ends before: what follows is not ours.
      heap.bytes.copyWithin(tail, source, source + elements * 8);
      heap.u8(tail + elements * 8, WORD_GROUP_BYTES - elements * 8).fill(0);
      source = tail;
    }
    heap.kernels.bits.words_to_planes(scratch.ptr, source, 1);
    use(scratch.ptr, g);
  }
  scratch.drop();
}

/** Writes the planes of `size` elements without the padding of the last group: {@link packedBytes} bytes, spare bits zero. */
export function packPlanes(heap: Heap, ptr: number, size: number, width: number, dst: Uint8Array): void {
  const whole = Math.floor(size / GROUP) * width * PLANE_BYTES;
  dst.set(heap.u8(ptr, whole));
  const rest = size % GROUP;
  if (rest === 0) return;
  const bytes = Math.ceil(rest / 8);
  // Spare bits may be stale shares, so they never leave.
  const spare = 0xff >> (bytes * 8 - rest);
  for (let p = 0; p < width; p++) {
    const at = whole + p * bytes;
    dst.set(heap.u8(ptr + whole + p * PLANE_BYTES, bytes), at);
    dst[at + bytes - 1]! &= spare;
  }
}

/** The inverse of {@link packPlanes}. */
export function unpackPlanes(heap: Heap, ptr: number, size: number, width: number, src: Uint8Array): void {
  const whole = Math.floor(size / GROUP) * width * PLANE_BYTES;
  heap.u8(ptr, whole).set(src.subarray(0, whole));
  const rest = size % GROUP;
  if (rest === 0) return;
  const bytes = Math.ceil(rest / 8);
  heap.u8(ptr + whole, width * PLANE_BYTES).fill(0);
  for (let p = 0; p < width; p++) {
    const at = whole + p * bytes;
    heap.u8(ptr + whole + p * PLANE_BYTES, bytes).set(src.subarray(at, at + bytes));
  }
}
