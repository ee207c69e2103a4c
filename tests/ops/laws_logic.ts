/**
 * Laws of logic, choices and bits.
 *
 * @module
 */
import { type CrypTensor, type Operand, where } from "../../mod.ts";
import { fc } from "../deps.ts";
import { at, broadcast, build, total, type Values, zip } from "../oracles/tensors.ts";
import {
  broadcastable,
  LARGEST,
  LARGEST_INTEGER,
  type Law,
  law,
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

const bit = (b: boolean): number => b ? 1 : 0;
const zeroOrOne = (x: Plain): Plain => ({ ...x, data: x.data.map((v) => bit(v > 0)) });
const bitsOnly = several({ limit: 1 }, { limit: 1 }).map(({ operands, args }) => ({
  operands: operands.map(zeroOrOne),
  args,
}));

type Logical = "logicalAnd" | "logicalOr" | "logicalXor";
const gates: readonly [Logical, (x: number, y: number) => number][] = [
  ["logicalAnd", (x, y) => x & y],
  ["logicalOr", (x, y) => x | y],
  ["logicalXor", (x, y) => x ^ y],
];

const logic: readonly Law[] = [
  ...gates.flatMap(([name, f]) => [
    law({
      name: `${name} of numbers`,
      operands: bitsOnly,
      apply: (x, [y]) => x[name](y!),
      oracle: ([x, y]) => zip(f, x!, y!),
    }),
    law({
      name: `${name} of comparisons`,
      operands: bitsOnly,
      // Bits with bits, with public bits, with numbers, and numbers with bits.
      apply: (x, [y]) => {
        const p = x.gt(0);
        const q = typeof y === "object" && "gt" in y ? (y as CrypTensor).gt(0) : y!;
        return [p[name](q), p[name](y!), x[name](q)];
      },
      oracle: ([x, y]) => [zip(f, x!, y!), zip(f, x!, y!), zip(f, x!, y!)],
    }),
  ]),
  law({
    name: "logicalNot",
    operands: bitsOnly.map(({ operands }) => ({ operands: [operands[0]!], args: undefined })),
    apply: (x) => [x.logicalNot(), x.gt(0).logicalNot()],
    oracle: ([x]) => [zip((v) => 1 - v, x!), zip((v) => 1 - v, x!)],
  }),
];

const conditions: readonly Law[] = [
  law({
    name: "where by a public condition",
    operands: several({ limit: LARGEST }, { limit: 2 ** 45 }, { limit: 1, scales: [0] }).map((
      { operands: [x, y, c] },
    ) => ({
      operands: [x!, y!],
      args: zeroOrOne(c!),
    })),
    apply: (x, [y], c) => {
      const condition = { shape: c.shape, data: Float64Array.from(c.data) };
      return [where(condition, x, y!), where(condition, y!, x)];
    },
    oracle: ([x, y], c) => [
      zip((p, a, b) => p === 1 ? a : b, c, x!, y!),
      zip((p, a, b) => p === 1 ? b : a, c, x!, y!),
    ],
  }),
  law({
    name: "where by a comparison with another axis",
    operands: several({ limit: LARGEST }, { limit: 2 ** 45 }, { limit: 2 ** 45 }),
    apply: (x, [a, b]) => where(x.gt(0).unsqueeze(0), a!, b!),
    oracle: ([x, a, b]) =>
      zip((p, u, v) => p > 0 ? u : v, { shape: [1, ...x!.shape], data: x!.data }, a!, b!),
  }),
  law({
    name: "maskedFill",
    operands: fc.array(fc.constantFrom(0, 1, 2, 3), { maxLength: 3 }).chain((shape) =>
      fc.tuple(
        operand(shape, { limit: LARGEST }),
        operand(shape.slice(1), { limit: 1, scales: [0] }).map(zeroOrOne),
        operand([], { limit: LARGEST }),
      )
    ).map((operands) => ({ operands, args: undefined })),
    apply: (x, [mask, value]) => [
      x.maskedFill(mask!, value!),
      x.maskedFill(typeof mask === "object" && "gt" in mask ? (mask as CrypTensor).gt(0) : mask!, value!),
    ],
    oracle: ([x, mask, value]) => {
      const filled = zip((v, p, other) => p === 1 ? other : v, x!, mask!, value!);
      return [filled, filled];
    },
    // Numbers as a mask are multiplied, which the largest ones would not survive.
    visibilities: [["secret", "public", "secret"], ["secret", "public", "public"]],
  }),
];

/** A function of the shared integers. */
function integers(
  f: (x: bigint, y: bigint) => bigint,
  xs: readonly Values[],
  scale: number,
): Values {
  const units = (v: number): bigint => BigInt(v * 2 ** scale);
  return build(broadcast(...xs.map((x) => x.shape)), (index) => {
    const [x, y] = xs.map((v) => units(at(v, index)));
    return Number(BigInt.asIntN(64, f(x!, y ?? 0n))) / 2 ** scale;
  });
}

const everything = { limit: LARGEST, integerLimit: LARGEST_INTEGER };
/** Two operands of one scale, which broadcast. */
function pairs(range: Range): fc.Arbitrary<{ operands: Plain[]; args: number }> {
  return fc.constantFrom(16, 0).chain((scale) =>
    several({ ...range, scales: [scale] }, { ...range, scales: [scale] }).map(({ operands }) => ({
      operands,
      args: scale,
    }))
  );
}

const asBits = (y: Operand): Operand =>
  typeof y === "object" && "to" in y ? (y as CrypTensor).to("binary") : y;
const gatesOfWords = [
  ["xor", (x: bigint, y: bigint) => x ^ y],
  ["and", (x: bigint, y: bigint) => x & y],
  ["or", (x: bigint, y: bigint) => x | y],
] as const;

const shifts = [
  ["shiftLeft", (x: bigint, by: bigint) => x << by],
  ["shiftRight", (x: bigint, by: bigint) => x >> by],
  ["shiftRightLogical", (x: bigint, by: bigint) => BigInt.asUintN(64, x) >> by],
] as const;

const words: readonly Law[] = [
  ...gatesOfWords.map(([name, f]) =>
    law({
      name: `${name} of binary tensors that broadcast`,
      operands: pairs(everything),
      apply: (x, [y]) => x.to("binary")[name](asBits(y!)),
      oracle: (xs, scale) => integers(f, xs, scale),
      visibilities: [["secret", "secret"], ["secret", "public"]],
    })
  ),
  ...shifts.map(([name, f]) =>
    law({
      name,
      operands: fc.tuple(pairs(everything), fc.constantFrom(0, 1, 2, 15, 16, 31, 62, 63)).map((
        [{ operands: [x], args: scale }, by],
      ) => ({ operands: [x!], args: { scale, by } })),
      apply: (x, _ys, { by }) => x.to("binary")[name](by),
      oracle: (xs, { scale, by }) => integers((v) => f(v, BigInt(by)), xs, scale),
    })
  ),
  law({
    name: "sums, comparisons and choices of binary tensors",
    operands: pairs({ limit: 2 ** 43, integerLimit: 2 ** 50 }),
    apply(x, [y]) {
      const [p, q] = [x.to("binary"), asBits(y!)];
      return [p.add(q), p.sum(), p.add(q).to("binary"), p.lt(q), p.eq(q), p.lt(q).where(p, q), p.eq(x)];
    },
    oracle: ([x, y]) => [
      zip((a, b) => a + b, x!, y!),
      { shape: [], data: [total(x!.data)] },
      zip((a, b) => a + b, x!, y!),
      zip((a, b) => bit(a < b), x!, y!),
      zip((a, b) => bit(a === b), x!, y!),
      zip((a, b) => a < b ? a : b, x!, y!),
      zip(() => 1, x!),
    ],
    visibilities: [["secret", "secret"], ["secret", "public"]],
  }),
];

/** All laws of this family. */
export const logicLaws: readonly Law[] = [...logic, ...conditions, ...words];
