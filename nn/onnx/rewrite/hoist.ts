/**
 * Every constant becomes a named value of the model: those of Constant nodes, of graphs within nodes, and weights that are
 * attributes. Nothing that is a weight stays where architecture is announced.
 *
 * @module
 */
import { Tensor } from "../../../ops/plaintext.ts";
import { evaluateClear } from "../clear/evaluate.ts";
import { entry } from "../entry.ts";
import type { OnnxAttribute, OnnxGraph, OnnxNode } from "../model.ts";
import { fullName } from "../operator.ts";
import { isGraph, isReal, type Known, type Pass } from "./draft.ts";

/** Attributes that are weights, by operator: they become operands behind the others, in this order. */
const WEIGHTS: Readonly<Record<string, readonly string[]>> = {
  "ai.onnx.ml.LinearClassifier": ["coefficients", "intercepts"],
  "ai.onnx.ml.LinearRegressor": ["coefficients", "intercepts"],
  "ai.onnx.ml.Scaler": ["offset", "scale"],
};

/** A single number of a Constant node is written into the architecture; longer ones are weights, if they are real. */
function constant(node: OnnxNode, opset: number): Known | undefined {
  const [tensor] = evaluateClear(node, [], node.opset ?? opset) ?? [];
  return tensor && { tensor, public: !isReal(tensor) || tensor.size <= 1 };
}

/** Moves constants out of nodes. */
export const hoist: Pass = (draft) => {
  const known = new Map(draft.known);

  /** Nodes without what is hoisted from them; `rename` says how names of the graph that they are in are called now. */
  function visit(nodes: readonly OnnxNode[], path: string, rename: (name: string) => string): OnnxNode[] {
    return nodes.flatMap((node) => {
      const outputs = node.outputs.map(rename);
      const value = fullName(node) === "Constant" ? constant(node, draft.opset) : undefined;
      if (value !== undefined) {
        known.set(outputs[0]!, value);
        return [];
      }
      const inputs = node.inputs.map(rename);
      const attributes: Record<string, OnnxAttribute> = { ...node.attributes };
      for (const name of entry(WEIGHTS, fullName(node)) ?? []) {
        const list = attributes[name];
        inputs.push(list === undefined ? "" : `${outputs[0]} ${name}`);
        if (!Array.isArray(list)) continue;
        const tensor = new Tensor([list.length], Float64Array.from(list as readonly number[]));
        known.set(inputs.at(-1)!, { tensor, public: false });
        delete attributes[name];
      }
      for (const [name, graph] of Object.entries(attributes)) {
        if (isGraph(graph)) attributes[name] = inner(graph, `${path}${outputs[0]}/${name}/`, rename);
      }
      return [{ ...node, inputs, outputs, attributes }];
    });
  }

  /** A graph within a node: its own names are made unique, so that none lies over another. */
  function inner(graph: OnnxGraph, path: string, outside: (name: string) => string): OnnxGraph {
    const own = new Set([
      ...graph.inputs.map(({ name }) => name),
      ...graph.initializers.keys(),
      ...graph.nodes.flatMap((node) => node.outputs),
    ]);
    const rename = (name: string): string =>
      name === "" ? "" : own.has(name) ? `${path}${name}` : outside(name);
    for (const [name, tensor] of graph.initializers) {
      known.set(rename(name), { tensor, public: !isReal(tensor) });
    }
    const called = <T extends { readonly name: string }>(v: T): T => ({ ...v, name: rename(v.name) });
    return {
      ...graph,
      initializers: new Map(),
      nodes: visit(graph.nodes, path, rename),
      inputs: graph.inputs.filter(({ name }) => !graph.initializers.has(name)).map(called),
      outputs: graph.outputs.map(called),
    };
  }

  const nodes = visit(draft.nodes, "", (name) => name);
  const inputs = draft.inputs.filter(({ name }) => !known.has(name));
  return { ...draft, nodes, known, inputs };
};
