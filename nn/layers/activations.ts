/**
 * Activation functions as layers, with PyTorch's names, options and defaults. Errors are for 16 fraction bits, costs for two parties
 * and the lean profile.
 *
 * @module
 */
import type { GeluForm } from "../../ops/functions/activations.ts";
import type { CrypTensor } from "../../ops/tensor.ts";
import { FunctionLayer } from "./function_layer.ts";

/** min(max(x, 0), 6). Exact. *Cost*: the rounds of one relu and the bytes of two. */
export class ReLU6 extends FunctionLayer {
  /** A layer. */
  constructor() {
    super("ReLU6", {}, (x) => x.relu6());
  }
}

/** Options of {@link Hardtanh}. */
export interface HardtanhOptions {
  /** The least result; -1 by default. */
  readonly minVal?: number | undefined;
  /** The largest result; 1 by default. */
  readonly maxVal?: number | undefined;
}

/** min(max(x, minVal), maxVal). Exact. *Cost*: the rounds of one relu and the bytes of two. */
export class Hardtanh extends FunctionLayer {
  /** A layer. */
  constructor({ minVal = -1, maxVal = 1 }: HardtanhOptions = {}) {
    super("Hardtanh", { minVal, maxVal }, (x) => x.hardtanh(minVal, maxVal));
  }
}

/** x where x > 0, else negativeSlope·x (0.01). *Error*: 2 ulp, and 2^-16 of the result. *Cost*: that of relu, and a truncation. */
export class LeakyReLU extends FunctionLayer {
  /** A layer. */
  constructor({ negativeSlope = 0.01 }: { readonly negativeSlope?: number | undefined } = {}) {
    super("LeakyReLU", { negativeSlope }, (x) => x.leakyRelu(negativeSlope));
  }
}

/** x where x > 0, else alpha·(e^x - 1), for alpha (1) from -2 to 2. *Error*: 5e-5·alpha. *Cost*: 4 rounds, 52 bytes per element. */
export class ELU extends FunctionLayer {
  /** A layer. */
  constructor({ alpha = 1 }: { readonly alpha?: number | undefined } = {}) {
    super("ELU", { alpha }, (x) => x.elu(alpha));
  }
}

/** The self-normalising form of {@link ELU}. *Error*: 1.2e-4 and 4e-6·|x|. *Cost*: as {@link ELU}, and a truncation. */
export class SELU extends FunctionLayer {
  /** A layer. */
  constructor() {
    super("SELU", {}, (x) => x.selu());
  }
}

/** alpha·(e^(x/alpha) - 1) for negative x; both parts are computed where they are not zero. */
function celu(x: CrypTensor, alpha: number): CrypTensor {
  if (alpha === 1) return x.elu(1);
  const a = x.rescale();
  const positive = a.relu();
  return positive.add(a.sub(positive).div(alpha).elu(1).mul(alpha));
}

/**
 * max(x, 0) + min(0, alpha·(e^(x/alpha) - 1)), alpha 1 by default. *Error*: 8e-5·alpha and 2 ulp. *Cost*: as {@link ELU}; with
 * another alpha than 1 and relu, and two truncations.
 */
export class CELU extends FunctionLayer {
  /** A layer. @throws {RangeError} when alpha is not positive. */
  constructor({ alpha = 1 }: { readonly alpha?: number | undefined } = {}) {
    if (!(alpha > 0)) {
      throw new RangeError(`Cannot make a CELU layer: alpha is ${alpha}, a positive number is wanted`);
    }
    super("CELU", { alpha }, (x) => celu(x, alpha));
  }
}

/** x·Phi(x), or its approximation by tanh. *Error*: 5e-5. *Cost*: 4 rounds, 52 bytes per element. */
export class GELU extends FunctionLayer {
  /** A layer. @throws {TypeError} at the call, on an unknown form. */
  constructor({ approximate = "none" }: { readonly approximate?: GeluForm | undefined } = {}) {
    super("GELU", { approximate }, (x) => x.gelu(approximate));
  }
}

/** x·sigmoid(x). *Error*: 6e-5. *Cost*: 4 rounds, 52 bytes per element. */
export class SiLU extends FunctionLayer {
  /** A layer. */
  constructor() {
    super("SiLU", {}, (x) => x.silu());
  }
}

/** x·tanh(ln(1 + e^x)). *Error*: 6e-5. *Cost*: 4 rounds, 52 bytes per element. */
export class Mish extends FunctionLayer {
  /** A layer. */
  constructor() {
    super("Mish", {}, (x) => x.mish());
  }
}

/** 1/(1 + e^-x). *Error*: 6e-5. *Cost*: 4 rounds, 52 bytes per element. */
export class Sigmoid extends FunctionLayer {
  /** A layer. */
  constructor() {
    super("Sigmoid", {}, (x) => x.sigmoid());
  }
}

/** ln(1/(1 + e^-x)). *Error*: 6e-5. *Cost*: 4 rounds, 52 bytes per element. */
export class LogSigmoid extends FunctionLayer {
  /** A layer. */
  constructor() {
    super("LogSigmoid", {}, (x) => x.neg().softplus().neg());
  }
}

/** Hyperbolic tangent. *Error*: 1e-4. *Cost*: 4 rounds, 52 bytes per element. */
export class Tanh extends FunctionLayer {
  /** A layer. */
  constructor() {
    super("Tanh", {}, (x) => x.tanh());
  }
}

/** x - tanh(x). *Error*: 1e-4. *Cost*: 4 rounds, 52 bytes per element. */
export class Tanhshrink extends FunctionLayer {
  /** A layer. */
  constructor() {
    super("Tanhshrink", {}, (x) => x.sub(x.tanh()));
  }
}

