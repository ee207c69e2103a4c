/**
 * What follows from weights alone: computed once, for all inferences until the weights change.
 *
 * @module
 */
import { isTensor } from "../ops/op.ts";
import { matmulWeight, Weight } from "../ops/prepared.ts";
import type { CrypTensor } from "../ops/tensor.ts";
import type { Parameter } from "./module.ts";

/** Something that follows from weights; made at the first use, and anew when one of them is another tensor. */
export class Derived<T extends object> {
  readonly #make: (...weights: readonly (Parameter | undefined)[]) => T;
  #sources: readonly (Parameter | undefined)[] = [];
  #value: T | undefined;

  /** Says how it follows from the weights. */
  constructor(make: (...weights: readonly (Parameter | undefined)[]) => T) {
    this.#make = make;
  }

  /** What follows from these weights; undefined where there is none. */
  of(...weights: readonly (Parameter | undefined)[]): T {
    const same = weights.length === this.#sources.length &&
      weights.every((weight, i) => weight === this.#sources[i]);
    if (this.#value === undefined || !same) {
      this.dispose();
      const context = weights.find(isTensor)?.context;
      const make = (): T => this.#make(...weights);
      // It lives as long as the layer, not as long as the operation that happens to need it first.
      this.#value = context === undefined ? make() : context.keeping(() => context.scoped(make));
      this.#sources = weights;
    }
    return this.#value;
  }

  /** Returns its memory. */
  dispose(): void {
    const own = partsOf(this.#value).filter((part) => !this.#sources.includes(part as Parameter));
    for (const part of own) part.dispose();
    this.#value = undefined;
    this.#sources = [];
  }
}

/** The tensors and masked weights in a record. */
function partsOf(value: unknown): (CrypTensor | Weight)[] {
  if (isTensor(value) || value instanceof Weight) return [value];
  return typeof value === "object" && value !== null && !ArrayBuffer.isView(value)
    ? Object.values(value).flatMap(partsOf)
    : [];
}

/** The right operand of a matrix product: masked once, or as it is. */
export type Factor = Weight | Parameter;

/** A factor for many products: a secret one is masked once. */
export function factorOf(weight: Parameter): Factor {
  return isTensor(weight) ? new Weight(weight.alias(weight.context)) : weight;
}

/** x·w. */
export function times(x: CrypTensor, w: Factor): CrypTensor {
  return w instanceof Weight ? matmulWeight(x, w) : x.matmul(w);
}
