/**
 * Laws of movement: other shapes and orders of the same elements.
 *
 * @module
 */
import type { CrypTensor } from "../../mod.ts";
import { catAll, stackAll } from "../../ops/join.ts";
import { fc } from "../deps.ts";
import { at, build, sizeOf, type Values } from "../oracles/tensors.ts";
import { ALL_SECRET, LARGEST, type Law, law, operand, type Plain } from "./law.ts";

export const range = { limit: LARGEST };
export const shapes = fc.array(fc.constantFrom(0, 1, 1, 2, 3, 4), { maxLength: 3 });
export const withAxes = shapes.filter((shape) => shape.length > 0);

/** An axis of a shape, counted from either end. */
export const axisOf = (shape: readonly number[]): fc.Arbitrary<number> =>
  fc.integer({ min: -shape.length, max: shape.length - 1 });
export const normal = (axis: number, rank: number): number => axis < 0 ? axis + rank : axis;

type Applied<A> = (x: CrypTensor, args: A) => CrypTensor | readonly CrypTensor[];
type Oracle<A> = (x: Values, args: A) => Values | readonly Values[];

/** A law of one operand whose further arguments depend on the shape. */
export function moves<A>(
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

export const none = (): fc.Arbitrary<undefined> => fc.constant(undefined);
export const reshaped = (x: Values, shape: readonly number[]): Values => ({ shape, data: x.data });
export const listOf = <T>(each: fc.Arbitrary<T>, length: number): fc.Arbitrary<T[]> =>
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

export function strict(x: Values, index: readonly number[]): number {
  return x.data[x.shape.reduce((flat, side, axis) => flat * side + index[axis]!, 0)]!;
}

/** Element i of an axis goes to i + shift. */
function rolled(x: Values, shift: number, axis: number): Values {
  const along = normal(axis, x.shape.length);
  const side = x.shape[along]!;
  return build(
    x.shape,
    (index) => strict(x, index.map((p, i) => i === along ? ((p - shift) % side + side) % side : p)),
  );
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
    "expand with kept sides",
    shapes,
    (shape) => fc.tuple(fc.array(fc.nat(2), { maxLength: 1 }), listOf(fc.boolean(), shape.length)),
    (x, [more, keep]) =>
      x.expand([...more, ...x.shape.map((side, i) => keep[i] ? -1 : side === 1 ? 2 : side)]),
    (x, [more, keep]) =>
      build(
        [...more, ...x.shape.map((side, i) => !keep[i] && side === 1 ? 2 : side)],
        (index) => at(x, index),
      ),
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
  moves(
    "tile",
    shapes,
    (shape) => fc.array(fc.nat(2), { maxLength: shape.length + 1 }),
    (x, counts) => x.tile(counts),
    (x, counts) => {
      const rank = Math.max(counts.length, x.shape.length);
      const grown = (
        list: readonly number[],
      ): number[] => [...new Array(rank - list.length).fill(1), ...list];
      const own = grown(x.shape);
      return build(
        grown(counts).map((c, i) => c * own[i]!),
        (index) => strict({ shape: own, data: x.data }, index.map((p, i) => p % own[i]!)),
      );
    },
  ),
  moves(
    "movedim",
    withAxes,
    (shape) =>
      fc.tuple(order(shape), order(shape), fc.nat(shape.length)).map(([from, to, count]) => [
        from.slice(0, count).map((axis, i) => i === 0 ? axis - shape.length : axis),
        to.slice(0, count),
      ]),
    (x, [from, to]) => from!.length === 1 ? x.movedim(from![0]!, to![0]!) : x.movedim(from!, to!),
    (x, [from, to]) => {
      const rank = x.shape.length;
      const moved = from!.map((axis) => normal(axis, rank));
      const axes = x.shape.map((_, i) => i).filter((axis) => !moved.includes(axis));
      // NumPy's definition: axes are put in at their places, the lowest place first.
      moved.map((axis, i) => [to![i]!, axis] as const).sort(([a], [b]) => a - b)
        .forEach(([place, axis]) => axes.splice(place, 0, axis));
      return permuted(x, axes);
    },
  ),
  moves(
    "unflatten",
    withAxes,
    (shape) =>
      axisOf(shape).chain((axis) =>
        fc.constantFrom(...factorsOf(shape.at(axis)!)).map((sides) => ({ axis, sides }))
      ),
    (x, { axis, sides }) => x.unflatten(axis, sides),
    (x, { axis, sides }) => {
      const known = sizeOf(sides.filter((side) => side !== -1));
      const full = sides.map((side) => side === -1 ? x.shape.at(axis)! / known : side);
      return reshaped(x, x.shape.toSpliced(normal(axis, x.shape.length), 1, ...full));
    },
  ),
  moves("t of a vector or scalar", fc.array(fc.nat(4), { maxLength: 1 }), none, (x) => x.t(), (x) => x),
  moves("squeeze", shapes, none, (x) => x.squeeze(), (x) => reshaped(x, x.shape.filter((s) => s !== 1))),
  moves(
    "squeeze of an axis",
    withAxes,
    axisOf,
    (x, axis) => x.squeeze(axis),
    (x, axis) => reshaped(x, x.shape.filter((s, i) => s !== 1 || i !== normal(axis, x.shape.length))),
  ),
  moves(
    "squeeze of several axes",
    shapes,
    (shape) => fc.subarray(shape.map((_, i) => i)),
    (x, axes) => x.squeeze(axes),
    (x, axes) => reshaped(x, x.shape.filter((s, i) => s !== 1 || !axes.includes(i))),
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
    (x, [shift, axis]) => rolled(x, shift, axis),
  ),
  moves(
    "roll along several axes",
    withAxes,
    (shape) => fc.array(fc.tuple(fc.integer({ min: -7, max: 7 }), axisOf(shape)), { maxLength: 3 }),
    (x, pairs) => x.roll(pairs.map(([shift]) => shift), pairs.map(([, axis]) => axis)),
    (x, pairs) => pairs.reduce((y, [shift, axis]) => rolled(y, shift, axis), x),
  ),
  moves(
    "roll of the flattened tensor",
    shapes,
    () => fc.integer({ min: -20, max: 20 }),
    (x, shift) => [x.roll(shift), x.roll([shift])],
    (x, shift) => {
      const out = reshaped(rolled(reshaped(x, [x.data.length]), shift, 0), x.shape);
      return [out, out];
    },
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
  law({
    name: "cat and stack of a list whose first is public",
    operands: shapes.filter((shape) => shape.length > 0).chain((shape) =>
      fc.tuple(operand(shape, range), operand(shape, range), operand(shape, range))
    ).map((operands) => ({ operands, args: undefined })),
    apply: (x, ys) => [catAll([...ys, x], -1), stackAll([...ys, x]), x.cat(ys), x.stack(ys, -1)],
    oracle: ([x, ...ys]) => [
      joined([...ys, x!], -1),
      stacked([...ys, x!], 0),
      joined([x!, ...ys], 0),
      stacked([x!, ...ys], -1),
    ],
    visibilities: [["secret", "public", "secret"], ["secret", "public", "public"], [
      "constant",
      "public",
      "secret",
    ]],
  }),
];
