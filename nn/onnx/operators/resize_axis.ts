/**
 * How one axis is resized: where each entry of the result lies between those of the operand, and with which weights. All of it is
 * public.
 *
 * @module
 */
import type { Tap } from "../../../ops/resample.ts";

/** Sides of an axis, the ratio between them, and the part that is looked at. */
export interface AxisScale {
  /** Entries of the operand. */
  readonly from: number;
  /** Entries of the result. */
  readonly to: number;
  /** Entries of the result for each of the operand. */
  readonly scale: number;
  /** Where the part begins and ends, of 1. */
  readonly part: readonly [number, number];
}

/** Coordinates are computed in single precision, as others do, so that ties are the same. */
const single = Math.fround;

const halfPixel = (x: number, { scale }: AxisScale): number => single(single((x + 0.5) / scale) - 0.5);

/** Where an entry of the result lies among the operand's, by the name of the mode. */
export const COORDINATES: Readonly<Record<string, (x: number, axis: AxisScale) => number>> = {
  half_pixel: halfPixel,
  half_pixel_symmetric(x, axis) {
    const adjustment = axis.to / (axis.scale * axis.from);
    return axis.from / 2 * (1 - adjustment) + halfPixel(x, axis);
  },
  pytorch_half_pixel: (x, axis) => axis.to > 1 ? halfPixel(x, axis) : 0,
  // The side of the result counts with its fraction, where only the ratio is stated.
  align_corners: (x, { from, to, scale }) => to === 1 ? 0 : single(x * (from - 1) / (scale * from - 1)),
  asymmetric: (x, { scale }) => single(x / scale),
  tf_half_pixel_for_nn: (x, { scale }) => single((x + 0.5) / scale),
  tf_crop_and_resize(x, { from, to, part: [start, end] }) {
    const first = start * (from - 1);
    return to > 1
      ? single(first + x * (end - start) * (from - 1) / (to - 1))
      : (start + end) / 2 * (from - 1);
  },
};

/** The nearest entry, by the name of the mode. */
export const NEAREST: Readonly<Record<string, (x: number) => number>> = {
  round_prefer_floor: (x) => Math.ceil(x - 0.5),
  round_prefer_ceil: (x) => Math.floor(x + 0.5),
  floor: Math.floor,
  ceil: Math.ceil,
};

/** A weight by the distance of an entry, and how far it reaches. */
export interface Kernel {
  /** Distance from which on weights are 0. */
  readonly reach: number;
  /** The weight. */
  readonly weight: (distance: number) => number;
}

/** Weights that fall evenly. */
export const LINEAR: Kernel = { reach: 1, weight: (d) => Math.max(0, 1 - d) };

/** Cubic convolution. */
export function cubic(a: number): Kernel {
  return {
    reach: 2,
    weight: (d) =>
      d <= 1 ? ((a + 2) * d - (a + 3)) * d * d + 1 : d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0,
  };
}

const clamped = (i: number, side: number): number => Math.min(Math.max(i, 0), side - 1);

/** Whether an entry of the result lies outside of the operand. */
export const isOutside = (x: number, { from }: AxisScale): boolean => x < 0 || x > from - 1;

/** The nearest entries. */
export function nearest(xs: readonly number[], axis: AxisScale, round: (x: number) => number): number[] {
  return xs.map((x) => clamped(round(x), axis.from));
}

/**
 * Weighted entries around each place. What lies outside counts as the entry at the end, or not at all with `inner`. With `wide` a
 * result that is smaller looks at all entries that it stands for.
 */
export function around(
  xs: readonly number[],
  { from, scale }: AxisScale,
  { reach, weight }: Kernel,
  { inner, wide }: { readonly inner: boolean; readonly wide: boolean },
): Tap[] {
  const step = wide ? Math.min(1, scale) : 1;
  const first = Math.floor(-reach / step) + 1;
  const offsets = Array.from({ length: 2 - 2 * first }, (_, i) => i + first);
  const rows = xs.map((x) => {
    const base = Math.floor(x);
    const places = offsets.map((offset) => base + offset);
    const raw = places.map((i) => inner && (i < 0 || i >= from) ? 0 : weight(Math.abs(i - x) * step));
    const total = inner || wide ? raw.reduce((a, b) => a + b, 0) : 1;
    return { places: places.map((i) => clamped(i, from)), weights: raw.map((w) => w / total) };
  });
  const taps = offsets.map((_, k) => ({
    indices: rows.map(({ places }) => places[k]!),
    weights: rows.map(({ weights }) => weights[k]!),
  }));
  const counting = taps.filter(({ weights }) => weights.some((w) => w !== 0));
  return counting.length === 0 ? taps.slice(0, 1) : counting;
}
