/**
 * ONNX operators that are functions of elements.
 *
 * @module
 */
import type { OperatorTable } from "../operator.ts";
import { unary } from "./forms.ts";

/** Functions of elements. */
export const functionOperators: OperatorTable = {
  Acos: unary((x) => x.acos()),
  Acosh: unary((x) => x.acosh()),
  Asin: unary((x) => x.asin()),
  Asinh: unary((x) => x.asinh()),
  Atan: unary((x) => x.atan()),
  Atanh: unary((x) => x.atanh()),
  Cos: unary((x) => x.cos()),
  Cosh: unary((x) => x.cosh()),
  Erf: unary((x) => x.erf()),
  Exp: unary((x) => x.exp()),
  Log: unary((x) => x.log()),
  Sigmoid: unary((x) => x.sigmoid()),
  Sin: unary((x) => x.sin()),
  Sinh: unary((x) => x.sinh()),
  Softplus: unary((x) => x.softplus()),
  Softsign: unary((x) => x.softsign()),
  Tan: unary((x) => x.tan()),
  Tanh: unary((x) => x.tanh()),
};
