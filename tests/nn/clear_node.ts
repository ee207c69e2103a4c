/**
 * Nodes to evaluate in the clear.
 *
 * @module
 */
import { clearOperators, evaluateClear } from "../../nn/onnx/clear/evaluate.ts";
import type { OnnxAttribute, OnnxNode } from "../../nn/onnx/model.ts";
import { Tensor } from "../../ops/plaintext.ts";
import { shapes } from "../arbitraries.ts";
import { assert, assertEquals, fc } from "../deps.ts";
import { build, sizeOf } from "../oracles/tensors.ts";

/** What a node has besides its operands. */
export interface NodeOptions {
  /** Attributes. */
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
  /** Version of the operator set. */
  readonly opset?: number;
  /** Number of results. */
  readonly outputs?: number;
  /** Name of the node. */
  readonly name?: string;
  /** Domain of the operator. */
  readonly domain?: string;
}

/** The results of a node, or undefined. */
export function evaluate(
  opType: string,
  operands: readonly (Tensor | undefined)[],
  options: NodeOptions = {},
): readonly Tensor[] | undefined {
  const { attributes = {}, opset = 21, outputs = 1, name = "n", domain = "" } = options;
  const node: OnnxNode = {
    name,
    opType,
    domain,
    inputs: operands.map((t, i) => t === undefined ? "" : `x${i}`),
    outputs: Array.from({ length: outputs }, (_, i) => `y${i}`),
    attributes,
  };
  return evaluateClear(node, operands, opset);
}

/** All results of a node that is evaluated. */
export function results(
  opType: string,
  operands: readonly (Tensor | undefined)[],
  options: NodeOptions = {},
): readonly Tensor[] {
  assert(opType in clearOperators, opType);
  const out = evaluate(opType, operands, options);
  assert(out !== undefined, `${opType} is not evaluated`);
  return out;
}

/** The first result of a node that is evaluated. */
export function result(
  opType: string,
  operands: readonly (Tensor | undefined)[],
  options: NodeOptions = {},
): Tensor {
  return results(opType, operands, options)[0]!;
}

/** Integers of 64 bits; a vector unless a shape is stated. */
export function long(
  values: readonly (number | bigint)[],
  shape: readonly number[] = [values.length],
): Tensor {
  return new Tensor(shape, BigInt64Array.from(values, BigInt));
}

/** Real numbers; a vector unless a shape is stated. */
export function real(values: readonly number[], shape: readonly number[] = [values.length]): Tensor {
  return new Tensor(shape, Float64Array.from(values));
}

/** Bytes; a vector unless a shape is stated. */
export function byte(values: readonly number[], shape: readonly number[] = [values.length]): Tensor {
  return new Tensor(shape, Uint8Array.from(values));
}

/** Integers of 32 bits; a vector unless a shape is stated. */
export function int(values: readonly number[], shape: readonly number[] = [values.length]): Tensor {
  return new Tensor(shape, Int32Array.from(values));
}

/** Storage of every kind. */
const KINDS: readonly ((values: readonly number[], shape: readonly number[]) => Tensor)[] = [
  real,
  (values, shape) => new Tensor(shape, Float32Array.from(values)),
  int,
  byte,
  long,
];

/** Tensors with a different element at each position, of every kind. */
export function numbered(shape: fc.Arbitrary<number[]> = shapes()): fc.Arbitrary<Tensor> {
  return fc.tuple(shape, fc.constantFrom(...KINDS)).map(([s, make]) =>
    make(Array.from({ length: sizeOf(s) }, (_, i) => i % 251 + 1), s)
  );
}

/** Elements as integers of 64 bits, which they must be. */
export function exact(x: Tensor): bigint[] {
  assert(x.data instanceof BigInt64Array, x.dtype);
  return [...x.data];
}

/** Elements as numbers. */
export const values = (x: Tensor): number[] => Array.from<number | bigint, number>(x.data, Number);

/** The element at a position. */
export const elementOf = (x: Tensor, index: readonly number[]): number => x.at(...index);

/** Compares with a function of the position, and checks that the storage is kept. */
export function assertBuilt(
  y: Tensor,
  x: Tensor,
  shape: readonly number[],
  f: (index: readonly number[]) => number,
): void {
  const wanted = build(shape, f);
  assertEquals([y.dtype, [...y.shape], values(y)], [x.dtype, [...wanted.shape], [...wanted.data]]);
}

/** A non-empty tensor and one of its axes, counted from either end. */
export const withAxis = (): fc.Arbitrary<[Tensor, number, number]> =>
  numbered(fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 })).chain((x) =>
    fc.tuple(fc.nat(x.ndim - 1), fc.boolean()).map(([axis, negative]): [Tensor, number, number] => [
      x,
      axis,
      negative ? axis - x.ndim : axis,
    ])
  );
