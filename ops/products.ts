/**
 * Products of vectors and matrices whose left operand may be public.
 *
 * @module
 */
import { bilinearShape } from "../ring/bilinear.ts";
import { sizeOf } from "../ring/shape.ts";
import { mul } from "./arithmetic.ts";
import { matmul as matmulSecret } from "./linalg.ts";
import { reshape, transpose } from "./movement.ts";
import { defineOp, isTensor, type Op } from "./op.ts";
import { publicTensor, shapeOf } from "./operand.ts";
import { Tensor, type TensorLike } from "./plaintext.ts";
import type { CrypTensor, Operand } from "./tensor.ts";

/**
 * Outer product of two vectors: element (i, j) is x[i]·y[j]. *Error*: below 1 ulp. *Cost*: one round and 8 bytes per element of both
 * vectors, not of the product, and the truncation of the product; local with a public operand.
 *
 * @throws {RangeError} when an operand is not a vector.
 */
export const outer: Op<[Operand]> = defineOp({
  name: "outer",
  shape(x, y) {
    const other = shapeOf(y);
    if (x.ndim !== 1 || other.length !== 1) {
      throw new RangeError(`shapes [${x.shape}] and [${other}] are not vectors, two vectors are wanted`);
    }
    return [x.shape[0]!, other[0]!];
  },
  lower: (_ctx, x, [y], [rows]) => mul(reshape(x, [rows!, 1]), y),
});

/** A public matrix, or a batch of them, with the last two axes exchanged. */
function transposed(x: Tensor): Tensor {
  const [rows, columns] = x.shape.slice(-2) as [number, number];
  const data = new Float64Array(x.size);
  for (let batch = 0; batch < sizeOf(x.shape.slice(0, -2)); batch++) {
    const start = batch * rows * columns;
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) data[start + j * rows + i] = Number(x.data[start + i * columns + j]);
    }
  }
  return new Tensor([...x.shape.slice(0, -2), columns, rows], data);
}

/** a @ x for public a: (xᵀ aᵀ)ᵀ. */
const reflected: Op<[TensorLike]> = defineOp<[TensorLike]>({
  name: "matmul",
  shape: (x, a) => bilinearShape({ kind: "matmul" }, shapeOf(a), x.shape),
  lower(_ctx, x, [a]) {
    const left = publicTensor(a);
    const flipped = left.ndim > 1 ? transposed(left) : left;
    if (x.ndim === 1) return matmulSecret(x, flipped);
    const product = matmulSecret(transpose(x, -1, -2), flipped);
    return left.ndim === 1 ? product : transpose(product, -1, -2);
  },
});

/**
 * Matrix product, with NumPy's rules for batches and vectors, where the left operand may be public. Error and cost as
 * {@link CrypTensor.matmul}; local with a public operand.
 *
 * @throws {TypeError} when both operands are public.
 * @throws {RangeError} when shapes do not fit.
 */
export function matmul(x: Operand, y: Operand): CrypTensor {
  if (isTensor(x)) return matmulSecret(x, y);
  if (isTensor(y)) return reflected(y, x);
  throw new TypeError("Cannot compute matmul: both operands are public, a secret one is wanted");
}
