/**
 * Recurrent networks of one layer, in one or both directions of time: what PyTorch's layers and ONNX' operators share.
 *
 * @module
 */
import { stackAll } from "../../ops/join.ts";

import { Tensor } from "../../ops/plaintext.ts";
import type { CrypTensor } from "../../ops/tensor.ts";
import { type Factor, times } from "../derived.ts";
import type { Parameter } from "../module.ts";
import { joined, part, reshaped, sum, turned } from "../parameters.ts";
import {
  type RecurrentKind,
  type StepOptions,
  steps,
  type StepState,
  type StepWeights,
} from "./recurrent_steps.ts";

/** Gates of each kind of network. */
export const GATES: Readonly<Record<RecurrentKind, number>> = { RNN: 1, LSTM: 4, GRU: 3 };

/** Weights as ONNX has them, gates in its order: iofc, zrh. */
export interface RawWeights {
  /** [D, G·H, I] */
  readonly input: Parameter;
  /** [D, G·H, H] */
  readonly hidden: Parameter;
  /** [D, G·H]: is added to the product of the input. */
  readonly inputBias?: Parameter | undefined;
  /** [D, G·H]: is added to the product of the state. */
  readonly hiddenBias?: Parameter | undefined;
  /** [D, 3·H] */
  readonly peepholes?: Parameter | undefined;
  /** [D, H, C] */
  readonly projection?: Parameter | undefined;
}

/** Weights as products take them. */
export interface LaidWeights extends StepWeights {
  /** [I, D·G·H] */
  readonly input: Factor;
  /** [D·G·H] */
  readonly bias: Parameter | undefined;
}

/** How a network runs. */
export interface RecurrenceOptions extends StepOptions {
  /** Which directions run from the end to the start. */
  readonly reversed: readonly boolean[];
  /** Steps of each sequence of the batch; all by default. Public. */
  readonly lengths?: readonly number[] | undefined;
}

/** What a network gives. */
export interface Recurred {
  /** The states of all steps, [T, D, N, H]; 0 behind the end of a sequence. */
  readonly output: CrypTensor;
  /** The last state of each sequence, [D, N, H]. */
  readonly h: CrypTensor;
  /** The last memory of an LSTM, [D, N, C]. */
  readonly c: CrypTensor | undefined;
}

/** How products take weights: `factor` masks a secret one for many products. `resetFirst` is a GRU's form, r before the product. */
export function layWeights(
  kind: RecurrentKind,
  raw: RawWeights,
  factor: (weight: Parameter) => Factor,
  resetFirst = false,
): LaidWeights {
  const { input, hidden, inputBias, hiddenBias, peepholes, projection } = raw;
  const [directions, width, features] = input.shape as [number, number, number];
  const side = width / GATES[kind];
  const flat = directions * width;
  const early = kind === "GRU" && hiddenBias !== undefined && !resetFirst;
  // What a GRU resets has its bias with it; all other biases are added to the product of the input.
  const rest = early ? withoutLast(hiddenBias, 2 * side, side) : hiddenBias;
  const bias = sum(inputBias, rest);
  const reset = kind === "GRU" && resetFirst;
  return {
    input: factor(turned(reshaped(input, [flat, features]))),
    bias: bias && reshaped(bias, [flat]),
    hidden: factor(turned(reset ? part(hidden, 1, 0, 2 * side) : hidden)),
    candidate: reset ? factor(turned(part(hidden, 1, 2 * side, side))) : undefined,
    candidateBias: early ? reshaped(part(hiddenBias, 1, 2 * side, side), [directions, 1, side]) : undefined,
    peepholes: peepholes && reshaped(peepholes, [directions, 1, 3 * side]),
    projection: projection && factor(turned(projection)),
  };
}

