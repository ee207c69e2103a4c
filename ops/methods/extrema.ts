/**
 * Extrema, order, logic, powers and statistics as methods.
 *
 * @module
 */
import type { AxisOptions } from "../axis.ts";
import { clamp, hardshrink, leakyRelu, type Limit, prelu, softshrink, threshold } from "../clamp.ts";
import { argmax, argmin, type ArgOptions, max, maxWithIndex, min, minWithIndex } from "../extrema.ts";
import { logicalAnd, logicalNot, logicalOr, logicalXor, maskedFill } from "../logic.ts";
import { powReal } from "../functions/power.ts";
import type { Indexed } from "../pair.ts";
import { cumprod, polynomial, pow, prod } from "../powers.ts";
import { outer } from "../products.ts";
import { argsort, kthvalue, median, sort, type SortOptions, topk, type TopkOptions } from "../sort.ts";
import { norm, std, variance, type VarOptions, type VectorNormOptions } from "../statistics.ts";
import type { CrypTensor, Operand } from "../tensor.ts";
import { CompareMethods } from "./compare.ts";

/** Extrema, order, logic, powers and statistics as methods. */
export abstract class ExtremaMethods extends CompareMethods {
  /** The largest element, of all or along an axis. */
  max(this: CrypTensor, options: AxisOptions = {}): CrypTensor {
    return max(this, options);
  }
  /** The smallest element, of all or along an axis. */
  min(this: CrypTensor, options: AxisOptions = {}): CrypTensor {
    return min(this, options);
  }
  /** Index of the largest element, the lowest of equal ones; one-hot on request. */
  argmax(this: CrypTensor, options: ArgOptions = {}): CrypTensor {
    return argmax(this, options);
  }
  /** Index of the smallest element, the lowest of equal ones; one-hot on request. */
  argmin(this: CrypTensor, options: ArgOptions = {}): CrypTensor {
    return argmin(this, options);
  }
  /** The largest element and its index, in the rounds of one of them. */
  maxWithIndex(this: CrypTensor, options: AxisOptions = {}): Indexed {
    return maxWithIndex(this, options);
  }
  /** The smallest element and its index, in the rounds of one of them. */
  minWithIndex(this: CrypTensor, options: AxisOptions = {}): Indexed {
    return minWithIndex(this, options);
  }

  /** The elements in order along an axis (the last by default), and their indices; equal elements keep their order. */
  sort(this: CrypTensor, options: SortOptions = {}): Indexed {
    return sort(this, options);
  }
  /** The indices of {@link CrypTensor.sort}. */
  argsort(this: CrypTensor, options: SortOptions = {}): CrypTensor {
    return argsort(this, options);
  }
  /** The k largest (or smallest) elements along an axis (the last by default), in order, and their indices. */
  topk(this: CrypTensor, k: number, options: TopkOptions = {}): Indexed {
    return topk(this, k, options);
  }
  /** The k-th smallest element, of all or along an axis, and its index. */
  kthvalue(this: CrypTensor, k: number, options: AxisOptions = {}): Indexed {
    return kthvalue(this, k, options);
  }
  /** The middle element, of all or along an axis; of an even number the lower of both. */
  median(this: CrypTensor, options: AxisOptions = {}): CrypTensor {
    return median(this, options);
  }

  /** Between two bounds, public or secret, of which one may be missing. */
  clamp(this: CrypTensor, low?: Limit, high?: Limit): CrypTensor {
    return clamp(this, low, high);
  }
  /** Between two public bounds: -1 and 1 by default. */
  hardtanh(this: CrypTensor, low = -1, high = 1): CrypTensor {
    return clamp(this, low, high);
  }
  /** Between 0 and 6. */
  relu6(this: CrypTensor): CrypTensor {
    return clamp(this, 0, 6);
  }
  /** x where x > 0, else slope·x for a public slope. */
  leakyRelu(this: CrypTensor, slope = 0.01): CrypTensor {
    return leakyRelu(this, slope);
  }
  /** x where x > 0, else slope·x for public or secret slopes, which broadcast. */
  prelu(this: CrypTensor, slope: Operand): CrypTensor {
    return prelu(this, slope);
  }
  /** x beyond ±limit, 0 between. */
  hardshrink(this: CrypTensor, limit = 0.5): CrypTensor {
    return hardshrink(this, limit);
  }
  /** x nearer to 0 by a limit, and 0 up to it. */
  softshrink(this: CrypTensor, limit = 0.5): CrypTensor {
    return softshrink(this, limit);
  }
  /** x where x > limit, else 0. */
  thresholdedRelu(this: CrypTensor, limit = 1): CrypTensor {
    return threshold(this, limit, 0);
  }
  /** x where x > limit, else `value`. */
  threshold(this: CrypTensor, limit: Operand, value: Operand): CrypTensor {
    return threshold(this, limit, value);
  }
  /** `value` where the mask is 1, else x. */
  maskedFill(this: CrypTensor, mask: Operand, value: Operand): CrypTensor {
    return maskedFill(this, mask, value);
  }

  /** x and y, for zeros and ones. */
  logicalAnd(this: CrypTensor, y: Operand): CrypTensor {
    return logicalAnd(this, y);
  }
  /** x or y, for zeros and ones. */
  logicalOr(this: CrypTensor, y: Operand): CrypTensor {
    return logicalOr(this, y);
  }
  /** x xor y, for zeros and ones. */
  logicalXor(this: CrypTensor, y: Operand): CrypTensor {
    return logicalXor(this, y);
  }
  /** not x, for zeros and ones. */
  logicalNot(this: CrypTensor): CrypTensor {
    return logicalNot(this);
  }

  /**
   * x^p: of any x for an integer p; of positive x for other numbers, public or secret, within (4e-5·|p| + 3e-5) of the result
   * and 2 ulp.
   */
  pow(this: CrypTensor, exponent: Operand): CrypTensor {
    return Number.isInteger(exponent) ? pow(this, exponent as number) : powReal(this, exponent);
  }
  /** c[0] + c[1]·x + c[2]·x² + … for public coefficients. */
  polynomial(this: CrypTensor, coefficients: readonly number[]): CrypTensor {
    return polynomial(this, coefficients);
  }
  /** Product of all elements or along an axis. */
  prod(this: CrypTensor, options: AxisOptions = {}): CrypTensor {
    return prod(this, options);
  }
  /** Running product along an axis. */
  cumprod(this: CrypTensor, dim: number): CrypTensor {
    return cumprod(this, dim);
  }
  /** Outer product of two vectors. */
  outer(this: CrypTensor, y: Operand): CrypTensor {
    return outer(this, y);
  }
  /** The same as {@link CrypTensor.outer}. */
  ger(this: CrypTensor, y: Operand): CrypTensor {
    return outer(this, y);
  }

  /** Variance of all elements or over axes: of a sample, or of a population with `correction: 0`. */
  var(this: CrypTensor, options: VarOptions = {}): CrypTensor {
    return variance(this, options);
  }
  /** Standard deviation of all elements or over axes, as {@link CrypTensor.var}. */
  std(this: CrypTensor, options: VarOptions = {}): CrypTensor {
    return std(this, options);
  }
  /** Norm of all elements or along an axis. */
  norm(this: CrypTensor, options: VectorNormOptions = {}): CrypTensor {
    return norm(this, options);
  }
}
