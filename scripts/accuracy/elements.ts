/**
 * The fixed-point functions of elements: what each computes, where, and how exactly. Laws, measurements and the operation table
 * read it.
 *
 * @module
 */
import type { CrypTensor } from "../../mod.ts";
import { powReal } from "../../ops/functions/power.ts";
import { bothSigns, type Span, ULP } from "./points.ts";
import { activations } from "./activations.ts";
import { clip, FAR, type FunctionRow, LARGEST } from "./function_row.ts";

const TOP = 2 ** 30;

function exponential(
  name: string,
  text: string,
  range: readonly [low: number, high: number],
  apply: (x: CrypTensor) => CrypTensor,
  f: (x: number) => number,
  less = 0,
): FunctionRow {
  const [low, high] = range;
  return {
    name,
    text,
    domain: `x ≤ ${high}; 0 below ${low}${less > 0 ? " before 1 is taken away" : ""}, the end beyond`,
    spans: [[{ from: low - 1, to: high + 1 }, { from: -1, to: 1 }, ...bothSigns(high, LARGEST)]],
    edges: [...FAR, low, high, 1e5, -1e5],
    apply,
    f: (x) => (x < low ? 0 : f(Math.min(x, high))) - less,
    error: {
      ulps: 2,
      also: { text: `1e-5·${less > 0 ? "e^x" : "|result|"}`, of: (x) => 1e-5 * f(clip(x, low, high)) },
    },
  };
}

const exponentials: readonly FunctionRow[] = [
  exponential("exp", "e^x", [-12, 20.75], (x) => x.exp(), Math.exp),
  {
    name: "exp (nonPositive)",
    text: "e^x for x ≤ 0",
    domain: "x ≤ 0; 0 below -15.5",
    spans: [[{ from: -16, to: 0 }, { from: -LARGEST, to: -ULP, log: true }]],
    edges: FAR.filter((x) => x <= 0).concat(0, -15.5),
    apply: (x) => x.exp({ nonPositive: true }),
    f: (x) => x < -15.5 ? 0 : Math.exp(x),
    error: { also: { text: "4e-5", of: () => 4e-5 } },
  },
  exponential("exp2", "2^x", [-17, 29.9], (x) => x.exp2(), (x) => 2 ** x),
  exponential("expm1", "e^x - 1", [-12, 20.75], (x) => x.expm1(), Math.exp, 1),
];

const positives: readonly Span[] = [{ from: ULP, to: TOP - 1, log: true }, { from: 0, to: 8 }];
const positiveEdges = [...FAR, ULP, 2 * ULP, TOP - 1, TOP + 1, 4, 16, 0.25];

function logarithm(
  name: string,
  text: string,
  apply: (x: CrypTensor) => CrypTensor,
  f: (x: number) => number,
): FunctionRow {
  return {
    name,
    text,
    domain: "2^-16 ≤ x < 2^30; the nearest end beyond",
    spans: [positives],
    edges: positiveEdges,
    apply,
    f: (x) => f(clip(x, ULP, TOP)),
    error: { absolute: 4e-5 },
  };
}

const logarithms: readonly FunctionRow[] = [
  logarithm("log", "natural logarithm", (x) => x.log(), Math.log),
  logarithm("log2", "binary logarithm", (x) => x.log2(), Math.log2),
  logarithm("log10", "decimal logarithm", (x) => x.log10(), Math.log10),
  {
    ...logarithm("log1p", "ln(1 + x)", (x) => x.log1p(), Math.log),
    domain: "x > -1, up to 2^30; the nearest end beyond",
    spans: [[...positives, { from: -1, to: 0 }]],
    edges: [...positiveEdges, -1, ULP - 1],
    f: (x) => Math.log(clip(1 + x, ULP, TOP)),
  },
];

const near = { relative: 1.5e-5, ulps: 1 };
const WIDE = 2 ** 22;
const inverse = (x: number): number => Math.abs(x) >= WIDE ? 0 : x === 0 ? 2 ** 16 : 1 / x;
const invertible: readonly Span[] = bothSigns(ULP, WIDE - 1);
const inverseEdges = [...FAR, ULP, -ULP, WIDE, -WIDE, 4, 0.25];

