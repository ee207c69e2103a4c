/**
 * Laws of indexing: reading and writing at public ranges and indices.
 *
 * @module
 */
import type { CrypTensor, Operand } from "../../mod.ts";
import { fc } from "../deps.ts";
import { at, broadcast, build, positions, sizeOf, type Values } from "../oracles/tensors.ts";
import { LARGEST, type Law, law, operand, type Plain, ULP } from "./law.ts";
import { axisOf, listOf, moves, normal, reshaped, shapes, strict, withAxes } from "./laws_movement.ts";

const listOfZeros = (length: number): number[] => new Array<number>(length).fill(0);

/** `length` entries of an axis from `start`. */
function piece(x: Values, axis: number, start: number, length: number): Values {
  return build(
    x.shape.map((side, i) => i === axis ? length : side),
    (index) => strict(x, index.map((p, i) => i === axis ? p + start : p)),
  );
}

/** Pieces of listed sizes along an axis. */
function pieces(x: Values, sizes: readonly number[], axis: number): Values[] {
  const along = normal(axis, x.shape.length);
  const before = (i: number): number => sizes.slice(0, i).reduce((a, b) => a + b, 0);
  return sizes.map((size, i) => piece(x, along, before(i), size));
}

/** Sizes of pieces of a side, of which only the last is smaller; one without entries when there are none. */
function even(side: number, size: number): number[] {
  const out: number[] = [];
  for (let rest = side; rest > 0; rest -= size) out.push(Math.min(size, rest));
  return out.length === 0 ? [0] : out;
}

const without = (shape: readonly number[], axis: number): number[] => shape.filter((_, i) => i !== axis);

interface Range {
  readonly start?: number | undefined;
  readonly stop?: number | undefined;
  readonly step?: number | undefined;
}

/** Positions that a range means, by Python's rules. */
function indicesOf({ start, stop, step = 1 }: Range, side: number): number[] {
  const wrap = (i: number): number => i < 0 ? i + side : i;
  const first = start === undefined ? (step > 0 ? 0 : side - 1) : wrap(start);
  const end = stop === undefined ? (step > 0 ? side : -1) : wrap(stop);
  const out: number[] = [];
  if (step > 0) { for (let i = Math.max(first, 0); i < Math.min(end, side); i += step) out.push(i); }
  else for (let i = Math.min(first, side - 1); i > Math.max(end, -1); i += step) out.push(i);
  return out;
}

const oneRange: fc.Arbitrary<Range> = fc.record({
  start: fc.option(fc.integer({ min: -6, max: 6 }), { nil: undefined }),
  stop: fc.option(fc.integer({ min: -6, max: 6 }), { nil: undefined }),
  step: fc.constantFrom(undefined, 1, 2, 3, -1, -2),
});

function taken(x: Values, axis: number, indices: readonly number[]): Values {
  const along = normal(axis, x.shape.length);
  const side = x.shape[along]!;
  return build(
    x.shape.map((s, i) => i === along ? indices.length : s),
    (index) => strict(x, index.map((p, i) => i === along ? normal(indices[p]!, side) : p)),
  );
}

/** An index from either end; of no use when there are no entries, but then none is asked for. */
const indexInto = (side: number): fc.Arbitrary<number> =>
  fc.integer({ min: -side, max: Math.max(-side, side - 1) });

interface Gathered {
  readonly axis: number;
  readonly shape: number[];
  readonly indices: number[];
}

/** Indices along an axis, one per element of a shape that lies within the tensor's on the other axes. */
const gathered = (shape: readonly number[]): fc.Arbitrary<Gathered> =>
  axisOf(shape).chain((axis) => {
    const side = shape.at(axis)!;
    const sides = shape.map((s, i) => fc.nat(i === normal(axis, shape.length) ? (side === 0 ? 0 : 4) : s));
    return fc.tuple(...sides).chain((to) =>
      listOf(indexInto(side), sizeOf(to)).map((indices) => ({ axis, shape: to, indices }))
    );
  });

