/**
 * How far the real answers to a case may be off.
 *
 * @module
 */
import type { Case } from "./corpus.ts";

/** How far an answer may be off where this is wanted. */
export type Tolerance = (want: number) => number;

/** Functions are stated to be within 1e-4 or better; their operands and weights are rounded to 2^-17 before. */
const USUAL = 2e-4;

/** Operators that add products of rounded numbers: roundings of n terms add up to √n times those of one. */
const SUMS = ["Conv", "ConvTranspose", "DFT", "Einsum", "GRU", "Gemm", "LSTM", "MatMul", "RNN", "STFT"];

/** Operators of which more is stated. */
const EXCEPTIONS: Readonly<Record<string, { readonly allowed: Tolerance; readonly reason: string }>> = {
  Pow: {
    allowed: (want) => USUAL + 5e-4 * Math.abs(want),
    reason: "stated: (4e-5·|p| + 3e-5)·x^p, with exponents up to 6; the roundings of x and p come on top",
  },
  Tan: {
    allowed: (want) => USUAL * (1 + want ** 2),
    reason: "stated: 1e-4·(1 + tan²), which is also how far a rounded operand carries",
  },
};

/** Bits of the fractions of narrow floats: the wanted answers are rounded to them, ours are not. */
const NARROW: Readonly<Record<string, number>> = { float16: 10, bfloat16: 7 };

/** About how many terms make up one element of the result of a sum. */
function fanIn(one: Case): number {
  const [first = 1, second = 1] = Object.values(one.inputs).map((t) => t.size).toSorted((a, b) => b - a);
  const result = Math.max(1, ...Object.values(one.outputs).map((t) => t.size));
  // A product of an m×k and a k×n matrix: √(mk·kn/mn) = k.
  return Math.max(1, Math.sqrt(first * second / result));
}

/** The tolerance of an output. */
export function toleranceOf(one: Case, output: string): Tolerance {
  const factor = one.operators.some((name) => SUMS.includes(name)) ? Math.sqrt(fanIn(one)) : 1;
  const bits = NARROW[one.types[output] ?? ""];
  const rounding = bits === undefined ? 0 : 2 ** -bits;
  const stated = one.operators.map((name) => EXCEPTIONS[name]).filter((e) => e !== undefined);
  return (want) =>
    Math.max(factor * USUAL * (1 + Math.abs(want)), ...stated.map(({ allowed }) => allowed(want))) +
    rounding * Math.abs(want);
}
