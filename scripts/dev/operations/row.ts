/**
 * What a row of the operation table says, and what its operation is measured on.
 *
 * @module
 */
import type { CrypTensor, Session } from "../../../mod.ts";

/** Operands that are there before the measurement: of one party each. */
export interface Operands {
  /** The session. */
  readonly mpc: Session;
  /** [1000] of party 0, values in (-2, 2). */
  readonly x: CrypTensor;
  /** [1000] of party 1, values in (1, 3). */
  readonly y: CrypTensor;
  /** x as a matrix of 10 rows. */
  readonly m: CrypTensor;
  /** x as a batch of images, [1, 10, 10, 10]. */
  readonly image: CrypTensor;
  /** [1000] zeros and ones of party 0, integers. */
  readonly flags: CrypTensor;
  /** [100] integers from 0 to 9 of party 1. */
  readonly index: CrypTensor;
}

/** Figures of CrypTen with its default settings, for two parties. */
export interface CrypTenCost {
  /** Rounds. */
  readonly rounds: number;
  /** Bytes per element and peer. */
  readonly bytes: number;
}

/** What else a row may say. */
export interface Details {
  /** Where it holds; everything that can be shared by default. */
  readonly domain?: string;
  /** The error; none by default. */
  readonly error?: string;
  /** Elements that the bytes are divided by; 1000 by default. */
  readonly per?: number;
  /** What CrypTen takes. */
  readonly crypten?: CrypTenCost;
}

/** An operation. */
export interface Operation extends Details {
  /** Its name: a method of encrypted tensors, or a function. */
  readonly name: string;
  /** What it computes, in a few words. */
  readonly text: string;
  /** Runs it. */
  readonly run: (o: Operands) => CrypTensor | readonly CrypTensor[];
}

/** A family of operations. */
export interface Family {
  /** Its name. */
  readonly title: string;
  /** Its operations. */
  readonly rows: readonly Operation[];
}

/** Makes a row. */
export function op(name: string, text: string, run: Operation["run"], details: Details = {}): Operation {
  return { name, text, run, ...details };
}
