/**
 * Slow twins of the element-wise kernels, on bigints.
 *
 * @module
 */
import type { Words } from "./linalg.ts";
import { broadcast, positions } from "./tensors.ts";

/** A number modulo 2^64. */
export function wrap(x: bigint): bigint {
  return BigInt.asUintN(64, x);
}

/** The element at a position of a shape that x broadcasts to. */
export function broadcastAt(x: Words, index: readonly number[]): bigint {
  const own = index.slice(index.length - x.shape.length);
  const flat = x.shape.reduce((sum, side, axis) => sum * side + (side === 1 ? 0 : own[axis]!), 0);
  return x.data[flat]!;
}

/** A function of the elements that stand at the same position. */
export function zipWords(f: (...xs: bigint[]) => bigint, ...xs: readonly Words[]): Words {
  const shape = broadcast(...xs.map((x) => x.shape));
  const at = (index: number[]): bigint => wrap(f(...xs.map((x) => broadcastAt(x, index))));
  return { shape, data: Array.from(positions(shape), at) };
}

/** A kernel's formula on the words at one place of its sources; `first` is 1 or 0. */
export type Formula = (first: bigint, ...sources: bigint[]) => bigint;

/** The kernels that take only addresses and a byte count, and those with a flag behind it. */
export const FORMULAS: Readonly<Record<string, { sources: number; flagged: boolean; f: Formula }>> = {
  vadd: { sources: 2, flagged: false, f: (_, a, b) => a! + b! },
  vsub: { sources: 2, flagged: false, f: (_, a, b) => a! - b! },
  vmul: { sources: 2, flagged: false, f: (_, a, b) => a! * b! },
  vand: { sources: 2, flagged: false, f: (_, a, b) => a! & b! },
  vor: { sources: 2, flagged: false, f: (_, a, b) => a! | b! },
  vxor: { sources: 2, flagged: false, f: (_, a, b) => a! ^ b! },
  vandnot: { sources: 2, flagged: false, f: (_, a, b) => a! & ~b! },
  vnot: { sources: 1, flagged: false, f: (_, a) => ~a! },
  vneg: { sources: 1, flagged: false, f: (_, a) => -a! },
  vaddmul: { sources: 3, flagged: false, f: (_, c, a, b) => c! + a! * b! },
  masked_mul: {
    sources: 5,
    flagged: true,
    f: (first, q, c, d, x, y) => q! + x! * d! + c! * y! - first * c! * d!,
  },
  beaver_and: {
    sources: 5,
    flagged: true,
    f: (first, c, e, f, a, b) => c! ^ (a! & f!) ^ (e! & b!) ^ (-first & e! & f!),
  },
  masked_square: {
    sources: 3,
    flagged: true,
    f: (first, q, c, x) => q! + 2n * c! * x! - first * c! * c!,
  },
};
