/**
 * Attributes and structural operands of nodes, checked.
 *
 * @module
 */
import { isTensor } from "../../ops/op.ts";
import type { Tensor } from "../../ops/plaintext.ts";
import type { OnnxAttribute, OnnxNode } from "./model.ts";
import { fullName, type Operands } from "./operator.ts";

/** What an attribute is read from. */
interface HasNode {
  readonly node: OnnxNode;
}

/** How a node is called in messages. */
export function nodeName({ node }: HasNode): string {
  return `${fullName(node)} "${node.name === "" ? node.outputs[0] : node.name}"`;
}

/** Says that a form of an operator is not supported. */
export function unsupported(b: HasNode, what: string): never {
  throw new RangeError(`Cannot compute ${nodeName(b)}: ${what}, which is unsupported`);
}

function attribute<T extends OnnxAttribute>(
  b: HasNode,
  name: string,
  is: (value: OnnxAttribute) => value is T,
  wanted: string,
): T | undefined {
  const value = b.node.attributes[name];
  if (value === undefined || is(value)) return value;
  throw new RangeError(`Cannot compute ${nodeName(b)}: its attribute "${name}" is no ${wanted}`);
}

/** A number. */
export function number(b: HasNode, name: string, otherwise: number): number {
  return attribute(b, name, (v): v is number => typeof v === "number", "number") ?? otherwise;
}

/** A number that means yes or no. */
export function flag(b: HasNode, name: string, otherwise = false): boolean {
  return number(b, name, otherwise ? 1 : 0) !== 0;
}

/** A list of numbers; undefined when the node has none of this name. */
export function numbers(b: HasNode, name: string): readonly number[] | undefined {
  return attribute(
    b,
    name,
    (v): v is readonly number[] => Array.isArray(v) && v.every((n) => typeof n === "number"),
    "list of numbers",
  );
}

/** A text. */
export function text(b: HasNode, name: string, otherwise: string): string {
  return attribute(b, name, (v): v is string => typeof v === "string", "text") ?? otherwise;
}

/** A list of texts. */
export function texts(b: HasNode, name: string): readonly string[] | undefined {
  return attribute(
    b,
    name,
    (v): v is readonly string[] => Array.isArray(v) && v.every((n) => typeof n === "string"),
    "list of texts",
  );
}

/** A public operand; undefined when it is absent. @throws {RangeError} when it is secret. */
export function structure(
  b: HasNode,
  operands: Operands,
  index: number,
  what: string,
): Tensor | undefined {
  const value = operands[index];
  if (isTensor(value)) {
    throw new RangeError(`Cannot compute ${nodeName(b)}: its ${what} is secret, a public one is wanted`);
  }
  return value;
}

/** Public numbers that are an operand, or in older versions an attribute; undefined when there are none. */
export function integers(
  b: HasNode,
  operands: Operands,
  index: number,
  name: string,
): readonly number[] | undefined {
  const operand = structure(b, operands, index, name);
  return operand === undefined ? numbers(b, name) : Array.from<number | bigint, number>(operand.data, Number);
}
