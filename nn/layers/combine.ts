/**
 * Operations on two or more tensors as layers, for models that are graphs.
 *
 * @module
 */
import { catAll } from "../../ops/join.ts";
import type { CrypTensor } from "../../ops/tensor.ts";
import { FunctionLayer } from "./function_layer.ts";

/** What layers of two operands take. */
export type TwoTensors = readonly [CrypTensor, CrypTensor];

/** x + y. Exact and local. */
export class Add extends FunctionLayer<TwoTensors> {
  /** A layer. */
  constructor() {
    super("Add", {}, (x, y) => x.add(y));
  }
}

/** x - y. Exact and local. */
export class Sub extends FunctionLayer<TwoTensors> {
  /** A layer. */
  constructor() {
    super("Sub", {}, (x, y) => x.sub(y));
  }
}

/** x·y, element by element. *Error*: below 1 ulp. *Cost*: one round, 16 bytes per element, and a truncation. */
export class Mul extends FunctionLayer<TwoTensors> {
  /** A layer. */
  constructor() {
    super("Mul", {}, (x, y) => x.mul(y));
  }
}

/** x/y for 2^-16 <= |y| < 2^22. *Error*: 1.5e-5 of the result, 4e-6/|y| and 1 ulp. *Cost*: that of `reciprocal`, and a product. */
export class Div extends FunctionLayer<TwoTensors> {
  /** A layer. */
  constructor() {
    super("Div", {}, (x, y) => x.div(y));
  }
}

/** Matrix product, with NumPy's rules for batches and vectors. *Error*: below 1 ulp. *Cost*: one round, 8 bytes per element of both. */
export class MatMul extends FunctionLayer<TwoTensors> {
  /** A layer. */
  constructor() {
    super("MatMul", {}, (x, y) => x.matmul(y));
  }
}

/** Tensors joined along an axis, 0 by default. Exact and local. */
export class Concat extends FunctionLayer<readonly CrypTensor[]> {
  /** A layer. */
  constructor({ dim = 0 }: { readonly dim?: number | undefined } = {}) {
    super("Concat", { dim }, (...tensors) => catAll(tensors, dim));
  }
}
