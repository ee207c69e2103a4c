/**
 * Which inputs of a case are public: those that an operator takes as structure, not as data.
 *
 * @module
 */
import type { RawGraph, RawNode } from "../../nn/onnx/types/onnx_proto.d.ts";
import type { Tensor } from "../../ops/plaintext.ts";
import { type Case, fedInputs, nodesOf, operatorOf } from "./corpus.ts";

/** Operands that say how large a result is, where its elements come from, or what is run. */
const STRUCTURE: Readonly<Record<string, readonly number[]>> = {
  BitShift: [1],
  BlackmanWindow: [0],
  CastLike: [1], // of which only the type is used
  Compress: [1],
  ConstantOfShape: [0],
  CumSum: [1],
  DFT: [1],
  Dropout: [1, 2],
  Expand: [1],
  Gather: [1],
  GatherElements: [1],
  GatherND: [1],
  GridSample: [1],
  GRU: [4],
  HammingWindow: [0],
  HannWindow: [0],
  If: [0],
  Loop: [0, 1],
  LSTM: [4],
  MaxUnpool: [2],
  MelWeightMatrix: [0, 1, 2, 3, 4],
  NonMaxSuppression: [2, 3, 4],
  OneHot: [1],
  Pad: [1, 3],
  Range: [0, 1, 2],
  ReduceSum: [1],
  Reshape: [1],
  Resize: [1, 2, 3],
  ReverseSequence: [1],
  RNN: [4],
  RoiAlign: [1, 2],
  Scatter: [1],
  ScatterElements: [1],
  ScatterND: [1],
  Slice: [1, 2, 3, 4],
  Split: [1],
  Squeeze: [1],
  STFT: [1, 3],
  Tile: [1],
  TopK: [1],
  Trilu: [1],
  Unsqueeze: [1],
  Upsample: [1],
  // Formats of quantized numbers: a factor and what stands for zero.
  ConvInteger: [2, 3],
  DequantizeLinear: [1, 2],
  MatMulInteger: [2, 3],
  QLinearConv: [1, 2, 4, 5, 6, 7],
  QLinearMatMul: [1, 2, 4, 5, 6, 7],
  QuantizeLinear: [1, 2],
};

/** Operators whose results follow from shapes alone. */
const SHAPES = ["Shape", "Size", "EyeLike"];

/** Names whose values must be public: structure, and all that structure is computed from. */
function structureOf(graph: RawGraph): Set<string> {
  const needed = new Set<string>();
  const visit = (node: RawNode): void => {
    const inputs = node.input ?? [];
    const all = (node.output ?? []).some((name) => needed.has(name)) && !SHAPES.includes(operatorOf(node));
    const indices = all ? inputs.keys() : STRUCTURE[operatorOf(node)] ?? [];
    for (const index of indices) if (inputs[index]) needed.add(inputs[index]);
  };
  // From the last to the first: what uses a value stands behind what computes it.
  nodesOf(graph).toReversed().forEach(visit);
  return needed;
}

/** Names of the inputs that are public. */
export function publicInputs(one: Case): string[] {
  const structure = structureOf(one.raw.graph!);
  return fedInputs(one.raw.graph!).map(({ name }) => name ?? "").filter((name) => structure.has(name));
}

/** How a case is fed. */
export interface Feeding {
  /** The model. */
  readonly bytes: Uint8Array;
  /** Names of its inputs that are encrypted. */
  readonly secret: readonly string[];
  /** Its inputs that are not. */
  readonly open: Readonly<Record<string, Tensor>>;
}

/** How a case is fed: what is structure stays in the clear. */
export function feedingOf(one: Case): Feeding {
  const names = publicInputs(one);
  return {
    bytes: one.bytes,
    secret: Object.keys(one.inputs).filter((name) => !names.includes(name)),
    open: Object.fromEntries(names.map((name) => [name, one.inputs[name]!])),
  };
}
