/**
 * Pooling layers over the last axes of [N, C, …] or [C, …], with PyTorch's names, options and defaults.
 *
 * @module
 */
import type { AvgPoolOptions } from "../../ops/pool.ts";
import type { CrypTensor } from "../../ops/tensor.ts";
import type { OutputSides, Sides, WindowOptions } from "../../ops/windows.ts";
import { FunctionLayer } from "./function_layer.ts";

/** Averages of windows over one axis. *Error*: below 2 ulp. *Cost*: none for windows of 2^k elements, else a truncation. */
export class AvgPool1d extends FunctionLayer {
  /** A layer; the stride is the kernel's size by default. */
  constructor(kernelSize: Sides, options: AvgPoolOptions = {}) {
    super("AvgPool1d", { kernelSize, ...options }, (x) => x.avgPool1d(kernelSize, options));
  }
}

/** Averages of windows over two axes. As {@link AvgPool1d}. */
export class AvgPool2d extends FunctionLayer {
  /** A layer; the stride is the kernel's size by default. */
  constructor(kernelSize: Sides, options: AvgPoolOptions = {}) {
    super("AvgPool2d", { kernelSize, ...options }, (x) => x.avgPool2d(kernelSize, options));
  }
}

/** Averages of windows over three axes. As {@link AvgPool1d}. */
export class AvgPool3d extends FunctionLayer {
  /** A layer; the stride is the kernel's size by default. */
  constructor(kernelSize: Sides, options: AvgPoolOptions = {}) {
    super("AvgPool3d", { kernelSize, ...options }, (x) => x.avgPool3d(kernelSize, options));
  }
}

/** Maxima of windows over one axis; padding never counts. Exact. *Cost*: that of `maxPool`: 4 rounds for each halving of a window. */
export class MaxPool1d extends FunctionLayer {
  /** A layer; the stride is the kernel's size by default. */
  constructor(kernelSize: Sides, options: WindowOptions = {}) {
    super("MaxPool1d", { kernelSize, ...options }, (x) => x.maxPool1d(kernelSize, options));
  }
}

/** Maxima of windows over two axes. As {@link MaxPool1d}. */
export class MaxPool2d extends FunctionLayer {
  /** A layer; the stride is the kernel's size by default. */
  constructor(kernelSize: Sides, options: WindowOptions = {}) {
    super("MaxPool2d", { kernelSize, ...options }, (x) => x.maxPool2d(kernelSize, options));
  }
}

/** Maxima of windows over three axes. As {@link MaxPool1d}. */
export class MaxPool3d extends FunctionLayer {
  /** A layer; the stride is the kernel's size by default. */
  constructor(kernelSize: Sides, options: WindowOptions = {}) {
    super("MaxPool3d", { kernelSize, ...options }, (x) => x.maxPool3d(kernelSize, options));
  }
}

/** Options of {@link LPPool1d} and {@link LPPool2d}. */
export type LPPoolOptions = Pick<WindowOptions, "stride" | "ceilMode">;

/** For p = 1 the elements count with their signs and for p = Infinity too, as in PyTorch. */
function lpPool(x: CrypTensor, axes: 1 | 2, p: number, kernel: Sides, options: LPPoolOptions): CrypTensor {
  if (p === 1) {
    return x[`avgPool${axes}d`](kernel, { ...options, divisorOverride: 1 });
  }
  return p === Infinity ? x[`maxPool${axes}d`](kernel, options) : x[`lpPool${axes}d`](p, kernel, options);
}

/**
 * The normType-th root of sums of powers of windows over one axis: sums for 1, Euclidean norms for 2, maxima for Infinity. Exact; for 2
 * the error is that of the square root. *Cost*: none for 1, squares and a root for 2, that of {@link MaxPool1d} for Infinity.
 */
export class LPPool1d extends FunctionLayer {
  /** A layer; the stride is the kernel's size by default. */
  constructor(normType: number, kernelSize: Sides, options: LPPoolOptions = {}) {
    super(
      "LPPool1d",
      { normType, kernelSize, ...options },
      (x) => lpPool(x, 1, normType, kernelSize, options),
    );
  }
}

/** The same over two axes; see {@link LPPool1d}. */
export class LPPool2d extends FunctionLayer {
  /** A layer; the stride is the kernel's size by default. */
  constructor(normType: number, kernelSize: Sides, options: LPPoolOptions = {}) {
    super(
      "LPPool2d",
      { normType, kernelSize, ...options },
      (x) => lpPool(x, 2, normType, kernelSize, options),
    );
  }
}

/** Averages of as many windows of about equal size as wanted, over one axis. As {@link AvgPool1d}. */
export class AdaptiveAvgPool1d extends FunctionLayer {
  /** A layer. */
  constructor(outputSize: OutputSides) {
    super("AdaptiveAvgPool1d", { outputSize }, (x) => x.adaptiveAvgPool1d(outputSize));
  }
}

/** Averages of as many windows as wanted, over two axes; `undefined` keeps a side. As {@link AvgPool1d}. */
export class AdaptiveAvgPool2d extends FunctionLayer {
  /** A layer. */
  constructor(outputSize: OutputSides) {
    super("AdaptiveAvgPool2d", { outputSize }, (x) => x.adaptiveAvgPool2d(outputSize));
  }
}

/** Averages of as many windows as wanted, over three axes; `undefined` keeps a side. As {@link AvgPool1d}. */
export class AdaptiveAvgPool3d extends FunctionLayer {
  /** A layer. */
  constructor(outputSize: OutputSides) {
    super("AdaptiveAvgPool3d", { outputSize }, (x) => x.adaptiveAvgPool3d(outputSize));
  }
}

/** Maxima of as many windows of about equal size as wanted, over one axis. As {@link MaxPool1d}. */
export class AdaptiveMaxPool1d extends FunctionLayer {
  /** A layer. */
  constructor(outputSize: OutputSides) {
    super("AdaptiveMaxPool1d", { outputSize }, (x) => x.adaptiveMaxPool1d(outputSize));
  }
}

/** Maxima of as many windows as wanted, over two axes; `undefined` keeps a side. As {@link MaxPool1d}. */
export class AdaptiveMaxPool2d extends FunctionLayer {
  /** A layer. */
  constructor(outputSize: OutputSides) {
    super("AdaptiveMaxPool2d", { outputSize }, (x) => x.adaptiveMaxPool2d(outputSize));
  }
}

/** Maxima of as many windows as wanted, over three axes; `undefined` keeps a side. As {@link MaxPool1d}. */
export class AdaptiveMaxPool3d extends FunctionLayer {
  /** A layer. */
  constructor(outputSize: OutputSides) {
    super("AdaptiveMaxPool3d", { outputSize }, (x) => x.adaptiveMaxPool3d(outputSize));
  }
}

/** Averages of each channel of [N, C, …], as [N, C, 1, …]. As {@link AvgPool1d}. */
export class GlobalAvgPool extends FunctionLayer {
  /** A layer. */
  constructor() {
    super("GlobalAvgPool", {}, (x) => x.globalAvgPool());
  }
}

/** Maxima of each channel of [N, C, …], as [N, C, 1, …]. As {@link MaxPool1d}. */
export class GlobalMaxPool extends FunctionLayer {
  /** A layer. */
  constructor() {
    super("GlobalMaxPool", {}, (x) => x.globalMaxPool());
  }
}
