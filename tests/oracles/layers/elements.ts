/**
 * Activations in double precision.
 *
 * @module
 */
import { build, sizeOf, type Values } from "../tensors.ts";
import { elements, largest, type LayerOracle, row, ULP } from "./row.ts";

const logistic = (x: number): number => 1 / (1 + Math.exp(-x));
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const clamp = (x: number, low: number, high: number): number => Math.min(Math.max(x, low), high);
const elu = (x: number, alpha: number): number => x > 0 ? x : alpha * Math.expm1(x);

/** The normal distribution function, by Simpson's rule. */
function phi(x: number): number {
  const steps = 400;
  const density = (t: number): number => Math.exp(-t * t / 2) / Math.sqrt(2 * Math.PI);
  let sum = density(0) + density(x);
  for (let i = 1; i < steps; i++) sum += (i % 2 === 0 ? 2 : 4) * density(i * x / steps);
  return 0.5 + sum * x / steps / 3;
}

const geluTanh = (x: number): number =>
  x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))) / 2;

interface Dim {
  readonly dim?: number;
}

/** A function of the lists along an axis. */
function along(x: Values, { dim = -1 }: Dim, f: (list: number[], i: number) => number): Values {
  const axis = dim < 0 ? dim + x.shape.length : dim;
  const inner = sizeOf(x.shape.slice(axis + 1));
  return build(x.shape, (index) => {
    const flat = index.reduce((sum, i, a) => sum * x.shape[a]! + i, 0);
    const first = flat - index[axis]! * inner;
    return f(Array.from({ length: x.shape[axis]! }, (_, k) => x.data[first + k * inner]!), index[axis]!);
  });
}

/** e^x divided by the sum of all. */
export function softmax(x: Values, options: Dim = {}): Values {
  return along(x, options, (list, i) => {
    const top = Math.max(...list);
    return Math.exp(list[i]! - top) / list.reduce((sum, v) => sum + Math.exp(v - top), 0);
  });
}

/** Its logarithm. */
export function logSoftmax(x: Values, options: Dim = {}): Values {
  return along(x, options, (list, i) => {
    const top = Math.max(...list);
    return list[i]! - top - Math.log(list.reduce((sum, v) => sum + Math.exp(v - top), 0));
  });
}

const negative = (x: Values): Values => ({ shape: x.shape, data: x.data.map((v) => -v) });

/** One slope, or one for each channel. */
function slopes(x: Values, weight: Values): Values {
  return build(x.shape, (index) => {
    const v = x.data[index.reduce((sum, i, a) => sum * x.shape[a]! + i, 0)]!;
    return v > 0 ? v : v * weight.data[weight.data.length === 1 ? 0 : index[1]!]!;
  });
}

/** The first half of an axis, gated by the second. */
function glu(x: Values, { dim = -1 }: Dim): Values {
  const axis = dim < 0 ? dim + x.shape.length : dim;
  const half = x.shape[axis]! / 2;
  const at = (index: readonly number[], shift: number): number =>
    x.data[index.reduce((sum, i, a) => sum * x.shape[a]! + i + (a === axis ? shift : 0), 0)]!;
  return build(x.shape.with(axis, half), (index) => at(index, 0) * logistic(at(index, half)));
}

/** Activations by name. */
export const activations: Readonly<Record<string, LayerOracle>> = {
  Identity: elements((x) => x),
  ReLU: elements((x) => Math.max(x, 0)),
  ReLU6: elements((x) => clamp(x, 0, 6)),
  Hardtanh: elements((x, { minVal = -1, maxVal = 1 }: { minVal?: number; maxVal?: number }) =>
    clamp(x, minVal, maxVal)
  ),
  LeakyReLU: elements(
    (x, { negativeSlope = 0.01 }: { negativeSlope?: number }) => x > 0 ? x : negativeSlope * x,
    (x, { negativeSlope = 0.01 }) => 2 * ULP + Math.abs(x * negativeSlope) * ULP,
  ),
  PReLU: row(
    ({ inputs: [x], weights }) => slopes(x!, weights["weight"]!),
    ({ publicWeights }) => publicWeights ? 2 * ULP : ULP,
  ),
  ELU: elements(
    (x, { alpha = 1 }: { alpha?: number }) => elu(x, alpha),
    (_, { alpha = 1 }) => 5e-5 * alpha,
  ),
  SELU: elements(
    (x) => 1.0507009873554805 * elu(x, 1.6732632423543772),
    (x) => 1.2e-4 + 4e-6 * Math.abs(x),
  ),
  CELU: elements(
    (x, { alpha = 1 }: { alpha?: number }) => x > 0 ? x : alpha * Math.expm1(x / alpha),
    (_, { alpha = 1 }) => 8e-5 * alpha + 2 * ULP,
  ),
  GELU: elements(
    (x, { approximate }: { approximate?: string }) => approximate === "tanh" ? geluTanh(x) : x * phi(x),
    5e-5,
  ),
  SiLU: elements((x) => x * logistic(x), 6e-5),
  Mish: elements((x) => x * Math.tanh(softplus(x)), 6e-5),
  Sigmoid: elements(logistic, 6e-5),
  LogSigmoid: elements((x) => -softplus(-x), 6e-5),
  Tanh: elements(Math.tanh, 1e-4),
  Tanhshrink: elements((x) => x - Math.tanh(x), 1e-4),
  Softplus: elements(
    (x, { beta = 1, threshold = 20 }: { beta?: number; threshold?: number }) =>
      beta * x > threshold ? x : softplus(beta * x) / beta,
    (_, { beta = 1 }) => beta === 1 ? 6e-5 : (6e-5 + 2 * ULP) / beta + 2 * ULP,
  ),
  Softsign: elements((x) => x / (1 + Math.abs(x)), 4e-5),
  Hardsigmoid: elements((x) => clamp(x / 6 + 0.5, 0, 1), 3 * ULP),
  Hardswish: elements((x) => x * clamp(x / 6 + 0.5, 0, 1), (x) => 2 * ULP + Math.abs(x) * ULP),
  Threshold: elements((x, { threshold, value }: { threshold: number; value: number }) =>
    x > threshold ? x : value
  ),
  Hardshrink: elements((x, { lambda = 0.5 }: { lambda?: number }) => Math.abs(x) > lambda ? x : 0),
  Softshrink: elements((x, { lambda = 0.5 }: { lambda?: number }) =>
    x > lambda ? x - lambda : x < -lambda ? x + lambda : 0
  ),
  Softmax: row<Dim>(({ inputs: [x], options }) => softmax(x!, options), 5e-5),
  LogSoftmax: row<Dim>(({ inputs: [x], options }) => logSoftmax(x!, options), 6e-5),
  Softmin: row<Dim>(({ inputs: [x], options }) => softmax(negative(x!), options), 5e-5),
  GLU: row<Dim>(
    ({ inputs: [x], options }) => glu(x!, options),
    ({ inputs: [x] }) => 6e-5 * largest(x!) + ULP,
  ),
};
