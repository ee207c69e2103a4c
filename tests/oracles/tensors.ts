/**
 * Tensors in plain JavaScript: the slow and obvious form of every operation, to compare the library with.
 *
 * Sums and products are taken in whole units of 2^-16, so a result has only the rounding of its last step.
 *
 * @module
 */

/** A shape, and elements in row-major order. */
export interface Values {
  /** Sizes of the axes. */
  readonly shape: readonly number[];
  /** The elements. */
  readonly data: readonly number[];
}

/** Number of elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

/** All positions of a shape, in row-major order. */
export function* positions(shape: readonly number[]): Generator<number[]> {
  const size = sizeOf(shape);
  for (let flat = 0; flat < size; flat++) {
    const index = new Array<number>(shape.length);
    let rest = flat;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = rest % shape[axis]!;
      rest = Math.floor(rest / shape[axis]!);
    }
    yield index;
  }
}

/** A tensor from a function of the position. */
export function build(shape: readonly number[], f: (index: readonly number[]) => number): Values {
  return { shape: [...shape], data: Array.from(positions(shape), f) };
}

/** An element; axes of size 1 repeat, and extra leading positions are ignored. */
export function at(x: Values, index: readonly number[]): number {
  const own = index.slice(index.length - x.shape.length);
  let flat = 0;
  x.shape.forEach((side, axis) => flat = flat * side + (side === 1 ? 0 : own[axis]!));
  return x.data[flat]!;
}

/** The shape to which shapes broadcast. */
export function broadcast(...shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map((s) => s.length));
  return Array.from({ length: rank }, (_, i) => {
    const sides = shapes.map((s) => s[s.length - rank + i] ?? 1);
    return sides.find((side) => side !== 1) ?? 1;
  });
}

/** A function of elements that stand at the same position. */
export function zip(f: (...xs: number[]) => number, ...xs: readonly Values[]): Values {
  return build(broadcast(...xs.map((x) => x.shape)), (index) => f(...xs.map((x) => at(x, index))));
}

/** The integer nearest to x·2^scale, ties to even, over 2^scale: what encoding keeps of x. */
export function quantise(x: number, scale: number): number {
  const units = x * 2 ** scale;
  const low = Math.floor(units);
  const rest = units - low;
  const near = rest > 0.5 || (rest === 0.5 && low % 2 !== 0) ? low + 1 : low;
  return near / 2 ** scale;
}

const unitsOf = (x: number): bigint => BigInt(x * 65536);

/** Sum of multiples of 2^-16, with one rounding. */
export function total(xs: Iterable<number>): number {
  let sum = 0n;
  for (const x of xs) sum += unitsOf(x);
  return Number(sum) / 2 ** 16;
}

/** Sum of products of multiples of 2^-16, with one rounding. */
export function inner(pairs: Iterable<readonly [number, number]>): number {
  let sum = 0n;
  for (const [x, y] of pairs) sum += unitsOf(x) * unitsOf(y);
  return Number(sum) / 2 ** 32;
}

/** Element by element product. */
export function product(x: Values, y: Values): Values {
  return zip((a, b) => inner([[a, b]]), x, y);
}

/** Matrix product by NumPy's rules. */
export function matmul(x: Values, y: Values): Values {
  const left = x.shape.length === 1 ? [1, ...x.shape] : x.shape;
  const right = y.shape.length === 1 ? [...y.shape, 1] : y.shape;
  const a = { shape: left, data: x.data };
  const b = { shape: right, data: y.data };
  const [rows, depth, columns] = [left.at(-2)!, left.at(-1)!, right.at(-1)!];
  const batch = broadcast(left.slice(0, -2), right.slice(0, -2));
  const full = build([...batch, rows, columns], (index) => {
    const [i, j] = index.slice(-2) as [number, number];
    const head = index.slice(0, -2);
    return inner(
      Array.from({ length: depth }, (_, k) => [elementOf(a, head, i, k), elementOf(b, head, k, j)] as const),
    );
  });
  const shape = [
    ...batch,
    ...(x.shape.length === 1 ? [] : [rows]),
    ...(y.shape.length === 1 ? [] : [columns]),
  ];
  return { shape, data: full.data };
}

