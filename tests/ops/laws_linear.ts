/**
 * Laws of linear algebra and of sums.
 *
 * @module
 */
import type { CrypTensor, Operand } from "../../mod.ts";
import { fc } from "../deps.ts";
import {
  conv,
  convTranspose,
  type Geometry,
  inner,
  matmul,
  sizeOf,
  sum,
  total,
  type Values,
  zip,
} from "../oracles/tensors.ts";
import { type Law, law, type LawSpec, oneTruncation, operand, type Plain, ULP } from "./law.ts";

/** Operands of a bilinear map whose sums of `terms` products stay below 2^30. */
function pair<A>(
  x: readonly number[],
  y: readonly number[],
  terms: number,
  args: A,
): fc.Arbitrary<{ operands: Plain[]; args: A }> {
  return fc.integer({ min: 0, max: 12 }).chain((e) =>
    fc.tuple(
      operand(x, { limit: 2 ** e }),
      operand(y, { limit: (2 ** 30 - 1) * 2 ** -e / Math.max(1, terms) }),
    )
  ).map((operands) => ({ operands, args }));
}

const side = fc.constantFrom(0, 1, 2, 3, 4);

/** Shapes of matrix products: vectors, matrices, and batches that broadcast. */
const matrices = fc.tuple(
  side,
  side,
  side,
  fc.constantFrom(0, 1, 2, 3),
  fc.constantFrom(0, 1, 2, 3),
  fc.nat(5),
).map(
  ([m, k, n, p, q, form]): [number[], number[]] => {
    switch (form) {
      case 0:
        return [[k], [k]];
      case 1:
        return [[m, k], [k]];
      case 2:
        return [[k], [k, n]];
      case 3:
        return [[m, k], [k, n]];
      case 4:
        return [[p, m, k], [k, n]];
      default:
        return [p === 1 ? [q, 1, m, k] : [q, m, k], p === 1 ? [p, k, n] : [1, k, n]];
    }
  },
);

interface Window extends Geometry {
  readonly x: readonly number[];
  readonly w: readonly number[];
}

/** Convolutions over `axes` axes that fit. */
function windows(axes: number, transposed: boolean): fc.Arbitrary<Window> {
  const list = (min: number, max: number, length = axes): fc.Arbitrary<number[]> =>
    fc.array(fc.integer({ min, max }), { minLength: length, maxLength: length });
  return fc.record({
    batch: fc.integer({ min: 0, max: 2 }),
    groups: fc.integer({ min: 1, max: 2 }),
    inner: fc.integer({ min: 1, max: 2 }),
    outer: fc.integer({ min: 1, max: 2 }),
    kernel: list(1, 3),
    stride: list(1, 2),
    dilation: list(1, 2),
    pads: list(0, 2, 2 * axes),
    outputPads: list(0, 1),
    extra: list(0, 2),
  }).map((r) => {
    const sides = r.extra.map((extra, i) => {
      const window = r.dilation[i]! * (r.kernel[i]! - 1) + 1;
      const pads = r.pads[i]! + r.pads[axes + i]!;
      if (!transposed) return Math.max(1, window - pads) + extra;
      // Enough input that something is left when the pads have been cut off.
      return Math.max(1, Math.ceil((pads + 1 - window) / r.stride[i]!) + 1) + extra;
    });
    const { stride, dilation, pads, groups } = r;
    const channels = r.groups * r.inner;
    return {
      stride,
      dilation,
      pads,
      groups,
      outputPads: transposed ? r.outputPads : [],
      x: [r.batch, channels, ...sides],
      w: transposed ? [channels, r.outer, ...r.kernel] : [r.groups * r.outer, r.inner, ...r.kernel],
    };
  });
}

function convolution(
  name: string,
  axes: number,
  transposed: boolean,
  apply: (x: CrypTensor, w: Operand, g: Geometry) => CrypTensor,
): Law {
  const oracle = transposed ? convTranspose : conv;
  return law({
    name,
    operands: windows(axes, transposed).chain(({ x, w, ...geometry }) => pair(x, w, sizeOf(w), geometry)),
    apply: (x, [w], g) => apply(x, w!, g),
    oracle: ([x, w], g) => oracle(x!, w!, g),
    error: oneTruncation,
  });
}

const sizes = fc.array(fc.constantFrom(0, 1, 2, 3, 5), { maxLength: 3 });
/** Sums of these are exact in 53 bits. */
const summable = { limit: 2 ** 29 };

interface Reduction {
  readonly dim: number | number[] | undefined;
  readonly keepdim: boolean;
}

function reductions(shapes: fc.Arbitrary<number[]>): LawSpec<Reduction>["operands"] {
  return shapes.chain((shape) => {
    const axes = shape.map((_, i) => i);
    const axis = fc.oneof(
      fc.constant(undefined),
      fc.subarray(axes).chain((some) =>
        fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }).map((down) =>
          some.map((a, i) => down[i] ? a - shape.length : a)
        )
      ),
      ...(shape.length > 0 ? [fc.integer({ min: -shape.length, max: shape.length - 1 })] : []),
    );
    return fc.tuple(operand(shape, summable), axis, fc.boolean()).map(([x, a, keepdim]) => ({
      operands: [x],
      args: { dim: a, keepdim },
    }));
  });
}

