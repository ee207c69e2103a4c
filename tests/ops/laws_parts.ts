/**
 * Laws of padding, windows, diagonals and triangles.
 *
 * @module
 */
import { fc } from "../deps.ts";
import { build, type Values } from "../oracles/tensors.ts";
import { type Law, law, operand } from "./law.ts";
import { axisOf, listOf, moves, none, normal, range, shapes, strict, withAxes } from "./laws_movement.ts";

/** Two different axes of some number, counted from either end. */
const twoAxes = (rank: number): fc.Arbitrary<[number, number]> =>
  fc.shuffledSubarray(Array.from({ length: rank }, (_, i) => i), { minLength: 2, maxLength: 2 })
    .chain(([a, b]) => fc.boolean().map((end): [number, number] => [end ? a! - rank : a!, b!]));

/** Elements (i, i + offset) of two axes. */
function diagonalOf(x: Values, offset: number, [a, b]: readonly number[]): Values {
  const [p, q] = [normal(a!, x.shape.length), normal(b!, x.shape.length)];
  const others = x.shape.map((_, i) => i).filter((i) => i !== p && i !== q);
  const rows = Array.from({ length: x.shape[p]! }, (_, i) => i)
    .filter((i) => i + offset >= 0 && i + offset < x.shape[q]!);
  return build([...others.map((axis) => x.shape[axis]!), rows.length], (index) => {
    const from = x.shape.map((_, axis) => index[others.indexOf(axis)] ?? 0);
    from[p] = rows[index.at(-1)!]!;
    from[q] = from[p]! + offset;
    return strict(x, from);
  });
}

/** Zeros but for the last axis on a diagonal between two axes of the result. */
function embedded(x: Values, offset: number, [a, b]: readonly number[]): Values {
  const rank = x.shape.length + 1;
  const [p, q] = [normal(a!, rank), normal(b!, rank)];
  const side = x.shape.at(-1)! + Math.abs(offset);
  const rest = x.shape.slice(0, -1);
  return build(
    Array.from({ length: rank }, (_, i) => i === p || i === q ? side : rest.shift()!),
    (index) =>
      index[q]! - index[p]! === offset
        ? strict(x, [...index.filter((_, i) => i !== p && i !== q), Math.min(index[p]!, index[q]!)])
        : 0,
  );
}

/** Entries around a list, as NumPy's pad gives them: one more on either side until there are enough. */
const around: Readonly<Record<string, (list: readonly number[], i: number) => number>> = {
  edge: (list, i) => i < 0 ? list[0]! : list.at(-1)!,
  wrap: (list, i) => i < 0 ? list.at(i % list.length)! : list[i % list.length]!,
  reflect: (list, i) => i < 0 ? list[-i]! : list.at(-2 - (i - list.length))!,
};

/** One axis padded by its own entries. */
function padded(x: Values, mode: string, axis: number, before: number, after: number): Values {
  const side = x.shape[axis]!;
  const places = Array.from({ length: side }, (_, i) => i);
  const entries = Array.from({ length: before + side + after }, (_, i) => {
    const from = i - before;
    return from >= 0 && from < side ? from : around[mode]!(places, from);
  });
  return build(
    x.shape.with(axis, entries.length),
    (index) => strict(x, index.map((p, i) => i === axis ? entries[p]! : p)),
  );
}

