/**
 * How many operands a node must have.
 *
 * @module
 */
import type { OnnxNode } from "./model.ts";
import { fullName } from "./operator.ts";

/** Operators by the number of their first operands that must be there, in every version; those that are not named need one. */
const LEAST: readonly (readonly [number, string])[] = [
  [0, "Constant If Loop RandomNormal RandomUniform Scan"],
  [
    2,
    "Add AffineGrid And BitShift BitwiseAnd BitwiseOr BitwiseXor CastLike CenterCropPad Compress Conv ConvInteger ConvTranspose " +
    "CumSum DequantizeLinear Div Equal Expand Gather GatherElements GatherND Gemm Greater GreaterOrEqual GridSample " +
    "LayerNormalization Less LessOrEqual MatMul MatMulInteger MaxRoiPool MaxUnpool Mod Mul NegativeLogLikelihoodLoss " +
    "NonMaxSuppression Or PRelu Pow QuantizeLinear ReverseSequence RMSNormalization STFT SoftmaxCrossEntropyLoss Sub Tile " +
    "Xor ai.onnx.ml.ArrayFeatureExtractor",
  ],
  [
    3,
    "Attention Col2Im GroupNormalization GRU InstanceNormalization LSTM OneHot RNN Range RoiAlign RotaryEmbedding Scatter " +
    "ScatterElements ScatterND Where",
  ],
  [5, "BatchNormalization MelWeightMatrix"],
  [8, "QLinearConv QLinearMatMul"],
];

const COUNTS: ReadonlyMap<string, number> = new Map(
  LEAST.flatMap(([count, names]) => names.split(" ").map((name): [string, number] => [name, count])),
);

/** The place of the first operand that a node must have and has not; undefined when all are there. */
export function missingOperand(node: OnnxNode): number | undefined {
  const count = COUNTS.get(fullName(node)) ?? 1;
  const at = Array.from({ length: count }, (_, i) => node.inputs[i] ?? "").indexOf("");
  return at < 0 ? undefined : at;
}
