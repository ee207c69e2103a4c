/**
 * Weights that stay: masked once, for all products until they change.
 *
 * @module
 */
import { Weight } from "../ops/prepared.ts";
import type { CrypTensor } from "../ops/tensor.ts";

/** The masked form of a secret weight; made at the first use, and anew when the layer gets another weight. */
export class Stationary {
  readonly #view: ((weight: CrypTensor) => CrypTensor) | undefined;
  #source: CrypTensor | undefined;
  #weight: Weight | undefined;

  /** Of the weight itself, or of a local view of it, such as its transpose. */
  constructor(view?: (weight: CrypTensor) => CrypTensor) {
    this.#view = view;
  }

  /** The masked form. */
  of(weight: CrypTensor): Weight {
    if (this.#weight === undefined || this.#source !== weight) {
      this.dispose();
      this.#source = weight;
      const { context } = weight;
      // It lives as long as the layer, not as long as the operation that happens to need it first.
      const view = (): CrypTensor => this.#view?.(weight) ?? weight.alias(context);
      this.#weight = context.keeping(() => new Weight(context.scoped(view)));
    }
    return this.#weight;
  }

  /** Returns the memory of the masked form. */
  dispose(): void {
    this.#weight?.dispose();
    this.#weight = undefined;
    this.#source = undefined;
  }
}