function axesOf(x: Values, { dim: axis }: Reduction): number[] {
  const rank = x.shape.length;
  const list = axis === undefined ? x.shape.map((_, i) => i) : typeof axis === "number" ? [axis] : axis;
  return list.map((a) => a < 0 ? a + rank : a);
}

const countOf = (x: Values, r: Reduction): number => sizeOf(axesOf(x, r).map((a) => x.shape[a]!));

/** Rows of the table. */
export const linearLaws: readonly Law[] = [
  law({
    name: "matmul",
    operands: matrices.chain(([x, y]) => pair(x, y, x.at(-1)!, undefined)),
    apply: (x, [y]) => x.matmul(y!),
    oracle: ([x, y]) => matmul(x!, y!),
    error: oneTruncation,
  }),
  law({
    name: "dot",
    operands: fc.oneof(fc.nat(5), fc.constant(131)).chain((k) => pair([k], [k], k, undefined)),
    apply: (x, [y]) => x.dot(y!),
    oracle: ([x, y]) => ({ shape: [], data: [inner(x!.data.map((v, i) => [v, y!.data[i]!] as const))] }),
    error: oneTruncation,
  }),
  convolution("conv1d", 1, false, (x, w, g) => x.conv1d(w, g)),
  convolution("conv2d", 2, false, (x, w, g) => x.conv2d(w, g)),
  convolution("conv3d", 3, false, (x, w, g) => x.conv3d(w, g)),
  convolution("convTranspose1d", 1, true, (x, w, g) => x.convTranspose1d(w, g)),
  convolution("convTranspose2d", 2, true, (x, w, g) => x.convTranspose2d(w, g)),
  convolution("convTranspose3d", 3, true, (x, w, g) => x.convTranspose3d(w, g)),
  law({
    name: "conv2d with default geometry",
    operands: fc.constant(undefined).chain(() => pair([1, 2, 3, 4], [3, 2, 2, 2], 8, undefined)),
    apply: (x, [w]) => x.conv2d(w!),
    oracle: ([x, w]) =>
      conv(x!, w!, { stride: [1, 1], pads: [0, 0, 0, 0], dilation: [1, 1], groups: 1, outputPads: [] }),
    error: oneTruncation,
  }),
  law({
    name: "sum",
    operands: reductions(sizes),
    apply: (x, _ys, r) => x.sum(r),
    oracle: ([x], r) => sum(x!, axesOf(x!, r), r.keepdim),
  }),
  law({
    name: "sum of products",
    operands: pair([3, 4], [3, 4], 12, undefined),
    apply: (x, [y]) => x.mul(y!).sum(),
    oracle: ([x, y]) => ({ shape: [], data: [inner(x!.data.map((v, i) => [v, y!.data[i]!] as const))] }),
    // The terms keep all fraction bits, so the whole sum is truncated once.
    error: oneTruncation,
  }),
  law({
    name: "mean",
    operands: reductions(fc.array(fc.constantFrom(1, 2, 3, 5), { maxLength: 3 })),
    apply: (x, _ys, r) => x.mean(r),
    oracle([x], r) {
      const sums = sum(x!, axesOf(x!, r), r.keepdim);
      return zip((v) => v / countOf(x!, r), sums);
    },
    // The factor 1/n is off by up to 2^-17 of it; two truncations.
    error([x], r) {
      const most = Math.max(0, ...sum(x!, axesOf(x!, r), false).data.map(Math.abs));
      const n = countOf(x!, r);
      return Number.isInteger(Math.log2(n)) ? ULP : 2 * ULP + (most / n) * 2 ** -16;
    },
  }),
  law({
    name: "cumsum",
    operands: sizes.filter((shape) => shape.length > 0).chain((shape) =>
      fc.tuple(operand(shape, summable), fc.integer({ min: -shape.length, max: shape.length - 1 }))
    ).map(([x, axis]) => ({ operands: [x], args: axis })),
    apply: (x, _ys, axis) => x.cumsum(axis),
    oracle([x], axis) {
      const at = axis < 0 ? axis + x!.shape.length : axis;
      const step = sizeOf(x!.shape.slice(at + 1));
      const data = x!.data.map((_, flat) => {
        const i = Math.floor(flat / step) % x!.shape[at]!;
        return total(Array.from({ length: i + 1 }, (_, back) => x!.data[flat - back * step]!));
      });
      return { shape: x!.shape, data };
    },
  }),
  law({
    name: "trace",
    operands: fc.tuple(side, side).chain((shape) => operand(shape, summable)).map((x) => ({
      operands: [x],
      args: undefined,
    })),
    apply: (x) => x.trace(),
    oracle([x]) {
      const [rows, columns] = x!.shape as [number, number];
      const diagonal = Array.from({ length: Math.min(rows, columns) }, (_, i) => x!.data[i * columns + i]!);
      return { shape: [], data: [total(diagonal)] };
    },
  }),
];
