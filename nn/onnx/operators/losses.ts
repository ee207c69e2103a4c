/**
 * ONNX losses of classes. Targets, weights and inputs may each be secret or public.
 *
 * @module
 */
import { where } from "../../../ops/compare.ts";
import { isTensor } from "../../../ops/op.ts";
import { Tensor } from "../../../ops/plaintext.ts";
import type { CrypTensor, Operand } from "../../../ops/tensor.ts";
import { sizeOf } from "../../../ring/shape.ts";
import { nodeName, number, text, unsupported } from "../attributes.ts";
import { reshaped } from "../kinds.ts";
import type { Binding, Lowered, OperatorTable, Value } from "../operator.ts";

/** The index of targets that do not count; undefined when all do. */
function ignored(b: Binding): number | undefined {
  return b.node.attributes["ignore_index"] === undefined ? undefined : number(b, "ignore_index", 0);
}

/** 1 where the class of [N, C, …] is the target, which is public. */
function publicHot(b: Binding, target: Tensor, classes: number): Tensor {
  const [batch = 1, ...sides] = target.shape;
  const inner = sizeOf(sides);
  const hot = new Float64Array(target.size * classes);
  const skip = ignored(b);
  target.data.forEach((value: number | bigint, i: number) => {
    const index = Number(value);
    if (index === skip) return;
    if (!(index >= 0 && index < classes)) {
      throw new RangeError(
        `Cannot compute ${nodeName(b)}: a target is no class, 0 to ${classes - 1} is wanted`,
      );
    }
    hot[(Math.floor(i / inner) * classes + index) * inner + i % inner] = 1;
  });
  return new Tensor([batch, classes, ...sides], hot);
}

/** As {@link publicHot} for secret targets; those that do not count are a class behind all others, which is left out. */
function secretHot(b: Binding, target: CrypTensor, classes: number): CrypTensor {
  const skip = ignored(b);
  if (skip === undefined) return target.oneHot(classes).movedim(-1, 1);
  const last = new Tensor([], Int32Array.of(classes));
  const kept = where(target.eq(new Tensor([], Int32Array.of(skip))), last, target);
  return kept.oneHot(classes + 1).narrow(-1, 0, classes).movedim(-1, 1);
}

/** A factor for each class. */
function weighted(hot: Value, weight: Value | undefined): Value {
  if (weight === undefined) return hot;
  const sides = [weight.size, ...new Array<number>(hot.ndim - 2).fill(1)];
  if (isTensor(hot)) {
    return hot.mul(reshaped(weight, sides));
  }
  if (isTensor(weight)) return weight.reshape(sides).mul(hot);
  const inner = sizeOf(hot.shape.slice(2));
  return new Tensor(
    hot.shape,
    Float64Array.from<number | bigint>(
      hot.data,
      (bit, i) => Number(bit) * Number(weight.data[Math.floor(i / inner) % weight.size]),
    ),
  );
}

/** The sum of all, public where they are. */
function total(parts: Value): Operand {
  return isTensor(parts)
    ? parts.sum()
    : Array.from<number | bigint, number>(parts.data, Number).reduce((a, b) => a + b, 0);
}

/** Minus the logarithm of each target's probability, by the weight of its class; for a mean by the sum of the weights. */
function loss(b: Binding, logs: CrypTensor, target: Value, weight: Value | undefined): CrypTensor {
  const classes = logs.shape[1] ?? unsupported(b, `its input is [${logs.shape}]`);
  const hot = isTensor(target) ? secretHot(b, target, classes) : publicHot(b, target, classes);
  const parts = weighted(hot, weight);
  const losses = logs.mul(parts).sum({ dim: 1 }).neg();
  const reduction = text(b, "reduction", "mean");
  switch (reduction) {
    case "none":
      return losses;
    case "sum":
      return losses.sum();
    case "mean": {
      const count = weight === undefined && isTensor(hot) && ignored(b) === undefined
        ? target.size
        : total(parts);
      if (count === 0) {
        throw new RangeError(
          `Cannot compute ${nodeName(b)}: no target counts, at least one is wanted for a mean`,
        );
      }
      return losses.sum().div(count, { positive: true });
    }
    default:
      return unsupported(b, `its reduction is "${reduction}"`);
  }
}

function negativeLogLikelihood(b: Binding): Lowered {
  return { run: ([x, target, weight], env) => loss(b, env.secret(x!), target!, weight) };
}

/** The loss of the logarithms of softmax, and these. */
function softmaxCrossEntropy(b: Binding): Lowered {
  return {
    run([x, target, weight], env) {
      const logs = env.secret(x!).logSoftmax(1);
      return [loss(b, logs, target!, weight), logs];
    },
  };
}

/** Losses of classes. */
export const lossOperators: OperatorTable = {
  NegativeLogLikelihoodLoss: [{ since: 12, lower: negativeLogLikelihood }],
  SoftmaxCrossEntropyLoss: [{ since: 12, lower: softmaxCrossEntropy }],
};
