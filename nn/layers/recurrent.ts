/**
 * Recurrent layers, with PyTorch's options and names of weights.
 *
 * @module
 */
import { catAll } from "../../ops/join.ts";
import type { CrypTensor } from "../../ops/tensor.ts";
import { Derived } from "../derived.ts";
import { Module, type Parameter } from "../module.ts";
import { checkLengths, type LaidWeights, recur, type RecurrenceOptions } from "./recurrence.ts";
import type { RecurrentKind } from "./recurrent_steps.ts";
import {
  activationsOf,
  checkSizes,
  laid,
  newWeights,
  type Nonlinearity,
  PARTS,
  stateOf,
} from "./recurrent_weights.ts";

/** Options of recurrent layers, as in PyTorch. */
export interface RecurrentOptions {
  /** Layers, each of which runs over the outputs of the one before; 1 by default. */
  readonly numLayers?: number | undefined;
  /** Whether there are biases; true by default. */
  readonly bias?: boolean | undefined;
  /** Whether inputs and outputs are [N, T, ...] instead of [T, N, ...]; false by default. */
  readonly batchFirst?: boolean | undefined;
  /** Whether a second network runs from the end to the start, its outputs behind those of the first; false by default. */
  readonly bidirectional?: boolean | undefined;
  /** Probability with which outputs are dropped between layers in training; 0 by default. */
  readonly dropout?: number | undefined;
}

/** Options of {@link RNN}. */
export interface RNNOptions extends RecurrentOptions {
  /** The activation function; tanh by default. */
  readonly nonlinearity?: Nonlinearity | undefined;
}

/** Options of {@link LSTM}. */
export interface LSTMOptions extends RecurrentOptions {
  /** Size of outputs that a matrix makes of the hidden ones; 0, the default, for none. */
  readonly projSize?: number | undefined;
}

/** The state that a network starts from: zeros where it is absent. */
export interface RecurrentState {
  /** [numLayers·directions, N, H]; without the batch when the input has none. */
  readonly h?: CrypTensor | undefined;
  /** The memory of an LSTM, of the same shape (with a projection, the hidden size is that of the memory). */
  readonly c?: CrypTensor | undefined;
  /** Steps of each sequence of the batch, as of PyTorch's packed sequences; all by default. Public. */
  readonly lengths?: readonly number[] | undefined;
}

/** What a network gives. */
export interface RecurrentResult {
  /** The hidden states of the last layer, [T, N, directions·H] or with the batch first. */
  readonly output: CrypTensor;
  /** The last hidden state of all layers, [numLayers·directions, N, H]. */
  readonly h: CrypTensor;
}

/** What an LSTM gives. */
export interface LSTMResult extends RecurrentResult {
  /** The last memory of all layers. */
  readonly c: CrypTensor;
}

type Full = Required<{ [K in keyof (RNNOptions & LSTMOptions)]: NonNullable<(RNNOptions & LSTMOptions)[K]> }>;

/** What all recurrent layers have. */
export abstract class Recurrent<Out extends RecurrentResult> extends Module<
  readonly [x: CrypTensor, state?: RecurrentState],
  Out
