/**
 * Windows for laws: shapes, kernels, strides, paddings and dilations that fit.
 *
 * @module
 */
import type { WindowOptions } from "../../mod.ts";
import { fc } from "../deps.ts";
import { type Covered, slide, type Sliding } from "../oracles/windows.ts";

/** Windows, and the same as the library takes them. */
export interface Windows {
  readonly sliding: Sliding;
  readonly kernel: number | readonly number[];
  readonly options: WindowOptions;
}

/** A shape, and what is done with a tensor of it. */
export interface Shaped<T> {
  readonly shape: readonly number[];
  readonly args: T;
}

const lists = (axes: number, min: number, max: number): fc.Arbitrary<number[]> =>
  fc.array(fc.integer({ min, max }), { minLength: axes, maxLength: axes });

const leads = fc.constantFrom([1, 1], [2, 1], [1, 3], [2], [1], [0, 2], [2, 0]);

/** Equal numbers as one now and then. */
const short = (list: readonly number[], one: boolean): number | readonly number[] =>
  one && list.every((n) => n === list[0]) ? list[0]! : list;

/** The last sides. */
export const sidesOf = (x: { shape: readonly number[] }, axes: number): readonly number[] =>
  x.shape.slice(-axes);

/** Whether every window has an element. */
const full = (sides: readonly number[], covered: Covered): boolean =>
  covered.every((axis, i) => axis.every((window) => window.some((p) => p >= 0 && p < sides[i]!)));

/** Windows that fit, of every padding, stride and dilation. */
export function windows(axes: number): fc.Arbitrary<Shaped<Windows>> {
  const most = axes === 1 ? 9 : axes === 2 ? 5 : 3;
  return fc.record({
    lead: leads,
    kernel: fc.oneof(
      lists(axes, 1, 3),
      lists(axes, 1, most),
      fc.nat(most - 1).map((k) => new Array<number>(axes).fill(k + 1)),
    ),
    stride: fc.oneof(fc.constant(undefined), lists(axes, 1, 3)),
    dilation: fc.oneof(fc.constant(new Array<number>(axes).fill(1)), lists(axes, 1, 2)),
    pads: fc.array(fc.nat(20), { minLength: 2 * axes, maxLength: 2 * axes }),
    padding: fc.constantFrom("none", "half", "ends"),
    extra: lists(axes, 0, axes === 1 ? 8 : axes === 2 ? 4 : 2),
    ceil: fc.boolean(),
    one: fc.boolean(),
  }).map((r): Shaped<Windows> => {
    const reach = r.kernel.map((k, i) => (k - 1) * r.dilation[i]! + 1);
    const ends = r.pads.map((p, i) => p % reach[i % axes]!);
    const half = reach.map((n, i) => r.pads[i]! % (Math.floor(n / 2) + 1));
    const pads = r.padding === "none"
      ? r.pads.map(() => 0)
      : r.padding === "half"
      ? [...half, ...half]
      : ends;
    const padding = r.padding === "none" ? undefined : r.padding === "half" ? short(half, r.one) : ends;
    const { kernel, dilation } = r;
    const stride = r.stride ?? kernel;
    const sides = reach.map((n, i) => {
      // In ceil mode the only window may be incomplete.
      const missing = r.ceil && stride[i]! > 1 ? 1 : 0;
      return Math.max(1, n - pads[i]! - pads[axes + i]! - missing) + r.extra[i]!;
    });
    const sliding = { kernel, stride, pads, dilation, ceil: r.ceil };
    const options = {
      padding,
      stride: r.stride === undefined ? undefined : short(r.stride, r.one),
      dilation: short(dilation, r.one),
      ceilMode: r.ceil,
    };
    return { shape: [...r.lead, ...sides], args: { sliding, kernel: short(kernel, r.one), options } };
  });
}

/** As {@link windows}, each with an element. */
export const fullWindows = (axes: number): fc.Arbitrary<Shaped<Windows>> =>
  windows(axes).filter(({ shape, args }) =>
    full(sidesOf({ shape }, axes), slide(shape.slice(-axes), args.sliding))
  );

/** Sides of adaptive pooling. */
export type Output = readonly (number | undefined)[];

/** Inputs of adaptive pooling. */
export function adaptive(axes: number): fc.Arbitrary<Shaped<Output>> {
  const side = fc.integer({ min: 1, max: axes === 3 ? 4 : 7 });
  const each = <T>(a: fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
    fc.array(a, { minLength: axes, maxLength: axes });
  return fc.tuple(leads, each(side), each(fc.oneof(side, fc.constant(undefined)))).map((
    [lead, sides, output],
  ) => ({
    shape: [...lead, ...sides],
    args: output,
  }));
}

/** Inputs of global pooling, with the number of axes that it is over. */
export const globals = fc.tuple(fc.constantFrom([1, 1], [2, 3], [0, 1]), fc.integer({ min: 1, max: 3 }))
  .chain((
    [lead, axes],
  ) => lists(axes, 1, 5).map((sides) => ({ shape: [...lead, ...sides], args: axes })));
