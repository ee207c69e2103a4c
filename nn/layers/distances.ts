/**
 * Layers that compare two tensors.
 *
 * @module
 */
import type { CosineOptions } from "../../ops/functions/norms.ts";
import type { CrypTensor, Operand } from "../../ops/tensor.ts";
import { FunctionLayer } from "./function_layer.ts";

/** x·y/(|x|·|y|) along an axis, 1 by default. *Error*: 1e-4 for lengths from 0.2 to 2^10. *Cost*: that of `cosineSimilarity`. */
export class CosineSimilarity extends FunctionLayer<readonly [CrypTensor, Operand]> {
  /** A layer. */
  constructor({ dim = 1, eps = 1e-8 }: CosineOptions = {}) {
    super("CosineSimilarity", { dim, eps }, (x, y) => x.cosineSimilarity(y, { dim, eps }));
  }
}

/** Options of {@link PairwiseDistance}. */
export interface PairwiseDistanceOptions {
  /** The norm's p; 2 by default. */
  readonly p?: number | undefined;
  /** Is added to each difference; 1e-6 by default, which 16 fraction bits round to 0. */
  readonly eps?: number | undefined;
  /** Keeps the axis with size 1. */
  readonly keepdim?: boolean | undefined;
}

/** The p-norm of x - y + eps along the last axis. *Error* and *cost*: those of `norm`: exact for p = 1 and p = Infinity. */
export class PairwiseDistance extends FunctionLayer<readonly [CrypTensor, Operand]> {
  /** A layer. */
  constructor({ p = 2, eps = 1e-6, keepdim = false }: PairwiseDistanceOptions = {}) {
    super("PairwiseDistance", { p, eps, keepdim }, (x, y) => x.sub(y).add(eps).norm({ p, dim: -1, keepdim }));
  }
}
