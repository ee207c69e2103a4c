/**
 * All layers by name: one line each says how to make it from plain options, and an example that the property tests run.
 *
 * @module
 */
import * as activations from "./layers/activations.ts";
import { Flatten, Identity, ReLU } from "./layers/basic.ts";
import { Bilinear } from "./layers/bilinear.ts";
import { CrossEntropyLoss, NLLLoss } from "./layers/class_losses.ts";
import { Add, Concat, Div, MatMul, Mul, Sub } from "./layers/combine.ts";
import {
  Conv1d,
  Conv2d,
  Conv3d,
  type ConvOptions,
  ConvTranspose1d,
  ConvTranspose2d,
  ConvTranspose3d,
  type ConvTransposeOptions,
  type PerAxis,
} from "./layers/conv.ts";
import { CosineSimilarity, PairwiseDistance } from "./layers/distances.ts";
import { AlphaDropout, Dropout, Dropout1d, Dropout2d, Dropout3d } from "./layers/dropout.ts";
import { Linear, type LinearOptions } from "./layers/linear.ts";
import * as losses from "./layers/losses.ts";
import * as padding from "./layers/padding.ts";
import * as pooling from "./layers/pooling.ts";
import { PReLU } from "./layers/prelu.ts";
import { ChannelShuffle, PixelShuffle, PixelUnshuffle, Unflatten } from "./layers/shapes.ts";
import { Upsample } from "./layers/upsample.ts";
import type { AvgPoolOptions } from "../ops/pool.ts";
import type { OutputSides, Sides, WindowOptions } from "../ops/windows.ts";
import type { Shape } from "../ring/shape.ts";
import { layer, type LayerEntry } from "./layer_entry.ts";
import type { AnyModule } from "./module.ts";
import { norms, tables } from "./registry/norms.ts";
import { sequences } from "./registry/sequences.ts";

/** A layer whose constructor takes its options as they are. */
const by = <O extends object>(Layer: new (options: O) => AnyModule) => (options: O): AnyModule =>
  new Layer(options);

/** Sizes of a convolution. */
interface ConvSizes {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernelSize: PerAxis;
}

/** A convolution. */
const conv = <O extends object>(
  Layer: new (inputs: number, outputs: number, kernel: PerAxis, options: O) => AnyModule,
) =>
({ inChannels, outChannels, kernelSize, ...rest }: ConvSizes & O): AnyModule =>
  new Layer(inChannels, outChannels, kernelSize, rest as unknown as O);

/** A pooling. */
const pool =
  <O extends object>(Layer: new (kernel: Sides, options: O) => AnyModule) =>
  ({ kernelSize, ...rest }: { readonly kernelSize: Sides } & O): AnyModule =>
    new Layer(kernelSize, rest as unknown as O);

/** A pooling by norms. */
const lpPool = (Layer: new (p: number, kernel: Sides, options: pooling.LPPoolOptions) => AnyModule) =>
(
  { normType, kernelSize, ...rest }:
    & { readonly normType: number; readonly kernelSize: Sides }
    & pooling.LPPoolOptions,
): AnyModule => new Layer(normType, kernelSize, rest);

/** An adaptive pooling. */
const adaptive =
  (Layer: new (output: OutputSides) => AnyModule) =>
  ({ outputSize }: { readonly outputSize: OutputSides }): AnyModule => new Layer(outputSize);

/** A padding. */
const pad =
  (Layer: new (sides: padding.PaddingSides) => AnyModule) =>
  ({ padding: sides }: { readonly padding: padding.PaddingSides }): AnyModule => new Layer(sides);

/** A padding by a constant. */
const constantPad = (Layer: new (sides: padding.PaddingSides, value: number) => AnyModule) =>
(
  { padding: sides, value }: { readonly padding: padding.PaddingSides; readonly value: number },
): AnyModule => new Layer(sides, value);

/** Inputs of some losses. */
const within = (low: number, high: number, shape: Shape) => ({ shape, low, high });
const classes = (count: number, shape: Shape) => ({ shape, low: 0, high: count - 1, integers: true });

/**
 * All layers by name. It is a plain record: with `{ ...nn.layers, MyLayer: nn.layer(make, [options, shape]) }` there is one more.
 *
 * @example A model from plain data
 * ```ts
 * import { nn } from "https://tacit.example/mod.ts";
 *
 * const plan: [string, nn.LayerOptions][] = [["Linear", { inFeatures: 4, outFeatures: 2 }], ["GELU", {}]];
 * const model = new nn.Sequential(plan.map(([name, options]) => nn.layers[name]!.make(options) as nn.Module));
 * if (model.children.size !== 2) throw new Error("two layers were planned");
 * ```
 */
