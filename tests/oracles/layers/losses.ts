/**
 * Losses in double precision.
 *
 * @module
 */
import { positions, sizeOf, type Values, zip } from "../tensors.ts";
import { logSoftmax } from "./elements.ts";
import { largest, type LayerCase, type LayerOracle, row, ULP } from "./row.ts";

interface LossCase {
  readonly reduction?: string;
}

function reduced(x: Values, reduction = "mean"): Values {
  if (reduction === "none") return x;
  const sum = x.data.reduce((a, b) => a + b, 0);
  return { shape: [], data: [reduction === "sum" ? sum : sum / x.data.length] };
}

/** The error of a reduced loss: that of all elements for a sum; for a mean that of one, and of the division. */
function reducedError(each: number, count: number, { reduction = "mean" }: LossCase, y: Values): number {
  if (reduction === "none") return each;
  return reduction === "sum" ? each * count : each + 2 * ULP + largest(y) * ULP;
}

function loss<O extends LossCase>(
  f: (x: number, t: number, options: O) => number,
  error: number | ((c: LayerCase<O>) => number),
): LayerOracle {
  return row<O>(
    ({ inputs: [x, t], options }) => reduced(zip((a, b) => f(a, b, options), x!, t!), options.reduction),
    (c, y) => {
      const each = typeof error === "number" ? error : error(c);
      return reducedError(each, c.inputs[0]!.data.length, c.options, y);
    },
  );
}

const huber = (d: number, delta: number): number =>
  Math.abs(d) < delta ? d * d / 2 : delta * (Math.abs(d) - delta / 2);

const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/** Logarithms of what rounds to 0 count as those of 2^-16. */
const log = (x: number): number => Math.log(Math.max(x, ULP));

const bce = (x: number, t: number): number => -(t * log(x) + (1 - t) * log(1 - x));

interface Classes extends LossCase {
  readonly weight?: readonly number[];
  readonly labelSmoothing?: number;
}

/** Minus the logarithm of the target's probability; the logarithms are given. */
function nll(logs: Values, target: Values, options: Classes): Values {
  const axis = logs.shape.length === 1 ? 0 : 1;
  const count = logs.shape[axis]!;
  const { weight = new Array<number>(count).fill(1), labelSmoothing: e = 0, reduction = "mean" } = options;
  const probabilities = target.shape.join() === logs.shape.join();
  const shape = logs.shape.toSpliced(axis, 1);
  let divisor = 0;
  const at = (v: Values, index: readonly number[]): number =>
    v.data[index.reduce((flat, p, i) => flat * v.shape[i]! + p, 0)]!;
  const data = Array.from(positions(shape), (index) => {
    const place = (c: number): number[] => index.toSpliced(axis, 0, c);
    const label = probabilities ? -1 : at(target, index);
    divisor += probabilities ? 1 : weight[label]!;
    let sum = 0;
    for (let c = 0; c < count; c++) {
      const p = probabilities ? at(target, place(c)) : Number(c === label);
      sum -= weight[c]! * ((1 - e) * p + e / count) * at(logs, place(c));
    }
    return sum;
  });
  if (reduction !== "mean") return reduced({ shape, data }, reduction);
  return { shape: [], data: [data.reduce((a, b) => a + b, 0) / divisor] };
}

/**
 * Of the logarithms, each times its part in the target, of the product, and of a division by the sum of weights: 1.5e-5 of the
 * result, and its own rounding.
 */
const classError = (each: number) => (c: LayerCase<Classes>, y: Values): number => {
  const [x] = c.inputs as [Values];
  const { weight = [1] } = c.options;
  const axis = x.shape.length === 1 ? 0 : 1;
  const count = sizeOf(x.shape) / x.shape[axis]!;
  const most = Math.max(...weight);
  const logs = 16;
  // Parts of the target are encoded within 2^-17, once smoothed and once weighed.
  const one = most * each + ULP + x.shape[axis]! * logs * ULP * most;
  return reducedError(one, count, c.options, y) + 3e-5 * largest(y);
};

/** Losses by name. */
export const losses: Readonly<Record<string, LayerOracle>> = {
  MSELoss: loss((x, t) => (x - t) ** 2, ULP),
  L1Loss: loss((x, t) => Math.abs(x - t), 0),
  HuberLoss: loss((x, t, { delta = 1 }: { delta?: number } & LossCase) => huber(x - t, delta), 2 * ULP),
  SmoothL1Loss: loss(
    (x, t, { beta = 1 }: { beta?: number } & LossCase) =>
      beta === 0 ? Math.abs(x - t) : huber(x - t, beta) / beta,
    ({ options: { beta = 1 } }) => beta === 0 ? 0 : 2 * ULP / beta + 2 * ULP + 8 * ULP,
  ),
  BCELoss: row<{ weight?: readonly number[] } & LossCase>(
    ({ inputs: [x, t], options: { weight = [1], reduction } }) => {
      const w = { shape: [weight.length], data: weight };
      return reduced(zip((a, b, c) => c * bce(a, b), x!, t!, w), reduction);
    },
    ({ inputs: [x], options }, y) => {
      const most = Math.max(...options.weight ?? [1]);
      return reducedError(1e-4 * most + 2 * ULP, x!.data.length, options, y);
    },
  ),
  BCEWithLogitsLoss: row<{ posWeight?: readonly number[] } & LossCase>(
    ({ inputs: [x, t], options: { posWeight = [1], reduction } }) => {
      const w = { shape: [posWeight.length], data: posWeight };
      return reduced(
        zip((a, b, p) => p * b * softplus(-a) + (1 - b) * softplus(a), x!, t!, w),
        reduction,
      );
    },
    ({ inputs: [x], options }, y) => {
      const each = 6e-5 * Math.max(...options.posWeight ?? [1]) + 3 * ULP;
      return reducedError(each, x!.data.length, options, y);
    },
  ),
  CrossEntropyLoss: row<Classes>(({ inputs: [x, t], options }) => {
    return nll(logSoftmax(x!, { dim: x!.shape.length === 1 ? 0 : 1 }), t!, options);
  }, classError(6e-5)),
  NLLLoss: row<Classes>(({ inputs: [x, t], options }) => nll(x!, t!, options), classError(0)),
  KLDivLoss: row<{ logTarget?: boolean } & LossCase>(
    ({ inputs: [x, t], options: { logTarget = false, reduction } }) => {
      const each = zip((a, b) => logTarget ? Math.exp(b) * (b - a) : b * (log(b) - a), x!, t!);
      if (reduction !== "batchmean") return reduced(each, reduction);
      return { shape: [], data: [reduced(each, "sum").data[0]! / x!.shape[0]!] };
    },
    ({ inputs: [x], options: { reduction } }) => {
      // The logarithm's or the exponential's error, times the other factor, which is at most 4 + 4.
      const each = 8 * 6e-5 + 2 * ULP;
      return reduction === "batchmean" ? each * x!.data.length / x!.shape[0]! + 2 * ULP : each;
    },
  ),
  HingeEmbeddingLoss: loss(
    (x, t, { margin = 1 }: { margin?: number } & LossCase) => t === 1 ? x : Math.max(0, margin - x),
    ULP,
  ),
};
