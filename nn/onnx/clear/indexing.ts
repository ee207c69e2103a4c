/**
 * Operators that read or write at places which elements decide.
 *
 * @module
 */
import { Tensor } from "../../../ops/plaintext.ts";
import { sameShape, sizeOf, stridesOf } from "../../../ring/shape.ts";
import { add, type Arithmetic, max, min, mul } from "./arithmetic.ts";
import { axisOf, type ClearCall, type ClearTable, refuse } from "./call.ts";
import { entry } from "../entry.ts";
import { checkSize, positions, ramp, select, take } from "./gather.ts";
import { bigs, isReal, longs, ofBigs, ofReals, reals, widened } from "./storage.ts";

/** Indices into a side, counted from 0. */
function indicesOf(indices: Tensor, side: number): Int32Array {
  return Int32Array.from<number | bigint>(indices.data, (value) => {
    const index = Number(value) < 0 ? Number(value) + side : Number(value);
    return Number.isInteger(index) && index >= 0 && index < side
      ? index
      : refuse(`index ${value} of ${side} entries`);
  });
}

function gather(call: ClearCall): readonly Tensor[] {
  const [x, indices] = [call.operand(0), call.operand(1)];
  const axis = axisOf(call.whole("axis", 0), x.ndim);
  const shape = x.shape.toSpliced(axis, 1, ...indices.shape);
  checkSize(shape, x.size);
  const picks: Int32Array[] = [];
  picks[axis] = indicesOf(indices, x.shape[axis]!);
  return [new Tensor(shape, select(x, picks).data)];
}

/** Positions in a tensor for each of a tensor of indices along an axis. */
function elementPositions(shape: readonly number[], indices: Tensor, axis: number): Int32Array {
  const fits = indices.ndim === shape.length &&
    indices.shape.every((side, i) => i === axis || side <= shape[i]!);
  if (!fits) refuse(`indices of shape [${indices.shape}] along axis ${axis} of [${shape}]`);
  const strides = stridesOf(shape);
  const own = indicesOf(indices, shape[axis]!);
  const others = positions(indices.shape.map((side, i) => ramp(side, i === axis ? 0 : strides[i]!)));
  return others.map((base, i) => base + own[i]! * strides[axis]!);
}

function gatherElements(call: ClearCall): readonly Tensor[] {
  const [x, indices] = [call.operand(0), call.operand(1)];
  const axis = axisOf(call.whole("axis", 0), x.ndim);
  return [take(x, indices.shape, elementPositions(x.shape, indices, axis))];
}

/** Positions of the pieces that tuples of indices name, after `batch` axes in common; and the shape of a piece. */
function piecesOf(
  shape: readonly number[],
  indices: Tensor,
  batch: number,
): { starts: Int32Array; piece: readonly number[] } {
  const depth = indices.shape.at(-1) ?? refuse("the indices have no axes");
  const lead = shape.slice(0, batch);
  if (
    batch + depth > shape.length || batch >= indices.ndim || !sameShape(lead, indices.shape.slice(0, batch))
  ) {
    refuse(`indices of shape [${indices.shape}] into [${shape}] after ${batch} axes`);
  }
  const strides = stridesOf(shape);
  const tuples = sizeOf(indices.shape.slice(0, -1));
  const perBatch = tuples / Math.max(sizeOf(lead), 1);
  const bases = positions(lead.map((side, i) => ramp(side, strides[i]!)));
  const starts = Int32Array.from({ length: tuples }, (_, i) => bases[Math.floor(i / perBatch)]!);
  for (let k = 0; k < depth; k++) {
    const column = Array.from({ length: tuples }, (_, i) => indices.data[i * depth + k]!);
    const side = shape[batch + k]!;
    const own = indicesOf(new Tensor([tuples], Float64Array.from<number | bigint>(column, Number)), side);
    for (let i = 0; i < tuples; i++) starts[i]! += own[i]! * strides[batch + k]!;
  }
  return { starts, piece: shape.slice(batch + depth) };
}