export const layers: Readonly<Record<string, LayerEntry>> = {
  // Products
  Linear: layer(
    ({ inFeatures, outFeatures, ...rest }: { inFeatures: number; outFeatures: number } & LinearOptions) =>
      new Linear(inFeatures, outFeatures, rest),
    [{ inFeatures: 5, outFeatures: 3 }, [4, 5]],
    [{ inFeatures: 3, outFeatures: 2, bias: false }, [2, 2, 3]],
  ),
  Bilinear: layer(
    (o: { in1Features: number; in2Features: number; outFeatures: number } & LinearOptions) =>
      new Bilinear(o.in1Features, o.in2Features, o.outFeatures, o),
    [{ in1Features: 3, in2Features: 2, outFeatures: 4 }, [2, 3], [2, 2]],
  ),
  Conv1d: layer(
    conv<ConvOptions>(Conv1d),
    [{ inChannels: 4, outChannels: 6, kernelSize: 3, stride: 2, groups: 2 }, [2, 4, 9]],
  ),
  Conv2d: layer(
    conv<ConvOptions>(Conv2d),
    [{ inChannels: 2, outChannels: 3, kernelSize: [3, 2], padding: "same" }, [2, 2, 5, 4]],
    [{ inChannels: 2, outChannels: 3, kernelSize: 3, padding: 1, paddingMode: "circular" }, [1, 2, 4, 4]],
  ),
  Conv3d: layer(
    conv<ConvOptions>(Conv3d),
    [{ inChannels: 1, outChannels: 2, kernelSize: 2, dilation: 2, bias: false }, [1, 1, 4, 3, 4]],
  ),
  ConvTranspose1d: layer(
    conv<ConvTransposeOptions>(ConvTranspose1d),
    [{ inChannels: 2, outChannels: 3, kernelSize: 3, stride: 2, outputPadding: 1 }, [2, 2, 4]],
  ),
  ConvTranspose2d: layer(
    conv<ConvTransposeOptions>(ConvTranspose2d),
    [{ inChannels: 2, outChannels: 2, kernelSize: 2, stride: [2, 1], padding: 1 }, [1, 2, 3, 3]],
  ),
  ConvTranspose3d: layer(
    conv<ConvTransposeOptions>(ConvTranspose3d),
    [{ inChannels: 2, outChannels: 1, kernelSize: 2 }, [1, 2, 2, 2, 2]],
  ),

  // Activations
  Identity: layer(by(Identity), [{}, [2, 3]]),
  ReLU: layer(by(ReLU), [{}, [3, 4]]),
  ReLU6: layer(by(activations.ReLU6), [{}, { shape: [3, 4], low: -8, high: 8 }]),
  Hardtanh: layer(by(activations.Hardtanh), [{ minVal: -2 }, [3, 4]]),
  LeakyReLU: layer(by(activations.LeakyReLU), [{}, [3, 4]], [{ negativeSlope: 0.2 }, [3, 4]]),
  PReLU: layer(by(PReLU), [{}, [3, 4]], [{ numParameters: 3, init: 0.1 }, [2, 3, 4]]),
  ELU: layer(by(activations.ELU), [{}, [3, 4]], [{ alpha: 0.5 }, [3, 4]]),
  SELU: layer(by(activations.SELU), [{}, [3, 4]]),
  CELU: layer(by(activations.CELU), [{}, [3, 4]], [{ alpha: 0.3 }, [3, 4]]),
  GELU: layer(by(activations.GELU), [{}, [3, 4]], [{ approximate: "tanh" }, [3, 4]]),
  SiLU: layer(by(activations.SiLU), [{}, [3, 4]]),
  Mish: layer(by(activations.Mish), [{}, [3, 4]]),
  Sigmoid: layer(by(activations.Sigmoid), [{}, [3, 4]]),
  LogSigmoid: layer(by(activations.LogSigmoid), [{}, [3, 4]]),
  Tanh: layer(by(activations.Tanh), [{}, [3, 4]]),
  Tanhshrink: layer(by(activations.Tanhshrink), [{}, [3, 4]]),
  Softplus: layer(by(activations.Softplus), [{}, [3, 4]], [{ beta: 2.5, threshold: 5 }, [3, 4]]),
  Softsign: layer(by(activations.Softsign), [{}, [3, 4]]),
  Hardsigmoid: layer(by(activations.Hardsigmoid), [{}, [3, 4]]),
  Hardswish: layer(by(activations.Hardswish), [{}, [3, 4]]),
  Threshold: layer(
    ({ threshold, value }: { threshold: number; value: number }) =>
      new activations.Threshold(threshold, value),
    [{ threshold: 0.5, value: -1 }, [3, 4]],
  ),
  Hardshrink: layer(by(activations.Hardshrink), [{}, [3, 4]], [{ lambda: 2 }, [3, 4]]),
  Softshrink: layer(by(activations.Softshrink), [{}, [3, 4]], [{ lambda: 2 }, [3, 4]]),
  Softmax: layer(by(activations.Softmax), [{}, [2, 5]], [{ dim: 1 }, [2, 3, 2]]),
  LogSoftmax: layer(by(activations.LogSoftmax), [{}, [2, 5]], [{ dim: 0 }, [3, 2]]),
  Softmin: layer(by(activations.Softmin), [{}, [2, 5]]),
  GLU: layer(by(activations.GLU), [{}, [2, 6]], [{ dim: 1 }, [2, 4, 3]]),

  // Norms, tables, layers over sequences
  ...norms,
  ...tables,
  ...sequences,

  // Pooling
  AvgPool1d: layer(pool<AvgPoolOptions>(pooling.AvgPool1d), [{ kernelSize: 3, stride: 2 }, [2, 2, 7]]),
  AvgPool2d: layer(
    pool<AvgPoolOptions>(pooling.AvgPool2d),
    [{ kernelSize: 2 }, [1, 2, 4, 6]],
    [{ kernelSize: 3, stride: 2, padding: 1, countIncludePad: false }, [1, 2, 5, 5]],
    [{ kernelSize: 3, stride: 2, padding: 1, ceilMode: true, divisorOverride: 5 }, [2, 4, 4]],
  ),
  AvgPool3d: layer(pool<AvgPoolOptions>(pooling.AvgPool3d), [{ kernelSize: 2 }, [1, 1, 2, 4, 4]]),
  MaxPool1d: layer(pool<WindowOptions>(pooling.MaxPool1d), [{ kernelSize: 2, dilation: 2, stride: 1 }, [
    2,
    2,
    7,
  ]]),
  MaxPool2d: layer(
    pool<WindowOptions>(pooling.MaxPool2d),
    [{ kernelSize: 2 }, [1, 2, 4, 6]],
    [{ kernelSize: [3, 2], stride: 2, padding: 1, ceilMode: true }, [1, 2, 5, 5]],
  ),
  MaxPool3d: layer(pool<WindowOptions>(pooling.MaxPool3d), [{ kernelSize: 2 }, [1, 1, 2, 4, 2]]),
  LPPool1d: layer(
    lpPool(pooling.LPPool1d),
    [{ normType: 2, kernelSize: 3 }, [2, 2, 6]],
    [{ normType: 1, kernelSize: 2 }, [2, 6]],
  ),
  LPPool2d: layer(
    lpPool(pooling.LPPool2d),
    [{ normType: 2, kernelSize: 2, stride: 1 }, [1, 2, 3, 3]],
    [{ normType: Infinity, kernelSize: 2 }, [1, 1, 4, 4]],
  ),
  AdaptiveAvgPool1d: layer(adaptive(pooling.AdaptiveAvgPool1d), [{ outputSize: 3 }, [2, 2, 7]]),
  AdaptiveAvgPool2d: layer(adaptive(pooling.AdaptiveAvgPool2d), [{ outputSize: [2, undefined] }, [
    1,
    2,
    5,
    3,
  ]]),
  AdaptiveAvgPool3d: layer(adaptive(pooling.AdaptiveAvgPool3d), [{ outputSize: 1 }, [1, 2, 2, 2, 2]]),
  AdaptiveMaxPool1d: layer(adaptive(pooling.AdaptiveMaxPool1d), [{ outputSize: 3 }, [2, 2, 7]]),
  AdaptiveMaxPool2d: layer(adaptive(pooling.AdaptiveMaxPool2d), [{ outputSize: [2, undefined] }, [
    1,
    2,
    5,
    3,
  ]]),
  AdaptiveMaxPool3d: layer(adaptive(pooling.AdaptiveMaxPool3d), [{ outputSize: 1 }, [1, 2, 2, 2, 2]]),
  GlobalAvgPool: layer(by(pooling.GlobalAvgPool), [{}, [2, 3, 3, 2]]),
  GlobalMaxPool: layer(by(pooling.GlobalMaxPool), [{}, [2, 3, 3, 2]]),

  // Shapes
  Flatten: layer(
    ({ startDim, endDim }: { startDim?: number; endDim?: number }) => new Flatten(startDim, endDim),
    [{}, [2, 3, 4]],
    [{ startDim: 0, endDim: 1 }, [2, 3, 4]],
  ),
  Unflatten: layer(
    ({ dim, unflattenedSize }: { dim: number; unflattenedSize: Shape }) =>
      new Unflatten(dim, unflattenedSize),
    [{ dim: 1, unflattenedSize: [2, -1] }, [2, 6]],
  ),
  PixelShuffle: layer(
    ({ upscaleFactor }: { upscaleFactor: number }) => new PixelShuffle(upscaleFactor),
    [{ upscaleFactor: 2 }, [1, 8, 2, 3]],
  ),
  PixelUnshuffle: layer(
    ({ downscaleFactor }: { downscaleFactor: number }) => new PixelUnshuffle(downscaleFactor),
    [{ downscaleFactor: 2 }, [2, 4, 6]],
  ),
  ChannelShuffle: layer(
    ({ groups }: { groups: number }) => new ChannelShuffle(groups),
    [{ groups: 2 }, [1, 6, 2, 2]],
  ),
  Upsample: layer(
    by(Upsample),
    [{ scaleFactor: 2 }, [1, 2, 2, 3]],
    [{ size: 5, mode: "linear" }, [1, 2, 3]],
    [{ scaleFactor: [2, 1.5], mode: "bilinear" }, [1, 1, 3, 4]],
    [{ size: [5, 3], mode: "bilinear", alignCorners: true }, [1, 2, 3, 4]],
    [{ scaleFactor: 2, mode: "trilinear" }, [1, 1, 2, 2, 2]],
  ),
  ConstantPad1d: layer(constantPad(padding.ConstantPad1d), [{ padding: [1, 2], value: 3.5 }, [2, 2, 3]]),
  ConstantPad2d: layer(constantPad(padding.ConstantPad2d), [{ padding: 1, value: -0.5 }, [1, 2, 2, 3]]),
  ConstantPad3d: layer(constantPad(padding.ConstantPad3d), [{ padding: 1, value: 2 }, [1, 1, 1, 2, 2]]),
  ZeroPad1d: layer(pad(padding.ZeroPad1d), [{ padding: [0, 2] }, [2, 2, 3]]),
  ZeroPad2d: layer(pad(padding.ZeroPad2d), [{ padding: [1, 0, 2, 1] }, [1, 2, 2, 3]]),
  ZeroPad3d: layer(pad(padding.ZeroPad3d), [{ padding: 1 }, [1, 1, 1, 2, 2]]),
  ReflectionPad1d: layer(pad(padding.ReflectionPad1d), [{ padding: [1, 2] }, [2, 2, 3]]),
  ReflectionPad2d: layer(pad(padding.ReflectionPad2d), [{ padding: [1, 2, 1, 0] }, [1, 2, 2, 3]]),
  ReflectionPad3d: layer(pad(padding.ReflectionPad3d), [{ padding: 1 }, [1, 1, 2, 2, 2]]),
  ReplicationPad1d: layer(pad(padding.ReplicationPad1d), [{ padding: [4, 2] }, [2, 2, 3]]),
  ReplicationPad2d: layer(pad(padding.ReplicationPad2d), [{ padding: [1, 2, 3, 0] }, [1, 2, 2, 3]]),
  ReplicationPad3d: layer(pad(padding.ReplicationPad3d), [{ padding: 1 }, [1, 1, 1, 2, 2]]),
  CircularPad1d: layer(pad(padding.CircularPad1d), [{ padding: [1, 2] }, [2, 2, 3]]),
  CircularPad2d: layer(pad(padding.CircularPad2d), [{ padding: [1, 2, 1, 0] }, [1, 2, 2, 3]]),
  CircularPad3d: layer(pad(padding.CircularPad3d), [{ padding: 1 }, [1, 1, 1, 2, 2]]),

  // In training only
  Dropout: layer(by(Dropout), [{}, [4, 5]], [{ p: 0.2, mask: "public" }, [4, 5]]),
  Dropout1d: layer(by(Dropout1d), [{ p: 0.3 }, [2, 3, 4]]),
  Dropout2d: layer(by(Dropout2d), [{ p: 0.3 }, [2, 3, 2, 2]]),
  Dropout3d: layer(by(Dropout3d), [{ p: 0.3, mask: "public" }, [2, 3, 1, 2, 2]]),
  AlphaDropout: layer(by(AlphaDropout), [{ p: 0.3 }, [4, 5]]),

  // Of two operands
  Add: layer(by(Add), [{}, [2, 3], [3]]),
  Sub: layer(by(Sub), [{}, [2, 3], [2, 1]]),
  Mul: layer(by(Mul), [{}, [2, 3], [2, 3]]),
  Div: layer(by(Div), [{}, [2, 3], within(0.5, 4, [2, 3])]),
  MatMul: layer(by(MatMul), [{}, [2, 2, 3], [3, 2]]),
  Concat: layer(by(Concat), [{ dim: 1 }, [2, 3], [2, 1]], [{}, [1, 2], [2, 2], [1, 2]]),
  CosineSimilarity: layer(by(CosineSimilarity), [{}, within(0.5, 4, [3, 4]), [3, 4]]),
  PairwiseDistance: layer(by(PairwiseDistance), [{}, [3, 4], [3, 4]], [{ p: 1, keepdim: true }, [3, 4], [4]]),

  // Losses
  MSELoss: layer(by(losses.MSELoss), [{}, [3, 4], [3, 4]], [{ reduction: "none" }, [3, 4], [3, 4]]),
  L1Loss: layer(by(losses.L1Loss), [{}, [3, 4], [3, 4]], [{ reduction: "sum" }, [3], [3]]),
  HuberLoss: layer(by(losses.HuberLoss), [{ reduction: "none" }, [3, 4], [3, 4]], [{ delta: 2.5 }, [3, 4], [
    3,
    4,
  ]]),
  SmoothL1Loss: layer(
    by(losses.SmoothL1Loss),
    [{ reduction: "none" }, [3, 4], [3, 4]],
    [{ beta: 0.75, reduction: "none" }, [3, 4], [3, 4]],
    [{ beta: 0 }, [3, 4], [3, 4]],
  ),
  BCELoss: layer(
    by(losses.BCELoss),
    [{ reduction: "none" }, within(0, 1, [3, 4]), within(0, 1, [3, 4])],
    [{ weight: [0.5, 2, 1, 3] }, within(0.1, 0.9, [3, 4]), within(0, 1, [3, 4])],
  ),
  BCEWithLogitsLoss: layer(
    by(losses.BCEWithLogitsLoss),
    [{ reduction: "none" }, [3, 4], within(0, 1, [3, 4])],
    [{ reduction: "none", posWeight: [1, 2, 3, 0.5] }, [3, 4], within(0, 1, [3, 4])],
  ),
  CrossEntropyLoss: layer(
    by(CrossEntropyLoss),
    [{}, [4, 3], classes(3, [4])],
    [{ weight: [0.5, 2, 1], labelSmoothing: 0.1 }, [4, 3], classes(3, [4])],
    [{ reduction: "none", labelSmoothing: 0.2 }, [2, 3, 2], classes(3, [2, 2])],
    [{ weight: [0.5, 2, 1] }, [4, 3], within(0, 1, [4, 3])],
    [{}, [5], classes(5, [])],
  ),
  NLLLoss: layer(
    by(NLLLoss),
    [{ reduction: "sum" }, [4, 3], classes(3, [4])],
    [{ weight: [1, 2, 3] }, [2, 3, 2], classes(3, [2, 2])],
  ),
  KLDivLoss: layer(
    by(losses.KLDivLoss),
    [{ reduction: "batchmean" }, within(-4, 0, [3, 4]), within(0, 1, [3, 4])],
    [{ reduction: "none", logTarget: true }, within(-4, 0, [3, 4]), within(-4, 0, [3, 4])],
  ),
  HingeEmbeddingLoss: layer(
    by(losses.HingeEmbeddingLoss),
    [{ reduction: "none" }, within(0, 4, [3, 4]), { shape: [3, 4], values: [-1, 1] }],
  ),
};
