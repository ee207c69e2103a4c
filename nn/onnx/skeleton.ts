/**
 * A model without its weights: what the owner tells the others. Architecture, shapes and constants that are structure are public,
 * weights are not in it.
 *
 * @module
 */
import { ProtocolError } from "../../comm/errors.ts";
import { Tensor } from "../../ops/plaintext.ts";
import { checkShape } from "../../ring/shape.ts";
import { checkNames } from "./check.ts";
import type { OnnxModel, OnnxNode, OnnxValue } from "./model.ts";
import { operatorFor, type OperatorTable } from "./operator.ts";
import { type Draft, graphsOf, isReal, type Known, type Pass } from "./rewrite/draft.ts";
import { rewrite } from "./rewrite/rewrite.ts";
import * as wire from "./wire.ts";

/** A model without its weights. */
export interface Skeleton {
  /** Versions of the operator sets. */
  readonly opsets: Readonly<Record<string, number>>;
  /** Operations. */
  readonly nodes: readonly OnnxNode[];
  /** Shape of each secret weight, by name. */
  readonly weights: Readonly<Record<string, readonly number[]>>;
  /** Constants that everyone knows, by name. */
  readonly constants: Readonly<Record<string, Tensor>>;
  /** What must be fed. */
  readonly inputs: readonly OnnxValue[];
  /** What is computed. */
  readonly outputs: readonly OnnxValue[];
}

/** How a model is taken apart. */
export interface SplitOptions {
  /** Operators. */
  readonly operators: OperatorTable;
  /** How it is rewritten. */
  readonly passes: readonly Pass[];
  /** Whether the weights are public too. */
  readonly open: boolean;
}

/** Beyond this, numbers of a model stand for infinity: masks, and the ends of ranges. */
const INFINITE = 2 ** 30;

/** Real numbers that fixed point has; what stands for infinity becomes a number that is as good. */
function finite(name: string, tensor: Tensor): Tensor {
  const nan = isReal(tensor) ? tensor.data.findIndex((x: number | bigint) => Number.isNaN(x)) : -1;
  if (nan >= 0) {
    throw new RangeError(
      `Cannot load the model: element ${nan} of "${name}" of shape [${tensor.shape}] is NaN, a number is wanted`,
    );
  }
  if (!isReal(tensor) || tensor.data.every((x: number | bigint) => Math.abs(Number(x)) <= INFINITE)) {
    return tensor;
  }
  const clip = (x: number | bigint): number => Math.max(-INFINITE, Math.min(INFINITE, Number(x)));
  return new Tensor(tensor.shape, Float64Array.from<number | bigint>(tensor.data, clip));
}

/** How operands use a name: as structure, as a weight whatever its type, or as any value. */
type Use = "structural" | "weight" | "value";

function usesIn(draft: Draft, operators: OperatorTable): Map<string, Set<Use>> {
  const uses = new Map<string, Set<Use>>();
  const visit = (nodes: readonly OnnxNode[]): void => {
    for (const node of nodes) {
      const operator = operatorFor(operators, node, draft.opset);
      node.inputs.forEach((name, i) => {
        if (!uses.has(name)) uses.set(name, new Set());
        const structural = operator?.structural?.includes(i) ?? false;
        const weight = operator?.weights?.includes(i) ?? false;
        uses.get(name)!.add(structural ? "structural" : weight ? "weight" : "value");
      });
      for (const [, graph] of graphsOf(node)) visit(graph.nodes);
    }
  };
  visit(draft.nodes);
  return uses;
}

function isSecret(known: Known, uses: Set<Use> | undefined): boolean {
  if (uses?.has("weight")) return true;
  return !known.public && (uses === undefined || uses.has("value"));
}

/** Takes a model apart: the public skeleton, and the weights for its owner to share. */
export function splitModel(
  model: OnnxModel,
  { operators, passes, open }: SplitOptions,
): { skeleton: Skeleton; weights: ReadonlyMap<string, Tensor> } {
  const draft = rewrite(model, passes);
  const uses = usesIn(draft, operators);
  const weights = new Map<string, Tensor>();
  const constants: Record<string, Tensor> = {};
  for (const [name, known] of draft.known) {
    const tensor = finite(name, known.tensor);
    if (!open && isSecret(known, uses.get(name))) weights.set(name, tensor);
    else constants[name] = tensor;
  }
  const shapes = Object.fromEntries([...weights].map(([name, t]) => [name, [...t.shape]]));
  const { nodes, inputs, outputs } = draft;
  checkNames(nodes, inputs, outputs, new Set(draft.known.keys()));
  return { skeleton: { opsets: model.opsets, nodes, weights: shapes, constants, inputs, outputs }, weights };
}

/** A skeleton as plain data that travels. */
export function writeSkeleton({ opsets, nodes, weights, constants, inputs, outputs }: Skeleton): unknown {
  return {
    opsets,
    nodes: nodes.map(wire.writeNode),
    weights,
    constants: Object.fromEntries(Object.entries(constants).map(([k, t]) => [k, wire.writeTensor(t)])),
    inputs: inputs.map(wire.writeValue),
    outputs: outputs.map(wire.writeValue),
  };
}

function readSkeleton(x: unknown): Skeleton {
  if (typeof x !== "object" || x === null) throw new TypeError("it is no record");
  const { opsets, nodes, weights, constants, inputs, outputs } = x as Record<string, unknown>;
  return {
    opsets: wire.readRecord(opsets, "the list of operator sets", wire.readCount),
    nodes: wire.readList(nodes, "the list of nodes", (node) => wire.readNode(node)),
    weights: wire.readRecord(weights, "the list of weights", wire.readShape),
    constants: wire.readRecord(constants, "the list of constants", wire.readTensor),
    inputs: wire.readList(inputs, "the list of inputs", wire.readValue),
    outputs: wire.readList(outputs, "the list of outputs", wire.readValue),
  };
}

/**
 * Reads a skeleton that another party announced, and checks its form and that its names fit together.
 *
 * @throws {ProtocolError} when it is not one.
 */
export function checkSkeleton(value: unknown, src: number): Skeleton {
  const refuse = (why: string): never => {
    throw new ProtocolError(`Cannot load the model of party ${src}: ${why}`, { party: src });
  };
  let skeleton: Skeleton;
  try {
    skeleton = readSkeleton(value);
  } catch (error) {
    return refuse(`its announcement is not well formed (${error instanceof Error ? error.message : error})`);
  }
  const { nodes, inputs, outputs, weights, constants } = skeleton;
  try {
    for (const shape of Object.values(weights)) checkShape(shape);
    checkNames(nodes, inputs, outputs, new Set([...Object.keys(weights), ...Object.keys(constants)]));
  } catch (error) {
    return refuse(error instanceof Error ? error.message : "its names do not fit together");
  }
  return skeleton;
}

/** Version of the standard operator set. */
export function opsetOf(skeleton: Skeleton): number {
  return skeleton.opsets[""] ?? skeleton.opsets["ai.onnx"] ?? 1;
}
