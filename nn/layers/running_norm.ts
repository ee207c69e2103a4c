/**
 * What norms with running statistics have in common.
 *
 * @module
 */
import { batchFactor, type NormalisationOptions } from "../../ops/functions/norms.ts";
import { isTensor } from "../../ops/op.ts";
import type { CrypTensor } from "../../ops/tensor.ts";
import { Derived } from "../derived.ts";
import { constant } from "../init.ts";
import { Module, type Parameter } from "../module.ts";
import { optionsText } from "./function_layer.ts";

/** Options of norms with running statistics, as in PyTorch. */
export interface RunningNormOptions {
  /** Is added to variances; 1e-5 by default. */
  readonly eps?: number | undefined;
  /** Part of a batch's statistics in the new running ones; 0.1 by default, with null that of the mean over all batches. */
  readonly momentum?: number | null | undefined;
  /** Whether there are a weight and a bias for each channel: by default in batch norms, not in instance norms. */
  readonly affine?: boolean | undefined;
  /** Whether there are running statistics: by default in batch norms, not in instance norms. */
  readonly trackRunningStats?: boolean | undefined;
}

/** Mean and variance of each channel, [C]; the variance is that of a sample. */
export interface ChannelStatistics {
  /** Mean. */
  readonly mean: CrypTensor;
  /** Variance. */
  readonly variance: CrypTensor;
}

/**
 * A norm of channels with running statistics, under PyTorch's names: weight, bias, running_mean, running_var, num_batches_tracked.
 * In training the running statistics follow the batches: new secret ones take the place of those that were there, which are disposed.
 */
export abstract class RunningNorm extends Module {
  /** Kind of layer. */
  readonly kind: string;
  readonly #features: number;
  readonly #ranks: readonly number[];
  readonly #options: RunningNormOptions & { readonly eps: number; readonly momentum: number | null };
  readonly #factor: Derived<{ readonly factor: Parameter }>;

  /** A norm of so many channels and inputs of so many axes; throws a RangeError when there is no channel. */
  constructor(kind: string, features: number, ranks: readonly number[], options: RunningNormOptions) {
    super();
    const { eps = 1e-5, momentum = 0.1, affine, trackRunningStats } = options;
    if (!Number.isInteger(features) || features < 1) {
      throw new RangeError(`Cannot make a ${kind} layer: ${features} channels, a positive number is wanted`);
    }
    this.kind = kind;
    this.#features = features;
    this.#ranks = ranks;
    this.#options = { eps, momentum, affine, trackRunningStats };
    this.#factor = new Derived((variance, weight) => ({ factor: batchFactor(variance!, weight, eps) }));
    if (affine === true) {
      this.parameters.set("weight", constant([features], 1));
      this.parameters.set("bias", constant([features], 0));
    }
    if (trackRunningStats === true) {
      this.buffers.set("running_mean", constant([features], 0));
      this.buffers.set("running_var", constant([features], 1));
      this.buffers.set("num_batches_tracked", constant([], 0));
    }
  }

  /** Whether there are running statistics. */
  protected get tracks(): boolean {
    return this.buffers.has("running_mean");
  }

  /** Weight, bias and eps, for norms by the batch's own statistics. */
  protected get affine(): NormalisationOptions {
    const [weight, bias] = [this.parameters.get("weight"), this.parameters.get("bias")];
    return { weight, bias, eps: this.#options.eps };
  }

  /** Refuses inputs of other forms than [N, C, …] with this layer's channels. @throws {RangeError} on them. */
  protected check(x: CrypTensor): void {
    if (this.#ranks.includes(x.ndim) && x.shape[1] === this.#features) return;
    throw new RangeError(
      `Cannot run ${this.kind} on [${x.shape}]: [N, ${this.#features}, …] with ${
        this.#ranks.join(" or ")
      } axes is wanted`,
    );
  }

  /** Normalised by the running statistics. The factor of channels is made once, for all inputs until they change. */
  protected byRunning(x: CrypTensor): CrypTensor {
    const [mean, variance] = [this.buffers.get("running_mean")!, this.buffers.get("running_var")!];
    const { factor } = this.#factor.of(variance, this.parameters.get("weight"));
    return x.batchNorm({ runningMean: mean, factor, bias: this.parameters.get("bias") });
  }

  /** Moves the running statistics towards those of a batch, which is counted if that is wanted. */
  protected follow(x: CrypTensor, statistics: () => ChannelStatistics, counted: boolean): void {
    const { context } = x;
    const count = this.buffers.get("num_batches_tracked")!;
    // They live as long as the layer, not as long as the operation that happens to be running.
    const next = context.keeping(() =>
      context.scoped(() => {
        const { mean, variance } = statistics();
        const part = this.#part(count, counted);
        return [["running_mean", mean] as const, ["running_var", variance] as const].map(([name, own]) => {
          const old = this.buffers.get(name)!;
          return [name, own.sub(old).mul(part).add(old).rescale()] as const;
        });
      })
    );
    for (const [name, value] of next) this.#replace(name, value);
    if (!counted) return;
    const more = isTensor(count)
      ? context.keeping(() => count.add(1))
      : constant([], Number(count.data[0]) + 1);
    this.#replace("num_batches_tracked", more);
  }

  /** The part of a batch's statistics in the new running ones. */
  #part(count: Parameter, counted: boolean): number | CrypTensor {
    const { momentum } = this.#options;
    if (momentum !== null) return momentum;
    if (!counted) return 0;
    return isTensor(count) ? count.add(1).reciprocal({ positive: true }) : 1 / (Number(count.data[0]) + 1);
  }

  /** Puts a new statistic in the place of an old one, and returns the memory of that. */
  #replace(name: string, value: Parameter): void {
    const old = this.buffers.get(name)!;
    if (isTensor(old)) old.dispose();
    this.buffers.set(name, value);
  }

  /** Returns the memory of the weights and statistics. */
  override dispose(): void {
    super.dispose();
    this.#factor.dispose();
  }

  /** The layer's options. */
  override get summary(): string {
    return `${this.#features}, ${optionsText({ ...this.#options })}`;
  }
}
