/**
 * Element-wise arithmetic modulo 2^64, with NumPy's broadcasting. Operands live in one heap.
 *
 * @module
 */
import { broadcastTo } from "./broadcast.ts";
import type { Kernels } from "./kernels.ts";
import { broadcastShapes, sameShape, type Shape } from "./shape.ts";
import { RingTensor } from "./tensor.ts";

export { broadcastTo } from "./broadcast.ts";

/** Bytes that a vector kernel works on: whole vectors, within the block's padding. */
export function vectorBytes(x: RingTensor): number {
  return Math.ceil(x.size / 2) * 16;
}

type Name = keyof Kernels["elementwise"];

/** What makes up an operator: its verb for errors, and kernels for two tensors, (tensor, word) and (word, tensor). */
interface Operator {
  readonly verb: string;
  readonly tensors: Name;
  readonly right: Name;
  readonly left: Name;
}

const ADD: Operator = { verb: "add", tensors: "vadd", right: "vadd_scalar", left: "vadd_scalar" };
const SUB: Operator = { verb: "subtract", tensors: "vsub", right: "vsub_scalar", left: "vsub_from_scalar" };
const MUL: Operator = { verb: "multiply", tensors: "vmul", right: "vmul_scalar", left: "vmul_scalar" };
const AND: Operator = { verb: "and", tensors: "vand", right: "vand_scalar", left: "vand_scalar" };
const OR: Operator = { verb: "or", tensors: "vor", right: "vor_scalar", left: "vor_scalar" };
const XOR: Operator = { verb: "xor", tensors: "vxor", right: "vxor_scalar", left: "vxor_scalar" };

/** A tensor made by a kernel `name(out, sources …, bytes, extras …)`. */
function made(
  name: Name,
  shape: Shape,
  sources: readonly RingTensor[],
  extras: readonly number[] = [],
): RingTensor {
  const { heap } = sources[0]!;
  const out = RingTensor.empty(heap, shape);
  heap.kernels.elementwise[name](out.ptr, ...sources.map((x) => x.ptr), vectorBytes(out), ...extras);
  return out;
}

function binary(op: Operator, x: RingTensor, y: RingTensor): RingTensor {
  if (sameShape(x.shape, y.shape)) {
    // The common case, without lists: a small operation costs what its handles cost.
    const out = RingTensor.empty(x.heap, x.shape);
    x.heap.kernels.elementwise[op.tensors](out.ptr, x.ptr, y.ptr, vectorBytes(out));
    return out;
  }
  const shape = broadcastShapes(x.shape, y.shape, op.verb);
  if (y.size === 1 && sameShape(x.shape, shape)) return made(op.right, shape, [x, y]);
  if (x.size === 1 && sameShape(y.shape, shape)) return made(op.left, shape, [y, x]);
  const a = fitted(x, shape);
  const b = fitted(y, shape);
  const out = made(op.tensors, shape, [a, b]);
  if (a !== x) a.free();
  if (b !== y) b.free();
  return out;
}

/** The tensor itself when it has the shape, else a copy that has. */
function fitted(x: RingTensor, shape: Shape): RingTensor {
  return sameShape(x.shape, shape) ? x : broadcastTo(x, shape);
}

/**
 * x + y
 *
 * @throws {RangeError} when the shapes do not broadcast.
 */
export function add(x: RingTensor, y: RingTensor): RingTensor {
  return binary(ADD, x, y);
}
/**
 * x - y
 *
 * @throws {RangeError} when the shapes do not broadcast.
 */
export function sub(x: RingTensor, y: RingTensor): RingTensor {
  return binary(SUB, x, y);
}
/**
 * x·y
 *
 * @throws {RangeError} when the shapes do not broadcast.
 */
export function mul(x: RingTensor, y: RingTensor): RingTensor {
  return binary(MUL, x, y);
}
/**
 * Bitwise x and y
 *
 * @throws {RangeError} when the shapes do not broadcast.
 */
