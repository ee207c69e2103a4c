/**
 * What a layer must compute, in double precision, and how far off it may be: the form of the table.
 *
 * @module
 */
import type { Values } from "../tensors.ts";

/** Distance between neighbouring numbers of 16 fraction bits. */
export const ULP = 2 ** -16;

/** A layer in use. */
export interface LayerCase<O = Readonly<Record<string, unknown>>> {
  /** Options. */
  readonly options: O;
  /** Inputs, rounded to 16 fraction bits. */
  readonly inputs: readonly Values[];
  /** Weights and statistics by name, rounded to 16 fraction bits. */
  readonly weights: Readonly<Record<string, Values>>;
  /** Whether the weights are public, and all inputs but the first. */
  readonly publicWeights: boolean;
}

/** What a layer gives: one tensor or several, in the order of the record or list that it returns. */
export type Results = Values | readonly Values[];

/** What a layer must compute. */
export interface LayerOracle {
  /** The result in inference. */
  forward(c: LayerCase): Results;
  /** What the error of the layer stays below, as it states; 0 means exact. */
  error(c: LayerCase): number;
  /** Whether the error grows with the result: it is that much for each unit of 1 + |result|. */
  readonly relative?: boolean;
  /** The result in training; that of inference by default. */
  readonly training?: (c: LayerCase) => Results;
  /** In training: whether an element of the result can come of an element of the input. Replaces `training`. */
  readonly drops?: (c: LayerCase, input: number, output: number) => boolean;
  /** Weights and statistics after one pass in training; unchanged by default. */
  readonly state?: (c: LayerCase) => Readonly<Record<string, Values>>;
  /** Whether all inputs must be secret; by default the first one must. */
  readonly secretInputs?: boolean;
  /** Least and largest values of weights and statistics that are tried; -1 to 1 by default. */
  readonly ranges?: Readonly<Record<string, readonly [number, number]>>;
}

/** A row with typed options. */
export function row<O>(
  forward: (c: LayerCase<O>) => Values,
  error: number | ((c: LayerCase<O>, result: Values) => number) = 0,
): LayerOracle & { forward(c: LayerCase): Values } {
  return {
    forward: (c) => forward(c as LayerCase<O>),
    error: (c) => {
      const own = c as LayerCase<O>;
      return typeof error === "number" ? error : error(own, forward(own));
    },
  };
}

/** The largest absolute value. */
export const largest = (x: Values): number => x.data.reduce((most, v) => Math.max(most, Math.abs(v)), 0);

/** A function of each element, and its error there. */
export function elements<O>(
  f: (x: number, options: O) => number,
  error: number | ((x: number, options: O) => number) = 0,
): LayerOracle {
  return row<O>(
    ({ inputs: [x], options }) => ({ shape: x!.shape, data: x!.data.map((v) => f(v, options)) }),
    ({ inputs: [x], options }) =>
      typeof error === "number" ? error : Math.max(0, ...x!.data.map((v) => error(v, options))),
  );
}

/** What public weights add: below 1/2 the input is divided by a power of two first, and loses a unit in each of so many terms. */
export function publicLoss(weight: Values, publicWeights: boolean, terms: number): number {
  return publicWeights && largest(weight) < 0.5 ? terms * ULP : 0;
}
