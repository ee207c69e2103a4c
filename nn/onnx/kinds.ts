/**
 * Kinds and shapes of values between nodes: what is real and what an integer, and operands made to fit each other.
 *
 * @module
 */
import { asReal } from "../../ops/functions/scale.ts";
import { isTensor } from "../../ops/op.ts";
import { Tensor } from "../../ops/plaintext.ts";
import type { CrypTensor } from "../../ops/tensor.ts";
import { type Shape, sizeOf } from "../../ring/shape.ts";
import { nodeName, number } from "./attributes.ts";
import type { Binding, Operands, Value } from "./operator.ts";

/** Most entries along an axis that are listed one by one. */
const MOST_SIDE = 2 ** 20;

/** Most elements of a result that is put together from such lists. */
const MOST_LISTED = 2 ** 26;

/** Refuses a result of absurd size before lists for its axes are made. @throws {RangeError} when it is too large. */
export function checkSides(b: Binding, shape: Shape): void {
  if (shape.every((side) => side >= 0 && side <= MOST_SIDE) && sizeOf(shape) <= MOST_LISTED) return;
  throw new RangeError(
    `Cannot compute ${
      nodeName(b)
    }: its result would have shape [${shape}], sides of at most 2^20 and 2^26 elements are wanted`,
  );
}

/** Whether elements are real numbers; else they are integers or truth values. */
export function isReal(value: Value): boolean {
  return isTensor(value) ? value.scale > 0 : value.dtype === "float32" || value.dtype === "float64";
}

/** An operation's result as a value of the kind of `like`: integers become real numbers beside real ones. Local. */
export function asKindOf(x: CrypTensor, like: Value): CrypTensor {
  return isReal(like) && x.scale === 0 ? asReal(x.context, x) : x;
}

/** Numbers of a public value. */
export function numbersOf(value: Tensor): number[] {
  return Array.from<number | bigint, number>(value.data, Number);
}

/** A public value of numbers. */
export function tensorOf(shape: Shape, values: readonly number[]): Tensor {
  return new Tensor(shape, Float64Array.from(values));
}

/** The same elements in another shape. */
export function reshaped(value: Value, shape: Shape): Value {
  return isTensor(value) ? value.reshape(shape) : new Tensor(shape, value.data);
}

/** An axis counted from 0. @throws {RangeError} when there is none. */
export function axisIn(b: Binding, axis: number, rank: number): number {
  const at = axis < 0 ? axis + rank : axis;
  if (Number.isInteger(at) && at >= 0 && at < Math.max(1, rank)) return at;
  throw new RangeError(`Cannot compute ${nodeName(b)}: axis ${axis} does not exist, there are ${rank}`);
}

/**
 * Two operands that broadcast. Before version 7 of the operator set the axes of the second one could start at a stated one of the
 * first.
 */
export function pairOf(b: Binding, [x, y]: Operands): readonly [Value, Value] {
  if (b.opset >= 7 || number(b, "broadcast", 0) === 0 || b.node.attributes["axis"] === undefined) {
    return [x!, y!];
  }
  const axis = axisIn(b, number(b, "axis", 0), x!.ndim);
  const behind = Math.max(0, x!.ndim - axis - y!.ndim);
  return [x!, reshaped(y!, [...y!.shape, ...new Array<number>(behind).fill(1)])];
}

/** One value of all, by pairs: as deep as the logarithm of their number. */
export function paired<T>(values: readonly T[], f: (a: T, b: T) => T): T {
  if (values.length === 1) return values[0]!;
  const half = Math.ceil(values.length / 2);
  return f(paired(values.slice(0, half), f), paired(values.slice(half), f));
}
