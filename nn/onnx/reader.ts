/**
 * Reads ONNX files.
 *
 * @module
 */
import { proto } from "./deps.ts";
import type { OnnxAttribute, OnnxGraph, OnnxModel, OnnxNode, OnnxValue } from "./model.ts";
import { type External, numberOf, readTensor, refuse } from "./tensors.ts";
import type { RawAttribute, RawGraph, RawModel, RawNode, RawValue } from "./types/onnx_proto.d.ts";

/** Options of {@link readOnnx}. */
export interface ReadOptions {
  /** Bytes of a file beside the model, for weights that lie there. */
  readonly external?: External;
}

/**
 * Reads a model.
 *
 * @throws {TypeError} when the bytes are no model, or the graph is not well formed; the message says what is wrong.
 */
export function readOnnx(bytes: Uint8Array, options: ReadOptions = {}): OnnxModel {
  let raw: RawModel;
  try {
    raw = proto.onnx.ModelProto.decode(bytes);
  } catch (cause) {
    throw new TypeError("Cannot read ONNX model: the bytes are not one", { cause });
  }
  if (raw.graph === undefined || raw.graph === null) refuse("it has no graph");
  if ((raw.graph.node ?? []).length === 0) refuse("its graph has no nodes");
  const opsets: Record<string, number> = {};
  for (const { domain = "", version } of raw.opsetImport ?? []) {
    opsets[domain === "ai.onnx" ? "" : domain] = numberOf(version);
  }
  const graph = readGraph(raw.graph, options.external);
  checkGraph(graph);
  return { opsets, graph };
}

function readGraph(raw: RawGraph, external: External | undefined): OnnxGraph {
  if ((raw.sparseInitializer ?? []).length > 0) refuse("it has sparse weights, dense ones are wanted");
  const initializers = new Map((raw.initializer ?? []).map((t) => [t.name ?? "", readTensor(t, external)]));
  return {
    name: raw.name ?? "",
    nodes: (raw.node ?? []).map((node) => readNode(node, external)),
    initializers,
    inputs: (raw.input ?? []).map(readValue).filter(({ name }) => !initializers.has(name)),
    outputs: (raw.output ?? []).map(readValue),
  };
}

function readNode(raw: RawNode, external: External | undefined): OnnxNode {
  const domain = raw.domain ?? "";
  return {
    name: raw.name ?? "",
    opType: raw.opType ?? "",
    domain: domain === "ai.onnx" ? "" : domain,
    inputs: [...(raw.input ?? [])],
    outputs: [...(raw.output ?? [])],
    attributes: Object.fromEntries(
      (raw.attribute ?? []).map((a) => [a.name ?? "", readAttribute(a, external)]),
    ),
  };
}

function readAttribute(raw: RawAttribute, external: External | undefined): OnnxAttribute {
  const text = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes ?? new Uint8Array());
  switch (raw.type) {
    case 1:
      return raw.f ?? 0;
    case 2:
      return numberOf(raw.i);
    case 3:
      return text(raw.s);
    case 4:
      return readTensor(raw.t ?? {}, external);
    case 5:
      return readGraph(raw.g ?? {}, external);
    case 6:
      return [...(raw.floats ?? [])];
    case 7:
      return (raw.ints ?? []).map(numberOf);
    case 8:
      return (raw.strings ?? []).map(text);
    default:
      return refuse(`attribute "${raw.name ?? ""}" is of kind ${raw.type}`);
  }
}

function readValue(raw: RawValue): OnnxValue {
  const dims = raw.type?.tensorType?.shape?.dim ?? [];
  const shape = dims.map((dim) => {
    if (dim.dimParam !== undefined && dim.dimParam !== null && dim.dimParam !== "") return dim.dimParam;
    if (dim.dimValue === undefined || dim.dimValue === null) return undefined;
    const side = numberOf(dim.dimValue);
    return side > 0 ? side : undefined;
  });
  return { name: raw.name ?? "", shape };
}

/** Every name is defined once, before it is used. */
function checkGraph(graph: OnnxGraph): void {
  const known = new Set([...graph.initializers.keys(), ...graph.inputs.map((v) => v.name)]);
  for (const node of graph.nodes) {
    const who = `node "${node.name}" (${node.opType})`;
    for (const name of node.inputs) {
      if (name !== "" && !known.has(name)) refuse(`${who} uses "${name}", which nothing before it computes`);
    }
    for (const name of node.outputs) {
      if (name === "") continue;
      if (known.has(name)) refuse(`${who} computes "${name}", which exists already`);
      known.add(name);
    }
  }
  if (graph.outputs.length === 0) refuse("its graph has no outputs");
  for (const { name } of graph.outputs) if (!known.has(name)) refuse(`nothing computes its output "${name}"`);
}