/** Element (i, j) of a matrix of a batch that may broadcast; matrix axes never do. */
function elementOf(x: Values, batch: readonly number[], i: number, j: number): number {
  const [rows, columns] = x.shape.slice(-2) as [number, number];
  const own = x.shape.slice(0, -2);
  const head = batch.slice(batch.length - own.length);
  const flat = own.reduce((sum, side, axis) => sum * side + (side === 1 ? 0 : head[axis]!), 0);
  return x.data[(flat * rows + i) * columns + j]!;
}

/** How a window moves. */
export interface Geometry {
  /** Per axis. */
  readonly stride: readonly number[];
  /** Before each axis, then after each. */
  readonly pads: readonly number[];
  /** Per axis. */
  readonly dilation: readonly number[];
  /** Groups of channels. */
  readonly groups: number;
  /** Per axis, of a transposed convolution. */
  readonly outputPads: readonly number[];
}

function strict(x: Values, index: readonly number[]): number {
  return x.data[x.shape.reduce((flat, side, axis) => flat * side + index[axis]!, 0)]!;
}

/** Cross-correlation of [N, C, …] by [M, C/groups, …]. */
export function conv(x: Values, w: Values, g: Geometry): Values {
  const axes = x.shape.length - 2;
  const sides = Array.from({ length: axes }, (_, i) => {
    const input = x.shape[i + 2]! + g.pads[i]! + g.pads[axes + i]!;
    return Math.floor((input - g.dilation[i]! * (w.shape[i + 2]! - 1) - 1) / g.stride[i]!) + 1;
  });
  const perGroup = w.shape[0]! / g.groups;
  return build([x.shape[0]!, w.shape[0]!, ...sides], ([n, m, ...o]) => {
    const first = Math.floor(m! / perGroup) * w.shape[1]!;
    const pairs: [number, number][] = [];
    for (const [c, ...k] of positions(w.shape.slice(1))) {
      const i = o.map((p, axis) => p * g.stride[axis]! + k[axis]! * g.dilation[axis]! - g.pads[axis]!);
      if (i.some((p, axis) => p < 0 || p >= x.shape[axis + 2]!)) continue;
      pairs.push([strict(x, [n!, first + c!, ...i]), strict(w, [m!, c!, ...k])]);
    }
    return inner(pairs);
  });
}

/** Transposed convolution of [N, C, …] by [C, M/groups, …]. */
export function convTranspose(x: Values, w: Values, g: Geometry): Values {
  const axes = x.shape.length - 2;
  const sides = Array.from({ length: axes }, (_, i) => {
    const window = g.dilation[i]! * (w.shape[i + 2]! - 1) + 1;
    return (x.shape[i + 2]! - 1) * g.stride[i]! + window - g.pads[i]! - g.pads[axes + i]! + g.outputPads[i]!;
  });
  const channels = x.shape[1]! / g.groups;
  const perGroup = w.shape[1]!;
  return build([x.shape[0]!, perGroup * g.groups, ...sides], ([n, m, ...o]) => {
    const group = Math.floor(m! / perGroup);
    const pairs: [number, number][] = [];
    for (const [c, ...k] of positions([channels, ...w.shape.slice(2)])) {
      const i = o.map((p, axis) => (p + g.pads[axis]! - k[axis]! * g.dilation[axis]!) / g.stride[axis]!);
      if (i.some((p, axis) => !Number.isInteger(p) || p < 0 || p >= x.shape[axis + 2]!)) continue;
      const channel = group * channels + c!;
      pairs.push([strict(x, [n!, channel, ...i]), strict(w, [channel, m! % perGroup, ...k])]);
    }
    return inner(pairs);
  });
}

/** Sum over axes. */
export function sum(x: Values, axes: readonly number[], keepDims: boolean): Values {
  const kept = x.shape.map((side, i) => axes.includes(i) ? 1 : side);
  const out = build(kept, (index) => {
    const spans = x.shape.map((side, i) => axes.includes(i) ? side : 1);
    const terms: number[] = [];
    for (const step of positions(spans)) terms.push(strict(x, index.map((p, i) => p + step[i]!)));
    return total(terms);
  });
  return { shape: keepDims ? kept : x.shape.filter((_, i) => !axes.includes(i)), data: out.data };
}
