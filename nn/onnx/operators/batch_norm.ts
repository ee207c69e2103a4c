/**
 * BatchNormalization of ONNX with statistics that only the run knows; those of known statistics are merged before.
 *
 * @module
 */
import { isTensor } from "../../../ops/op.ts";
import { Tensor } from "../../../ops/plaintext.ts";
import type { CrypTensor } from "../../../ops/tensor.ts";
import { sizeOf } from "../../../ring/shape.ts";
import { flag, number } from "../attributes.ts";
import type { Binding, Lowered, OnnxOperator, OperatorTable, Value } from "../operator.ts";

/** A value as a vector. */
function flat(value: Value): Value {
  return isTensor(value) ? value.flatten() : new Tensor([value.size], value.data);
}

/** [N, C, …] whose second axis is normalised: without `spatial`, every place is a channel of its own. */
function channelled(x: CrypTensor, spatial: boolean): CrypTensor {
  if (x.ndim === 1) return x.unsqueeze(1);
  return spatial ? x : x.reshape([x.shape[0]!, sizeOf(x.shape.slice(1))]);
}

function inference(eps: number, spatial: boolean): Lowered {
  return {
    run([input, scale, shift, mean, variance], env) {
      const x = env.secret(input!);
      return channelled(x, spatial).batchNorm({
        weight: flat(scale!),
        bias: flat(shift!),
        runningMean: flat(mean!),
        runningVar: flat(variance!),
        eps,
      }).reshape(x.shape);
    },
  };
}

/** The batch's own statistics, and the running ones with a part of them. */
function training(eps: number, momentum: number, spatial: boolean): Lowered {
  return {
    run([input, scale, shift, mean, variance], env) {
      const x = env.secret(input!);
      const y = channelled(x, spatial);
      const dim = y.shape.map((_, i) => i).filter((i) => i !== 1);
      const [ownMean, ownVariance] = [y.mean({ dim }), y.var({ dim, correction: 0 })];
      const moved = (old: Value, own: CrypTensor): CrypTensor =>
        own.mul(1 - momentum).add(env.secret(flat(old)).mul(momentum)).reshape(old.shape);
      return [
        y.batchNorm({ weight: flat(scale!), bias: flat(shift!), eps }).reshape(x.shape),
        moved(mean!, ownMean),
        moved(variance!, ownVariance),
        ownMean.reshape(mean!.shape),
        ownVariance.reshape(variance!.shape),
      ];
    },
  };
}

/** A version; `isTraining` says when the batch's statistics are meant. */
function version(since: number, isTraining: (b: Binding) => boolean): OnnxOperator {
  return {
    since,
    lower(b) {
      const [eps, momentum] = [number(b, "epsilon", 1e-5), number(b, "momentum", 0.9)];
      const spatial = since >= 9 || flag(b, "spatial", true);
      return isTraining(b) ? training(eps, momentum, spatial) : inference(eps, spatial);
    },
  };
}

/** Before version 14, whoever asks for statistics is training. */
const byOutputs = (b: Binding): boolean =>
  !flag(b, "is_test") && b.node.outputs.slice(1).some((name) => name !== "");

/** Batch norms. */
export const batchNormOperators: OperatorTable = {
  BatchNormalization: [
    version(1, byOutputs),
    version(9, byOutputs),
    version(14, (b) => flag(b, "training_mode")),
  ],
};