const roots: readonly FunctionRow[] = [
  {
    name: "reciprocal",
    text: "1/x",
    domain: "2^-16 ≤ |x| < 2^22; 0 counts as 2^-16, 0 beyond",
    spans: [[...invertible, { from: -4, to: 4 }]],
    edges: inverseEdges,
    apply: (x) => x.reciprocal(),
    f: inverse,
    error: near,
  },
  {
    name: "reciprocal (positive)",
    text: "1/x for x > 0",
    domain: "2^-16 ≤ x < 2^22; what is smaller counts as 2^-16, 0 beyond",
    spans: [[{ from: ULP, to: WIDE - 1, log: true }, { from: 0, to: 4 }]],
    edges: [ULP, 0, 1, WIDE, 4, 0.25],
    apply: (x) => x.reciprocal({ positive: true }),
    f: (x) => inverse(Math.max(x, ULP)),
    error: near,
  },
  {
    name: "div (secret divisor)",
    text: "x/y",
    domain: "|x| < 2^22, 2^-16 ≤ |y| < 2^22, |x/y| < 2^21",
    spans: [bothSigns(ULP, 2 ** 21 - 1), invertible],
    edges: [0, 1, -1, 1e4, ULP, -ULP],
    // The first point is the quotient; where that makes x too large, x is as large as it may be.
    place: (q, y) => [clip(q * y, 1 - WIDE, WIDE - 1), y],
    apply: (x, y) => x.div(y),
    f: (x, y) => x * inverse(y),
    error: {
      ...near,
      also: { text: "4e-6/|y|", of: (_x, y) => 4e-6 / Math.max(Math.abs(y), ULP) },
    },
  },
  {
    name: "sqrt",
    text: "square root",
    domain: "0 ≤ x < 2^30; 0 below, 2^15 beyond",
    spans: [positives],
    edges: positiveEdges,
    apply: (x) => x.sqrt(),
    f: (x) => Math.sqrt(clip(x, 0, TOP)),
    error: near,
  },
  {
    name: "rsqrt",
    text: "1/√x",
    domain: "2^-16 ≤ x < 2^30; 2^8 below, 0 beyond",
    spans: [positives],
    edges: positiveEdges,
    apply: (x) => x.rsqrt(),
    f: (x) => x >= TOP ? 0 : 1 / Math.sqrt(Math.max(x, ULP)),
    error: near,
  },
];

/** Exponents that are tried. */
const EXPONENTS: readonly Span[] = [{ from: -3, to: 3 }];

/** x^p, where that is what e^20.75 at most. */
const powerOf = (x: number, p: number): number => Math.exp(Math.min(20.75, p * Math.log(Math.max(x, ULP))));

/** x to a secret power, or to a public one. */
function power(name: string, p: number | undefined): FunctionRow {
  const q = (y: number): number => p ?? y;
  return {
    name,
    text: "x^p for x > 0",
    domain: "2^-16 ≤ x < 2^30, x^p < e^20",
    spans: p === undefined ? [[{ from: 2 ** -6, to: 2 ** 9, log: true }], EXPONENTS] : [[{
      from: 2 ** -12,
      to: 2 ** 12,
      log: true,
    }]],
    edges: [1, 0.5],
    apply: (x, y) => powReal(x, p ?? y),
    f: (x, y) => powerOf(x, q(y)),
    error: {
      ulps: 2,
      also: {
        text: "(4e-5·|p| + 3e-5)·x^p",
        of: (x, y) => (4e-5 * Math.abs(q(y)) + 3e-5) * powerOf(x, q(y)),
      },
    },
  };
}

const powers: readonly FunctionRow[] = [
  power("pow (real exponent)", -1.7),
  power("pow (secret exponent)", undefined),
];

const turning = { text: "8e-10·|x|", of: (x: number) => 8e-10 * Math.abs(x) };
const turns: readonly Span[] = [{ from: -7, to: 7 }, { from: -1000, to: 1000 }, ...bothSigns(1e3, 2 ** 20)];
const turnEdges = [0, 1, -1, Math.PI, -Math.PI, Math.PI / 2, 1000, -1000, 60000, -60000];

const trigonometry: readonly FunctionRow[] = [
  {
    name: "sin",
    text: "sine",
    domain: "all",
    spans: [turns],
    edges: turnEdges,
    apply: (x) => x.sin(),
    f: Math.sin,
    error: { absolute: 5e-5, also: turning },
  },
  {
    name: "cos",
    text: "cosine",
    domain: "all",
    spans: [turns],
    edges: turnEdges,
    apply: (x) => x.cos(),
    f: Math.cos,
    error: { absolute: 5e-5, also: turning },
  },
  {
    name: "tan",
    text: "tangent",
    domain: "all",
    spans: [[{ from: -7, to: 7 }, { from: -1000, to: 1000 }]],
    edges: [0, 1, -1, Math.PI],
    apply: (x) => x.tan(),
    f: Math.tan,
    error: { also: { text: "1e-4·(1 + tan²)", of: (x) => 1e-4 * (1 + Math.tan(x) ** 2) } },
  },
];

