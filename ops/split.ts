/**
 * One tensor as several. Exact and local.
 *
 * @module
 */
import { normalAxis } from "../ring/shape.ts";
import { narrow, slice, type SliceRange } from "./indexing.ts";
import type { CrypTensor } from "./tensor.ts";

/** The side of an axis, or a refusal that says what was asked for. */
function sideOf(x: CrypTensor, verb: string, rest: string, axis: number): number {
  const where = `Cannot ${verb} [${x.shape}]${rest} along axis ${axis}`;
  if (Number.isInteger(axis) && axis >= -x.ndim && axis < x.ndim) return x.shape[normalAxis(axis, x.ndim)]!;
  throw new RangeError(
    x.ndim === 0 ? `${where}: it has no axes` : `${where}: axes ${-x.ndim} to ${x.ndim - 1} are wanted`,
  );
}

function pieces(x: CrypTensor, sizes: readonly number[], axis: number): CrypTensor[] {
  let start = 0;
  return sizes.map((size) => {
    const piece = narrow(x, axis, start, size);
    start += size;
    return piece;
  });
}

/**
 * Pieces of one size along an axis, of which the last may be smaller, or pieces of listed sizes. An axis without entries gives
 * one piece without entries.
 */
export function split(x: CrypTensor, size: number | readonly number[], axis: number): CrypTensor[] {
  const rest = ` into pieces of ${typeof size === "number" ? size : `[${size}]`}`;
  const side = sideOf(x, "split", rest, axis);
  if (typeof size !== "number") {
    const whole = size.every((s) => Number.isInteger(s) && s >= 0);
    if (!whole || size.reduce((a, b) => a + b, 0) !== side) {
      throw new RangeError(
        `Cannot split [${x.shape}]${rest} along axis ${axis}: non-negative sizes with a sum of ${side} are wanted`,
      );
    }
    return pieces(x, size, axis);
  }
  if (!Number.isInteger(size) || size < 1) {
    throw new RangeError(`Cannot split [${x.shape}]${rest} along axis ${axis}: a positive integer is wanted`);
  }
  const count = Math.max(1, Math.ceil(side / size));
  return pieces(x, Array.from({ length: count }, (_, i) => Math.min(size, side - i * size)), axis);
}

/**
 * At most `count` pieces along an axis, all but the last of one size. An axis without entries gives `count` pieces without
 * entries.
 */
export function chunk(x: CrypTensor, count: number, axis: number): CrypTensor[] {
  const rest = ` into ${count} chunks`;
  const side = sideOf(x, "cut", rest, axis);
  if (!Number.isInteger(count) || count < 1) {
    throw new RangeError(`Cannot cut [${x.shape}]${rest} along axis ${axis}: a positive integer is wanted`);
  }
  if (side === 0) return pieces(x, new Array<number>(count).fill(0), axis);
  return split(x, Math.ceil(side / count), axis);
}

/** The entries along an axis, without that axis. */
export function unbind(x: CrypTensor, axis: number): CrypTensor[] {
  const side = sideOf(x, "split", " into its entries (unbind)", axis);
  const before = new Array<SliceRange>(normalAxis(axis, x.ndim)).fill({});
  return Array.from({ length: side }, (_, i) => slice(x, [...before, i]));
}
