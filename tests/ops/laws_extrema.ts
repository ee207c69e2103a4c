/**
 * Laws of extrema, order and bounds.
 *
 * @module
 */
import { fc } from "../deps.ts";
import { type Values, zip } from "../oracles/tensors.ts";
import { type Along, axisOf, columns, mapAlong, order, reduceAlong } from "./columns.ts";
import {
  broadcastable,
  LARGEST,
  LARGEST_INTEGER,
  type Law,
  law,
  operand,
  type Plain,
  type Range,
  ULP,
} from "./law.ts";

const SECRET = [["secret"]] as const;

const anything = { limit: LARGEST, integerLimit: LARGEST_INTEGER };
/** What can be sorted with its index: up to 32 elements. */
const sortable = { limit: 2 ** 41 - 2 ** -12, integerLimit: 2 ** 57 - 2 ** 6, whole: false };

const largest = (list: readonly number[]): number => list.reduce((a, b) => b > a ? b : a);
const smallest = (list: readonly number[]): number => list.reduce((a, b) => b < a ? b : a);

const extrema: readonly Law[] = ([["max", largest], ["min", smallest]] as const).flatMap(([kind, f]) => {
  const arg = `arg${kind}` as const;
  const withIndex = `${kind}WithIndex` as const;
  const index = (list: readonly number[]): number => list.indexOf(f(list));
  return [
    law<Along>({
      name: kind,
      operands: columns(anything),
      apply: (x, _ys, along) => x[kind](along),
      oracle: ([x], along) => reduceAlong(x!, along, f),
    }),
    law<Along>({
      name: arg,
      operands: columns(anything),
      apply: (x, _ys, along) => x[arg](along),
      oracle: ([x], along) => reduceAlong(x!, along, index),
    }),
    law<Along>({
      name: `${arg}, one-hot`,
      operands: columns(anything),
      apply: (x, _ys, along) => x[arg]({ ...along, oneHot: true }),
      oracle: ([x], { dim }) => {
        const marks = (list: number[]): number[] => list.map((_, i) => i === index(list) ? 1 : 0);
        if (dim !== undefined) return mapAlong(x!, dim, marks);
        return { shape: x!.shape, data: marks([...x!.data]) };
      },
    }),
    law<Along>({
      name: withIndex,
      operands: columns(anything),
      apply: (x, _ys, along) => x[withIndex](along),
      oracle: ([x], along) => [reduceAlong(x!, along, f), reduceAlong(x!, along, index)],
      visibilities: SECRET,
    }),
  ];
});

/** Adds an argument to operands that are worked on along an axis. */
function withArg<A>(
  operands: ReturnType<typeof columns>,
  arg: (x: Values, along: Along) => fc.Arbitrary<A>,
): fc.Arbitrary<{ operands: Plain[]; args: Along & { arg: A } }> {
  return operands.chain(({ operands: [x], args }) =>
    arg(x!, args).map((a) => ({ operands: [x!], args: { ...args, arg: a } }))
  );
}

const lengthOf = (x: Values, { dim }: Along): number =>
  dim === undefined ? x.data.length : x.shape[axisOf(x, dim)]!;

const sorts: readonly Law[] = [
  law({
    name: "sort",
    operands: withArg(columns({ ...sortable, least: 0 }), () => fc.boolean()),
    apply: (x, _ys, { dim, arg }) => x.sort({ dim, descending: arg }),
    oracle: ([x], { dim, arg }) => [
      mapAlong(x!, dim!, (list) => order(list, arg).map((i) => list[i]!)),
      mapAlong(x!, dim!, (list) => order(list, arg)),
    ],
  }),
  law({
    name: "argsort along the last axis",
    operands: columns({ ...sortable, least: 0 }),
    apply: (x) => x.argsort(),
    oracle: ([x]) => mapAlong(x!, -1, (list) => order(list)),
    visibilities: SECRET,
  }),
  law({
    name: "topk",
    operands: withArg(
      columns({ ...sortable, least: 0 }),
      (x, along) => fc.tuple(fc.nat(lengthOf(x, along)), fc.boolean()),
    ),
    apply: (x, _ys, { dim, arg: [k, isLargest] }) => x.topk(k, { dim, largest: isLargest }),
    oracle: ([x], { dim, arg: [k, isLargest] }) => [
      mapAlong(x!, dim!, (list) => order(list, isLargest).slice(0, k).map((i) => list[i]!)),
      mapAlong(x!, dim!, (list) => order(list, isLargest).slice(0, k)),
    ],
    visibilities: SECRET,
  }),
  law({
    name: "kthvalue",
    operands: withArg(
      columns({ ...sortable, limit: 2 ** 38, integerLimit: 2 ** 50, whole: true }),
      (x, along) => fc.integer({ min: 1, max: lengthOf(x, along) }),
    ),
    apply: (x, _ys, { arg, ...along }) => x.kthvalue(arg, along),
    oracle: ([x], { arg, ...along }) => [
      reduceAlong(x!, along, (list) => list[order(list)[arg - 1]!]!),
      reduceAlong(x!, along, (list) => order(list)[arg - 1]!),
    ],
    visibilities: SECRET,
  }),
  law<Along>({
    name: "median",
    operands: columns(anything),
    apply: (x, _ys, along) => x.median(along),
    oracle: ([x], along) =>
      reduceAlong(x!, along, (list) => list[order(list)[Math.ceil(list.length / 2) - 1]!]!),
    visibilities: SECRET,
  }),
];

