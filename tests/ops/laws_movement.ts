/**
 * Laws of movement: other shapes and orders of the same elements.
 *
 * @module
 */
import type { CrypTensor } from "../../mod.ts";
import { fc } from "../deps.ts";
import { at, build, sizeOf, type Values } from "../oracles/tensors.ts";
import { ALL_SECRET, LARGEST, type Law, law, operand, type Plain } from "./law.ts";

const range = { limit: LARGEST };
const shapes = fc.array(fc.constantFrom(0, 1, 1, 2, 3, 4), { maxLength: 3 });
const withAxes = shapes.filter((shape) => shape.length > 0);

/** An axis of a shape, counted from either end. */
const axisOf = (shape: readonly number[]): fc.Arbitrary<number> =>
  fc.integer({ min: -shape.length, max: shape.length - 1 });
const normal = (axis: number, rank: number): number => axis < 0 ? axis + rank : axis;

type Applied<A> = (x: CrypTensor, args: A) => CrypTensor | readonly CrypTensor[];
type Oracle<A> = (x: Values, args: A) => Values | readonly Values[];

/** A law of one operand whose further arguments depend on the shape. */
function moves<A>(
  name: string,
  from: fc.Arbitrary<number[]>,
  args: (shape: readonly number[]) => fc.Arbitrary<A>,
  apply: Applied<A>,
  oracle: Oracle<A>,
): Law {
  return law<A>({
    name,
    operands: from.chain((shape) => fc.tuple(operand(shape, range), args(shape))).map(([x, a]) => ({
      operands: [x],
      args: a,
    })),
    apply: (x, _ys, a) => apply(x, a),
    oracle: ([x], a) => oracle(x!, a),
  });
}

const none = (): fc.Arbitrary<undefined> => fc.constant(undefined);
const reshaped = (x: Values, shape: readonly number[]): Values => ({ shape, data: x.data });
const listOf = <T>(each: fc.Arbitrary<T>, length: number): fc.Arbitrary<T[]> =>
  fc.array(each, { minLength: length, maxLength: length });
const order = (shape: readonly number[]): fc.Arbitrary<number[]> =>
  fc.shuffledSubarray(shape.map((_, i) => i), { minLength: shape.length });

function permuted(x: Values, axes: readonly number[]): Values {
  const from = axes.map((axis) => normal(axis, x.shape.length));
  return build(from.map((axis) => x.shape[axis]!), (index) => {
    const back = new Array<number>(index.length);
    from.forEach((axis, i) => back[axis] = index[i]!);
    return at(x, back);
  });
}

/** `length` entries of an axis from `start`. */
function piece(x: Values, axis: number, start: number, length: number): Values {
  return build(
    x.shape.map((side, i) => i === axis ? length : side),
    (index) => strict(x, index.map((p, i) => i === axis ? p + start : p)),
  );
}

function strict(x: Values, index: readonly number[]): number {
  return x.data[x.shape.reduce((flat, side, axis) => flat * side + index[axis]!, 0)]!;
}

function pieces(x: Values, size: number, axis: number): Values[] {
  const along = normal(axis, x.shape.length);
  const total = x.shape[along]!;
  const out: Values[] = [];
  for (let start = 0; start < total; start += size) {
    out.push(piece(x, along, start, Math.min(size, total - start)));
  }
  return out;
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

const indexInto = (side: number): fc.Arbitrary<number> => fc.integer({ min: -side, max: side - 1 });

interface Gathered {
  readonly axis: number;
  readonly shape: number[];
  readonly indices: number[];
}

/** Tensors that join along an axis. */
const joinable = withAxes.chain((shape) =>
  fc.tuple(axisOf(shape), fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 3 })).chain(
    ([axis, sides]) => {
      const along = normal(axis, shape.length);
      const all = [shape, ...sides.map((side) => shape.map((s, i) => i === along ? side : s))];
      return fc.tuple(...all.map((s) => operand(s, range))).map((operands) => ({ operands, args: axis }));
    },
  )
);

function joined(xs: readonly Values[], axis: number): Values {
  const along = normal(axis, xs[0]!.shape.length);
  const total = xs.reduce((sum, x) => sum + x.shape[along]!, 0);
  return build(xs[0]!.shape.map((s, i) => i === along ? total : s), (index) => {
    let rest = index[along]!;
    const x = xs.find((each) => rest < each.shape[along]! || (rest -= each.shape[along]!, false))!;
    return strict(x, index.map((p, i) => i === along ? rest : p));
  });
}