/** A function whose error is stated between two ends, and which stays there beyond them. */
function between(
  name: string,
  text: string,
  spans: readonly Span[],
  apply: (x: CrypTensor) => CrypTensor,
  f: (x: number) => number,
  rest: Pick<FunctionRow, "domain" | "edges" | "error">,
): FunctionRow {
  return { name, text, spans: [spans], apply, f, ...rest };
}

const unit = {
  domain: "-1 ≤ x ≤ 1; the nearest end beyond",
  edges: [0, 1, -1, 2, -3, 1e4, -1e9],
  error: { absolute: 7e-5 },
};
const units: readonly Span[] = [{ from: -1, to: 1 }, { from: 1 - 2 ** -6, to: 1 }, {
  from: 2 ** -6 - 1,
  to: -1,
}];
const growing = { text: "1e-5·cosh x", of: (x: number) => 1e-5 * Math.cosh(clip(x, -20.75, 20.75)) };
const steep = {
  domain: "|x| ≤ 20.75; the nearest end beyond",
  edges: [0, 1, -1, 12, -12, 20.75, -20.75, 1e4, -1e4],
  error: { ulps: 3, also: growing },
};
const growth: readonly Span[] = [{ from: -21, to: 21 }, { from: -1, to: 1 }];
const slow: readonly Span[] = [{ from: -8, to: 8 }, ...bothSigns(ULP, 2 ** 14)];

const arcs: readonly FunctionRow[] = [
  between("asin", "arc sine", units, (x) => x.asin(), (x) => Math.asin(clip(x, -1, 1)), unit),
  between("acos", "arc cosine", units, (x) => x.acos(), (x) => Math.acos(clip(x, -1, 1)), unit),
  between(
    "atan",
    "arc tangent",
    [{ from: -9, to: 9 }, { from: -70, to: 70 }, ...bothSigns(ULP, LARGEST)],
    (x) => x.atan(),
    Math.atan,
    { domain: "all", edges: [...FAR, 8, -8, 64, -64, 1024, -1024, 16384, -16384], error: { absolute: 7e-5 } },
  ),
  between(
    "sinh",
    "hyperbolic sine",
    growth,
    (x) => x.sinh(),
    (x) => Math.sinh(clip(x, -20.75, 20.75)),
    steep,
  ),
  between(
    "cosh",
    "hyperbolic cosine",
    growth,
    (x) => x.cosh(),
    (x) => Math.cosh(clip(x, -20.75, 20.75)),
    steep,
  ),
  between("asinh", "inverse of sinh", slow, (x) => x.asinh(), Math.asinh, {
    domain: "|x| < 2^14",
    edges: [0, 1, -1, 8, 16000, -16000],
    error: { absolute: 8e-5 },
  }),
  between(
    "acosh",
    "inverse of cosh",
    [{ from: 1, to: 2 ** 14, log: true }, { from: 1, to: 1.1 }, { from: ULP, to: 1 }],
    (x) => x.acosh(),
    (x) => x < 1 ? Math.log(clip(x, ULP, 1)) : Math.acosh(x),
    { domain: "1 ≤ x < 2^14; ln x below", edges: [1, 2, 16000, 0], error: { absolute: 8e-5 } },
  ),
  between(
    "atanh",
    "inverse of tanh",
    units,
    (x) => x.atanh(),
    (x) => (Math.log(clip(1 + x, ULP, TOP)) - Math.log(clip(1 - x, ULP, TOP))) / 2,
    {
      domain: "-1 < x < 1; 1 ± x counts as 2^-16 where it is less",
      edges: [0, 1, -1, 2, -3, 1e4, -1e4],
      error: { absolute: 5e-5 },
    },
  ),
];

/** All functions of elements. */
export const FUNCTIONS: readonly FunctionRow[] = [
  ...activations,
  ...exponentials,
  ...logarithms,
  ...roots,
  ...powers,
  ...trigonometry,
  ...arcs,
];
