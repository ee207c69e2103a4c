/**
 * Fixed-point functions as methods.
 *
 * @module
 */
import { erf, gelu, type GeluForm, mish, sigmoid, silu, softplus, tanh } from "../functions/activations.ts";
import { exp, exp2, expm1 } from "../functions/exponential.ts";
import { log, log10, log1p, log2 } from "../functions/logarithm.ts";
import { type PositiveOptions, reciprocal, rsqrt, sqrt } from "../functions/roots.ts";
import { cos, sin, tan } from "../functions/trigonometry.ts";
import type { CrypTensor } from "../tensor.ts";

/**
 * Fixed-point functions as methods. Figures are for 16 fraction bits, two parties and the lean profile; arguments outside of a
 * domain count as its nearest end.
 */
export abstract class FunctionMethods {
  /** e^x, for x up to 20.75. *Error*: 5e-6 of the result and 2 ulp. *Cost*: 6 rounds, 98 bytes per element. */
  exp(this: CrypTensor): CrypTensor {
    return exp(this);
  }
  /** 2^x, for x up to 29.9. As {@link CrypTensor.exp}. */
  exp2(this: CrypTensor): CrypTensor {
    return exp2(this);
  }
  /** e^x - 1. As {@link CrypTensor.exp}. */
  expm1(this: CrypTensor): CrypTensor {
    return expm1(this);
  }
  /** Natural logarithm, for 2^-16 <= x < 2^30. *Error*: 3e-5. *Cost*: 8 rounds, 160 bytes per element. */
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
   * 1/x, for 2^-16 <= |x| < 2^22; for larger |x| it is 0. *Error*: 1.5e-5 of the result and 1 ulp. *Cost*: 10 rounds and 165
   * bytes per element for positive x, 14 and 205 else.
   */
  reciprocal(this: CrypTensor, options: PositiveOptions = {}): CrypTensor {
    return reciprocal(this, options);
  }
  /** Square root, for 0 <= x < 2^30. *Error*: 1.5e-5 of the result and 1 ulp. *Cost*: 10 rounds, 180 bytes per element. */
  sqrt(this: CrypTensor): CrypTensor {
    return sqrt(this);
  }
  /** 1/sqrt(x), for 2^-16 <= x < 2^30. As {@link CrypTensor.sqrt}. */
  rsqrt(this: CrypTensor): CrypTensor {
    return rsqrt(this);
  }
  /** Sine. *Error*: 5e-5 and 8e-10·|x|. *Cost*: 3 rounds, 30 bytes per element. */
  sin(this: CrypTensor): CrypTensor {
    return sin(this);
  }
  /** Cosine. As {@link CrypTensor.sin}. */
  cos(this: CrypTensor): CrypTensor {
    return cos(this);
  }
  /** Tangent. *Error*: 1e-4·(1 + tan²). *Cost*: 20 rounds, 280 bytes per element. */
  tan(this: CrypTensor): CrypTensor {
    return tan(this);
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
  /** x·Phi(x), or its approximation by tanh. *Error*: 5e-5. *Cost*: 4 rounds, 60 bytes per element. */
  gelu(this: CrypTensor, approximate: GeluForm = "none"): CrypTensor {
    return gelu(this, approximate);
  }
  /** x·sigmoid(x). *Error*: 6e-5. *Cost*: 4 rounds, 60 bytes per element. */
  silu(this: CrypTensor): CrypTensor {
    return silu(this);
  }
  /** ln(1 + e^x). *Error*: 6e-5. *Cost*: 4 rounds, 60 bytes per element. */
  softplus(this: CrypTensor): CrypTensor {
    return softplus(this);
  }
  /** x·tanh(softplus(x)). *Error*: 6e-5. *Cost*: 4 rounds, 60 bytes per element. */
  mish(this: CrypTensor): CrypTensor {
    return mish(this);
  }
}
