/**
 * The table of laws.
 *
 * @module
 */
import type { CrypTensor, Operand } from "../../mod.ts";
import { fc } from "../deps.ts";
import { at, broadcast, build, inner, sizeOf, type Values, zip } from "../oracles/tensors.ts";
import {
  ALL_SECRET,
  broadcastable,
  LARGEST,
  LARGEST_INTEGER,
  type Law,
  law,
  type LawSpec,
  oneTruncation,
  operand,
  type Plain,
  type Range,
  ULP,
} from "./law.ts";
import { extremaLaws } from "./laws_extrema.ts";
import { functionLaws } from "./laws_functions.ts";
import { indexingLaws } from "./laws_indexing.ts";
import { linearLaws } from "./laws_linear.ts";
import { logicLaws } from "./laws_logic.ts";
import { movementLaws } from "./laws_movement.ts";
import { partLaws } from "./laws_parts.ts";
import { poolLaws } from "./laws_pool.ts";
import { powerLaws } from "./laws_powers.ts";
import { roundingLaws } from "./laws_rounding.ts";
import { rowLaws } from "./laws_rows.ts";
import { secretIndexLaws } from "./laws_secret_index.ts";

type Operands<A> = LawSpec<A>["operands"];

/** Operands of broadcastable shapes, each with its own range. */
function operandsOf(...ranges: readonly Range[]): Operands<undefined> {
  return broadcastable(ranges.length).chain((shapes) =>
    fc.tuple(...ranges.map((range, i) => operand(shapes[i]!, range)))
  ).map((operands) => ({ operands, args: undefined }));
}

/** Two operands whose product stays below `most`, at every split of the magnitude. */
function factors(most: number): Operands<undefined> {
  return fc.integer({ min: 0, max: 14 }).chain((e) => {
    const [small, large] = [{ limit: 2 ** e }, { limit: most * 2 ** -e }];
    return fc.boolean().chain((swap) => operandsOf(...swap ? [large, small] : [small, large]));
  });
}

/** Two operands of the same shape and scale. */
function alike(range: Range): Operands<undefined> {
  return broadcastable(1).chain(([shape]) =>
    fc.constantFrom(16, 0).chain((scale) => {
      const one = operand(shape!, { ...range, scales: [scale] });
      return fc.tuple(one, one);
    })
  ).map((operands) => ({ operands, args: undefined }));
}

/** Adds arguments. */
function withArgs<A>(operands: Operands<undefined>, args: fc.Arbitrary<A>): Operands<A> {
  return fc.tuple(operands, args).map(([o, a]) => ({ operands: o.operands, args: a }));
}

function unary(
  name: string,
  range: Range,
  apply: (x: CrypTensor) => CrypTensor,
  f: (x: number) => number,
  rest: Partial<LawSpec<undefined>> = {},
): Law {
  return law({ name, operands: operandsOf(range), apply, oracle: ([x]) => zip(f, x!), ...rest });
}

function binary(
  name: string,
  operands: Operands<undefined>,
  apply: (x: CrypTensor, y: Operand) => CrypTensor,
  f: (x: number, y: number) => number,
  rest: Partial<LawSpec<undefined>> = {},
): Law {
  return law({
    name,
    operands,
    apply: (x, [y]) => apply(x, y!),
    oracle: ([x, y]) => zip(f, x!, y!),
    ...rest,
  });
}

const times = (x: number, y: number): number => inner([[x, y]]);
const bit = (b: boolean): number => b ? 1 : 0;
const squareTruncation = ([x]: readonly Plain[]): number => x!.scale > 0 ? ULP : 0;

/** Everything that can be encoded; the sum of two stays in the ring's range. */
const anything: Range = { limit: LARGEST, integerLimit: LARGEST };
/** What can be compared: integers over their whole range, when both have no fraction bits. */
const comparable: Operands<undefined> = fc.oneof(
  operandsOf(anything, anything),
  alike({ limit: LARGEST, integerLimit: LARGEST_INTEGER }),
);
const halves: Range = { limit: 2 ** 45 };
/** What can be chosen from by an integer condition: the product fits. */
const choices: Range = { limit: 2 ** 44 };

