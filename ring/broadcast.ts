/**
 * Strided copies: the one mechanism behind broadcasting, permutation, slicing, padding and joining.
 *
 * @module
 */
import { broadcastShapes, sameShape, type Shape, sizeOf, stridesOf } from "./shape.ts";
import { RingTensor } from "./tensor.ts";

/** A walk over one axis: how many steps, and bytes per step on the strided side. */
export interface Walk {
  /** Number of steps. */
  readonly count: number;
  /** Bytes per step. */
  readonly stride: number;
}

/** Joins axes that follow each other in memory, and drops those of one step. */
function collapse(walks: readonly Walk[]): Walk[] {
  const out: Walk[] = [];
  for (const walk of walks) {
    if (walk.count === 1) continue;
    const last = out.at(-1);
    if (last !== undefined && last.stride === walk.stride * walk.count) {
      out[out.length - 1] = { count: last.count * walk.count, stride: walk.stride };
    } else out.push(walk);
  }
  while (out.length < 3) out.unshift({ count: 1, stride: 0 });
  return out;
}

function visit(outer: readonly Walk[], strided: number, f: (strided: number) => void): void {
  const [first, ...rest] = outer;
  if (first === undefined) return f(strided);
  for (let i = 0; i < first.count; i++) visit(rest, strided + i * first.stride, f);
}

/** Copies between dense memory and a strided view. */
function copy(
  kernel: "copy3" | "put3",
  heap: RingTensor["heap"],
  dense: number,
  strided: number,
  walks: readonly Walk[],
): void {
  if (walks.some((w) => w.count === 0)) return;
  const all = collapse(walks);
  const [a, b, c] = all.slice(-3) as [Walk, Walk, Walk];
  const step = a.count * b.count * c.count * 8;
  let at = dense;
  const run = heap.kernels.movement[kernel];
  visit(all.slice(0, -3), strided, (from) => {
    const [dst, src] = kernel === "copy3" ? [at, from] : [from, at];
    run(dst, src, a.count, b.count, c.count, a.stride, b.stride, c.stride);
    at += step;
  });
}

/** A dense tensor from a strided view of another: `shape` elements from byte `offset` on. */
export function gatherStrided(
  x: RingTensor,
  shape: Shape,
  strides: readonly number[],
  offset = 0,
): RingTensor {
  const out = RingTensor.empty(x.heap, shape);
  copy("copy3", x.heap, out.ptr, x.ptr + offset, shape.map((count, i) => ({ count, stride: strides[i]! })));
  return out;
}

/** Writes a dense tensor to a strided view of another. */
export function scatterStrided(out: RingTensor, x: RingTensor, strides: readonly number[], offset = 0): void {
  copy("put3", x.heap, x.ptr, out.ptr + offset, x.shape.map((count, i) => ({ count, stride: strides[i]! })));
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
    throw new RangeError(`Cannot broadcast [${x.shape}] to [${shape}]: it does not fit`);
  }
  const own = byteStrides(x.shape);
  const lead = shape.length - x.shape.length;
  const strides = shape.map((_, i) => i < lead || x.shape[i - lead] === 1 ? 0 : own[i - lead]!);
  if (sizeOf(shape) === 0) return RingTensor.empty(x.heap, shape);
  return gatherStrided(x, shape, strides);
}
