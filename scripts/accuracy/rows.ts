/**
 * The fixed-point functions of rows: what each computes, where, and how exactly. Laws, measurements and the operation table
 * read it.
 *
 * @module
 */
import type { CrypTensor } from "../../mod.ts";
import { ULP } from "./points.ts";

/** A stated error: a number, and what depends on the rows and the result. */
export interface RowError {
  /** Absolute. */
  readonly absolute: number;
  /** Further, with its text. */
  readonly also?: {
    readonly text: string;
    readonly of: (x: readonly number[], y: readonly number[], result: number) => number;
  };
}

/** A function along an axis, of one row or of two. */
export interface RowFunction {
  /** Its name. */
  readonly name: string;
  /** What it computes. */
  readonly text: string;
  /** Where the error is stated, in words. */
  readonly domain: string;
  /** Number of operands. */
  readonly operands: 1 | 2;
  /** The row of each kind of row that is tried, from numbers in [-1, 1); of length 2 at least where one has no spread. */
  readonly kinds: readonly ((row: readonly number[]) => readonly number[])[];
  /** Whether a row gives a row; else one number. */
  readonly keeps: boolean;
  /** Fewest elements. */
  readonly least: number;
  /** The function of the library for [rows, n], along the last axis. */
  readonly apply: (x: CrypTensor, y: CrypTensor) => CrypTensor;
  /** The function in plain numbers. */
  readonly f: (x: readonly number[], y: readonly number[]) => readonly number[];
  /** The stated error. */
  readonly error: RowError;
}

const total = (row: readonly number[]): number => row.reduce((a, b) => a + b, 0);

function shifted(row: readonly number[]): { top: number; sum: number } {
  const top = row.reduce((a, b) => Math.max(a, b), -Infinity);
  return { top, sum: total(row.map((v) => Math.exp(v - top))) };
}

const times = (factor: number) => (row: readonly number[]): number[] => row.map((v) => v * factor);

/** Logits: small, usual and huge ones, all equal ones, and ones of which a mask takes away some. */
const logits: RowFunction["kinds"] = [
  times(1),
  times(6),
  times(40),
  // As large as plain numbers can be and keep 16 fraction bits.
  times(2 ** 35),
  (row) => row.map(() => 3),
  (row) => row.map((v, i) => v * 4 - (i % 3 === 1 ? 1e4 : 0)),
  (row) => row.map((v, i) => i === 0 ? v : v - 12),
];

const softmaxes: readonly RowFunction[] = [
  {
    name: "softmax",
    text: "e^x over the sum of all",
    domain: "all; 0 for what is 15.5 or more below the largest",
    operands: 1,
    kinds: logits,
    keeps: true,
    least: 1,
    apply: (x) => x.softmax(-1),
    f(row) {
      const { top, sum } = shifted(row);
      return row.map((v) => Math.exp(v - top) / sum);
    },
    error: { absolute: 5e-5 },
  },
  {
    name: "logSoftmax",
    text: "ln(softmax(x))",
    domain: "all",
    operands: 1,
    kinds: logits,
    keeps: true,
    least: 1,
    apply: (x) => x.logSoftmax(-1),
    f(row) {
      const { top, sum } = shifted(row);
      return row.map((v) => v - top - Math.log(sum));
    },
    error: { absolute: 6e-5 },
  },
  {
    name: "logSumExp",
    text: "ln(sum of e^x)",
    domain: "all",
    operands: 1,
    kinds: logits,
    keeps: false,
    least: 1,
    apply: (x) => x.logSumExp({ dim: -1 }),
    f(row) {
      const { top, sum } = shifted(row);
      return [top + Math.log(sum)];
    },
    error: { absolute: 6e-5 },
  },
];

const EPS = 1e-5;

/** With a mean of 0 and a standard deviation of 1; what has no spread gets some. */
function spread(row: readonly number[]): number[] {
  const uneven = row.map((v, i) => v + (i % 2 === 0 ? 0.5 : -0.5));
  const mean = total(uneven) / row.length;
  const deviation = Math.sqrt(total(uneven.map((v) => (v - mean) ** 2)) / row.length);
  return uneven.map((v) => (v - mean) / deviation);
}

