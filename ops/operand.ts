/**
 * Operands: secret or public, of different scales and shapes, made to fit.
 *
 * @module
 */
import type { AShare } from "../protocols/protocol.ts";
import { mulConstant } from "../ring/elementwise.ts";
import { encode } from "../ring/fixed.ts";
import { broadcastTo } from "../ring/movement.ts";
import { sameShape, type Shape } from "../ring/shape.ts";
import type { RingTensor } from "../ring/tensor.ts";
import { Cell } from "./cell.ts";
import type { Context } from "./context.ts";
import { isTensor } from "./op.ts";
import { Tensor, type TensorLike } from "./plaintext.ts";
import { CrypTensor, type Operand, type TensorFacts } from "./tensor.ts";

/** Most fraction and integer bits together: a shared integer stays below 2^62. */
export const MAX_BITS = 62;

/** The shape of an operand. */
export function shapeOf(operand: Operand): Shape {
  return isTensor(operand) ? operand.shape : publicTensor(operand).shape;
}

const cache = new WeakMap<object, Tensor>();

/** A public operand as a tensor; nested arrays are read once. */
export function publicTensor(value: TensorLike): Tensor {
  if (typeof value !== "object") return Tensor.from(value);
  let tensor = cache.get(value);
  if (tensor === undefined) cache.set(value, tensor = Tensor.from(value));
  return tensor;
}

/** The largest absolute value of a public tensor. */
export function largest(tensor: Tensor): number {
  let out = 0;
  for (const x of tensor.data) out = Math.max(out, Math.abs(Number(x)));
  return out;
}

/** Whether all values are integers: such an operand is exact with no fraction bits, so a product needs no truncation. */
export function allIntegers(tensor: Tensor): boolean {
  for (const x of tensor.data) if (!Number.isInteger(Number(x))) return false;
  return true;
}

/** Text that differs, but for accidents, when a public operand differs; part of the trace. */
function fingerprint(tensor: Tensor): string {
  let sum = 0;
  let weighted = 0;
  let i = 0;
  for (const x of tensor.data) {
    sum += Number(x);
    weighted += (++i % 8191) * Number(x);
  }
  return `public [${tensor.shape}] ${sum} ${weighted}`;
}

/** Encodes a public operand. */
export function encodePublic(ctx: Context, tensor: Tensor, scale: number): RingTensor {
  ctx.scope.record(fingerprint(tensor));
  return encode(ctx.shared.env.heap, tensor.shape, tensor.data, scale);
}

/** Whether scale and bound need no more than 62 bits. */
export function fits({ scale, bound }: TensorFacts): boolean {
  const integerBits = bound === undefined || bound === 0 ? 0 : Math.ceil(Math.log2(bound));
  return scale < MAX_BITS && scale + integerBits <= MAX_BITS;
}

/**
 * Refuses what cannot fit.
 *
 * @throws {RangeError} when scale and bound need more than 62 bits.
 */
export function checkRange(ctx: Context, facts: TensorFacts, name: string): void {
  if (fits(facts)) return;
  const size = facts.bound === undefined ? "" : ` and values up to ${facts.bound.toPrecision(3)}`;
  throw new RangeError(
    `Cannot compute ${name}: ${facts.scale} fraction bits${size} need more than ${MAX_BITS} bits; use smaller values or fewer fraction bits than ${ctx.fractionBits}`,
  );
}

/** A new tensor from a cell of words. */
export function words(ctx: Context, cell: Cell<AShare>, facts: TensorFacts): CrypTensor {
  return new CrypTensor(ctx, cell.shape, facts, { words: cell });
}

/** A linear function of one tensor, the same on every part of its share. Public words that it reads are freed afterwards. */
export function mapWords(
  ctx: Context,
  name: string,
  x: CrypTensor,
  shape: Shape,
  facts: TensorFacts,
  f: (part: RingTensor) => RingTensor,
  used: readonly RingTensor[] = [],
): CrypTensor {
  const cell = ctx.local(name, [x.words], shape, (share: AShare) => {
    const out = ctx.protocol.linear(share, f);
    for (const tensor of used) tensor.free();
    return out;
  });
  return words(ctx, cell, facts);
}

/** The same value with more fraction bits. Local. */
export function raise(ctx: Context, x: CrypTensor, scale: number): CrypTensor {
  if (x.scale === scale) return x;
  const facts = { scale, bound: x.bound };
  checkRange(ctx, facts, "a change of scale");
  const factor = 1n << BigInt(scale - x.scale);
  return mapWords(ctx, "raise", x, x.shape, facts, (part) => mulConstant(part, factor));
}

/** The same value in a larger shape. Local. */
export function broadcast(ctx: Context, x: CrypTensor, shape: Shape): CrypTensor {
  if (sameShape(x.shape, shape)) return x;
  return mapWords(ctx, "expand", x, shape, x, (part) => broadcastTo(part, shape));
}

/** A public value as a (not hidden) tensor. */
export function constantTensor(ctx: Context, value: TensorLike, scale: number): CrypTensor {
  const tensor = publicTensor(value);
  const encoded = encodePublic(ctx, tensor, scale);
  const share = ctx.protocol.constant(encoded);
  encoded.free();
  const facts = { scale, bound: largest(tensor) };
  // With other fraction bits than usual it is not that value, but one rounded otherwise.
  const known = scale === ctx.fractionBits || allIntegers(tensor) ? tensor : undefined;
  return new CrypTensor(ctx, tensor.shape, facts, { words: Cell.ready(tensor.shape, share), known });
}

/** An operand as an encrypted tensor of the same session. */
export function secretOperand(ctx: Context, operand: Operand, scale: number): CrypTensor {
  return isTensor(operand) ? operand : constantTensor(ctx, operand, scale);
}

/** Two known bounds combined, or unknown. */
export function boundOf(
  a: number | undefined,
  b: number | undefined,
  f: (a: number, b: number) => number,
): number | undefined {
  return a === undefined || b === undefined ? undefined : f(a, b);
}
