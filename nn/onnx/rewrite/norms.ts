/**
 * Batch norms by known statistics: part of the convolution or product before them, or else a factor and a summand per channel.
 *
 * @module
 */
import { Tensor } from "../../../ops/plaintext.ts";
import { sizeOf } from "../../../ring/shape.ts";
import type { OnnxNode } from "../model.ts";
import { fullName } from "../operator.ts";
import { type Draft, type Known, type Pass, usesOf } from "./draft.ts";

/** x·factor + summand, per channel. */
interface Affine {
  readonly factor: Float64Array;
  readonly summand: Float64Array;
}

const numbersOf = (t: Tensor): number[] => Array.from<number | bigint, number>(t.data, Number);

/** (x - mean)/sqrt(variance + eps)·weight + bias as x·factor + summand; undefined when the statistics are not known. */
function affineOf(node: OnnxNode, known: ReadonlyMap<string, Known>): Affine | undefined {
  if (fullName(node) !== "BatchNormalization" || (node.attributes["training_mode"] ?? 0) !== 0) {
    return undefined;
  }
  // Before version 14, whoever asks for statistics is training.
  const more = node.outputs.slice(1).some((name) => name !== "");
  if (more && (node.attributes["is_test"] ?? 0) === 0) return undefined;
  const tensors = node.inputs.slice(1, 5).map((name) => known.get(name)?.tensor);
  if (tensors.length < 4 || tensors.some((t) => t === undefined || t.size !== tensors[0]!.size)) {
    return undefined;
  }
  const [weight, bias, mean, variance] = tensors.map((t) => numbersOf(t!));
  const eps = typeof node.attributes["epsilon"] === "number" ? node.attributes["epsilon"] : 1e-5;
  const factor = Float64Array.from(weight!, (w, i) => w / Math.sqrt(variance![i]! + eps));
  return { factor, summand: Float64Array.from(bias!, (b, i) => b - mean![i]! * factor[i]!) };
}

/** Along which axis of its weight an operator's output channels lie. */
function channelAxis(node: OnnxNode): number | undefined {
  switch (fullName(node)) {
    case "Conv":
      return 0;
    case "ConvTranspose":
      // The weight is [in, out/groups, …]: with groups, channels do not lie along one axis.
      return (node.attributes["group"] ?? 1) === 1 ? 1 : undefined;
    case "Gemm":
      return (node.attributes["transB"] ?? 0) !== 0 ? 0 : 1;
    default:
      return undefined;
  }
}

/** A weight, times a factor per channel. */
function scaled({ shape, data }: Tensor, axis: number, factor: Float64Array): Tensor {
  const inner = sizeOf(shape.slice(axis + 1));
  const side = shape[axis]!;
  return new Tensor(
    shape,
    Float64Array.from<number | bigint>(data, (w, i) => Number(w) * factor[Math.floor(i / inner) % side]!),
  );
}

/** The producer with the norm within it; undefined when they do not fit. Its bias is `beta` times the third operand. */
function merged(
  producer: OnnxNode,
  norm: OnnxNode,
  affine: Affine,
  known: Map<string, Known>,
): OnnxNode | undefined {
  const axis = channelAxis(producer);
  const weight = known.get(producer.inputs[1] ?? "");
  const biasName = producer.inputs[2] ?? "";
  const bias = known.get(biasName);
  const channels = affine.factor.length;
  if (axis === undefined || weight === undefined || weight.tensor.shape[axis] !== channels) return undefined;
  if (biasName !== "" && bias?.tensor.size !== channels) return undefined;
  if ((producer.attributes["beta"] ?? 1) !== 1) return undefined;
  const [w, b] = ["weight", "bias"].map((part) => `${norm.outputs[0]} ${part}`);
  known.set(w!, { tensor: scaled(weight.tensor, axis, affine.factor), public: false });
  const old = bias === undefined ? undefined : numbersOf(bias.tensor);
  const data = affine.summand.map((s, i) => s + (old?.[i] ?? 0) * affine.factor[i]!);
  known.set(b!, { tensor: new Tensor([channels], data), public: false });
  return { ...producer, inputs: [producer.inputs[0]!, w!, b!], outputs: norm.outputs.slice(0, 1) };
}

function withoutProducer(norm: OnnxNode, { factor, summand }: Affine, known: Map<string, Known>): OnnxNode {
  const [a, b] = ["factor", "summand"].map((part) => `${norm.outputs[0]} ${part}`);
  known.set(a!, { tensor: new Tensor([factor.length], factor), public: false });
  known.set(b!, { tensor: new Tensor([summand.length], summand), public: false });
  return {
    ...norm,
    domain: "tacit",
    opType: "ScaleShift",
    inputs: [norm.inputs[0]!, a!, b!],
    outputs: norm.outputs.slice(0, 1),
    attributes: {},
  };
}

/** Batch norms by known statistics go into what is before them, where nothing else uses that. */
export const mergeNorms: Pass = (draft: Draft): Draft => {
  const known = new Map(draft.known);
  const uses = usesOf(draft);
  const nodes: OnnxNode[] = [];
  for (const node of draft.nodes) {
    const affine = affineOf(node, known);
    if (affine === undefined) {
      nodes.push(node);
      continue;
    }
    const at = nodes.findLastIndex((other) => other.outputs[0] === node.inputs[0]);
    const both = at >= 0 && uses.get(node.inputs[0]!) === 1
      ? merged(nodes[at]!, node, affine, known)
      : undefined;
    if (both === undefined) nodes.push(withoutProducer(node, affine, known));
    else nodes[at] = both;
  }
  return { ...draft, nodes, known };
};
