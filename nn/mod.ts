/**
 * Encrypted neural networks.
 *
 * @module
 */
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
export { Linear } from "./layers/linear.ts";
export type { LinearOptions } from "./layers/linear.ts";
export { GRU, LSTM, RNN } from "./layers/recurrent.ts";
export type {
  LSTMOptions,
  LSTMResult,
  RecurrentOptions,
  RecurrentResult,
  RecurrentState,
  RNNOptions,
} from "./layers/recurrent.ts";
export { GRUCell, LSTMCell, RNNCell } from "./layers/recurrent_cells.ts";
export type { RecurrentCellOptions, RNNCellOptions } from "./layers/recurrent_cells.ts";
export { Module } from "./module.ts";
export type { AnyModule, Parameter, StateDict } from "./module.ts";
export type { LayerHook, OnnxOptions } from "./onnx/graph.ts";
export { fromOnnx, Graph } from "./onnx/graph.ts";
export type { OnnxAttribute, OnnxGraph, OnnxNode, OnnxValue } from "./onnx/model.ts";
export type { Binding, Env, Lowered, OnnxOperator, Operands, OperatorTable, Value } from "./onnx/operator.ts";
export { operators } from "./onnx/operators.ts";
export type { ReadOptions } from "./onnx/reader.ts";
export type { External } from "./onnx/tensors.ts";
