/**
 * Linear algebra and sums as methods.
 *
 * @module
 */
import type { ConvGeometry, ConvTransposeGeometry } from "../../ring/conv_geometry.ts";
import { conv, convTranspose, dot, matmul } from "../linalg.ts";
import { cumsum, mean, sum, type SumOptions, trace } from "../reduce.ts";
import type { CrypTensor, Operand } from "../tensor.ts";
import { WindowMethods } from "./windows.ts";

/** Linear algebra and sums as methods. */
export abstract class LinearMethods extends WindowMethods {
  /** Matrix product, with NumPy's rules for batches and vectors. */
  matmul(this: CrypTensor, y: Operand): CrypTensor {
    return matmul(this, y);
  }
  /** Inner product of two vectors. */
  dot(this: CrypTensor, y: Operand): CrypTensor {
    return dot(this, y);
  }
  /** Convolution over the last axis of [N, C, W] by weights [M, C/groups, K]. */
  conv1d(this: CrypTensor, w: Operand, geometry: Partial<ConvGeometry> = {}): CrypTensor {
    return conv(this, w, 1, geometry);
  }
  /** Convolution over the last two axes of [N, C, H, W] by weights [M, C/groups, KH, KW]. */
  conv2d(this: CrypTensor, w: Operand, geometry: Partial<ConvGeometry> = {}): CrypTensor {
    return conv(this, w, 2, geometry);
  }
  /** Convolution over the last three axes of [N, C, D, H, W] by weights [M, C/groups, KD, KH, KW]. */
  conv3d(this: CrypTensor, w: Operand, geometry: Partial<ConvGeometry> = {}): CrypTensor {
    return conv(this, w, 3, geometry);
  }
  /** Transposed convolution of [N, C, W] by weights [C, M/groups, K]. */
  convTranspose1d(this: CrypTensor, w: Operand, geometry: Partial<ConvTransposeGeometry> = {}): CrypTensor {
    return convTranspose(this, w, 1, geometry);
  }
  /** Transposed convolution of [N, C, H, W] by weights [C, M/groups, KH, KW]. */
  convTranspose2d(this: CrypTensor, w: Operand, geometry: Partial<ConvTransposeGeometry> = {}): CrypTensor {
    return convTranspose(this, w, 2, geometry);
  }
  /** Transposed convolution of [N, C, D, H, W] by weights [C, M/groups, KD, KH, KW]. */
  convTranspose3d(this: CrypTensor, w: Operand, geometry: Partial<ConvTransposeGeometry> = {}): CrypTensor {
    return convTranspose(this, w, 3, geometry);
  }

  /** Sum over axes (all by default). */
  sum(this: CrypTensor, options: SumOptions = {}): CrypTensor {
    return sum(this, options);
  }
  /** Mean over axes (all by default). */
  mean(this: CrypTensor, options: SumOptions = {}): CrypTensor {
    return mean(this, options);
  }
  /** Running sum along an axis. */
  cumsum(this: CrypTensor, axis: number): CrypTensor {
    return cumsum(this, axis);
  }
  /** Sum of the diagonal of a matrix. */
  trace(this: CrypTensor): CrypTensor {
    return trace(this);
  }
}
