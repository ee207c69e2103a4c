/**
 * A model without its weights: what the owner tells the others. Architecture, shapes and integer constants are public,
 * real-valued weights are not in it.
 *
 * @module
 */
import { ProtocolError } from "../../comm/errors.ts";
import { Tensor } from "../../ops/plaintext.ts";
import { sizeOf } from "../../ring/shape.ts";
import { checkNames } from "./check.ts";
import type { OnnxAttribute, OnnxModel, OnnxNode, OnnxValue } from "./model.ts";
import { rewrite } from "./rewrite.ts";

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
  const { nodes, initializers } = rewrite(graph);
  const used = new Set(nodes.flatMap((node) => node.inputs));
  const weights = new Map<string, Tensor>();
  const constants: Record<string, { shape: number[]; data: number[] }> = {};
  for (const [name, tensor] of initializers) {
    if (!used.has(name)) continue;
    if (isWeight(tensor)) weights.set(name, tensor);
    else {constants[name] = {
        shape: [...tensor.shape],
        data: Array.from<number | bigint, number>(tensor.data, Number),
      };}
  }
  const shapes = Object.fromEntries([...weights].map(([name, t]) => [name, [...t.shape]]));
  const { inputs, outputs } = graph;
  return { skeleton: { opsets: model.opsets, nodes, weights: shapes, constants, inputs, outputs }, weights };
}

const isRecord = (x: unknown): x is Record<string, unknown> =>
  typeof x === "object" && x !== null && !Array.isArray(x);
const isName = (x: unknown): boolean => typeof x === "string";
const isCount = (x: unknown): x is number => Number.isInteger(x) && (x as number) >= 0;
const listOf = (x: unknown, holds: (item: unknown) => boolean): x is unknown[] =>
  Array.isArray(x) && x.every(holds);
const recordOf = (x: unknown, holds: (item: unknown) => boolean): boolean =>
  isRecord(x) && Object.values(x).every(holds);

const isShape = (x: unknown): x is number[] => listOf(x, isCount);
/** Sides that are not known travel as null. */
const isSide = (x: unknown): boolean => isCount(x) || isName(x) || x === undefined || x === null;
const isValue = (x: unknown): boolean => isRecord(x) && isName(x["name"]) && listOf(x["shape"], isSide);
const isNode = (x: unknown): boolean =>
  isRecord(x) && isName(x["name"]) && isName(x["opType"]) && isName(x["domain"]) &&
  listOf(x["inputs"], isName) && listOf(x["outputs"], isName) && x["outputs"].length > 0 &&
  isRecord(x["attributes"]);

function isConstant(x: unknown): boolean {
  if (!isRecord(x)) return false;
  const { shape, data } = x;
  return isShape(shape) && listOf(data, (n) => typeof n === "number") && data.length === sizeOf(shape);
}

function isSkeleton(s: unknown): s is Skeleton {
  return isRecord(s) && recordOf(s["opsets"], isCount) && recordOf(s["weights"], isShape) &&
    recordOf(s["constants"], isConstant) && listOf(s["nodes"], isNode) && listOf(s["inputs"], isValue) &&
    listOf(s["outputs"], isValue);
}

/**
 * Checks a skeleton that another party announced: its form, and that its names fit together.
 *
 * @throws {ProtocolError} when it is not one.
 */
export function checkSkeleton(value: unknown, src: number): Skeleton {
  const refuse = (why: string): never => {
    throw new ProtocolError(`Cannot load the model of party ${src}: ${why}`, { party: src });
  };
  if (!isSkeleton(value)) return refuse("its announcement is not well formed");
  const { nodes, inputs, outputs, weights, constants } = value;
  try {
    checkNames(nodes, inputs, outputs, new Set([...Object.keys(weights), ...Object.keys(constants)]));
  } catch (error) {
    return refuse(error instanceof Error ? error.message : "its names do not fit together");
  }
  return value;
}

/** An integer constant as a tensor. */
export function constantOf(skeleton: Skeleton, name: string): Tensor | undefined {
  const constant = skeleton.constants[name];
  return constant && new Tensor(constant.shape, Float64Array.from(constant.data));
}

export type { OnnxAttribute };
