/**
 * How far the answer to a case may be off.
 *
 * @module
 */
import type { Case } from "./corpus.ts";

/** |got - want| <= absolute + relative·|want|. */
export interface Tolerance {
  readonly absolute: number;
  readonly relative: number;
}

/** Functions are stated to be within 1e-4 or better; their operands and weights are rounded to 2^-17 before. */
const USUAL = 2e-4;

/** Operators that add products, or powers, of many rounded numbers. */
const SUMS = [
  "Conv",
  "ConvTranspose",
  "DFT",
  "Einsum",
  "GRU",
  "Gemm",
  "LSTM",
  "MatMul",
  "RNN",
  "ReduceL2",
  "ReduceProd",
  "ReduceSumSquare",
  "STFT",
];

/** Operators whose stated error is another, with the reason. */
const EXCEPTIONS: Readonly<Record<string, { readonly factor: number; readonly reason: string }>> = {};

/** Bits of the fractions of narrow floats: their answers are rounded to them, ours are not. */
const NARROW: Readonly<Record<string, number>> = { float16: 10, bfloat16: 7 };

/** The largest number of terms that can make up one element of the result of a sum. */
function fanIn(one: Case): number {
  const sizes = Object.values(one.inputs).map((t) => t.size);
  const results = Object.values(one.outputs).map((t) => t.size);
  const [first = 1, second = 1] = sizes.toSorted((a, b) => b - a);
  // A product of an m×k and a k×n matrix: √(mk·kn/mn) = k. A sum over all of one operand: its size.
  const result = Math.max(1, ...results);
  return Math.max(1, Math.sqrt(first * second / result), first / result);
}

/** The tolerance of an output. */
export function toleranceOf(one: Case, output: string): Tolerance {
  const sums = one.operators.some((name) => SUMS.includes(name)) ? Math.sqrt(fanIn(one)) : 1;
  const factor = Math.max(1, ...one.operators.map((name) => EXCEPTIONS[name]?.factor ?? 1));
  const both = USUAL * sums * factor;
  const bits = NARROW[one.types[output] ?? ""];
  return { absolute: both, relative: both + (bits === undefined ? 0 : 2 ** -bits) };
}
