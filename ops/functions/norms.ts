/**
 * Normalisation by mean and variance, and by length.
 *
 * @module
 */
import { mulConstant } from "../../ring/elementwise.ts";
import { broadcastShapes, normalAxis, type Shape, sizeOf } from "../../ring/shape.ts";
import { add, mul, square, sub } from "../arithmetic.ts";
import type { Context } from "../context.ts";
import { reshape } from "../movement.ts";
import { defineOp, isTensor, type Op } from "../op.ts";
import { mapWords, publicTensor, secretOperand, shapeOf } from "../operand.ts";
import { Tensor, type TensorLike } from "../plaintext.ts";
import { mean, sum } from "../reduce.ts";
import type { CrypTensor, Operand } from "../tensor.ts";
import { rsqrt } from "./roots.ts";
import { asReal, atScale, productAt } from "./scale.ts";

/** A scale, a shift, and a small number that keeps variances away from 0. */
export interface NormalisationOptions {
  /** Multiplies each normalised element; broadcasts. */
  readonly weight?: Operand | undefined;
  /** Is added to each; broadcasts. */
  readonly bias?: Operand | undefined;
  /** Is added to each variance; 1e-5 by default. */
  readonly eps?: number | undefined;
}

/** Fraction bits of 1/sqrt(variance + eps). */
const INVERSE_SCALE = 24;
/** Significant bits of the public factor sqrt(n). */
const ROOT_BITS = 18;

function checkEps(eps: number): void {
  if (!(eps >= 0 && Number.isFinite(eps))) {
    throw new RangeError(`eps is ${eps}, a finite number of 0 or more is wanted`);
  }
}

/**
 * c/sqrt(mean of c² + eps) over axes, for c of the session's scale. The sum of squares keeps all its fraction bits: truncated
 * first, a small variance would be wrong by percents.
 */
function divideByRoot(ctx: Context, c: CrypTensor, dims: readonly number[], eps: number): CrypTensor {
  const n = dims.reduce((product, dim) => product * c.shape[dim]!, 1);
  const squares = sum(square(c), { dim: dims, keepdim: true });
  const total = eps === 0 ? squares : add(squares, eps * n);
  const low = eps * n * 0.99;
  const inverse = atScale(ctx, rsqrt(total, { atLeast: low > 0 ? low : undefined }), INVERSE_SCALE);
  // The root of the sum instead of the mean: a factor of sqrt(n) makes it good.
  const bits = ROOT_BITS - Math.floor(Math.log2(n) / 2);
  const factor = BigInt(Math.round(Math.sqrt(n) * 2 ** bits));
  const facts = { scale: INVERSE_SCALE + bits, bound: undefined };
  const scaled = mapWords(ctx, "sqrt(n)", inverse, inverse.shape, facts, (part) => mulConstant(part, factor));
  const exact = atScale(ctx, scaled, INVERSE_SCALE).expand(c.shape);
  return productAt(ctx, c.scale + INVERSE_SCALE, c, exact, mul);
}

function affine(x: CrypTensor, { weight, bias }: NormalisationOptions): CrypTensor {
  const y = weight === undefined ? x : mul(x, weight);
  return bias === undefined ? y : add(y, bias);
}

/** The last axes of a shape. */
function lastAxes(x: CrypTensor, count: number): number[] {
  return Array.from({ length: count }, (_, i) => x.ndim - count + i);
}

function checkShape(x: CrypTensor, sides: Shape): void {
  const own = x.shape.slice(x.ndim - sides.length);
  if (sides.length === 0 || sides.length > x.ndim || own.join() !== sides.join() || sizeOf(sides) === 0) {
    throw new RangeError(`its last axes are [${own}], [${sides}] is to be normalised`);
  }
}

/**
 * (x - mean)/sqrt(variance + eps)·weight + bias over the last axes, whose sides are given. *Error*, for standard deviations
 * from 0.2 on and n·variance below 2^30: 1e-4, and 2^-24·sqrt(n)·deviation of the result, and 2^-16·|mean|/deviation when n is
 * not a power of two. *Cost* (lean, 2 parties): 16 rounds, 16 bytes per element and about 200 per row; a product more with
 * a weight.
 *
 * @throws {RangeError} when the sides do not fit or eps is negative.
 */
export const layerNorm: Op<[Shape, NormalisationOptions]> = defineOp<[Shape, NormalisationOptions]>({
  name: "layerNorm",
  shape(x, sides, options) {
    checkShape(x, sides);
    checkEps(options.eps ?? 1e-5);
    return x.shape;
  },
  lower(ctx, x, [sides, options]) {
    const dims = lastAxes(x, sides.length);
    return affine(standardise(ctx, x, dims, options.eps ?? 1e-5), options);
  },
});

