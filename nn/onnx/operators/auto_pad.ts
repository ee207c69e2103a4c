/**
 * How windows lie: pads that are stated, or follow from the input's sides.
 *
 * @module
 */
import type { Shape } from "../../../ring/shape.ts";
import { numbers, text, unsupported } from "../attributes.ts";
import type { Binding } from "../operator.ts";

/** Windows along the last axes. */
export interface Lie {
  /** Entries of a window along each axis. */
  readonly kernel: readonly number[];
  /** Distance between neighbouring windows. */
  readonly stride: readonly number[];
  /** Distance between neighbouring entries of a window. */
  readonly dilation: readonly number[];
}

/** Strides and dilations of windows; 1 where none are stated. */
export function lieOf(b: Binding, kernel: readonly number[]): Lie {
  const ones = kernel.map(() => 1);
  return { kernel, stride: numbers(b, "strides") ?? ones, dilation: numbers(b, "dilations") ?? ones };
}

/** How pads are stated. */
export type AutoPad = "NOTSET" | "VALID" | "SAME_UPPER" | "SAME_LOWER";

const MODES: readonly string[] = ["NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"] satisfies AutoPad[];

/** How a node states its pads. */
export function autoPadOf(b: Binding): AutoPad {
  const mode = text(b, "auto_pad", "NOTSET") || "NOTSET";
  return MODES.includes(mode) ? mode as AutoPad : unsupported(b, `its auto_pad is "${mode}"`);
}

/** A total for each axis as pads before all axes and then after them; what is odd goes to one end. */
export function halves(total: readonly number[], more: "before" | "after"): readonly number[] {
  const [less, rest] = [total.map((n) => Math.floor(n / 2)), total.map((n) => Math.ceil(n / 2))];
  return more === "after" ? [...less, ...rest] : [...rest, ...less];
}

/** Pads before all axes, then after them, for windows over an input of these sides. */
export function padsOf(b: Binding, sides: Shape, { kernel, stride, dilation }: Lie): readonly number[] {
  const mode = autoPadOf(b);
  if (mode === "NOTSET") return numbers(b, "pads") ?? sides.flatMap(() => [0, 0]);
  if (mode === "VALID") return sides.flatMap(() => [0, 0]);
  const total = sides.map((side, i) => {
    const windows = Math.ceil(side / stride[i]!);
    return Math.max(0, (windows - 1) * stride[i]! + (kernel[i]! - 1) * dilation[i]! + 1 - side);
  });
  return halves(total, mode === "SAME_UPPER" ? "after" : "before");
}