/** A list of indices along an axis. */
const indexList = (shape: readonly number[]): fc.Arbitrary<{ axis: number; list: number[] }> =>
  axisOf(shape).chain((axis) => {
    const side = shape.at(axis)!;
    const list = side === 0 ? fc.constant<number[]>([]) : fc.array(indexInto(side), { maxLength: 5 });
    return list.map((indices) => ({ axis, list: indices }));
  });

/** Indices in a form that the library reads: nested lists would lose the shape of what has no elements. */
const given = ({ shape, indices }: Omit<Gathered, "axis">): { shape: number[]; data: Int32Array } => ({
  shape,
  data: Int32Array.from(indices),
});

/** A law of a tensor and a source, each with values up to `limit`. */
function writes<A>(
  name: string,
  limit: number,
  args: (shape: readonly number[]) => fc.Arbitrary<A>,
  sourceOf: (shape: readonly number[], args: A) => readonly number[],
  apply: (x: CrypTensor, source: Operand, args: A) => CrypTensor,
  oracle: (x: Values, source: Values, args: A) => Values,
  error = 0,
): Law {
  return law<A>({
    name,
    operands: withAxes.chain((shape) =>
      args(shape).chain((a) =>
        fc.tuple(operand(shape, { limit }), operand(sourceOf(shape, a), { limit }))
          .map((operands): { operands: readonly Plain[]; args: A } => ({ operands, args: a }))
      )
    ),
    apply: (x, [source], a) => apply(x, source!, a),
    oracle: ([x, source], a) => oracle(x!, source!, a),
    error: () => error,
    ...error > 0 ? { visibilities: [["secret", "secret"]] } : {},
  });
}

/** x after `f` of the old and the new element at each place that a source's position means. */
function written(
  x: Values,
  source: Values,
  place: (index: readonly number[]) => readonly number[],
  f: (old: number, value: number) => number,
  shape = source.shape,
): Values {
  const data = [...x.data];
  for (const index of positions(shape)) {
    const to = place(index);
    const flat = x.shape.reduce((sum, side, axis) => sum * side + to[axis]!, 0);
    data[flat] = f(data[flat]!, at(source, index));
  }
  return { shape: x.shape, data };
}

/** Where scatter puts the element of a position. */
const scattered = (x: Values, { axis, shape, indices }: Gathered) => (index: readonly number[]): number[] => {
  const along = normal(axis, x.shape.length);
  return index.map((p, i) =>
    i === along ? normal(strict({ shape, data: indices }, index), x.shape[along]!) : p
  );
};

/** Where indexAdd puts the element of a position. */
const entry = (x: Values, axis: number, list: readonly number[]) => (index: readonly number[]): number[] => {
  const along = normal(axis, x.shape.length);
  return index.map((p, i) => i === along ? normal(list[p]!, x.shape[along]!) : p);
};

const replaced = (_old: number, value: number): number => value;
const listShape = (shape: readonly number[], { axis, list }: { axis: number; list: number[] }): number[] =>
  shape.map((s, i) => i === normal(axis, shape.length) ? list.length : s);

/** Ranges, and indices of axes that have entries. */
const mixedRanges = (shape: readonly number[]): fc.Arbitrary<(number | Range)[]> =>
  fc.nat(shape.length).chain((count) =>
    fc.tuple(
      ...shape.slice(0, count).map((side): fc.Arbitrary<number | Range> =>
        side === 0 ? oneRange : fc.oneof(oneRange, indexInto(side))
      ),
    )
  );

/** Positions per axis, and whether the axis stays. */
const picked = (shape: readonly number[], ranges: readonly (number | Range)[]) =>
  shape.map((side, i) => {
    const range = ranges[i] ?? {};
    return typeof range === "number"
      ? { list: [normal(range, side)], stays: false }
      : { list: indicesOf(range, side), stays: true };
  });