export function and(x: RingTensor, y: RingTensor): RingTensor {
  return binary(AND, x, y);
}
/**
 * Bitwise x or y
 *
 * @throws {RangeError} when the shapes do not broadcast.
 */
export function or(x: RingTensor, y: RingTensor): RingTensor {
  return binary(OR, x, y);
}
/**
 * Bitwise x xor y
 *
 * @throws {RangeError} when the shapes do not broadcast.
 */
export function xor(x: RingTensor, y: RingTensor): RingTensor {
  return binary(XOR, x, y);
}

function inPlace(op: Operator, out: RingTensor, x: RingTensor): void {
  if (!sameShape(out.shape, x.shape)) {
    throw new RangeError(`Cannot ${op.verb} [${x.shape}] in place: [${out.shape}] is wanted`);
  }
  out.heap.kernels.elementwise[op.tensors](out.ptr, out.ptr, x.ptr, vectorBytes(out));
}

/**
 * out += x
 *
 * @throws {RangeError} when the shapes differ.
 */
export function addInto(out: RingTensor, x: RingTensor): void {
  inPlace(ADD, out, x);
}

/**
 * out -= x
 *
 * @throws {RangeError} when the shapes differ.
 */
export function subInto(out: RingTensor, x: RingTensor): void {
  inPlace(SUB, out, x);
}

/**
 * out += x·y, where x and y broadcast to the shape of out.
 *
 * @throws {RangeError} when one does not.
 */
export function mulInto(out: RingTensor, x: RingTensor, y: RingTensor): void {
  const shape = broadcastShapes(broadcastShapes(x.shape, y.shape, MUL.verb), out.shape, MUL.verb);
  if (!sameShape(shape, out.shape)) {
    throw new RangeError(
      `Cannot multiply [${x.shape}] with [${y.shape}] in place: [${shape}] would come out, [${out.shape}] is wanted`,
    );
  }
  const a = fitted(x, shape);
  const b = fitted(y, shape);
  out.heap.kernels.elementwise.vaddmul(out.ptr, out.ptr, a.ptr, b.ptr, vectorBytes(out));
  if (a !== x) a.free();
  if (b !== y) b.free();
}

/** -x */
export function neg(x: RingTensor): RingTensor {
  return made("vneg", x.shape, [x]);
}
/** Bitwise not x */
export function not(x: RingTensor): RingTensor {
  return made("vnot", x.shape, [x]);
}

/** The halves of a word, low half first. */
function halves(c: bigint): number[] {
  const word = BigInt.asUintN(64, c);
  return [Number(word & 0xffffffffn), Number(word >> 32n)];
}

/** x + c, for a public constant. */
export function addConstant(x: RingTensor, c: bigint): RingTensor {
  return made("vaddc", x.shape, [x], halves(c));
}
/** x·c, for a public constant. */
export function mulConstant(x: RingTensor, c: bigint): RingTensor {
  return made("vmulc", x.shape, [x], halves(c));
}

function shifted(name: Name, x: RingTensor, bits: number): RingTensor {
  if (!Number.isInteger(bits) || bits < 0 || bits > 63) {
    throw new RangeError(`Cannot shift by ${bits} bits: 0 to 63 are wanted`);
  }
  return made(name, x.shape, [x], [bits]);
}

/**
 * x·2^bits
 *
 * @throws {RangeError} unless bits is 0 to 63.
 */
export function shiftLeft(x: RingTensor, bits: number): RingTensor {
  return shifted("vshl", x, bits);
}
/**
 * floor(x / 2^bits) of unsigned words
 *
 * @throws {RangeError} unless bits is 0 to 63.
 */
export function shiftRightLogical(x: RingTensor, bits: number): RingTensor {
  return shifted("vshru", x, bits);
}
/**
 * floor(x / 2^bits) of signed words
 *
 * @throws {RangeError} unless bits is 0 to 63.
 */
export function shiftRightArithmetic(x: RingTensor, bits: number): RingTensor {
  return shifted("vshrs", x, bits);
}