/** Options of {@link Softplus}. */
export interface SoftplusOptions {
  /** How sharply it bends; 1 by default. */
  readonly beta?: number | undefined;
  /** Where beta·x is above, the result is x; 20 by default. */
  readonly threshold?: number | undefined;
}

/** From here on softplus is the identity, within 2^-23. */
const STRAIGHT = 16;

function softplus(x: CrypTensor, beta: number, threshold: number): CrypTensor {
  const y = beta === 1 ? x.softplus() : x.mul(beta).softplus().div(beta);
  return threshold >= STRAIGHT ? y : x.gt(threshold / beta).where(x, y);
}

/**
 * ln(1 + e^(beta·x))/beta; x where beta·x is above the threshold. *Error*: 6e-5, and with another beta than 1 (6e-5 + 2 ulp)/beta +
 * 2 ulp. *Cost*: 4 rounds, 52 bytes per element; a threshold below 16 is one comparison and selection more.
 */
export class Softplus extends FunctionLayer {
  /** A layer. @throws {RangeError} when beta is not positive. */
  constructor({ beta = 1, threshold = 20 }: SoftplusOptions = {}) {
    if (!(beta > 0)) {
      throw new RangeError(`Cannot make a Softplus layer: beta is ${beta}, a positive number is wanted`);
    }
    super("Softplus", { beta, threshold }, (x) => softplus(x, beta, threshold));
  }
}

/** x/(1 + |x|), for |x| < 2^21. *Error*: 4e-5. *Cost*: that of abs, and of a division by positive numbers. */
export class Softsign extends FunctionLayer {
  /** A layer. */
  constructor() {
    super("Softsign", {}, (x) => x.div(x.abs().add(1), { positive: true }));
  }
}

/** min(max(x/6 + 1/2, 0), 1). *Error*: 3 ulp. *Cost*: that of {@link ReLU6}, and a truncation. */
export class Hardsigmoid extends FunctionLayer {
  /** A layer. */
  constructor() {
    super("Hardsigmoid", {}, (x) => x.hardSigmoid());
  }
}

/** x·min(max(x/6 + 1/2, 0), 1). *Error*: 2 ulp and 2^-16 of the result. *Cost*: that of {@link ReLU6}, a product and two truncations. */
export class Hardswish extends FunctionLayer {
  /** A layer. */
  constructor() {
    super("Hardswish", {}, (x) => x.hardSwish());
  }
}

/** x where x > threshold, else `value`. Exact. *Cost*: a comparison and a selection. */
export class Threshold extends FunctionLayer {
  /** A layer. */
  constructor(threshold: number, value: number) {
    super("Threshold", { threshold, value }, (x) => x.threshold(threshold, value));
  }
}

/** x where |x| > lambda (0.5), else 0. Exact. *Cost*: that of abs, a comparison and a selection. */
export class Hardshrink extends FunctionLayer {
  /** A layer. */
  constructor({ lambda = 0.5 }: { readonly lambda?: number | undefined } = {}) {
    super("Hardshrink", { lambda }, (x) => x.abs().gt(lambda).where(x, 0));
  }
}

/** x - lambda where x > lambda (0.5), x + lambda where x < -lambda, else 0. Exact. *Cost*: that of {@link Hardtanh}. */
export class Softshrink extends FunctionLayer {
  /** A layer. @throws {RangeError} when lambda is negative. */
  constructor({ lambda = 0.5 }: { readonly lambda?: number | undefined } = {}) {
    if (!(lambda >= 0)) {
      throw new RangeError(
        `Cannot make a Softshrink layer: lambda is ${lambda}, 0 or a positive number is wanted`,
      );
    }
    super("Softshrink", { lambda }, (x) => x.sub(x.clamp(-lambda, lambda)));
  }
}

/** Along which axis. */
export interface DimOptions {
  /** The axis; may count from the end. */
  readonly dim?: number | undefined;
}

/** e^x divided by the sum of all along an axis, the last by default. *Error*: 5e-5. *Cost*: that of `softmax`. */
export class Softmax extends FunctionLayer {
  /** A layer. */
  constructor({ dim = -1 }: DimOptions = {}) {
    super("Softmax", { dim }, (x) => x.softmax(dim));
  }
}

/** ln(softmax(x)) along an axis, the last by default. *Error*: 6e-5. *Cost*: that of `logSoftmax`. */
export class LogSoftmax extends FunctionLayer {
  /** A layer. */
  constructor({ dim = -1 }: DimOptions = {}) {
    super("LogSoftmax", { dim }, (x) => x.logSoftmax(dim));
  }
}

/** softmax(-x) along an axis, the last by default. As {@link Softmax}. */
export class Softmin extends FunctionLayer {
  /** A layer. */
  constructor({ dim = -1 }: DimOptions = {}) {
    super("Softmin", { dim }, (x) => x.neg().softmax(dim));
  }
}

function glu(x: CrypTensor, dim: number): CrypTensor {
  const at = dim < 0 ? dim + x.ndim : dim;
  const side = x.shape[at];
  if (side === undefined || side % 2 !== 0) {
    throw new RangeError(
      `Cannot run GLU on [${x.shape}]: axis ${dim} has ${side ?? "no"} entries, an even number is wanted`,
    );
  }
  const [a, b] = x.split(side / 2, at) as [CrypTensor, CrypTensor];
  return a.mul(b.sigmoid());
}

/** a·sigmoid(b) for the halves a and b of an axis, the last by default. *Error*: 6e-5·|a| and 1 ulp. *Cost*: a sigmoid and a product. */
export class GLU extends FunctionLayer {
  /** A layer. */
  constructor({ dim = -1 }: DimOptions = {}) {
    super("GLU", { dim }, (x) => glu(x, dim));
  }
}
