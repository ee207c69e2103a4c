/**
 * Operators that a model defines itself become what they are made of.
 *
 * @module
 */
import type { OnnxAttribute, OnnxFunction, OnnxNode } from "../model.ts";
import { isGraph, type Pass } from "./draft.ts";

/** Functions within functions, at most: what calls itself has no end. */
const MOST_DEPTH = 64;

/** Most nodes that functions may become. */
const MOST_NODES = 1 << 16;

/** Expands all calls of a model's own operators. @throws {RangeError} on those that call themselves. */
export function expandFunctions(functions: readonly OnnxFunction[]): Pass {
  const bodies = new Map(functions.map((body) => [`${body.domain}.${body.name}`, body]));
  let made = 0;

  function expand(node: OnnxNode, depth: number): OnnxNode[] {
    const body = bodies.get(`${node.domain}.${node.opType}`);
    if (body === undefined) return [{ ...node, attributes: expandGraphs(node.attributes, depth) }];
    made += body.nodes.length;
    if (depth > MOST_DEPTH || made > MOST_NODES) {
      throw new RangeError(
        `Cannot load the model: its function "${body.name}" calls itself, or too many others`,
      );
    }
    // Values have one name each, so what a call computes makes the names within it unique; that of a node need not be.
    const path = node.outputs.find((name) => name !== "") ?? `${body.name} ${made}`;
    const called = node.name === "" ? path : node.name;
    const names = new Map<string, string>([
      ...body.inputs.map((name, i): [string, string] => [name, node.inputs[i] ?? ""]),
      ...body.outputs.map((name, i): [string, string] => [name, node.outputs[i] || `${path}/${name}`]),
    ]);
    const rename = (name: string): string => name === "" ? "" : names.get(name) ?? `${path}/${name}`;
    const inner = body.nodes.map((part) => {
      const { references = {}, ...rest } = part;
      const attributes: Record<string, OnnxAttribute> = { ...renameGraphs(rest.attributes, rename) };
      for (const [name, from] of Object.entries(references)) {
        const value = node.attributes[from];
        if (value !== undefined) attributes[name] = value;
      }
      return {
        ...rest,
        name: `${called}/${part.name === "" ? part.opType : part.name}`,
        inputs: part.inputs.map(rename),
        outputs: part.outputs.map(rename),
        attributes,
        opset: body.opsets[""] ?? node.opset,
      };
    });
    return inner.flatMap((part) => expand(part, depth + 1));
  }

  function expandGraphs(attributes: OnnxNode["attributes"], depth: number): OnnxNode["attributes"] {
    return Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [
        name,
        isGraph(value) ? { ...value, nodes: value.nodes.flatMap((node) => expand(node, depth)) } : value,
      ]),
    );
  }

  return (draft) => ({ ...draft, nodes: draft.nodes.flatMap((node) => expand(node, 0)) });
}

/** Graphs within a node read names from outside, which are called otherwise now. */
function renameGraphs(
  attributes: OnnxNode["attributes"],
  rename: (name: string) => string,
): OnnxNode["attributes"] {
  return Object.fromEntries(
    Object.entries(attributes).map(([key, value]) => {
      if (!isGraph(value)) return [key, value];
      const own = new Set([
        ...value.inputs.map(({ name }) => name),
        ...value.initializers.keys(),
        ...value.nodes.flatMap((node) => node.outputs),
      ]);
      const outer = (name: string): string => own.has(name) ? name : rename(name);
      const nodes = value.nodes.map((node) => ({
        ...node,
        inputs: node.inputs.map(outer),
        attributes: renameGraphs(node.attributes, outer),
      }));
      return [key, { ...value, nodes, outputs: value.outputs.map((v) => ({ ...v, name: outer(v.name) })) }];
    }),
  );
}
