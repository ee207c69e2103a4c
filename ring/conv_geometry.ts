/**
 * Geometry of convolutions, over one, two or three axes.
 *
 * @module
 */
import type { Shape } from "./shape.ts";

/** How a window moves over the input. Each list has one entry per axis. */
export interface ConvGeometry {
  /** Distance between neighbouring windows. */
  readonly stride: readonly number[];
  /** Zeros before each axis, then zeros after each axis. */
  readonly pads: readonly number[];
  /** Distance between neighbouring taps. */
  readonly dilation: readonly number[];
  /** Number of groups of channels that do not mix. */
  readonly groups: number;
}

/** As {@link ConvGeometry}, for the transposed map: `pads` are cut off the output. */
export interface ConvTransposeGeometry extends ConvGeometry {
  /** Added to the size of each output axis, at its end. */
  readonly outputPads: readonly number[];
}

function checkLists(axes: number, g: ConvGeometry): void {
  const lists: [string, readonly number[], number, number][] = [
    ["stride", g.stride, axes, 1],
    ["pads", g.pads, 2 * axes, 0],
    ["dilation", g.dilation, axes, 1],
  ];
  for (const [name, list, length, least] of lists) {
    if (list.length !== length || list.some((v) => !Number.isInteger(v) || v < least)) {
      throw new RangeError(
        `Cannot convolve: ${name} is [${list}], ${length} integers of at least ${least} are wanted`,
      );
    }
  }
  if (!Number.isInteger(g.groups) || g.groups < 1) {
    throw new RangeError(`Cannot convolve: there are ${g.groups} groups, at least 1 is wanted`);
  }
}

function checkAxes(x: Shape, w: Shape): number {
  const axes = x.length - 2;
  if (axes < 1 || axes > 3 || w.length !== x.length) {
    throw new RangeError(`Cannot convolve [${x}] with [${w}]: 3 to 5 axes each are wanted`);
  }
  return axes;
}

/**
 * The shape of a convolution of x [N, C, …] with w [M, C/groups, …].
 *
 * @throws {RangeError} when channels, groups or sizes do not fit.
 */
export function convShape(x: Shape, w: Shape, g: ConvGeometry): Shape {
  const axes = checkAxes(x, w);
  checkLists(axes, g);
  if (x[1]! % g.groups !== 0 || w[0]! % g.groups !== 0 || w[1]! * g.groups !== x[1]) {
    throw new RangeError(
      `Cannot convolve [${x}] with [${w}] in ${g.groups} groups: ${x[1]} input channels do not match ${
        w[1]
      } per group`,
    );
  }
  const sides = Array.from({ length: axes }, (_, i) => {
    const input = x[i + 2]! + g.pads[i]! + g.pads[axes + i]!;
    const window = g.dilation[i]! * (w[i + 2]! - 1) + 1;
    if (w[i + 2]! < 1 || input < window) {
      throw new RangeError(
        `Cannot convolve [${x}] with [${w}]: the window of axis ${
          i + 2
        } covers ${window}, the padded input has ${input}`,
      );
    }
    return Math.floor((input - window) / g.stride[i]!) + 1;
  });
  return [x[0]!, w[0]!, ...sides];
}

/**
 * The shape of a transposed convolution of x [N, C, …] with w [C, M/groups, …].
 *
 * @throws {RangeError} when channels, groups or sizes do not fit.
 */
export function convTransposeShape(x: Shape, w: Shape, g: ConvTransposeGeometry): Shape {
  const axes = checkAxes(x, w);
  checkLists(axes, g);
  if (g.outputPads.length !== axes || g.outputPads.some((v) => !Number.isInteger(v) || v < 0)) {
    throw new RangeError(
      `Cannot convolve: output pads are [${g.outputPads}], ${axes} non-negative integers are wanted`,
    );
  }
  if (w[0] !== x[1] || x[1]! % g.groups !== 0) {
    throw new RangeError(
      `Cannot convolve [${x}] with [${w}] transposed, in ${g.groups} groups: ${
        x[1]
      } input channels do not match ${w[0]}`,
    );
  }
  const sides = Array.from({ length: axes }, (_, i) => {
    const full = (x[i + 2]! - 1) * g.stride[i]! + g.dilation[i]! * (w[i + 2]! - 1) + 1 + g.outputPads[i]!;
    const side = full - g.pads[i]! - g.pads[axes + i]!;
    if (x[i + 2]! < 1 || side < 1) {
      throw new RangeError(
        `Cannot convolve [${x}] with [${w}] transposed: axis ${
          i + 2
        } of the output would have ${side} elements`,
      );
    }
    return side;
  });
  return [x[0]!, w[1]! * g.groups, ...sides];
}
