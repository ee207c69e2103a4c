/**
 * Which inputs of a model are structure: operands that say how large a result is, along which axis something happens, or what
 * is run. No operator takes them as secrets.
 *
 * @module
 */
import { entry } from "./entry.ts";
import type { OnnxNode } from "./model.ts";
import { fullName } from "./operator.ts";
import { graphsOf } from "./rewrite/draft.ts";
import type { Skeleton } from "./skeleton.ts";

/** Operands that are structure, by operator. Positions that Gather reads are none: they can be secret. */
export const STRUCTURE: Readonly<Record<string, readonly number[]>> = {
  BitShift: [1],
  BlackmanWindow: [0],
  CastLike: [1], // of which only the type is used
  Compress: [1],
  ConstantOfShape: [0],
  CumSum: [1],
  DFT: [1, 2],
  Dropout: [1, 2],
  Expand: [1],
  GatherElements: [1],
  GatherND: [1],
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
  ReduceL1: [1],
  ReduceL2: [1],
  ReduceLogSum: [1],
  ReduceLogSumExp: [1],
  ReduceMax: [1],
  ReduceMean: [1],
  ReduceMin: [1],
  ReduceProd: [1],
  ReduceSum: [1],
  ReduceSumSquare: [1],
  Reshape: [1],
  Resize: [1, 2, 3],
  ReverseSequence: [1],
  RNN: [4],
  RoiAlign: [2],
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

/** Operators whose results follow from shapes alone: they look at no value. */
export const SHAPES = ["Shape", "Size", "EyeLike"];

/** How a value is used: as structure, as data, or both. */
interface Uses {
  structure: boolean;
  data: boolean;
}

/** Whether an operator takes an operand as structure. */
export function isStructural(node: OnnxNode, index: number): boolean {
  return entry(STRUCTURE, fullName(node))?.includes(index) ?? false;
}

/** The names of those inputs that are used as structure and as nothing else, directly or by what is computed from them. */
export function structuralInputs(
  { nodes, inputs, outputs }: Pick<Skeleton, "nodes" | "inputs" | "outputs">,
): string[] {
  const uses = new Map<string, Uses>();
  const use = (name: string, kind: keyof Uses): void => {
    const found = uses.get(name) ?? { structure: false, data: false };
    found[kind] = true;
    uses.set(name, found);
  };
  const only = (name: string): boolean => {
    const found = uses.get(name);
    return found !== undefined && found.structure && !found.data;
  };
  // From the last node to the first: what uses a value stands behind what computes it.
  const visit = (list: readonly OnnxNode[]): void => {
    for (const node of list.toReversed()) {
      for (const [, graph] of graphsOf(node)) {
        for (const { name } of graph.outputs) use(name, "data");
        visit(graph.nodes);
      }
      if (SHAPES.includes(fullName(node))) continue;
      const made = node.outputs.filter((name) => uses.has(name));
      const all = made.length > 0 && made.every(only);
      node.inputs.forEach((name, i) => use(name, all || isStructural(node, i) ? "structure" : "data"));
    }
  };
  for (const { name } of outputs) use(name, "data");
  visit(nodes);
  return inputs.map(({ name }) => name).filter(only);
}
