/**
 * Linear algebra.
 *
 * @module
 */
import { type Bilinear, bilinear as bilinearWords, bilinearShape, fanIn } from "../ring/bilinear.ts";
import type { ConvGeometry, ConvTransposeGeometry } from "../ring/conv_geometry.ts";
import type { Shape } from "../ring/shape.ts";
import { productFacts, publicProduct } from "./arithmetic.ts";
import type { RingTensor } from "../ring/tensor.ts";
import type { Context } from "./context.ts";
import { defineOp, isTensor, type Op } from "./op.ts";
import { mapWords, shapeOf, words } from "./operand.ts";
import type { CrypTensor, Operand } from "./tensor.ts";

/**
 * A bilinear map of two operands. Sums of products keep all fraction bits, so a whole sum is truncated once, by the next
 * operation that needs it. With a public operand it is local.
 */
function apply(
  ctx: Context,
  name: string,
  map: Bilinear,
  x: CrypTensor,
  y: Operand,
  shape: Shape,
): CrypTensor {
  const terms = fanIn(map, x.shape, shapeOf(y));
  const open = isTensor(y) ? y.known : y;
  if (open !== undefined) {
    const factor = publicProduct(ctx, x, open);
    const facts = productFacts(ctx, name, factor.x, factor.facts, terms);
    const f = (part: RingTensor): RingTensor => bilinearWords(map, part, factor.words);
    return mapWords(ctx, `${name}Public`, factor.x, shape, facts, f, [factor.words]);
  }
  if (x.known !== undefined) {
    const factor = publicProduct(ctx, y as CrypTensor, x.known);
    const facts = productFacts(ctx, name, factor.facts, factor.x, terms);
    const f = (part: RingTensor): RingTensor => bilinearWords(map, factor.words, part);
    return mapWords(ctx, `${name}Public`, factor.x, shape, facts, f, [factor.words]);
  }
  const a = x.rescale();
  const b = (y as CrypTensor).rescale();
  const facts = productFacts(ctx, name, a, b, terms);
  const [p, q] = [a.words, b.words];
  const cost = ctx.protocol.costs.bilinear(map, a.shape, b.shape);
  return words(
    ctx,
    ctx.remote(name, [p, q], shape, cost, (call, c, d) => ctx.protocol.bilinear(call, map, c, d), {
      given: true,
    }),
    facts,
  );
}

const MATMUL: Bilinear = { kind: "matmul" };

/**
 * Matrix product. *Error*: below 1 ulp per output, for |x·y| < 2^30. *Cost*: one round and 8 bytes per element of both
 * operands; then the truncation of the output.
 */
export const matmul: Op<[Operand]> = defineOp({
  name: "matmul",
  shape: (x, y) => bilinearShape(MATMUL, x.shape, shapeOf(y)),
  lower: (ctx, x, [y], shape) => apply(ctx, "matmul", MATMUL, x, y, shape),
});

/** Inner product of two vectors. As {@link matmul}. */
export const dot: Op<[Operand]> = defineOp({
  name: "dot",
  shape(x, y) {
    const other = shapeOf(y);
    if (x.ndim !== 1 || other.length !== 1) {
      throw new RangeError(`shapes [${x.shape}] and [${other}] are not vectors, two vectors are wanted`);
    }
    return bilinearShape(MATMUL, x.shape, other);
  },
  lower: (ctx, x, [y], shape) => apply(ctx, "dot", MATMUL, x, y, shape),
});

/** Fills in the defaults of a convolution over `axes` axes. */
function geometryOf(axes: number, g: Partial<ConvGeometry>): ConvGeometry {
  const fill = (value: number): number[] => new Array<number>(axes).fill(value);
  return {
    stride: g.stride ?? fill(1),
    pads: g.pads ?? new Array<number>(2 * axes).fill(0),
    dilation: g.dilation ?? fill(1),
    groups: g.groups ?? 1,
  };
}

/** A convolution as a bilinear map. */
export const convMap = (axes: number, g: Partial<ConvGeometry>): Bilinear => ({
  kind: "conv",
  geometry: geometryOf(axes, g),
});

/** A transposed convolution as a bilinear map. */
export function convTransposeMap(axes: number, g: Partial<ConvTransposeGeometry>): Bilinear {
  const outputPads = g.outputPads ?? new Array<number>(axes).fill(0);
  return { kind: "convTranspose", geometry: { ...geometryOf(axes, g), outputPads } };
}

/** Refuses operands that are no [N, C, …] and [M, C/groups, …]. */
export function checkRank(x: CrypTensor, w: Operand, axes: number): void {
  const weight = shapeOf(w);
  if (x.ndim !== axes + 2 || weight.length !== axes + 2) {
    throw new RangeError(`shapes [${x.shape}] and [${weight}] do not have ${axes + 2} axes each`);
  }
}

/** Convolution (cross-correlation, as in PyTorch) over one to three axes. Error and cost as {@link matmul}. */
export const conv: Op<[Operand, number, Partial<ConvGeometry>]> = defineOp({
  name: "conv",
  shape(x, w, axes, geometry) {
    checkRank(x, w, axes);
    return bilinearShape(convMap(axes, geometry), x.shape, shapeOf(w));
  },
  lower: (ctx, x, [w, axes, geometry], shape) => apply(ctx, "conv", convMap(axes, geometry), x, w, shape),
});

/** Transposed convolution over one to three axes. Error and cost as {@link matmul}. */
export const convTranspose: Op<[Operand, number, Partial<ConvTransposeGeometry>]> = defineOp({
  name: "convTranspose",
  shape(x, w, axes, geometry) {
    checkRank(x, w, axes);
    return bilinearShape(convTransposeMap(axes, geometry), x.shape, shapeOf(w));
  },
  lower: (ctx, x, [w, axes, g], shape) => apply(ctx, "convTranspose", convTransposeMap(axes, g), x, w, shape),
});
