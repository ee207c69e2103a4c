/**
 * A node with public operands, and checked access to both.
 *
 * Errors here and in the rules say only what is wrong; the evaluator names the node.
 *
 * @module
 */
import { isPlainTensor, type Tensor } from "../../../ops/plaintext.ts";
import type { OnnxNode } from "../model.ts";

/** Computes the results of a node; undefined when this form of the operator is not evaluated in the clear. */
export type ClearRule = (call: ClearCall) => readonly Tensor[] | undefined;

/** Rules by operator. */
export type ClearTable = Readonly<Record<string, ClearRule>>;

/** A node, its operands, and the version of its operator set. */
export class ClearCall {
  /** The node. */
  readonly node: OnnxNode;
  /** Operands; absent ones are undefined. */
  readonly operands: readonly (Tensor | undefined)[];
  /** Version of the operator set. */
  readonly opset: number;

  /** A call of a node with operands. */
  constructor(node: OnnxNode, operands: readonly (Tensor | undefined)[], opset: number) {
    this.node = node;
    this.operands = operands;
    this.opset = opset;
  }

  /** An operand that must be there. */
  operand(index: number): Tensor {
    return this.operands[index] ?? refuse(`operand ${index} is missing`);
  }
  /** All operands, of an operator that takes any number but none. */
  all(): readonly [Tensor, ...Tensor[]] {
    const [first, ...rest] = this.operands.map((_, i) => this.operand(i));
    return [first ?? refuse("it has no operands, one or more are wanted"), ...rest];
  }
  /** An attribute that is a number. */
  number(name: string, otherwise: number): number {
    const value = this.node.attributes[name] ?? otherwise;
    return typeof value === "number" ? value : refuse(`attribute "${name}" is no number`);
  }
  /** An attribute that is an integer. */
  whole(name: string, otherwise: number): number {
    const value = this.number(name, otherwise);
    return Number.isInteger(value) ? value : refuse(`attribute "${name}" is ${value}, an integer is wanted`);
  }
  /** An attribute that is a list of integers; undefined when there is none. */
  wholes(name: string): readonly number[] | undefined {
    const value = this.node.attributes[name];
    if (value === undefined) return undefined;
    const fits = Array.isArray(value) && value.every((n) => Number.isInteger(n));
    return fits ? value as readonly number[] : refuse(`attribute "${name}" is no list of integers`);
  }
  /** An attribute that is a text. */
  text(name: string, otherwise: string): string {
    const value = this.node.attributes[name] ?? otherwise;
    return typeof value === "string" ? value : refuse(`attribute "${name}" is no text`);
  }
  /** An attribute that is a tensor; undefined when there is none. */
  tensor(name: string): Tensor | undefined {
    const value = this.node.attributes[name];
    return value === undefined || isPlainTensor(value) ? value : refuse(`attribute "${name}" is no tensor`);
  }
  /**
   * A list of integers that is an operand, or in older versions an attribute. Integers of 64 bits are rounded to doubles: such
   * large ones stand for "to the end", or are refused as sizes.
   */
  integers(index: number, attribute?: string): readonly number[] | undefined {
    const operand = this.operands[index];
    if (operand === undefined) return attribute === undefined ? undefined : this.wholes(attribute);
    if (operand.ndim > 1) refuse(`operand ${index} has shape [${operand.shape}], a list is wanted`);
    const list = Array.from<number | bigint, number>(operand.data, Number);
    return list.every(Number.isInteger) ? list : refuse(`operand ${index} is no list of integers`);
  }
  /** An integer that is an operand; undefined when it is absent. */
  integer(index: number): number | undefined {
    const list = this.integers(index);
    if (list === undefined || list.length === 1) return list?.[0];
    return refuse(`operand ${index} has ${list.length} elements, one is wanted`);
  }
}

/** Says why a node cannot be evaluated. */
export function refuse(why: string): never {
  throw new RangeError(why);
}

/** An axis counted from 0; negative ones count from the end. */
export function axisOf(axis: number, rank: number): number {
  const out = axis < 0 ? axis + rank : axis;
  if (out >= 0 && out < rank) return out;
  return refuse(`axis ${axis} of ${rank} axes, ${-rank} to ${rank - 1} are wanted`);
}

/** Different axes, counted from 0. */
export function axesOf(axes: readonly number[], rank: number): readonly number[] {
  const out = axes.map((axis) => axisOf(axis, rank));
  return new Set(out).size === out.length ? out : refuse(`axes [${axes}] name an axis twice`);
}
