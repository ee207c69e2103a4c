/**
 * Encrypted neural networks.
 *
 * @module
 */
export { Bias, Flatten, Linear, ReLU, Sequential } from "./layers/basic.ts";
export { Conv, ScaleShift, Stateless } from "./layers/conv.ts";
export type { ConvOptions } from "./layers/conv.ts";
export { Module } from "./module.ts";
export type { LayerHook, OnnxOptions } from "./onnx/graph.ts";
export { fromOnnx, Graph } from "./onnx/graph.ts";
export type { OnnxAttribute, OnnxGraph, OnnxNode, OnnxValue } from "./onnx/model.ts";
export type { Binding, Lowered, OnnxOperator, OperatorTable } from "./onnx/operators.ts";
export { operators } from "./onnx/operators.ts";
export type { ReadOptions } from "./onnx/reader.ts";
export type { External } from "./onnx/tensors.ts";
