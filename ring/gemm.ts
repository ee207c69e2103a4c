/**
 * The driver of the matrix product kernels, on addresses.
 *
 * @module
 */
import { Block } from "./block.ts";
import type { Heap } from "./heap.ts";
import type { Kernel } from "./kernels.ts";

/** A matrix in memory: address and bytes from one row to the next. */
export interface Matrix {
  /** Address of the first word. */
  readonly ptr: number;
  /** Bytes from one row to the next. */
  readonly stride: number;
}

/** From this many rows on, B is packed: below, packing costs more than it saves. */
const PACK_ROWS = 24;
/** Products of fewer multiplications use plain loops. */
const SMALL_WORK = 40000;
/** Below this size in any dimension, Strassen's additions cost more than the product that they save. */
const STRASSEN_CUT = 128;

type GemmKernels = Readonly<Record<string, Kernel>>;

/** Splits columns into panels of five and of four; undefined when that is impossible. */
function panels(n: number): { fives: number; fours: number } | undefined {
  for (let fours = 0; 4 * fours <= n; fours++) {
    if ((n - 4 * fours) % 5 === 0) return { fives: (n - 4 * fours) / 5, fours };
  }
  return undefined;
}

/** C += A·B for A of m x k and B of k x n words. */
export function gemm(heap: Heap, a: Matrix, b: Matrix, c: Matrix, m: number, k: number, n: number): void {
  if (m === 0 || k === 0 || n === 0) return;
  const split = panels(n);
  if (split === undefined || m * k * n < SMALL_WORK) {
    heap.kernels.gemm.small(a.ptr, a.stride, b.ptr, b.stride, c.ptr, c.stride, m, k, n);
  } else if (m >= PACK_ROWS) packed(heap, a, b, c, m, k, split);
  else direct(heap, a, b, c, m, k, split);
}

function packed(
  heap: Heap,
  a: Matrix,
  b: Matrix,
  c: Matrix,
  m: number,
  k: number,
  split: { fives: number; fours: number },
): void {
  const kernels = heap.kernels.gemm as GemmKernels;
  const { fives, fours } = split;
  const buffer = new Block(heap, 32 * (40 * fives + 32 * fours));
  for (let k0 = 0; k0 < k;) {
    const left = k - k0;
    const depth = left > 16 ? 32 : left > 8 ? 16 : 8;
    const take = Math.min(left, depth);
    const from = b.ptr + k0 * b.stride;
    const second = buffer.ptr + fives * 40 * depth;
    if (fives > 0) kernels["pack_b_1"]!(from, b.stride, buffer.ptr, fives, take, depth);
    if (fours > 0) kernels["pack_b_0"]!(from + 40 * fives, b.stride, second, fours, take, depth);
    for (let i = 0; i < m; i += 3) {
      const rows = Math.min(3, m - i);
      const to = c.ptr + i * c.stride;
      kernels["pack_a"]!(a.ptr + i * a.stride + 8 * k0, a.stride, rows, take, depth);
      if (fives > 0) kernels[`packed_${rows}_1_${depth}`]!(buffer.ptr, to, fives, c.stride);
      if (fours > 0) kernels[`packed_${rows}_0_${depth}`]!(second, to + 40 * fives, fours, c.stride);
    }
    k0 += take;
  }
  buffer.drop();
}

function direct(
  heap: Heap,
  a: Matrix,
  b: Matrix,
  c: Matrix,
  m: number,
  k: number,
  split: { fives: number; fours: number },
): void {
  const kernels = heap.kernels.gemm as GemmKernels;
  const { fives, fours } = split;
  for (let k0 = 0; k0 < k;) {
    const left = k - k0;
    const depth = left >= 16 ? 16 : left >= 4 ? 4 : 1;
    const from = b.ptr + k0 * b.stride;
    for (let i = 0; i < m; i += 3) {
      const rows = Math.min(3, m - i);
      const to = c.ptr + i * c.stride;
      kernels["pack_a"]!(a.ptr + i * a.stride + 8 * k0, a.stride, rows, depth, depth);
      if (fives > 0) kernels[`direct_${rows}_1_${depth}`]!(from, b.stride, to, fives, c.stride);
      if (fours > 0) {
        kernels[`direct_${rows}_0_${depth}`]!(from + 40 * fives, b.stride, to + 40 * fives, fours, c.stride);
      }
    }
    k0 += depth;
  }
}

