/**
 * Losses of real targets, with PyTorch's names, options and defaults. Targets may be secret or public.
 *
 * @module
 */
import { isTensor } from "../../ops/op.ts";
import { shapeOf } from "../../ops/operand.ts";
import { Tensor, type TensorLike } from "../../ops/plaintext.ts";
import type { CrypTensor, Operand } from "../../ops/tensor.ts";
import { sameShape } from "../../ring/shape.ts";
import { FunctionLayer, type ShownOptions } from "./function_layer.ts";

/** What is made of the losses of all elements. */
export type Reduction = "mean" | "sum" | "none";

/** Options that losses have in common. */
export interface LossOptions {
  /** What is made of the losses of all elements; their mean by default. */
  readonly reduction?: Reduction | undefined;
}

/** What a loss takes: what the model gave, and what was wanted. */
export type LossInputs = readonly [input: CrypTensor, target: Operand];

/** A loss whose elements are a function of input and target of the same shape, and what is made of them. */
export class ElementLoss extends FunctionLayer<LossInputs> {
  /** A layer of this kind. @throws {RangeError} on an unknown reduction. */
  constructor(
    kind: string,
    { reduction = "mean", ...rest }: ShownOptions & LossOptions,
    f: (input: CrypTensor, target: Operand) => CrypTensor,
  ) {
    checkReduction(kind, reduction);
    super(kind, { ...rest, reduction }, (x, target) => {
      if (!sameShape(x.shape, shapeOf(target))) {
        throw new RangeError(
          `Cannot run ${kind} on [${x.shape}]: the target has shape [${shapeOf(target)}], the same is wanted`,
        );
      }
      return reduced(f(x, target), reduction);
    });
  }
}

/** Refuses what is no reduction. */
export function checkReduction(kind: string, reduction: string, more: readonly string[] = []): void {
  const known = ["mean", "sum", "none", ...more];
  if (!known.includes(reduction)) {
    throw new RangeError(
      `Cannot make a ${kind} layer: reduction "${reduction}" is unknown, one of ${
        known.join(", ")
      } is wanted`,
    );
  }
}

/** The losses, their sum or their mean. */
export function reduced(losses: CrypTensor, reduction: Reduction): CrypTensor {
  return reduction === "none" ? losses : reduction === "sum" ? losses.sum() : losses.mean();
}

/** A function of the elements of a public tensor. */
function mapPublic(x: TensorLike, f: (value: number) => number): Tensor {
  const { shape, data } = Tensor.from(x);
  return new Tensor(shape, Float64Array.from(data as ArrayLike<number>, (value) => f(Number(value))));
}

/** (x - t)². *Error*: 1 ulp. *Cost*: a square. */
export class MSELoss extends ElementLoss {
  /** A layer. */
  constructor(options: LossOptions = {}) {
    super("MSELoss", { ...options }, (x, t) => x.sub(t).square());
  }
}

/** |x - t|. Exact; its mean within 2 ulp. *Cost*: that of relu. */
export class L1Loss extends ElementLoss {
  /** A layer. */
  constructor(options: LossOptions = {}) {
    super("L1Loss", { ...options }, (x, t) => x.sub(t).abs());
  }
}

/** d²/2 where |d| < delta, else delta·(|d| - delta/2): c·(d - c/2), where c is d within ±delta. */
function huber(d: CrypTensor, delta: number): CrypTensor {
  const c = d.clamp(-delta, delta);
  return c.mul(d.sub(c.ldexp(-1)));
}

function positive(kind: string, name: string, value: number): void {
  if (!(value > 0)) {
    throw new RangeError(`Cannot make a ${kind} layer: ${name} is ${value}, a positive number is wanted`);
  }
}

/** Options of {@link HuberLoss}. */
export interface HuberOptions extends LossOptions {
  /** Where squares end; 1 by default. */
  readonly delta?: number | undefined;
}

/** (x - t)²/2 where |x - t| < delta, else delta·(|x - t| - delta/2). *Error*: 2 ulp. *Cost*: a clamp, and a product. */
export class HuberLoss extends ElementLoss {
  /** A layer. @throws {RangeError} when delta is not positive. */
  constructor({ delta = 1, ...rest }: HuberOptions = {}) {
    positive("HuberLoss", "delta", delta);
    super("HuberLoss", { delta, ...rest }, (x, t) => huber(x.sub(t).rescale(), delta));
  }
}

/** Options of {@link SmoothL1Loss}. */
export interface SmoothL1Options extends LossOptions {
  /** Where squares end; 1 by default; 0 is {@link L1Loss}. */
  readonly beta?: number | undefined;
}

/** {@link HuberLoss} divided by its bend. *Error*: 2 ulp/beta and 2 ulp. *Cost*: a clamp, and a product. */
export class SmoothL1Loss extends ElementLoss {
  /** A layer. @throws {RangeError} when beta is negative. */
  constructor({ beta = 1, ...rest }: SmoothL1Options = {}) {
    if (beta !== 0) positive("SmoothL1Loss", "beta", beta);
    super("SmoothL1Loss", { beta, ...rest }, (x, t) => {
      const d = x.sub(t).rescale();
      return beta === 0 ? d.abs() : huber(d, beta).div(beta);
    });
  }
}

