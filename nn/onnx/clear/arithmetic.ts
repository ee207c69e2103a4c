/**
 * Arithmetic of two and more tensors.
 *
 * @module
 */
import { Tensor } from "../../../ops/plaintext.ts";
import { type ClearCall, type ClearRule, type ClearTable, refuse } from "./call.ts";
import { commonShape, expanded } from "./gather.ts";
import { bigs, common, isReal, type Kind, ofBigs, ofReals, reals, truncated } from "./storage.ts";

/** An operation on real numbers, and on integers of 64 bits. */
export interface Arithmetic {
  /** In double precision. */
  readonly real: (a: number, b: number) => number;
  /** Exactly; what does not fit into the storage loses its high bits. */
  readonly integer: (a: bigint, b: bigint) => bigint;
}

const divisor = (b: bigint): bigint => b === 0n ? refuse("an integer is divided by 0") : b;

/** a + b. */
export const add: Arithmetic = { real: (a, b) => a + b, integer: (a, b) => a + b };
/** a·b. */
export const mul: Arithmetic = { real: (a, b) => a * b, integer: (a, b) => a * b };
/** The larger of two. */
export const max: Arithmetic = { real: Math.max, integer: (a, b) => a > b ? a : b };
/** The smaller of two. */
export const min: Arithmetic = { real: Math.min, integer: (a, b) => a < b ? a : b };
const sub: Arithmetic = { real: (a, b) => a - b, integer: (a, b) => a - b };
/** Towards zero for integers. */
const div: Arithmetic = { real: (a, b) => a / b, integer: (a, b) => a / divisor(b) };
/** The rest with the sign of the dividend. */
const fmod: Arithmetic = { real: (a, b) => a % b, integer: (a, b) => a % divisor(b) };
/** The rest with the sign of the divisor. */
const mod: Arithmetic = {
  real(a, b) {
    const rest = a % b;
    return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
  },
  integer(a, b) {
    const rest = a % divisor(b);
    return rest !== 0n && rest < 0n !== b < 0n ? rest + b : rest;
  },
};

/** Powers of integers modulo 2^64; those of negative exponents are truncated. */
function integerPower(base: bigint, exponent: bigint): bigint {
  if (exponent < 0n) return base === 1n || base === -1n ? base ** (-exponent & 1n) : 1n / divisor(base);
  let [out, square] = [1n, base];
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) out = BigInt.asIntN(64, out * square);
    square = BigInt.asIntN(64, square * square);
  }
  return out;
}

/**
 * The second operand as it broadcasts. Before version 7 of the operator set it did so only where told, and its axes could start
 * at a stated one of the first.
 */
export function second(call: ClearCall): Tensor {
  const [x, y] = [call.operand(0), call.operand(1)];
  if (call.opset >= 7 || call.whole("broadcast", 0) === 0) return y;
  const axis = call.whole("axis", x.ndim - y.ndim);
  const tail = x.ndim - (axis < 0 ? axis + x.ndim : axis) - y.ndim;
  if (tail < 0) refuse(`[${y.shape}] does not fit into [${x.shape}] at axis ${axis}`);
  return new Tensor([...y.shape, ...new Array<number>(tail).fill(1)], y.data);
}

/** An operation on tensors of one type, which broadcast. */
export function combine({ real, integer }: Arithmetic, x: Tensor, y: Tensor): Tensor {
  const shape = commonShape(x, y);
  const kind = common(x, y);
  const [left, right] = [expanded(x, shape), expanded(y, shape)];
  if (isReal(kind)) {
    const [a, b] = [reals(left), reals(right)];
    return ofReals(kind, shape, a.map((v, i) => real(v, b[i]!)));
  }
  const [a, b] = [bigs(left), bigs(right)];
  return ofBigs(kind, shape, a.map((v, i) => integer(v, b[i]!)));
}

const binary = (f: Arithmetic): ClearRule => (call) => [combine(f, call.operand(0), second(call))];

const variadic = (f: Arithmetic): ClearRule => (call) => {
  const [first, ...rest] = call.all();
  return [rest.reduce((x, y) => combine(f, x, y), first)];
};

/** The result has the type of the base. */
function pow(call: ClearCall): readonly Tensor[] {
  const [x, y] = [call.operand(0), second(call)];
  const shape = commonShape(x, y);
  const [base, exponent] = [expanded(x, shape), expanded(y, shape)];
  const kind: Kind = x.dtype;
  if (!isReal(kind) && !isReal(y.dtype)) {
    const e = bigs(exponent);
    return [ofBigs(kind, shape, bigs(base).map((b, i) => integerPower(b, e[i]!)))];
  }
  const e = reals(exponent);
  const out = reals(base).map((b, i) => b ** e[i]!);
  return [isReal(kind) ? ofReals(kind, shape, out) : ofBigs(kind, shape, truncated(out, "int64"))];
}

function mean(call: ClearCall): readonly Tensor[] {
  const [first, ...rest] = call.all();
  const sum = rest.reduce((x, y) => combine(add, x, y), first);
  return [ofReals(sum.dtype, sum.shape, reals(sum).map((v) => v / (rest.length + 1)))];
}

/** Arithmetic of two and more tensors. */
export const clearArithmetic: ClearTable = {
  Add: binary(add),
  Div: binary(div),
  Max: variadic(max),
  Mean: mean,
  Min: variadic(min),
  Mod: (call) => binary(call.whole("fmod", 0) === 0 ? mod : fmod)(call),
  Mul: binary(mul),
  Pow: pow,
  Sub: binary(sub),
  Sum: variadic(add),
};
