/**
 * What an ONNX operator is: how a node is built when a model is loaded, and computed at every inference.
 *
 * Values between nodes are secret ({@link CrypTensor}) or public ({@link Tensor}: shapes, integers that are structure, what follows
 * from them). A node whose operands are all public is evaluated in the clear, if it can be; an operator sees a secret operand at least.
 * Integers and booleans have no fraction bits, secret ones too.
 *
 * @module
 */
import type { Tensor } from "../../ops/plaintext.ts";
import type { CrypTensor } from "../../ops/tensor.ts";
import type { AnyModule, Module } from "../module.ts";
import type { OnnxNode } from "./model.ts";

/** A value between nodes. */
export type Value = CrypTensor | Tensor;

/** The operands of a node, in its order; undefined where one is absent. */
export type Operands = readonly (Value | undefined)[];

/** What a node is built from. */
export interface Binding {
  /** The node. */
  readonly node: OnnxNode;
  /** Version of the operator set that it means. */
  readonly opset: number;
  /** A weight among its operands: known to its owner when the model is loaded, secret unless the whole model is public. */
  weight(index: number): Value | undefined;
  /** A public constant among its operands. */
  constant(index: number): Tensor | undefined;
}

/** What a node is computed in. */
export interface Env {
  /** A value as an encrypted one; a public one hides nothing thereby. */
  secret(value: Value): CrypTensor;
  /** Results of a graph that is an attribute of the node. */
  graph(attribute: string, inputs: readonly Value[]): Value[];
  /** First side of the model's inputs, as the file declares it and as it is; undefined when they have none in common. */
  readonly batch: { readonly declared: number; readonly actual: number } | undefined;
}

/** How a node is computed. */
export interface Lowered {
  /** Its layer, if it has weights of its own or a name that users know. */
  readonly layer?: AnyModule | undefined;
  /** Its options as they are shown, if it is no layer. */
  readonly summary?: string | undefined;
  /** Its result, or all of its results in order. What is made on the way is freed. */
  run(operands: Operands, env: Env): Value | readonly Value[];
}

/** One version of an operator. */
export interface OnnxOperator {
  /** The first version of the operator set that has it in this form. */
  readonly since: number;
  /** Operands of which real constants are architecture, and public: bounds, exponents, ratios. */
  readonly structural?: readonly number[] | undefined;
  /** Operands of which integer constants are weights, and secret: quantised ones. */
  readonly weights?: readonly number[] | undefined;
  /** Builds a node; throws a RangeError on forms that are not supported. */
  lower(b: Binding): Lowered;
}

/** Operators by name, with their domain in front if it is not the standard one: their versions, oldest first. */
export type OperatorTable = Readonly<Record<string, readonly OnnxOperator[]>>;

/** An operator's name in tables and messages. */
export function fullName(node: OnnxNode): string {
  return node.domain === "" || node.domain === "ai.onnx" ? node.opType : `${node.domain}.${node.opType}`;
}

/** The version of an operator that a model means: the newest that is not newer than its operator set. */
export function operatorFor(table: OperatorTable, node: OnnxNode, opset: number): OnnxOperator | undefined {
  const name = fullName(node);
  if (!Object.hasOwn(table, name)) return undefined;
  // Other domains count their versions for themselves.
  const version = name === node.opType ? node.opset ?? opset : Infinity;
  return table[name]!.findLast(({ since }) => since <= version);
}

/** A node that is a layer of its first operand, or of another one. */
export function asLayer(layer: Module, operand = 0): Lowered {
  return { layer, run: (operands, env) => layer.forward(env.secret(operands[operand]!)) };
}

/** A node that is a function of its first operand. */
export function asFunction(f: (x: CrypTensor) => CrypTensor, summary?: string): Lowered {
  return { summary, run: ([x], env) => f(env.secret(x!)) };
}
