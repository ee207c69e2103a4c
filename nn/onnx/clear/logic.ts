/**
 * Comparisons, logic, bits and choices.
 *
 * @module
 */
import { Tensor } from "../../../ops/plaintext.ts";
import { second } from "./arithmetic.ts";
import { type ClearCall, type ClearRule, type ClearTable, refuse } from "./call.ts";
import { commonShape, expanded } from "./gather.ts";
import { bigs, common, isReal, type Kind, ofBigs, reals, storage, truths } from "./storage.ts";

type Value = number | bigint;

/** Numbers and big integers compare by value; NaN equals nothing. */
const compare = (holds: (a: Value, b: Value) => boolean): ClearRule => (call) => {
  const [x, y] = [call.operand(0), second(call)];
  const shape = commonShape(x, y);
  const [a, b] = [expanded(x, shape).data, expanded(y, shape).data];
  return [truths(shape, a.length, (i) => holds(a[i]!, b[i]!))];
};

const logic = (holds: (a: boolean, b: boolean) => boolean): ClearRule =>
  compare((a, b) => holds(Number(a) !== 0, Number(b) !== 0));

const test = (holds: (call: ClearCall, x: number) => boolean): ClearRule => (call) => {
  const x = call.operand(0);
  const values = reals(x);
  return [truths(x.shape, x.size, (i) => holds(call, values[i]!))];
};

function infinite(call: ClearCall, x: number): boolean {
  return x === Infinity && call.whole("detect_positive", 1) !== 0 ||
    x === -Infinity && call.whole("detect_negative", 1) !== 0;
}

/** Unsigned integers of 32 bits are stored as doubles; they become such again. */
function bitsOf(kind: Kind, shape: readonly number[], values: BigInt64Array): Tensor {
  return ofBigs(kind, shape, isReal(kind) ? values.map((v) => BigInt.asUintN(32, v)) : values);
}

const bitwise = (f: (a: bigint, b: bigint) => bigint): ClearRule => (call) => {
  const [x, y] = [call.operand(0), call.operand(1)];
  const shape = commonShape(x, y);
  const [a, b] = [bigs(expanded(x, shape)), bigs(expanded(y, shape))];
  return [bitsOf(common(x, y), shape, a.map((v, i) => f(v, b[i]!)))];
};

/** Bits of the unsigned integers that storage stands for; shifts are of unsigned integers only. */
const WIDTHS: Readonly<Record<Kind, number>> = { uint8: 8, int32: 16, float32: 32, float64: 32, int64: 64 };

function shift(call: ClearCall): readonly Tensor[] {
  const [x, y] = [call.operand(0), call.operand(1)];
  const shape = commonShape(x, y);
  const kind = common(x, y);
  const width = WIDTHS[kind];
  const direction = call.text("direction", "");
  const left = direction === "LEFT";
  if (!left && direction !== "RIGHT") refuse(`the direction is "${direction}"`);
  const by = bigs(expanded(y, shape));
  const out = bigs(expanded(x, shape)).map((value, i) => {
    const bits = by[i]!;
    if (bits < 0n || value < 0n) refuse("a shift is of unsigned integers");
    if (bits >= width) return 0n;
    const shifted = left ? BigInt.asUintN(width, value << bits) : value >> bits;
    return shifted < 2n ** 63n ? shifted : refuse("an unsigned integer has more than 63 bits");
  });
  return [ofBigs(kind, shape, out)];
}

function bitNot(call: ClearCall): readonly Tensor[] {
  const x = call.operand(0);
  return [bitsOf(x.dtype, x.shape, bigs(x).map((v) => ~v))];
}

function where(call: ClearCall): readonly Tensor[] {
  const [condition, x, y] = [call.operand(0), call.operand(1), call.operand(2)];
  const shape = commonShape(condition, x, y);
  const kind = common(x, y);
  const chosen = reals(expanded(condition, shape));
  const [a, b] = [x, y].map((t) => expanded(t, shape)).map((t) => kind === "int64" ? bigs(t) : t.data);
  const out = storage(kind, chosen.length) as Float64Array;
  chosen.forEach((c, i) => out[i] = (c !== 0 ? a![i] : b![i]) as number);
  return [new Tensor(shape, out)];
}

/** Comparisons, logic, bits and choices. */
export const clearLogic: ClearTable = {
  And: logic((a, b) => a && b),
  BitShift: shift,
  BitwiseAnd: bitwise((a, b) => a & b),
  BitwiseNot: bitNot,
  BitwiseOr: bitwise((a, b) => a | b),
  BitwiseXor: bitwise((a, b) => a ^ b),
  Equal: compare((a, b) => a <= b && a >= b),
  Greater: compare((a, b) => a > b),
  GreaterOrEqual: compare((a, b) => a >= b),
  IsInf: test(infinite),
  IsNaN: test((_, x) => Number.isNaN(x)),
  Less: compare((a, b) => a < b),
  LessOrEqual: compare((a, b) => a <= b),
  Not: test((_, x) => x === 0),
  Or: logic((a, b) => a || b),
  Where: where,
  Xor: logic((a, b) => a !== b),
};
