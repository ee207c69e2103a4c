/**
 * Strided copies: the one mechanism behind broadcasting, permutation, slicing, padding and joining.
 *
 * @module
 */
import type { Heap } from "./heap.ts";
import { broadcastShapes, sameShape, type Shape, stridesOf } from "./shape.ts";
import { RingTensor } from "./tensor.ts";

/** A dense or sparse walk over memory: where it starts, and bytes between neighbours along each axis. */
export interface View {
  /** Address of the first word. */
  readonly ptr: number;
  /** Bytes per step of each axis; 0 and negative ones are allowed. */
  readonly strides: readonly number[];
}

/** One axis of a copy: how many words, and bytes per step on both sides. */
interface Walk {
  readonly count: number;
  readonly to: number;
  readonly from: number;
}

/** Least sides of a matrix that is transposed in blocks, and how many of its columns go in one pass. */
const BLOCK_ROWS = 8;
const BLOCK_COLUMNS = 16;

/** Joins axes that follow each other in both memories, and drops those of one step. */
function collapse(shape: Shape, to: readonly number[], from: readonly number[]): Walk[] {
  const out: Walk[] = [];
  for (let i = 0; i < shape.length; i++) {
    const walk = { count: shape[i]!, to: to[i]!, from: from[i]! };
    if (walk.count === 1) continue;
    const last = out.at(-1);
    if (last !== undefined && last.to === walk.to * walk.count && last.from === walk.from * walk.count) {
      out[out.length - 1] = { count: last.count * walk.count, to: walk.to, from: walk.from };
    } else out.push(walk);
  }
  return out;
}

const ONCE: Walk = { count: 1, to: 0, from: 0 };

/** The kernel on the three innermost axes, a loop here on the others. */
function run(heap: Heap, to: number, from: number, walks: readonly Walk[]): void {
  if (walks.length > 3) {
    const [first, ...rest] = walks as [Walk, ...Walk[]];
    for (let i = 0; i < first.count; i++) run(heap, to + i * first.to, from + i * first.from, rest);
    return;
  }
  const a = walks.at(-3) ?? ONCE;
  const b = walks.at(-2) ?? ONCE;
  const c = walks.at(-1) ?? ONCE;
  const { copy } = heap.kernels.movement;
  copy(to, from, a.count, b.count, c.count, a.to, b.to, c.to, a.from, b.from, c.from);
}

/** dst[j, i] = src[i, j], a few columns at a time so that what is written stays in the cache until its lines are full. */
function transpose(heap: Heap, to: number, from: number, rows: Walk, columns: Walk): void {
  const evenRows = rows.count - rows.count % BLOCK_ROWS;
  const evenColumns = columns.count - columns.count % 2;
  for (let j = 0; j < evenColumns; j += BLOCK_COLUMNS) {
    const width = Math.min(BLOCK_COLUMNS, evenColumns - j);
    const target = to + j * columns.to;
    heap.kernels.movement.transpose(target, from + 8 * j, evenRows, width, columns.to, rows.from);
  }
  if (evenRows < rows.count) {
    const rest = { ...rows, count: rows.count - evenRows };
    run(heap, to + 8 * evenRows, from + evenRows * rows.from, [columns, rest]);
  }
  if (evenColumns < columns.count) {
    const last = { ...rows, count: evenRows };
    run(heap, to + evenColumns * columns.to, from + 8 * evenColumns, [last]);
  }
}

/** Loops over `walks` around the transposition of the source's dense axis with the destination's. */
function transposeEach(
  heap: Heap,
  to: number,
  from: number,
  walks: readonly Walk[],
  rows: Walk,
  columns: Walk,
): void {
  const [first, ...rest] = walks;
  if (first === undefined) return transpose(heap, to, from, rows, columns);
  for (let i = 0; i < first.count; i++) {
    transposeEach(heap, to + i * first.to, from + i * first.from, rest, rows, columns);
  }
}

/** Copies a tensor of `shape` between two views, in the order of its axes. They must not overlap. */
export function copyStrided(heap: Heap, shape: Shape, to: View, from: View): void {
  if (shape.includes(0)) return;
  const walks = collapse(shape, to.strides, from.strides);
  const rows = walks.find((w) => w.to === 8 && w.from !== 8 && w.from !== 0 && w.count >= BLOCK_ROWS);
  const columns = walks.find((w) => w.from === 8 && w.to !== 8 && w.count >= BLOCK_ROWS);
  if (rows === undefined || columns === undefined) return run(heap, to.ptr, from.ptr, walks);
  const others = walks.filter((w) => w !== rows && w !== columns);
  transposeEach(heap, to.ptr, from.ptr, others, rows, columns);
}

/** A dense tensor from a strided view of another: `shape` elements from byte `offset` on. */
export function gatherStrided(
  x: RingTensor,
  shape: Shape,
  strides: readonly number[],
  offset = 0,
): RingTensor {
  const out = RingTensor.empty(x.heap, shape);
  copyStrided(x.heap, shape, { ptr: out.ptr, strides: byteStrides(shape) }, { ptr: x.ptr + offset, strides });
  return out;
}

/** Writes a dense tensor to a strided view of another. */
export function scatterStrided(out: RingTensor, x: RingTensor, strides: readonly number[], offset = 0): void {
  const from = { ptr: x.ptr, strides: byteStrides(x.shape) };
  copyStrided(x.heap, x.shape, { ptr: out.ptr + offset, strides }, from);
}

/** Strides in bytes. */
export function byteStrides(shape: Shape): number[] {
  return stridesOf(shape).map((s) => s * 8);
}

/**
 * A copy in a larger shape, by NumPy's rule.
 *
 * @throws {RangeError} when the shapes do not fit.
 */
export function broadcastTo(x: RingTensor, shape: Shape): RingTensor {
  const common = broadcastShapes(x.shape, shape, "broadcast");
  if (!sameShape(common, shape)) {
    throw new RangeError(`Cannot broadcast [${x.shape}] to [${shape}]: the result would be [${common}]`);
  }
  const own = byteStrides(x.shape);
  const lead = shape.length - x.shape.length;
  const strides = shape.map((_, i) => i < lead || x.shape[i - lead] === 1 ? 0 : own[i - lead]!);
  return gatherStrided(x, shape, strides);
}
