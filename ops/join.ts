/**
 * Several tensors as one. Exact and local; operands of different scales meet at the largest.
 *
 * @module
 */
import type { AShare } from "../protocols/protocol.ts";
import * as ring from "../ring/movement.ts";
import { checkShape, normalAxis, sameShape, type Shape } from "../ring/shape.ts";
import type { RingTensor } from "../ring/tensor.ts";
import type { Context } from "./context.ts";
import { defineOp, isTensor, type Op } from "./op.ts";
import { allIntegers, boundOf, constantTensor, publicTensor, raise, shapeOf, words } from "./operand.ts";
import type { CrypTensor, Operand, TensorFacts } from "./tensor.ts";

/**
 * Operands at one scale, the largest of the secret ones'; public ones as (not hidden) tensors. Integers without fraction bits
 * take the session's scale when a public operand has a fraction.
 */
export function meet(ctx: Context, operands: readonly Operand[]): CrypTensor[] {
  const most = Math.max(...operands.map((operand) => isTensor(operand) ? operand.scale : 0));
  const whole = operands.every((operand) => isTensor(operand) || allIntegers(publicTensor(operand)));
  const scale = most === 0 && !whole ? ctx.fractionBits : most;
  return operands.map((operand) =>
    isTensor(operand) ? raise(ctx, operand, scale) : constantTensor(ctx, operand, scale)
  );
}

/** A linear function of several tensors of one scale, the same on every part of their shares. */
export function mapAll(
  ctx: Context,
  name: string,
  operands: readonly CrypTensor[],
  shape: Shape,
  facts: TensorFacts,
  f: (...parts: RingTensor[]) => RingTensor,
): CrypTensor {
  const given = operands.map((operand) => operand.words);
  // Parts of one kind only belong together.
  const cells = given.every((cell) => cell.summand) ? given : given.map((cell) => ctx.whole(cell));
  const cell = ctx.local(name, cells, shape, (...shares: AShare[]): AShare => {
    const parts = shares[0]!.parts.map((_, i) => f(...shares.map((share) => share.parts[i]!)));
    return shares[0]!.summand === true ? { parts, summand: true } : { parts };
  });
  return words(ctx, cell, facts);
}

/** What is known about a tensor whose elements are those of others. */
export function factsOf(operands: readonly CrypTensor[]): TensorFacts {
  const bounds = operands.map((operand) => operand.bound);
  return { scale: operands[0]!.scale, bound: bounds.reduce((a, b) => boundOf(a, b, Math.max)) };
}

/** Others, of which the first `before` come before the tensor itself. */
type Joined = [others: readonly Operand[], axis: number, before: number];

function join(
  name: "cat" | "stack",
  shape: (x: Shape, others: readonly Shape[], axis: number) => Shape,
  f: (parts: readonly RingTensor[], axis: number) => RingTensor,
): Op<Joined> {
  return defineOp<Joined>({
    name,
    shape(x, others, axis) {
      const out = shape(x.shape, others.map(shapeOf), axis);
      checkShape(out);
      return out;
    },
    lower(ctx, x, [others, axis, before], out) {
      const all = meet(ctx, others.toSpliced(before, 0, x));
      const at = normalAxis(axis, out.length);
      return mapAll(ctx, name, all, out, factsOf(all), (...parts) => f(parts, at));
    },
  });
}

/** Tensors joined along an axis. */
export const cat: Op<Joined> = join(
  "cat",
  (x, others, axis) => {
    const at = normalAxis(axis, x.length, "join along");
    for (const other of others) {
      const fits = other.length === x.length && other.every((side, i) => i === at || side === x[i]);
      if (!fits) throw new RangeError(`shape [${other}] does not join [${x}] along axis ${axis}`);
    }
    return x.map((side, i) => i === at ? others.reduce((sum, other) => sum + other[at]!, side) : side);
  },
  ring.concat,
);

/** Tensors joined along a new axis. */
export const stack: Op<Joined> = join(
  "stack",
  (x, others, axis) => {
    const at = normalAxis(axis, x.length + 1, "stack along");
    for (const other of others) {
      if (!sameShape(other, x)) throw new RangeError(`shape [${other}] differs from [${x}]`);
    }
    return x.toSpliced(at, 0, 1 + others.length);
  },
  ring.stack,
);

function joinAll(op: Op<Joined>, verb: string, list: readonly Operand[], axis: number): CrypTensor {
  const before = list.findIndex(isTensor);
  const first = list[before];
  if (!isTensor(first)) {
    throw new TypeError(`Cannot ${verb} ${list.length} tensors: none is encrypted, at least one is wanted`);
  }
  return op(first, list.toSpliced(before, 1), axis, before);
}

/**
 * Tensors joined along an axis, as torch.cat; any of them but one may be public, the first too. Exact; local.
 *
 * @throws {TypeError} when none is encrypted.
 * @throws {RangeError} when their other sides differ.
 */
export function catAll(list: readonly Operand[], axis = 0): CrypTensor {
  return joinAll(cat, "join", list, axis);
}

/**
 * Tensors joined along a new axis, as torch.stack; any of them but one may be public, the first too. Exact; local.
 *
 * @throws {TypeError} when none is encrypted.
 * @throws {RangeError} when their shapes differ.
 */
export function stackAll(list: readonly Operand[], axis = 0): CrypTensor {
  return joinAll(stack, "stack", list, axis);
}
