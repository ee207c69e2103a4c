/**
 * Windows over any number of axes, by their definition: for pooling in plain numbers.
 *
 * @module
 */
import { build, positions, sizeOf, total, type Values } from "./tensors.ts";

/** Windows that move by a stride. Lists have one number per axis, `pads` those before, then those after. */
export interface Sliding {
  /** Elements of a window. */
  readonly kernel: readonly number[];
  /** Distance between windows. */
  readonly stride: readonly number[];
  /** Zeros around. */
  readonly pads: readonly number[];
  /** Distance between elements. */
  readonly dilation: readonly number[];
  /** Whether the last window may be incomplete. */
  readonly ceil: boolean;
}

/** For each axis and window, the positions that it covers, in the padding and beyond too. */
export type Covered = readonly (readonly (readonly number[])[])[];

/** PyTorch's rule: as many as fit; in ceil mode one more, unless it would start in the padding at the end. */
export function slide(sides: readonly number[], w: Sliding): Covered {
  return sides.map((side, i) => {
    const [before, after] = [w.pads[i]!, w.pads[sides.length + i]!];
    const windows: number[][] = [];
    for (let start = -before;; start += w.stride[i]!) {
      const end = start + (w.kernel[i]! - 1) * w.dilation[i]!;
      const whole = end < side + after;
      // A window that is incomplete comes only after one that is not, or as the first.
      const previous = end - w.stride[i]! < side + after - 1;
      if (!whole && !(w.ceil && previous && start < side)) return windows;
      windows.push(Array.from({ length: w.kernel[i]! }, (_, k) => start + k * w.dilation[i]!));
    }
  });
}

/** PyTorch's rule for as many windows as wanted. */
export function adapt(sides: readonly number[], output: readonly (number | undefined)[]): Covered {
  return sides.map((side, i) => {
    const n = output[i] ?? side;
    return Array.from({ length: n }, (_, o) => {
      const all = Array.from({ length: side }, (_, at) => at);
      return all.slice(Math.floor(o * side / n), Math.ceil((o + 1) * side / n));
    });
  });
}

/** Elements of one window with their places in the row-major order of the last axes; padding is left out. */
export interface Content {
  /** The elements. */
  readonly values: readonly number[];
  /** Their places. */
  readonly places: readonly number[];
  /** Positions of the window along each axis. */
  readonly at: readonly (readonly number[])[];
}

/** One result for each window. */
export function pool(x: Values, covered: Covered, f: (content: Content) => number): Values {
  const lead = x.shape.slice(0, x.shape.length - covered.length);
  const sides = x.shape.slice(lead.length);
  return build([...lead, ...covered.map((axis) => axis.length)], (index) => {
    const plane = index.slice(0, lead.length).reduce((flat, i, axis) => flat * lead[axis]! + i, 0);
    const at = covered.map((axis, i) => axis[index[lead.length + i]!]!);
    const places: number[] = [];
    for (const tap of positions(at.map((list) => list.length))) {
      const p = tap.map((k, axis) => at[axis]![k]!);
      if (p.some((i, axis) => i < 0 || i >= sides[axis]!)) continue;
      places.push(p.reduce((flat, i, axis) => flat * sides[axis]! + i, 0));
    }
    return f({ places, at, values: places.map((p) => x.data[plane * sizeOf(sides) + p]!) });
  });
}

/** Averages: of all that lies within the padding, or of the elements alone, or by a divisor. */
export function averages(
  x: Values,
  covered: Covered,
  after: readonly number[] | undefined,
  divisor?: number,
): Values {
  const sides = x.shape.slice(x.shape.length - covered.length);
  return pool(x, covered, ({ values, at }) => {
    const padded = at.map((list, i) => list.filter((p) => p < sides[i]! + (after?.[i] ?? 0)).length);
    return total(values) / (divisor ?? (after === undefined ? values.length : sizeOf(padded)));
  });
}

/** The largest elements, and the places of the first of these. */
export function maxima(x: Values, covered: Covered): [Values, Values] {
  const first = ({ values, places }: Content): number => places[values.indexOf(Math.max(...values))]!;
  return [pool(x, covered, ({ values }) => Math.max(...values)), pool(x, covered, first)];
}
