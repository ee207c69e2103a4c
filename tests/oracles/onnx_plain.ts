/**
 * ONNX models in double precision, by straight loops: what encrypted models are compared with.
 *
 * @module
 */
import type { OnnxModel, OnnxNode } from "../../nn/onnx/model.ts";
import { Tensor } from "../../ops/plaintext.ts";
import { broadcast, positions, sizeOf } from "./tensors.ts";
import { averagePool, conv, maxPool } from "./windows_plain.ts";

/** Computes a node from its operands; absent ones are undefined. */
type Rule = (node: OnnxNode, operands: readonly (Tensor | undefined)[]) => Tensor;

const number = (node: OnnxNode, name: string, otherwise: number): number =>
  (node.attributes[name] ?? otherwise) as number;

/** Floats in double precision; integers and booleans as they are. */
function widened(x: Tensor): Tensor {
  return x.dtype === "float32" ? new Tensor(x.shape, Float64Array.from(x.data as Float32Array)) : x;
}

const integers = (x: Tensor): number[] => Array.from<number | bigint, number>(x.data, Number);

function map(x: Tensor, f: (value: number) => number): Tensor {
  return new Tensor(x.shape, Float64Array.from<number | bigint>(x.data, (value) => f(Number(value))));
}

/** Position of an element in row-major order; sides of 1 repeat, and extra leading positions are ignored. */
function offset(shape: readonly number[], index: readonly number[]): number {
  const own = index.slice(index.length - shape.length);
  return shape.reduce((flat, side, axis) => flat * side + (side === 1 ? 0 : own[axis]!), 0);
}

function add(x: Tensor, y: Tensor): Tensor {
  const shape = broadcast(x.shape, y.shape);
  const sum = (index: readonly number[]): number =>
    Number(x.data[offset(x.shape, index)]) + Number(y.data[offset(y.shape, index)]);
  return new Tensor(shape, Float64Array.from(positions(shape), sum));
}

/** Products of stacks of matrices; vectors are rows on the left and columns on the right. */
function matmul(x: Tensor, y: Tensor): Tensor {
  const left = x.ndim === 1 ? [1, ...x.shape] : x.shape;
  const right = y.ndim === 1 ? [...y.shape, 1] : y.shape;
  const [rows, depth, columns] = [left.at(-2)!, left.at(-1)!, right.at(-1)!];
  if (right.at(-2) !== depth) throw new RangeError(`MatMul: [${x.shape}] by [${y.shape}]`);
  const batch = broadcast(left.slice(0, -2), right.slice(0, -2));
  const out: number[] = [];
  for (const index of positions(batch)) {
    const a = offset(left.slice(0, -2), index) * rows * depth;
    const b = offset(right.slice(0, -2), index) * depth * columns;
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        let sum = 0;
        for (let k = 0; k < depth; k++) {
          sum += Number(x.data[a + i * depth + k]) * Number(y.data[b + k * columns + j]);
        }
        out.push(sum);
      }
    }
  }
  const shape = [...batch, ...(x.ndim === 1 ? [] : [rows]), ...(y.ndim === 1 ? [] : [columns])];
  return new Tensor(shape, Float64Array.from(out));
}

function transposed(x: Tensor): Tensor {
  const [rows, columns] = x.shape as [number, number];
  const out = Array.from(positions([columns, rows]), ([j, i]) => x.at(i!, j!));
  return new Tensor([columns, rows], Float64Array.from(out));
}

/** alpha·A'·B' + beta·C. */
function gemm(node: OnnxNode, a: Tensor, b: Tensor, c: Tensor | undefined): Tensor {
  const left = number(node, "transA", 0) ? transposed(a) : a;
  const right = number(node, "transB", 0) ? transposed(b) : b;
  const product = map(matmul(left, right), (value) => number(node, "alpha", 1) * value);
  return c === undefined ? product : add(product, map(c, (value) => number(node, "beta", 1) * value));
}

function batchNorm(node: OnnxNode, operands: readonly (Tensor | undefined)[]): Tensor {
  if (number(node, "training_mode", 0)) throw new RangeError("BatchNormalization: training is not evaluated");
  const [x, scale, bias, mean, variance] = operands as readonly Tensor[];
  const epsilon = number(node, "epsilon", 1e-5);
  const inner = sizeOf(x!.shape.slice(2));
  return new Tensor(
    x!.shape,
    Float64Array.from({ length: x!.size }, (_, i) => {
      const channel = Math.floor(i / inner) % x!.shape[1]!;
      const centred = Number(x!.data[i]) - mean!.at(channel);
      return centred / Math.sqrt(variance!.at(channel) + epsilon) * scale!.at(channel) + bias!.at(channel);
    }),
  );
}

