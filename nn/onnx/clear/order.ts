/**
 * Running sums, the largest elements, and different elements.
 *
 * @module
 */
import { Tensor } from "../../../ops/plaintext.ts";
import { axisOf, type ClearCall, type ClearTable, refuse } from "./call.ts";
import { lanesOf, put, ramp, select, take } from "./gather.ts";
import { bigs, isReal, longs, ofBigs, ofReals, reals } from "./storage.ts";

/** Sums of each lane up to each element: with it or without, from the first or from the last. */
function cumSum(call: ClearCall): readonly Tensor[] {
  const x = call.operand(0);
  const axis = axisOf(call.integer(1) ?? refuse("it has no axis"), x.ndim);
  const [before, backwards] = [call.whole("exclusive", 0) !== 0, call.whole("reverse", 0) !== 0];
  const { map, length } = lanesOf(x.shape, [axis]);
  const run = <T extends number | bigint>(
    from: ArrayLike<T>,
    to: { [i: number]: T },
    none: T,
    plus: (a: T, b: T) => T,
  ) => {
    let sum = none;
    for (let i = 0; i < map.length; i++) {
      const k = i % length;
      const at = map[backwards ? i - k + length - 1 - k : i]!;
      if (k === 0) sum = none;
      if (before) to[at] = sum;
      sum = plus(sum, from[at]!);
      if (!before) to[at] = sum;
    }
  };
  if (isReal(x.dtype)) {
    const out = new Float64Array(x.size);
    run(reals(x), out, 0, (a, b) => a + b);
    return [ofReals(x.dtype, x.shape, out)];
  }
  const out = new BigInt64Array(x.size);
  run(bigs(x), out, 0n, (a, b) => a + b);
  return [ofBigs(x.dtype, x.shape, out)];
}

type Value = number | bigint;

/** An order of all values: NaN is larger than every number. */
function order(a: Value, b: Value): number {
  if (a < b) return -1;
  if (a > b) return 1;
  return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
}

/** The largest or smallest of each lane, in order, and their places; of equals the first. */
function topK(call: ClearCall): readonly Tensor[] {
  const x = call.operand(0);
  const axis = axisOf(call.whole("axis", -1), x.ndim);
  const k = call.integer(1) ?? call.whole("k", -1);
  const side = x.shape[axis]!;
  if (k < 0 || k > side) refuse(`${k} of ${side} elements`);
  const sign = call.whole("largest", 1) !== 0 ? -1 : 1;
  const { map, length, count } = lanesOf(x.shape, [axis]);
  const places = new Float64Array(count * k);
  const from = new Int32Array(count * k);
  for (let lane = 0; lane < count; lane++) {
    const at = (i: number): Value => x.data[map[lane * length + i]!]!;
    const best = ramp(length).sort((a, b) => sign * order(at(a), at(b)) || a - b);
    for (let i = 0; i < k; i++) {
      places[lane * k + i] = best[i]!;
      from[lane * k + i] = map[lane * length + best[i]!]!;
    }
  }
  const shape = x.shape.with(axis, k);
  const to = lanesOf(shape, [axis]).map;
  return [put(take(x, shape, from), shape, to), put(longs(shape, places), shape, to)];
}

/** Different entries along an axis, or different elements; where each stands first, which one each is, and how often it is. */
function unique(call: ClearCall): readonly Tensor[] {
  const whole = call.node.attributes["axis"] === undefined;
  const x = whole ? new Tensor([call.operand(0).size], call.operand(0).data) : call.operand(0);
  const axis = axisOf(call.whole("axis", 0), x.ndim);
  const side = x.shape[axis]!;
  const { map, length } = lanesOf(x.shape, x.shape.map((_, i) => i).filter((i) => i !== axis));
  const byEntry = (a: number, b: number): number => {
    for (let i = 0; i < length; i++) {
      const sign = order(x.data[map[a * length + i]!]!, x.data[map[b * length + i]!]!);
      if (sign !== 0) return sign;
    }
    return 0;
  };
  const groups: number[][] = [];
  for (const entry of ramp(side).sort((a, b) => byEntry(a, b) || a - b)) {
    const group = groups.at(-1);
    if (group !== undefined && byEntry(group[0]!, entry) === 0) group.push(entry);
    else groups.push([entry]);
  }
  if (call.whole("sorted", 1) === 0) groups.sort((a, b) => a[0]! - b[0]!);
  const inverse = new Float64Array(side);
  groups.forEach((group, i) => group.forEach((entry) => inverse[entry] = i));
  const firsts = groups.map((group) => group[0]!);
  const picks: number[][] = [];
  picks[axis] = firsts;
  const count = [groups.length];
  return [
    select(x, picks),
    longs(count, firsts),
    longs([side], inverse),
    longs(count, groups.map((group) => group.length)),
  ];
}

/** Running sums, the largest elements, and different elements. */
export const clearOrder: ClearTable = { CumSum: cumSum, TopK: topK, Unique: unique };
