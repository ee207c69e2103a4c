/**
 * Operands that are worked on along an axis, and the lists that stand along it.
 *
 * @module
 */
import { fc } from "../deps.ts";
import { build, positions, type Values } from "../oracles/tensors.ts";
import { LARGEST_INTEGER, operand, type Plain, ULP } from "./law.ts";

/** Which axis, and whether it stays. */
export interface Along {
  /** The axis; none for all elements. */
  readonly dim?: number;
  /** Whether it stays with size 1. */
  readonly keepdim?: boolean;
}

/** What operands look like. */
export interface ColumnRange {
  /** Largest absolute value. */
  readonly limit: number;
  /** Largest absolute value of integers; the same limit by default. */
  readonly integerLimit?: number;
  /** Fewest elements along the axis; 1 by default. */
  readonly least?: number;
  /** Whether the axis may be left out; yes by default. */
  readonly whole?: boolean;
  /** Scales to choose from. */
  readonly scales?: readonly number[];
}

/** Values of which many are equal, around zero and at the ends. */
function ties(shape: readonly number[], limit: number): fc.Arbitrary<Plain> {
  const length = shape.reduce((a, b) => a * b, 1);
  const some = fc.constantFrom(0, 0, 1, 1, -1, ULP, -ULP, limit, -limit);
  return fc.array(some, { minLength: length, maxLength: length }).map((data) => ({ shape, data, scale: 16 }));
}

/** A tensor with ties, or of any values, and an axis of it; also long ones. */
export function columns(range: ColumnRange): fc.Arbitrary<{ operands: Plain[]; args: Along }> {
  const { limit, integerLimit = Math.min(limit, LARGEST_INTEGER), least = 1, whole = true } = range;
  const shapes = fc.oneof<fc.MaybeWeightedArbitrary<number[]>[]>(
    {
      weight: 6,
      arbitrary: fc.array(fc.constantFrom(0, 1, 2, 3, 4, 5), { minLength: whole ? 0 : 1, maxLength: 3 }),
    },
    { weight: 1, arbitrary: fc.constantFrom<number[]>([7], [9], [17], [2, 11]) },
  );
  return shapes.chain((sides) =>
    fc.record({ dim: fc.integer({ min: -sides.length, max: sides.length - 1 + 1 }), keepdim: fc.boolean() })
      .chain(({ dim, keepdim }) => {
        const all = whole && (sides.length === 0 || dim === sides.length);
        const axis = Math.min(dim, sides.length - 1);
        const shape = sides.map((side, i) =>
          all || i === (axis + sides.length) % sides.length ? Math.max(least, side) : side
        );
        const values = operand(shape, { limit, integerLimit, ...range.scales && { scales: range.scales } });
        const tied = range.scales === undefined ? fc.oneof(values, ties(shape, limit)) : values;
        return tied.map((x) => ({ operands: [x], args: all ? { keepdim } : { dim: axis, keepdim } }));
      })
  );
}

/** The axis from 0. */
export function axisOf(x: Values, dim: number): number {
  return dim < 0 ? dim + x.shape.length : dim;
}

/** The list along an axis through a position. */
export function listAt(x: Values, axis: number, index: readonly number[]): number[] {
  return Array.from({ length: x.shape[axis]! }, (_, i) => {
    const flat = x.shape.reduce((sum, side, a) => sum * side + (a === axis ? i : index[a]!), 0);
    return x.data[flat]!;
  });
}

/** A function of each list, in place of the axis. */
export function reduceAlong(
  x: Values,
  { dim, keepdim = false }: Along,
  f: (list: number[]) => number,
): Values {
  if (dim === undefined) return { shape: keepdim ? x.shape.map(() => 1) : [], data: [f([...x.data])] };
  const axis = axisOf(x, dim);
  const kept = x.shape.map((side, i) => i === axis ? 1 : side);
  const out = build(kept, (index) => f(listAt(x, axis, index)));
  return { shape: keepdim ? kept : x.shape.filter((_, i) => i !== axis), data: out.data };
}

/** A list in place of each list. */
export function mapAlong(x: Values, dim: number, f: (list: number[]) => number[]): Values {
  const axis = axisOf(x, dim);
  const first = x.shape.map((side, i) => i === axis ? 1 : side);
  const lists = new Map<string, number[]>();
  let length = f(new Array<number>(x.shape[axis]!).fill(0)).length;
  for (const index of positions(first)) {
    const list = f(listAt(x, axis, index));
    length = list.length;
    lists.set(index.join(), list);
  }
  return build(
    x.shape.map((side, i) => i === axis ? length : side),
    (index) => lists.get(index.with(axis, 0).join())![index[axis]!]!,
  );
}

/** Indices of a list in the order of its elements; equal ones in their own order. */
export function order(list: readonly number[], descending = false): number[] {
  const way = descending ? -1 : 1;
  return list.map((_, i) => i).sort((a, b) => way * (list[a]! - list[b]!) || a - b);
}
