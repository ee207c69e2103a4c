/**
 * ONNX operators that are functions of elements.
 *
 * @module
 */
import type { CrypTensor } from "../../../ops/tensor.ts";
import { asFunction, type OnnxOperator, type OperatorTable } from "../operator.ts";

function of(f: (x: CrypTensor) => CrypTensor): OnnxOperator[] {
  return [{ since: 1, lower: () => asFunction(f) }];
}

/** Functions of elements. */
export const functionOperators: OperatorTable = {
  Acos: of((x) => x.acos()),
  Acosh: of((x) => x.acosh()),
  Asin: of((x) => x.asin()),
  Asinh: of((x) => x.asinh()),
  Atan: of((x) => x.atan()),
  Atanh: of((x) => x.atanh()),
  Cos: of((x) => x.cos()),
  Cosh: of((x) => x.cosh()),
  Erf: of((x) => x.erf()),
  Exp: of((x) => x.exp()),
  Log: of((x) => x.log()),
  Sigmoid: of((x) => x.sigmoid()),
  Sin: of((x) => x.sin()),
  Sinh: of((x) => x.sinh()),
  Softplus: of((x) => x.softplus()),
  Softsign: of((x) => x.softsign()),
  Tan: of((x) => x.tan()),
  Tanh: of((x) => x.tanh()),
};
