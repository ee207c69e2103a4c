/**
 * Normalisation by neighbouring channels (Krizhevsky, Sutskever and Hinton 2012).
 *
 * @module
 */
import type { CrypTensor } from "../../ops/tensor.ts";
import { FunctionLayer } from "./function_layer.ts";

/** Options of {@link LocalResponseNorm}. */
export interface LocalResponseNormOptions {
  /** Factor of the mean of squares; 1e-4 by default. */
  readonly alpha?: number | undefined;
  /** The exponent; 0.75 by default. */
  readonly beta?: number | undefined;
  /** Is added to the mean; 1 by default. */
  readonly k?: number | undefined;
}

/** x/(k + alpha·m)^beta, where m is the mean of x² over `size` channels, of which the first is `before` channels earlier. */
export function localResponse(
  x: CrypTensor,
  size: number,
  before: number,
  { alpha = 1e-4, beta = 0.75, k = 1 }: LocalResponseNormOptions,
): CrypTensor {
  const [, channels] = x.shape;
  if (x.ndim < 2) {
    throw new RangeError(
      `Cannot normalise a tensor of shape [${x.shape}] by channels: [N, C, ...] is wanted`,
    );
  }
  const sides = (n: number): number[] => x.shape.map((_, axis) => axis === 1 ? n : 0);
  const padded = x.square().pad(sides(before), sides(size - 1 - before));
  const shifted = Array.from({ length: size }, (_, i) => padded.narrow(1, i, channels!));
  const sum = shifted.reduce((total, one) => total.add(one));
  const base = sum.mul(alpha / size).add(k);
  return x.mul(beta === 1 ? base.reciprocal({ positive: true }) : base.pow(-beta));
}

/**
 * x/(k + alpha·m)^beta for [N, C, …], where m is the mean of x² over `size` channels around; zeros are beyond the first and last.
 * *Error*: (4e-5·beta + 5e-5)·|result|, for squares below 2^30. *Cost* (lean, 2 parties): 20 rounds, 253 bytes per element.
 */
export class LocalResponseNorm extends FunctionLayer {
  /** A layer over so many channels. @throws {RangeError} when the size is no positive integer. */
  constructor(size: number, options: LocalResponseNormOptions = {}) {
    const { alpha = 1e-4, beta = 0.75, k = 1 } = options;
    if (!Number.isInteger(size) || size < 1) {
      throw new RangeError(
        `Cannot make a LocalResponseNorm layer: its size is ${size}, a positive integer is wanted`,
      );
    }
    super(
      "LocalResponseNorm",
      { size, alpha, beta, k },
      (x) => localResponse(x, size, size >> 1, { alpha, beta, k }),
    );
  }
}
