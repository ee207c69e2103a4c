/**
 * Slow twins of movement and sums, on bigints: each says where an element comes from.
 *
 * @module
 */
import { broadcastAt, wrap } from "./elementwise.ts";
import type { Words } from "./linalg.ts";
import { positions } from "./tensors.ts";

type Index = readonly number[];

/** The element at a position. */
function at(x: Words, index: Index): bigint {
  return x.data[x.shape.reduce((flat, side, axis) => flat * side + index[axis]!, 0)]!;
}

/** A tensor from a function of the position. */
function build(shape: Index, f: (index: Index) => bigint): Words {
  return { shape: [...shape], data: Array.from(positions(shape), f) };
}

/** A position with one entry replaced. */
function put(index: Index, axis: number, value: number): number[] {
  return index.map((i, a) => a === axis ? value : i);
}

/** x in a shape that it broadcasts to. */
export function broadcastWords(x: Words, shape: Index): Words {
  return build(shape, (index) => broadcastAt(x, index));
}

/** Axis i of the result is axis axes[i]. */
export function permuteWords(x: Words, axes: Index): Words {
  const from = (index: Index): number[] => x.shape.map((_, axis) => index[axes.indexOf(axis)]!);
  return build(axes.map((axis) => x.shape[axis]!), (index) => at(x, from(index)));
}

/** The listed entries of each axis. */
export function pickWords(x: Words, picks: readonly Index[]): Words {
  return build(picks.map((p) => p.length), (index) => at(x, index.map((i, axis) => picks[axis]![i]!)));
}

/** The integers from start to before stop by step. */
export function range(start: number, stop: number, step: number): number[] {
  const out: number[] = [];
  for (let i = start; step > 0 ? i < stop : i > stop; i += step) out.push(i);
  return out;
}

/** Tensors joined along an axis. */
export function concatWords(xs: readonly Words[], axis: number): Words {
  const owners = xs.flatMap((x) => range(0, x.shape[axis]!, 1).map((i) => [x, i] as const));
  return build(xs[0]!.shape.map((side, a) => a === axis ? owners.length : side), (index) => {
    const [x, i] = owners[index[axis]!]!;
    return at(x, put(index, axis, i));
  });
}

/** Tensors joined along a new axis. */
export function stackWords(xs: readonly Words[], axis: number): Words {
  const { shape } = xs[0]!;
  return build(
    [...shape.slice(0, axis), xs.length, ...shape.slice(axis)],
    (index) => at(xs[index[axis]!]!, index.filter((_, a) => a !== axis)),
  );
}

/** Surrounded by a constant. */
export function padWords(x: Words, before: Index, after: Index, value: bigint): Words {
  return build(x.shape.map((side, a) => before[a]! + side + after[a]!), (index) => {
    const from = index.map((i, a) => i - before[a]!);
    return from.every((i, a) => i >= 0 && i < x.shape[a]!) ? at(x, from) : wrap(value);
  });
}

/** Copies along each axis. */
export function tileWords(x: Words, counts: Index): Words {
  const lead = counts.length - x.shape.length;
  const sides = counts.map((_, a) => a < lead ? 1 : x.shape[a - lead]!);
  const from = (index: Index): number[] => index.map((i, a) => i % sides[a]!).slice(lead);
  return build(counts.map((count, a) => count * sides[a]!), (index) => at(x, from(index)));
}

/** Element i moves to i + shift, modulo the side. */
export function rollWords(x: Words, shift: number, axis: number): Words {
  const side = x.shape[axis]!;
  const from = (i: number): number => (((i - shift) % side) + side) % side;
  return build(x.shape, (index) => at(x, put(index, axis, from(index[axis]!))));
}

/** Elements whose last two indices are equal. */
export function diagonalWords(x: Words): Words {
  const side = Math.min(x.shape.at(-1)!, x.shape.at(-2)!);
  return build([...x.shape.slice(0, -2), side], (index) => at(x, [...index, index.at(-1)!]));
}

/** out[i, j, …] = x[index[i, j, …], j, …] along an axis. */
export function gatherWords(x: Words, indices: Index, indexShape: Index, axis: number): Words {
  let k = 0;
  return build(indexShape, (index) => at(x, put(index, axis, indices[k++]!)));
}

/** out[index[i, j, …], j, …] += source[i, j, …] along an axis. */
export function scatterAddWords(x: Words, indices: Index, source: Words, axis: number): Words {
  const out = Array.from(x.data);
  const flat = (index: Index): number => x.shape.reduce((sum, side, a) => sum * side + index[a]!, 0);
  let k = 0;
  for (const index of positions(source.shape)) {
    const to = flat(put(index, axis, indices[k]!));
    out[to] = wrap(out[to]! + source.data[k++]!);
  }
  return { shape: x.shape, data: out };
}

/** Sum over axes. */
export function sumWords(x: Words, axes: Index, keepDims: boolean): Words {
  const kept = x.shape.map((side, a) => axes.includes(a) ? 1 : side);
  const spans = x.shape.map((side, a) => axes.includes(a) ? side : 1);
  const out = build(kept, (index) => {
    let total = 0n;
    for (const step of positions(spans)) total += at(x, index.map((i, a) => i + step[a]!));
    return wrap(total);
  });
  return { shape: keepDims ? kept : x.shape.filter((_, a) => !axes.includes(a)), data: out.data };
}

/** Running sum along an axis. */
export function cumsumWords(x: Words, axis: number): Words {
  return build(x.shape, (index) => {
    let total = 0n;
    for (let i = 0; i <= index[axis]!; i++) total += at(x, put(index, axis, i));
    return wrap(total);
  });
}
