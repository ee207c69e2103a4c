/**
 * Encrypted neural networks.
 *
 * @module
 */
export { decodeSafetensors, encodeSafetensors } from "./files/safetensors.ts";
export type { SafetensorsOptions, SafetensorsType } from "./files/safetensors.ts";
export { loadShares, saveShares } from "./files/shares.ts";
export * as init from "./init.ts";
export { Flatten, Identity, ReLU, ScaleShift } from "./layers/basic.ts";
export { ModuleDict, ModuleList, Sequential } from "./layers/containers.ts";
export {
  Conv,
  Conv1d,
  Conv2d,
  Conv3d,
  ConvTranspose,
  ConvTranspose1d,
  ConvTranspose2d,
  ConvTranspose3d,
} from "./layers/conv.ts";
export type {
  ConvGeometryOptions,
  ConvOptions,
  ConvTransposeGeometryOptions,
  ConvTransposeOptions,
  PerAxis,
} from "./layers/conv.ts";
export {
  CELU,
  ELU,
  GELU,
  GLU,
  Hardshrink,
  Hardsigmoid,
  Hardswish,
  Hardtanh,
  LeakyReLU,
  LogSigmoid,
  LogSoftmax,
  Mish,
  ReLU6,
  SELU,
  Sigmoid,
  SiLU,
  Softmax,
  Softmin,
  Softplus,
  Softshrink,
  Softsign,
  Tanh,
  Tanhshrink,
  Threshold,
} from "./layers/activations.ts";
export type { DimOptions, HardtanhOptions, SoftplusOptions } from "./layers/activations.ts";
export { MultiheadAttention } from "./layers/attention.ts";
export type { AttentionInputs, AttentionResult, MultiheadAttentionOptions } from "./layers/attention.ts";
export { BatchNorm, BatchNorm1d, BatchNorm2d, BatchNorm3d } from "./layers/batch_norm.ts";
export { Bilinear } from "./layers/bilinear.ts";
export { CrossEntropyLoss, NLLLoss } from "./layers/class_losses.ts";
export type { CrossEntropyOptions, NLLOptions } from "./layers/class_losses.ts";
export { Add, Concat, Div, MatMul, Mul, Sub } from "./layers/combine.ts";
export type { TwoTensors } from "./layers/combine.ts";
export { CosineSimilarity, PairwiseDistance } from "./layers/distances.ts";
export type { PairwiseDistanceOptions } from "./layers/distances.ts";
export { scaledDotProductAttention } from "./layers/dot_attention.ts";
export type { DotAttentionOptions } from "./layers/dot_attention.ts";
export { AlphaDropout, Dropout, Dropout1d, Dropout2d, Dropout3d, TrainingLayer } from "./layers/dropout.ts";
export type { DropoutLayerOptions } from "./layers/dropout.ts";
export { Embedding, Table } from "./layers/embedding.ts";
export type { EmbeddingOptions } from "./layers/embedding.ts";
export { EmbeddingBag } from "./layers/embedding_bag.ts";
export type { BagInputs, EmbeddingBagMode, EmbeddingBagOptions } from "./layers/embedding_bag.ts";
export { FunctionLayer } from "./layers/function_layer.ts";
export type { ShownOptions } from "./layers/function_layer.ts";
export { InstanceNorm, InstanceNorm1d, InstanceNorm2d, InstanceNorm3d } from "./layers/instance_norm.ts";
export { LocalResponseNorm } from "./layers/local_response.ts";
export type { LocalResponseNormOptions } from "./layers/local_response.ts";
export {
  BCELoss,
  BCEWithLogitsLoss,
  ElementLoss,
  HingeEmbeddingLoss,
  HuberLoss,
  KLDivLoss,
  L1Loss,
  MSELoss,
  SmoothL1Loss,
} from "./layers/losses.ts";
export type {
  BCEOptions,
  BCEWithLogitsOptions,
  HingeEmbeddingOptions,
  HuberOptions,
  KLDivOptions,
  LossInputs,
  LossOptions,
  Reduction,
  SmoothL1Options,
} from "./layers/losses.ts";
export { GroupNorm, LayerNorm, RMSNorm } from "./layers/norms.ts";
export type { GroupNormOptions, LayerNormOptions, RMSNormOptions } from "./layers/norms.ts";
export {
  CircularPad1d,
  CircularPad2d,
  CircularPad3d,
  ConstantPad1d,
  ConstantPad2d,
  ConstantPad3d,
  ReflectionPad1d,
  ReflectionPad2d,
  ReflectionPad3d,
  ReplicationPad1d,
  ReplicationPad2d,
  ReplicationPad3d,
  ZeroPad1d,
  ZeroPad2d,
  ZeroPad3d,
} from "./layers/padding.ts";
export type { PaddingSides } from "./layers/padding.ts";
export {
  AdaptiveAvgPool1d,
  AdaptiveAvgPool2d,
  AdaptiveAvgPool3d,
  AdaptiveMaxPool1d,
  AdaptiveMaxPool2d,
  AdaptiveMaxPool3d,
  AvgPool1d,
  AvgPool2d,
  AvgPool3d,
  GlobalAvgPool,
  GlobalMaxPool,
  LPPool1d,
  LPPool2d,
  MaxPool1d,
  MaxPool2d,
  MaxPool3d,
} from "./layers/pooling.ts";
export type { LPPoolOptions } from "./layers/pooling.ts";
export { PReLU } from "./layers/prelu.ts";
export type { PReLUOptions } from "./layers/prelu.ts";
export { RunningNorm } from "./layers/running_norm.ts";
export type { ChannelStatistics, RunningNormOptions } from "./layers/running_norm.ts";
export { ChannelShuffle, PixelShuffle, PixelUnshuffle, Unflatten } from "./layers/shapes.ts";
export { TransformerDecoderLayer, TransformerEncoderLayer, TransformerLayer } from "./layers/transformer.ts";
export type {
  DecoderInputs,
  EncoderInputs,
  TransformerActivation,
  TransformerLayerOptions,
} from "./layers/transformer.ts";
export { TransformerDecoder, TransformerEncoder, TransformerStack } from "./layers/transformer_stacks.ts";
export type { TransformerStackOptions } from "./layers/transformer_stacks.ts";
export { Upsample } from "./layers/upsample.ts";
export type { UpsampleMode, UpsampleOptions } from "./layers/upsample.ts";
export { Linear } from "./layers/linear.ts";
export type { LinearOptions } from "./layers/linear.ts";
export { GRU, LSTM, Recurrent, RNN } from "./layers/recurrent.ts";
export type {
  LSTMOptions,
  LSTMResult,
  RecurrentOptions,
  RecurrentResult,
  RecurrentState,
  RNNOptions,
} from "./layers/recurrent.ts";
export { GRUCell, LSTMCell, RecurrentCell, RNNCell } from "./layers/recurrent_cells.ts";
export type { RecurrentCellOptions, RNNCellOptions } from "./layers/recurrent_cells.ts";
export type { RecurrentKind } from "./layers/recurrent_steps.ts";
export type { Nonlinearity } from "./layers/recurrent_weights.ts";
export { layer } from "./layer_entry.ts";
export type { ExampleSpec, LayerEntry, LayerExample, LayerInput, LayerOptions } from "./layer_entry.ts";
export { Module } from "./module.ts";
export type { AnyModule, Parameter, StateDict } from "./module.ts";
export type { LayerHook, OnnxOptions } from "./onnx/graph.ts";
export { fromOnnx, Graph } from "./onnx/graph.ts";
export type { OnnxAttribute, OnnxGraph, OnnxNode, OnnxValue } from "./onnx/model.ts";
export type { Binding, Env, Lowered, OnnxOperator, Operands, OperatorTable, Value } from "./onnx/operator.ts";
export { operators } from "./onnx/operators.ts";
export type { ReadOptions } from "./onnx/reader.ts";
export type { External } from "./onnx/tensors.ts";
export { layers } from "./registry.ts";
