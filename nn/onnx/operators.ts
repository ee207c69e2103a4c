/**
 * The ONNX operators, one record per operator and version. The table is a plain record: spread it to add to it.
 *
 * @module
 */
import type { Tensor } from "../../ops/plaintext.ts";
import type { CrypTensor } from "../../ops/tensor.ts";
import { Bias, Flatten, Linear, ReLU } from "../layers/basic.ts";
import type { Module } from "../module.ts";
import { elementOperators } from "./element_operators.ts";
import type { OnnxNode } from "./model.ts";
import { shapeOperators } from "./shape_operators.ts";
import { windowOperators } from "./window_operators.ts";

/** What a node is built from. */
export interface Binding {
  /** The node. */
  readonly node: OnnxNode;
  /** A secret weight among its operands; undefined when that operand is computed, constant or absent. */
  weight(index: number): CrypTensor | undefined;
  /** An integer constant among its operands. */
  constant(index: number): Tensor | undefined;
  /** A number attribute. */
  number(name: string, otherwise: number): number;
}

/** How a node is computed: a layer of one computed operand, or a function of several. */
export type Lowered =
  | { readonly layer: Module; readonly operand: number }
  | { readonly combine: (operands: readonly CrypTensor[]) => CrypTensor };

/** One version of an operator. */
export interface OnnxOperator {
  /** The first version of the operator set that has it in this form. */
  readonly since: number;
  /** Builds a node; throws a RangeError on forms that are not supported. */
  lower(b: Binding): Lowered;
}

/** Operators by name, with their domain in front if it is not the standard one: their versions, oldest first. */
export type OperatorTable = Readonly<Record<string, readonly OnnxOperator[]>>;

/** alpha·A'·B' + beta·C, with B (and C) secret weights. */
function gemm(b: Binding): Lowered {
  const weight = b.weight(1);
  if (weight === undefined || b.weight(0) !== undefined) {
    throw new RangeError(`Gemm "${b.node.name}" multiplies by a value that is computed, a weight is wanted`);
  }
  if (b.number("transA", 0) !== 0) {
    throw new RangeError(`Gemm "${b.node.name}" has transA, which is unsupported`);
  }
  const scale = (t: CrypTensor, factor: number): CrypTensor => factor === 1 ? t : t.mul(factor).rescale();
  const turned = b.number("transB", 0) !== 0 ? weight.t() : weight;
  const bias = b.weight(2);
  return {
    layer: new Linear(scale(turned, b.number("alpha", 1)), bias && scale(bias, b.number("beta", 1))),
    operand: 0,
  };
}

function matmul(b: Binding): Lowered {
  const weight = b.weight(1);
  if (weight?.ndim === 2) return { layer: new Linear(weight), operand: 0 };
  const left = b.weight(0);
  if (left !== undefined) return { combine: ([x]) => left.matmul(x!) };
  if (weight !== undefined) return { combine: ([x]) => x!.matmul(weight) };
  return { combine: ([x, y]) => x!.matmul(y!) };
}

function add(b: Binding): Lowered {
  for (const index of [0, 1]) {
    const weight = b.weight(index);
    if (weight !== undefined) return { layer: new Bias(weight), operand: 1 - index };
    const constant = b.constant(index);
    if (constant !== undefined) return { combine: ([x]) => x!.add(constant) };
  }
  return { combine: ([x, y]) => x!.add(y!) };
}

/** The operators of the default domain. */
export const operators: OperatorTable = {
  ...elementOperators,
  ...shapeOperators,
  ...windowOperators,
  Add: [{ since: 1, lower: add }],
  Flatten: [{ since: 1, lower: (b) => ({ layer: new Flatten(b.number("axis", 1)), operand: 0 }) }],
  Gemm: [{ since: 1, lower: gemm }],
  MatMul: [{ since: 1, lower: matmul }],
  Relu: [{ since: 1, lower: () => ({ layer: new ReLU(), operand: 0 }) }],
};

/** The version of an operator that a model means: the newest that is not newer than its operator set. */
export function operatorFor(table: OperatorTable, node: OnnxNode, opset: number): OnnxOperator | undefined {
  const name = node.domain === "" ? node.opType : `${node.domain}.${node.opType}`;
  if (!Object.hasOwn(table, name)) return undefined;
  return table[name]!.findLast((version) => version.since <= (node.domain === "" ? opset : Infinity));
}
