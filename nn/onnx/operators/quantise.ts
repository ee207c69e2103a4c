/**
 * ONNX operators between real numbers and small integers.
 *
 * A factor and what stands for zero are the format of quantised numbers, and public: where they are constants of a model, everyone
 * learns them, so about how large weights and activations are. The numbers themselves are secret.
 *
 * @module
 */
import { asReal } from "../../../ops/functions/scale.ts";
import { isTensor } from "../../../ops/op.ts";
import { constantTensor } from "../../../ops/operand.ts";
import type { CrypTensor } from "../../../ops/tensor.ts";
import { normalAxis, type Shape } from "../../../ring/shape.ts";
import { number, unsupported } from "../attributes.ts";
import { select } from "../clear/gather.ts";
import { type Limits, limitsOf } from "../clear/quantise.ts";
import type { Binding, Lowered, OperatorTable, Value } from "../operator.ts";
import { reshaped } from "../kinds.ts";

/** The range of the results: that of a stated type, or of the type of what stands for zero. */
export function limitsFor(b: Binding, zero: Value | undefined): Limits {
  const stated = number(b, "output_dtype", 0);
  if (isTensor(zero) && stated === 0) {
    return unsupported(b, "its zero point is secret, so its type is not known");
  }
  const limits = limitsOf(stated, isTensor(zero) ? undefined : zero, b.opset);
  return limits ?? unsupported(b, "the type of its result is not known to be of 8 or 16 bits");
}

/** Numbers for a whole tensor, for each entry of an axis, or for each block along it: as they broadcast over it. */
function along(b: Binding, shape: Shape, t: Value): Value {
  if (t.size === 1 && t.ndim <= 1) return reshaped(t, []);
  const axis = normalAxis(number(b, "axis", 1), shape.length);
  const block = number(b, "block_size", 0);
  if (block === 0) return reshaped(t, shape.map((_, i) => i === axis ? t.size : 1));
  const picks = Array.from({ length: shape[axis]! }, (_, i) => Math.floor(i / block));
  return isTensor(t)
    ? t.indexSelect(axis, picks)
    : select(t, shape.map((_, i) => i === axis ? picks : undefined));
}

/** Integers in a range, as integers. */
function saturated(x: CrypTensor, limits: Limits): CrypTensor {
  const [least, most] = limits.map((limit) => constantTensor(x.context, limit, 0));
  return x.clamp(least, most);
}

/** Real numbers as integers of a range: the nearest, of two the even one, and the nearest in range. */
export function quantised(x: CrypTensor, zero: Value | undefined, limits: Limits): CrypTensor {
  const near = x.round();
  return saturated(zero === undefined ? near : near.add(zero), limits);
}

function quantise(b: Binding): Lowered {
  return {
    run([given, scale, zero], env) {
      const x = env.secret(given!);
      const spread = (t: Value): Value => along(b, x.shape, t);
      // The quotient is rounded with all its fraction bits.
      const quotient = x.div(spread(scale!), { positive: true });
      return quantised(quotient, zero && spread(zero), limitsFor(b, zero));
    },
  };
}

function dequantise(b: Binding): Lowered {
  return {
    run([given, scale, zero], env) {
      const x = env.secret(given!);
      const spread = (t: Value): Value => along(b, x.shape, t);
      const centred = zero === undefined ? x : x.sub(spread(zero));
      const y = centred.mul(spread(scale!));
      // An integral factor leaves integers.
      return y.scale === 0 ? asReal(y.context, y) : y;
    },
  };
}

const BYTES: Limits = [0, 255];

/** x·255/range as the nearest integer, of two the larger one. Exact, for |x| up to the range, which is below 2^12. */
function levels(x: CrypTensor, range: CrypTensor): CrypTensor {
  const [, most] = BYTES;
  // What is divided is raised by as much as makes it positive, and a half: then the integer below is the nearest.
  const raised = x.mul(2 * most).add(range.mul(2 * most + 1));
  return raised.truncDivide(range.mul(2)).sub(most);
}

/**
 * Bytes whose range is that of the elements, with 0. Of two bytes that are equally near the larger one is taken: the even one would
 * depend on how a type of floats rounds the scale.
 */
function dynamicQuantise(): Lowered {
  return {
    run([given], env) {
      const x = env.secret(given!);
      const low = x.min().minimum(0);
      const range = x.max().maximum(0).sub(low);
      const all = levels(x.flatten().cat([low.neg().reshape([1])]), range);
      const zero = saturated(all.get(-1), BYTES);
      const bytes = saturated(all.narrow(0, 0, x.size).add(zero), BYTES);
      return [bytes.reshape(x.shape), range.div(BYTES[1]), zero];
    },
  };
}

/** Operators between real numbers and small integers. */
export const quantiseOperators: OperatorTable = {
  DequantizeLinear: [{ since: 10, structural: [1], weights: [0], lower: dequantise }],
  DynamicQuantizeLinear: [{ since: 11, lower: dynamicQuantise }],
  QuantizeLinear: [{ since: 10, structural: [1], lower: quantise }],
};