/** Options of {@link BCELoss}. */
export interface BCEOptions extends LossOptions {
  /** Public factors of the elements' losses; broadcast. */
  readonly weight?: TensorLike | undefined;
}

const weighted = (losses: CrypTensor, weight: TensorLike | undefined): CrypTensor =>
  weight === undefined ? losses : losses.mul(weight);

/**
 * -(t·ln x + (1 - t)·ln(1 - x)), for x and t from 0 to 1; logarithms below -11.09 count as -11.09. *Error*: 1e-4, times the weight.
 * *Cost*: two logarithms at once, and a product.
 */
export class BCELoss extends ElementLoss {
  /** A layer. */
  constructor({ weight, ...rest }: BCEOptions = {}) {
    super("BCELoss", { weight, ...rest }, (x, t) => {
      // A logarithm has so many fraction bits that the difference of two would not fit.
      const [log, logOther] = x.stack([x.neg().add(1)]).log().rescale().unbind() as [CrypTensor, CrypTensor];
      return weighted(logOther.add(log.sub(logOther).mul(t)).neg(), weight);
    });
  }
}

/** Options of {@link BCEWithLogitsLoss}. */
export interface BCEWithLogitsOptions extends BCEOptions {
  /** Public factors of the losses of 1; broadcast. */
  readonly posWeight?: TensorLike | undefined;
}

function bceWithLogits(x: CrypTensor, t: Operand, posWeight: TensorLike | undefined): CrypTensor {
  if (posWeight === undefined) return x.softplus().sub(x.mul(t));
  // (1 - t)·x + (1 + (posWeight - 1)·t)·softplus(-x)
  const more = mapPublic(posWeight, (w) => w - 1);
  const bent = x.neg().softplus();
  return x.add(bent).add(bent.mul(more).sub(x).mul(t));
}

/**
 * {@link BCELoss} of sigmoid(x), for any x. *Error*: 6e-5 and 1 ulp; with posWeight 6e-5·posWeight and 3 ulp; times the weight. *Cost*:
 * one softplus, and a product.
 */
export class BCEWithLogitsLoss extends ElementLoss {
  /** A layer. */
  constructor({ weight, posWeight, ...rest }: BCEWithLogitsOptions = {}) {
    super(
      "BCEWithLogitsLoss",
      { weight, posWeight, ...rest },
      (x, t) => weighted(bceWithLogits(x, t, posWeight), weight),
    );
  }
}

/** Options of {@link KLDivLoss}. */
export interface KLDivOptions {
  /** What is made of the losses of all elements; "batchmean" divides their sum by the first side. "mean" by default. */
  readonly reduction?: Reduction | "batchmean" | undefined;
  /** Whether targets are logarithms too; false by default. */
  readonly logTarget?: boolean | undefined;
}

function klDiv(x: CrypTensor, t: Operand, logTarget: boolean): CrypTensor {
  if (isTensor(t)) return logTarget ? t.exp().mul(t.sub(x)) : t.mul(t.log().sub(x));
  const p = logTarget ? mapPublic(t, Math.exp) : Tensor.from(t);
  return x.mul(p).neg().add(mapPublic(p, (value) => value > 0 ? value * Math.log(value) : 0));
}

/**
 * t·(ln t - x), for logarithms x of probabilities and probabilities t. *Error*: 6e-5·t and 2 ulp. *Cost*: a product, and for a secret
 * target a logarithm; for logarithms of targets an exponential.
 */
export class KLDivLoss extends FunctionLayer<LossInputs> {
  /** A layer. */
  constructor({ reduction = "mean", logTarget = false }: KLDivOptions = {}) {
    checkReduction("KLDivLoss", reduction, ["batchmean"]);
    const sums = new ElementLoss(
      "KLDivLoss",
      { reduction: reduction === "batchmean" ? "sum" : reduction },
      (x, t) => klDiv(x, t, logTarget),
    );
    super("KLDivLoss", { reduction, logTarget }, (x, t) => {
      const loss = sums.forward(x, t);
      return reduction === "batchmean" ? loss.div(x.shape[0] ?? 1) : loss;
    });
  }
}

/** Options of {@link HingeEmbeddingLoss}. */
export interface HingeEmbeddingOptions extends LossOptions {
  /** What distances of different pairs should exceed; 1 by default. */
  readonly margin?: number | undefined;
}

/** x where the target is 1, max(0, margin - x) where it is -1. *Error*: 1 ulp. *Cost*: that of relu, and a product. */
export class HingeEmbeddingLoss extends ElementLoss {
  /** A layer. */
  constructor({ margin = 1, ...rest }: HingeEmbeddingOptions = {}) {
    super("HingeEmbeddingLoss", { margin, ...rest }, (x, t) => {
      const apart = x.neg().add(margin).relu();
      // (1 + t)/2 is 1 or 0.
      const same = isTensor(t) ? t.add(1).ldexp(-1) : mapPublic(t, (value) => (1 + value) / 2);
      return apart.add(x.sub(apart).mul(same));
    });
  }
}
