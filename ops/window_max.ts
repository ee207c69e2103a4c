/**
 * Maxima of windows, and where they were: a tree of comparisons along each axis, the same for all lines of a tensor.
 *
 * @module
 */
import { type Shape, sizeOf } from "../ring/shape.ts";
import { add, mul } from "./arithmetic.ts";
import { lt, maximum, where } from "./compare.ts";
import type { Context } from "./context.ts";
import { indexSelect } from "./indexing.ts";
import { reshape } from "./movement.ts";
import { broadcast, constantTensor } from "./operand.ts";
import { Tensor } from "./plaintext.ts";
import type { CrypTensor } from "./tensor.ts";
import { type AxisWindows, joined, mostTaps, type Windows } from "./windows.ts";

/** One level of comparisons: each of `left` with that of `right`, by their places in what the level before left. */
export interface MaxLevel {
  /** Places of the first operands. */
  readonly left: readonly number[];
  /** Places of the second operands, which stand behind the first ones along the axis. */
  readonly right: readonly number[];
  /** Places of what later levels still need; the maxima of this level follow it. */
  readonly kept: readonly number[];
}

/** How the maxima of all windows along an axis are taken. */
export interface MaxPlan {
  /** Levels, each of which is one batch of comparisons. */
  readonly levels: readonly MaxLevel[];
  /** Places of the windows' maxima in what the last level left. */
  readonly out: readonly number[];
  /** Comparisons per line along the axis. */
  readonly comparisons: number;
}

/** A maximum of neighbouring taps of one window or several. */
interface Span {
  readonly left: Span | undefined;
  readonly right: Span | undefined;
  readonly level: number;
  /** The last level that reads it. */
  until: number;
}

/**
 * The maxima of windows of K taps in ceil(log2 K) levels. A window is the maximum of its first P taps and of the others, P the
 * largest power of two below K; with `overlap`, of its first P and its last P, which neighbouring windows are more likely to
 * share. What they share is compared once.
 */
function planBy(w: AxisWindows, overlap: boolean): MaxPlan {
  const spans = new Map<string, Span>();
  const byLevel: Span[][] = [];
  const spanOf = (taps: readonly number[]): Span => {
    const key = taps.join();
    let span = spans.get(key);
    if (span !== undefined) return span;
    const level = Math.ceil(Math.log2(taps.length));
    const half = 2 ** (level - 1);
    const [left, right] = level === 0
      ? []
      : [spanOf(taps.slice(0, half)), spanOf(overlap ? taps.slice(-half) : taps.slice(half))];
    span = { left, right, level, until: level };
    for (const part of [left, right]) if (part !== undefined) part.until = Math.max(part.until, level);
    spans.set(key, span);
    (byLevel[level] ??= []).push(span);
    return span;
  };
  const tops = w.taps.map(spanOf);
  for (const top of tops) top.until = Infinity;
  let here = Array.from({ length: w.side }, (_, i) => spans.get(String(i)));
  const levels = byLevel.slice(1).map((made, i): MaxLevel => {
    const place = new Map(here.map((span, at) => [span, at]));
    const kept = here.filter((span) => span !== undefined && span.until > i + 1);
    here = [...kept, ...made];
    return {
      left: made.map((span) => place.get(span.left)!),
      right: made.map((span) => place.get(span.right)!),
      kept: kept.map((span) => place.get(span)!),
    };
  });
  const last = new Map(here.map((span, at) => [span, at]));
  return {
    levels,
    out: tops.map((top) => last.get(top)!),
    comparisons: levels.reduce((sum, level) => sum + level.left.length, 0),
  };
}

/** The plan of fewest comparisons for windows along an axis. */
function planMax(w: AxisWindows): MaxPlan {
  const [apart, overlapping] = [planBy(w, false), planBy(w, true)];
  return overlapping.comparisons < apart.comparisons ? overlapping : apart;
}

/**
 * How the maxima over all axes are taken: by a plan for each axis, or `atOnce` by one for all axes joined, where that takes
 * fewer levels and no more comparisons.
 */
export function planWindows(w: Windows): { atOnce: boolean; plans: readonly MaxPlan[] } {
  const plans = w.axes.map(planMax);
  // A line along an axis for each place of the axes before, and for each window of those behind.
  const comparisons = plans.reduce((sum, plan, i) => {
    const before = w.axes.slice(0, i).reduce((n, axis) => n * axis.side, 1);
    const behind = w.axes.slice(i + 1).reduce((n, axis) => n * axis.taps.length, 1);
    return sum + plan.comparisons * before * behind;
  }, 0);
  const levels = plans.reduce((sum, plan) => sum + plan.levels.length, 0);
  const over = (f: (axis: AxisWindows) => number): number =>
    w.axes.reduce((product, axis) => product * f(axis), 1);
  const elements = over(({ taps }) => taps.reduce((sum, t) => sum + t.length, 0));
  const apart = elements - over(({ taps }) => taps.length);
  const fewest = Math.ceil(Math.log2(over(mostTaps)));
  if (fewest >= levels || apart > comparisons) return { atOnce: false, plans };
  return { atOnce: true, plans: [planBy(joined(w.axes), false)] };
}

/** Candidates along an axis: their values, and where they came from, if that is asked for. */
interface Candidates {
  readonly values: CrypTensor;
  /** A secret index per value, or a public one per place along the axis. */
  readonly from?: CrypTensor | readonly number[];
}

/** Entries at public places along an axis; the same tensor when these are all of them. */
function select(x: CrypTensor, axis: number, places: readonly number[]): CrypTensor {
  const same = places.length === x.shape[axis] && places.every((p, i) => p === i);
  return same ? x : indexSelect(x, axis, places);
}

