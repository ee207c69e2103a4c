/**
 * Fixed-point functions as methods.
 *
 * @module
 */
import {
  celu,
  elu,
  erf,
  gelu,
  type GeluForm,
  hardSigmoid,
  hardSwish,
  mish,
  selu,
  SELU_ALPHA,
  SELU_GAMMA,
  sigmoid,
  silu,
  softplus,
  softsign,
  swish,
  tanh,
} from "../functions/activations.ts";
import { exp, exp2, expm1, type ExpOptions } from "../functions/exponential.ts";
import { acosh, asinh, atanh, cosh, sinh } from "../functions/hyperbolic.ts";
import { acos, asin, atan } from "../functions/inverse_trigonometry.ts";
import { log, log10, log1p, log2 } from "../functions/logarithm.ts";
import { type PositiveOptions, reciprocal, type RootOptions, rsqrt, sqrt } from "../functions/roots.ts";
import { cos, sin, tan } from "../functions/trigonometry.ts";
import {
  batchNorm,
  type BatchNormOptions,
  type CosineOptions,
  cosineSimilarity,
  groupNorm,
  instanceNorm,
  layerNorm,
  type NormalisationOptions,
  rmsNorm,
} from "../functions/norms.ts";
import { logSoftmax, logSumExp, type LogSumExpOptions, softmax } from "../functions/softmax.ts";
import type { Shape } from "../../ring/shape.ts";
import type { CrypTensor, Operand } from "../tensor.ts";

/**
 * Fixed-point functions as methods. Figures are for 16 fraction bits, two parties and the lean profile; arguments outside of a
 * domain count as its nearest end.
 */
