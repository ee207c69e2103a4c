/**
 * A model's architecture as plain data that travels, and back.
 *
 * @module
 */
import { Tensor, type TensorData } from "../../ops/plaintext.ts";
import { sizeOf } from "../../ring/shape.ts";
import type { OnnxAttribute, OnnxGraph, OnnxNode, OnnxValue } from "./model.ts";
import { isGraph } from "./rewrite/draft.ts";

const KINDS = {
  float64: Float64Array,
  float32: Float32Array,
  int32: Int32Array,
  uint8: Uint8Array,
  int64: BigInt64Array,
} as const;

/** Graphs within nodes within graphs, at most. */
const MOST_DEPTH = 32;

const isRecord = (x: unknown): x is Record<string, unknown> =>
  typeof x === "object" && x !== null && !Array.isArray(x) && !(x instanceof Uint8Array);
const isText = (x: unknown): x is string => typeof x === "string";
const isNumber = (x: unknown): x is number => typeof x === "number";
const isCount = (x: unknown): x is number => Number.isInteger(x) && (x as number) >= 0;
const isList = <T>(x: unknown, holds: (item: unknown) => item is T): x is T[] =>
  Array.isArray(x) && x.every(holds);
const isShape = (x: unknown): x is number[] => isList(x, isCount);

function refuse(what: string): never {
  throw new TypeError(`${what} is not well formed`);
}

/** A record of plain data, of which each entry is read. */
export function readRecord<T>(x: unknown, what: string, read: (value: unknown) => T): Record<string, T> {
  if (!isRecord(x)) return refuse(what);
  return Object.fromEntries(Object.entries(x).map(([name, value]) => [name, read(value)]));
}

/** A list of plain data, of which each entry is read. */
export function readList<T>(x: unknown, what: string, read: (value: unknown) => T): T[] {
  return Array.isArray(x) ? x.map(read) : refuse(what);
}

/** A count. */
export function readCount(x: unknown): number {
  return isCount(x) ? x : refuse("a number");
}

/** A shape. */
export function readShape(x: unknown): number[] {
  return isShape(x) ? x : refuse("a shape");
}

/** A tensor as plain data: its bytes, little-endian. */
export function writeTensor({ shape, dtype, data }: Tensor): unknown {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
  return { shape: [...shape], dtype, bytes };
}

/** A tensor from plain data. */
export function readTensor(x: unknown): Tensor {
  if (!isRecord(x)) return refuse("a constant");
  const { shape, dtype, bytes } = x;
  if (!isShape(shape) || !isText(dtype) || !Object.hasOwn(KINDS, dtype) || !(bytes instanceof Uint8Array)) {
    return refuse("a constant");
  }
  const Kind = KINDS[dtype as keyof typeof KINDS];
  if (bytes.length !== sizeOf(shape) * Kind.BYTES_PER_ELEMENT) return refuse("a constant");
  return new Tensor(shape, new Kind(bytes.slice().buffer) as TensorData);
}

/** An input or output as plain data. */
export function writeValue({ name, shape, type }: OnnxValue): unknown {
  return { name, type, shape: shape.map((side) => side ?? null) };
}

/** An input or output from plain data. */
export function readValue(x: unknown): OnnxValue {
  if (!isRecord(x) || !isText(x["name"])) return refuse("an input or output");
  const shape = readList(x["shape"], "a declared shape", (side) => {
    if (side === null || side === undefined) return undefined;
    return isCount(side) || isText(side) ? side : refuse("a declared side");
  });
  const type = x["type"];
  if (type === undefined) return { name: x["name"], shape };
  return isText(type) ? { name: x["name"], shape, type } : refuse("a declared type");
}

function writeAttribute(value: OnnxAttribute): unknown {
  if (value instanceof Tensor) return { tensor: writeTensor(value) };
  return isGraph(value) ? { graph: writeGraph(value) } : value;
}

function readAttribute(x: unknown, depth: number): OnnxAttribute {
  if (isNumber(x) || isText(x) || isList(x, isNumber) || isList(x, isText)) return x;
  if (isRecord(x) && "tensor" in x) return readTensor(x["tensor"]);
  if (isRecord(x) && "graph" in x) return readGraph(x["graph"], depth + 1);
  return refuse("an attribute");
}

function writeGraph({ name, nodes, inputs, outputs }: OnnxGraph): unknown {
  return {
    name,
    nodes: nodes.map(writeNode),
    inputs: inputs.map(writeValue),
    outputs: outputs.map(writeValue),
  };
}

function readGraph(x: unknown, depth: number): OnnxGraph {
  if (depth > MOST_DEPTH || !isRecord(x) || !isText(x["name"])) return refuse("a graph");
  return {
    name: x["name"],
    nodes: readList(x["nodes"], "a graph", (node) => readNode(node, depth)),
    inputs: readList(x["inputs"], "a graph", readValue),
    outputs: readList(x["outputs"], "a graph", readValue),
    initializers: new Map(),
    types: new Map(),
  };
}

/** A node as plain data. */
export function writeNode(node: OnnxNode): unknown {
  const { name, opType, domain, opset, inputs, outputs, attributes } = node;
  const plain = Object.fromEntries(
    Object.entries(attributes).map(([key, value]) => [key, writeAttribute(value)]),
  );
  return { name, opType, domain, opset, inputs: [...inputs], outputs: [...outputs], attributes: plain };
}

/** A node from plain data. */
export function readNode(x: unknown, depth = 0): OnnxNode {
  if (!isRecord(x)) return refuse("a node");
  const { name, opType, domain, opset, inputs, outputs, attributes } = x;
  if (
    !isText(name) || !isText(opType) || !isText(domain) || !isList(inputs, isText) ||
    !isList(outputs, isText) ||
    outputs.length === 0 || !(opset === undefined || isCount(opset))
  ) return refuse("a node");
  const read = readRecord(attributes, "a node", (value) => readAttribute(value, depth));
  return { name, opType, domain, opset, inputs, outputs, attributes: read };
}
