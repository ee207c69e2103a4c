/**
 * Convolutions with secret weights.
 *
 * @module
 */
import { convWeight, Weight } from "../../ops/prepared.ts";
import type { CrypTensor } from "../../ops/tensor.ts";
import { Module } from "../module.ts";

/** How a convolution's windows lie; one number per axis. */
export interface ConvOptions {
  /** Distance between neighbouring windows; 1 by default. */
  readonly stride?: readonly number[] | undefined;
  /** Zeros before each axis, then zeros after each axis; none by default. */
  readonly pads?: readonly number[] | undefined;
  /** Distance between neighbouring taps; 1 by default. */
  readonly dilation?: readonly number[] | undefined;
  /** Groups of channels that do not mix; 1 by default. */
  readonly groups?: number | undefined;
}

/**
 * Convolution of [N, C, …] over one to three axes, with a secret weight [M, C/groups, …] and a secret bias [M]. *Error*: below 1
 * ulp. *Cost*: one round and 8 bytes per element of x; the weight's masked form is opened once, at the first use.
 */
export class Conv extends Module {
  /** Kind of layer. */
  readonly kind: string;
  readonly #weight: Weight;
  readonly #bias: CrypTensor | undefined;
  readonly #options: ConvOptions;
  readonly #axes: number;

  /**
   * A layer with these weights.
   *
   * @throws {RangeError} when the weight has no one to three axes of windows, or the bias does not fit.
   */
  constructor(weight: CrypTensor, bias?: CrypTensor, options: ConvOptions = {}) {
    super();
    this.#axes = weight.ndim - 2;
    if (
      this.#axes < 1 || this.#axes > 3 || (bias !== undefined && bias.shape.join() !== `${weight.shape[0]}`)
    ) {
      const given = bias === undefined ? "" : ` and a bias of shape [${bias.shape}]`;
      throw new RangeError(
        `Cannot make a Conv layer: a weight of shape [${weight.shape}]${given} was given, [out, in, ...window] and [out] are wanted`,
      );
    }
    this.kind = `Conv${this.#axes}d`;
    this.#weight = new Weight(weight);
    this.#bias = bias?.reshape([bias.size, ...new Array<number>(this.#axes).fill(1)]);
    this.#options = options;
    this.parameters.set("weight", this.#weight.tensor);
    if (bias !== undefined) this.parameters.set("bias", bias);
  }

  /** The layer's result. */
  override forward(x: CrypTensor): CrypTensor {
    const given = Object.entries(this.#options).filter(([, value]) => value !== undefined);
    const y = convWeight(x, this.#weight, this.#axes, Object.fromEntries(given));
    // The bias joins at the product's scale, so nothing is truncated between.
    return this.#bias === undefined ? y : y.add(this.#bias);
  }

  /** Returns the memory of the weights. */
  override dispose(): void {
    super.dispose();
    this.#weight.dispose();
    this.#bias?.dispose();
  }

  /** The layer's options. */
  override get summary(): string {
    const [out, inner, ...window] = this.#weight.tensor.shape;
    const { groups = 1, stride } = this.#options;
    const step = stride === undefined ? "" : `, stride ${stride.join("x")}`;
    return `${inner! * groups} -> ${out}, window ${window.join("x")}${step}`;
  }
}

/** x·a + b per channel of [N, C, …], with secret a and b of shape [C]: what is left of a batch norm. *Cost*: one product. */
export class ScaleShift extends Module {
  /** Kind of layer. */
  readonly kind = "ScaleShift";
  readonly #scale: CrypTensor;
  readonly #shift: CrypTensor;
  /** Multiplies and adds these. */
  constructor(scale: CrypTensor, shift: CrypTensor) {
    super();
    this.#scale = scale;
    this.#shift = shift;
    this.parameters.set("scale", scale);
    this.parameters.set("shift", shift);
  }
  /** The layer's result. */
  override forward(x: CrypTensor): CrypTensor {
    const shape = [x.shape[1] ?? 1, ...new Array<number>(Math.max(0, x.ndim - 2)).fill(1)];
    return x.mul(this.#scale.reshape(shape)).add(this.#shift.reshape(shape));
  }
}

/** A layer without weights: a function of one tensor. */
export class Stateless extends Module {
  /** Kind of layer. */
  readonly kind: string;
  readonly #f: (x: CrypTensor) => CrypTensor;
  readonly #summary: string;
  /** Applies a function, shown as `kind(summary)`. */
  constructor(kind: string, f: (x: CrypTensor) => CrypTensor, summary = "") {
    super();
    this.kind = kind;
    this.#f = f;
    this.#summary = summary;
  }
  /** The layer's result. */
  override forward(x: CrypTensor): CrypTensor {
    return this.#f(x);
  }
  /** The layer's options. */
  override get summary(): string {
    return this.#summary;
  }
}