/** A bias [D, G·H] with zeros at its end. */
function withoutLast(bias: Parameter, start: number, length: number): Parameter {
  const rows = Array.from({ length: bias.shape[0]! }, (_, d) => {
    const row = reshaped(part(part(bias, 0, d, 1), 1, 0, start), [start]);
    return joined([row, new Tensor([length], new Float64Array(length))]);
  });
  return reshaped(joined(rows), bias.shape);
}

/** Each sequence of [T, N, ...] from its end to its start. */
function backwards(x: CrypTensor, lengths: readonly number[] | undefined): CrypTensor {
  if (lengths === undefined) return x.flip(0);
  const [steps, batch, ...rest] = x.shape as [number, number, ...number[]];
  const from = Int32Array.from({ length: steps * batch }, (_, at) => {
    const [t, n] = [Math.floor(at / batch), at % batch];
    const length = lengths[n]!;
    return (t < length ? length - 1 - t : t) * batch + n;
  });
  return x.reshape([steps * batch, ...rest]).indexSelect(0, from).reshape(x.shape);
}

/** [T, D, N, F] with some directions reversed in time. */
function turnDirections(x: CrypTensor, { reversed, lengths }: RecurrenceOptions): CrypTensor {
  if (!reversed.includes(true)) return x;
  const [time, , ...rest] = x.shape;
  return stackAll(
    reversed.map((turn, d) => {
      const one = x.narrow(1, d, 1).reshape([time!, ...rest]);
      return turn ? backwards(one, lengths) : one;
    }),
    1,
  );
}

/** 1 for sequences that reach a step, else 0, as [N, 1]; undefined when all do. */
function reaching(step: number, lengths: readonly number[] | undefined): Tensor | undefined {
  if (lengths === undefined || lengths.every((length) => length > step)) return undefined;
  return new Tensor([lengths.length, 1], Int32Array.from(lengths, (length) => Number(length > step)));
}

/** The new state where a sequence goes on, the old one where it has ended. */
function held(now: CrypTensor, before: CrypTensor | undefined, mask: Tensor): CrypTensor {
  return before === undefined ? now.mul(mask) : before.add(now.sub(before).mul(mask));
}

/**
 * Runs a network over x of shape [T, N, I]. The products of all inputs are one product.
 */
export function recur(
  kind: RecurrentKind,
  x: CrypTensor,
  weights: LaidWeights,
  state: StepState,
  options: RecurrenceOptions,
): Recurred {
  const { context } = x;
  const [time, batch] = x.shape as [number, number, number];
  const directions = options.reversed.length;
  return context.scoped(() => {
    const product = times(x, weights.input);
    const biased = weights.bias === undefined ? product : product.add(weights.bias);
    const width = biased.shape[2]! / directions;
    const gates = turnDirections(
      biased.reshape([time, batch, directions, width]).permute([0, 2, 1, 3]),
      options,
    );
    const step = steps[kind];
    const outputs: CrypTensor[] = [];
    let now: StepState = state;
    for (let t = 0; t < time; t++) {
      const { h, c, output } = context.scoped(() => {
        const next = step(gates.slice([t]), now, weights, options);
        const mask = reaching(t, options.lengths);
        if (mask === undefined) return { ...next, output: next.h };
        const memory = next.c && held(next.c.rescale(), now.c?.rescale(), mask);
        return { h: held(next.h, now.h?.rescale(), mask), c: memory, output: next.h.mul(mask) };
      });
      outputs.push(output);
      now = { h, c };
    }
    const output = turnDirections(stackAll(outputs), options);
    return { output, h: now.h!, c: now.c };
  });
}

/** Shapes that fit, or a refusal. */
export function checkLengths(lengths: readonly number[], batch: number, time: number): void {
  const fit = lengths.length === batch && lengths.every((n) => Number.isInteger(n) && n >= 0 && n <= time);
  if (!fit) {
    throw new RangeError(
      `Cannot run over sequences of lengths [${lengths}]: ${batch} lengths from 0 to ${time} are wanted`,
    );
  }
}
