/**
 * Products with a weight that is masked once: later products open only their input.
 *
 * @module
 */
import { type Bilinear, bilinearShape, fanIn } from "../ring/bilinear.ts";
import type { Prepared } from "../protocols/protocol.ts";
import { productFacts } from "./arithmetic.ts";
import type { ConvGeometry, ConvTransposeGeometry } from "../ring/conv_geometry.ts";
import type { Shape } from "../ring/shape.ts";
import type { Context } from "./context.ts";
import { checkRank, conv, convMap, convTranspose, convTransposeMap, matmul } from "./linalg.ts";
import { defineOp, type Op } from "./op.ts";
import { words } from "./operand.ts";
import type { CrypTensor } from "./tensor.ts";

const MATMUL: Bilinear = { kind: "matmul" };

/** A secret weight for many products. It must not change while it is in use. */
export class Weight {
  /** The weight. */
  readonly tensor: CrypTensor;
  #prepared: Prepared | undefined;

  constructor(tensor: CrypTensor) {
    this.tensor = tensor.rescale();
  }

  /** The masked form; made at the first use. *Cost*: one round, 8 bytes per element, once. */
  prepared(): Prepared | undefined {
    const { context } = this.tensor;
    const { protocol } = context;
    if (protocol.prepare === undefined || !context.shared.fastPaths) return undefined;
    return this.#prepared ??= context.prepare(
      "prepare",
      this.tensor.words,
      protocol.costs.prepare?.(this.tensor.shape),
      (call, w) => protocol.prepare!(call, w),
    );
  }

  /** Returns the memory of the masked form and of the weight. */
  dispose(): void {
    this.#prepared?.free();
    this.#prepared = undefined;
    this.tensor.dispose();
  }
}

/** map(x, w) with the weight's masked form, or plainly on protocols that have none. */
function product(
  ctx: Context,
  map: Bilinear,
  x: CrypTensor,
  w: Weight,
  shape: Shape,
  plainly: () => CrypTensor,
): CrypTensor {
  const prepared = x.known === undefined ? w.prepared() : undefined;
  if (prepared === undefined) return plainly();
  const a = x.rescale();
  const facts = productFacts(ctx, map.kind, a, w.tensor, fanIn(map, a.shape, w.tensor.shape));
  const { protocol } = ctx;
  const cost = protocol.costs.bilinearPrepared?.(map, a.shape, w.tensor.shape);
  const cell = ctx.remote(
    map.kind,
    [a.words],
    shape,
    cost,
    (call, c) => protocol.bilinearPrepared!(call, map, c, prepared),
  );
  return words(ctx, cell, facts);
}

/**
 * x·w for a weight of its own. *Error*: as `matmul`. *Cost*: one round and 8 bytes per element of x; the weight is opened,
 * masked, once for all products.
 */
export const matmulWeight: Op<[Weight]> = defineOp({
  name: "matmul",
  shape: (x, w) => bilinearShape(MATMUL, x.shape, w.tensor.shape),
  lower: (ctx, x, [w], shape) => product(ctx, MATMUL, x, w, shape, () => matmul(x, w.tensor)),
});

/** Convolution over one to three axes with a weight of its own. As {@link matmulWeight}. */
export const convWeight: Op<[Weight, number, Partial<ConvGeometry>]> = defineOp<
  [Weight, number, Partial<ConvGeometry>]
>({
  name: "conv",
  shape(x, w, axes, geometry) {
    checkRank(x, w.tensor, axes);
    return bilinearShape(convMap(axes, geometry), x.shape, w.tensor.shape);
  },
  lower: (ctx, x, [w, axes, geometry], shape) =>
    product(ctx, convMap(axes, geometry), x, w, shape, () => conv(x, w.tensor, axes, geometry)),
});

/** Transposed convolution over one to three axes with a weight of its own. As {@link matmulWeight}. */
export const convTransposeWeight: Op<[Weight, number, Partial<ConvTransposeGeometry>]> = defineOp<
  [Weight, number, Partial<ConvTransposeGeometry>]
>({
  name: "convTranspose",
  shape(x, w, axes, geometry) {
    checkRank(x, w.tensor, axes);
    return bilinearShape(convTransposeMap(axes, geometry), x.shape, w.tensor.shape);
  },
  lower: (ctx, x, [w, axes, geometry], shape) =>
    product(
      ctx,
      convTransposeMap(axes, geometry),
      x,
      w,
      shape,
      () => convTranspose(x, w.tensor, axes, geometry),
    ),
});
