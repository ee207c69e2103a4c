import type { OnnxAttribute } from "../../nn/onnx/model.ts";
import type { Tensor } from "../../ops/plaintext.ts";
import { runs } from "../arbitraries.ts";
import { fc } from "../deps.ts";
import { real, result, values } from "./clear_node.ts";
import {
  broadcasting,
  but,
  checkNodes,
  integers,
  type NodeCase,
  type Numbers,
  reals,
  truths,
} from "./operator_check.ts";

/** Stated errors of functions are 1e-4 or better, of what is rounded to 2^-17 before. */
const FUNCTION = (want: number): number => 1.2e-4 * (1 + Math.abs(want));
/** A product is truncated once, after another one by a public factor twice. */
const PRODUCT = (want: number): number => 2 ** -14 + 2 ** -15 * Math.abs(want);

/** An operator, and operands that it is given. */
interface Row {
  readonly op: string;
  /** Kinds of operands; each row of the list is tried. */
  readonly kinds: readonly (readonly Numbers[])[];
  readonly error?: (want: number) => number;
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
  readonly domain?: string;
  /** What must come out; what the evaluator of public nodes says by default. */
  readonly f?: (x: number, y?: number) => number;
}

const [R, Z, B] = [reals(-100, 100), integers(-1000, 1000), truths];
const near = reals(-3, 3);
const divisors = but(reals(-50, 50), (x) => Math.abs(x) < 0.25);
const few = integers(-2, 2);
const nonzero = but(integers(-100, 100), (x) => x === 0);

const arithmetic: readonly Row[] = [
  { op: "Add", kinds: [[R, R], [Z, Z]] },
  { op: "Sub", kinds: [[R, R], [Z, Z]] },
  { op: "Mul", kinds: [[R, R]], error: PRODUCT },
  { op: "Mul", kinds: [[Z, Z]] },
  { op: "Div", kinds: [[R, divisors]], error: (want) => 2e-4 + 1e-4 * Math.abs(want) },
  { op: "Div", kinds: [[Z, nonzero]] },
  { op: "Mod", kinds: [[Z, nonzero]] },
  { op: "Mod", kinds: [[Z, nonzero], [R, divisors]], attributes: { fmod: 1 } },
  { op: "Min", kinds: [[R], [R, R], [Z, Z, Z]] },
  { op: "Max", kinds: [[R], [R, R], [Z, Z, Z]] },
  { op: "Sum", kinds: [[R], [R, R], [R, R, R]] },
  { op: "Mean", kinds: [[R], [R, R], [R, R, R]], error: PRODUCT },
];

const signs: readonly Row[] = ["Neg", "Abs", "Sign", "Floor", "Ceil", "Round"].map((op) => ({
  op,
  kinds: [[R], [Z]],
}));

const choices: readonly Row[] = [
  ...["Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual"].map((op) => ({
    op,
    kinds: [[near, near], [few, few]],
  })),
  ...["And", "Or", "Xor"].map((op) => ({ op, kinds: [[B, B]] })),
  { op: "Not", kinds: [[B]] },
  { op: "Where", kinds: [[B, R, R], [B, Z, Z], [B, B, B]] },
  ...["BitwiseAnd", "BitwiseOr", "BitwiseXor"].map((op) => ({ op, kinds: [[Z, Z]] })),
];

const unit = reals(-1, 1);
const positive = reals(2 ** -4, 1000);
const functions: readonly Row[] = Object.entries<Numbers>({
  Acos: unit,
  Acosh: reals(1, 100),
  Asin: unit,
  Asinh: R,
  Atan: R,
  Atanh: reals(-0.98, 0.98),
  Cos: R,
  Cosh: near,
  Erf: near,
  Exp: near,
  Log: positive,
  Reciprocal: divisors,
  Sigmoid: R,
  Sin: R,
  Sinh: near,
  Sqrt: positive,
  Tan: reals(-1.2, 1.2),
  Tanh: near,
}).map(([op, numbers]) => ({ op, kinds: [[numbers]], error: (want) => 5 * FUNCTION(want) }));

const logistic = (x: number): number => 1 / (1 + Math.exp(-x));
const phi = (x: number): number => x * (1 + erf(x / Math.SQRT2)) / 2;
const gelu = (x: number): number => x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))) / 2;
/** The error function, as the evaluator of public nodes has it. */
const erf = (x: number): number => result("Erf", [real([x])]).at(0);
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const clamp = (x: number, low: number, high: number): number => Math.min(Math.max(x, low), high);
const elu = (x: number, alpha: number): number => x > 0 ? x : alpha * Math.expm1(x);

