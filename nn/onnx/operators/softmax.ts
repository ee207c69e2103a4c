/**
 * ONNX operators that normalise the exponents of a row, or find its largest entry.
 *
 * @module
 */
import { asReal } from "../../../ops/functions/scale.ts";
import type { CrypTensor } from "../../../ops/tensor.ts";
import { sizeOf } from "../../../ring/shape.ts";
import { nodeName, number } from "../attributes.ts";
import { asFunction, type Binding, type OnnxOperator, type OperatorTable } from "../operator.ts";

/** All axes from one on as one. */
function flattened(b: Binding, x: CrypTensor, f: (rows: CrypTensor) => CrypTensor): CrypTensor {
  const axis = number(b, "axis", 1);
  const at = axis < 0 ? axis + x.ndim : axis;
  if (at < 0 || at > x.ndim) {
    throw new RangeError(`Cannot compute ${nodeName(b)}: [${x.shape}] has no axis ${axis}`);
  }
  const sides = [sizeOf(x.shape.slice(0, at)), sizeOf(x.shape.slice(at))];
  return f(x.reshape(sides)).reshape(x.shape);
}

/** Along one axis since version 13, along all from one axis on before. */
function alongAxis(f: (x: CrypTensor, axis: number) => CrypTensor): OnnxOperator[] {
  return [
    { since: 1, lower: (b) => asFunction((x) => flattened(b, x, (rows) => f(rows, 1))) },
    { since: 13, lower: (b) => asFunction((x) => f(x, number(b, "axis", -1))) },
  ];
}

/** 1 for the first of the largest entries, 0 for all others: real numbers. */
function hardmax(x: CrypTensor, dim: number): CrypTensor {
  return asReal(x.context, x.argmax({ dim, oneHot: true }));
}

/** Operators that normalise the exponents of a row, or find its largest entry. */
export const softmaxOperators: OperatorTable = {
  Hardmax: alongAxis(hardmax),
  LogSoftmax: alongAxis((x, axis) => x.logSoftmax(axis)),
  Softmax: alongAxis((x, axis) => x.softmax(axis)),
};
