/**
 * Rewriting of a model by its owner, before anyone else sees its architecture: what is constant is computed, so that no weight
 * stays where architecture is announced.
 *
 * @module
 */
import { Tensor } from "../../ops/plaintext.ts";
import type { OnnxAttribute, OnnxGraph, OnnxNode } from "./model.ts";

/** Nodes and initializers of a graph. */
export interface Rewritten {
  /** Operations. */
  readonly nodes: readonly OnnxNode[];
  /** Weights and constants. */
  readonly initializers: ReadonlyMap<string, Tensor>;
}

/** Constants become initializers, and batch norms by known statistics a factor and a summand for each channel. */
export function rewrite(graph: OnnxGraph): Rewritten {
  const initializers = new Map(graph.initializers);
  const nodes: OnnxNode[] = [];
  for (const node of graph.nodes) {
    const value = node.domain === "" && node.opType === "Constant" ? constantOf(node) : undefined;
    if (value !== undefined) {
      initializers.set(node.outputs[0]!, value);
      continue;
    }
    nodes.push(normOf(node, initializers) ?? node);
  }
  return { nodes, initializers };
}

/** The value of a Constant node; undefined for texts and sparse tensors. */
function constantOf(node: OnnxNode): Tensor | undefined {
  const { value, value_float, value_floats, value_int, value_ints } = node.attributes;
  if (value instanceof Tensor) return value;
  const numbers = (x: OnnxAttribute | undefined): x is number | readonly number[] =>
    typeof x === "number" || (Array.isArray(x) && x.every((n) => typeof n === "number"));
  for (
    const [x, dtype] of [[value_float ?? value_floats, "float64"], [
      value_int ?? value_ints,
      "int64",
    ]] as const
  ) {
    if (!numbers(x)) continue;
    const list = typeof x === "number" ? [x] : x;
    const shape = typeof x === "number" ? [] : [list.length];
    return new Tensor(shape, dtype === "int64" ? BigInt64Array.from(list, BigInt) : Float64Array.from(list));
  }
  return undefined;
}

/** (x - mean)/sqrt(variance + eps)·weight + bias as x·factor + summand, which are computed in the clear by the owner. */
function normOf(node: OnnxNode, initializers: Map<string, Tensor>): OnnxNode | undefined {
  if (node.domain !== "" || node.opType !== "BatchNormalization") return undefined;
  const known = node.inputs.slice(1, 5).map((name) => initializers.get(name));
  const training = node.attributes["training_mode"] ?? 0;
  if (known.length < 4 || known.some((t) => t === undefined) || training !== 0) return undefined;
  const [weight, bias, mean, variance] = known.map((t) =>
    Array.from<number | bigint, number>(t!.data, Number)
  );
  const eps = typeof node.attributes["epsilon"] === "number" ? node.attributes["epsilon"] : 1e-5;
  const factor = weight!.map((w, i) => w / Math.sqrt(variance![i]! + eps));
  const summand = bias!.map((b, i) => b - mean![i]! * factor[i]!);
  const [a, b] = ["factor", "summand"].map((part) => `${node.outputs[0]} ${part}`);
  initializers.set(a!, new Tensor([factor.length], Float64Array.from(factor)));
  initializers.set(b!, new Tensor([summand.length], Float64Array.from(summand)));
  return {
    ...node,
    domain: "tacit",
    opType: "ScaleShift",
    inputs: [node.inputs[0]!, a!, b!],
    outputs: node.outputs.slice(0, 1),
    attributes: {},
  };
}
