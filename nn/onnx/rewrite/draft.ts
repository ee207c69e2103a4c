/**
 * A model while its owner rewrites it.
 *
 * @module
 */
import type { Tensor } from "../../../ops/plaintext.ts";
import type { OnnxAttribute, OnnxGraph, OnnxModel, OnnxNode, OnnxValue } from "../model.ts";

/** A value that does not depend on the inputs. */
export interface Known {
  /** The value. */
  readonly tensor: Tensor;
  /** Whether it is architecture, which the others may know, and no weight. */
  readonly public: boolean;
}

/** A model's parts. */
export interface Draft {
  /** Version of the standard operator set. */
  readonly opset: number;
  /** Operations, in order. */
  readonly nodes: readonly OnnxNode[];
  /** Weights and constants. */
  readonly known: ReadonlyMap<string, Known>;
  /** What must be fed. */
  readonly inputs: readonly OnnxValue[];
  /** What is computed. */
  readonly outputs: readonly OnnxValue[];
}

/** One step of rewriting. */
export type Pass = (draft: Draft) => Draft;

/** Whether an attribute is a graph. */
export function isGraph(value: OnnxAttribute): value is OnnxGraph {
  return typeof value === "object" && "initializers" in value;
}

/** The graphs among a node's attributes. */
export function graphsOf(node: OnnxNode): [string, OnnxGraph][] {
  return Object.entries(node.attributes).filter((entry): entry is [string, OnnxGraph] => isGraph(entry[1]));
}

/** Names that a node reads, those that graphs within it read from outside included. */
export function readsOf(node: OnnxNode): string[] {
  const inner = graphsOf(node).flatMap(([, graph]) => [
    ...graph.nodes.flatMap(readsOf),
    ...graph.outputs.map(({ name }) => name),
  ]);
  return [...node.inputs, ...inner].filter((name) => name !== "");
}

/** How often each name is read, by nodes and as an output. */
export function usesOf(draft: Draft): Map<string, number> {
  const uses = new Map<string, number>();
  const reads = [...draft.nodes.flatMap(readsOf), ...draft.outputs.map(({ name }) => name)];
  for (const name of reads) uses.set(name, (uses.get(name) ?? 0) + 1);
  return uses;
}

/** Whether a tensor holds real numbers. */
export function isReal(tensor: Tensor): boolean {
  return tensor.dtype === "float32" || tensor.dtype === "float64";
}

/** A model as it was read: real numbers are weights, integers are architecture. Inputs that have a value are no inputs. */
export function draftOf(model: OnnxModel): Draft {
  const { nodes, inputs, outputs, initializers } = model.graph;
  const known = new Map(
    [...initializers].map(([name, tensor]) => [name, { tensor, public: !isReal(tensor) }]),
  );
  return { opset: model.opsets[""] ?? model.opsets["ai.onnx"] ?? 1, nodes, known, inputs, outputs };
}
