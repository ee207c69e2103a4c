/**
 * The fixed-point codec: a real x is the integer nearest to x·2^scale, in two's complement.
 *
 * @module
 */
import { Block } from "./block.ts";
import type { Heap } from "./heap.ts";
import { type Shape, sizeOf } from "./shape.ts";
import { RingTensor } from "./tensor.ts";

/** Numbers that can be encoded; true is 1 and false is 0. */
export type Numbers = ArrayLike<number> | ArrayLike<bigint> | ArrayLike<boolean>;

const LIMIT_BITS = 62;

/** The place of an element, as `[3,7]`. */
function nameOf(shape: Shape, index: number): string {
  const path: number[] = [];
  let rest = index;
  for (let i = shape.length - 1; i >= 0; i--) {
    path.unshift(rest % shape[i]!);
    rest = Math.floor(rest / shape[i]!);
  }
  return `[${path}]`;
}

function checkScale(verb: string, scaleBits: number): void {
  if (Number.isInteger(scaleBits) && scaleBits >= 0 && scaleBits <= LIMIT_BITS) return;
  throw new RangeError(`Cannot ${verb} with ${scaleBits} fraction bits: 0 to ${LIMIT_BITS} are wanted`);
}

/**
 * Encodes numbers with `scaleBits` fraction bits: the nearest integer to x·2^scaleBits, ties to even.
 *
 * @throws {RangeError} when a number is not finite or |x|·2^scaleBits >= 2^62; names the element, not its value.
 */
export function encode(heap: Heap, shape: Shape, data: Numbers, scaleBits: number): RingTensor {
  checkScale("encode", scaleBits);
  const size = sizeOf(shape);
  if (data.length !== size) {
    throw new RangeError(
      `Cannot encode shape [${shape}]: ${data.length} numbers were given, ${size} are wanted`,
    );
  }
  const out = RingTensor.empty(heap, shape);
  if (size === 0) return out;
  const bad = encodeInto(out, data, scaleBits);
  if (bad < 0) return out;
  out.free();
  throw new RangeError(
    `Cannot encode element ${
      nameOf(shape, bad)
    } of [${shape}]: it is not a number of absolute value below 2^${
      LIMIT_BITS - scaleBits
    }, which ${scaleBits} fraction bits allow`,
  );
}

/**
 * Copies the numbers into the tensor's own block and converts them in place; the narrower floats lie in its upper half, so
 * that none is overwritten before it is read. Gives the index of the first that does not fit, or -1.
 */
function encodeInto(out: RingTensor, data: Numbers, scaleBits: number): number {
  const { ptr, size } = out;
  const { bytes, kernels } = out.heap;
  const { encode32, encode64, encode_words } = kernels.fixed;
  if (data instanceof BigInt64Array) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), ptr);
    return encode_words(ptr, ptr, size, scaleBits);
  }
  if (typeof data[0] === "bigint") return encodeIntegers(out, data as ArrayLike<bigint>, scaleBits);
  const numbers = data as ArrayLike<number>;
  const factor = 2 ** scaleBits;
  if (data instanceof Float32Array) {
    const upper = ptr + 4 * size;
    new Float32Array(bytes.buffer, upper, size).set(numbers);
    return encode32(ptr, upper, size, factor);
  }
  out.heap.f64(ptr, size).set(numbers);
  return encode64(ptr, ptr, size, factor);
}

function encodeIntegers(out: RingTensor, data: ArrayLike<bigint>, scaleBits: number): number {
  const words = out.words();
  const limit = 2n ** BigInt(LIMIT_BITS - scaleBits);
  for (let i = 0; i < data.length; i++) {
    const x = data[i]!;
    if (x >= limit || x <= -limit) return i;
    words[i] = BigInt.asUintN(64, x << BigInt(scaleBits));
  }
  return -1;
}

/**
 * The numbers that words stand for, as signed integers over 2^scaleBits: exact below 2^53 units, nearest above.
 *
 * @throws {RangeError} unless scaleBits is 0 to 62.
 */
export function decode(x: RingTensor, scaleBits: number): Float64Array<ArrayBuffer> {
  checkScale("decode", scaleBits);
  const { heap, size } = x;
  const block = new Block(heap, size * 8);
  heap.kernels.fixed.decode(block.ptr, x.ptr, size, 2 ** -scaleBits);
  // A slice of a view takes memory as it is; a new array would be cleared first.
  const out = heap.f64(block.ptr, size).slice();
  block.drop();
  return out;
}
