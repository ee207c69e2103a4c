/**
 * The axis that an operation works along, brought to the front.
 *
 * @module
 */
import { permute as permuteWords } from "../ring/movement.ts";
import { normalAxis, type Shape } from "../ring/shape.ts";
import { moveBits } from "./compare.ts";
import type { Context } from "./context.ts";
import { permute, reshape } from "./movement.ts";
import type { CrypTensor } from "./tensor.ts";

/** Which axis is reduced, and whether it stays. */
export interface AxisOptions {
  /** The axis; all elements, as one list in row-major order, if there is none. */
  readonly dim?: number | undefined;
  /** Keeps reduced axes with size 1. */
  readonly keepdim?: boolean | undefined;
}

/** Number of elements along the axis. */
export function lengthOf(x: CrypTensor, { dim }: AxisOptions): number {
  return dim === undefined ? x.size : x.shape[normalAxis(dim, x.ndim)]!;
}

/** Shape of what is left when the axis is reduced. */
export function shapeWithout(x: CrypTensor, { dim, keepdim = false }: AxisOptions): Shape {
  if (dim === undefined) return keepdim ? x.shape.map(() => 1) : [];
  const at = normalAxis(dim, x.ndim, "reduce");
  return keepdim ? x.shape.map((side, i) => i === at ? 1 : side) : x.shape.filter((_, i) => i !== at);
}

/**
 * Refuses to choose from nothing.
 *
 * @throws {RangeError} when the axis is empty or does not exist.
 */
export function nonEmpty(x: CrypTensor, options: AxisOptions): Shape {
  const shape = shapeWithout(x, options);
  if (lengthOf(x, options) === 0) throw new RangeError("there are no elements, at least one is wanted");
  return shape;
}

/** Axes with `from` moved to `to`. */
function moved(rank: number, from: number, to: number): number[] {
  const axes = Array.from({ length: rank }, (_, i) => i).filter((i) => i !== from);
  axes.splice(to, 0, from);
  return axes;
}

/** The tensor as [n, ...rest], with the axis first. Local. */
export function toFront(x: CrypTensor, { dim }: AxisOptions): CrypTensor {
  if (dim === undefined) return reshape(x, [x.size]);
  const at = normalAxis(dim, x.ndim);
  return at === 0 ? x : permute(x, moved(x.ndim, at, 0));
}

/** The first axis back where it was. Local. */
export function fromFront(x: CrypTensor, dim: number): CrypTensor {
  const at = normalAxis(dim, x.ndim);
  return at === 0 ? x : permute(x, moved(x.ndim, 0, at));
}

/** As {@link fromFront} for bits, to the shape of the whole tensor. Local. */
export function bitsFromFront(
  ctx: Context,
  b: CrypTensor,
  shape: Shape,
  dim: number | undefined,
): CrypTensor {
  const at = dim === undefined ? 0 : normalAxis(dim, shape.length);
  if (at === 0) return moveBits(ctx, "reshape", b, shape, (part) => part.reshape(shape));
  const axes = moved(shape.length, 0, at);
  return moveBits(ctx, "permute", b, shape, (part) => permuteWords(part, axes));
}
