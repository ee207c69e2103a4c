/**
 * Encrypted neural networks.
 *
 * @module
 */
export { Bias, Flatten, Linear, ReLU, Sequential } from "./layers/basic.ts";
export { Module } from "./module.ts";
export type { LayerHook, OnnxOptions } from "./onnx/graph.ts";
export { fromOnnx, Graph } from "./onnx/graph.ts";
