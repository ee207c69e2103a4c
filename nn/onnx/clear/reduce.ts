/**
 * Reductions, and the places of extrema.
 *
 * @module
 */
import type { Tensor } from "../../../ops/plaintext.ts";
import { axesOf, axisOf, type ClearRule, type ClearTable, refuse } from "./call.ts";
import { type Lanes, lanesOf, take } from "./gather.ts";
import { bigs, isReal, longs, ofBigs, ofReals, reals } from "./storage.ts";

/** A reduction of real numbers, and of integers where they do not go through real numbers. */
interface Reduction {
  readonly real: (lane: Float64Array) => number;
  readonly integer?: (lane: BigInt64Array) => bigint;
}

const total = (lane: Float64Array): number => lane.reduce((sum, x) => sum + x, 0);
const largest = (lane: Float64Array): number => lane.reduce((a, b) => Math.max(a, b), -Infinity);
const squares = (lane: Float64Array): number => lane.reduce((sum, x) => sum + x * x, 0);
const magnitude = (x: bigint): bigint => x < 0n ? -x : x;
const extreme = (lane: BigInt64Array, wins: (a: bigint, b: bigint) => boolean): bigint =>
  lane.length === 0 ? refuse("there are no elements") : lane.reduce((a, b) => wins(b, a) ? b : a);

function logSumExp(lane: Float64Array): number {
  const top = largest(lane);
  if (!Number.isFinite(top)) return top;
  return top + Math.log(lane.reduce((sum, x) => sum + Math.exp(x - top), 0));
}

const REDUCTIONS: Readonly<Record<string, Reduction>> = {
  ReduceL1: {
    real: (lane) => lane.reduce((sum, x) => sum + Math.abs(x), 0),
    integer: (lane) => lane.reduce((sum, x) => sum + magnitude(x), 0n),
  },
  ReduceL2: { real: (lane) => Math.sqrt(squares(lane)) },
  ReduceLogSum: { real: (lane) => Math.log(total(lane)) },
  ReduceLogSumExp: { real: logSumExp },
  ReduceMax: { real: largest, integer: (lane) => extreme(lane, (a, b) => a > b) },
  ReduceMean: {
    real: (lane) => total(lane) / lane.length,
    integer: (lane) =>
      lane.reduce((sum, x) => sum + x, 0n) / BigInt(lane.length || refuse("there are no elements")),
  },
  ReduceMin: {
    real: (lane) => lane.reduce((a, b) => Math.min(a, b), Infinity),
    integer: (lane) => extreme(lane, (a, b) => a < b),
  },
  ReduceProd: {
    real: (lane) => lane.reduce((product, x) => product * x, 1),
    integer: (lane) => lane.reduce((product, x) => BigInt.asIntN(64, product * x), 1n),
  },
  ReduceSum: { real: total, integer: (lane) => lane.reduce((sum, x) => sum + x, 0n) },
  ReduceSumSquare: {
    real: squares,
    integer: (lane) => lane.reduce((sum, x) => BigInt.asIntN(64, sum + x * x), 0n),
  },
};

function reduced(x: Tensor, { real, integer }: Reduction, lanes: Lanes, keep: boolean): Tensor {
  const { map, length, count } = lanes;
  const shape = lanes.shape(keep);
  const rows = take(x, [count, length], map);
  const piece = <T>(all: { subarray(from: number, to: number): T }, i: number): T =>
    all.subarray(i * length, (i + 1) * length);
  if (isReal(x.dtype) || integer === undefined) {
    const all = reals(rows);
    return ofReals(x.dtype, shape, Float64Array.from({ length: count }, (_, i) => real(piece(all, i))));
  }
  const all = bigs(rows);
  return ofBigs(x.dtype, shape, BigInt64Array.from({ length: count }, (_, i) => integer(piece(all, i))));
}

/** Axes are an attribute, later an operand; none are all, or on demand none. */
const reduction = (f: Reduction): ClearRule => (call) => {
  const x = call.operand(0);
  const named = call.integers(1, "axes") ?? [];
  if (named.length === 0 && call.whole("noop_with_empty_axes", 0) !== 0) return [x];
  const axes = named.length === 0 ? x.shape.map((_, axis) => axis) : axesOf(named, x.ndim);
  return [reduced(x, f, lanesOf(x.shape, axes), call.whole("keepdims", 1) !== 0)];
};

/** Place of the first extremum of each lane, or of the last. */
const place = (wins: (a: number | bigint, b: number | bigint) => boolean): ClearRule => (call) => {
  const x = call.operand(0);
  const { map, length, count, shape } = lanesOf(x.shape, [axisOf(call.whole("axis", 0), x.ndim)]);
  if (length === 0 && count > 0) refuse("there are no elements");
  const last = call.whole("select_last_index", 0) !== 0;
  const places = Float64Array.from({ length: count }, (_, lane) => {
    let best = 0;
    const at = (i: number): number | bigint => x.data[map[lane * length + i]!]!;
    for (let i = 1; i < length; i++) {
      if (wins(at(i), at(best)) || (last && !wins(at(best), at(i)))) best = i;
    }
    return best;
  });
  return [longs(shape(call.whole("keepdims", 1) !== 0), places)];
};

const reductions = Object.entries(REDUCTIONS).map(([name, f]) => [name, reduction(f)] as const);

/** Reductions, and the places of extrema. */
export const clearReductions: ClearTable = {
  ...Object.fromEntries(reductions),
  ArgMax: place((a, b) => a > b),
  ArgMin: place((a, b) => a < b),
};
