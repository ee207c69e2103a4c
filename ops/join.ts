/**
 * Several tensors as one. Exact and local; operands of different scales meet at the largest.
 *
 * @module
 */
import type { AShare } from "../protocols/protocol.ts";
import * as ring from "../ring/movement.ts";
import { normalAxis, sameShape, type Shape } from "../ring/shape.ts";
import type { RingTensor } from "../ring/tensor.ts";
import { defineOp, type Op } from "./op.ts";
import { boundOf, raise, words } from "./operand.ts";
import type { CrypTensor } from "./tensor.ts";

function join(
  name: "cat" | "stack",
  shape: (x: CrypTensor, others: readonly CrypTensor[], axis: number) => Shape,
  f: (parts: readonly RingTensor[], axis: number) => RingTensor,
): Op<[readonly CrypTensor[], number]> {
  return defineOp({
    name,
    shape,
    lower(ctx, x, [others, axis], out) {
      const all = [x, ...others];
      const scale = Math.max(...all.map((t) => t.scale));
      const cells = all.map((t) => raise(ctx, t, scale).words);
      const at = normalAxis(axis, out.length);
      const cell = ctx.local(name, cells, out, (...shares: AShare[]): AShare => ({
        parts: shares[0]!.parts.map((_, i) => f(shares.map((s) => s.parts[i]!), at)),
      }));
      const bound = all.slice(1).reduce((b, t) => boundOf(b, t.bound, Math.max), x.bound);
      return words(ctx, cell, { scale, bound });
    },
  });
}

/** Tensors joined along an axis. */
export const cat: Op<[readonly CrypTensor[], number]> = join(
  "cat",
  (x, others, axis) => {
    const at = normalAxis(axis, x.ndim, "join along");
    for (const other of others) {
      const fits = other.ndim === x.ndim && other.shape.every((side, i) => i === at || side === x.shape[i]);
      if (!fits) throw new RangeError(`shape [${other.shape}] does not join [${x.shape}] along axis ${axis}`);
    }
    return x.shape.map((side, i) =>
      i === at ? [x, ...others].reduce((sum, t) => sum + t.shape[at]!, 0) : side
    );
  },
  (parts, axis) => ring.concat(parts, axis),
);

/** Tensors joined along a new axis. */
export const stack: Op<[readonly CrypTensor[], number]> = join(
  "stack",
  (x, others, axis) => {
    const at = normalAxis(axis, x.ndim + 1, "stack along");
    for (const other of others) {
      if (!sameShape(other.shape, x.shape)) {
        throw new RangeError(`shape [${other.shape}] differs from [${x.shape}]`);
      }
    }
    return [...x.shape.slice(0, at), 1 + others.length, ...x.shape.slice(at)];
  },
  (parts, axis) => ring.stack(parts, axis),
);