/** Standard deviations from 0.2 to 200, around means up to 1000. */
const distributions: RowFunction["kinds"] =
  ([[0, 0.2], [0, 1], [-3, 0.5], [1000, 1], [0, 30], [-100, 200]] as const)
    .map(([mean, deviation]) => (row) => spread(row).map((v) => mean + deviation * v));

const meanOf = (row: readonly number[]): number => total(row) / row.length;
const deviationOf = (row: readonly number[]): number => {
  const mean = meanOf(row);
  return Math.sqrt(total(row.map((v) => (v - mean) ** 2)) / row.length + EPS);
};

/** Of a mean whose divisor is no power of two, and of an inverse root with 24 fraction bits. */
const NORM_ERROR: RowError = {
  absolute: 1e-4,
  also: {
    text: "2^-16·|mean|/deviation + 2^-24·√n·deviation·|result|",
    of: (x, _y, result) =>
      ULP * Math.abs(meanOf(x)) / deviationOf(x) +
      2 ** -24 * Math.sqrt(x.length) * deviationOf(x) * Math.abs(result),
  },
};

/** x - mean over sqrt(variance + eps). */
function standard(row: readonly number[]): number[] {
  const [mean, deviation] = [meanOf(row), deviationOf(row)];
  return row.map((v) => (v - mean) / deviation);
}

/** The rows as a matrix. */
const matrix = (x: CrypTensor): CrypTensor =>
  x.reshape([x.shape.slice(0, -1).reduce((a, b) => a * b, 1), x.shape.at(-1)!]);

const normalisation = (name: string, text: string, apply: (x: CrypTensor) => CrypTensor): RowFunction => ({
  name,
  text,
  domain: "standard deviations from 0.2 on; n·variance < 2^30",
  operands: 1,
  kinds: distributions,
  keeps: true,
  least: 2,
  apply,
  f: standard,
  error: NORM_ERROR,
});

const rootMean = (row: readonly number[]): number =>
  Math.sqrt(total(row.map((v) => v * v)) / row.length + EPS);
const lengthOf = (row: readonly number[]): number => Math.sqrt(total(row.map((v) => v * v)));

const normalisations: readonly RowFunction[] = [
  normalisation("layerNorm", "(x - mean)/√(variance + eps)", (x) => x.layerNorm(x.shape.slice(-1))),
  normalisation(
    "groupNorm",
    "as layerNorm, over groups of channels",
    (x) => matrix(x).unsqueeze(2).groupNorm(1).reshape(x.shape),
  ),
  normalisation(
    "instanceNorm",
    "as layerNorm, over each channel of a sample",
    (x) => matrix(x).unsqueeze(1).instanceNorm().reshape(x.shape),
  ),
  normalisation(
    "batchNorm",
    "as layerNorm, over each channel of a batch",
    (x) => matrix(x).unsqueeze(0).batchNorm().reshape(x.shape),
  ),
  {
    ...normalisation("rmsNorm", "x/√(mean of x² + eps)", (x) => x.rmsNorm(x.shape.slice(-1))),
    domain: "root mean squares from 0.2 on; sum of x² < 2^30",
    kinds: distributions.filter((_, i) => i !== 3),
    f: (row) => row.map((v) => v / rootMean(row)),
    error: {
      absolute: 1e-4,
      also: {
        text: "2^-24·√(sum of x²)·|result|",
        of: (x, _y, result) => 2 ** -24 * lengthOf(x) * Math.abs(result),
      },
    },
  },
  {
    name: "cosineSimilarity",
    text: "x·y/(|x|·|y|)",
    domain: "lengths from 0.2 to 2^15",
    operands: 2,
    kinds: [0.2, 1, 30, 32000].map((length) => (row) => {
      const moved = row.map((v, i) => v + (i === 0 ? 1.01 : 0));
      return moved.map((v) => v * length / lengthOf(moved));
    }),
    keeps: false,
    least: 1,
    apply: (x, y) => x.cosineSimilarity(y, { dim: -1 }),
    f: (x, y) => [total(x.map((v, i) => v * y[i]!)) / lengthOf(x) / lengthOf(y)],
    error: {
      absolute: 1e-4,
      also: { text: "2^-24·(|x| + |y|)", of: (x, y) => 2 ** -24 * (lengthOf(x) + lengthOf(y)) },
    },
  },
];

/** All functions of rows. */
export const ROW_FUNCTIONS: readonly RowFunction[] = [...softmaxes, ...normalisations];
