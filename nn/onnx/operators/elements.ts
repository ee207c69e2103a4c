/**
 * The ONNX operators of softmax.
 *
 * @module
 */
import type { CrypTensor } from "../../../ops/tensor.ts";
import { number } from "../attributes.ts";
import { asFunction, type Binding, type OnnxOperator, type OperatorTable } from "../operator.ts";

/** One version of a function with options. */
function unaryOf(f: (b: Binding) => (x: CrypTensor) => CrypTensor, since = 1): OnnxOperator {
  return { since, lower: (b) => asFunction(f(b)) };
}

/** Softmax and its logarithm: along one axis since version 13, along all from one axis on before. */
function alongAxis(f: (x: CrypTensor, axis: number) => CrypTensor): OnnxOperator[] {
  return [
    unaryOf((b) => (x) => {
      const axis = number(b, "axis", 1);
      const at = axis < 0 ? axis + x.ndim : axis;
      const rows = x.shape.slice(0, at).reduce((p, q) => p * q, 1);
      return f(x.reshape([rows, x.size / Math.max(1, rows)]), 1).reshape(x.shape);
    }),
    unaryOf((b) => (x) => f(x, number(b, "axis", -1)), 13),
  ];
}

/** Operators of elements. */
export const elementOperators: OperatorTable = {
  LogSoftmax: alongAxis((x, axis) => x.logSoftmax(axis)),
  Softmax: alongAxis((x, axis) => x.softmax(axis)),
};