export abstract class FunctionMethods {
  /** e^x, for x up to 20.75. *Error*: 1e-5 of the result and 2 ulp. *Cost*: 6 rounds, 88 bytes per element. */
  exp(this: CrypTensor, options: ExpOptions = {}): CrypTensor {
    return exp(this, options);
  }
  /** 2^x, for x up to 29.9. As {@link CrypTensor.exp}. */
  exp2(this: CrypTensor): CrypTensor {
    return exp2(this);
  }
  /** e^x - 1. As {@link CrypTensor.exp}: 1e-5·e^x and 2 ulp. */
  expm1(this: CrypTensor): CrypTensor {
    return expm1(this);
  }
  /** Natural logarithm, for 2^-16 <= x < 2^30. *Error*: 4e-5. *Cost*: 8 rounds, 148 bytes per element. */
  log(this: CrypTensor): CrypTensor {
    return log(this);
  }
  /** Binary logarithm. As {@link CrypTensor.log}. */
  log2(this: CrypTensor): CrypTensor {
    return log2(this);
  }
  /** Decimal logarithm. As {@link CrypTensor.log}. */
  log10(this: CrypTensor): CrypTensor {
    return log10(this);
  }
  /** ln(1 + x). As {@link CrypTensor.log}. */
  log1p(this: CrypTensor): CrypTensor {
    return log1p(this);
  }
  /**
   * 1/x, for 2^-16 <= |x| < 2^22; for larger |x| it is 0. *Error*: 1.5e-5 of the result and 1 ulp. *Cost*: 10 rounds and 146
   * bytes per element for positive x, 14 and 179 else.
   */
  reciprocal(this: CrypTensor, options: PositiveOptions = {}): CrypTensor {
    return reciprocal(this, options);
  }
  /** Square root, for 0 <= x < 2^30. *Error*: 1.5e-5 of the result and 1 ulp. *Cost*: 10 rounds, 164 bytes per element. */
  sqrt(this: CrypTensor): CrypTensor {
    return sqrt(this);
  }
  /** 1/sqrt(x), for 2^-16 <= x < 2^30. As {@link CrypTensor.sqrt}. */
  rsqrt(this: CrypTensor, options: RootOptions = {}): CrypTensor {
    return rsqrt(this, options);
  }
  /** Sine. *Error*: 5e-5 and 8e-10·|x|. *Cost*: 3 rounds, 30 bytes per element. */
  sin(this: CrypTensor): CrypTensor {
    return sin(this);
  }
  /** Cosine. As {@link CrypTensor.sin}. */
  cos(this: CrypTensor): CrypTensor {
    return cos(this);
  }
  /** Tangent. *Error*: 1e-4·(1 + tan²). *Cost*: 19 rounds, 206 bytes per element. */
  tan(this: CrypTensor): CrypTensor {
    return tan(this);
  }
  /** Arc sine, for |x| <= 1. *Error*: 7e-5. */
  asin(this: CrypTensor): CrypTensor {
    return asin(this);
  }
  /** Arc cosine, for |x| <= 1. *Error*: 7e-5. */
  acos(this: CrypTensor): CrypTensor {
    return acos(this);
  }
  /** Arc tangent. *Error*: 7e-5. */
  atan(this: CrypTensor): CrypTensor {
    return atan(this);
  }
  /** Hyperbolic sine, for |x| <= 20.75. *Error*: 1e-5·cosh x and 3 ulp. */
  sinh(this: CrypTensor): CrypTensor {
    return sinh(this);
  }
  /** Hyperbolic cosine. As {@link CrypTensor.sinh}. */
  cosh(this: CrypTensor): CrypTensor {
    return cosh(this);
  }
  /** Inverse of the hyperbolic sine, for |x| < 2^14. *Error*: 8e-5. */
  asinh(this: CrypTensor): CrypTensor {
    return asinh(this);
  }
  /** Inverse of the hyperbolic cosine, for 1 <= x < 2^14. *Error*: 8e-5. */
  acosh(this: CrypTensor): CrypTensor {
    return acosh(this);
  }
  /** Inverse of the hyperbolic tangent, for |x| < 1. *Error*: 5e-5. */
  atanh(this: CrypTensor): CrypTensor {
    return atanh(this);
  }
  /** 1/(1 + e^-x). *Error*: 6e-5. *Cost*: 4 rounds, 52 bytes per element. */
  sigmoid(this: CrypTensor): CrypTensor {
    return sigmoid(this);
  }
  /** Hyperbolic tangent. *Error*: 1e-4. *Cost*: 4 rounds, 52 bytes per element. */
  tanh(this: CrypTensor): CrypTensor {
    return tanh(this);
  }
  /** The error function. *Error*: 5e-5. *Cost*: 4 rounds, 52 bytes per element. */
  erf(this: CrypTensor): CrypTensor {
    return erf(this);
  }
  /** x·Phi(x), or its approximation by tanh. *Error*: 5e-5. *Cost*: 4 rounds, 52 bytes per element. */
  gelu(this: CrypTensor, approximate: GeluForm = "none"): CrypTensor {
    return gelu(this, approximate);
  }
  /** x·sigmoid(x). *Error*: 6e-5. *Cost*: 4 rounds, 52 bytes per element. */
  silu(this: CrypTensor): CrypTensor {
    return silu(this);
  }
  /** ln(1 + e^x). *Error*: 6e-5. *Cost*: 4 rounds, 52 bytes per element. */
  softplus(this: CrypTensor): CrypTensor {
    return softplus(this);
  }
  /** x·tanh(softplus(x)). *Error*: 6e-5. *Cost*: 4 rounds, 52 bytes per element. */
  mish(this: CrypTensor): CrypTensor {
    return mish(this);
  }
  /** x where x >= 0, else alpha·(e^x - 1). *Error*: 5e-5·max(1, alpha). *Cost*: 4 rounds, 52 bytes per element. */
  elu(this: CrypTensor, alpha = 1): CrypTensor {
    return elu(this, alpha);
  }
  /**
   * gamma·elu(x, alpha), the self-normalising form of {@link CrypTensor.elu}. *Error*: 1.2e-4 and 4e-6·|x|. *Cost*: as there, and a
   * truncation.
   */
  selu(this: CrypTensor, alpha: number = SELU_ALPHA, gamma: number = SELU_GAMMA): CrypTensor {
    return selu(this, alpha, gamma);
  }
  /** x where x >= 0, else alpha·(e^(x/alpha) - 1). *Error*: 5e-5 for alpha = 1, else 5e-5·(1 + alpha) and 2^-15·|x|. */
  celu(this: CrypTensor, alpha = 1): CrypTensor {
    return celu(this, alpha);
  }
  /** x·sigmoid(alpha·x), for a public alpha. *Error*: 8e-5·max(1, 1/alpha). *Cost*: 4 rounds, 52 bytes per element. */
  swish(this: CrypTensor, alpha = 1): CrypTensor {
    return swish(this, alpha);
  }
  /** x/(1 + |x|), for |x| < 2^21. *Error*: 5e-5. *Cost*: that of abs and a division. */
  softsign(this: CrypTensor): CrypTensor {
    return softsign(this);
  }
  /** clamp(x/6 + 1/2, 0, 1). *Error*: 3 ulp. *Cost*: that of clamp, and a truncation. */
  hardSigmoid(this: CrypTensor): CrypTensor {
    return hardSigmoid(this);
  }
  /** x·hardSigmoid(x), for |x| < 2^27. *Error*: 2 ulp and 2^-16 of the result. */
  hardSwish(this: CrypTensor): CrypTensor {
    return hardSwish(this);
  }

