/**
 * Slow twins of the linear algebra kernels, on bigint arrays in row-major order.
 *
 * @module
 */
import type { ConvGeometry, ConvTransposeGeometry } from "../../ring/conv_geometry.ts";

/** A tensor of words. */
export interface Words {
  /** Sizes of the axes. */
  readonly shape: readonly number[];
  /** Elements modulo 2^64. */
  readonly data: ArrayLike<bigint>;
}

const wrap = (x: bigint): bigint => BigInt.asUintN(64, x);

/** The product of two matrices. */
export function matmulWords(
  m: number,
  k: number,
  n: number,
  a: ArrayLike<bigint>,
  b: ArrayLike<bigint>,
): bigint[] {
  const out: bigint[] = [];
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0n;
      for (let l = 0; l < k; l++) sum += a[i * k + l]! * b[l * n + j]!;
      out.push(wrap(sum));
    }
  }
  return out;
}

/** Calls `f` with every index of `sides`, in row-major order. */
function each(
  sides: readonly number[],
  f: (index: readonly number[]) => void,
  head: readonly number[] = [],
): void {
  if (head.length === sides.length) return f(head);
  for (let i = 0; i < sides[head.length]!; i++) each(sides, f, [...head, i]);
}

/** The place of an index in a tensor, or undefined outside of it. */
function placeOf(shape: readonly number[], index: readonly number[]): number | undefined {
  let place = 0;
  for (let axis = 0; axis < shape.length; axis++) {
    if (index[axis]! < 0 || index[axis]! >= shape[axis]!) return undefined;
    place = place * shape[axis]! + index[axis]!;
  }
  return place;
}

/** Where tap `k` of the window at `o` lies, along each axis. */
function tapOf(o: readonly number[], k: readonly number[], g: ConvGeometry): number[] {
  return o.map((p, axis) => p * g.stride[axis]! + k[axis]! * g.dilation[axis]! - g.pads[axis]!);
}

/** A convolution over any number of axes, by its definition. */
export function convWords(x: Words, w: Words, g: ConvGeometry, outShape: readonly number[]): bigint[] {
  const perGroup = w.shape[1]!;
  const filters = w.shape[0]! / g.groups;
  const out: bigint[] = [];
  each(outShape, ([image, f, ...o]) => {
    let sum = 0n;
    each(w.shape.slice(1), ([c, ...k]) => {
      const channel = Math.floor(f! / filters) * perGroup + c!;
      const at = placeOf(x.shape, [image!, channel, ...tapOf(o, k, g)]);
      if (at !== undefined) sum += x.data[at]! * w.data[placeOf(w.shape, [f!, c!, ...k])!]!;
    });
    out.push(wrap(sum));
  });
  return out;
}

/** A transposed convolution, by its definition: every input spreads the kernel over the output. */
export function convTransposeWords(
  x: Words,
  w: Words,
  g: ConvTransposeGeometry,
  outShape: readonly number[],
): bigint[] {
  const perGroup = w.shape[1]!;
  const channels = x.shape[1]! / g.groups;
  const out = new Array<bigint>(outShape.reduce((a, b) => a * b, 1)).fill(0n);
  let next = 0;
  each(x.shape, ([image, c, ...i]) => {
    const value = x.data[next++]!;
    each(w.shape.slice(1), ([f, ...k]) => {
      const filter = Math.floor(c! / channels) * perGroup + f!;
      const at = placeOf(outShape, [image!, filter, ...tapOf(i, k, g)]);
      if (at !== undefined) out[at] = wrap(out[at]! + value * w.data[placeOf(w.shape, [c!, f!, ...k])!]!);
    });
  });
  return out;
}
