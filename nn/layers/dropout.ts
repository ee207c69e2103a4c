/**
 * Layers that drop elements in training, and do nothing in inference.
 *
 * @module
 */
import { bernoulli, type DropoutOptions as OpOptions } from "../../ops/random.ts";
import type { CrypTensor } from "../../ops/tensor.ts";
import { FunctionLayer, type ShownOptions } from "./function_layer.ts";

/** Options of dropout layers. */
export interface DropoutLayerOptions extends Omit<OpOptions, "channels"> {
  /** Probability that an element, or a channel, is dropped; 0.5 by default. */
  readonly p?: number | undefined;
}

/** A layer whose function runs in training only; in inference the result is the input. */
export class TrainingLayer extends FunctionLayer {
  /** A layer of this kind. */
  constructor(
    kind: string,
    options: ShownOptions & { readonly p: number },
    f: (x: CrypTensor) => CrypTensor,
  ) {
    const { p } = options;
    if (!(p >= 0 && p < 1)) {
      throw new RangeError(
        `Cannot make a ${kind} layer: the probability is ${p}, 0 to less than 1 is wanted`,
      );
    }
    super(kind, options, f);
  }

  /** The layer's result. */
  override forward(x: CrypTensor): CrypTensor {
    return this.training ? super.forward(x) : x.alias(x.context);
  }
}

/**
 * Sets elements to 0 with probability p and divides the others by 1 - p, in training only. No party knows which, or with `mask:
 * "public"` all parties do. *Error*: 2 ulp/(1 - p). *Cost* in training: a comparison and a product; with a public mask one truncation.
 */
export class Dropout extends TrainingLayer {
  /** A layer. @throws {RangeError} when p is not within [0, 1). */
  constructor({ p = 0.5, mask = "secret" }: DropoutLayerOptions = {}) {
    super("Dropout", { p, mask }, (x) => x.dropout(p, { mask }));
  }
}

/** As {@link Dropout}, for whole channels of [N, C, L]. */
export class Dropout1d extends TrainingLayer {
  /** A layer. @throws {RangeError} when p is not within [0, 1). */
  constructor({ p = 0.5, mask = "secret" }: DropoutLayerOptions = {}) {
    super("Dropout1d", { p, mask }, (x) => x.dropout(p, { mask, channels: true }));
  }
}

/** As {@link Dropout}, for whole channels of [N, C, H, W]. */
export class Dropout2d extends TrainingLayer {
  /** A layer. @throws {RangeError} when p is not within [0, 1). */
  constructor({ p = 0.5, mask = "secret" }: DropoutLayerOptions = {}) {
    super("Dropout2d", { p, mask }, (x) => x.dropout(p, { mask, channels: true }));
  }
}

/** As {@link Dropout}, for whole channels of [N, C, D, H, W]. */
export class Dropout3d extends TrainingLayer {
  /** A layer. @throws {RangeError} when p is not within [0, 1). */
  constructor({ p = 0.5, mask = "secret" }: DropoutLayerOptions = {}) {
    super("Dropout3d", { p, mask }, (x) => x.dropout(p, { mask, channels: true }));
  }
}

/** What SELU tends to for small x: what dropped elements become. */
const SATURATED = -1.7580993408473766;

/**
 * As {@link Dropout}, but dropped elements become what SELU tends to, and all are scaled and shifted so that mean 0 and variance 1
 * stay. *Error*: 4 ulp. *Cost* in training: a comparison, a selection and two truncations.
 */
export class AlphaDropout extends TrainingLayer {
  /** A layer. @throws {RangeError} when p is not within [0, 1). */
  constructor({ p = 0.5 }: { readonly p?: number | undefined } = {}) {
    const scale = 1 / Math.sqrt((1 - p) * (1 + p * SATURATED ** 2));
    super("AlphaDropout", { p }, (x) => {
      const kept = bernoulli(x.context, 1 - p, x.shape).where(x, SATURATED);
      return kept.mul(scale).add(-scale * p * SATURATED);
    });
  }
}
