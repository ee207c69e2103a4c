/**
 * Products of matrices.
 *
 * @module
 */
import { parseEquation } from "../../../ops/einsum_equation.ts";
import { Tensor } from "../../../ops/plaintext.ts";
import { broadcastShapes, sizeOf, stridesOf } from "../../../ring/shape.ts";
import { add, combine, mul } from "./arithmetic.ts";
import { type ClearCall, type ClearTable, refuse } from "./call.ts";
import { checkSize, expanded, MOST, permuted, positions, ramp, take } from "./gather.ts";
import { bigs, common, isReal, ofBigs, ofReals, reals } from "./storage.ts";

/** Adds up products of elements at pairs of positions, `depth` for each result. */
function inner(x: Tensor, y: Tensor, shape: readonly number[], depth: number, at: At): Tensor {
  const kind = common(x, y);
  const size = sizeOf(shape);
  if (isReal(kind)) {
    const [a, b, out] = [reals(x), reals(y), new Float64Array(size)];
    for (let i = 0; i < size; i++) {
      const [from, across, down, step] = at(i);
      let sum = 0;
      for (let k = 0; k < depth; k++) sum += a[from + k * down]! * b[across + k * step]!;
      out[i] = sum;
    }
    return ofReals(kind, shape, out);
  }
  const [a, b, out] = [bigs(x), bigs(y), new BigInt64Array(size)];
  for (let i = 0; i < size; i++) {
    const [from, across, down, step] = at(i);
    let sum = 0n;
    for (let k = 0; k < depth; k++) sum += a[from + k * down]! * b[across + k * step]!;
    out[i] = sum;
  }
  return ofBigs(kind, shape, out);
}

/** Where the factors of a result start, and their steps. */
type At = (i: number) => readonly [number, number, number, number];

/** Products of stacks of matrices; vectors are rows on the left and columns on the right. */
function matmul(x: Tensor, y: Tensor): Tensor {
  if (x.ndim === 0 || y.ndim === 0) refuse(`[${x.shape}] by [${y.shape}]`);
  const left = x.ndim === 1 ? [1, ...x.shape] : x.shape;
  const right = y.ndim === 1 ? [...y.shape, 1] : y.shape;
  const [rows, depth, columns] = [left.at(-2)!, left.at(-1)!, right.at(-1)!];
  if (right.at(-2) !== depth) refuse(`[${x.shape}] by [${y.shape}]`);
  const batch = broadcastShapes(left.slice(0, -2), right.slice(0, -2));
  const shape = [...batch, ...(x.ndim === 1 ? [] : [rows]), ...(y.ndim === 1 ? [] : [columns])];
  checkSize(shape, x.size + y.size);
  const starts = (sides: readonly number[]): Int32Array => {
    const lead = sides.slice(0, -2);
    const places = new Tensor(lead, ramp(sizeOf(lead), sides.at(-2)! * sides.at(-1)!));
    return expanded(places, batch).data as Int32Array;
  };
  const [first, last] = [starts(left), starts(right)];
  return inner(x, y, shape, depth, (i) => {
    const matrix = Math.floor(i / (rows * columns));
    const [row, column] = [Math.floor(i / columns) % rows, i % columns];
    return [first[matrix]! + row * depth, last[matrix]! + column, 1, columns];
  });
}

/** alpha·A'·B' + beta·C, where C broadcasts to the product. */
function gemm(call: ClearCall): readonly Tensor[] {
  const [a, b] = [call.operand(0), call.operand(1)];
  if (a.ndim !== 2 || b.ndim !== 2) refuse(`[${a.shape}] by [${b.shape}], matrices are wanted`);
  const left = call.whole("transA", 0) !== 0 ? permuted(a, [1, 0]) : a;
  const right = call.whole("transB", 0) !== 0 ? permuted(b, [1, 0]) : b;
  const scaled = (x: Tensor, name: string): Tensor => {
    const factor = call.number(name, 1);
    return factor === 1 ? x : ofReals(x.dtype, x.shape, reals(x).map((v) => v * factor));
  };
  const product = scaled(matmul(left, right), "alpha");
  const c = call.operands[2];
  return [c === undefined ? product : combine(add, product, expanded(scaled(c, "beta"), product.shape))];
}

/** Sums of products by an equation of labels; of up to three operands, and while all products together are few. */
function einsum(call: ClearCall): readonly Tensor[] | undefined {
  const operands = call.all();
  if (operands.length > 3) return undefined;
  const { inputs, output, sizes } = parseEquation(call.text("equation", ""), operands);
  const summed = [...sizes.keys()].filter((label) => !output.includes(label));
  const labels = [...output, ...summed];
  const shape = output.map((label) => sizes.get(label)!);
  checkSize(shape);
  if (sizeOf(labels.map((label) => sizes.get(label)!)) > MOST) return undefined;
  const depth = sizeOf(summed.map((label) => sizes.get(label)!));
  const spread = operands.map((x, i) => {
    const strides = stridesOf(x.shape);
    const step = (label: string): number =>
      inputs[i]!.reduce((sum, l, axis) => l === label && x.shape[axis] !== 1 ? sum + strides[axis]! : sum, 0);
    const map = positions(labels.map((label) => ramp(sizes.get(label)!, step(label))));
    return take(x, [map.length], map);
  });
  const product = spread.reduce((x, y) => combine(mul, x, y));
  const ones = new Tensor([], Uint8Array.of(1));
  return [inner(product, ones, shape, depth, (i) => [i * depth, 0, 1, 0])];
}

/** Products of matrices. */
export const clearProducts: ClearTable = {
  Einsum: einsum,
  Gemm: gemm,
  MatMul: (call) => [matmul(call.operand(0), call.operand(1))],
};