> {
  /** Kind of layer. */
  abstract override readonly kind: RecurrentKind;
  readonly #inputSize: number;
  readonly #hiddenSize: number;
  readonly #options: Full;
  readonly #laid: readonly Derived<LaidWeights>[];

  /** Layers of these sizes with fresh weights; throws a RangeError on sizes that are no positive integers. */
  constructor(kind: RecurrentKind, inputSize: number, hiddenSize: number, given: RNNOptions & LSTMOptions) {
    super();
    const { numLayers = 1, bias = true, batchFirst = false, bidirectional = false } = given;
    const { dropout = 0, nonlinearity = "tanh", projSize = 0 } = given;
    checkSizes(kind, [inputSize, hiddenSize, numLayers]);
    if (!Number.isInteger(projSize) || projSize < 0 || projSize >= hiddenSize && projSize > 0) {
      throw new RangeError(
        `Cannot make a ${kind} layer: projSize is ${projSize}, 0 to less than ${hiddenSize} is wanted`,
      );
    }
    this.#inputSize = inputSize;
    this.#hiddenSize = hiddenSize;
    this.#options = { numLayers, bias, batchFirst, bidirectional, dropout, nonlinearity, projSize };
    const outputs = (projSize || hiddenSize) * (bidirectional ? 2 : 1);
    for (let layer = 0; layer < numLayers; layer++) {
      for (const suffix of this.#suffixes(layer)) {
        const inputs = layer === 0 ? inputSize : outputs;
        for (const [name, value] of newWeights(kind, inputs, hiddenSize, bias, projSize)) {
          this.parameters.set(`${name}${suffix}`, value);
        }
      }
    }
    this.#laid = Array.from({ length: numLayers }, () => new Derived((...weights) => laid(kind, weights)));
  }

  #suffixes(layer: number): readonly string[] {
    return this.#options.bidirectional ? [`_l${layer}`, `_l${layer}_reverse`] : [`_l${layer}`];
  }

  /** Runs all layers over x of shape [T, N, I], or [N, T, I], or without the batch. */
  protected run(x: CrypTensor, { h, c, lengths }: RecurrentState): RecurrentResult & { c?: CrypTensor } {
    const { batchFirst, bidirectional, dropout, nonlinearity, numLayers, projSize } = this.#options;
    if ((x.ndim !== 2 && x.ndim !== 3) || x.shape.at(-1) !== this.#inputSize || x.size === 0) {
      throw new RangeError(
        `Cannot run ${this.kind}: the input has shape [${x.shape}], [steps, batch, ${this.#inputSize}] is wanted`,
      );
    }
    const single = x.ndim === 2;
    const turns = batchFirst && !single;
    const directions = bidirectional ? 2 : 1;
    const batch = single ? 1 : x.shape[turns ? 0 : 1]!;
    const time = x.shape[turns ? 1 : 0]!;
    if (lengths !== undefined) checkLengths(lengths, batch, time);
    const lead = [numLayers * directions, ...(single ? [] : [batch])];
    const start = {
      h: stateOf(this.kind, "h", h, [...lead, projSize || this.#hiddenSize]),
      c: stateOf(this.kind, "c", c, [...lead, this.#hiddenSize]),
    };
    const activations = activationsOf(this.kind, nonlinearity);
    const options: RecurrenceOptions = {
      reversed: bidirectional ? [false, true] : [false],
      activations: new Array(directions).fill(activations),
      lengths,
    };
    return x.context.scoped(() => {
      const partOf = (all: CrypTensor | undefined, layer: number): CrypTensor | undefined =>
        all?.narrow(0, layer * directions, directions).reshape([directions, batch, all.shape.at(-1)!]);
      let y = single ? x.unsqueeze(1) : turns ? x.transpose(0, 1) : x;
      const last: { h: CrypTensor; c: CrypTensor | undefined }[] = [];
      for (let layer = 0; layer < numLayers; layer++) {
        if (layer > 0 && dropout > 0 && this.training) y = y.dropout(dropout);
        const weights = this.#laid[layer]!.of(...this.#weights(layer));
        const state = { h: partOf(start.h, layer), c: partOf(start.c, layer) };
        const { output, h, c } = recur(this.kind, y, weights, state, options);
        last.push({ h, c });
        y = output.permute([0, 2, 1, 3]).reshape([time, batch, -1]);
      }
      const final = (states: readonly CrypTensor[]): CrypTensor =>
        single ? catAll(states).squeeze(1) : catAll(states);
      const memories = last.map((state) => state.c).filter((state) => state !== undefined);
      return {
        output: single ? y.squeeze(1) : turns ? y.transpose(0, 1) : y,
        h: final(last.map((state) => state.h)),
        ...(memories.length > 0 ? { c: final(memories) } : {}),
      };
    });
  }

  /** The weights of a layer, direction by direction. */
  #weights(layer: number): (Parameter | undefined)[] {
    return this.#suffixes(layer).flatMap((suffix) =>
      PARTS.map((name) => this.parameters.get(`${name}${suffix}`))
    );
  }

  /** Returns the memory of the weights. */
  override dispose(): void {
    super.dispose();
    for (const weights of this.#laid) weights.dispose();
  }

  /** The layer's options. */
  override get summary(): string {
    const { numLayers, bidirectional } = this.#options;
    const layers = numLayers === 1 ? "" : `, ${numLayers} layers`;
    return `${this.#inputSize} -> ${this.#hiddenSize}${layers}${bidirectional ? ", both directions" : ""}`;
  }
}

/**
 * h' = tanh(W·x + b + R·h + b'), or with relu. *Error*: about 1e-4 per step. *Cost* (lean, 2 parties): one round for the products
 * of all inputs, then 6 rounds a step; with secret weights 8 bytes per element of the input, and 8 + 52 per element of the state
 * and step. Weights are opened once, masked.
 */
export class RNN extends Recurrent<RecurrentResult> {
  /** Kind of layer. */
  override readonly kind = "RNN";
  /** A network with new weights. @throws {RangeError} on sizes that are not positive. */
  constructor(inputSize: number, hiddenSize: number, options: RNNOptions = {}) {
    super("RNN", inputSize, hiddenSize, options);
  }
  /** Runs over [T, N, I]. @throws {RangeError} when shapes do not fit. */
  override forward(x: CrypTensor, state: RecurrentState = {}): RecurrentResult {
    return this.run(x, state);
  }
}

/**
 * Long short-term memory (Hochreiter and Schmidhuber 1997), as in PyTorch. *Error*: about 2e-4 per step. *Cost* (lean, 2
 * parties): one round for the products of all inputs, then 14 rounds a step, in which both directions run side by side; with
 * secret weights 8 bytes per element of the input, and some 330 per element of the state and step. Weights are opened once,
 * masked.
 */
export class LSTM extends Recurrent<LSTMResult> {
  /** Kind of layer. */
  override readonly kind = "LSTM";
  /** A network with new weights. @throws {RangeError} on sizes that do not fit. */
  constructor(inputSize: number, hiddenSize: number, options: LSTMOptions = {}) {
    super("LSTM", inputSize, hiddenSize, options);
  }
  /** Runs over [T, N, I]. @throws {RangeError} when shapes do not fit. */
  override forward(x: CrypTensor, state: RecurrentState = {}): LSTMResult {
    return this.run(x, state) as LSTMResult;
  }
}

/**
 * Gated recurrent unit (Cho et al. 2014), as in PyTorch. *Error*: about 2e-4 per step. *Cost* (lean, 2 parties): one round for the
 * products of all inputs, then 14 rounds a step; with secret weights some 230 bytes per element of the state and step.
 */
export class GRU extends Recurrent<RecurrentResult> {
  /** Kind of layer. */
  override readonly kind = "GRU";
  /** A network with new weights. @throws {RangeError} on sizes that are not positive. */
  constructor(inputSize: number, hiddenSize: number, options: RecurrentOptions = {}) {
    super("GRU", inputSize, hiddenSize, options);
  }
  /** Runs over [T, N, I]. @throws {RangeError} when shapes do not fit. */
  override forward(x: CrypTensor, state: RecurrentState = {}): RecurrentResult {
    return this.run(x, state);
  }
}
