/**
 * Laws of pooling.
 *
 * @module
 */
import type { CrypTensor, WindowOptions } from "../../mod.ts";
import { fc } from "../deps.ts";
import { total, type Values } from "../oracles/tensors.ts";
import { adapt, averages, maxima, pool, slide } from "../oracles/windows.ts";
import { LARGEST, type Law, law, operand, type Plain, type Range, ULP } from "./law.ts";
import {
  adaptive,
  fullWindows,
  globals,
  type Output,
  type Shaped,
  sidesOf,
  type Windows,
  windows,
} from "./windows_arbitrary.ts";

type Operands<T> = fc.Arbitrary<{ operands: Plain[]; args: T }>;

function valued<T>(cases: fc.Arbitrary<Shaped<T>>, ...ranges: readonly Range[]): Operands<T> {
  return cases.chain(({ shape, args }) =>
    fc.oneof(...ranges.map((range) => operand(shape, range))).map((x) => ({ operands: [x], args }))
  );
}

/** Any values, and some of which many are equal. */
const ANY: readonly Range[] = [{ limit: LARGEST }, { limit: 1 }, { limit: 2, scales: [0] }];
/** Values whose averages are within the range of products. */
const AVERAGED: Range = { limit: 2 ** 29 };

const largest = (x: Values): number => x.data.reduce((most, v) => Math.max(most, Math.abs(v)), 0);

/** Two truncations, and the encoded reciprocal of the divisor. */
const averageError = ([x]: readonly Plain[]): number => 2 * ULP + largest(x!) * 2 ** -16;

interface Averaged extends Windows {
  readonly countIncludePad: boolean | undefined;
}

function avgLaw(
  axes: number,
  apply: (
    x: CrypTensor,
    kernel: Windows["kernel"],
    o: WindowOptions & { countIncludePad?: boolean | undefined },
  ) => CrypTensor,
): Law {
  const cases = fc.oneof(
    windows(axes).map(({ shape, args }) => ({ shape, args: { ...args, countIncludePad: undefined } })),
    windows(axes).map(({ shape, args }) => ({ shape, args: { ...args, countIncludePad: true } })),
    fullWindows(axes).map(({ shape, args }) => ({ shape, args: { ...args, countIncludePad: false } })),
  );
  return law<Averaged>({
    name: `avgPool${axes}d`,
    operands: valued<Averaged>(cases, AVERAGED),
    apply: (x, _ys, { kernel, options, countIncludePad }) =>
      apply(x, kernel, { ...options, countIncludePad }),
    oracle([x], { sliding, countIncludePad = true }) {
      const covered = slide(sidesOf(x!, axes), sliding);
      return averages(x!, covered, countIncludePad ? sliding.pads.slice(axes) : undefined);
    },
    error: averageError,
  });
}

function maxLaw(
  axes: number,
  apply: (x: CrypTensor, kernel: Windows["kernel"], o: WindowOptions) => CrypTensor,
  both: (x: CrypTensor, kernel: Windows["kernel"], o: WindowOptions) => readonly CrypTensor[],
): readonly Law[] {
  const operands = valued(fullWindows(axes), ...ANY);
  const oracle = ([x]: readonly Values[], { sliding }: Windows): [Values, Values] =>
    maxima(x!, slide(sidesOf(x!, axes), sliding));
  return [
    law<Windows>({
      name: `maxPool${axes}d`,
      operands,
      apply: (x, _ys, { kernel, options }) => apply(x, kernel, options),
      oracle: (xs, args) => oracle(xs, args)[0],
    }),
    law<Windows>({
      name: `maxPool${axes}d with indices`,
      operands,
      apply: (x, _ys, { kernel, options }) => both(x, kernel, options),
      oracle,
    }),
  ];
}

function adaptiveLaws(
  axes: number,
  average: (x: CrypTensor, output: Output) => CrypTensor,
  max: (x: CrypTensor, output: Output) => CrypTensor,
  both: (x: CrypTensor, output: Output) => readonly CrypTensor[],
): readonly Law[] {
  const oracle = ([x]: readonly Values[], output: Output): [Values, Values] =>
    maxima(x!, adapt(sidesOf(x!, axes), output));
  return [
    law<Output>({
      name: `adaptiveAvgPool${axes}d`,
      operands: valued(adaptive(axes), AVERAGED),
      apply: (x, _ys, output) => average(x, output),
      oracle: ([x], output) => averages(x!, adapt(sidesOf(x!, axes), output), undefined),
      error: averageError,
    }),
    law<Output>({
      name: `adaptiveMaxPool${axes}d`,
      operands: valued(adaptive(axes), ...ANY),
      apply: (x, _ys, output) => max(x, output),
      oracle: (xs, output) => oracle(xs, output)[0],
    }),
    law<Output>({
      name: `adaptiveMaxPool${axes}d with indices`,
      operands: valued(adaptive(axes), ...ANY),
      apply: (x, _ys, output) => both(x, output),
      oracle,
    }),
  ];
}

