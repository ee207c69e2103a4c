/**
 * ONNX operators of linear algebra.
 *
 * @module
 */
import { matmul as matmulOf } from "../../../ops/products.ts";
import type { CrypTensor } from "../../../ops/tensor.ts";
import { Linear, turned } from "../../layers/linear.ts";
import { flag, number } from "../attributes.ts";
import { asLayer, type Binding, type Lowered, type OperatorTable } from "../operator.ts";

/** alpha·A'·B' + beta·C. */
function gemm(b: Binding): Lowered {
  const [alpha, beta] = [number(b, "alpha", 1), number(b, "beta", 1)];
  const [transA, transB] = [flag(b, "transA"), flag(b, "transB")];
  const [weight, bias] = [b.weight(1), b.weight(2)];
  const plain = alpha === 1 && beta === 1 && !transA && b.weight(0) === undefined;
  if (plain && weight !== undefined && (bias !== undefined || (b.node.inputs[2] ?? "") === "")) {
    // A weight that stays is masked once.
    return asLayer(Linear.of(transB ? weight : turned(weight), bias));
  }
  const scaled = (x: CrypTensor, factor: number): CrypTensor => factor === 1 ? x : x.mul(factor);
  return {
    run([x, y, z], env) {
      const left = env.secret(x!);
      const right = env.secret(y!);
      const product = matmulOf(transA ? left.t() : left, transB ? right.t() : right);
      const sum = scaled(product, alpha);
      return z === undefined ? sum : sum.add(beta === 1 ? z : scaled(env.secret(z), beta));
    },
  };
}

function matmul(b: Binding): Lowered {
  const weight = b.weight(1);
  if (weight?.ndim === 2) return asLayer(Linear.of(turned(weight)));
  return { run: ([x, y]) => matmulOf(x!, y!) };
}

/** Operators of linear algebra. */
export const linearOperators: OperatorTable = {
  Gemm: [{ since: 1, lower: gemm }],
  MatMul: [{ since: 1, lower: matmul }],
};