  /** e^x divided by the sum of all along an axis; 0 for what is 15.5 or more below the largest. *Error*: 5e-5. */
  softmax(this: CrypTensor, dim = -1): CrypTensor {
    return softmax(this, dim);
  }
  /** ln(softmax(x)). *Error*: 6e-5. */
  logSoftmax(this: CrypTensor, dim = -1): CrypTensor {
    return logSoftmax(this, dim);
  }
  /** ln(sum of e^x) along an axis. *Error*: 6e-5. */
  logSumExp(this: CrypTensor, options: LogSumExpOptions): CrypTensor {
    return logSumExp(this, options);
  }
  /**
   * (x - mean)/sqrt(variance + eps) over the last axes, with an optional weight and bias. *Error*: 1e-4 and
   * 2^-16·|mean|/deviation.
   */
  layerNorm(this: CrypTensor, sides: Shape, options: NormalisationOptions = {}): CrypTensor {
    return layerNorm(this, sides, options);
  }
  /** x/sqrt(mean of x² + eps) over the last axes, with an optional weight. *Error*: 1e-4. */
  rmsNorm(this: CrypTensor, sides: Shape, options: NormalisationOptions = {}): CrypTensor {
    return rmsNorm(this, sides, options);
  }
  /** Normalises groups of channels of [N, C, ...]; weight and bias are [C]. *Error*: as {@link CrypTensor.layerNorm}. */
  groupNorm(this: CrypTensor, groups: number, options: NormalisationOptions = {}): CrypTensor {
    return groupNorm(this, groups, options);
  }
  /** Normalises each channel of each sample of [N, C, ...]. *Error*: as {@link CrypTensor.layerNorm}. */
  instanceNorm(this: CrypTensor, options: NormalisationOptions = {}): CrypTensor {
    return instanceNorm(this, options);
  }
  /**
   * Normalises each channel of [N, C, ...], by running statistics or by those of the batch. *Error*: as
   * {@link CrypTensor.layerNorm}.
   */
  batchNorm(this: CrypTensor, options: BatchNormOptions = {}): CrypTensor {
    return batchNorm(this, options);
  }
  /** x·y/(|x|·|y|) along an axis. *Error*: 1e-4 for lengths from 0.2 to 2^10. */
  cosineSimilarity(this: CrypTensor, y: Operand, options: CosineOptions = {}): CrypTensor {
    return cosineSimilarity(this, y, options);
  }
}
