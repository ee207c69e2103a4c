/**
 * From a model's architecture to a program.
 *
 * @module
 */
import { isTensor } from "../../ops/op.ts";
import { UnsupportedOpError } from "../../ops/errors.ts";
import { nodeName, unsupported } from "./attributes.ts";
import { missingOperand } from "./arity.ts";
import { hasClear } from "./clear/evaluate.ts";
import type { OnnxGraph, OnnxNode, OnnxValue } from "./model.ts";
import { layerNames } from "./names.ts";
import {
  type Binding,
  fullName,
  type Lowered,
  operatorFor,
  type OperatorTable,
  type Value,
} from "./operator.ts";
import { Program, type Step } from "./program.ts";
import { graphsOf, readsOf } from "./rewrite/draft.ts";
import { opsetOf, type Skeleton } from "./skeleton.ts";

/** Integers may be structure, which is given in the clear; real numbers are data. */
function mayBePublic({ type }: OnnxValue): boolean {
  return type !== undefined && !/float|double/.test(type);
}

/**
 * Nodes that cannot be computed. Operators that are evaluated in the clear only are supported where no weight and no real-valued
 * input goes into them.
 */
export function unsupportedNodes(skeleton: Skeleton, table: OperatorTable): Set<OnnxNode> {
  const opset = opsetOf(skeleton);
  const missing = new Set<OnnxNode>();
  const secret = new Set([
    ...Object.keys(skeleton.weights),
    ...skeleton.inputs.filter((input) => !mayBePublic(input)).map(({ name }) => name),
  ]);
  const visit = (node: OnnxNode): void => {
    const tainted = !SHAPES.includes(fullName(node)) && readsOf(node).some((read) => secret.has(read));
    if (operatorFor(table, node, opset) === undefined && (tainted || !hasClear(node))) missing.add(node);
    for (const [, graph] of graphsOf(node)) graph.nodes.forEach(visit);
    if (tainted) { for (const output of node.outputs) secret.add(output); }
  };
  skeleton.nodes.forEach(visit);
  return missing;
}

/** The newest version of the standard operator set of which it is known what it means. */
const NEWEST = 25;

/** Most names in a message. */
const MOST_NAMES = 200;

/**
 * Refuses a model of an unknown version of the operator set, and one in which known operators lack operands.
 *
 * @throws {UnsupportedOpError | RangeError} says what is wrong.
 */
export function checkForm(skeleton: Skeleton, table: OperatorTable): void {
  const opset = opsetOf(skeleton);
  if (opset > NEWEST) {
    throw new UnsupportedOpError(
      `Cannot load the model: it is of version ${opset} of the operator set, versions up to ${NEWEST} are supported`,
    );
  }
  const visit = (node: OnnxNode): void => {
    const known = operatorFor(table, node, opset) !== undefined || hasClear(node);
    const at = known ? missingOperand(node) : undefined;
    if (at !== undefined) {
      throw new RangeError(`Cannot compute ${nodeName({ node })}: operand ${at} is missing`);
    }
    for (const [, graph] of graphsOf(node)) graph.nodes.forEach(visit);
  };
  skeleton.nodes.forEach(visit);
}

/** Refuses a model before anything is shared: all unsupported operators at once. */
export function checkSupported(skeleton: Skeleton, table: OperatorTable): void {
  checkForm(skeleton, table);
  const missing = [...new Set([...unsupportedNodes(skeleton, table)].map(fullName))].sort();
  if (missing.length > 0) {
    const more = missing.length > MOST_NAMES ? ` and ${missing.length - MOST_NAMES} more` : "";
    throw new UnsupportedOpError(
      `Cannot load the model: unsupported operators ${
        missing.slice(0, MOST_NAMES).join(", ")
      }${more} (opset ${opsetOf(skeleton)})`,
    );
  }
}

/** Operators of which the result follows from shapes. */
const SHAPES: readonly string[] = ["Shape", "Size"];

/** An operator that is evaluated in the clear only. */
function clearOnly(node: OnnxNode): Lowered {
  return { run: () => unsupported({ node }, "an operand is secret") };
}

/** Builds the program of a model, with its weights. */
export function buildProgram(
  skeleton: Skeleton,
  weights: ReadonlyMap<string, Value>,
  table: OperatorTable,
): Program {
  const opset = opsetOf(skeleton);
  const fixed = new Map<string, Value>([...Object.entries(skeleton.constants), ...weights]);

  function bind(node: OnnxNode): Binding {
    const valueOf = (index: number): Value | undefined => fixed.get(node.inputs[index] ?? "");
    return {
      node,
      opset: node.opset ?? opset,
      weight: valueOf,
      constant(index) {
        const value = valueOf(index);
        return isTensor(value) ? undefined : value;
      },
    };
  }

  function build(
    graph: Pick<OnnxGraph, "nodes" | "inputs" | "outputs">,
    own: ReadonlyMap<string, Value>,
  ): Program {
    const names = layerNames(graph.nodes);
    const lastUse = new Map<string, number>();
    graph.nodes.forEach((node, i) => readsOf(node).forEach((name) => lastUse.set(name, i)));
    const kept = new Set(graph.outputs.map(({ name }) => name));
    const made = new Map(
      graph.nodes.flatMap((node, i) => node.outputs.map((name): [string, number] => [name, i])),
    );
    const dead: string[][] = graph.nodes.map(() => []);
    for (const [name, at] of made) {
      if (name !== "" && !kept.has(name)) dead[lastUse.get(name) ?? at]!.push(name);
    }
    const steps = graph.nodes.map((node, i): Step => ({
      name: names[i]!,
      node,
      opset: node.opset ?? opset,
      lowered: operatorFor(table, node, opset)?.lower(bind(node)) ?? clearOnly(node),
      graphs: Object.fromEntries(graphsOf(node).map(([name, inner]) => [name, build(inner, new Map())])),
      dead: dead[i]!,
    }));
    return new Program(graph, steps, own);
  }

  return build(skeleton, fixed);
}
