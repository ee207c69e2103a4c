/**
 * Movement of elements of any storage, by maps of positions.
 *
 * @module
 */
import { Tensor } from "../../../ops/plaintext.ts";
import { broadcastShapes, sameShape, type Shape, sizeOf, stridesOf } from "../../../ring/shape.ts";
import { refuse } from "./call.ts";
import { type Kind, storage, widened } from "./storage.ts";

/** Most elements of a result. */
export const MOST = 2 ** 26;

/** Most elements of a result that is larger than its operands: a few numbers do not fill the memory. */
const MOST_GROWN = 2 ** 22;

/**
 * Refuses results of absurd size before anything is allocated; `given` is the number of elements that they are made from.
 * Sides of 0 do not make the others harmless.
 */
export function checkSize(shape: Shape, given = 0): void {
  if (shape.some((side) => side < 0)) refuse(`the result would have shape [${shape}]`);
  const size = shape.reduce((product, side) => product * Math.max(side, 1), 1);
  const most = Math.min(MOST, Math.max(MOST_GROWN, given));
  if (!(size <= most)) {
    refuse(`the result would have shape [${shape}], at most ${most} elements are wanted`);
  }
}

/** Position 0 to count, each times a step. */
export function ramp(count: number, step = 1, from = 0): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => from + i * step);
}

/** Sums of one entry of each table, in row-major order of the entries; -1 where an entry is negative. */
export function positions(tables: readonly ArrayLike<number>[]): Int32Array {
  if (tables.some((table) => table.length === 0)) return new Int32Array();
  let map = new Int32Array(1);
  for (const table of tables) {
    const next = new Int32Array(map.length * table.length);
    let at = 0;
    for (const base of map) {
      for (let i = 0; i < table.length; i++) {
        next[at++] = base < 0 || table[i]! < 0 ? -1 : base + table[i]!;
      }
    }
    map = next;
  }
  return map;
}

/** A tensor of the elements at given positions; `fill` where a position is negative. */
export function take(x: Tensor, shape: Shape, map: Int32Array, fill?: number | bigint): Tensor {
  // Reading and writing storage of one kind is the same for numbers and big integers.
  const [from, to] = [x.data as Float64Array, storage(x.dtype, map.length) as Float64Array];
  const filler = (x.dtype === "int64" ? BigInt(fill ?? 0) : Number(fill ?? 0)) as number;
  for (let i = 0; i < map.length; i++) to[i] = map[i]! < 0 ? filler : from[map[i]!]!;
  return new Tensor(shape, to);
}

/** The reverse of {@link take}: elements go to given positions of a tensor of another shape. */
export function put(x: Tensor, shape: Shape, map: Int32Array): Tensor {
  const [from, to] = [x.data as Float64Array, storage(x.dtype, sizeOf(shape)) as Float64Array];
  for (let i = 0; i < map.length; i++) to[map[i]!] = from[i]!;
  return new Tensor(shape, to);
}

/** Along each axis the entries at given positions, or all of them; `fill` where a position is negative. */
export function select(
  x: Tensor,
  picks: readonly (ArrayLike<number> | undefined)[],
  fill?: number | bigint,
): Tensor {
  const shape = x.shape.map((side, axis) => picks[axis]?.length ?? side);
  checkSize(shape, x.size);
  const strides = stridesOf(x.shape);
  const tables = x.shape.map((side, axis) => {
    const pick = picks[axis];
    return pick === undefined ? ramp(side, strides[axis]!) : Int32Array.from(pick, (p) => p * strides[axis]!);
  });
  return take(x, shape, positions(tables), fill);
}

/** Axes in another order. */
export function permuted(x: Tensor, order: readonly number[]): Tensor {
  const strides = stridesOf(x.shape);
  const shape = order.map((axis) => x.shape[axis]!);
  return take(x, shape, positions(order.map((axis) => ramp(x.shape[axis]!, strides[axis]!))));
}

/** Sides of 1, and missing leading ones, repeat. */
export function expanded(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  checkSize(shape, x.size);
  const lead = shape.length - x.ndim;
  if (lead < 0 || x.shape.some((side, axis) => side !== 1 && side !== shape[axis + lead])) {
    refuse(`[${x.shape}] does not broadcast to [${shape}]`);
  }
  const strides = stridesOf(x.shape);
  const table = (side: number, axis: number): Int32Array =>
    x.shape[axis - lead] === side ? ramp(side, strides[axis - lead]!) : new Int32Array(side);
  return take(x, shape, positions(shape.map(table)));
}

/** The shape to which tensors broadcast. */
export function commonShape(...tensors: readonly Tensor[]): Shape {
  const shape = tensors.reduce<Shape>((s, t) => broadcastShapes(s, t.shape), []);
  checkSize(shape, tensors.reduce((sum, t) => sum + t.size, 0));
  return shape;
}

/** Positions of a tensor by lanes: all elements that differ only along the named axes stand side by side. */
export interface Lanes {
  /** Positions, lane after lane. */
  readonly map: Int32Array;
  /** Elements of a lane. */
  readonly length: number;
  /** Number of lanes. */
  readonly count: number;
  /** The shape with one element for each lane: named axes are 1, or left out. */
  readonly shape: (keep: boolean) => Shape;
}

/** Lanes along axes that are counted from 0. */
export function lanesOf(shape: Shape, axes: readonly number[]): Lanes {
  const strides = stridesOf(shape);
  const outer = shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const inner = axes.toSorted((a, b) => a - b);
  const sizes = (of: readonly number[]): number => sizeOf(of.map((axis) => shape[axis]!));
  return {
    map: positions([...outer, ...inner].map((axis) => ramp(shape[axis]!, strides[axis]!))),
    length: sizes(inner),
    count: sizes(outer),
    shape: (keep) =>
      keep ? shape.map((side, i) => axes.includes(i) ? 1 : side) : outer.map((axis) => shape[axis]!),
  };
}

/** Tensors one after the other along an axis. */
export function joined(tensors: readonly Tensor[], axis: number, kind: Kind): Tensor {
  const first = tensors[0]!;
  for (const { shape } of tensors) {
    const fits = shape.length === first.ndim && shape.every((n, i) => i === axis || n === first.shape[i]);
    if (!fits) refuse(`shapes [${first.shape}] and [${shape}] differ beside axis ${axis}`);
  }
  const side = tensors.reduce((sum, t) => sum + t.shape[axis]!, 0);
  const shape = first.shape.with(axis, side);
  checkSize(shape, tensors.reduce((sum, t) => sum + t.size, 0));
  const out = storage(kind, sizeOf(shape));
  const inner = sizeOf(shape.slice(axis + 1));
  let at = 0;
  for (const t of tensors) {
    const from = widened(t, kind).data as Float64Array;
    const piece = t.shape[axis]! * inner;
    for (let i = 0; i * piece < t.size; i++) {
      (out as Float64Array).set(from.subarray(i * piece, (i + 1) * piece), at + i * side * inner);
    }
    at += piece;
  }
  return new Tensor(shape, out);
}
