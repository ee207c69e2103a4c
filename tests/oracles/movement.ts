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

/** Elements (i, i + offset) of axes a and b, along a new last axis. */
export function diagonalWords(
  x: Words,
  offset = 0,
  a = x.shape.length - 2,
  b = x.shape.length - 1,
): Words {
  const places = range(0, x.shape[a]!, 1).filter((i) => i + offset >= 0 && i + offset < x.shape[b]!);
  const others = x.shape.map((_, axis) => axis).filter((axis) => axis !== a && axis !== b);
  return build([...others.map((axis) => x.shape[axis]!), places.length], (index) => {
    const from = new Array<number>(x.shape.length);
    others.forEach((axis, i) => from[axis] = index[i]!);
    from[a] = places[index.at(-1)!]!;
    from[b] = from[a]! + offset;
    return at(x, from);
  });
}

/** Zeros, and the last axis at positions (i, i + offset) of axes a and b of the result. */
export function diagonalEmbedWords(x: Words, offset: number, a: number, b: number): Words {
  const rank = x.shape.length + 1;
  const side = x.shape.at(-1)! + Math.abs(offset);
  const others = range(0, rank, 1).filter((axis) => axis !== a && axis !== b);
  const shape = range(0, rank, 1).map((axis) =>
    others.includes(axis) ? x.shape[others.indexOf(axis)]! : side
  );
  return build(shape, (index) => {
    const [row, column] = [index[a]!, index[b]!];
    if (column - row !== offset) return 0n;
    return at(x, [...others.map((axis) => index[axis]!), Math.min(row, column)]);
  });
}

/** Elements (i, j) with j - i at most offset, or at least; zeros elsewhere. */
export function triangleWords(x: Words, offset: number, side: "lower" | "upper"): Words {
  return build(x.shape, (index) => {
    const right = index.at(-1)! - index.at(-2)!;
    return (side === "lower" ? right <= offset : right >= offset) ? at(x, index) : 0n;
  });
}

/** Entries i·step to i·step + size of an axis, along a new last axis. */
export function windowsWords(x: Words, axis: number, size: number, step: number): Words {
  const starts = range(0, x.shape[axis]! - size + 1, step);
  return build(
    [...x.shape.map((side, a) => a === axis ? starts.length : side), size],
    (index) => at(x, put(index.slice(0, -1), axis, starts[index[axis]!]! + index.at(-1)!)),
  );
}

/** The listed entries of each axis replaced by what broadcasts to them. */
export function assignWords(x: Words, picks: readonly Index[], source: Words): Words {
  return build(x.shape, (index) => {
    const to = index.map((i, axis) => picks[axis]!.indexOf(i));
    return to.includes(-1) ? at(x, index) : broadcastAt(source, to);
  });
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

/** out[index[i, j, …], j, …] = source[i, j, …] along an axis, in row-major order. */
export function scatterWords(x: Words, indices: Index, source: Words, axis: number): Words {
  const out = Array.from(x.data);
  let k = 0;
  for (const index of positions(source.shape)) {
    const to = put(index, axis, indices[k]!);
    out[x.shape.reduce((sum, side, a) => sum * side + to[a]!, 0)] = source.data[k++]!;
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
