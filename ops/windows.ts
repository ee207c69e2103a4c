/**
 * Windows that move over the last axes of a tensor: which elements each covers. All of it is public.
 *
 * @module
 */
import type { Shape } from "../ring/shape.ts";

/** One number for all axes, or one per axis. */
export type Sides = number | readonly number[];

/** How windows move. */
export interface WindowOptions {
  /** Distance between neighbouring windows; the kernel by default, so that windows lie side by side. */
  readonly stride?: Sides | undefined;
  /**
   * Padding on both ends of each axis, at most half the window; or a list of twice as many numbers, first before each axis,
   * then after each, all smaller than the window. 0 by default.
   */
  readonly padding?: Sides | undefined;
  /** Distance between neighbouring elements of a window; 1 by default. */
  readonly dilation?: Sides | undefined;
  /** Keeps a last window that reaches beyond the padded input, if it starts before the padding at the end. */
  readonly ceilMode?: boolean | undefined;
}

/** The windows along one axis. */
export interface AxisWindows {
  /** Size of the axis. */
  readonly side: number;
  /** Positions that each window covers, in order; padding is left out. */
  readonly taps: readonly (readonly number[])[];
  /** How many positions of the padded axis each window covers. */
  readonly counts: readonly number[];
}

/** Most elements in one window along an axis. */
export function mostTaps({ taps }: AxisWindows): number {
  return taps.reduce((most, t) => Math.max(most, t.length), 0);
}

/** Windows over the last axes of a tensor: a window for each choice of one per axis. */
export interface Windows {
  /** The axes before. */
  readonly lead: Shape;
  /** The windows along each of the last axes. */
  readonly axes: readonly AxisWindows[];
}

/** The shape of what has one element per window. */
export function windowsShape(w: Windows): Shape {
  return [...w.lead, ...w.axes.map((axis) => axis.taps.length)];
}

/** The last `axes` sides of [N, C, …] or [C, …]. */
function spatial(shape: Shape, axes: number): { lead: Shape; sides: Shape } {
  if (shape.length !== axes + 1 && shape.length !== axes + 2) {
    throw new RangeError(
      `it has ${shape.length} axes, ${axes + 2} or (without a batch) ${axes + 1} are wanted`,
    );
  }
  const sides = shape.slice(-axes);
  if (sides.includes(0)) throw new RangeError(`sides [${sides}] are not all positive, windows need elements`);
  return { lead: shape.slice(0, -axes), sides };
}

function listOf(name: string, value: Sides, axes: number, least: number): readonly number[] {
  const list = typeof value === "number" ? new Array<number>(axes).fill(value) : value;
  if (
    !Array.isArray(list) || list.length !== axes || list.some((v) => !Number.isSafeInteger(v) || v < least)
  ) {
    throw new RangeError(`${name} is [${list}], ${axes} integers of at least ${least} are wanted`);
  }
  return list;
}

/** Padding before and after each axis, for windows that reach over `reach` positions. */
function padsOf(padding: Sides, reach: readonly number[]): readonly number[] {
  const axes = reach.length;
  const bothEnds = typeof padding !== "number" && padding.length === 2 * axes;
  const list = bothEnds ? listOf("padding", padding, 2 * axes, 0) : listOf("padding", padding, axes, 0);
  const most = reach.map((r) => bothEnds ? r - 1 : Math.floor(r / 2));
  if (list.some((p, i) => p > most[i % axes]!)) {
    throw new RangeError(
      `padding is [${list}], at most [${most}] ${
        bothEnds ? "on each end " : ""
      }is wanted for windows of [${reach}]`,
    );
  }
  return bothEnds ? list : [...list, ...list];
}

/**
 * Windows that move by a stride, by the rules of PyTorch and ONNX.
 *
 * @throws {RangeError} when there is no window, or rank, kernel, stride, padding or dilation do not fit.
 */