/** The position in a tensor of a position in a part of it. */
function inWhole(
  axes: readonly { readonly list: readonly number[]; readonly stays: boolean }[],
  index: readonly number[],
): number[] {
  let next = 0;
  return axes.map(({ list, stays }) => stays ? list[index[next++]!]! : list[0]!);
}

const partOf = (shape: readonly number[], ranges: readonly (number | Range)[]): number[] =>
  picked(shape, ranges).filter((a) => a.stays).map((a) => a.list.length);

/** Shapes that broadcast to a shape. */
const smaller = (shape: readonly number[]): fc.Arbitrary<number[]> =>
  fc.tuple(fc.nat(shape.length), listOf(fc.boolean(), shape.length)).map(([drop, ones]) =>
    shape.map((side, i) => ones[i] ? 1 : side).slice(drop)
  );

/** Rows of the table. */
export const indexingLaws: readonly Law[] = [
  moves(
    "slice",
    shapes,
    (shape) => fc.array(oneRange, { maxLength: shape.length }),
    (x, ranges) => x.slice(ranges),
    (x, ranges) => {
      const picked = x.shape.map((side, i) => indicesOf(ranges[i] ?? {}, side));
      return build(
        picked.map((list) => list.length),
        (index) => strict(x, index.map((p, i) => picked[i]![p]!)),
      );
    },
  ),
  moves(
    "narrow",
    withAxes,
    (shape) =>
      axisOf(shape).chain((axis) => {
        const side = shape.at(axis)!;
        return fc.nat(side).chain((start) => fc.nat(side - start).map((length) => ({ axis, start, length })));
      }),
    (x, { axis, start, length }) => x.narrow(axis, start, length),
    (x, { axis, start, length }) => piece(x, normal(axis, x.shape.length), start, length),
  ),
  moves(
    "get",
    shapes.map((shape) => shape.map((side) => Math.max(1, side))),
    (shape) => fc.nat(shape.length).chain((n) => fc.tuple(...shape.slice(0, n).map(indexInto))),
    (x, index) => x.get(...index),
    (x, index) => {
      const rest = x.shape.slice(index.length);
      const head = index.map((p, i) => normal(p, x.shape[i]!));
      return build(rest, (tail) => strict(x, [...head, ...tail]));
    },
  ),
  moves(
    "split",
    withAxes,
    (shape) => fc.tuple(fc.integer({ min: 1, max: 3 }), axisOf(shape)),
    (x, [size, axis]) => x.split(size, axis),
    (x, [size, axis]) => pieces(x, even(x.shape.at(axis)!, size), axis),
  ),
  moves(
    "chunk",
    withAxes,
    (shape) => fc.tuple(fc.integer({ min: 1, max: 5 }), axisOf(shape)),
    (x, [count, axis]) => x.chunk(count, axis),
    (x, [count, axis]) => {
      const side = x.shape.at(axis)!;
      return pieces(x, side === 0 ? listOfZeros(count) : even(side, Math.ceil(side / count)), axis);
    },
  ),
  moves(
    "split into listed sizes",
    withAxes,
    (shape) =>
      axisOf(shape).chain((axis) =>
        fc.array(fc.nat(shape.at(axis)!), { maxLength: 3 }).map((cuts) => {
          const ends = [0, ...cuts.sort((a, b) => a - b), shape.at(axis)!];
          return { axis, sizes: ends.slice(1).map((end, i) => end - ends[i]!) };
        })
      ),
    (x, { axis, sizes }) => x.split(sizes, axis),
    (x, { axis, sizes }) => pieces(x, sizes, axis),
  ),
  moves(
    "unbind",
    withAxes,
    axisOf,
    (x, axis) => x.unbind(axis),
    (x, axis) =>
      pieces(x, new Array<number>(x.shape.at(axis)!).fill(1), axis)
        .map((p) => reshaped(p, without(p.shape, normal(axis, x.shape.length)))),
  ),
  moves(
    "indexSelect",
    withAxes,
    indexList,
    (x, { axis, list }) => x.indexSelect(axis, list),
    (x, { axis, list }) => taken(x, axis, list),
  ),
  moves(
    "gather",
    withAxes,
    gathered,
    (x, { axis, shape, indices }) => x.gather(axis, given({ shape, indices })),
    (x, { axis, shape, indices }) => {
      const along = normal(axis, shape.length);
      const picked = { shape, data: indices };
      return build(
        shape,
        (index) =>
          strict(x, index.map((p, i) => i === along ? normal(strict(picked, index), x.shape[i]!) : p)),
      );
    },
  ),
  moves(
    "slice with indices",
    withAxes,
    mixedRanges,
    (x, ranges) => x.slice(ranges),
    (x, ranges) => {
      const axes = picked(x.shape, ranges);
      return build(partOf(x.shape, ranges), (index) => strict(x, inWhole(axes, index)));
    },
  ),
  moves(
    "take",
    shapes,
    (shape) => {
      const size = sizeOf(shape);
      return fc.array(fc.nat(3), { maxLength: 2 }).map((s) => size === 0 ? [0, ...s] : s).chain((to) =>
        listOf(indexInto(size), sizeOf(to)).map((indices) => ({ shape: to, indices }))
      );
    },
    (x, indices) => x.take(given(indices)),
    (x, { shape, indices }) => ({ shape, data: indices.map((i) => x.data[normal(i, x.data.length)]!) }),
  ),
  moves(
    "take along an axis",
    withAxes,
    (shape) =>
      axisOf(shape).chain((axis) => {
        const side = shape.at(axis)!;
        return fc.array(fc.nat(3), { maxLength: 2 }).map((s) => side === 0 ? [0, ...s] : s).chain((to) =>
          listOf(indexInto(side), sizeOf(to)).map((indices) => ({ axis, shape: to, indices }))
        );
      }),
    (x, { axis, ...indices }) => x.take(given(indices), axis),
    (x, { axis, shape, indices }) => {
      const out = taken(x, axis, indices);
      return reshaped(out, out.shape.flatMap((s, i) => i === normal(axis, x.shape.length) ? shape : [s]));
    },
  ),
  moves(
    "takeAlongDim",
    withAxes,
    (shape) =>
      axisOf(shape).chain((axis) => {
        const along = normal(axis, shape.length);
        // Sides of 1 are broadcast, in the tensor and in the indices.
        const sides = shape.map((s, i) =>
          i === along
            ? fc.nat(shape[along] === 0 ? 0 : 3)
            : s === 1
            ? fc.constantFrom(0, 1, 2)
            : fc.constantFrom(1, s)
        );
        return fc.tuple(...sides).chain((to) =>
          listOf(indexInto(shape[along]!), sizeOf(to)).map((indices) => ({ axis, shape: to, indices }))
        );
      }),
    (x, { axis, ...indices }) => x.takeAlongDim(given(indices), axis),
    (x, { axis, shape, indices }) => {
      const along = normal(axis, shape.length);
      const rest = broadcast(x.shape.with(along, 1), shape.with(along, 1));
      const from = { shape, data: indices };
      const wide = (values: Values, index: readonly number[], i: number): number =>
        strict(values, index.map((p, a) => a === along ? i : values.shape[a] === 1 ? 0 : p));
      return build(rest.with(along, shape[along]!), (index) => {
        const i = wide(from, index, index[along]!);
        return wide(x, index, normal(i, x.shape[along]!));
      });
    },
  ),
  moves(
    "takeAlongDim of the flattened tensor",
    shapes.filter((shape) => sizeOf(shape) > 0),
    (shape) => fc.array(indexInto(sizeOf(shape)), { minLength: 6, maxLength: 6 }),
    (x, indices) => x.takeAlongDim(given({ shape: [2, 3], indices })),
    (x, indices) => ({ shape: [6], data: indices.map((i) => x.data[normal(i, x.data.length)]!) }),
  ),
  writes(
    "assign",
    LARGEST,
    (shape) =>
      mixedRanges(shape).chain((ranges) =>
        smaller(partOf(shape, ranges)).map((source) => ({ ranges, source }))
      ),
    (_shape, { source }) => source,
    (x, source, { ranges }) => x.assign(ranges, source),
    (x, source, { ranges }) => {
      const axes = picked(x.shape, ranges);
      return written(x, source, (index) => inWhole(axes, index), replaced, partOf(x.shape, ranges));
    },
  ),
  writes(
    "scatter",
    LARGEST,
    gathered,
    (_shape, { shape }) => shape,
    (x, source, { axis, ...indices }) => x.scatter(axis, given(indices), source),
    (x, source, indices) => written(x, source, scattered(x, indices), replaced),
  ),
  writes(
    "scatter of a larger source",
    LARGEST,
    (shape) => gathered(shape).chain((g) => listOf(fc.nat(2), shape.length).map((more) => ({ ...g, more }))),
    (_shape, { shape, more }) => shape.map((side, i) => side + more[i]!),
    (x, source, { axis, ...indices }) => x.scatter(axis, given(indices), source),
    (x, source, indices) => {
      const part = build(indices.shape, (index) => strict(source, index));
      return written(x, part, scattered(x, indices), replaced);
    },
  ),
  writes(
    "scatter of one value",
    LARGEST,
    gathered,
    () => [],
    (x, source, { axis, ...indices }) => x.scatter(axis, given(indices), source),
    (x, source, indices) => written(x, source, scattered(x, indices), replaced, indices.shape),
  ),
  writes(
    "scatterAdd",
    2 ** 30,
    gathered,
    (_shape, { shape }) => shape,
    (x, source, { axis, ...indices }) => x.scatterAdd(axis, given(indices), source),
    (x, source, indices) => written(x, source, scattered(x, indices), (a, b) => a + b),
  ),
  writes(
    "scatterAdd of one value",
    2 ** 30,
    gathered,
    () => [],
    (x, source, { axis, ...indices }) => x.scatterAdd(axis, given(indices), source),
    (x, source, indices) => written(x, source, scattered(x, indices), (a, b) => a + b, indices.shape),
  ),
  writes(
    "indexAdd",
    2 ** 28,
    (shape) =>
      fc.tuple(indexList(shape), fc.constantFrom(undefined, 1, -1, 3, 0)).map(([l, alpha]) => ({
        ...l,
        alpha,
      })),
    listShape,
    (x, source, { axis, list, alpha }) => x.indexAdd(axis, list, source, alpha),
    (x, source, { axis, list, alpha = 1 }) =>
      written(x, source, entry(x, axis, list), (a, b) => a + alpha * b),
  ),
  writes(
    "indexAdd of fractions of a source",
    2 ** 10,
    (shape) =>
      fc.tuple(indexList(shape), fc.constantFrom(0.5, -2.5, 1.75)).map(([l, alpha]) => ({ ...l, alpha })),
    listShape,
    (x, source, { axis, list, alpha }) => x.indexAdd(axis, list, source, alpha),
    (x, source, { axis, list, alpha }) => written(x, source, entry(x, axis, list), (a, b) => a + alpha * b),
    ULP,
  ),
  writes(
    "indexCopy",
    LARGEST,
    indexList,
    listShape,
    (x, source, { axis, list }) => x.indexCopy(axis, list, source),
    (x, source, { axis, list }) => written(x, source, entry(x, axis, list), replaced),
  ),
  writes(
    "indexFill",
    LARGEST,
    indexList,
    () => [],
    (x, value, { axis, list }) => x.indexFill(axis, list, value),
    (x, value, l) => written(x, value, entry(x, l.axis, l.list), replaced, listShape(x.shape, l)),
  ),
];
