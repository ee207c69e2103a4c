/**
 * Operators that normalise, and those that only train.
 *
 * @module
 */
import type { Tensor } from "../../../ops/plaintext.ts";
import { axisOf, type ClearCall, type ClearRule, type ClearTable, refuse } from "./call.ts";
import { lanesOf } from "./gather.ts";
import { ofReals, reals, truths } from "./storage.ts";

/** Before version 13 of the operator set all axes from the named one on are one. */
const softmax = (f: (x: number, top: number, sum: number) => number): ClearRule => (call) => {
  const x = call.operand(0);
  const flattens = call.opset < 13;
  const axis = axisOf(call.whole("axis", flattens ? 1 : -1), x.ndim);
  const axes = x.shape.map((_, i) => i).filter((i) => flattens ? i >= axis : i === axis);
  const { map, length, count } = lanesOf(x.shape, axes);
  const [from, out] = [reals(x), new Float64Array(x.size)];
  for (let lane = 0; lane < count; lane++) {
    const at = map.subarray(lane * length, (lane + 1) * length);
    const top = at.reduce((most, i) => Math.max(most, from[i]!), -Infinity);
    const sum = at.reduce((total, i) => total + Math.exp(from[i]! - top), 0);
    for (const i of at) out[i] = f(from[i]!, top, sum);
  }
  return [ofReals("float64", x.shape, out)];
};

/** By known statistics; training is not evaluated. */
function batchNorm(call: ClearCall): readonly Tensor[] | undefined {
  const { opset } = call;
  const trains = opset < 7 ? call.whole("is_test", 0) === 0 : call.whole("training_mode", 0) !== 0;
  if (trains || call.whole("spatial", 1) === 0) return undefined;
  const x = call.operand(0);
  const channels = x.shape[1] ?? refuse(`[${x.shape}] has no channels`);
  const [scale, bias, mean, variance] = [1, 2, 3, 4].map((i) => {
    const t = call.operand(i);
    return t.size === channels
      ? reals(t)
      : refuse(`operand ${i} has shape [${t.shape}], [${channels}] is wanted`);
  }) as [Float64Array, Float64Array, Float64Array, Float64Array];
  const eps = call.number("epsilon", 1e-5);
  const inner = x.size / Math.max(x.shape[0]! * channels, 1);
  const out = reals(x).map((v, i) => {
    const c = Math.floor(i / inner) % channels;
    return (v - mean[c]!) / Math.sqrt(variance[c]! + eps) * scale[c]! + bias[c]!;
  });
  return [ofReals("float64", x.shape, out)];
}

/** Drops nothing outside of training. */
function dropout(call: ClearCall): readonly Tensor[] | undefined {
  const x = call.operand(0);
  const training = call.opset < 7 ? call.whole("is_test", 0) === 0 : (call.integer(2) ?? 0) !== 0;
  const ratio = call.operands[1];
  const drops = ratio === undefined ? call.number("ratio", 0.5) !== 0 : Number(ratio.data[0]) !== 0;
  if (training && drops) return undefined;
  return [x, truths(x.shape, x.size, () => true)];
}

/** Operators that normalise, and those that only train. */
export const clearNormalise: ClearTable = {
  BatchNormalization: batchNorm,
  Dropout: dropout,
  LogSoftmax: softmax((x, top, sum) => x - top - Math.log(sum)),
  Softmax: softmax((x, top, sum) => Math.exp(x - top) / sum),
};
