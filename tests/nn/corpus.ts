/**
 * The test cases of the ONNX project for single operators and small networks, as far as they mean something to encrypted
 * computation; see `tests/data/README.md`.
 *
 * @module
 */
import { proto } from "../../nn/onnx/deps.ts";
import { numberOf, readTensor, typeName } from "../../nn/onnx/tensors.ts";
import type {
  RawAttribute,
  RawGraph,
  RawModel,
  RawNode,
  RawTensor,
  RawValue,
} from "../../nn/onnx/types/onnx_proto.d.ts";
import type { Tensor } from "../../ops/plaintext.ts";
import { type PackedCase, unpack } from "./corpus_file.ts";

/** Where the cases are. */
export const CORPUS = new URL("../data/onnx_corpus.bin.gz", import.meta.url);

/** One case: a model, and what it makes of what. */
export interface Case {
  /** Its name in the suite. */
  readonly name: string;
  /** The model. */
  readonly bytes: Uint8Array;
  /** The model as the decoder leaves it. */
  readonly raw: RawModel;
  /** What it is fed. */
  readonly inputs: Readonly<Record<string, Tensor>>;
  /** What it has to answer. */
  readonly outputs: Readonly<Record<string, Tensor>>;
  /** Element types of inputs and outputs, as the model declares them: "float32", "bool" and so on. */
  readonly types: Readonly<Record<string, string>>;
  /** Version of the standard operator set. */
  readonly opset: number;
  /** Operators, those of graphs within nodes included; sorted. */
  readonly operators: readonly string[];
}

/** Decoders of messages; the library itself only decodes models. */
export const messages = proto.onnx as unknown as {
  readonly ModelProto: { decode(bytes: Uint8Array): RawModel };
  readonly TensorProto: { decode(bytes: Uint8Array): RawTensor };
};

/** Nodes of a graph and of the graphs within them. */
export function nodesOf(graph: RawGraph): RawNode[] {
  return (graph.node ?? []).flatMap((node) => [
    node,
    ...(node.attribute ?? []).flatMap((a: RawAttribute) => a.g ? nodesOf(a.g) : []),
  ]);
}

/** The name of a node's operator, with its domain in front if it is not the standard one. */
export function operatorOf(node: RawNode): string {
  return node.domain ? `${node.domain}.${node.opType}` : node.opType ?? "";
}

/** Inputs that are no weights. */
export function fedInputs(graph: RawGraph): RawValue[] {
  const weights = new Set((graph.initializer ?? []).map(({ name }) => name));
  return (graph.input ?? []).filter(({ name }) => !weights.has(name));
}

/** The declared element type of a value; empty for what is no tensor. */
export function typeOf(value: RawValue): string {
  const type = value.type?.tensorType?.elemType;
  return type === undefined ? "" : typeName(type);
}

function read(packed: PackedCase): Case {
  const raw = messages.ModelProto.decode(packed.model);
  const graph = raw.graph!;
  const [inputs, outputs] = [fedInputs(graph), graph.output ?? []];
  const tensors = (values: readonly RawValue[], files: readonly Uint8Array[]): Record<string, Tensor> =>
    Object.fromEntries(
      values.map(({ name }, i) => [name ?? "", readTensor(messages.TensorProto.decode(files[i]!))]),
    );
  return {
    name: packed.name,
    bytes: packed.model,
    raw,
    inputs: tensors(inputs, packed.inputs),
    outputs: tensors(outputs, packed.outputs),
    types: Object.fromEntries([...inputs, ...outputs].map((v) => [v.name ?? "", typeOf(v)])),
    opset: numberOf(raw.opsetImport?.find(({ domain }) => !domain)?.version),
    operators: [...new Set(nodesOf(graph).map(operatorOf))].sort(),
  };
}

/** All cases, by name. */
export async function cases(): Promise<Case[]> {
  return (await unpack(await Deno.readFile(CORPUS))).map(read);
}
