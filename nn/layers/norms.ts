/**
 * Norms by the input's own statistics, with PyTorch's names, options and defaults.
 *
 * @module
 */
import type { CrypTensor } from "../../ops/tensor.ts";
import type { Shape } from "../../ring/shape.ts";
import { constant } from "../init.ts";
import { Module } from "../module.ts";
import { optionsText } from "./function_layer.ts";

/** Options of {@link LayerNorm}. */
export interface LayerNormOptions {
  /** Is added to variances; 1e-5 by default. */
  readonly eps?: number | undefined;
  /** Whether there is a weight for each element; true by default. */
  readonly elementwiseAffine?: boolean | undefined;
  /** Whether there is a bias too; true by default. */
  readonly bias?: boolean | undefined;
}

/** Options of {@link RMSNorm}. */
export interface RMSNormOptions {
  /** Is added to mean squares; 2^-23 by default. */
  readonly eps?: number | undefined;
  /** Whether there is a weight for each element; true by default. */
  readonly elementwiseAffine?: boolean | undefined;
}

/** Options of {@link GroupNorm}. */
export interface GroupNormOptions {
  /** Is added to variances; 1e-5 by default. */
  readonly eps?: number | undefined;
  /** Whether there are a weight and a bias for each channel; true by default. */
  readonly affine?: boolean | undefined;
}

/** The last axes that are normalised. @throws {RangeError} when there are none, or no elements. */
function sidesOf(kind: string, normalizedShape: number | Shape): Shape {
  const sides = typeof normalizedShape === "number" ? [normalizedShape] : normalizedShape;
  if (sides.length > 0 && sides.every((side) => Number.isInteger(side) && side > 0)) return [...sides];
  throw new RangeError(
    `Cannot make a ${kind} layer: the shape is [${sides}], one or more positive integers are wanted`,
  );
}

/**
 * (x - mean)/sqrt(variance + eps)·weight + bias over the last axes. *Error* and *cost*: those of the method `layerNorm`; the weight
 * is a product more.
 */
export class LayerNorm extends Module {
  /** Kind of layer. */
  readonly kind = "LayerNorm";
  readonly #sides: Shape;
  readonly #eps: number;

  /** A layer over axes of these sides. @throws {RangeError} when they are no positive integers. */
  constructor(normalizedShape: number | Shape, options: LayerNormOptions = {}) {
    super();
    const { eps = 1e-5, elementwiseAffine = true, bias = true } = options;
    this.#sides = sidesOf(this.kind, normalizedShape);
    this.#eps = eps;
    if (!elementwiseAffine) return;
    this.parameters.set("weight", constant(this.#sides, 1));
    if (bias) this.parameters.set("bias", constant(this.#sides, 0));
  }

  /** The layer's result. @throws {RangeError} when the last axes are others. */
  override forward(x: CrypTensor): CrypTensor {
    const [weight, bias] = [this.parameters.get("weight"), this.parameters.get("bias")];
    return x.layerNorm(this.#sides, { weight, bias, eps: this.#eps });
  }

  /** The layer's options. */
  override get summary(): string {
    return optionsText({ shape: this.#sides, eps: this.#eps });
  }
}

/** x/sqrt(mean of x² + eps)·weight over the last axes. *Error* and *cost*: those of the method `rmsNorm`. */
export class RMSNorm extends Module {
  /** Kind of layer. */
  readonly kind = "RMSNorm";
  readonly #sides: Shape;
  readonly #eps: number;

  /** A layer over axes of these sides. @throws {RangeError} when they are no positive integers. */
  constructor(
    normalizedShape: number | Shape,
    { eps = 2 ** -23, elementwiseAffine = true }: RMSNormOptions = {},
  ) {
    super();
    this.#sides = sidesOf(this.kind, normalizedShape);
    this.#eps = eps;
    if (elementwiseAffine) this.parameters.set("weight", constant(this.#sides, 1));
  }

  /** The layer's result. @throws {RangeError} when the last axes are others. */
  override forward(x: CrypTensor): CrypTensor {
    return x.rmsNorm(this.#sides, { weight: this.parameters.get("weight"), eps: this.#eps });
  }

  /** The layer's options. */
  override get summary(): string {
    return optionsText({ shape: this.#sides, eps: this.#eps });
  }
}

/**
 * (x - mean)/sqrt(variance + eps)·weight + bias over groups of channels of [N, C, …], with a weight and a bias for each channel. *Error*
 * and *cost*: those of the method `groupNorm`.
 */
export class GroupNorm extends Module {
  /** Kind of layer. */
  readonly kind = "GroupNorm";
  readonly #groups: number;
  readonly #eps: number;

  /** A layer of so many groups. @throws {RangeError} when they do not divide the channels. */
  constructor(numGroups: number, numChannels: number, { eps = 1e-5, affine = true }: GroupNormOptions = {}) {
    super();
    const fits = [numGroups, numChannels].every((n) => Number.isInteger(n) && n > 0);
    if (!fits || numChannels % numGroups !== 0) {
      throw new RangeError(
        `Cannot make a GroupNorm layer: ${numGroups} groups of ${numChannels} channels, a divisor is wanted`,
      );
    }
    this.#groups = numGroups;
    this.#eps = eps;
    if (!affine) return;
    this.parameters.set("weight", constant([numChannels], 1));
    this.parameters.set("bias", constant([numChannels], 0));
  }

  /** The layer's result. @throws {RangeError} when there are other channels. */
  override forward(x: CrypTensor): CrypTensor {
    const [weight, bias] = [this.parameters.get("weight"), this.parameters.get("bias")];
    return x.groupNorm(this.#groups, { weight, bias, eps: this.#eps });
  }

  /** The layer's options. */
  override get summary(): string {
    return optionsText({ groups: this.#groups, eps: this.#eps });
  }
}