function lpLaw(
  axes: number,
  apply: (x: CrypTensor, p: number, kernel: Windows["kernel"], o: WindowOptions) => CrypTensor,
): Law {
  const cases = fullWindows(axes).chain(({ shape, args }) =>
    fc.constantFrom(1, Infinity).map((p) => ({ shape, args: { ...args, p } }))
  );
  return law<Windows & { p: number }>({
    name: `lpPool${axes}d`,
    operands: valued(cases, { limit: 2 ** 29 }),
    apply: (x, _ys, { p, kernel, options }) => apply(x, p, kernel, options),
    oracle: ([x], { p, sliding }) =>
      pool(x!, slide(sidesOf(x!, axes), sliding), ({ values }) => {
        const sizes = values.map(Math.abs);
        return p === 1 ? total(sizes) : Math.max(...sizes);
      }),
  });
}

/** Of sums of squares the root is within 1.5e-5 of itself, and one unit. */
const rootError = ([x]: readonly Plain[]): number => 1.5e-5 * Math.hypot(...x!.data) + ULP;

function euclideanLaw(axes: number, apply: (x: CrypTensor, w: Windows) => CrypTensor): Law {
  return law<Windows>({
    name: `lpPool${axes}d, p = 2`,
    operands: valued(fullWindows(axes), { limit: 2 ** 9 }),
    apply: (x, _ys, w) => apply(x, w),
    oracle: ([x], { sliding }) =>
      pool(x!, slide(sidesOf(x!, axes), sliding), ({ values }) => Math.hypot(...values)),
    error: rootError,
  });
}

const ones = (axes: number): Output => new Array<number>(axes).fill(1);

/** Side by side and incomplete windows of every count, the largest of them a power of two or beyond all multiples. */
const fixed = fc.constantFrom<Shaped<Windows & { error: number }>>(
  { shape: [1, 2, 4, 6], args: { ...plainWindows([2, 2], [0, 0]), error: 0 } },
  { shape: [2, 3, 3], args: { ...plainWindows([2, 2], [1, 1]), error: 0 } },
  { shape: [1, 1, 60], args: { ...plainWindows([40], [20]), error: 2 ** -14 } },
);

function plainWindows(kernel: number[], padding: number[]): Windows {
  const pads = [...padding, ...padding];
  const sliding = { kernel, stride: kernel.map(() => 1), pads, dilation: kernel.map(() => 1), ceil: false };
  return { sliding, kernel, options: { padding, stride: 1 } };
}

