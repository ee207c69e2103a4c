/**
 * ONNX operators of order along an axis: places of extrema, the largest few, running sums.
 *
 * @module
 */
import type { CrypTensor } from "../../../ops/tensor.ts";
import { normalAxis } from "../../../ring/shape.ts";
import { flag, integers, nodeName, number } from "../attributes.ts";
import { asFunction, type Binding, type Lowered, type OperatorTable } from "../operator.ts";

/** The place of the first of equal extrema, or of the last. */
function argExtremum(kind: "argmax" | "argmin"): (b: Binding) => Lowered {
  return (b) => {
    const options = { dim: number(b, "axis", 0), keepdim: flag(b, "keepdims", true) };
    return asFunction((x) => {
      if (!flag(b, "select_last_index")) return x[kind](options);
      const last = x.shape[normalAxis(options.dim, x.ndim)]! - 1;
      return x.flip(options.dim)[kind](options).neg().add(last);
    });
  };
}

/** The largest or smallest few, always in order, and their places. */
function topK(b: Binding): Lowered {
  return {
    run(operands, env) {
      const x = env.secret(operands[0]!);
      const k = b.opset < 10 ? number(b, "k", -1) : integers(b, operands, 1, "k")?.[0];
      if (k === undefined) throw new RangeError(`Cannot compute ${nodeName(b)}: it has no k`);
      return x.topk(k, { dim: number(b, "axis", -1), largest: flag(b, "largest", true) });
    },
  };
}

/** Sums up to each element: with it or without, from the first or from the last. */
function cumSum(b: Binding): Lowered {
  const [exclusive, reverse] = [flag(b, "exclusive"), flag(b, "reverse")];
  return {
    run(operands, env) {
      const x = env.secret(operands[0]!);
      const axis = integers(b, operands, 1, "axis")?.[0];
      if (axis === undefined) throw new RangeError(`Cannot compute ${nodeName(b)}: it has no axis`);
      const turned = (y: CrypTensor): CrypTensor => reverse ? y.flip(axis) : y;
      const sums = turned(turned(x).cumsum(axis));
      return exclusive ? sums.sub(x) : sums;
    },
  };
}

/** Operators of order along an axis. */
export const orderOperators: OperatorTable = {
  ArgMax: [{ since: 1, lower: argExtremum("argmax") }],
  ArgMin: [{ since: 1, lower: argExtremum("argmin") }],
  CumSum: [{ since: 11, lower: cumSum }],
  TopK: [{ since: 1, lower: topK }],
};