/** All positions of pieces that start at given ones. */
function spread(starts: Int32Array, piece: readonly number[]): Int32Array {
  return positions([starts, ramp(sizeOf(piece))]);
}

function gatherND(call: ClearCall): readonly Tensor[] {
  const [x, indices] = [call.operand(0), call.operand(1)];
  const { starts, piece } = piecesOf(x.shape, indices, call.whole("batch_dims", 0));
  const shape = [...indices.shape.slice(0, -1), ...piece];
  checkSize(shape, x.size);
  return [take(x, shape, spread(starts, piece))];
}

/** The entries where the condition holds; without an axis those of the flattened tensor. */
function compress(call: ClearCall): readonly Tensor[] {
  const whole = call.node.attributes["axis"] === undefined;
  const x = whole ? new Tensor([call.operand(0).size], call.operand(0).data) : call.operand(0);
  const axis = axisOf(call.whole("axis", 0), x.ndim);
  const holds = reals(call.operand(1));
  if (holds.length > x.shape[axis]!) refuse(`${holds.length} conditions for ${x.shape[axis]} entries`);
  const picks: Int32Array[] = [];
  picks[axis] = ramp(holds.length).filter((i) => holds[i] !== 0);
  return [select(x, picks)];
}

/** Positions of what is not 0: a row for each axis. */
function nonZero(call: ClearCall): readonly Tensor[] {
  const x = call.operand(0);
  const found = ramp(x.size).filter((i) => Number(x.data[i]) !== 0);
  const strides = stridesOf(x.shape);
  const rows = x.shape.map((side, axis) => Array.from(found, (i) => Math.floor(i / strides[axis]!) % side));
  return [longs([x.ndim, found.length], rows.flat())];
}

/** What happens to an element that is written to; undefined when it is replaced. */
const WRITES: Readonly<Record<string, Arithmetic>> = { add, mul, max, min };

function written(
  call: ClearCall,
  x: Tensor,
  map: Int32Array,
  updates: Tensor,
): readonly Tensor[] | undefined {
  const name = call.text("reduction", "none");
  const write = entry(WRITES, name);
  if (write === undefined && name !== "none") return undefined;
  if (isReal(x.dtype)) {
    const [out, from] = [reals(x).slice(), reals(updates)];
    map.forEach((at, i) => out[at] = write === undefined ? from[i]! : write.real(out[at]!, from[i]!));
    return [ofReals(x.dtype, x.shape, out)];
  }
  const [out, from] = [bigs(x).slice(), bigs(widened(updates, "int64"))];
  map.forEach((at, i) => out[at] = write === undefined ? from[i]! : write.integer(out[at]!, from[i]!));
  return [ofBigs(x.dtype, x.shape, out)];
}

function scatterElements(call: ClearCall): readonly Tensor[] | undefined {
  const [x, indices, updates] = [call.operand(0), call.operand(1), call.operand(2)];
  if (!sameShape(indices.shape, updates.shape)) {
    refuse(`indices of shape [${indices.shape}] for updates of shape [${updates.shape}]`);
  }
  const axis = axisOf(call.whole("axis", 0), x.ndim);
  return written(call, x, elementPositions(x.shape, indices, axis), updates);
}

function scatterND(call: ClearCall): readonly Tensor[] | undefined {
  const [x, indices, updates] = [call.operand(0), call.operand(1), call.operand(2)];
  const { starts, piece } = piecesOf(x.shape, indices, 0);
  const wanted = [...indices.shape.slice(0, -1), ...piece];
  if (!sameShape(wanted, updates.shape)) refuse(`updates of shape [${updates.shape}], [${wanted}] is wanted`);
  return written(call, x, spread(starts, piece), updates);
}

/** Operators that read or write at places which elements decide. */
export const clearIndexing: ClearTable = {
  Compress: compress,
  Gather: gather,
  GatherElements: gatherElements,
  GatherND: gatherND,
  NonZero: nonZero,
  Scatter: scatterElements,
  ScatterElements: scatterElements,
  ScatterND: scatterND,
};
