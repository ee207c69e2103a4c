/**
 * Operators that move elements to places which no element decides.
 *
 * @module
 */
import { Tensor } from "../../../ops/plaintext.ts";
import { broadcastShapes, sizeOf, stridesOf } from "../../../ring/shape.ts";
import { entry } from "../entry.ts";
import { axesOf, axisOf, type ClearCall, type ClearTable, refuse } from "./call.ts";
import { checkSize, expanded, joined, permuted, positions, ramp, select, take } from "./gather.ts";
import { common } from "./storage.ts";

function transpose(call: ClearCall): readonly Tensor[] {
  const x = call.operand(0);
  const order = axesOf(call.wholes("perm") ?? x.shape.map((_, i) => x.ndim - 1 - i), x.ndim);
  if (order.length !== x.ndim) refuse(`[${order}] is no order of ${x.ndim} axes`);
  return [permuted(x, order)];
}

function expand(call: ClearCall): readonly Tensor[] {
  const x = call.operand(0);
  const wanted = call.integers(1) ?? refuse("it has no shape");
  checkSize(wanted, x.size);
  return [expanded(x, broadcastShapes(x.shape, wanted))];
}

/** In the first version along one axis, then along each. */
function tile(call: ClearCall): readonly Tensor[] {
  const x = call.operand(0);
  const once = x.shape.map(() => 1);
  const repeats = call.operands.length === 3
    ? once.with(axisOf(call.integer(2) ?? refuse("it has no axis"), x.ndim), call.integer(1) ?? 1)
    : call.integers(1) ?? refuse("it has no repeats");
  if (repeats.length !== x.ndim) refuse(`${repeats.length} repeats for ${x.ndim} axes`);
  checkSize(x.shape.map((side, i) => side * repeats[i]!), x.size);
  const picks = x.shape.map((side, i) => Int32Array.from({ length: side * repeats[i]! }, (_, p) => p % side));
  return [select(x, picks)];
}

/** Position in a side of `n` for a position that may be outside; -1 for the constant. */
export const PAD_SOURCES: Readonly<Record<string, (p: number, n: number) => number>> = {
  constant: (p, n) => p < 0 || p >= n ? -1 : p,
  edge: (p, n) => Math.min(Math.max(p, 0), n - 1),
  reflect(p, n) {
    const period = Math.max(2 * (n - 1), 1);
    const within = (p % period + period) % period;
    return Math.min(within, period - within) % n;
  },
  wrap: (p, n) => (p % n + n) % n,
};

function pad(call: ClearCall): readonly Tensor[] | undefined {
  const x = call.operand(0);
  const pads = call.integers(1, call.node.attributes["paddings"] === undefined ? "pads" : "paddings") ??
    refuse("it has no pads");
  const axes = axesOf(call.integers(3) ?? x.shape.map((_, axis) => axis), x.ndim);
  if (pads.length !== 2 * axes.length) refuse(`${pads.length} pads for ${axes.length} axes`);
  const mode = entry(PAD_SOURCES, call.text("mode", "constant"));
  if (mode === undefined) return undefined;
  const filler = call.operands[2];
  if (filler !== undefined && filler.size !== 1) {
    refuse(`the value has ${filler.size} elements, one is wanted`);
  }
  const before = x.shape.map(() => 0);
  const shape = [...x.shape];
  axes.forEach((axis, i) => {
    before[axis] = pads[i]!;
    shape[axis]! += pads[i]! + pads[i + axes.length]!;
  });
  checkSize(shape, x.size);
  const picks = shape.map((side, axis) =>
    Int32Array.from({ length: side }, (_, p) => mode(p - before[axis]!, x.shape[axis]!))
  );
  if (mode !== PAD_SOURCES["constant"] && x.size === 0 && sizeOf(shape) > 0) {
    refuse("there is nothing to repeat");
  }
  return [select(x, picks, filler?.data[0] ?? call.number("value", 0))];
}

/** Positions from `start` to `end`, which count from the end when negative and are clamped. */
function slicePositions(side: number, start: number, end: number, step: number): Int32Array {
  if (step === 0) refuse("a step is 0");
  const clamped = (p: number): number =>
    Math.min(Math.max(p < 0 ? p + side : p, step > 0 ? 0 : -1), step > 0 ? side : side - 1);
  const from = clamped(start);
  const count = Math.max(Math.ceil((clamped(end) - from) / step), 0);
  return ramp(count, step, from);
}

function slice(call: ClearCall): readonly Tensor[] {
  const x = call.operand(0);
  const starts = call.integers(1, "starts") ?? refuse("it has no starts");
  const ends = call.integers(2, "ends") ?? refuse("it has no ends");
  const axes = axesOf(call.integers(3, "axes") ?? starts.map((_, i) => i), x.ndim);
  const steps = call.integers(4) ?? starts.map(() => 1);
  if ([ends, axes, steps].some((list) => list.length !== starts.length)) {
    refuse(`${starts.length} starts, ${ends.length} ends, ${axes.length} axes and ${steps.length} steps`);
  }
  const picks: Int32Array[] = [];
  axes.forEach((axis, i) => picks[axis] = slicePositions(x.shape[axis]!, starts[i]!, ends[i]!, steps[i]!));
  return [select(x, picks)];
}