/** Whether one more level pays; halves of rows must be whole vectors. */
function splits(m: number, k: number, n: number): boolean {
  return m % 2 === 0 && k % 4 === 0 && n % 4 === 0 && Math.min(m, k, n) >= STRASSEN_CUT;
}

/**
 * C += A·B by Strassen's method in Winograd's form (7 products and 15 additions per level; exact in a ring) while all sizes
 * are even and large, else directly.
 */
export function gemmLarge(
  heap: Heap,
  a: Matrix,
  b: Matrix,
  c: Matrix,
  m: number,
  k: number,
  n: number,
): void {
  if (!splits(m, k, n)) {
    return gemm(heap, a, b, c, m, k, n);
  }
  const product = new Block(heap, m * n * 8);
  const p = { ptr: product.ptr, stride: n * 8 };
  strassen(heap, a, b, p, m, k, n);
  heap.kernels.gemm.block_add(c.ptr, c.stride, c.ptr, c.stride, p.ptr, p.stride, m, n * 8);
  product.drop();
}

/** C = A·B; overwrites C. */
function strassen(heap: Heap, a: Matrix, b: Matrix, c: Matrix, m: number, k: number, n: number): void {
  if (!splits(m, k, n)) {
    for (let i = 0; i < m; i++) heap.u8(c.ptr + i * c.stride, n * 8).fill(0);
    return gemm(heap, a, b, c, m, k, n);
  }
  const { block_add, block_sub } = heap.kernels.gemm;
  const [m2, k2, n2] = [m / 2, k / 2, n / 2];
  const part = (x: Matrix, row: number, byte: number): Matrix => ({
    ptr: x.ptr + row * x.stride + byte,
    stride: x.stride,
  });
  const quarters = (x: Matrix, rows: number, bytes: number): [Matrix, Matrix, Matrix, Matrix] => [
    x,
    part(x, 0, bytes),
    part(x, rows, 0),
    part(x, rows, bytes),
  ];
  const [a11, a12, a21, a22] = quarters(a, m2, k2 * 8);
  const [b11, b12, b21, b22] = quarters(b, k2, n2 * 8);
  const [c11, c12, c21, c22] = quarters(c, m2, n2 * 8);
  const buffers = [m2 * k2, k2 * n2, m2 * n2].map((words) => new Block(heap, words * 8));
  const [s, t, p] = [k2, n2, n2].map((words, i) => ({ ptr: buffers[i]!.ptr, stride: words * 8 })) as [
    Matrix,
    Matrix,
    Matrix,
  ];
  const add = (d: Matrix, x: Matrix, y: Matrix, rows: number, words: number): unknown =>
    block_add(d.ptr, d.stride, x.ptr, x.stride, y.ptr, y.stride, rows, words * 8);
  const sub = (d: Matrix, x: Matrix, y: Matrix, rows: number, words: number): unknown =>
    block_sub(d.ptr, d.stride, x.ptr, x.stride, y.ptr, y.stride, rows, words * 8);
  const mul = (x: Matrix, y: Matrix, d: Matrix): void => strassen(heap, x, y, d, m2, k2, n2);
  sub(s, a11, a21, m2, k2);
  sub(t, b22, b12, k2, n2);
  mul(s, t, c21);
  add(s, a21, a22, m2, k2);
  sub(t, b12, b11, k2, n2);
  mul(s, t, c22);
  sub(s, s, a11, m2, k2);
  sub(t, b22, t, k2, n2);
  mul(s, t, c12);
  sub(s, a12, s, m2, k2);
  mul(s, b22, c11);
  mul(a11, b11, p);
  add(c12, c12, p, m2, n2);
  add(c21, c21, c12, m2, n2);
  add(c12, c12, c22, m2, n2);
  add(c22, c22, c21, m2, n2);
  add(c12, c12, c11, m2, n2);
  sub(t, t, b21, k2, n2);
  mul(a22, t, c11);
  sub(c21, c21, c11, m2, n2);
  mul(a12, b21, c11);
  add(c11, c11, p, m2, n2);
  for (const buffer of buffers) buffer.drop();
}
