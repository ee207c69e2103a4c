/**
 * ONNX products of quantised integers. They are exact up to 2^62; results in a range are rounded to it once, at the end.
 *
 * @module
 */
import { conv as convOf } from "../../../ops/linalg.ts";
import { isTensor } from "../../../ops/op.ts";
import { Tensor } from "../../../ops/plaintext.ts";
import { matmul as matmulOf } from "../../../ops/products.ts";
import type { CrypTensor } from "../../../ops/tensor.ts";
import { number, structure, unsupported } from "../attributes.ts";
import { commonShape, expanded } from "../clear/gather.ts";
import { reals } from "../clear/storage.ts";
import type { Binding, Env, Lowered, Operands, OperatorTable, Value } from "../operator.ts";
import { lieOf, padsOf } from "./auto_pad.ts";
import { reshaped } from "../kinds.ts";
import { limitsFor, quantised } from "./quantise.ts";

/** A function of public numbers that broadcast. */
function combined(f: (...values: number[]) => number, ...tensors: readonly Tensor[]): Tensor {
  const shape = commonShape(...tensors);
  const columns = tensors.map((t) => reals(expanded(t, shape)));
  return new Tensor(shape, columns[0]!.map((_, i) => f(...columns.map((column) => column[i]!))));
}

/** Integers from what stands for zero. */
function centred(x: Value, zero: Value | undefined, env: Env): Value {
  if (zero === undefined) return x;
  if (isTensor(x) || isTensor(zero)) return env.secret(x).sub(zero);
  return combined((value, from) => value - from, x, zero);
}

/** Numbers for the rows of matrices, as they broadcast over them. */
function ofRows<T extends Value | undefined>(t: T): T | Value {
  return t !== undefined && t.ndim === 1 && t.size > 1 ? reshaped(t, [t.size, 1]) : t;
}

/** Numbers for the channels along the first of the axes that end with so many sides, as they broadcast over these. */
function ofChannels(t: Value, sides: number): Value {
  return t.size === 1 ? reshaped(t, []) : reshaped(t, [t.size, ...new Array<number>(sides).fill(1)]);
}

/** A product of integers; secret even where only what comes after it is. */
function product(x: Value, y: Value, env: Env): CrypTensor {
  return isTensor(x) || isTensor(y) ? matmulOf(x, y) : env.secret(x).matmul(y);
}

/** A convolution of integers. Around the input is what stands for zero. */
function convolution(b: Binding, x: Value, w: Value, env: Env): CrypTensor {
  const lie = lieOf(b, w.shape.slice(2));
  const pads = padsOf(b, x.shape.slice(2), lie);
  const geometry = { stride: lie.stride, dilation: lie.dilation, groups: number(b, "group", 1), pads };
  return convOf(env.secret(x), isTensor(x) ? w : env.secret(w), lie.kernel.length, geometry);
}

function convInteger(b: Binding): Lowered {
  return {
    run([x, w, xZero, wZero], env) {
      const kernel = wZero && ofChannels(wZero, w!.ndim - 1);
      return convolution(b, centred(x!, xZero, env), centred(w!, kernel, env), env);
    },
  };
}

function matmulInteger(): Lowered {
  return {
    run: ([x, y, xZero, yZero], env) =>
      product(centred(x!, ofRows(xZero), env), centred(y!, yZero, env), env),
  };
}

/** A public factor among the operands. */
function factor(b: Binding, operands: Operands, index: number): Tensor {
  return structure(b, operands, index, "scale") ?? unsupported(b, `it has no operand ${index}`);
}

/** From the factors of both operands to that of the result, by one multiplication. */
const ratio = (x: Tensor, y: Tensor, out: Tensor): Tensor => combined((p, q, r) => p * q / r, x, y, out);

function qlinearConv(b: Binding): Lowered {
  return {
    run(operands, env) {
      const [x, , xZero, w, , wZero, , zero, bias] = operands;
      const sides = w!.ndim - 2;
      const sum = convolution(
        b,
        centred(x!, xZero, env),
        centred(w!, wZero && ofChannels(wZero, w!.ndim - 1), env),
        env,
      );
      const biased = bias === undefined ? sum : sum.add(ofChannels(bias, sides));
      const scales = ofChannels(factor(b, operands, 4), sides) as Tensor;
      const by = ratio(factor(b, operands, 1), scales, factor(b, operands, 6));
      return quantised(biased.mul(by), zero, limitsFor(b, zero));
    },
  };
}

function qlinearMatmul(b: Binding): Lowered {
  return {
    run(operands, env) {
      const [x, , xZero, y, , yZero, , zero] = operands;
      const sum = product(centred(x!, ofRows(xZero), env), centred(y!, yZero, env), env);
      const by = ratio(
        ofRows(factor(b, operands, 1)) as Tensor,
        factor(b, operands, 4),
        ofRows(factor(b, operands, 6)) as Tensor,
      );
      return quantised(sum.mul(by), ofRows(zero), limitsFor(b, zero));
    },
  };
}

/** Products of quantised integers. */
export const integerOperators: OperatorTable = {
  ConvInteger: [{ since: 10, weights: [0, 1], lower: convInteger }],
  MatMulInteger: [{ since: 10, weights: [0, 1], lower: matmulInteger }],
  QLinearConv: [{ since: 10, structural: [1, 4, 6], weights: [0, 3, 8], lower: qlinearConv }],
  QLinearMatMul: [{ since: 10, structural: [1, 4, 6], weights: [0, 3], lower: qlinearMatmul }],
};
