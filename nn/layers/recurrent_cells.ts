/**
 * Single steps of recurrent networks, with PyTorch's options and names of weights.
 *
 * @module
 */
import type { CrypTensor } from "../../ops/tensor.ts";
import { Derived } from "../derived.ts";
import { Module } from "../module.ts";
import { type LaidWeights, recur } from "./recurrence.ts";
import type { RecurrentState } from "./recurrent.ts";
import type { Activation, RecurrentKind } from "./recurrent_steps.ts";
import {
  activationsOf,
  checkSizes,
  laid,
  newWeights,
  type Nonlinearity,
  PARTS,
  stateOf,
} from "./recurrent_weights.ts";

/** Options of single steps, as in PyTorch. */
export interface RecurrentCellOptions {
  /** Whether there are biases; true by default. */
  readonly bias?: boolean | undefined;
}

/** Options of {@link RNNCell}. */
export interface RNNCellOptions extends RecurrentCellOptions {
  /** The activation function; tanh by default. */
  readonly nonlinearity?: Nonlinearity | undefined;
}

/** What all single steps have. */
export abstract class RecurrentCell<In extends readonly unknown[], Out> extends Module<In, Out> {
  /** Kind of layer. */
  abstract override readonly kind: `${RecurrentKind}Cell`;
  readonly #of: RecurrentKind;
  readonly #sizes: readonly [number, number];
  readonly #activations: readonly Activation[];
  readonly #laid: Derived<LaidWeights>;

  /** A step of these sizes with fresh weights; throws a RangeError on sizes that are no positive integers. */
  constructor(of: RecurrentKind, inputSize: number, hiddenSize: number, options: RNNCellOptions) {
    super();
    checkSizes(`${of}Cell`, [inputSize, hiddenSize]);
    this.#of = of;
    this.#sizes = [inputSize, hiddenSize];
    this.#activations = activationsOf(of, options.nonlinearity);
    this.#laid = new Derived((...weights) => laid(of, weights));
    for (const [name, value] of newWeights(of, inputSize, hiddenSize, options.bias ?? true, 0)) {
      this.parameters.set(name, value);
    }
  }

  /** One step over x of shape [N, I] or [I]. */
  protected step(
    x: CrypTensor,
    h?: CrypTensor,
    c?: CrypTensor,
  ): { h: CrypTensor; c: CrypTensor | undefined } {
    const [inputs, side] = this.#sizes;
    if ((x.ndim !== 1 && x.ndim !== 2) || x.shape.at(-1) !== inputs) {
      throw new RangeError(
        `Cannot run ${this.kind}: the input has shape [${x.shape}], [batch, ${inputs}] is wanted`,
      );
    }
    const shape = [...x.shape.slice(0, -1), side];
    const [rows] = x.ndim === 1 ? [1] : x.shape as [number];
    const lifted = (name: string, state: CrypTensor | undefined): CrypTensor | undefined =>
      stateOf(this.kind, name, state, shape)?.reshape([1, rows, side]);
    return x.context.scoped(() => {
      const weights = this.#laid.of(...PARTS.map((name) => this.parameters.get(name)));
      const state = { h: lifted("h", h), c: lifted("c", c) };
      const one = x.reshape([1, rows, inputs]);
      const next = recur(this.#of, one, weights, state, {
        reversed: [false],
        activations: [this.#activations],
      });
      return { h: next.h.reshape(shape), c: next.c?.reshape(shape) };
    });
  }

  /** Returns the memory of the weights. */
  override dispose(): void {
    super.dispose();
    this.#laid.dispose();
  }

  /** The layer's options. */
  override get summary(): string {
    return this.#sizes.join(" -> ");
  }
}

/** One step of an {@link RNN}. */
export class RNNCell extends RecurrentCell<readonly [x: CrypTensor, h?: CrypTensor], CrypTensor> {
  /** Kind of layer. */
  override readonly kind = "RNNCell";
  /** A step with new weights. @throws {RangeError} on sizes that are not positive. */
  constructor(inputSize: number, hiddenSize: number, options: RNNCellOptions = {}) {
    super("RNN", inputSize, hiddenSize, options);
  }
  /** The new state of x, [N, I], and the old state, [N, H]; zeros by default. */
  override forward(x: CrypTensor, h?: CrypTensor): CrypTensor {
    return this.step(x, h).h;
  }
}

/** One step of an {@link LSTM}. */
export class LSTMCell extends RecurrentCell<
  readonly [x: CrypTensor, state?: Pick<RecurrentState, "h" | "c">],
  { readonly h: CrypTensor; readonly c: CrypTensor }
> {
  /** Kind of layer. */
  override readonly kind = "LSTMCell";
  /** A step with new weights. @throws {RangeError} on sizes that are not positive. */
  constructor(inputSize: number, hiddenSize: number, options: RecurrentCellOptions = {}) {
    super("LSTM", inputSize, hiddenSize, options);
  }
  /** The new state and memory of x, [N, I], and the old ones, [N, H]; zeros by default. */
  override forward(
    x: CrypTensor,
    { h, c }: Pick<RecurrentState, "h" | "c"> = {},
  ): { readonly h: CrypTensor; readonly c: CrypTensor } {
    return this.step(x, h, c) as { h: CrypTensor; c: CrypTensor };
  }
}

/** One step of a {@link GRU}. */
export class GRUCell extends RecurrentCell<readonly [x: CrypTensor, h?: CrypTensor], CrypTensor> {
  /** Kind of layer. */
  override readonly kind = "GRUCell";
  /** A step with new weights. @throws {RangeError} on sizes that are not positive. */
  constructor(inputSize: number, hiddenSize: number, options: RecurrentCellOptions = {}) {
    super("GRU", inputSize, hiddenSize, options);
  }
  /** The new state of x, [N, I], and the old state, [N, H]; zeros by default. */
  override forward(x: CrypTensor, h?: CrypTensor): CrypTensor {
    return this.step(x, h).h;
  }
}