/** Rows of the table. */
export const poolLaws: readonly Law[] = [
  avgLaw(1, (x, kernel, o) => x.avgPool1d(kernel, o)),
  avgLaw(2, (x, kernel, o) => x.avgPool2d(kernel, o)),
  avgLaw(3, (x, kernel, o) => x.avgPool3d(kernel, o)),
  law({
    name: "avgPool with a divisor",
    operands: valued(
      windows(2).chain(({ shape, args }) =>
        fc.constantFrom(1, 2, 3, 7, -5).map((divisor) => ({ shape, args: { ...args, divisor } }))
      ),
      { limit: 2 ** 24 },
    ),
    apply: (x, _ys, { kernel, options, divisor }) =>
      x.avgPool2d(kernel, { ...options, divisorOverride: divisor, countIncludePad: false }),
    oracle: ([x], { sliding, divisor }) => averages(x!, slide(sidesOf(x!, 2), sliding), undefined, divisor),
    error: ([x], { sliding, divisor }) =>
      2 * ULP + largest(averages(x!, slide(sidesOf(x!, 2), sliding), undefined, divisor)) * 2 ** -16,
  }),
  law({
    name: "avgPool of counts that are powers of two, and of many counts",
    operands: valued(fixed, { limit: 2 ** 20 }),
    apply: (x, _ys, { kernel, options }) =>
      (kernel as readonly number[]).length === 1
        ? x.avgPool1d(kernel, { ...options, countIncludePad: false })
        : x.avgPool2d(kernel, { ...options, countIncludePad: false }),
    oracle: ([x], { sliding }) =>
      averages(x!, slide(x!.shape.slice(-sliding.kernel.length), sliding), undefined),
    error: ([x], { error }) => (error === 0 ? 1 : 2) * ULP + largest(x!) * error,
  }),
  ...maxLaw(
    1,
    (x, kernel, o) => x.maxPool1d(kernel, o),
    (x, kernel, o) => x.maxPool1d(kernel, { ...o, returnIndices: true }),
  ),
  ...maxLaw(
    2,
    (x, kernel, o) => x.maxPool2d(kernel, o),
    (x, kernel, o) => x.maxPool2d(kernel, { ...o, returnIndices: true }),
  ),
  ...maxLaw(
    3,
    (x, kernel, o) => x.maxPool3d(kernel, o),
    (x, kernel, o) => x.maxPool3d(kernel, { ...o, returnIndices: true }),
  ),
  ...adaptiveLaws(
    1,
    (x, output) => x.adaptiveAvgPool1d(output),
    (x, output) => x.adaptiveMaxPool1d(output),
    (x, output) => x.adaptiveMaxPool1d(output, { returnIndices: true }),
  ),
  ...adaptiveLaws(
    2,
    (x, output) => x.adaptiveAvgPool2d(output),
    (x, output) => x.adaptiveMaxPool2d(output),
    (x, output) => x.adaptiveMaxPool2d(output, { returnIndices: true }),
  ),
  ...adaptiveLaws(
    3,
    (x, output) => x.adaptiveAvgPool3d(output),
    (x, output) => x.adaptiveMaxPool3d(output),
    (x, output) => x.adaptiveMaxPool3d(output, { returnIndices: true }),
  ),
  lpLaw(1, (x, p, kernel, o) => x.lpPool1d(p, kernel, o)),
  lpLaw(2, (x, p, kernel, o) => x.lpPool2d(p, kernel, o)),
  lpLaw(3, (x, p, kernel, o) => x.lpPool3d(p, kernel, o)),
  euclideanLaw(1, (x, { kernel, options }) => x.lpPool1d(2, kernel, options)),
  euclideanLaw(2, (x, { kernel, options }) => x.lpPool2d(2, kernel, options)),
  euclideanLaw(3, (x, { kernel, options }) => x.lpPool3d(2, kernel, options)),
  law({
    name: "globalLpPool",
    operands: valued(globals, { limit: 2 ** 9 }),
    apply: (x) => [x.globalLpPool(2), x.globalLpPool(1), x.globalLpPool(Infinity)],
    oracle: ([x], axes) => {
      const windows = adapt(sidesOf(x!, axes), ones(axes));
      return [
        pool(x!, windows, ({ values }) => Math.hypot(...values)),
        pool(x!, windows, ({ values }) => total(values.map(Math.abs))),
        pool(x!, windows, ({ values }) => Math.max(...values.map(Math.abs))),
      ];
    },
    error: rootError,
  }),
  law({
    name: "globalAvgPool",
    operands: valued(globals, AVERAGED),
    apply: (x) => x.globalAvgPool(),
    oracle: ([x], axes) => averages(x!, adapt(sidesOf(x!, axes), ones(axes)), undefined),
    error: averageError,
  }),
  law({
    name: "globalMaxPool",
    operands: valued(globals, ...ANY),
    apply: (x) => x.globalMaxPool(),
    oracle: ([x], axes) => maxima(x!, adapt(sidesOf(x!, axes), ones(axes)))[0],
  }),
  law({
    name: "pooling of products",
    operands: valued(fullWindows(2), { limit: 2 ** 10, scales: [16] }),
    apply: (x, _ys, { kernel, options }) => [
      x.mul(0.75).maxPool2d(kernel, options),
      x.mul(0.75).avgPool2d(kernel, options),
    ],
    oracle([x], { sliding }) {
      const covered = slide(sidesOf(x!, 2), sliding);
      const products = { ...x!, data: x!.data.map((v) => v * 0.75) };
      const means = averages(x!, covered, sliding.pads.slice(2));
      return [maxima(products, covered)[0], { ...means, data: means.data.map((v) => v * 0.75) }];
    },
    error: (xs) => averageError(xs),
  }),
];
