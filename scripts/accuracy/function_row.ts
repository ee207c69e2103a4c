/**
 * What a row of the table of functions says.
 *
 * @module
 */
import type { CrypTensor } from "../../mod.ts";
import { bothSigns, type Span, ULP } from "./points.ts";
import type { Stated } from "./stated.ts";

/** A function of each element, or of the elements of two tensors at the same place. */
export interface FunctionRow {
  /** Its name. */
  readonly name: string;
  /** What it computes. */
  readonly text: string;
  /** Where the error is stated, in words. */
  readonly domain: string;
  /** Where it is tried, for each operand. */
  readonly spans: readonly (readonly Span[])[];
  /** Points of the first operand that are tried besides; for two operands pairs of them. */
  readonly edges: readonly number[];
  /** Makes operands of tried points, where these do not stand for themselves. */
  readonly place?: (x: number, y: number) => readonly [number, number];
  /** The function of the library. */
  readonly apply: (x: CrypTensor, y: CrypTensor) => CrypTensor;
  /** The function in plain numbers, with what is stated beyond the domain. */
  readonly f: (x: number, y: number) => number;
  /** The stated error. */
  readonly error: Stated;
}

/** The largest number that 16 fraction bits can encode, about. */
export const LARGEST = 2 ** 46 - 2 ** -6;

/** Points that every function of all numbers is tried at. */
export const FAR: readonly number[] = [0, 1, -1, 1e4, -1e4, 1e9, -1e9, LARGEST - 1, 1 - LARGEST];

/** A number within two ends. */
export function clip(x: number, low: number, high: number): number {
  return Math.min(Math.max(x, low), high);
}

/** Everything that can be shared, with more points where the function bends. */
export function everywhere(bend: number): Span[] {
  return [{ from: -bend, to: bend }, ...bothSigns(ULP, LARGEST)];
}