/** Sides of the parts: those stated, or equal ones; only where their number is stated the last may be smaller. */
function partsOf(call: ClearCall, side: number): readonly number[] {
  const parts = call.integers(1, "split");
  const outputs = call.node.outputs.length;
  if (parts !== undefined) {
    const total = parts.reduce((sum, part) => sum + part, 0);
    return total === side && parts.length === outputs && parts.every((part) => part >= 0)
      ? parts
      : refuse(`parts [${parts}] of ${side} entries for ${outputs} results`);
  }
  const count = call.whole("num_outputs", outputs);
  const each = Math.ceil(side / count);
  const last = side - each * (count - 1);
  const uneven = call.node.attributes["num_outputs"] !== undefined;
  if (count !== outputs || count < 1 || last < 0 || (last !== each && !uneven)) {
    refuse(`${count} parts of ${side} entries for ${outputs} results`);
  }
  return Array.from({ length: count }, (_, i) => i === count - 1 ? last : each);
}

function split(call: ClearCall): readonly Tensor[] {
  const x = call.operand(0);
  const axis = axisOf(call.whole("axis", 0), x.ndim);
  let from = 0;
  return partsOf(call, x.shape[axis]!).map((part) => {
    const picks: Int32Array[] = [];
    picks[axis] = ramp(part, 1, from);
    from += part;
    return select(x, picks);
  });
}

function concat(call: ClearCall): readonly Tensor[] {
  const all = call.all();
  return [joined(all, axisOf(call.whole("axis", 1), all[0].ndim), common(...all))];
}

/** The upper or lower triangle of matrices. */
function trilu(call: ClearCall): readonly Tensor[] {
  const x = call.operand(0);
  const [rows, columns] = x.ndim < 2 ? refuse(`[${x.shape}] holds no matrices`) : x.shape.slice(-2);
  const [upper, diagonal] = [call.whole("upper", 1) !== 0, call.integer(1) ?? 0];
  const keeps = (i: number): boolean => {
    const [row, column] = [Math.floor(i / columns!) % rows!, i % columns!];
    return upper ? column - row >= diagonal : column - row <= diagonal;
  };
  return [take(x, x.shape, Int32Array.from({ length: x.size }, (_, i) => keeps(i) ? i : -1))];
}

/** A tensor of other sides with its axes in another order, under a third shape. */
function folded(
  x: Tensor,
  sides: readonly number[],
  order: readonly number[],
  to: readonly number[],
): Tensor {
  return new Tensor(to, permuted(new Tensor(sides, x.data), order).data);
}

function imageOf(call: ClearCall): { x: Tensor; n: number; c: number; h: number; w: number; b: number } {
  const x = call.operand(0);
  const b = call.whole("blocksize", 0);
  if (x.ndim !== 4 || b < 1) refuse(`[${x.shape}] in blocks of ${b}`);
  const [n, c, h, w] = x.shape as unknown as [number, number, number, number];
  return { x, n, c, h, w, b };
}

function depthToSpace(call: ClearCall): readonly Tensor[] {
  const { x, n, c, h, w, b } = imageOf(call);
  const depth = c / b ** 2;
  if (!Number.isInteger(depth)) refuse(`${c} channels in blocks of ${b}`);
  const columnsFirst = call.text("mode", "DCR") === "CRD";
  const sides = columnsFirst ? [n, depth, b, b, h, w] : [n, b, b, depth, h, w];
  return [folded(x, sides, columnsFirst ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2], [n, depth, h * b, w * b])];
}

function spaceToDepth(call: ClearCall): readonly Tensor[] {
  const { x, n, c, h, w, b } = imageOf(call);
  const [rows, columns] = [h / b, w / b];
  if (!Number.isInteger(rows) || !Number.isInteger(columns)) refuse(`[${x.shape}] in blocks of ${b}`);
  return [folded(x, [n, c, rows, b, columns, b], [0, 3, 5, 1, 2, 4], [n, c * b * b, rows, columns])];
}

/** The first entries of each sequence in reverse order. */
function reverseSequence(call: ClearCall): readonly Tensor[] {
  const x = call.operand(0);
  const batch = axisOf(call.whole("batch_axis", 1), x.ndim);
  const time = axisOf(call.whole("time_axis", 0), x.ndim);
  const lengths = call.integers(1) ?? refuse("it has no lengths");
  const side = x.shape[time]!;
  const fits = batch !== time && lengths.length === x.shape[batch]! &&
    lengths.every((length) => length >= 0 && length <= side);
  if (!fits) refuse(`lengths [${lengths}] of sequences in [${x.shape}]`);
  const strides = stridesOf(x.shape);
  const along = (axis: number): Int32Array =>
    positions(x.shape.map((n, i) => i === axis ? ramp(n) : new Int32Array(n)));
  const [steps, sequences] = [along(time), along(batch)];
  const map = steps.map((step, i) => {
    const length = lengths[sequences[i]!]!;
    return step < length ? i + (length - 1 - 2 * step) * strides[time]! : i;
  });
  return [take(x, x.shape, map)];
}

/** Operators that move elements to places which no element decides. */
export const clearMovement: ClearTable = {
  Concat: concat,
  DepthToSpace: depthToSpace,
  Expand: expand,
  Pad: pad,
  ReverseSequence: reverseSequence,
  Slice: slice,
  SpaceToDepth: spaceToDepth,
  Split: split,
  Tile: tile,
  Transpose: transpose,
  Trilu: trilu,
};