const stackable = shapes.chain((shape) =>
  fc.tuple(fc.integer({ min: -shape.length - 1, max: shape.length }), fc.nat(3)).chain(([axis, more]) =>
    listOf<Plain>(operand(shape, range), 1 + more).map((operands) => ({ operands, args: axis }))
  )
);

function stacked(xs: readonly Values[], axis: number): Values {
  const along = normal(axis, xs[0]!.shape.length + 1);
  const grown = xs.map((x) => reshaped(x, [...x.shape.slice(0, along), 1, ...x.shape.slice(along)]));
  return joined(grown, along);
}

const factorsOf = (size: number): number[][] =>
  size === 0
    ? [[0], [0, 3], [2, 0]]
    : [[size], [1, size], [size, 1, 1], [-1], [1, -1], ...(size % 2 === 0 ? [[2, size / 2], [-1, 2]] : [])];

/** Rows of the table. */
export const movementLaws: readonly Law[] = [
  moves(
    "reshape",
    shapes,
    (shape) => fc.constantFrom(...factorsOf(sizeOf(shape)), [...shape]),
    (x, to) => [x.reshape(to), x.view(to)],
    (x, to) => {
      const known = sizeOf(to.filter((side) => side !== -1));
      const out = reshaped(x, to.map((side) => side === -1 ? x.data.length / known : side));
      return [out, out];
    },
  ),
  moves("flatten", shapes, none, (x) => x.flatten(), (x) => reshaped(x, [x.data.length])),
  moves(
    "flatten of some axes",
    withAxes,
    (shape) =>
      fc.tuple(axisOf(shape), axisOf(shape)).map((two) =>
        two.sort((a, b) => normal(a, shape.length) - normal(b, shape.length))
      ),
    (x, [a, b]) => x.flatten(a, b),
    (x, [a, b]) => {
      const rank = x.shape.length;
      const [p, q] = [normal(a!, rank), normal(b!, rank)];
      return reshaped(x, [...x.shape.slice(0, p), sizeOf(x.shape.slice(p, q + 1)), ...x.shape.slice(q + 1)]);
    },
  ),
  moves("permute", shapes, order, (x, axes) => x.permute(axes), permuted),
  moves(
    "permute by axes from the end",
    withAxes,
    (shape) => order(shape).map((axes) => axes.map((axis) => axis - shape.length)),
    (x, axes) => x.permute(axes),
    permuted,
  ),
  moves(
    "transpose",
    withAxes,
    (shape) => fc.tuple(axisOf(shape), axisOf(shape)),
    (x, [a, b]) => x.transpose(a, b),
    (x, [a, b]) => {
      const rank = x.shape.length;
      const axes = x.shape.map((_, i) => i);
      [axes[normal(a, rank)], axes[normal(b, rank)]] = [normal(b, rank), normal(a, rank)];
      return permuted(x, axes);
    },
  ),
  moves("t", fc.tuple(fc.nat(4), fc.nat(4)), none, (x) => x.t(), (x) => permuted(x, [1, 0])),
  moves(
    "expand",
    shapes,
    (shape) =>
      fc.tuple(fc.array(fc.nat(2), { maxLength: 1 }), listOf(fc.nat(3), shape.length)).map(([more, grow]) => [
        ...more,
        ...shape.map((side, i) => side === 1 ? grow[i]! : side),
      ]),
    (x, to) => x.expand(to),
    (x, to) => build(to, (index) => at(x, index)),
  ),
  moves(
    "repeat",
    shapes,
    (shape) =>
      fc.tuple(fc.array(fc.nat(2), { maxLength: 1 }), listOf(fc.nat(3), shape.length)).map(([more, each]) => [
        ...more,
        ...each,
      ]),
    (x, counts) => x.repeat(counts),
    (x, counts) => {
      const more = counts.length - x.shape.length;
      const sides = counts.map((c, i) => i < more ? c : c * x.shape[i - more]!);
      return build(sides, (index) => strict(x, index.slice(more).map((p, i) => p % x.shape[i]!)));
    },
  ),
  moves("squeeze", shapes, none, (x) => x.squeeze(), (x) => reshaped(x, x.shape.filter((s) => s !== 1))),
  moves(
    "squeeze of an axis",
    withAxes,
    axisOf,
    (x, axis) => x.squeeze(axis),
    (x, axis) => reshaped(x, x.shape.filter((s, i) => s !== 1 || i !== normal(axis, x.shape.length))),
  ),
  moves(
    "unsqueeze",
    shapes,
    (shape) => fc.integer({ min: -shape.length - 1, max: shape.length }),
    (x, axis) => x.unsqueeze(axis),
    (x, axis) => {
      const p = normal(axis, x.shape.length + 1);
      return reshaped(x, [...x.shape.slice(0, p), 1, ...x.shape.slice(p)]);
    },
  ),
  moves(
    "flip",
    shapes,
    (shape) =>
      fc.subarray(shape.map((_, i) => i)).map((axes) => axes.map((a, i) => i === 0 ? a - shape.length : a)),
    (x, axes) => x.flip(axes),
    (x, axes) => {
      const flipped = axes.map((axis) => normal(axis, x.shape.length));
      return build(
        x.shape,
        (index) => strict(x, index.map((p, i) => flipped.includes(i) ? x.shape[i]! - 1 - p : p)),
      );
    },
  ),
  moves(
    "roll",
    withAxes,
    (shape) => fc.tuple(fc.integer({ min: -7, max: 7 }), axisOf(shape)),
    (x, [shift, axis]) => x.roll(shift, axis),
    (x, [shift, axis]) => {
      const along = normal(axis, x.shape.length);
      const side = x.shape[along]!;
      return build(
        x.shape,
        (index) => strict(x, index.map((p, i) => i === along ? ((p - shift) % side + side) % side : p)),
      );
    },
  ),
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
    (x, [size, axis]) => pieces(x, size, axis),
  ),
  moves(
    "chunk",
    withAxes.map((shape) => shape.map((side) => Math.max(1, side))),
    (shape) => fc.tuple(fc.integer({ min: 1, max: 5 }), axisOf(shape)),
    (x, [count, axis]) => x.chunk(count, axis),
    (x, [count, axis]) => pieces(x, Math.ceil(x.shape.at(axis)! / count), axis),
  ),
  moves(
    "unbind",
    withAxes,
    axisOf,
    (x, axis) => x.unbind(axis),
    (x, axis) => pieces(x, 1, axis).map((p) => reshaped(p, without(p.shape, normal(axis, x.shape.length)))),
  ),
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
  moves(
    "indexSelect",
    withAxes,
    (shape) =>
      axisOf(shape).chain((axis) => {
        const side = shape.at(axis)!;
        const indices = side === 0 ? fc.constant<number[]>([]) : fc.array(indexInto(side), { maxLength: 5 });
        return indices.map((list) => ({ axis, list }));
      }),
    (x, { axis, list }) => x.indexSelect(axis, list),
    (x, { axis, list }) => taken(x, axis, list),
  ),
  moves(
    "gather",
    withAxes.map((shape) => shape.map((side) => Math.max(1, side))),
    (shape) =>
      fc.tuple(axisOf(shape), ...shape.map((side) => fc.nat(side))).chain(
        ([axis, ...sides]): fc.Arbitrary<Gathered> => {
          const to = sides.map((s) => s);
          return listOf(indexInto(shape.at(axis)!), sizeOf(to)).map((indices) => ({
            axis,
            shape: to,
            indices,
          }));
        },
      ),
    (x, { axis, shape, indices }) => x.gather(axis, { shape, data: Int32Array.from(indices) }),
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
    "diagonal",
    fc.tuple(fc.nat(4), fc.nat(4)),
    none,
    (x) => x.diagonal(),
    (x) => build([Math.min(...x.shape)], ([i]) => strict(x, [i!, i!])),
  ),
  law({
    name: "cat",
    operands: joinable,
    apply: (x, ys, axis) => x.cat(ys as CrypTensor[], axis),
    oracle: joined,
    visibilities: [...ALL_SECRET, ["constant"]],
  }),
  law({
    name: "stack",
    operands: stackable,
    apply: (x, ys, axis) => x.stack(ys as CrypTensor[], axis),
    oracle: stacked,
    visibilities: [...ALL_SECRET, ["constant"]],
  }),
];