const arithmetic: readonly Law[] = [
  binary("add", operandsOf(halves, halves), (x, y) => x.add(y), (x, y) => x + y),
  binary("sub", operandsOf(halves, halves), (x, y) => x.sub(y), (x, y) => x - y),
  unary("neg", anything, (x) => x.neg(), (x) => -x),
  binary("mul", factors(2 ** 30 - 1), (x, y) => x.mul(y), times, { error: oneTruncation }),
  unary("mul by itself", { limit: 2 ** 15 - ULP }, (x) => x.mul(x), (x) => times(x, x), {
    error: squareTruncation,
  }),
  unary("square", { limit: 2 ** 15 - ULP }, (x) => x.square(), (x) => times(x, x), {
    error: squareTruncation,
  }),
  law({
    name: "a chain of two products",
    operands: operandsOf({ limit: 2 ** 10 }, { limit: 2 ** 10 }, { limit: 2 ** 10, scales: [16] }),
    apply: (x, [y, z]) => x.mul(y!).mul(z!),
    oracle: ([x, y, z]) => zip((a, b, c) => a * b * c, x!, y!, z!),
    // The first product's error is multiplied by the third factor.
    error: ([, , z]) => ULP * (1 + 2 ** 10 * bit(z!.data.length > 0)),
  }),
  law({
    name: "div by a number",
    operands: withArgs(
      operandsOf({ limit: 2 ** 14 }),
      fc.oneof(
        fc.constantFrom(1, -1, 2, -2, 0.5, -0.25, 2 ** 16, -(2 ** 15), 2 ** -16),
        fc.constantFrom(3, -7, 10, 0.1, -1e-3, 2 ** 17, 2 ** 20),
        fc.double({ min: 2 ** -12, max: 2 ** 12, noNaN: true }),
      ),
    ),
    apply: (x, _ys, c) => x.div(c),
    oracle: ([x], c) => zip((v) => v / c, x!),
    error: ([x], c) => divError(x!, [c]),
  }),
  law({
    name: "div by a tensor",
    operands: broadcastable(2).chain(([shape, by]) =>
      fc.tuple(operand(shape!, { limit: 2 ** 14 }), divisors(by!))
    ).map(([x, args]) => ({ operands: [x], args })),
    apply: (x, _ys, c) => x.div({ shape: c.shape, data: Float64Array.from(c.data) }),
    oracle: ([x], c) => zip((v, w) => v / w, x!, c),
    error: ([x], c) => divError(x!, c.data),
  }),
  law({
    name: "ldexp",
    operands: withArgs(operandsOf({ limit: 2 ** 30 }), fc.integer({ min: -20, max: 15 })),
    apply: (x, _ys, exponent) => x.ldexp(exponent),
    oracle: ([x], exponent) => zip((v) => v * 2 ** exponent, x!),
    error: ([x], exponent) => x!.scale - exponent > 16 ? ULP : 0,
  }),
  unary("abs", { limit: LARGEST }, (x) => x.abs(), Math.abs, { visibilities: [["secret"]] }),
  unary("abs of public values", { limit: LARGEST }, (x) => x.abs(), Math.abs, {
    visibilities: [["constant"]],
  }),
];

/** Divisors of a shape: no zeros. */
function divisors(shape: readonly number[]): fc.Arbitrary<Values> {
  const one = fc.tuple(fc.double({ min: 2 ** -10, max: 2 ** 10, noNaN: true }), fc.constantFrom(1, -1));
  const length = sizeOf(shape);
  return fc.array(one, { minLength: length, maxLength: length })
    .map((list) => ({ shape, data: list.map(([size, sign]) => size * sign) }));
}

/** The encoded reciprocal moves the quotient by 2^-17 of the largest one; then two truncations at most. */
function divError(x: Plain, divisors: readonly number[]): number {
  const shift = Math.round(Math.log2(Math.abs(divisors[0] ?? 1)));
  const power = divisors.length === 1 && 2 ** shift === Math.abs(divisors[0]!);
  if (power && Math.abs(shift) <= 16) {
    return x.scale + shift > 16 ? ULP : 0;
  }
  const largest = Math.max(0, ...divisors.map((c) => 1 / Math.abs(c)));
  return Math.max(0, ...x.data.map(Math.abs)) * Math.min(1, 2 * largest) * 2 ** -17 + 2 * ULP;
}

