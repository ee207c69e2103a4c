/**
 * Products, convolutions and pooling in double precision.
 *
 * @module
 */
import {
  build,
  conv,
  convTranspose,
  type Geometry,
  matmul,
  positions,
  sizeOf,
  total,
  type Values,
  zip,
} from "../tensors.ts";
import { adapt, averages, maxima, pool, slide, type Sliding } from "../windows.ts";
import { largest, type LayerCase, type LayerOracle, publicLoss, row, ULP } from "./row.ts";

type Per = number | readonly number[];

const per = (value: Per | undefined, axes: number, otherwise: number): readonly number[] =>
  typeof value === "object" ? value : new Array<number>(axes).fill(value ?? otherwise);

const turned = ({ shape: [rows, columns], data }: Values): Values =>
  build([columns!, rows!], ([j, i]) => data[i! * columns! + j!]!);

/** A bias per channel of [N, C, …]. */
function withBias(y: Values, bias: Values | undefined, axes: number): Values {
  if (bias === undefined) return y;
  return zip((a, b) => a + b, y, {
    shape: [bias.data.length, ...new Array<number>(axes).fill(1)],
    data: bias.data,
  });
}

interface ConvCase {
  readonly stride?: Per;
  readonly padding?: Per | "same";
  readonly outputPadding?: Per;
  readonly dilation?: Per;
  readonly groups?: number;
  readonly paddingMode?: "circular";
}

/** Elements of the other ends around the last axes. */
function circular(x: Values, pads: readonly number[]): Values {
  const axes = pads.length / 2;
  const shape = x.shape.map((side, i) => i < 2 ? side : side + pads[i - 2]! + pads[axes + i - 2]!);
  return build(shape, (index) => {
    const from = index.map((p, i) => i < 2 ? p : (p - pads[i - 2]! + x.shape[i]!) % x.shape[i]!);
    return x.data[from.reduce((flat, p, i) => flat * x.shape[i]! + p, 0)]!;
  });
}

function convolution({ inputs: [x], options, weights }: LayerCase<ConvCase>): Values {
  const weight = weights["weight"]!;
  const axes = weight.shape.length - 2;
  const dilation = per(options.dilation, axes, 1);
  const { padding } = options;
  const reach = dilation.map((d, i) => d * (weight.shape[i + 2]! - 1));
  const before = padding === "same" ? reach.map((r) => Math.floor(r / 2)) : per(padding, axes, 0);
  const after = padding === "same" ? reach.map((r) => Math.ceil(r / 2)) : before;
  const pads = [...before, ...after];
  const round = options.paddingMode === "circular";
  const y = conv(round ? circular(x!, pads) : x!, weight, {
    stride: per(options.stride, axes, 1),
    pads: round ? pads.map(() => 0) : pads,
    dilation,
    groups: options.groups ?? 1,
    outputPads: per(undefined, axes, 0),
  });
  return withBias(y, weights["bias"], axes);
}

function transposed({ inputs: [x], options, weights }: LayerCase<ConvCase>): Values {
  const weight = weights["weight"]!;
  const axes = weight.shape.length - 2;
  const padding = per(options.padding as Per | undefined, axes, 0);
  const geometry: Geometry = {
    stride: per(options.stride, axes, 1),
    pads: [...padding, ...padding],
    dilation: per(options.dilation, axes, 1),
    groups: options.groups ?? 1,
    outputPads: per(options.outputPadding, axes, 0),
  };
  return withBias(convTranspose(x!, weight, geometry), weights["bias"], axes);
}

/** x·W[k]·y + b[k] */
function bilinear({ inputs: [x, y], weights }: LayerCase): Values {
  const weight = weights["weight"]!;
  const [out, first, second] = weight.shape as [number, number, number];
  const shape = [...x!.shape.slice(0, -1), out];
  return build(shape, (index) => {
    const k = index.at(-1)!;
    const at = index.slice(0, -1).reduce((flat, p, i) => flat * shape[i]! + p, 0);
    let sum = weights["bias"]?.data[k] ?? 0;
    for (const [i, j] of positions([first, second])) {
      sum += x!.data[at * first + i!]! * weight.data[(k * first + i!) * second + j!]! *
        y!.data[at * second + j!]!;
    }
    return sum;
  });
}

/** Below 1 ulp, and what public weights add. */
const oneTruncation = ({ weights, publicWeights }: LayerCase<never>): number => {
  const weight = weights["weight"]!;
  return ULP + publicLoss(weight, publicWeights, sizeOf(weight.shape) / weight.shape[0]!);
};

/** As much for a weight whose inputs are on its first axis. */
const oneTruncationTransposed = ({ weights, publicWeights }: LayerCase<never>): number => {
  const weight = weights["weight"]!;
  return ULP + publicLoss(weight, publicWeights, weight.shape[0]! * sizeOf(weight.shape.slice(2)));
};

