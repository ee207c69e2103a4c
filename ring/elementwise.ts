/**
 * Element-wise arithmetic modulo 2^64, with NumPy's broadcasting.
 *
 * @module
 */
import { broadcastTo } from "./broadcast.ts";
import type { Kernel } from "./kernels.ts";
import { broadcastShapes, sameShape } from "./shape.ts";
import { RingTensor } from "./tensor.ts";

/** Bytes that a vector kernel works on: whole vectors, within the block's padding. */
export function vectorBytes(x: RingTensor): number {
  return Math.ceil(x.size / 2) * 16;
}

type Binary = (x: RingTensor, y: RingTensor) => RingTensor;

function binary(name: "vadd" | "vsub" | "vmul" | "vand" | "vor" | "vxor"): Binary {
  return (x, y) => {
    const shape = broadcastShapes(x.shape, y.shape, "combine");
    const a = sameShape(x.shape, shape) ? x.keep() : broadcastTo(x, shape);
    const b = sameShape(y.shape, shape) ? y.keep() : broadcastTo(y, shape);
    const out = RingTensor.empty(x.heap, shape);
    if (out.size > 0) out.heap.kernels.elementwise[name](out.ptr, a.ptr, b.ptr, vectorBytes(out));
    a.free();
    b.free();
    return out;
  };
}

const addWords = binary("vadd");
const subWords = binary("vsub");
const mulWords = binary("vmul");
const andWords = binary("vand");
const orWords = binary("vor");
const xorWords = binary("vxor");

/** x + y */
export function add(x: RingTensor, y: RingTensor): RingTensor {
  return addWords(x, y);
}
/** x - y */
export function sub(x: RingTensor, y: RingTensor): RingTensor {
  return subWords(x, y);
}
/** x·y */
export function mul(x: RingTensor, y: RingTensor): RingTensor {
  return mulWords(x, y);
}
/** Bitwise x and y */
export function and(x: RingTensor, y: RingTensor): RingTensor {
  return andWords(x, y);
}
/** Bitwise x or y */
export function or(x: RingTensor, y: RingTensor): RingTensor {
  return orWords(x, y);
}
/** Bitwise x xor y */
export function xor(x: RingTensor, y: RingTensor): RingTensor {
  return xorWords(x, y);
}

function inPlace(out: RingTensor, x: RingTensor, f: Kernel): void {
  if (!sameShape(out.shape, x.shape)) {
    throw new RangeError(`Cannot add [${x.shape}] into [${out.shape}]: equal shapes are wanted`);
  }
  if (out.size > 0) f(out.ptr, out.ptr, x.ptr, vectorBytes(out));
}

/** out += x, for equal shapes. */
export function addInto(out: RingTensor, x: RingTensor): void {
  inPlace(out, x, out.heap.kernels.elementwise.vadd);
}

/** out -= x, for equal shapes. */
export function subInto(out: RingTensor, x: RingTensor): void {
  inPlace(out, x, out.heap.kernels.elementwise.vsub);
}

/** out += x·y, where x and y broadcast to the shape of out. */
export function mulInto(out: RingTensor, x: RingTensor, y: RingTensor): void {
  const a = sameShape(x.shape, out.shape) ? x.keep() : broadcastTo(x, out.shape);
  const b = sameShape(y.shape, out.shape) ? y.keep() : broadcastTo(y, out.shape);
  if (out.size > 0) out.heap.kernels.elementwise.vaddmul(out.ptr, out.ptr, a.ptr, b.ptr, vectorBytes(out));
  a.free();
  b.free();
}

function unary(x: RingTensor, name: "vneg" | "vnot"): RingTensor {
  const out = RingTensor.empty(x.heap, x.shape);
  if (out.size > 0) out.heap.kernels.elementwise[name](out.ptr, x.ptr, vectorBytes(out));
  return out;
}

/** -x */
export function neg(x: RingTensor): RingTensor {
  return unary(x, "vneg");
}
/** Bitwise not x */
export function not(x: RingTensor): RingTensor {
  return unary(x, "vnot");
}

function withConstant(x: RingTensor, c: bigint, name: "vaddc" | "vmulc"): RingTensor {
  const out = RingTensor.empty(x.heap, x.shape);
  const word = BigInt.asUintN(64, c);
  const low = Number(word & 0xffffffffn) | 0;
  const high = Number(word >> 32n) | 0;
  if (out.size > 0) out.heap.kernels.elementwise[name](out.ptr, x.ptr, vectorBytes(out), low, high);
  return out;
}

/** x + c */
export function addConstant(x: RingTensor, c: bigint): RingTensor {
  return withConstant(x, c, "vaddc");
}
/** x·c */
export function mulConstant(x: RingTensor, c: bigint): RingTensor {
  return withConstant(x, c, "vmulc");
}

function shifted(x: RingTensor, bits: number, name: "vshl" | "vshru" | "vshrs"): RingTensor {
  if (!Number.isInteger(bits) || bits < 0 || bits > 63) {
    throw new RangeError(`Cannot shift by ${bits} bits: 0 to 63 are wanted`);
  }
  const out = RingTensor.empty(x.heap, x.shape);
  if (out.size > 0) out.heap.kernels.elementwise[name](out.ptr, x.ptr, vectorBytes(out), bits);
  return out;
}

/** x·2^bits */
export function shiftLeft(x: RingTensor, bits: number): RingTensor {
  return shifted(x, bits, "vshl");
}
/** floor(x / 2^bits) of unsigned words */
export function shiftRightLogical(x: RingTensor, bits: number): RingTensor {
  return shifted(x, bits, "vshru");
}
/** floor(x / 2^bits) of signed words */
export function shiftRightArithmetic(x: RingTensor, bits: number): RingTensor {
  return shifted(x, bits, "vshrs");
}
