/**
 * An ONNX model as plain data.
 *
 * @module
 */
import type { Tensor } from "../../ops/plaintext.ts";

/** The value of an attribute. */
export type OnnxAttribute = number | string | Tensor | OnnxGraph | readonly number[] | readonly string[];

/** One operation. */
export interface OnnxNode {
  /** Its name; may be empty. */
  readonly name: string;
  /** Operator. */
  readonly opType: string;
  /** Domain of the operator; empty for the standard one. */
  readonly domain: string;
  /** Names of its operands; an empty name is an absent operand. */
  readonly inputs: readonly string[];
  /** Names of its results. */
  readonly outputs: readonly string[];
  /** Attributes. */
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
  /** Version of its operator set, if it is not the model's. */
  readonly opset?: number | undefined;
  /** Within a function: attributes that are attributes of its call, under the names that they have there. */
  readonly references?: Readonly<Record<string, string>>;
}

/** An input or output. */
export interface OnnxValue {
  /** Its name. */
  readonly name: string;
  /** Its declared sides: a number, a symbol, or nothing. Empty when nothing is declared. */
  readonly shape: readonly (number | string | undefined)[];
  /** Its declared element type, if any: "float32", "int64", "bool" and so on. */
  readonly type?: string | undefined;
}

/** A graph. */
export interface OnnxGraph {
  /** Its name. */
  readonly name: string;
  /** Operations; each comes after those whose results it uses. */
  readonly nodes: readonly OnnxNode[];
  /** Weights and constants. */
  readonly initializers: ReadonlyMap<string, Tensor>;
  /** What must be fed. */
  readonly inputs: readonly OnnxValue[];
  /** What is computed. */
  readonly outputs: readonly OnnxValue[];
  /** Declared element types of inputs, outputs and values between, by name: "float32", "int64", "string" and so on. */
  readonly types: ReadonlyMap<string, string>;
}

/** An operator that the model itself defines by others. */
export interface OnnxFunction {
  /** Operator. */
  readonly name: string;
  /** Domain of the operator. */
  readonly domain: string;
  /** Names of its operands. */
  readonly inputs: readonly string[];
  /** Names of its results. */
  readonly outputs: readonly string[];
  /** Names of its attributes. */
  readonly attributes: readonly string[];
  /** Operations; each comes after those whose results it uses. */
  readonly nodes: readonly OnnxNode[];
  /** Version of each operator set that they use, by domain. */
  readonly opsets: Readonly<Record<string, number>>;
}

/** A model. */
export interface OnnxModel {
  /** Version of the file format. */
  readonly irVersion: number;
  /** The program that wrote it, with its version. */
  readonly producer: string;
  /** Version of each operator set, by domain; the standard one is "". */
  readonly opsets: Readonly<Record<string, number>>;
  /** The graph. */
  readonly graph: OnnxGraph;
  /** Operators that the model defines. */
  readonly functions: readonly OnnxFunction[];
}
