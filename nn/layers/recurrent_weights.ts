/**
 * Weights of recurrent layers as PyTorch names and orders them.
 *
 * @module
 */
import type { CrypTensor } from "../../ops/tensor.ts";
import { sameShape, type Shape } from "../../ring/shape.ts";
import { factorOf } from "../derived.ts";
import { uniform } from "../init.ts";
import type { Parameter } from "../module.ts";
import { reordered, stacked } from "../parameters.ts";
import { GATES, type LaidWeights, layWeights } from "./recurrence.ts";
import type { Activation, RecurrentKind } from "./recurrent_steps.ts";

/** The activation function of an RNN. */
export type Nonlinearity = "tanh" | "relu";

const sigmoid: Activation = (x) => x.sigmoid();
const tanh: Activation = (x) => x.tanh();
const relu: Activation = (x) => x.relu();

/** Activations of PyTorch's networks. */
export function activationsOf(
  kind: RecurrentKind,
  nonlinearity: Nonlinearity | undefined,
): readonly Activation[] {
  return kind === "RNN" ? [nonlinearity === "relu" ? relu : tanh] : [sigmoid, tanh, tanh];
}

/** For each of ONNX' gates its number among PyTorch's: ifgo and rzn there, iofg and zrn here. */
const ORDER: Readonly<Record<RecurrentKind, readonly number[]>> = {
  RNN: [0],
  LSTM: [0, 3, 1, 2],
  GRU: [1, 0, 2],
};

/** Parts of a network's weights, in the order in which their names are written. */
export const PARTS = ["weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr"] as const;

/** Weights of PyTorch's layout, by direction: PARTS of the first, PARTS of the second. */
export function laid(kind: RecurrentKind, weights: readonly (Parameter | undefined)[]): LaidWeights {
  const count = weights.length / PARTS.length;
  const [input, hidden, inputBias, hiddenBias, projection] = PARTS.map((name, at) => {
    const each = Array.from({ length: count }, (_, d) => weights[d * PARTS.length + at]);
    if (!each.every((w) => w !== undefined)) return undefined;
    return stacked(each.map((w) => name === "weight_hr" ? w : reordered(w, ORDER[kind])));
  });
  return layWeights(
    kind,
    { input: input!, hidden: hidden!, inputBias, hiddenBias, projection },
    factorOf,
  );
}

/** New weights of a network: uniform within 1/sqrt(H), as PyTorch's. */
export function* newWeights(
  kind: RecurrentKind,
  inputSize: number,
  hiddenSize: number,
  bias: boolean,
  projSize: number,
): Generator<[string, Parameter]> {
  const limit = 1 / Math.sqrt(Math.max(1, hiddenSize));
  const rows = GATES[kind] * hiddenSize;
  const fresh = (shape: Shape): Parameter => uniform(shape, -limit, limit);
  yield ["weight_ih", fresh([rows, inputSize])];
  yield ["weight_hh", fresh([rows, projSize || hiddenSize])];
  if (bias) {
    yield ["bias_ih", fresh([rows])];
    yield ["bias_hh", fresh([rows])];
  }
  if (projSize > 0) yield ["weight_hr", fresh([projSize, hiddenSize])];
}

/** Refuses sizes that no layer has. @throws {RangeError} on them. */
export function checkSizes(kind: string, sizes: readonly number[]): void {
  if (!sizes.every((size) => Number.isInteger(size) && size > 0)) {
    throw new RangeError(
      `Cannot make a ${kind} layer: sizes ${sizes.join(" and ")}, positive ones are wanted`,
    );
  }
}

/** A state of the wanted shape. @throws {RangeError} on other ones. */
export function stateOf(
  kind: string,
  name: string,
  state: CrypTensor | undefined,
  shape: Shape,
): CrypTensor | undefined {
  if (state === undefined || sameShape(state.shape, shape)) return state;
  throw new RangeError(
    `Cannot run ${kind}: its state ${name} has shape [${state.shape}], [${shape}] is wanted`,
  );
}