/** Operands of shapes that broadcast. */
function several(...ranges: readonly Range[]): fc.Arbitrary<{ operands: Plain[]; args: undefined }> {
  return broadcastable(ranges.length).chain((shapes) =>
    fc.tuple(...ranges.map((range, i) => operand(shapes[i]!, range)))
  ).map((operands) => ({ operands, args: undefined }));
}

const between = (x: number, low: number, high: number): number => Math.min(Math.max(x, low), high);
/** A slope, as it is encoded: with 17 bits of the largest power of two above it. */
const slopes = fc.constantFrom(0.01, 0.25, -0.5, 0, 1, 2, -3, 1.5, 0.3, 2 ** -10);

const bounds: readonly Law[] = [
  law({
    name: "clamp",
    operands: several({ limit: LARGEST }, { limit: LARGEST }, { limit: LARGEST }).map(
      ({ operands: [x, p, q] }) => {
        // Bounds of one shape, so that none crosses the other.
        const other = {
          ...q!,
          shape: p!.shape,
          scale: p!.scale,
          data: p!.data.map((v, i) =>
            Math.max(v, p!.scale === 0 ? Math.trunc(q!.data[i] ?? v) : q!.data[i] ?? v)
          ),
        };
        return { operands: [x!, p!, other], args: undefined };
      },
    ),
    apply: (x, [low, high]) => x.clamp(low!, high!),
    oracle: ([x, low, high]) => zip(between, x!, low!, high!),
  }),
  law({
    name: "clamp from one side",
    operands: several({ limit: LARGEST }, { limit: LARGEST }),
    apply: (x, [y]) => [x.clamp(y), x.clamp(undefined, y)],
    oracle: ([x, y]) => [zip(Math.max, x!, y!), zip(Math.min, x!, y!)],
  }),
  law({
    name: "hardtanh and relu6",
    operands: several({ limit: LARGEST }),
    apply: (x) => [x.hardtanh(), x.hardtanh(-0.5, 2), x.relu6()],
    oracle: ([x]) => [
      zip((v) => between(v, -1, 1), x!),
      zip((v) => between(v, -0.5, 2), x!),
      zip((v) => between(v, 0, 6), x!),
    ],
    visibilities: SECRET,
  }),
  law({
    name: "leakyRelu",
    operands: fc.tuple(several({ limit: 2 ** 28 }), slopes).map(([{ operands }, args]) => ({
      operands,
      args,
    })),
    apply: (x, _ys, slope) => x.leakyRelu(slope),
    oracle: ([x], slope) => zip((v) => v > 0 ? v : slope * v, x!),
    error: ([x], slope) =>
      Number.isInteger(slope)
        ? 0
        : 2 * ULP + Math.max(0, ...x!.data.map((v) => -v)) * Math.min(1, 2 * Math.abs(slope)) * 2 ** -17,
  }),
  law({
    name: "threshold",
    operands: several({ limit: LARGEST }, { limit: 2 ** 45 }, { limit: LARGEST, scales: [16] }),
    apply: (x, [limit, value]) => x.threshold(limit!, value!),
    oracle: ([x, limit, value]) => zip((v, l, other) => v > l ? v : other, x!, limit!, value!),
  }),
];

/** All laws of this family. */
export const extremaLaws: readonly Law[] = [...extrema, ...sorts, ...bounds];
