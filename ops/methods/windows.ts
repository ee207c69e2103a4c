/**
 * Pooling as methods.
 *
 * @module
 */
import {
  adaptiveAvgPool,
  adaptiveMaxPool,
  adaptiveMaxPoolIndexed,
  avgPool,
  type AvgPoolOptions,
  globalAvgPool,
  globalLpPool,
  globalMaxPool,
  lpPool,
  maxPool,
  maxPoolIndexed,
} from "../pool.ts";
import type { CrypTensor } from "../tensor.ts";
import type { OutputSides, Sides, WindowOptions } from "../windows.ts";
import { ArithmeticMethods } from "./arithmetic.ts";

/** How maxima of windows are taken. */
export interface MaxPoolOptions extends WindowOptions {
  /** With the places of the maxima. */
  readonly returnIndices?: false | undefined;
}

/** As {@link MaxPoolOptions}, with the places of the maxima in the plane, as encrypted integers. */
export interface MaxPoolIndexedOptions extends WindowOptions {
  /** With the places of the maxima. */
  readonly returnIndices: true;
}

/** What else an adaptive pooling by maxima gives. */
export interface AdaptiveMaxPoolOptions {
  /** With the places of the maxima in the plane, as encrypted integers. */
  readonly returnIndices: true;
}

type AnyMax = MaxPoolOptions | MaxPoolIndexedOptions;
type Pair = readonly [CrypTensor, CrypTensor];

function max(x: CrypTensor, axes: number, kernel: Sides, options: AnyMax): CrypTensor | Pair {
  const { returnIndices, ...windows } = options;
  return returnIndices === true
    ? maxPoolIndexed(x, axes, kernel, windows)
    : maxPool(x, axes, kernel, windows);
}

function adaptiveMax(
  x: CrypTensor,
  axes: number,
  output: OutputSides,
  options: AdaptiveMaxPoolOptions | undefined,
): CrypTensor | Pair {
  return options?.returnIndices === true
    ? adaptiveMaxPoolIndexed(x, axes, output)
    : adaptiveMaxPool(x, axes, output);
}

