/**
 * Reads ONNX files.
 *
 * @module
 */
import { checkFunction, checkGraph } from "./check.ts";
import { proto } from "./deps.ts";
import type { OnnxAttribute, OnnxFunction, OnnxGraph, OnnxModel, OnnxNode, OnnxValue } from "./model.ts";
import { type External, numberOf, readTensor, refuse, typeName } from "./tensors.ts";
import type {
  RawAttribute,
  RawFunction,
  RawGraph,
  RawModel,
  RawNode,
  RawOpset,
  RawValue,
} from "./types/onnx_proto.d.ts";

/** Options of {@link readOnnx}. */
export interface ReadOptions {
  /** Bytes of a file beside the model, for weights that lie there; its path is relative and stays in the model's folder. */
  readonly external?: External;
}

/** Graphs within nodes within graphs, at most: deeper ones are an attack on the stack. */
const MAX_DEPTH = 32;

/** What the parts of a model are read with. */
interface Reading {
  readonly external: External | undefined;
  readonly depth: number;
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
  // The first two versions of the format had one operator set.
  if ((raw.opsetImport ?? []).length === 0 && numberOf(raw.irVersion) > 2) {
    refuse("it does not state the version of its operator set");
  }
  const reading = { external: options.external, depth: 0 };
  const graph = readGraph(raw.graph, reading);
  checkGraph(graph);
  const functions = (raw.functions ?? []).map((body) => readFunction(body, reading));
  functions.forEach(checkFunction);
  return {
    irVersion: numberOf(raw.irVersion),
    producer: [raw.producerName, raw.producerVersion].filter(Boolean).join(" "),
    opsets: readOpsets(raw.opsetImport),
    graph,
    functions,
  };
}

/** The standard domain has two names. */
function domainOf(raw: { readonly domain?: string }): string {
  return raw.domain === undefined || raw.domain === "ai.onnx" ? "" : raw.domain;
}

function readOpsets(raw: readonly RawOpset[] | undefined): Record<string, number> {
  return Object.fromEntries((raw ?? []).map((opset) => {
    const [domain, version] = [domainOf(opset), numberOf(opset.version)];
    if (version < 1) refuse(`it states version ${version} of operator set "${domain}", 1 or more is wanted`);
    return [domain, version];
  }));
}

function readFunction(raw: RawFunction, reading: Reading): OnnxFunction {
  return {
    name: raw.name ?? "",
    domain: domainOf(raw),
    inputs: [...(raw.input ?? [])],
    outputs: [...(raw.output ?? [])],
    attributes: [...(raw.attribute ?? [])],
    nodes: (raw.node ?? []).map((node) => readNode(node, reading)),
    opsets: readOpsets(raw.opsetImport),
  };
}

function readGraph(raw: RawGraph, reading: Reading): OnnxGraph {
  if (reading.depth > MAX_DEPTH) refuse(`its graphs are nested more than ${MAX_DEPTH} deep`);
  if ((raw.sparseInitializer ?? []).length > 0) refuse("it has sparse weights, dense ones are wanted");
  const inputs = raw.input ?? [];
  const outputs = raw.output ?? [];
  const initializers = new Map(
    (raw.initializer ?? []).map((t) => [t.name ?? "", readTensor(t, reading.external)]),
  );
  if (initializers.size < (raw.initializer ?? []).length) refuse("it has two weights of one name");
  return {
    name: raw.name ?? "",
    nodes: (raw.node ?? []).map((node) => readNode(node, reading)),
    initializers,
    inputs: inputs.map(readValue).filter(({ name }) => !initializers.has(name)),
    outputs: outputs.map(readValue),
    types: new Map([...raw.valueInfo ?? [], ...inputs, ...outputs].flatMap(readType)),
  };
}

function readNode(raw: RawNode, reading: Reading): OnnxNode {
  const all = raw.attribute ?? [];
  const own = all.filter((a) => !a.refAttrName);
  const referring = all.filter((a) => a.refAttrName);
  const attributes = Object.fromEntries(own.map((a) => [a.name ?? "", readAttribute(a, reading)]));
  if (Object.keys(attributes).length < own.length) {
    refuse(`node "${raw.name ?? ""}" has two attributes of one name`);
  }
  const node: OnnxNode = {
    name: raw.name ?? "",
    opType: raw.opType ?? "",
    domain: domainOf(raw),
    inputs: [...(raw.input ?? [])],
    outputs: [...(raw.output ?? [])],
    attributes,
  };
  if (referring.length === 0) return node;
  return {
    ...node,
    references: Object.fromEntries(referring.map((a) => [a.name ?? "", a.refAttrName ?? ""])),
  };
}

/** The kind of an attribute; the oldest files do not say it, there it is that of the only value. */
function kindOf(raw: RawAttribute): number {
  if (raw.type) return raw.type;
  const single = (["f", "i", "s", "t", "g"] as const).findIndex((key) => Object.hasOwn(raw, key));
  if (single >= 0) return single + 1;
  const list = (["floats", "ints", "strings"] as const).findIndex((key) => (raw[key]?.length ?? 0) > 0);
  return list >= 0 ? list + 6 : refuse(`attribute "${raw.name ?? ""}" has no value`);
}

function readAttribute(raw: RawAttribute, reading: Reading): OnnxAttribute {
  const text = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes ?? new Uint8Array());
  switch (kindOf(raw)) {
    case 1:
      return raw.f ?? 0;
    case 2:
      return numberOf(raw.i);
    case 3:
      return text(raw.s);
    case 4:
      return readTensor(raw.t ?? {}, reading.external);
    case 5:
      return readGraph(raw.g ?? {}, { ...reading, depth: reading.depth + 1 });
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

function readType(raw: RawValue): [string, string][] {
  const type = raw.type?.tensorType?.elemType;
  return type ? [[raw.name ?? "", typeName(type)]] : [];
}

function readValue(raw: RawValue): OnnxValue {
  const dims = raw.type?.tensorType?.shape?.dim ?? [];
  const shape = dims.map((dim) => {
    if (dim.dimParam !== undefined && dim.dimParam !== null && dim.dimParam !== "") return dim.dimParam;
    if (dim.dimValue === undefined || dim.dimValue === null) return undefined;
    const side = numberOf(dim.dimValue);
    return side > 0 ? side : undefined;
  });
  const type = raw.type?.tensorType?.elemType;
  return { name: raw.name ?? "", shape, ...(type ? { type: typeName(type) } : {}) };
}
