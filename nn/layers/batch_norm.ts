/**
 * Batch norms, with PyTorch's names, options and defaults.
 *
 * @module
 */
import type { CrypTensor } from "../../ops/tensor.ts";
import { RunningNorm, type RunningNormOptions } from "./running_norm.ts";

/** What batch norms of all dimensions have. */
export abstract class BatchNorm extends RunningNorm {
  /** A norm of so many channels and inputs of so many axes; throws a RangeError when there is no channel. */
  constructor(kind: string, features: number, ranks: readonly number[], options: RunningNormOptions) {
    const { affine = true, trackRunningStats = true } = options;
    super(kind, features, ranks, { ...options, affine, trackRunningStats });
  }

  /** The layer's result; in training the running statistics change. @throws {RangeError} when the shape does not fit. */
  override forward(x: CrypTensor): CrypTensor {
    this.check(x);
    if (!this.training && this.tracks) return this.byRunning(x);
    const count = x.size / x.shape[1]!;
    if (this.training && count < 2) {
      throw new RangeError(
        `Cannot train ${this.kind} on [${x.shape}]: there is one value for each channel, more are wanted`,
      );
    }
    if (this.training && this.tracks) {
      const dim = [...x.shape.keys()].filter((axis) => axis !== 1);
      this.follow(x, () => ({ mean: x.mean({ dim }), variance: x.var({ dim }) }), true);
    }
    return x.batchNorm(this.affine);
  }
}

/**
 * (x - mean)/sqrt(variance + eps)·weight + bias for each channel of [N, C] or [N, C, L]: by running statistics in inference, by those
 * of the batch in training. *Error* in inference: 2 ulp + 2e-5·|result| and 2^-16/deviation; in training as `layerNorm`. *Cost* in
 * inference: one product, and once for each change of the statistics some 200 bytes per channel if they are secret; in training
 * that of `layerNorm` and a square for the running statistics, with which nothing waits.
 */
export class BatchNorm1d extends BatchNorm {
  /** A layer. @throws {RangeError} when there is no channel. */
  constructor(numFeatures: number, options: RunningNormOptions = {}) {
    super("BatchNorm1d", numFeatures, [2, 3], options);
  }
}

/** As {@link BatchNorm1d}, for [N, C, H, W]. */
export class BatchNorm2d extends BatchNorm {
  /** A layer. @throws {RangeError} when there is no channel. */
  constructor(numFeatures: number, options: RunningNormOptions = {}) {
    super("BatchNorm2d", numFeatures, [4], options);
  }
}

/** As {@link BatchNorm1d}, for [N, C, D, H, W]. */
export class BatchNorm3d extends BatchNorm {
  /** A layer. @throws {RangeError} when there is no channel. */
  constructor(numFeatures: number, options: RunningNormOptions = {}) {
    super("BatchNorm3d", numFeatures, [5], options);
  }
}
