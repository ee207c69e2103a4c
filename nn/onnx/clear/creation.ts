/**
 * Operators that make tensors.
 *
 * @module
 */
import { Tensor } from "../../../ops/plaintext.ts";
import { typeOf } from "./cast.ts";
import { type ClearCall, type ClearTable, refuse } from "./call.ts";
import { checkSize, positions, ramp, take } from "./gather.ts";
import { bigs, common, isReal, type Kind, kindOf, longs, ofBigs, reals } from "./storage.ts";
import { stridesOf } from "../../../ring/shape.ts";

/** A stored tensor, number or list of numbers; texts and sparse tensors are not evaluated. */
function constant(call: ClearCall): readonly Tensor[] | undefined {
  const { attributes } = call.node;
  const value = call.tensor("value");
  if (value !== undefined) return [value];
  if (attributes["value_float"] !== undefined) {
    return [new Tensor([], Float64Array.of(call.number("value_float", 0)))];
  }
  if (attributes["value_int"] !== undefined) return [longs([], [call.whole("value_int", 0)])];
  const integers = attributes["value_ints"] === undefined ? undefined : call.wholes("value_ints")!;
  if (integers !== undefined) return [longs([integers.length], integers)];
  const list = attributes["value_floats"];
  if (!Array.isArray(list) || list.some((x) => typeof x !== "number")) return undefined;
  return [new Tensor([list.length], Float64Array.from(list as readonly number[]))];
}

function constantOfShape(call: ClearCall): readonly Tensor[] {
  const shape = call.integers(0) ?? refuse("it has no shape");
  const value = call.tensor("value") ?? new Tensor([1], new Float32Array(1));
  if (value.size !== 1) refuse(`its value has ${value.size} elements, one is wanted`);
  checkSize(shape);
  return [take(value, shape, positions(shape.map((side) => new Int32Array(side))))];
}

/** Ones on a diagonal. */
function eyeLike(call: ClearCall): readonly Tensor[] | undefined {
  const x = call.operand(0);
  const [rows, columns] = x.ndim === 2 ? x.shape : refuse(`[${x.shape}] is no matrix`);
  let kind: Kind = x.dtype;
  if (call.node.attributes["dtype"] !== undefined) {
    const type = typeOf(call.whole("dtype", 0));
    if (type === undefined) return undefined;
    kind = kindOf(type);
  }
  const diagonal = call.whole("k", 0);
  const out = new BigInt64Array(x.size);
  for (let i = 0; i < rows!; i++) {
    const j = i + diagonal;
    if (j >= 0 && j < columns!) out[i * columns! + j] = 1n;
  }
  return [ofBigs(kind, x.shape, out)];
}

/** start, start + delta and so on, before limit. */
function range(call: ClearCall): readonly Tensor[] {
  const operands = [0, 1, 2].map((i) => call.operand(i));
  if (operands.some((t) => t.size !== 1)) refuse("an operand is not one number");
  const kind = common(...operands);
  if (isReal(kind)) {
    const [start, limit, delta] = operands.map((t) => reals(t)[0]!) as [number, number, number];
    const count = Math.max(Math.ceil((limit - start) / delta), 0);
    checkCount(count);
    return [new Tensor([count], Float64Array.from({ length: count }, (_, i) => start + i * delta))];
  }
  const [start, limit, delta] = operands.map((t) => bigs(t)[0]!) as [bigint, bigint, bigint];
  if (delta === 0n) refuse("the step is 0");
  const left = delta > 0n ? limit - start + delta - 1n : limit - start + delta + 1n;
  const count = Math.max(Number(left / delta), 0);
  checkCount(count);
  return [ofBigs(kind, [count], BigInt64Array.from({ length: count }, (_, i) => start + BigInt(i) * delta))];
}

function checkCount(count: number): void {
  if (Number.isNaN(count)) refuse("its operands state no number of steps");
  checkSize([count]);
}

/** The second of two values where the position along a new axis is the index, the first elsewhere. */
function oneHot(call: ClearCall): readonly Tensor[] {
  const [indices, values] = [call.operand(0), call.operand(2)];
  const size = call.operand(1);
  if (size.size !== 1) refuse(`the depth has ${size.size} elements, one is wanted`);
  const depth = Math.trunc(reals(size)[0]!);
  if (!(depth >= 1)) refuse(`the depth is ${depth}, 1 or more is wanted`);
  if (values.size !== 2) refuse(`there are ${values.size} values, two are wanted`);
  const rank = indices.ndim + 1;
  const axis = call.whole("axis", -1);
  const at = axis < 0 ? axis + rank : axis;
  if (at < 0 || at >= rank) refuse(`axis ${axis} of ${rank} axes`);
  const shape = indices.shape.toSpliced(at, 0, depth);
  checkSize(shape);
  const sides = stridesOf(indices.shape).toSpliced(at, 0, 0);
  const place = positions(shape.map((side, i) => ramp(side, sides[i]!)));
  const along = positions(shape.map((side, i) => ramp(side, i === at ? 1 : 0)));
  const hot = Float64Array.from(reals(indices), (i) => i < 0 ? i + depth : i);
  return [take(values, shape, place.map((from, i) => hot[from] === along[i] ? 1 : 0))];
}

/** Operators that make tensors. */
export const clearCreation: ClearTable = {
  Constant: constant,
  ConstantOfShape: constantOfShape,
  EyeLike: eyeLike,
  OneHot: oneHot,
  Range: range,
};
