/**
 * Products with a weight that is masked once: later products open only their input.
 *
 * @module
 */
import { type Bilinear, bilinearShape, fanIn } from "../ring/bilinear.ts";
import type { Prepared } from "../protocols/protocol.ts";
import { productFacts } from "./arithmetic.ts";
import { matmul } from "./linalg.ts";
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

/**
 * x·w for a weight of its own. *Error*: as `matmul`. *Cost*: one round and 8 bytes per element of x; the weight is opened,
 * masked, once for all products.
 */
export const matmulWeight: Op<[Weight]> = defineOp({
  name: "matmul",
  shape: (x, w) => bilinearShape(MATMUL, x.shape, w.tensor.shape),
  lower(ctx, x, [w], shape) {
    const prepared = w.prepared();
    if (prepared === undefined) return matmul(x, w.tensor);
    const a = x.rescale();
    const facts = productFacts(ctx, "matmul", a, w.tensor, fanIn(MATMUL, a.shape, w.tensor.shape));
    const { protocol } = ctx;
    const cost = protocol.costs.bilinearPrepared?.(MATMUL, a.shape, w.tensor.shape);
    const cell = ctx.remote(
      "matmul",
      [a.words],
      shape,
      cost,
      (call, c) => protocol.bilinearPrepared!(call, MATMUL, c, prepared),
    );
    return words(ctx, cell, facts);
  },
});
