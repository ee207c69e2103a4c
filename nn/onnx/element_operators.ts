/**
 * ONNX operators of elements: functions, and arithmetic of two operands.
 *
 * @module
 */
import type { CrypTensor, Operand } from "../../ops/tensor.ts";
import { Stateless } from "../layers/conv.ts";
import { text } from "./attributes.ts";
import type { Binding, Lowered, OnnxOperator, OperatorTable } from "./operators.ts";

type Unary = (x: CrypTensor) => CrypTensor;

/** One version of a function without options. */
function unary(kind: string, f: Unary, since = 1): OnnxOperator {
  return { since, lower: () => ({ layer: new Stateless(kind, f), operand: 0 }) };
}

/** One version of a function with options. */
function unaryOf(kind: string, f: (b: Binding) => Unary, since = 1): OnnxOperator {
  return { since, lower: (b) => ({ layer: new Stateless(kind, f(b)), operand: 0 }) };
}

/** An operand that is a weight or a constant; undefined when it is computed. */
function known(
  b: Binding,
  index: number,
): CrypTensor | NonNullable<ReturnType<Binding["constant"]>> | undefined {
  return b.weight(index) ?? b.constant(index);
}

/** An operator of two operands, of which one at least is computed. */
function binary(
  f: (x: CrypTensor, y: Operand) => CrypTensor,
  reflected: (x: CrypTensor, y: Operand) => CrypTensor,
) {
  return (b: Binding): Lowered => {
    const right = known(b, 1);
    if (right !== undefined) return { combine: ([x]) => f(x!, right) };
    const left = known(b, 0);
    if (left !== undefined) return { combine: ([y]) => reflected(y!, left) };
    return { combine: ([x, y]) => f(x!, y ?? x!) };
  };
}

/** Softmax and its logarithm: along one axis since version 13, along all from one axis on before. */
function alongAxis(kind: string, f: (x: CrypTensor, axis: number) => CrypTensor): OnnxOperator[] {
  return [
    unaryOf(kind, (b) => (x) => {
      const axis = b.number("axis", 1);
      const at = axis < 0 ? axis + x.ndim : axis;
      const rows = x.shape.slice(0, at).reduce((p, q) => p * q, 1);
      return f(x.reshape([rows, x.size / Math.max(1, rows)]), 1).reshape(x.shape);
    }),
    unaryOf(kind, (b) => (x) => f(x, b.number("axis", -1)), 13),
  ];
}

/** Operators of elements. */
export const elementOperators: OperatorTable = {
  Abs: [unary("Abs", (x) => x.abs())],
  Cos: [unary("Cos", (x) => x.cos())],
  Div: [{ since: 1, lower: binary((x, y) => x.div(y), (y, x) => y.reciprocal().mul(x)) }],
  Dropout: [unary("Dropout", (x) => x.alias(x.context))],
  Elu: [unaryOf("Elu", (b) => (x) => x.elu(b.number("alpha", 1)))],
  Erf: [unary("Erf", (x) => x.erf())],
  Exp: [unary("Exp", (x) => x.exp())],
  Gelu: [unaryOf("Gelu", (b) => (x) => x.gelu(text(b, "approximate", "none") as "none" | "tanh"), 20)],
  HardSigmoid: [
    unaryOf(
      "HardSigmoid",
      (b) => (x) => x.mul(b.number("alpha", 0.2)).add(b.number("beta", 0.5)).clamp(0, 1),
    ),
  ],
  HardSwish: [unary("HardSwish", (x) => x.hardSwish(), 14)],
  Identity: [unary("Identity", (x) => x.alias(x.context))],
  LeakyRelu: [unaryOf("LeakyRelu", (b) => (x) => x.leakyRelu(b.number("alpha", 0.01)))],
  Log: [unary("Log", (x) => x.log())],
  LogSoftmax: alongAxis("LogSoftmax", (x, axis) => x.logSoftmax(axis)),
  Mish: [unary("Mish", (x) => x.mish(), 18)],
  Mul: [{ since: 1, lower: binary((x, y) => x.mul(y), (y, x) => y.mul(x)) }],
  Neg: [unary("Neg", (x) => x.neg())],
  Reciprocal: [unary("Reciprocal", (x) => x.reciprocal())],
  Selu: [unary("Selu", (x) => x.selu())],
  Sigmoid: [unary("Sigmoid", (x) => x.sigmoid())],
  Sin: [unary("Sin", (x) => x.sin())],
  Softmax: alongAxis("Softmax", (x, axis) => x.softmax(axis)),
  Softplus: [unary("Softplus", (x) => x.softplus())],
  Sqrt: [unary("Sqrt", (x) => x.sqrt())],
  Sub: [{ since: 1, lower: binary((x, y) => x.sub(y), (y, x) => y.neg().add(x)) }],
  Tanh: [unary("Tanh", (x) => x.tanh())],
};
