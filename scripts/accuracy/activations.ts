/**
 * The activation functions: what each computes, where, and how exactly.
 *
 * @module
 */
import type { CrypTensor } from "../../mod.ts";
import { clip, everywhere, FAR, type FunctionRow } from "./function_row.ts";
import { bothSigns, ULP } from "./points.ts";
import { erfOf } from "./stated.ts";

const logistic = (x: number): number => 1 / (1 + Math.exp(-x));
const softplusOf = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/** A function that is the same everywhere. */
function activation(
  name: string,
  text: string,
  bend: number,
  apply: (x: CrypTensor) => CrypTensor,
  f: (x: number) => number,
  absolute: number,
): FunctionRow {
  const edges = [...FAR, bend, -bend, bend - 0.25, 0.25 - bend];
  return { name, text, domain: "all", spans: [everywhere(bend * 1.1)], edges, apply, f, error: { absolute } };
}

const hardOf = (x: number): number => clip(x / 6 + 0.5, 0, 1);
const eluOf = (x: number, alpha: number): number => x >= 0 ? x : alpha * Math.expm1(x);
const SELU = [1.6732632423543772, 1.0507009873554805] as const;

/** All of them. */
export const activations: readonly FunctionRow[] = [
  activation("sigmoid", "1/(1 + e^-x)", 16, (x) => x.sigmoid(), logistic, 6e-5),
  activation("tanh", "hyperbolic tangent", 8, (x) => x.tanh(), Math.tanh, 1e-4),
  activation("erf", "error function", 4, (x) => x.erf(), erfOf, 5e-5),
  activation("gelu", "x·Phi(x)", 8, (x) => x.gelu(), (x) => x * (1 + erfOf(x / Math.SQRT2)) / 2, 5e-5),
  activation(
    "gelu (tanh)",
    "x·(1 + tanh(√(2/π)·(x + 0.044715·x³)))/2",
    8,
    (x) => x.gelu("tanh"),
    (x) => x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))) / 2,
    5e-5,
  ),
  activation("silu", "x·sigmoid(x)", 16, (x) => x.silu(), (x) => x * logistic(x), 6e-5),
  activation("softplus", "ln(1 + e^x)", 16, (x) => x.softplus(), softplusOf, 6e-5),
  activation("mish", "x·tanh(softplus(x))", 16, (x) => x.mish(), (x) => x * Math.tanh(softplusOf(x)), 6e-5),
  activation("elu", "x, or e^x - 1 for x < 0", 15.5, (x) => x.elu(), (x) => eluOf(x, 1), 5e-5),
  {
    ...activation("selu", "scaled elu", 15.5, (x) => x.selu(), (x) => SELU[1] * eluOf(x, SELU[0]), 1.2e-4),
    domain: "|x| < 2^29",
    spans: [[{ from: -17, to: 17 }, ...bothSigns(ULP, 2 ** 29)]],
    edges: [0, 1, -1, -15.5, 1e4, -1e4],
    error: { absolute: 1.2e-4, also: { text: "4e-6·|x|", of: (x) => 4e-6 * Math.abs(x) } },
  },
  activation(
    "elu (alpha 100)",
    "x, or 100·(e^x - 1) for x < 0",
    15.5,
    (x) => x.elu(100),
    (x) => eluOf(x, 100),
    5e-3,
  ),
  {
    ...activation(
      "selu (factors 2 and 3)",
      "3·elu(x, 2)",
      15.5,
      (x) => x.selu(2, 3),
      (x) => 3 * eluOf(x, 2),
      3e-4,
    ),
    domain: "|x| < 2^28",
    spans: [[{ from: -17, to: 17 }, ...bothSigns(ULP, 2 ** 28)]],
    edges: [0, 1, -1, -15.5, 1e4, -1e4],
  },
  ...[0.3, 2].map((alpha): FunctionRow => ({
    ...activation("celu", "", 15.5 * alpha, (x) => x.celu(alpha), (x) => alpha * eluOf(x / alpha, 1), 0),
    name: `celu (alpha ${alpha})`,
    text: `x, or ${alpha}·(e^(x/${alpha}) - 1) for x < 0`,
    domain: "|x| < 2^28",
    spans: [[{ from: -17 * alpha, to: 17 * alpha }, ...bothSigns(ULP, 2 ** 28)]],
    edges: [0, 1, -1, -15.5 * alpha, 1e4, -1e4],
    error: {
      absolute: Number((5e-5 * (1 + alpha)).toPrecision(2)),
      also: { text: "2^-15·|x|", of: (x) => 2 * ULP * Math.abs(x) },
    },
  })),
  ...[0.5, 1.702, 8].map((alpha) =>
    activation(
      `swish (alpha ${alpha})`,
      `x·sigmoid(${alpha}·x)`,
      2 ** Math.ceil(Math.log2(12.5 / alpha)),
      (x) => x.swish(alpha),
      (x) => x * logistic(alpha * x),
      8e-5 * Math.max(1, 1 / alpha),
    )
  ),
  {
    ...activation("softsign", "x/(1 + |x|)", 4, (x) => x.softsign(), (x) => x / (1 + Math.abs(x)), 5e-5),
    domain: "|x| < 2^21",
    spans: [[{ from: -4, to: 4 }, ...bothSigns(ULP, 2 ** 21)]],
    edges: [0, 1, -1, 1e4, -1e4],
  },
  {
    ...activation("hardSigmoid", "clamp(x/6 + 1/2, 0, 1)", 4, (x) => x.hardSigmoid(), hardOf, 0),
    domain: "|x| < 2^45",
    spans: [[{ from: -4, to: 4 }, ...bothSigns(ULP, 2 ** 45)]],
    edges: [0, 1, -1, 3, -3, 1e4, -1e4, 1e13, -1e13],
    error: { ulps: 3 },
  },
  {
    ...activation("hardSwish", "x·clamp(x/6 + 1/2, 0, 1)", 4, (x) => x.hardSwish(), (x) => x * hardOf(x), 0),
    domain: "|x| < 2^27",
    spans: [[{ from: -4, to: 4 }, ...bothSigns(ULP, 2 ** 27)]],
    edges: [0, 1, -1, 3, -3, 1e4, -1e4],
    error: { ulps: 2, also: { text: "2^-16·|result|", of: (x) => ULP * Math.abs(x * hardOf(x)) } },
  },
];