/** Pooling as methods, over the last axes of [N, C, …] or [C, …]. Sums are local; maxima are exact. */
export abstract class WindowMethods extends ArithmeticMethods {
  /** Averages of windows over the last axis of [N, C, W]. */
  avgPool1d(this: CrypTensor, kernel: Sides, options: AvgPoolOptions = {}): CrypTensor {
    return avgPool(this, 1, kernel, options);
  }
  /** Averages of windows over the last two axes of [N, C, H, W]. */
  avgPool2d(this: CrypTensor, kernel: Sides, options: AvgPoolOptions = {}): CrypTensor {
    return avgPool(this, 2, kernel, options);
  }
  /** Averages of windows over the last three axes of [N, C, D, H, W]. */
  avgPool3d(this: CrypTensor, kernel: Sides, options: AvgPoolOptions = {}): CrypTensor {
    return avgPool(this, 3, kernel, options);
  }
  /** Maxima of windows over the last axis of [N, C, W]; padding never counts. */
  maxPool1d(this: CrypTensor, kernel: Sides, options?: MaxPoolOptions): CrypTensor;
  /** With the place of each maximum in its line; of equal elements the first. */
  maxPool1d(
    this: CrypTensor,
    kernel: Sides,
    options: MaxPoolIndexedOptions,
  ): readonly [CrypTensor, CrypTensor];
  maxPool1d(this: CrypTensor, kernel: Sides, options: AnyMax = {}): CrypTensor | Pair {
    return max(this, 1, kernel, options);
  }
  /** Maxima of windows over the last two axes of [N, C, H, W]; padding never counts. */
  maxPool2d(this: CrypTensor, kernel: Sides, options?: MaxPoolOptions): CrypTensor;
  /** With the place of each maximum in its plane; of equal elements the first. */
  maxPool2d(
    this: CrypTensor,
    kernel: Sides,
    options: MaxPoolIndexedOptions,
  ): readonly [CrypTensor, CrypTensor];
  maxPool2d(this: CrypTensor, kernel: Sides, options: AnyMax = {}): CrypTensor | Pair {
    return max(this, 2, kernel, options);
  }
  /** Maxima of windows over the last three axes of [N, C, D, H, W]; padding never counts. */
  maxPool3d(this: CrypTensor, kernel: Sides, options?: MaxPoolOptions): CrypTensor;
  /** With the place of each maximum in its volume; of equal elements the first. */
  maxPool3d(
    this: CrypTensor,
    kernel: Sides,
    options: MaxPoolIndexedOptions,
  ): readonly [CrypTensor, CrypTensor];
  maxPool3d(this: CrypTensor, kernel: Sides, options: AnyMax = {}): CrypTensor | Pair {
    return max(this, 3, kernel, options);
  }
  /** Norms of windows over the last axis; p is 1, 2 or Infinity. */
  lpPool1d(this: CrypTensor, p: number, kernel: Sides, options: WindowOptions = {}): CrypTensor {
    return lpPool(this, p, 1, kernel, options);
  }
  /** Norms of windows over the last two axes; p is 1, 2 or Infinity. */
  lpPool2d(this: CrypTensor, p: number, kernel: Sides, options: WindowOptions = {}): CrypTensor {
    return lpPool(this, p, 2, kernel, options);
  }
  /** Norms of windows over the last three axes; p is 1, 2 or Infinity. */
  lpPool3d(this: CrypTensor, p: number, kernel: Sides, options: WindowOptions = {}): CrypTensor {
    return lpPool(this, p, 3, kernel, options);
  }
  /** Averages of as many windows of about equal size as wanted; `undefined` keeps a side. */
  adaptiveAvgPool1d(this: CrypTensor, output: OutputSides): CrypTensor {
    return adaptiveAvgPool(this, 1, output);
  }
  /** Averages of as many windows of about equal size as wanted; `undefined` keeps a side. */
  adaptiveAvgPool2d(this: CrypTensor, output: OutputSides): CrypTensor {
    return adaptiveAvgPool(this, 2, output);
  }
  /** Averages of as many windows of about equal size as wanted; `undefined` keeps a side. */
  adaptiveAvgPool3d(this: CrypTensor, output: OutputSides): CrypTensor {
    return adaptiveAvgPool(this, 3, output);
  }
  /** Maxima of as many windows of about equal size as wanted; `undefined` keeps a side. */
  adaptiveMaxPool1d(this: CrypTensor, output: OutputSides): CrypTensor;
  /** With the place of each maximum; of equal elements the first. */
  adaptiveMaxPool1d(
    this: CrypTensor,
    output: OutputSides,
    options: AdaptiveMaxPoolOptions,
  ): readonly [CrypTensor, CrypTensor];
  adaptiveMaxPool1d(
    this: CrypTensor,
    output: OutputSides,
    options?: AdaptiveMaxPoolOptions,
  ): CrypTensor | Pair {
    return adaptiveMax(this, 1, output, options);
  }
  /** Maxima of as many windows of about equal size as wanted; `undefined` keeps a side. */
  adaptiveMaxPool2d(this: CrypTensor, output: OutputSides): CrypTensor;
  /** With the place of each maximum; of equal elements the first. */
  adaptiveMaxPool2d(
    this: CrypTensor,
    output: OutputSides,
    options: AdaptiveMaxPoolOptions,
  ): readonly [CrypTensor, CrypTensor];
  adaptiveMaxPool2d(
    this: CrypTensor,
    output: OutputSides,
    options?: AdaptiveMaxPoolOptions,
  ): CrypTensor | Pair {
    return adaptiveMax(this, 2, output, options);
  }
  /** Maxima of as many windows of about equal size as wanted; `undefined` keeps a side. */
  adaptiveMaxPool3d(this: CrypTensor, output: OutputSides): CrypTensor;
  /** With the place of each maximum; of equal elements the first. */
  adaptiveMaxPool3d(
    this: CrypTensor,
    output: OutputSides,
    options: AdaptiveMaxPoolOptions,
  ): readonly [CrypTensor, CrypTensor];
  adaptiveMaxPool3d(
    this: CrypTensor,
    output: OutputSides,
    options?: AdaptiveMaxPoolOptions,
  ): CrypTensor | Pair {
    return adaptiveMax(this, 3, output, options);
  }
  /** Averages of each channel of [N, C, …], as [N, C, 1, …]. */
  globalAvgPool(this: CrypTensor): CrypTensor {
    return globalAvgPool(this);
  }
  /** Maxima of each channel of [N, C, …], as [N, C, 1, …]. */
  globalMaxPool(this: CrypTensor): CrypTensor {
    return globalMaxPool(this);
  }
  /** Norms of each channel of [N, C, …], as [N, C, 1, …]; p is 1, 2 or Infinity. */
  globalLpPool(this: CrypTensor, p: number): CrypTensor {
    return globalLpPool(this, p);
  }
}
