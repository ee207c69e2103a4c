/**
 * ONNX operators of elements: functions, and arithmetic of two operands.
 *
 * @module
 */
import { isTensor } from "../../../ops/op.ts";
import type { GeluForm } from "../../../ops/functions/activations.ts";
import type { CrypTensor, Operand } from "../../../ops/tensor.ts";
import { ReLU } from "../../layers/basic.ts";
import { number, text } from "../attributes.ts";
import {
  asFunction,
  asLayer,
  type Binding,
  type Lowered,
  type OnnxOperator,
  type OperatorTable,
} from "../operator.ts";

type Unary = (x: CrypTensor) => CrypTensor;

/** One version of a function without options. */
function unary(f: Unary, since = 1): OnnxOperator {
  return { since, lower: () => asFunction(f) };
}

/** One version of a function with options. */
function unaryOf(f: (b: Binding) => Unary, since = 1): OnnxOperator {
  return { since, lower: (b) => asFunction(f(b)) };
}

/** An operator of two operands, of which one at least is secret: `reflected` is for a public first one. */
function binary(
  f: (x: CrypTensor, y: Operand) => CrypTensor,
  reflected: (y: CrypTensor, x: Operand) => CrypTensor,
): OnnxOperator[] {
  const run: Lowered["run"] = ([x, y]) => isTensor(x) ? f(x, y!) : reflected(y as CrypTensor, x!);
  return [{ since: 1, lower: () => ({ run }) }];
}

/** Operators of elements. */
export const elementOperators: OperatorTable = {
  Abs: [unary((x) => x.abs())],
  Add: binary((x, y) => x.add(y), (y, x) => y.add(x)),
  Cos: [unary((x) => x.cos())],
  Div: binary((x, y) => x.div(y), (y, x) => y.reciprocal().mul(x)),
  Dropout: [unary((x) => x.alias(x.context))],
  Elu: [unaryOf((b) => (x) => x.elu(number(b, "alpha", 1)))],
  Erf: [unary((x) => x.erf())],
  Exp: [unary((x) => x.exp())],
  Gelu: [unaryOf((b) => (x) => x.gelu(text(b, "approximate", "none") as GeluForm), 20)],
  HardSigmoid: [
    unaryOf((b) => (x) => x.mul(number(b, "alpha", 0.2)).add(number(b, "beta", 0.5)).clamp(0, 1)),
  ],
  HardSwish: [unary((x) => x.hardSwish(), 14)],
  Identity: [unary((x) => x.alias(x.context))],
  LeakyRelu: [unaryOf((b) => (x) => x.leakyRelu(number(b, "alpha", 0.01)))],
  Log: [unary((x) => x.log())],
  Mish: [unary((x) => x.mish(), 18)],
  Mul: binary((x, y) => x.mul(y), (y, x) => y.mul(x)),
  Neg: [unary((x) => x.neg())],
  Reciprocal: [unary((x) => x.reciprocal())],
  Relu: [{ since: 1, lower: () => asLayer(new ReLU()) }],
  Selu: [unary((x) => x.selu())],
  Sigmoid: [unary((x) => x.sigmoid())],
  Sin: [unary((x) => x.sin())],
  Softplus: [unary((x) => x.softplus())],
  Sqrt: [unary((x) => x.sqrt())],
  Sub: binary((x, y) => x.sub(y), (y, x) => y.neg().add(x)),
  Tanh: [unary((x) => x.tanh())],
};
