/**
 * ONNX convolutions.
 *
 * @module
 */
import { conv as convOp, convTranspose as convTransposeOp } from "../../../ops/linalg.ts";
import { isTensor } from "../../../ops/op.ts";
import type { CrypTensor } from "../../../ops/tensor.ts";
import type { Shape } from "../../../ring/shape.ts";
import { Conv, ConvTranspose } from "../../layers/conv.ts";
import { number, numbers } from "../attributes.ts";
import {
  asLayer,
  type Binding,
  type Env,
  type Lowered,
  type OperatorTable,
  type Value,
} from "../operator.ts";
import { autoPadOf, halves, type Lie, lieOf, padsOf } from "./auto_pad.ts";

/** Whether a bias is known when the model is loaded, or there is none. */
const settled = (b: Binding): boolean => b.weight(2) !== undefined || (b.node.inputs[2] ?? "") === "";

/** A tensor with a bias for each channel, if there is one. */
function biased(y: CrypTensor, bias: Value | undefined, env: Env): CrypTensor {
  if (bias === undefined) return y;
  return y.add(env.secret(bias).reshape([bias.shape[0]!, ...new Array<number>(y.ndim - 2).fill(1)]));
}

/** Products of an input and a weight of which the weight may be the only secret. */
function convolve(x: Value, w: Value, env: Env, f: (x: CrypTensor, w: Value) => CrypTensor): CrypTensor {
  return f(env.secret(x), isTensor(x) ? w : env.secret(w));
}

/** Zeros around the last axes. */
function padded(x: CrypTensor, pads: readonly number[]): CrypTensor {
  if (pads.every((n) => n === 0)) return x;
  const axes = pads.length / 2;
  const lead = new Array<number>(x.ndim - axes).fill(0);
  return x.pad([...lead, ...pads.slice(0, axes)], [...lead, ...pads.slice(axes)]);
}

function conv(b: Binding): Lowered {
  const groups = number(b, "group", 1);
  const given = b.weight(1);
  if (given !== undefined && settled(b)) {
    const lie = lieOf(b, given.shape.slice(2));
    const fixed = !autoPadOf(b).startsWith("SAME");
    // Pads that follow from the input's sides are put on before the layer.
    const pads = fixed ? padsOf(b, lie.kernel, lie) : undefined;
    const layer = new Conv(given, b.weight(2), { stride: lie.stride, dilation: lie.dilation, groups, pads });
    if (fixed) return asLayer(layer);
    return {
      layer,
      run([given], env) {
        const x = env.secret(given!);
        return layer.forward(padded(x, padsOf(b, x.shape.slice(2), lie)));
      },
    };
  }
  return {
    run([x, w, bias], env) {
      const lie = lieOf(b, w!.shape.slice(2));
      const pads = padsOf(b, x!.shape.slice(2), lie);
      const geometry = { stride: lie.stride, dilation: lie.dilation, groups, pads };
      return biased(convolve(x!, w!, env, (p, q) => convOp(p, q, lie.kernel.length, geometry)), bias, env);
    },
  };
}

/** What a transposed convolution cuts off its result, and adds behind it. */
function cuts(
  b: Binding,
  sides: Shape,
  lie: Lie,
): { pads: readonly number[]; outputPads: readonly number[] } {
  const { kernel, stride, dilation } = lie;
  const outputPads = numbers(b, "output_padding") ?? kernel.map(() => 0);
  const mode = autoPadOf(b);
  const wanted = numbers(b, "output_shape")?.slice(-kernel.length) ??
    (mode.startsWith("SAME") ? sides.map((side, i) => side * stride[i]!) : undefined);
  if (wanted === undefined) {
    return {
      pads: mode === "NOTSET"
        ? numbers(b, "pads") ?? kernel.flatMap(() => [0, 0])
        : kernel.flatMap(() => [0, 0]),
      outputPads,
    };
  }
  const total = wanted.map((side, i) =>
    stride[i]! * (sides[i]! - 1) + outputPads[i]! + (kernel[i]! - 1) * dilation[i]! + 1 - side
  );
  return {
    pads: halves(total.map((n) => Math.max(0, n)), mode === "SAME_UPPER" ? "after" : "before"),
    // A result that is to be larger than it would be gets zeros behind it.
    outputPads: outputPads.map((n, i) => n + Math.max(0, -total[i]!)),
  };
}

function convTranspose(b: Binding): Lowered {
  const groups = number(b, "group", 1);
  const given = b.weight(1);
  const lie = given && lieOf(b, given.shape.slice(2));
  // Pads that "same" sides take do not depend on the sides, those of a stated shape do.
  if (lie !== undefined && settled(b) && numbers(b, "output_shape") === undefined) {
    const { stride, dilation, kernel } = lie;
    return asLayer(
      new ConvTranspose(given!, b.weight(2), { stride, dilation, groups, ...cuts(b, kernel, lie) }),
    );
  }
  return {
    run([x, w, bias], env) {
      const { kernel, stride, dilation } = lieOf(b, w!.shape.slice(2));
      const geometry = {
        stride,
        dilation,
        groups,
        ...cuts(b, x!.shape.slice(2), { kernel, stride, dilation }),
      };
      const y = convolve(x!, w!, env, (p, q) => convTransposeOp(p, q, kernel.length, geometry));
      return biased(y, bias, env);
    },
  };
}

/** Convolutions. */
export const convOperators: OperatorTable = {
  Conv: [{ since: 1, lower: conv }],
  ConvTranspose: [{ since: 1, lower: convTranspose }],
};
