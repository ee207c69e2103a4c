/**
 * Padding layers over the last axes, with PyTorch's names and order of numbers. Exact and local.
 *
 * @module
 */
import type { PadMode } from "../../ops/pad.ts";
import type { CrypTensor } from "../../ops/tensor.ts";
import { FunctionLayer } from "./function_layer.ts";

/** One number for all sides, or a pair for each axis, the last axis first: [left, right, top, bottom, …]. */
export type PaddingSides = number | readonly number[];

/** What stands around the last `axes` axes. */
function padded(
  x: CrypTensor,
  kind: string,
  axes: number,
  padding: PaddingSides,
  mode: PadMode,
  value = 0,
): CrypTensor {
  const sides = typeof padding === "number" ? new Array<number>(2 * axes).fill(padding) : padding;
  if (sides.length !== 2 * axes || x.ndim < axes) {
    throw new RangeError(
      `Cannot run ${kind} on [${x.shape}]: padding is [${sides}], ${
        2 * axes
      } numbers and ${axes} axes are wanted`,
    );
  }
  const before = x.shape.map(() => 0);
  const after = x.shape.map(() => 0);
  for (let i = 0; i < axes; i++) {
    before[x.ndim - 1 - i] = sides[2 * i]!;
    after[x.ndim - 1 - i] = sides[2 * i + 1]!;
  }
  return x.pad(before, after, { mode, value });
}

/** A public number around the last axis. Exact and local. */
export class ConstantPad1d extends FunctionLayer {
  /** A layer. */
  constructor(padding: PaddingSides, value: number) {
    super(
      "ConstantPad1d",
      { padding, value },
      (x) => padded(x, "ConstantPad1d", 1, padding, "constant", value),
    );
  }
}

/** A public number around the last two axes. Exact and local. */
export class ConstantPad2d extends FunctionLayer {
  /** A layer. */
  constructor(padding: PaddingSides, value: number) {
    super(
      "ConstantPad2d",
      { padding, value },
      (x) => padded(x, "ConstantPad2d", 2, padding, "constant", value),
    );
  }
}

/** A public number around the last three axes. Exact and local. */
export class ConstantPad3d extends FunctionLayer {
  /** A layer. */
  constructor(padding: PaddingSides, value: number) {
    super(
      "ConstantPad3d",
      { padding, value },
      (x) => padded(x, "ConstantPad3d", 3, padding, "constant", value),
    );
  }
}

/** Zeros around the last axis. Exact and local. */
export class ZeroPad1d extends FunctionLayer {
  /** A layer. */
  constructor(padding: PaddingSides) {
    super("ZeroPad1d", { padding }, (x) => padded(x, "ZeroPad1d", 1, padding, "constant"));
  }
}

/** Zeros around the last two axes. Exact and local. */
export class ZeroPad2d extends FunctionLayer {
  /** A layer. */
  constructor(padding: PaddingSides) {
    super("ZeroPad2d", { padding }, (x) => padded(x, "ZeroPad2d", 2, padding, "constant"));
  }
}

/** Zeros around the last three axes. Exact and local. */
export class ZeroPad3d extends FunctionLayer {
  /** A layer. */
  constructor(padding: PaddingSides) {
    super("ZeroPad3d", { padding }, (x) => padded(x, "ZeroPad3d", 3, padding, "constant"));
  }
}

/** The entries next to the edges of the last axis, mirrored, around them; fewer than there are. Exact and local. */
export class ReflectionPad1d extends FunctionLayer {
  /** A layer. */
  constructor(padding: PaddingSides) {
    super("ReflectionPad1d", { padding }, (x) => padded(x, "ReflectionPad1d", 1, padding, "reflect"));
  }
}

/** The entries next to the edges of the last two axes, mirrored, around them; fewer than there are. Exact and local. */
export class ReflectionPad2d extends FunctionLayer {
  /** A layer. */
  constructor(padding: PaddingSides) {
    super("ReflectionPad2d", { padding }, (x) => padded(x, "ReflectionPad2d", 2, padding, "reflect"));
  }
}

/** The entries next to the edges of the last three axes, mirrored, around them; fewer than there are. Exact and local. */
export class ReflectionPad3d extends FunctionLayer {
  /** A layer. */
  constructor(padding: PaddingSides) {
    super("ReflectionPad3d", { padding }, (x) => padded(x, "ReflectionPad3d", 3, padding, "reflect"));
  }
}

/** The entries at the edges of the last axis, repeated around them. Exact and local. */
export class ReplicationPad1d extends FunctionLayer {
  /** A layer. */
  constructor(padding: PaddingSides) {
    super("ReplicationPad1d", { padding }, (x) => padded(x, "ReplicationPad1d", 1, padding, "edge"));
  }
}

/** The entries at the edges of the last two axes, repeated around them. Exact and local. */
export class ReplicationPad2d extends FunctionLayer {
  /** A layer. */
  constructor(padding: PaddingSides) {
    super("ReplicationPad2d", { padding }, (x) => padded(x, "ReplicationPad2d", 2, padding, "edge"));
  }
}

/** The entries at the edges of the last three axes, repeated around them. Exact and local. */
export class ReplicationPad3d extends FunctionLayer {
  /** A layer. */
  constructor(padding: PaddingSides) {
    super("ReplicationPad3d", { padding }, (x) => padded(x, "ReplicationPad3d", 3, padding, "edge"));
  }
}

/** The entries of the other ends of the last axis around them. Exact and local. */
export class CircularPad1d extends FunctionLayer {
  /** A layer. */
  constructor(padding: PaddingSides) {
    super("CircularPad1d", { padding }, (x) => padded(x, "CircularPad1d", 1, padding, "wrap"));
  }
}

/** The entries of the other ends of the last two axes around them. Exact and local. */
export class CircularPad2d extends FunctionLayer {
  /** A layer. */
  constructor(padding: PaddingSides) {
    super("CircularPad2d", { padding }, (x) => padded(x, "CircularPad2d", 2, padding, "wrap"));
  }
}

/** The entries of the other ends of the last three axes around them. Exact and local. */
export class CircularPad3d extends FunctionLayer {
  /** A layer. */
  constructor(padding: PaddingSides) {
    super("CircularPad3d", { padding }, (x) => padded(x, "CircularPad3d", 3, padding, "wrap"));
  }
}
