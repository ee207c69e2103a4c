/**
 * Laws of rounding, of quotients without fractions, and of activations that are made of pieces.
 *
 * @module
 */
import { fc } from "../deps.ts";
import { type Values, zip } from "../oracles/tensors.ts";
import {
  broadcastable,
  LARGEST,
  LARGEST_INTEGER,
  type Law,
  law,
  oneTruncation,
  operand,
  type Plain,
  type Range,
} from "./law.ts";

/** Operands of shapes that broadcast. */
function several(...ranges: readonly Range[]): fc.Arbitrary<{ operands: Plain[]; args: undefined }> {
  return broadcastable(ranges.length).chain((shapes) =>
    fc.tuple(...ranges.map((range, i) => operand(shapes[i]!, range)))
  ).map((operands) => ({ operands, args: undefined }));
}

/** The nearest integer, of two the even one. */
function even(x: number): number {
  const below = Math.floor(x);
  const gap = x - below;
  return gap < 0.5 || (gap === 0.5 && below % 2 === 0) ? below : below + 1;
}

type Rounding = "floor" | "ceil" | "trunc" | "round";
const roundings: readonly [Rounding, (x: number) => number, number][] = [
  ["floor", Math.floor, LARGEST],
  ["ceil", Math.ceil, LARGEST],
  ["trunc", Math.trunc, 2 ** 45 - 1],
  ["round", even, 2 ** 45 - 1],
];

const rounding: readonly Law[] = [
  ...roundings.map(([name, f, limit]) =>
    law({
      name,
      operands: several({ limit, integerLimit: LARGEST_INTEGER }),
      apply: (x) => x[name](),
      oracle: ([x]) => zip(f, x!),
    })
  ),
  law({
    name: "round of halves",
    operands: several({ limit: 2 ** 20, scales: [0] }),
    apply: (x) => x.div(2).round(),
    oracle: ([x]) => zip((v) => even(v / 2), x!),
    visibilities: [["secret"]],
  }),
  law({
    name: "floor of a product",
    operands: several({ limit: 2 ** 14, scales: [16] }, { limit: 2 ** 14, scales: [16] }),
    // No fraction bit is lost before.
    apply: (x, [y]) => x.mul(y!).floor(),
    oracle: ([x, y]) => zip((a, b) => Math.floor(a * b), x!, y!),
    visibilities: [["secret", "secret"]],
  }),
];

/** Divisors from 1/4 to 2^8 of either sign, as they are encoded. */
function divisors(y: Plain): Plain {
  const sized = (v: number): number => {
    const size = Math.min(2 ** 8, Math.max(y.scale === 0 ? 1 : 0.25, Math.abs(v)));
    return v < 0 ? -size : size;
  };
  return { ...y, data: y.data.map(sized) };
}

const signed = (x: number, y: number): number => {
  const rest = x % y;
  return rest !== 0 && rest < 0 !== y < 0 ? rest + y : rest;
};

const quotients: readonly Law[] = ([
  ["truncDivide", (x, y) => Math.trunc(x / y)],
  ["fmod", (x, y) => x % y],
  ["remainder", signed],
] as const satisfies readonly (readonly [string, (x: number, y: number) => number])[]).flatMap((
  [name, f],
) => [
  law({
    name,
    operands: several({ limit: 2 ** 10 }, { limit: 2 ** 8 }).map(({ operands: [x, y], args }) => ({
      operands: [x!, divisors(y!)],
      args,
    })),
    apply: (x, [y]) => x[name](y!),
    oracle: ([x, y]) => zip(f, x!, y!),
    visibilities: [["secret", "secret"], ["secret", "public"]],
  }),
  law({
    name: `${name} by one public number`,
    operands: fc.tuple(
      several({ limit: 2 ** 14 - 1, scales: [16] }),
      fc.constantFrom(1, -1, 3, -7, 10, 0.5, -0.375, 2 ** -16, 4096, 16383),
    ).map(([{ operands }, args]) => ({ operands, args })),
    apply: (x, _ys, y) => x[name](y),
    oracle: ([x], y) => zip((v) => f(v, y), x!),
  }),
  law({
    name: `${name} of integers by one public number`,
    operands: fc.tuple(
      several({ limit: 2 ** 30 - 1, scales: [0] }),
      fc.constantFrom(1, -1, 2, 3, -7, 10, 1000, 65_537, 2 ** 29),
    ).map(([{ operands }, args]) => ({ operands, args })),
    apply: (x, _ys, y) => x[name](y),
    oracle: ([x], y) => zip((v) => f(v, y), x!),
  }),
]);

/** An operand, and slopes that broadcast to its shape. */
const slopes = fc.tuple(fc.array(fc.constantFrom(0, 1, 2, 3), { maxLength: 3 }), fc.nat(3)).chain((
  [shape, drop],
) => fc.tuple(operand(shape, { limit: 2 ** 15 }), operand(shape.slice(drop), { limit: 2 ** 14 }))).map((
  operands,
) => ({ operands, args: undefined }));

const limits = fc.constantFrom(0, 0.5, 1, 2.25, 7);
const withLimit = fc.tuple(several({ limit: 2 ** 44 }), limits).map(([{ operands }, args]) => ({
  operands,
  args,
}));
const within = (x: number, limit: number): number => Math.min(Math.max(x, -limit), limit);

const pieces: readonly Law[] = [
  law({
    name: "prelu",
    operands: slopes,
    apply: (x, [slope]) => x.prelu(slope!),
    oracle: ([x, slope]) => zip((v, s) => v > 0 ? v : v * s, x!, slope!),
    error: (xs, args, visibility) => oneTruncation(xs, args, visibility),
    visibilities: [["secret", "secret"], ["secret", "public"]],
  }),
  law({
    name: "hardshrink",
    operands: withLimit,
    apply: (x, _ys, limit) => x.hardshrink(limit),
    oracle: ([x], limit) => zip((v) => Math.abs(v) > limit ? v : 0, x!),
  }),
  law({
    name: "softshrink",
    operands: withLimit,
    apply: (x, _ys, limit) => x.softshrink(limit),
    oracle: ([x], limit): Values => zip((v) => v - within(v, limit), x!),
  }),
  law({
    name: "thresholdedRelu",
    operands: withLimit,
    apply: (x, _ys, limit) => x.thresholdedRelu(limit),
    oracle: ([x], limit) => zip((v) => v > limit ? v : 0, x!),
  }),
];

/** All laws of this family. */
export const roundingLaws: readonly Law[] = [...rounding, ...quotients, ...pieces];
