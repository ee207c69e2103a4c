/**
 * Weights in another order or shape, secret or public. Exact; local.
 *
 * @module
 */
import { catAll } from "../ops/join.ts";
import { isTensor } from "../ops/op.ts";
import { Tensor } from "../ops/plaintext.ts";
import { type Shape, sizeOf } from "../ring/shape.ts";
import type { Parameter } from "./module.ts";

function numbersOf({ data }: Tensor): Float64Array {
  return Float64Array.from<number | bigint>(data, Number);
}

/** The same elements in another shape. */
export function reshaped(w: Parameter, shape: Shape): Parameter {
  return isTensor(w) ? w.reshape(shape) : new Tensor(shape, w.data);
}

/** The last two axes exchanged. */
export function turned(w: Parameter): Parameter {
  if (isTensor(w)) return w.transpose(-1, -2);
  const [rows = 1, columns = 1] = w.shape.slice(-2);
  const out = new Float64Array(w.size);
  for (let at = 0; at < w.size; at++) {
    const within = at % (rows * columns);
    const from = at - within + (within % rows) * columns + Math.floor(within / rows);
    out[at] = Number(w.data[from]);
  }
  return new Tensor([...w.shape.slice(0, -2), columns, rows], out);
}

/** Entries `start` to `start + length` along an axis. */
export function part(w: Parameter, axis: number, start: number, length: number): Parameter {
  if (isTensor(w)) return w.narrow(axis, start, length);
  const inner = sizeOf(w.shape.slice(axis + 1));
  const [step, size] = [w.shape[axis]! * inner, length * inner];
  const numbers = numbersOf(w);
  const out = new Float64Array(sizeOf(w.shape.slice(0, axis)) * size);
  for (let i = 0; i * size < out.length; i++) {
    out.set(numbers.subarray(i * step + start * inner, i * step + start * inner + size), i * size);
  }
  return new Tensor(w.shape.with(axis, length), out);
}

/** Weights one behind the other along their first axis. */
export function joined(weights: readonly Parameter[]): Parameter {
  if (weights.some(isTensor)) return catAll(weights);
  const all = weights as readonly Tensor[];
  const rows = all.reduce((sum, { shape }) => sum + shape[0]!, 0);
  const out = new Float64Array(all.reduce((sum, { size }) => sum + size, 0));
  let at = 0;
  for (const one of all) {
    out.set(numbersOf(one), at);
    at += one.size;
  }
  return new Tensor([rows, ...all[0]!.shape.slice(1)], out);
}

/** Weights along a new first axis. */
export function stacked(weights: readonly Parameter[]): Parameter {
  return joined(weights.map((w) => reshaped(w, [1, ...w.shape])));
}

/** Equal blocks of the first axis in another order: the new first one is block `order[0]`. */
export function reordered(w: Parameter, order: readonly number[]): Parameter {
  const side = w.shape[0]! / order.length;
  return joined(order.map((block) => part(w, 0, block * side, side)));
}

/** The sum of two weights of one shape; either may be absent. */
export function sum(a: Parameter | undefined, b: Parameter | undefined): Parameter | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  if (isTensor(a)) return a.add(b);
  if (isTensor(b)) return b.add(a);
  const other = numbersOf(b);
  return new Tensor(a.shape, numbersOf(a).map((x, i) => x + other[i]!));
}
