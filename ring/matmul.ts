/**
 * Matrix products with NumPy's rules for vectors and batches.
 *
 * @module
 */
import { broadcastTo } from "./broadcast.ts";
import { gemmLarge, type Matrix } from "./gemm.ts";
import { broadcastShapes, sameShape, type Shape, sizeOf } from "./shape.ts";
import { RingTensor } from "./tensor.ts";

/** A product's sizes, with vectors as matrices of one row or column. */
interface Sizes {
  readonly batch: Shape;
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly shape: Shape;
}

function sizesOf(a: Shape, b: Shape): Sizes {
  const refuse = (why: string): never => {
    throw new RangeError(`Cannot multiply matrices [${a}] and [${b}]: ${why}`);
  };
  if (a.length === 0 || b.length === 0) refuse("a scalar was given, vectors or matrices are wanted");
  const left = a.length === 1 ? [1, ...a] : a;
  const right = b.length === 1 ? [...b, 1] : b;
  const [m, k] = left.slice(-2) as [number, number];
  const [rows, n] = right.slice(-2) as [number, number];
  if (k !== rows) refuse(`the inner sizes ${k} and ${rows} differ`);
  const batch = broadcastShapes(left.slice(0, -2), right.slice(0, -2), "multiply batches");
  const shape = [...batch, ...(a.length === 1 ? [] : [m]), ...(b.length === 1 ? [] : [n])];
  return { batch, m, k, n, shape };
}

/**
 * The shape of a product.
 *
 * @throws {RangeError} when the operands do not fit.
 */
export function matmulShape(a: Shape, b: Shape): Shape {
  return sizesOf(a, b).shape;
}

/** out += x·y, for `out` of the product's shape. */
export function matmulInto(out: RingTensor, x: RingTensor, y: RingTensor): void {
  const { batch, m, k, n, shape } = sizesOf(x.shape, y.shape);
  if (!sameShape(out.shape, shape)) {
    throw new RangeError(
      `Cannot add a product of shape [${shape}] into [${out.shape}]: equal shapes are wanted`,
    );
  }
  const count = sizeOf(batch);
  const a = operand(x, batch, m, k);
  const b = operand(y, batch, k, n);
  const at = (ptr: number, columns: number): Matrix => ({ ptr, stride: columns * 8 });
  if (b.step === 0 && a.step !== 0) {
    // Many matrices by one: their rows follow each other, so it is one product.
    gemmLarge(out.heap, at(a.tensor.ptr, k), at(b.tensor.ptr, n), at(out.ptr, n), m * count, k, n);
  } else {
    for (let i = 0; i < count; i++) {
      const from = at(a.tensor.ptr + i * a.step, k);
      gemmLarge(out.heap, from, at(b.tensor.ptr + i * b.step, n), at(out.ptr + i * m * n * 8, n), m, k, n);
    }
  }
  if (a.tensor !== x) a.tensor.free();
  if (b.tensor !== y) b.tensor.free();
}

/** An operand's matrices for all batches, and the bytes from one to the next; the tensor itself where it has them. */
function operand(
  t: RingTensor,
  batch: Shape,
  rows: number,
  columns: number,
): { readonly tensor: RingTensor; readonly step: number } {
  const own = t.shape.slice(0, -2);
  // One matrix for all batches is used in place.
  if (sizeOf(own) === 1) return { tensor: t, step: 0 };
  const tensor = sameShape(own, batch) ? t : broadcastTo(t, [...batch, rows, columns]);
  return { tensor, step: rows * columns * 8 };
}

/** x·y */
export function matmul(x: RingTensor, y: RingTensor): RingTensor {
  const out = RingTensor.zeros(x.heap, matmulShape(x.shape, y.shape));
  matmulInto(out, x, y);
  return out;
}
