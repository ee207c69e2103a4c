/**
 * Sums. All local; exact but for the mean's public factor.
 *
 * @module
 */
import * as ring from "../ring/reduce.ts";
import { normalAxis, type Shape } from "../ring/shape.ts";
import { div } from "./arithmetic.ts";
import { diagonal } from "./movement.ts";
import { defineOp, type Op } from "./op.ts";
import { boundOf, checkRange, mapWords } from "./operand.ts";
import type { CrypTensor } from "./tensor.ts";

/** Which axes are summed, and whether they stay as axes of size 1. */
export interface SumOptions {
  /** One axis, several, or all (default). */
  readonly dim?: number | readonly number[] | undefined;
  /** Keeps summed axes with size 1. */
  readonly keepdim?: boolean | undefined;
}

function axesOf(x: { readonly shape: Shape }, options: SumOptions): number[] {
  const { dim } = options;
  const rank = x.shape.length;
  if (dim === undefined) return x.shape.map((_, i) => i);
  const out = (typeof dim === "number" ? [dim] : dim).map((a) => normalAxis(a, rank, "reduce"));
  if (new Set(out).size !== out.length) throw new RangeError(`axes [${dim}] are not distinct`);
  return out;
}

function reducedShape(x: CrypTensor, options: SumOptions): Shape {
  const axes = axesOf(x, options);
  if (options.keepdim === true) return x.shape.map((side, i) => axes.includes(i) ? 1 : side);
  return x.shape.filter((_, i) => !axes.includes(i));
}

/** Number of elements in each sum. */
function terms(x: CrypTensor, options: SumOptions): number {
  return axesOf(x, options).reduce((n, axis) => n * x.shape[axis]!, 1);
}

/** Sum over axes. Exact; local. */
export const sum: Op<[SumOptions]> = defineOp({
  name: "sum",
  shape: reducedShape,
  lower(ctx, x, [options], shape) {
    const facts = { scale: x.scale, bound: boundOf(x.bound, terms(x, options), (a, b) => a * b) };
    checkRange(ctx, facts, "sum");
    const axes = axesOf(x, options);
    return mapWords(ctx, "sum", x, shape, facts, (part) => {
      const out = ring.sum(part, axes, false);
      const view = out.reshape(shape);
      out.free();
      return view;
    });
  },
});

/** Mean over axes. *Error*: below 2 ulp and, for the encoded 1/n, |mean|·2^-f. *Cost*: two truncations; none for 2^k terms. */
export const mean: Op<[SumOptions]> = defineOp({
  name: "mean",
  shape(x, options) {
    if (terms(x, options) === 0) throw new RangeError("there are no elements, at least one is wanted");
    return reducedShape(x, options);
  },
  lower: (_ctx, x, [options]) => div(sum(x, options), terms(x, options)),
});

/** Running sum along an axis. Exact; local. */
export const cumsum: Op<[number]> = defineOp({
  name: "cumsum",
  shape(x, axis) {
    normalAxis(axis, x.ndim, "sum along");
    return x.shape;
  },
  lower(ctx, x, [axis], shape) {
    const at = normalAxis(axis, x.ndim);
    const facts = { scale: x.scale, bound: boundOf(x.bound, x.shape[at], (a, b) => a * b) };
    checkRange(ctx, facts, "cumsum");
    return mapWords(ctx, "cumsum", x, shape, facts, (part) => ring.cumsum(part, at));
  },
});

/** Sum of the diagonal of a matrix. Exact; local. */
export const trace: Op<[]> = defineOp({
  name: "trace",
  shape(x) {
    if (x.ndim !== 2) throw new RangeError(`it has ${x.ndim} axes, 2 are wanted`);
    return [];
  },
  lower: (_ctx, x) => sum(diagonal(x), {}),
});
