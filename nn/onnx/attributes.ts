/**
 * Attributes of nodes, checked.
 *
 * @module
 */
import type { Binding } from "./operators.ts";

/** A list of numbers; undefined when the node has none of this name. */
export function numbers(b: Binding, name: string): readonly number[] | undefined {
  const value = b.node.attributes[name];
  if (value === undefined) return undefined;
  if (!Array.isArray(value) || !value.every((n) => typeof n === "number")) {
    throw new RangeError(`attribute "${name}" of "${b.node.name}" is no list of numbers`);
  }
  return value;
}

/** A text. */
export function text(b: Binding, name: string, otherwise: string): string {
  const value = b.node.attributes[name] ?? otherwise;
  if (typeof value !== "string") throw new RangeError(`attribute "${name}" of "${b.node.name}" is no text`);
  return value;
}

/** Integers that are an operand, or in older versions an attribute; undefined when there are none. */
export function integers(b: Binding, index: number, attribute: string): readonly number[] | undefined {
  const operand = b.constant(index);
  if (operand !== undefined) return Array.from<number | bigint, number>(operand.data, Number);
  if ((b.node.inputs[index] ?? "") !== "") {
    throw new RangeError(
      `${b.node.opType} "${b.node.name}" has a computed "${attribute}", a constant is wanted`,
    );
  }
  return numbers(b, attribute);
}
