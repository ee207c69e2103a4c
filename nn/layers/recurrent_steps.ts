/**
 * One step of recurrent networks. Tensors have the directions in front: states are [D, N, H], gates [D, N, G·H] in ONNX' order,
 * which has those with sigmoids side by side.
 *
 * @module
 */
import { catAll } from "../../ops/join.ts";
import type { CrypTensor } from "../../ops/tensor.ts";
import { type Factor, times } from "../derived.ts";
import type { Parameter } from "../module.ts";
import { part } from "../parameters.ts";

/** A function of elements. */
export type Activation = (x: CrypTensor) => CrypTensor;

/** Kind of recurrent network. */
export type RecurrentKind = "RNN" | "LSTM" | "GRU";

/** Weights of a step as products take them; undefined where there are none. */
export interface StepWeights {
  /** [D, H, G·H], or of a GRU that resets before its product [D, H, 2·H]. */
  readonly hidden: Factor;
  /** [D, H, H]: what is multiplied with the state that was reset. */
  readonly candidate?: Factor | undefined;
  /** [D, 1, H]: what a GRU adds to its product before it is reset. */
  readonly candidateBias?: Parameter | undefined;
  /** [D, 1, 3·H]: what an LSTM's gates see of its memory: input, output, forget. */
  readonly peepholes?: Parameter | undefined;
  /** [D, C, H]: what an LSTM's output is multiplied with. */
  readonly projection?: Factor | undefined;
}

/** Options of a step. */
export interface StepOptions {
  /** Functions by direction: of gates, of candidates, and of an LSTM's memory. */
  readonly activations: readonly (readonly Activation[])[];
  /** Arguments of functions of gates and candidates are cut to ± this. */
  readonly clip?: number | undefined;
  /** Whether an LSTM forgets what it does not take in. */
  readonly inputForget?: boolean | undefined;
}

/** What is carried from step to step; zeros where undefined. */
export interface StepState {
  /** Hidden state, which is the output too. */
  readonly h?: CrypTensor | undefined;
  /** Memory of an LSTM. */
  readonly c?: CrypTensor | undefined;
}

/** A step: from what the input gives the gates, and the state before. */
export type Step = (
  gates: CrypTensor,
  state: StepState,
  weights: StepWeights,
  options: StepOptions,
) => StepState & { readonly h: CrypTensor };

/** Function number `k` of each direction. Directions with the same one share a call. */
function activate(x: CrypTensor, k: number, { activations, clip }: StepOptions, clips = true): CrypTensor {
  const y = clips && clip !== undefined ? x.clamp(-clip, clip) : x;
  const [first, ...others] = activations.map((of) => of[k]!);
  if (others.every((f) => f === first)) return first!(y);
  return catAll([first!, ...others].map((f, d) => f(y.narrow(0, d, 1))));
}

/** Gates of one width. */
const gatesOf = (x: CrypTensor, count: number): CrypTensor[] => x.chunk(count, 2);

/** Function 0 of several gates, in one call. */
function activateAll(gates: readonly CrypTensor[], options: StepOptions): CrypTensor[] {
  return gatesOf(activate(catAll(gates, 2), 0, options), gates.length);
}

function addProduct(x: CrypTensor, h: CrypTensor | undefined, w: Factor): CrypTensor {
  // Both are products: the sum is truncated once.
  return h === undefined ? x : x.add(times(h, w));
}

/** h' = f(x + h·R). */
const rnnStep: Step = (gates, { h }, { hidden }, options) => ({
  h: activate(addProduct(gates, h, hidden), 0, options).rescale(),
});

/** c' = f∘c + i∘g, h' = o∘tanh(c'). */
const lstmStep: Step = (gates, { h, c }, { hidden, peepholes, projection }, options) => {
  const [i, o, f, g] = gatesOf(addProduct(gates, h, hidden).rescale(), 4) as [
    CrypTensor,
    CrypTensor,
    CrypTensor,
    CrypTensor,
  ];
  const peek = (gate: CrypTensor, memory: CrypTensor | undefined, at: number): CrypTensor => {
    if (peepholes === undefined || memory === undefined) return gate;
    const side = peepholes.shape[2]! / 3;
    return gate.add(memory.mul(part(peepholes, 2, at * side, side)));
  };
  // The output gate sees the new memory: with peepholes it comes later.
  const early = peepholes === undefined ? [i, o] : [peek(i, c, 0)];
  const open = activateAll(options.inputForget === true ? early : [...early, peek(f, c, 2)], options);
  const input = open[0]!;
  const forget = options.inputForget === true ? input.neg().add(1) : open.at(-1)!;
  const fresh = input.mul(activate(g, 1, options));
  const memory = c === undefined ? fresh : forget.mul(c).add(fresh);
  const output = peepholes === undefined ? open[1]! : activate(peek(o, memory, 1), 0, options);
  const shown = output.mul(activate(memory, 2, options, false)).rescale();
  return { h: projection === undefined ? shown : times(shown, projection).rescale(), c: memory };
};

/** h' = n + z∘(h - n), with n = g(x + r∘(h·R + b)), or g(x + (r∘h)·R) with a candidate's weight of its own. */
const gruStep: Step = (gates, { h }, { hidden, candidate, candidateBias }, options) => {
  const side = gates.shape[2]! / 3;
  const product = h === undefined ? undefined : times(h, hidden);
  const own = gates.narrow(2, 0, 2 * side);
  const seen = product?.narrow(2, 0, 2 * side);
  const [z, r] = activateAll([seen === undefined ? own : own.add(seen)], options)
    .flatMap((both) => gatesOf(both, 2)) as [CrypTensor, CrypTensor];
  const fromInput = gates.narrow(2, 2 * side, side);
  const n = activate(addReset(), 1, options).rescale();
  return { h: h === undefined ? n.sub(z.mul(n)).rescale() : n.add(z.mul(h.sub(n))).rescale() };

  function addReset(): CrypTensor {
    if (candidate !== undefined) return addProduct(fromInput, h === undefined ? h : r.mul(h), candidate);
    const last = product?.narrow(2, 2 * side, side);
    const biased = candidateBias === undefined ? last : last?.add(candidateBias) ?? candidateBias;
    return biased === undefined ? fromInput : fromInput.add(r.mul(biased));
  }
};

/** The step of each kind of network. */
export const steps: Readonly<Record<RecurrentKind, Step>> = { RNN: rnnStep, LSTM: lstmStep, GRU: gruStep };
