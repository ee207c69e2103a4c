/**
 * Checks that the names of a graph fit together.
 *
 * @module
 */
import type { OnnxAttribute, OnnxFunction, OnnxGraph, OnnxNode, OnnxValue } from "./model.ts";
import { printable, refuse } from "./tensors.ts";

/** Longest name: those of exporters are paths of modules. */
const LONGEST = 4096;

/** Names go into messages, and into records by name. */
function checkName(name: string, what: string): void {
  if (name.length > LONGEST) {
    refuse(`a name of ${what} has ${name.length} characters, at most ${LONGEST} are wanted`);
  }
  if (printable(name) !== name) refuse(`a name of ${what} has characters that cannot be shown`);
  if (name === "__proto__") refuse(`${what} is called "__proto__"`);
}

/** Every name is defined once, before it is used. Graphs within nodes see what is known outside, and may cover it. */
export function checkGraph(graph: OnnxGraph, outside: ReadonlySet<string> = new Set()): void {
  const { nodes, inputs, outputs, initializers } = graph;
  checkNames(nodes, inputs, outputs, new Set(initializers.keys()), outside);
}

/** The same for the parts of a graph; `own` are the names of its weights and constants. */
export function checkNames(
  nodes: readonly OnnxNode[],
  inputs: readonly OnnxValue[],
  outputs: readonly OnnxValue[],
  own: Set<string>,
  outside: ReadonlySet<string> = new Set(),
): void {
  for (const name of own) checkName(name, "a weight");
  for (const { name } of inputs) {
    checkName(name, "an input");
    if (own.has(name)) refuse(`it has two inputs "${name}"`);
    own.add(name);
  }
  checkNodes(nodes, own, outside);
  checkOutputs(outputs.map(({ name }) => name), own.union(outside), "its graph");
}

/** The same for the body of a function, which sees nothing but its operands. */
export function checkFunction(body: OnnxFunction): void {
  const own = new Set(body.inputs);
  checkNodes(body.nodes, own, new Set());
  checkOutputs(body.outputs, own, `its function "${body.name}"`);
}

/** Checks nodes in order, and adds what they compute to `own`. */
function checkNodes(nodes: readonly OnnxNode[], own: Set<string>, outside: ReadonlySet<string>): void {
  for (const node of nodes) {
    checkName(node.name, "a node");
    checkName(node.opType, "an operator");
    checkName(node.domain, "a domain");
    const who = `node "${node.name}" (${node.opType})`;
    if (node.opType === "") refuse(`node "${node.name}" has no operator`);
    for (const name of node.inputs) {
      if (name === "" || own.has(name) || outside.has(name)) continue;
      refuse(`${who} uses "${name}", which nothing before it computes`);
    }
    for (const [name, inner] of Object.entries(node.attributes)) {
      checkName(name, "an attribute");
      if (isGraph(inner)) checkGraph(inner, own.union(outside));
    }
    if (node.outputs.length === 0) refuse(`${who} has no outputs`);
    for (const name of node.outputs) {
      if (name === "") continue;
      checkName(name, "a value");
      if (own.has(name)) refuse(`${who} computes "${name}", which exists already`);
      own.add(name);
    }
  }
}

function checkOutputs(names: readonly string[], known: ReadonlySet<string>, where: string): void {
  if (names.length === 0) refuse(`${where} has no outputs`);
  const seen = new Set<string>();
  for (const name of names) {
    if (!known.has(name)) refuse(`nothing computes its output "${name}"`);
    if (seen.has(name)) refuse(`${where} has two outputs "${name}"`);
    seen.add(name);
  }
}

function isGraph(value: OnnxAttribute): value is OnnxGraph {
  return typeof value === "object" && "initializers" in value;
}