/** Rows of the table. */
export const partLaws: readonly Law[] = [
  moves(
    "pad",
    shapes,
    (shape) =>
      fc.tuple(
        listOf(fc.nat(2), shape.length),
        listOf(fc.nat(2), shape.length),
        fc.constantFrom(0, 7, -2.5, 2 ** -16),
      ),
    (x, [before, after, value]) => x.pad(before, after, value),
    (x, [before, after, value]) =>
      build(x.shape.map((side, i) => before[i]! + side + after[i]!), (index) => {
        const inside = index.map((p, i) => p - before[i]!);
        return inside.every((p, i) => p >= 0 && p < x.shape[i]!) ? strict(x, inside) : value;
      }),
  ),
  ...(["edge", "wrap", "reflect"] as const).map((mode) =>
    moves(
      `pad by mode ${mode}`,
      shapes,
      (shape) => {
        const most = (side: number): number => side === 0 ? 0 : mode === "reflect" ? side - 1 : 5;
        const widths = fc.tuple(...shape.map((side) => fc.nat(most(side))));
        return fc.tuple(widths, widths);
      },
      (x, [before, after]) => x.pad(before, after, { mode }),
      (x, [before, after]) => x.shape.reduce((y, _, i) => padded(y, mode, i, before[i]!, after[i]!), x),
    )
  ),
  law({
    name: "pad with a value",
    operands: shapes.chain((shape) =>
      fc.tuple(
        operand(shape, range),
        operand([], range),
        fc.tuple(listOf(fc.nat(2), shape.length), listOf(fc.nat(2), shape.length)),
      )
    ).map(([x, value, args]) => ({ operands: [x, value], args })),
    apply: (x, [value], [before, after]) => x.pad(before, after, { value }),
    oracle: ([x, value], [before, after]) =>
      build(x!.shape.map((side, i) => before[i]! + side + after[i]!), (index) => {
        const inside = index.map((p, i) => p - before[i]!);
        return inside.every((p, i) => p >= 0 && p < x!.shape[i]!) ? strict(x!, inside) : value!.data[0]!;
      }),
  }),
  moves(
    "diagonal",
    fc.tuple(fc.nat(4), fc.nat(4)),
    none,
    (x) => x.diagonal(),
    (x) => build([Math.min(...x.shape)], ([i]) => strict(x, [i!, i!])),
  ),
  moves(
    "diagonal between any axes",
    shapes.filter((shape) => shape.length > 1),
    (shape) => fc.tuple(fc.integer({ min: -5, max: 5 }), twoAxes(shape.length)),
    (x, [offset, [a, b]]) => x.diagonal(offset, a, b),
    (x, [offset, axes]) => diagonalOf(x, offset, axes),
  ),
  moves(
    "diagEmbed",
    withAxes,
    (shape) => fc.tuple(fc.integer({ min: -2, max: 2 }), twoAxes(shape.length + 1)),
    (x, [offset, [a, b]]) => [x.diagEmbed(offset, a, b), x.diagEmbed(offset)],
    (x, [offset, axes]) => [embedded(x, offset, axes), embedded(x, offset, [-2, -1])],
  ),
  moves(
    "diag",
    fc.oneof(fc.tuple(fc.nat(4)), fc.tuple(fc.nat(4), fc.nat(4))),
    () => fc.integer({ min: -3, max: 3 }),
    (x, offset) => x.diag(offset),
    (x, offset) => x.shape.length === 1 ? embedded(x, offset, [0, 1]) : diagonalOf(x, offset, [0, 1]),
  ),
  moves(
    "tril and triu",
    shapes.filter((shape) => shape.length > 1),
    () => fc.integer({ min: -5, max: 5 }),
    (x, offset) => [x.tril(offset), x.triu(offset)],
    (x, offset) => {
      const right = (index: readonly number[]): number => index.at(-1)! - index.at(-2)!;
      return [
        build(x.shape, (index) => right(index) <= offset ? strict(x, index) : 0),
        build(x.shape, (index) => right(index) >= offset ? strict(x, index) : 0),
      ];
    },
  ),
  moves(
    "unfold",
    withAxes,
    (shape) =>
      axisOf(shape).chain((axis) =>
        fc.tuple(fc.nat(shape.at(axis)!), fc.integer({ min: 1, max: 3 }))
          .map(([size, step]) => ({ axis, size, step }))
      ),
    (x, { axis, size, step }) => x.unfold(axis, size, step),
    (x, { axis, size, step }) => {
      const along = normal(axis, x.shape.length);
      const starts: number[] = [];
      for (let start = 0; start + size <= x.shape[along]!; start += step) starts.push(start);
      return build(
        [...x.shape.with(along, starts.length), size],
        (index) => strict(x, index.slice(0, -1).map((p, i) => i === along ? starts[p]! + index.at(-1)! : p)),
      );
    },
  ),
];