/** (x - mean)/sqrt(variance + eps) over axes. */
function standardise(ctx: Context, x: CrypTensor, dims: readonly number[], eps: number): CrypTensor {
  const a = asReal(ctx, x);
  const centred = sub(a, atScale(ctx, mean(a, { dim: dims, keepdim: true }), a.scale));
  return divideByRoot(ctx, centred, dims, eps);
}

/**
 * x/sqrt(mean of x² + eps)·weight over the last axes. *Error*, for root mean squares from 0.2 on and a sum of x² below 2^30:
 * 1e-4, and 2^-24·sqrt(sum of x²) of the result. *Cost*: as {@link layerNorm}, 2 rounds less.
 *
 * @throws {RangeError} as there.
 */
export const rmsNorm: Op<[Shape, NormalisationOptions]> = defineOp<[Shape, NormalisationOptions]>({
  name: "rmsNorm",
  shape(x, sides, options) {
    checkShape(x, sides);
    checkEps(options.eps ?? 1e-5);
    return x.shape;
  },
  lower: (ctx, x, [sides, options]) =>
    affine(divideByRoot(ctx, asReal(ctx, x), lastAxes(x, sides.length), options.eps ?? 1e-5), options),
});

/** A per-channel operand, [C], in front of `rest` axes of size 1. */
function perChannel(ctx: Context, x: Operand, rest: number): CrypTensor {
  const secret = secretOperand(ctx, x, ctx.fractionBits);
  return reshape(secret, [...secret.shape, ...new Array<number>(rest).fill(1)]);
}

function channelAffine(ctx: Context, x: CrypTensor, { weight, bias }: NormalisationOptions): CrypTensor {
  const rest = x.ndim - 2;
  const y = weight === undefined ? x : mul(x, perChannel(ctx, weight, rest));
  return bias === undefined ? y : add(y, perChannel(ctx, bias, rest));
}

function checkChannels(x: CrypTensor, options: NormalisationOptions): void {
  if (x.ndim < 2) throw new RangeError(`it has ${x.ndim} axes, [N, C, ...] is wanted`);
  for (const operand of [options.weight, options.bias]) {
    if (operand !== undefined && shapeOf(operand).join() !== `${x.shape[1]}`) {
      throw new RangeError(`a weight or bias has shape [${shapeOf(operand)}], [${x.shape[1]}] is wanted`);
    }
  }
  checkEps(options.eps ?? 1e-5);
}

/**
 * Normalises groups of channels of [N, C, ...]; weight and bias are [C]. *Error* and *cost*: as {@link layerNorm}.
 *
 * @throws {RangeError} when the groups do not divide the channels.
 */
export const groupNorm: Op<[number, NormalisationOptions]> = defineOp<[number, NormalisationOptions]>({
  name: "groupNorm",
  shape(x, groups, options) {
    checkChannels(x, options);
    if (!Number.isInteger(groups) || groups < 1 || x.shape[1]! % groups !== 0) {
      throw new RangeError(`${groups} groups do not divide ${x.shape[1]} channels`);
    }
    return x.shape;
  },
  lower(ctx, x, [groups, options], shape) {
    const [n, ...rest] = shape;
    const grouped = reshape(x, [n!, groups, sizeOf(rest) / groups]);
    const y = standardise(ctx, grouped, [2], options.eps ?? 1e-5);
    return channelAffine(ctx, reshape(y, shape), options);
  },
});

/** Normalises each channel of each sample of [N, C, ...]. As {@link groupNorm} with as many groups as channels. */
export const instanceNorm: Op<[NormalisationOptions]> = defineOp<[NormalisationOptions]>({
  name: "instanceNorm",
  shape(x, options) {
    checkChannels(x, options);
    return x.shape;
  },
  lower: (_ctx, x, [options], shape) => groupNorm(x, shape[1]!, options),
});

const numbersOf = (x: TensorLike): number[] =>
  Array.from<number | bigint, number>(publicTensor(x).data, Number);

/**
 * weight/sqrt(variance + eps) of channels: what {@link batchNorm} multiplies by, for the statistics of earlier batches. A public
 * one of public operands; a secret one has more fraction bits than the session's.
 */
export function batchFactor(
  variance: Operand,
  weight: Operand | undefined,
  eps: number,
): CrypTensor | Tensor {
  checkEps(eps);
  if (!isTensor(variance)) {
    const factor = Float64Array.from(numbersOf(variance), (v) => 1 / Math.sqrt(v + eps));
    if (isTensor(weight)) return mul(weight, factor);
    const weights = weight === undefined ? undefined : numbersOf(weight);
    return new Tensor([factor.length], factor.map((f, i) => f * (weights?.[i] ?? 1)));
  }
  const ctx = variance.context;
  // The variance gets the fraction bits that eps has.
  const spread = add(atScale(ctx, asReal(ctx, variance), 2 * ctx.fractionBits), eps);
  const root = atScale(ctx, rsqrt(spread, { atLeast: eps > 0 ? 0.99 * eps : undefined }), INVERSE_SCALE);
  if (weight === undefined) return root;
  const w = asReal(ctx, secretOperand(ctx, weight, ctx.fractionBits));
  return atScale(ctx, productAt(ctx, root.scale + w.scale, root, w, mul), INVERSE_SCALE);
}

