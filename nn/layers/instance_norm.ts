/**
 * Instance norms, with PyTorch's names, options and defaults.
 *
 * @module
 */
import type { CrypTensor } from "../../ops/tensor.ts";
import { sizeOf } from "../../ring/shape.ts";
import { RunningNorm, type RunningNormOptions } from "./running_norm.ts";

/** What instance norms of all dimensions have. */
export abstract class InstanceNorm extends RunningNorm {
  readonly #rank: number;

  /** A norm of so many channels and batches of so many axes; throws a RangeError when there is no channel. */
  constructor(kind: string, features: number, rank: number, options: RunningNormOptions) {
    super(kind, features, [rank], options);
    this.#rank = rank;
  }

  /** The layer's result; in training running statistics change. @throws {RangeError} when the shape does not fit. */
  override forward(x: CrypTensor): CrypTensor {
    return x.context.scoped(() =>
      x.ndim === this.#rank - 1 ? this.#batch(x.unsqueeze(0)).squeeze(0) : this.#batch(x)
    );
  }

  #batch(x: CrypTensor): CrypTensor {
    this.check(x);
    const own = this.training || !this.tracks;
    const [batch, channels, ...rest] = x.shape as [number, number, ...number[]];
    if (own && sizeOf(rest) < 2) {
      throw new RangeError(
        `Cannot run ${this.kind} on [${x.shape}]: there is one value for each channel, more are wanted`,
      );
    }
    if (!own) return this.byRunning(x);
    if (this.tracks) {
      this.follow(x, () => {
        const rows = x.reshape([batch, channels, sizeOf(rest)]);
        return { mean: rows.mean({ dim: [0, 2] }), variance: rows.var({ dim: 2 }).mean({ dim: 0 }) };
      }, false);
    }
    return x.instanceNorm(this.affine);
  }
}

/**
 * (x - mean)/sqrt(variance + eps)·weight + bias for each channel of each sample of [N, C, L] or [C, L]; if there are running
 * statistics, by them in inference. *Error* and *cost*: as `layerNorm`; with running statistics as `BatchNorm1d`.
 */
export class InstanceNorm1d extends InstanceNorm {
  /** A layer. @throws {RangeError} when there is no channel. */
  constructor(numFeatures: number, options: RunningNormOptions = {}) {
    super("InstanceNorm1d", numFeatures, 3, options);
  }
}

/** As {@link InstanceNorm1d}, for [N, C, H, W] or [C, H, W]. */
export class InstanceNorm2d extends InstanceNorm {
  /** A layer. @throws {RangeError} when there is no channel. */
  constructor(numFeatures: number, options: RunningNormOptions = {}) {
    super("InstanceNorm2d", numFeatures, 4, options);
  }
}

/** As {@link InstanceNorm1d}, for [N, C, D, H, W] or [C, D, H, W]. */
export class InstanceNorm3d extends InstanceNorm {
  /** A layer. @throws {RangeError} when there is no channel. */
  constructor(numFeatures: number, options: RunningNormOptions = {}) {
    super("InstanceNorm3d", numFeatures, 5, options);
  }
}