interface PoolCase {
  readonly kernelSize: Per;
  readonly stride?: Per;
  readonly padding?: Per;
  readonly dilation?: Per;
  readonly ceilMode?: boolean;
  readonly countIncludePad?: boolean;
  readonly divisorOverride?: number;
  readonly normType?: number;
}

function sliding(options: PoolCase, axes: number): Sliding {
  const kernel = per(options.kernelSize, axes, 1);
  const padding = per(options.padding, axes, 0);
  return {
    kernel,
    stride: per(options.stride ?? kernel, axes, 1),
    pads: [...padding, ...padding],
    dilation: per(options.dilation, axes, 1),
    ceil: options.ceilMode ?? false,
  };
}

/** Averages: two truncations, and the encoded divisor. */
const averageError = (_: unknown, y: Values): number => 2 * ULP + ULP * largest(y);

const average = (axes: number): LayerOracle =>
  row<PoolCase>(({ inputs: [x], options }) => {
    const after = options.countIncludePad ?? true ? per(options.padding, axes, 0) : undefined;
    return averages(x!, slide(x!.shape.slice(-axes), sliding(options, axes)), after, options.divisorOverride);
  }, averageError);

const maximum = (axes: number): LayerOracle =>
  row<PoolCase>(({ inputs: [x], options }) =>
    maxima(x!, slide(x!.shape.slice(-axes), sliding(options, axes)))[0]
  );

const norms = (axes: number): LayerOracle =>
  row<PoolCase>(
    ({ inputs: [x], options }) =>
      pool(x!, slide(x!.shape.slice(-axes), sliding(options, axes)), ({ values }) => {
        if (options.normType === 1) return total(values);
        return options.normType === 2 ? Math.hypot(...values) : Math.max(...values);
      }),
    ({ options }, y) => options.normType === 2 ? 1.5e-5 * largest(y) + 2 * ULP : 0,
  );

interface Adaptive {
  readonly outputSize: number | readonly (number | undefined)[];
}

const wanted = ({ outputSize }: Adaptive, axes: number): readonly (number | undefined)[] =>
  typeof outputSize === "number" ? new Array<number>(axes).fill(outputSize) : outputSize;

const adaptiveAverage = (axes: number): LayerOracle =>
  row<Adaptive>(
    ({ inputs: [x], options }) =>
      averages(x!, adapt(x!.shape.slice(-axes), wanted(options, axes)), undefined),
    averageError,
  );

const adaptiveMaximum = (axes: number): LayerOracle =>
  row<Adaptive>(({ inputs: [x], options }) =>
    maxima(x!, adapt(x!.shape.slice(-axes), wanted(options, axes)))[0]
  );

const whole = (x: Values): ReturnType<typeof adapt> => adapt(x.shape.slice(2), x.shape.slice(2).map(() => 1));

/** Products and pooling by name. */
export const windows: Readonly<Record<string, LayerOracle>> = {
  Linear: row(({ inputs: [x], weights }) => {
    const y = matmul(x!, turned(weights["weight"]!));
    return weights["bias"] === undefined ? y : zip((a, b) => a + b, y, weights["bias"]);
  }, oneTruncation),
  Bilinear: {
    ...row(bilinear, ({ inputs: [, y], weights, publicWeights }) => {
      const weight = weights["weight"]!;
      const half = ULP + publicLoss(weight, publicWeights, weight.shape[1]!);
      return ULP + half * weight.shape[2]! * largest(y!);
    }),
    secretInputs: true,
  },
  Conv1d: row(convolution, oneTruncation),
  Conv2d: row(convolution, oneTruncation),
  Conv3d: row(convolution, oneTruncation),
  ConvTranspose1d: row(transposed, oneTruncationTransposed),
  ConvTranspose2d: row(transposed, oneTruncationTransposed),
  ConvTranspose3d: row(transposed, oneTruncationTransposed),
  AvgPool1d: average(1),
  AvgPool2d: average(2),
  AvgPool3d: average(3),
  MaxPool1d: maximum(1),
  MaxPool2d: maximum(2),
  MaxPool3d: maximum(3),
  LPPool1d: norms(1),
  LPPool2d: norms(2),
  AdaptiveAvgPool1d: adaptiveAverage(1),
  AdaptiveAvgPool2d: adaptiveAverage(2),
  AdaptiveAvgPool3d: adaptiveAverage(3),
  AdaptiveMaxPool1d: adaptiveMaximum(1),
  AdaptiveMaxPool2d: adaptiveMaximum(2),
  AdaptiveMaxPool3d: adaptiveMaximum(3),
  GlobalAvgPool: row(({ inputs: [x] }) => averages(x!, whole(x!), undefined), averageError),
  GlobalMaxPool: row(({ inputs: [x] }) => maxima(x!, whole(x!))[0]),
};