export function slidingWindows(shape: Shape, axes: number, kernel: Sides, options: WindowOptions): Windows {
  const { lead, sides } = spatial(shape, axes);
  const kernels = listOf("kernel", kernel, axes, 1);
  const strides = listOf("stride", options.stride ?? kernels, axes, 1);
  const dilations = listOf("dilation", options.dilation ?? 1, axes, 1);
  const reach = kernels.map((k, i) => (k - 1) * dilations[i]! + 1);
  const pads = padsOf(options.padding ?? 0, reach);
  const along = (side: number, i: number): AxisWindows => {
    const [before, stride] = [pads[i]!, strides[i]!];
    const end = side + pads[axes + i]!;
    const steps = (before + end - reach[i]!) / stride;
    // A window that would start in the padding at the end is dropped.
    const count = options.ceilMode === true
      ? Math.min(Math.ceil(steps), Math.floor((side + before - 1) / stride)) + 1
      : Math.floor(steps) + 1;
    if (count < 1) {
      throw new RangeError(
        `a window of [${kernels}] reaches over [${reach}], sides [${sides}] padded by [${pads}] are smaller`,
      );
    }
    const windows = Array.from(
      { length: count },
      (_, o) => Array.from({ length: kernels[i]! }, (_, k) => o * stride + k * dilations[i]! - before),
    );
    return {
      side,
      taps: windows.map((w) => w.filter((at) => at >= 0 && at < side)),
      counts: windows.map((w) => w.filter((at) => at < end).length),
    };
  };
  return { lead, axes: sides.map(along) };
}

/** Sides of an adaptive pooling's result: one for all axes or one per axis, `undefined` where the input's is kept. */
export type OutputSides = number | undefined | readonly (number | undefined)[];

/**
 * As many windows as wanted, of about equal size: window i of n covers positions floor(i·side/n) to ceil((i+1)·side/n) - 1.
 *
 * @throws {RangeError} when the rank or the wanted sides do not fit.
 */
export function adaptiveWindows(shape: Shape, axes: number, output: OutputSides): Windows {
  const { lead, sides } = spatial(shape, axes);
  const given = Array.isArray(output) ? output as readonly (number | undefined)[] : sides.map(() => output);
  const wanted = listOf("output", given.map((n, i) => n ?? sides[i] ?? NaN) as number[], axes, 1);
  const along = (side: number, i: number): AxisWindows => {
    const n = wanted[i]!;
    const taps = Array.from({ length: n }, (_, o) => {
      const start = Math.floor(o * side / n);
      return Array.from({ length: Math.ceil((o + 1) * side / n) - start }, (_, k) => start + k);
    });
    return { side, taps, counts: taps.map((t) => t.length) };
  };
  return { lead, axes: sides.map(along) };
}

/**
 * One window over all of [N, C, …] but the first two axes.
 *
 * @throws {RangeError} when there are fewer than three axes.
 */
export function globalWindows(shape: Shape): Windows {
  if (shape.length < 3) throw new RangeError(`it has ${shape.length} axes, at least 3 are wanted`);
  return adaptiveWindows(shape, shape.length - 2, 1);
}

/**
 * The same windows, each with at least one element.
 *
 * @throws {RangeError} when a window covers only padding.
 */
export function covered(w: Windows): Windows {
  w.axes.forEach(({ taps, side }, i) => {
    const empty = taps.findIndex((t) => t.length === 0);
    if (empty >= 0) {
      throw new RangeError(
        `window ${empty} along axis ${
          w.lead.length + i
        }, of side ${side}, covers only padding, at least one element is wanted`,
      );
    }
  });
  return w;
}

/** The windows along all axes as windows along one, of the last axes joined. */
export function joined(axes: readonly AxisWindows[]): AxisWindows {
  return axes.reduce((a, b) => ({
    side: a.side * b.side,
    taps: a.taps.flatMap((p) => b.taps.map((q) => p.flatMap((i) => q.map((j) => i * b.side + j)))),
    counts: a.counts.flatMap((n) => b.counts.map((m) => n * m)),
  }));
}