const activations: readonly Row[] = ([
  ["Celu", { alpha: 2 }, (x) => x > 0 ? x : 2 * Math.expm1(x / 2)],
  ["Elu", { alpha: 1.5 }, (x) => elu(x, 1.5)],
  ["Gelu", {}, phi],
  ["Gelu", { approximate: "tanh" }, gelu],
  ["HardSigmoid", {}, (x) => clamp(0.2 * x + 0.5, 0, 1)],
  ["HardSigmoid", { alpha: 1 / 6 }, (x) => clamp(x / 6 + 0.5, 0, 1)],
  ["HardSigmoid", { alpha: 0.75, beta: 0.25 }, (x) => clamp(0.75 * x + 0.25, 0, 1)],
  ["HardSwish", {}, (x) => x * clamp(x / 6 + 0.5, 0, 1)],
  ["LeakyRelu", { alpha: 0.1 }, (x) => x > 0 ? x : 0.1 * x],
  ["Mish", {}, (x) => x * Math.tanh(softplus(x))],
  ["Relu", {}, (x) => Math.max(x, 0)],
  ["Selu", {}, (x) => 1.0507009873554805 * elu(x, 1.6732632423543772)],
  ["Selu", { alpha: 2, gamma: 3 }, (x) => 3 * elu(x, 2)],
  ["Shrink", {}, (x) => Math.abs(x) > 0.5 ? x : 0],
  ["Shrink", { lambd: 1.5, bias: 1.5 }, (x) => x - clamp(x, -1.5, 1.5)],
  ["Shrink", { lambd: 0.75, bias: 0.3 }, (x) => Math.abs(x) > 0.75 ? x - Math.sign(x) * 0.3 : 0],
  ["Softplus", {}, softplus],
  ["Softsign", {}, (x) => x / (1 + Math.abs(x))],
  ["Swish", {}, (x) => x * logistic(x)],
  ["Swish", { alpha: 0.25 }, (x) => x * logistic(0.25 * x)],
  ["ThresholdedRelu", {}, (x) => x > 1 ? x : 0],
  ["ThresholdedRelu", { alpha: -0.5 }, (x) => x > -0.5 ? x : 0],
] as [string, Record<string, OnnxAttribute>, (x: number) => number][]).map(([op, attributes, f]) => ({
  op,
  kinds: [[reals(-20, 20)]],
  attributes,
  error: (want) => 4 * FUNCTION(want),
  f,
}));

const domain = "com.microsoft";
const runtime: readonly Row[] = [
  { op: "Gelu", domain, kinds: [[near]], error: FUNCTION, f: phi },
  { op: "QuickGelu", domain, kinds: [[near]], error: FUNCTION, f: (x) => x * logistic(1.702 * x) },
  { op: "BiasGelu", domain, kinds: [[near, near]], error: FUNCTION, f: (x, y) => phi(x + y!) },
  { op: "FastGelu", domain, kinds: [[near], [near, near]], error: FUNCTION, f: (x, y = 0) => gelu(x + y) },
];

/** What a row says must come out. */
function expected({ op, f, ...options }: Row, operands: readonly Tensor[]): Tensor {
  if (f === undefined) return result(op, operands, options);
  const sum = result(operands.length === 1 ? "Identity" : "Add", operands);
  if (operands.length === 1) return real(values(sum).map((x) => f(x)), sum.shape);
  // Of two operands only the sum matters.
  return real(values(sum).map((x) => f(x, 0)), sum.shape);
}

/** Operands of some kinds for a row. */
function caseOf(row: Row, kinds: readonly Numbers[]): fc.Arbitrary<NodeCase> {
  const { op, attributes = {}, domain = "", error } = row;
  return broadcasting(...kinds).map((operands) => {
    const one: NodeCase = { op, attributes, domain, error, operands, expected: [expected(row, operands)] };
    const shown = operands.map((x) => `${x}`).join("; ");
    return Object.assign(one, { [fc.toStringMethod]: () => `${op} ${fc.stringify(attributes)} of ${shown}` });
  });
}

for (
  const [title, rows] of Object.entries({
    "arithmetic": arithmetic,
    "signs and rounding": signs,
    "comparisons, logic and choices": choices,
    "functions": functions,
    "activations": activations,
    "activations of ONNX Runtime": runtime,
  })
) {
  Deno.test(`ONNX: ${title} of secret and public operands`, async () => {
    const draw = fc.tuple(...rows.flatMap((row) => row.kinds.map((kinds) => caseOf(row, kinds))));
    await fc.assert(fc.asyncProperty(draw, (cases) => checkNodes(cases)), runs(4));
  });
}
