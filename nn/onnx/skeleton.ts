/**
 * A model without its weights: what the owner tells the others. Architecture, shapes and integer constants are public,
 * real-valued weights are not in it.
 *
 * @module
 */
import { ProtocolError } from "../../comm/errors.ts";
import { Tensor } from "../../ops/plaintext.ts";
import type { OnnxAttribute, OnnxModel, OnnxNode, OnnxValue } from "./model.ts";

/** A model without its weights, as plain data. */
export interface Skeleton {
  /** Versions of the operator sets. */
  readonly opsets: Readonly<Record<string, number>>;
  /** Operations. */
  readonly nodes: readonly OnnxNode[];
  /** Shape of each secret weight, by name. */
  readonly weights: Readonly<Record<string, readonly number[]>>;
  /** Integer constants, by name. */
  readonly constants: Readonly<
    Record<string, { readonly shape: readonly number[]; readonly data: readonly number[] }>
  >;
  /** What must be fed. */
  readonly inputs: readonly OnnxValue[];
  /** What is computed. */
  readonly outputs: readonly OnnxValue[];
}

/** Real numbers are secret; integers and booleans are structure. */
function isWeight(tensor: Tensor): boolean {
  return tensor.dtype === "float32" || tensor.dtype === "float64";
}

/** Takes a model apart: the public skeleton, and the weights for its owner to share. */
export function splitModel(model: OnnxModel): { skeleton: Skeleton; weights: ReadonlyMap<string, Tensor> } {
  const { graph } = model;
  const used = new Set(graph.nodes.flatMap((node) => node.inputs));
  const weights = new Map<string, Tensor>();
  const constants: Record<string, { shape: number[]; data: number[] }> = {};
  for (const [name, tensor] of graph.initializers) {
    if (!used.has(name)) continue;
    if (isWeight(tensor)) weights.set(name, tensor);
    else {constants[name] = {
        shape: [...tensor.shape],
        data: Array.from<number | bigint, number>(tensor.data, Number),
      };}
  }
  const shapes = Object.fromEntries([...weights].map(([name, t]) => [name, [...t.shape]]));
  const { nodes, inputs, outputs } = graph;
  return { skeleton: { opsets: model.opsets, nodes, weights: shapes, constants, inputs, outputs }, weights };
}

/**
 * Checks a skeleton that another party announced.
 *
 * @throws {ProtocolError} when it is not one.
 */
export function checkSkeleton(value: unknown, src: number): Skeleton {
  const s = value as Partial<Skeleton> | null;
  const record = (x: unknown): boolean => typeof x === "object" && x !== null && !Array.isArray(x);
  const names = (x: unknown): boolean => Array.isArray(x) && x.every((name) => typeof name === "string");
  const fine = record(s) && record(s!.opsets) && record(s!.weights) && record(s!.constants) &&
    Array.isArray(s!.nodes) &&
    Array.isArray(s!.inputs) && Array.isArray(s!.outputs) &&
    s!.nodes.every((n) =>
      record(n) && typeof n.opType === "string" && names(n.inputs) && names(n.outputs) && record(n.attributes)
    ) &&
    Object.values(s!.weights!).every((shape) =>
      Array.isArray(shape) && shape.every((side) => Number.isInteger(side) && side >= 0)
    );
  if (!fine) {
    throw new ProtocolError(`Cannot load the model of party ${src}: its announcement is not well formed`, {
      party: src,
    });
  }
  return s as Skeleton;
}

/** An integer constant as a tensor. */
export function constantOf(skeleton: Skeleton, name: string): Tensor | undefined {
  const constant = skeleton.constants[name];
  return constant && new Tensor(constant.shape, Float64Array.from(constant.data));
}

export type { OnnxAttribute };