const comparison: readonly Law[] = [
  binary("lt", comparable, (x, y) => x.lt(y), (x, y) => bit(x < y)),
  binary("le", comparable, (x, y) => x.le(y), (x, y) => bit(x <= y)),
  binary("gt", comparable, (x, y) => x.gt(y), (x, y) => bit(x > y)),
  binary("ge", comparable, (x, y) => x.ge(y), (x, y) => bit(x >= y)),
  binary("eq", comparable, (x, y) => x.eq(y), (x, y) => bit(x === y)),
  binary("ne", comparable, (x, y) => x.ne(y), (x, y) => bit(x !== y)),
  law({
    name: "gt of a product",
    operands: fc.tuple(factors(2 ** 29), operand([], { limit: 2 ** 29 })).map(([{ operands }, z]) => ({
      operands: [...operands, z],
      args: undefined,
    })),
    apply: (x, [y, z]) => x.mul(y!).gt(z!),
    // No fraction bit is lost before the comparison.
    oracle: ([x, y, z]) => zip((a, b, c) => bit(inner([[a, b], [c, -1]]) > 0), x!, y!, z!),
  }),
  unary("sign", { ...anything, integerLimit: LARGEST_INTEGER }, (x) => x.sign(), (x) => x < 0 ? -1 : 1),
  unary("relu", { ...anything, integerLimit: LARGEST_INTEGER }, (x) => x.relu(), (x) => Math.max(x, 0)),
  binary(
    "relu of a product",
    factors(2 ** 30 - 2),
    (x, y) => x.mul(y).relu(),
    (x, y) => Math.max(times(x, y), 0),
    { error: oneTruncation },
  ),
  binary("maximum", operandsOf(anything, anything), (x, y) => x.maximum(y), Math.max),
  binary("minimum", operandsOf(anything, anything), (x, y) => x.minimum(y), Math.min),
  law({
    name: "where by integers",
    operands: operandsOf({ limit: 1, scales: [0] }, choices, choices).map(({ operands: [c, a, b] }) => ({
      operands: [{ ...c!, data: c!.data.map((x) => bit(x > 0)) }, a!, b!],
      args: undefined,
    })),
    apply: (c, [a, b]) => c.where(a!, b!),
    oracle: ([c, a, b]) => zip((p, x, y) => p === 1 ? x : y, c!, a!, b!),
  }),
  law({
    name: "where by reals 0 and 1",
    operands: operandsOf({ limit: 1, scales: [16] }, { limit: 2 ** 29 }, { limit: 2 ** 28 }).map((
      { operands: [c, a, b] },
    ) => ({
      operands: [{ ...c!, data: c!.data.map((x) => bit(x > 0)) }, a!, b!],
      args: undefined,
    })),
    apply: (c, [a, b]) => c.where(a!, b!),
    oracle: ([c, a, b]) => zip((p, x, y) => p === 1 ? x : y, c!, a!, b!),
    error: () => ULP,
  }),
  law({
    name: "where by a comparison",
    operands: operandsOf(anything, choices, choices),
    apply: (c, [a, b]) => c.lt(1).where(a!, b!),
    oracle: ([c, a, b]) => zip((p, x, y) => p < 1 ? x : y, c!, a!, b!),
  }),
];

/** A function of the shared integers, bit by bit. */
function bitwise(f: (x: bigint, y: bigint) => bigint): (xs: readonly Values[], scale: number) => Values {
  return ([x, y], scale) => {
    const units = (v: number): bigint => BigInt(v * 2 ** scale);
    return build(
      broadcast(x!.shape),
      (i) => Number(BigInt.asIntN(64, f(units(at(x!, i)), units(at(y ?? x!, i))))) / 2 ** scale,
    );
  };
}

/** The scale of the operands as an argument. */
const scaled = (operands: Operands<undefined>): Operands<number> =>
  operands.map((o) => ({ operands: o.operands, args: o.operands[0]!.scale }));

const bits = { limit: LARGEST, integerLimit: LARGEST_INTEGER };

const binaries: readonly Law[] = [
  unary("to binary and back", bits, (x) => x.to("binary").to("arithmetic"), (x) => x),
  unary("decrypting bits", bits, (x) => x.to("binary"), (x) => x),
  law({
    name: "xor",
    operands: scaled(alike(bits)),
    apply: (x, [y]) => x.to("binary").xor((y as CrypTensor).to("binary")),
    oracle: bitwise((x, y) => x ^ y),
    visibilities: ALL_SECRET,
  }),
  law({
    name: "and",
    operands: scaled(alike(bits)),
    apply: (x, [y]) => x.to("binary").and((y as CrypTensor).to("binary")),
    oracle: bitwise((x, y) => x & y),
    visibilities: ALL_SECRET,
  }),
  law({
    name: "not",
    operands: scaled(operandsOf(bits)),
    apply: (x) => x.to("binary").not(),
    oracle: bitwise((x) => ~x),
  }),
  law({
    name: "xor, and, not of comparisons",
    operands: alike(anything),
    apply(x, [y]) {
      const [p, q] = [x.lt(y!), x.lt(0)];
      return [p.xor(q), p.and(q), p.not(), p.and(q.not()).mul(3)];
    },
    oracle: ([x, y]) => [
      zip((a, b) => bit(a < b) ^ bit(a < 0), x!, y!),
      zip((a, b) => bit(a < b) & bit(a < 0), x!, y!),
      zip((a, b) => bit(a >= b), x!, y!),
      zip((a, b) => 3 * bit(a < b && a >= 0), x!, y!),
    ],
    visibilities: [...ALL_SECRET, ["secret", "public"]],
  }),
];

/** All laws. */
export const laws: readonly Law[] = [
  ...arithmetic,
  ...linearLaws,
  ...poolLaws,
  ...comparison,
  ...extremaLaws,
  ...logicLaws,
  ...powerLaws,
  ...roundingLaws,
  ...functionLaws,
  ...rowLaws,
  ...secretIndexLaws,
  ...movementLaws,
  ...indexingLaws,
  ...partLaws,
  ...binaries,
];