/** Each channel of [N, C, ...] times a factor, of which all fraction bits count. */
function timesFactor(ctx: Context, x: CrypTensor, factor: Operand): CrypTensor {
  const rest = x.ndim - 2;
  if (!isTensor(factor)) {
    const { shape, data } = publicTensor(factor);
    return mul(x, new Tensor([...shape, ...new Array<number>(rest).fill(1)], data));
  }
  const [a, f] = [asReal(ctx, x), atScale(ctx, factor, INVERSE_SCALE)];
  return productAt(ctx, a.scale + f.scale, a, perChannel(ctx, f, rest), mul);
}

/** Statistics of earlier batches; those of the batch itself are taken without them. */
export interface BatchNormOptions extends NormalisationOptions {
  /** Mean of each channel. */
  readonly runningMean?: Operand | undefined;
  /** Variance of each channel. */
  readonly runningVar?: Operand | undefined;
  /** In place of weight, variance and eps, what {@link batchFactor} gave for them. */
  readonly factor?: Operand | undefined;
}

/**
 * Normalises each channel of [N, C, ...], by running statistics or by those of the batch; weight and bias are [C]. *Error* and
 * *cost*: as {@link layerNorm}; by running statistics one product, and some 200 bytes per channel when the variance is secret.
 *
 * @throws {RangeError} when there is only one of the running statistics, or shapes do not fit.
 */
export const batchNorm: Op<[BatchNormOptions]> = defineOp<[BatchNormOptions]>({
  name: "batchNorm",
  shape(x, options) {
    checkChannels(x, options);
    const { runningMean: m, runningVar: v, factor } = options;
    if ((m === undefined) !== (v === undefined && factor === undefined)) {
      throw new RangeError("one of the running mean and variance is missing, both or none are wanted");
    }
    checkChannels(x, { weight: m, bias: v });
    checkChannels(x, { weight: factor });
    return x.shape;
  },
  lower(ctx, x, [options], shape) {
    const { runningMean: m, runningVar: v, weight, bias, factor, eps = 1e-5 } = options;
    if (m === undefined) {
      const dims = shape.map((_, i) => i).filter((i) => i !== 1);
      return channelAffine(ctx, standardise(ctx, x, dims, eps), options);
    }
    const centred = sub(x, perChannel(ctx, m, x.ndim - 2));
    // The channels' factor first, so that the whole tensor takes part in one product.
    return channelAffine(ctx, timesFactor(ctx, centred, factor ?? batchFactor(v!, weight, eps)), { bias });
  },
});

/** Along which axis lengths and products are taken, and the least product of lengths. */
export interface CosineOptions {
  /** The axis, 1 by default. */
  readonly dim?: number | undefined;
  /** Lengths count as this at least; 1e-8 by default. */
  readonly eps?: number | undefined;
}

/**
 * x·y/(|x|·|y|) along an axis. *Error*: 1e-4 and 2^-24·(|x| + |y|), for lengths from 0.2 to
 * 2^15. *Cost* (lean, 2 parties): 15 rounds, 48 bytes per
 * element and about 580 per result.
 *
 * @throws {RangeError} when the shapes do not broadcast or the axis does not exist.
 */
export const cosineSimilarity: Op<[Operand, CosineOptions]> = defineOp<[Operand, CosineOptions]>({
  name: "cosineSimilarity",
  shape(x, y, { dim = 1, eps = 1e-8 }) {
    checkEps(eps);
    const shape = broadcastShapes(x.shape, shapeOf(y), "compare");
    const at = normalAxis(dim, shape.length, "compare along");
    return shape.filter((_, i) => i !== at);
  },
  lower(ctx, x, [y, { dim = 1, eps = 1e-8 }]) {
    const b = asReal(ctx, secretOperand(ctx, y, ctx.fractionBits));
    const a = asReal(ctx, x);
    const all = broadcastShapes(a.shape, b.shape);
    const at = normalAxis(dim, all.length);
    const [p, q] = [a.expand(all), b.expand(all)];
    const [u, v] = [p, q].map((t) => divideByLength(ctx, t, at, eps));
    return sum(mul(u!, v!), { dim: at });
  },
});

/** x/|x| along an axis. */
function divideByLength(ctx: Context, x: CrypTensor, dim: number, eps: number): CrypTensor {
  const squares = add(sum(square(x), { dim, keepdim: true }), eps ** 2);
  const inverse = atScale(ctx, rsqrt(squares, {}), INVERSE_SCALE);
  return productAt(ctx, x.scale + INVERSE_SCALE, x, inverse.expand(x.shape), mul);
}