function reshape(node: OnnxNode, x: Tensor, wanted: Tensor): Tensor {
  if (number(node, "allowzero", 0)) throw new RangeError("Reshape: allowzero is not evaluated");
  const sides = integers(wanted).map((side, axis) => side === 0 ? x.shape[axis]! : side);
  const rest = sizeOf(sides.filter((side) => side !== -1));
  return new Tensor(sides.map((side) => side === -1 ? x.size / rest : side), x.data);
}

function flatten(node: OnnxNode, x: Tensor): Tensor {
  const axis = number(node, "axis", 1);
  const at = axis < 0 ? axis + x.ndim : axis;
  return new Tensor([sizeOf(x.shape.slice(0, at)), sizeOf(x.shape.slice(at))], x.data);
}

/** Before version 11 of the operator set the pads are attributes, since then operands; since 18 they may name axes. */
function pad(node: OnnxNode, operands: readonly (Tensor | undefined)[]): Tensor {
  const mode = node.attributes["mode"] ?? "constant";
  if (mode !== "constant") throw new RangeError(`Pad: mode ${mode} is not evaluated`);
  const [x, given, filler, named] = operands;
  const pads = given === undefined ? node.attributes["pads"] as readonly number[] : integers(given);
  const value = filler === undefined ? number(node, "value", 0) : Number(filler.data[0]);
  const axes = named === undefined
    ? x!.shape.map((_, axis) => axis)
    : integers(named).map((axis) => axis < 0 ? axis + x!.ndim : axis);
  const before = x!.shape.map(() => 0);
  const shape = [...x!.shape];
  axes.forEach((axis, i) => {
    before[axis] = pads[i]!;
    shape[axis]! += pads[i]! + pads[axes.length + i]!;
  });
  const element = (index: readonly number[]): number => {
    const from = index.map((i, axis) => i - before[axis]!);
    return from.every((i, axis) => i >= 0 && i < x!.shape[axis]!) ? x!.at(...from) : value;
  };
  return new Tensor(shape, Float64Array.from(positions(shape), element));
}

function constant(node: OnnxNode): Tensor {
  const { value, value_float, value_floats, value_int, value_ints } = node.attributes;
  if (value instanceof Tensor) return widened(value);
  const floats = value_float ?? value_floats;
  if (floats !== undefined) return Tensor.from(floats as number);
  const ints = value_int ?? value_ints;
  if (typeof ints === "number") return Tensor.from(BigInt(ints));
  if (Array.isArray(ints)) return Tensor.from(BigInt64Array.from(ints as number[], BigInt));
  throw new RangeError("Constant: a number or a tensor is wanted");
}

const RULES: Readonly<Record<string, Rule>> = {
  Add: (_, [x, y]) => add(x!, y!),
  AveragePool: (node, [x]) => averagePool(node, x!),
  BatchNormalization: batchNorm,
  Constant: constant,
  Conv: (node, [x, w, b]) => conv(node, x!, w!, b),
  Flatten: (node, [x]) => flatten(node, x!),
  Gemm: (node, [a, b, c]) => gemm(node, a!, b!, c),
  MatMul: (_, [x, y]) => matmul(x!, y!),
  MaxPool: (node, [x]) => maxPool(node, x!),
  Pad: pad,
  Relu: (_, [x]) => map(x!, (value) => Math.max(value, 0)),
  Reshape: (node, [x, shape]) => reshape(node, x!, shape!),
  Sigmoid: (_, [x]) => map(x!, (value) => 1 / (1 + Math.exp(-value))),
};

/**
 * All outputs by name, from all inputs by name.
 *
 * @throws {RangeError} on operators and forms of them that it does not know.
 */
export function evaluate(model: OnnxModel, inputs: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  const { graph } = model;
  const values = new Map(
    [...Object.entries(inputs), ...graph.initializers].map(([name, x]) => [name, widened(x)]),
  );
  for (const node of graph.nodes) {
    const rule = node.domain === "" && Object.hasOwn(RULES, node.opType) ? RULES[node.opType] : undefined;
    if (rule === undefined) throw new RangeError(`${node.opType} is not evaluated`);
    values.set(node.outputs[0]!, rule(node, node.inputs.map((name) => values.get(name))));
  }
  return Object.fromEntries(graph.outputs.map(({ name }) => [name, values.get(name)!]));
}
