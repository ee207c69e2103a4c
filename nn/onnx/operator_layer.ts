/**
 * A node that is no layer by itself, as one.
 *
 * @module
 */
import type { CrypTensor } from "../../ops/tensor.ts";
import { Module } from "../module.ts";
import { fullName } from "./operator.ts";
import type { Step } from "./program.ts";

/** A node among the layers of a graph: it is shown, and run by the graph. */
export class OperatorLayer extends Module {
  /** The operator. */
  readonly kind: string;
  readonly #summary: string;
  /** Shows a step. */
  constructor({ node, lowered }: Step) {
    super();
    this.kind = fullName(node);
    this.#summary = lowered.summary ?? "";
  }
  /** A node is run with its graph only: its operands are there. */
  override forward(_x: CrypTensor): CrypTensor {
    throw new TypeError(`Cannot run the node of ${this.kind} alone: its operands are values of its graph`);
  }
  /** Its options. */
  override get summary(): string {
    return this.#summary;
  }
}
