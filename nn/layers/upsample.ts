/**
 * Larger and smaller images: every output is a public combination of inputs, so each axis is a product by a public matrix.
 *
 * @module
 */
import { Tensor } from "../../ops/plaintext.ts";
import type { CrypTensor } from "../../ops/tensor.ts";
import type { PerAxis } from "./conv.ts";
import { FunctionLayer } from "./function_layer.ts";

/** How values between elements are made. */
export type UpsampleMode = "nearest" | "linear" | "bilinear" | "trilinear";

/** Options of {@link Upsample}: either the sides or the factors. */
export interface UpsampleOptions {
  /** Sides of the result. */
  readonly size?: PerAxis | undefined;
  /** By how much sides grow; the result's are rounded down. */
  readonly scaleFactor?: PerAxis | undefined;
  /** How values between elements are made; "nearest" by default. */
  readonly mode?: UpsampleMode | undefined;
  /** Whether the corners of input and result have the same centres; false by default, and not for "nearest". */
  readonly alignCorners?: boolean | undefined;
}

/** Axes of each mode that interpolates. */
const AXES: Readonly<Record<string, number>> = { linear: 1, bilinear: 2, trilinear: 3 };

/** One axis: its sides, and the distance of neighbouring results in the input. */
interface AxisScale {
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

/** The input of each result. */
function nearest({ from, to, step }: AxisScale): Int32Array {
  return Int32Array.from({ length: to }, (_, i) => Math.min(Math.floor(i * step), from - 1));
}

/** The matrix [from, to] whose column i has the shares of two neighbours in result i. */
function linear({ from, to, step }: AxisScale, alignCorners: boolean): Tensor {
  const data = new Float64Array(from * to);
  for (let i = 0; i < to; i++) {
    const place = alignCorners ? to > 1 ? i * (from - 1) / (to - 1) : 0 : Math.max(0, (i + 0.5) * step - 0.5);
    const low = Math.min(Math.floor(place), from - 1);
    const share = Math.min(place - low, 1);
    data[low * to + i]! += 1 - share;
    data[Math.min(low + 1, from - 1) * to + i]! += share;
  }
  return new Tensor([from, to], data);
}

function axisScales(x: CrypTensor, { size, scaleFactor, mode = "nearest" }: UpsampleOptions): AxisScale[] {
  const axes = AXES[mode] ?? x.ndim - 2;
  if (x.ndim !== axes + 2 || axes < 1) {
    throw new RangeError(
      `Cannot run Upsample on [${x.shape}]: ${axes + 2} axes are wanted in mode "${mode}"`,
    );
  }
  const given = (size ?? scaleFactor)!;
  const list = typeof given === "number" ? new Array<number>(axes).fill(given) : given;
  if (list.length !== axes) {
    throw new RangeError(
      `Cannot run Upsample on [${x.shape}]: ${list.length} numbers for ${axes} axes were given`,
    );
  }
  return list.map((value, i) => {
    const from = x.shape[i + 2]!;
    if (size !== undefined) return { from, to: value, step: from / value };
    return { from, to: Math.floor(from * value), step: 1 / value };
  });
}

function upsample(x: CrypTensor, options: UpsampleOptions): CrypTensor {
  const { mode = "nearest", alignCorners = false } = options;
  return axisScales(x, options).reduce((y, scale, i) => {
    const axis = i + 2;
    if (mode === "nearest") return y.indexSelect(axis, nearest(scale));
    return y.movedim(axis, -1).matmul(linear(scale, alignCorners)).movedim(-1, axis);
  }, x);
}

/**
 * [N, C, …] with other sides of the axes behind the channels, as in PyTorch. "nearest" is exact and local; the others have an *error* of
 * 1 ulp and 2^-16·|x| for each axis, and as *cost* a truncation for each axis.
 */
export class Upsample extends FunctionLayer {
  /**
   * A layer.
   *
   * @throws {RangeError} when not exactly one of size and scaleFactor is given.
   * @throws {TypeError} on an unknown mode, or corners in mode "nearest".
   */
  constructor(options: UpsampleOptions) {
    const { size, scaleFactor, mode = "nearest", alignCorners } = options;
    if ((size === undefined) === (scaleFactor === undefined)) {
      throw new RangeError("Cannot make an Upsample layer: one of size and scaleFactor is wanted");
    }
    if (mode !== "nearest" && !Object.hasOwn(AXES, mode)) {
      throw new TypeError(
        `Cannot make an Upsample layer: mode "${mode}" is unknown, "nearest", "linear", "bilinear" or "trilinear" is wanted`,
      );
    }
    if (mode === "nearest" && alignCorners !== undefined) {
      throw new TypeError(`Cannot make an Upsample layer: alignCorners has no meaning in mode "nearest"`);
    }
    super("Upsample", { size, scaleFactor, mode, alignCorners }, (x) => upsample(x, options));
  }
}