function pick(c: Candidates, axis: number, places: readonly number[]): Candidates {
  const values = select(c.values, axis, places);
  if (c.from === undefined) return { values };
  const { from } = c;
  return { values, from: isList(from) ? places.map((p) => from[p]!) : select(from, axis, places) };
}

const isList = (from: CrypTensor | readonly number[]): from is readonly number[] => Array.isArray(from);

/** One public index per place along an axis, in a shape that broadcasts. */
function alongAxis(list: readonly number[], rank: number, axis: number): Tensor {
  return new Tensor([list.length, ...new Array<number>(rank - 1 - axis).fill(1)], Float64Array.from(list));
}

/** Indices as a tensor. */
function indexTensor(ctx: Context, c: Candidates, axis: number): CrypTensor {
  const { from, values } = c as Required<Candidates>;
  if (!isList(from)) return from;
  return broadcast(ctx, constantTensor(ctx, alongAxis(from, values.ndim, axis), 0), values.shape);
}

/** The larger of two candidates; of equal ones the first. */
function better(ctx: Context, a: Candidates, b: Candidates, axis: number): Candidates {
  if (a.from === undefined || b.from === undefined) return { values: maximum(a.values, b.values) };
  const second = lt(a.values, b.values);
  const values = where(second, b.values, a.values);
  if (!isList(a.from) || !isList(b.from)) {
    return { values, from: where(second, indexTensor(ctx, b, axis), indexTensor(ctx, a, axis)) };
  }
  // Public indices need no product: the bit times their difference is local.
  const [p, q] = [a.from, b.from];
  const step = alongAxis(q.map((index, i) => index - p[i]!), values.ndim, axis);
  return { values, from: add(mul(second, step), alongAxis(p, values.ndim, axis)) };
}

function joinCandidates(ctx: Context, a: Candidates, b: Candidates, axis: number): Candidates {
  const values = a.values.cat([b.values], axis);
  if (a.from === undefined) return { values };
  return { values, from: indexTensor(ctx, a, axis).cat([indexTensor(ctx, b, axis)], axis) };
}

/** The maxima of windows along an axis, level by level. */
function maxAlong(ctx: Context, start: Candidates, axis: number, plan: MaxPlan): Candidates {
  let here = start;
  for (const { left, right, kept } of plan.levels) {
    const made = better(ctx, pick(here, axis, left), pick(here, axis, right), axis);
    here = kept.length === 0 ? made : joinCandidates(ctx, pick(here, axis, kept), made, axis);
  }
  return pick(here, axis, plan.out);
}

/** Numbers from 0, a step apart. */
const range = (count: number, step: number): number[] => Array.from({ length: count }, (_, i) => i * step);

/** In which order the places of the last axes are counted: the last axis fastest, or the first one. */
export type PlaceOrder = "row-major" | "column-major";

/** What a step along each axis adds to a place. */
function stepsOf(sides: Shape, order: PlaceOrder): number[] {
  return sides.map((_, i) => sizeOf(order === "row-major" ? sides.slice(i + 1) : sides.slice(0, i)));
}

/**
 * Maxima along one axis after the other, the last one first, so that of equal elements the first in order is found. With numbers
 * for the places along each axis also the sum of those where they were.
 */
function maxByAxis(
  ctx: Context,
  x: CrypTensor,
  w: Windows,
  plans: readonly MaxPlan[],
  places: readonly (readonly number[])[] | undefined,
): Candidates {
  let here: Candidates = { values: x };
  for (let i = w.axes.length - 1; i >= 0; i--) {
    const axis = w.lead.length + i;
    if (places !== undefined) {
      const own = places[i]!;
      // Behind the last axis an index is where along the axes so far, which is secret.
      const from = here.from === undefined
        ? own
        : add(indexTensor(ctx, here, axis + 1), alongAxis(own, x.ndim, axis));
      here = { values: here.values, from };
    }
    here = maxAlong(ctx, here, axis, plans[i]!);
  }
  return places !== undefined ? { values: here.values, from: indexTensor(ctx, here, w.lead.length) } : here;
}

/**
 * The maxima of windows, each of one element or more, and with an `order` the places of these in that order of the last axes, as
 * integers; of equal elements the first in row-major order. Exact.
 *
 * *Cost*: for windows of K elements ceil(log2 K) comparisons one after the other, each 4 rounds (of windows of Ki along each
 * axis, the sum of ceil(log2 Ki)); K - 1 comparisons per window and fewer where windows overlap. A comparison takes 12.3 bytes
 * per element, with indices 20.3 where both are still public, and 28.4.
 */
export function windowMaxima(
  ctx: Context,
  x: CrypTensor,
  w: Windows,
  shape: Shape,
  order?: PlaceOrder,
): { readonly values: CrypTensor; readonly indices: CrypTensor | undefined } {
  const a = x.rescale();
  const { atOnce, plans } = planWindows(w);
  const sides = w.axes.map((axis) => axis.side);
  const places = order && stepsOf(sides, order).map((step, i) => range(sides[i]!, step));
  if (!atOnce) {
    const { values, from } = maxByAxis(ctx, a, w, plans, places);
    return { values, indices: from as CrypTensor | undefined };
  }
  const line = sizeOf(sides);
  const all = places?.reduce((sums, own) => sums.flatMap((p) => own.map((q) => p + q)));
  const flat = { lead: w.lead, axes: [joined(w.axes)] };
  const { values, from } = maxByAxis(ctx, reshape(a, [...w.lead, line]), flat, plans, all && [all]);
  return {
    values: reshape(values, shape),
    indices: from === undefined ? undefined : reshape(from as CrypTensor, shape),
  };
}
