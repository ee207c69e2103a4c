/**
 * The fixed-point codec: a real x is the integer nearest to x·2^scale, in two's complement.
 *
 * @module
 */
import { Block } from "./block.ts";
import type { Heap } from "./heap.ts";
import { type Shape, sizeOf } from "./shape.ts";
import { RingTensor } from "./tensor.ts";

/** Numbers that can be encoded. */
export type Numbers = ArrayLike<number> | ArrayLike<bigint>;

const LIMIT = 2n ** 62n;

function nameOf(shape: Shape, index: number): string {
  const path: number[] = [];
  let rest = index;
  for (let i = shape.length - 1; i >= 0; i--) {
    path.unshift(rest % shape[i]!);
    rest = Math.floor(rest / shape[i]!);
  }
  return `[${path}]`;
}

/**
 * Encodes numbers with `scaleBits` fraction bits: the nearest integer to x·2^scaleBits, ties to even.
 *
 * @throws {RangeError} when a number is not finite or |x|·2^scaleBits >= 2^62; names the element, not its value.
 */
export function encode(heap: Heap, shape: Shape, data: Numbers, scaleBits: number): RingTensor {
  const size = sizeOf(shape);
  if (data.length !== size) {
    throw new RangeError(
      `Cannot encode shape [${shape}]: ${data.length} numbers were given, ${size} are wanted`,
    );
  }
  const out = RingTensor.empty(heap, shape);
  if (size === 0) return out;
  const bad = typeof data[0] === "bigint"
    ? encodeIntegers(out, data as ArrayLike<bigint>, scaleBits)
    : encodeReals(heap, out, data as ArrayLike<number>, scaleBits);
  if (bad < 0) return out;
  out.free();
  throw new RangeError(
    `Cannot encode element ${
      nameOf(shape, bad)
    } of [${shape}]: it is not a number of absolute value below 2^${
      62 - scaleBits
    }, which ${scaleBits} fraction bits allow`,
  );
}

function encodeIntegers(out: RingTensor, data: ArrayLike<bigint>, scaleBits: number): number {
  const words = out.words();
  for (let i = 0; i < data.length; i++) {
    const word = data[i]! << BigInt(scaleBits);
    if (word >= LIMIT || word <= -LIMIT) return i;
    words[i] = BigInt.asUintN(64, word);
  }
  return -1;
}

function encodeReals(heap: Heap, out: RingTensor, data: ArrayLike<number>, scaleBits: number): number {
  const single = data instanceof Float32Array;
  const block = new Block(heap, out.size * (single ? 4 : 8));
  const Floats = single ? Float32Array : Float64Array;
  new Floats(heap.bytes.buffer, block.ptr, out.size).set(data);
  const { encode32, encode64 } = heap.kernels.fixed;
  const bad = (single ? encode32 : encode64)(out.ptr, block.ptr, out.size, 2 ** scaleBits);
  block.drop();
  return bad;
}

/** The numbers that words stand for: exact below 2^53 units, nearest above. */
export function decode(x: RingTensor, scaleBits: number): Float64Array<ArrayBuffer> {
  if (x.size === 0) return new Float64Array(0);
  const { heap } = x;
  const block = new Block(heap, x.size * 8);
  heap.kernels.fixed.decode(block.ptr, x.ptr, x.size, 2 ** -scaleBits);
  const out = heap.f64(block.ptr, x.size).slice();
  block.drop();
  return out;
}
