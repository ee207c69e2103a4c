/**
 * Operators of the domain `ai.onnx.ml` that linear models and scalers use. Their coefficients are attributes in a file; the owner has
 * made operands of them, which are secret.
 *
 * @module
 */
import { isTensor } from "../../../ops/op.ts";
import { Tensor } from "../../../ops/plaintext.ts";
import type { CrypTensor } from "../../../ops/tensor.ts";
import { Linear } from "../../layers/linear.ts";
import { number, numbers, text, texts, unsupported } from "../attributes.ts";
import { asFunction, type Binding, type Lowered, type OperatorTable } from "../operator.ts";
import { reshaped } from "../kinds.ts";

/** x·coefficientsᵀ + intercepts. */
function linear(b: Binding): { layer: Linear; outputs: number } {
  const [coefficients, intercepts] = [b.weight(1), b.weight(2)];
  if (coefficients === undefined) return unsupported(b, "it has no coefficients");
  const labels = numbers(b, "classlabels_ints")?.length;
  const outputs = intercepts?.size ?? labels ?? number(b, "targets", 1);
  if (outputs < 1 || coefficients.size % outputs !== 0) {
    return unsupported(b, `it has ${coefficients.size} coefficients for ${outputs} outputs`);
  }
  const weight = reshaped(coefficients, [outputs, coefficients.size / outputs]);
  return { layer: Linear.of(weight, intercepts), outputs };
}

/** What a model's scores become. */
function transformed(b: Binding, scores: CrypTensor): CrypTensor {
  const kind = text(b, "post_transform", "NONE");
  switch (kind) {
    case "NONE":
      return scores;
    case "SOFTMAX":
      return scores.softmax(-1);
    case "LOGISTIC":
      return scores.sigmoid();
    default:
      return unsupported(b, `its post_transform is ${kind}`);
  }
}

function regressor(b: Binding): Lowered {
  const { layer } = linear(b);
  return { layer, run: ([x], env) => transformed(b, layer.forward(env.secret(x!))) };
}

/** The labels of the classes with the highest scores. */
function labelled(scores: CrypTensor, labels: readonly number[]): CrypTensor {
  const chosen = scores.argmax({ dim: -1 });
  if (labels.every((label, i) => label === i)) return chosen;
  return chosen.oneHot(labels.length).matmul(new Tensor([labels.length], BigInt64Array.from(labels, BigInt)));
}

function classifier(b: Binding): Lowered {
  if (texts(b, "classlabels_strings") !== undefined) unsupported(b, "its labels are texts");
  const { layer, outputs } = linear(b);
  const labels = numbers(b, "classlabels_ints") ?? Array.from({ length: Math.max(2, outputs) }, (_, i) => i);
  return {
    layer,
    run([x], env) {
      const scores = layer.forward(env.secret(x!));
      if (outputs > 1) return [labelled(scores, labels), transformed(b, scores)];
      // One score decides between two classes, by its sign.
      const positive = scores.gt(0).reshape([scores.shape[0]!]);
      const label = positive.mul(labels[1]! - labels[0]!).add(labels[0]!);
      const logistic = text(b, "post_transform", "NONE") === "LOGISTIC";
      const second = transformed(b, scores);
      const first = logistic ? second.neg().add(1) : second.neg();
      return [label, first.cat([second], 1)];
    },
  };
}

function scaler(b: Binding): Lowered {
  const [offset, scale] = [b.weight(1), b.weight(2)];
  return asFunction((x) => {
    const centred = offset === undefined ? x : x.sub(offset);
    return scale === undefined ? centred : centred.mul(scale);
  });
}

/** Rows divided by their norm. */
function normalizer(b: Binding): Lowered {
  const kind = text(b, "norm", "MAX");
  return asFunction((x) => {
    const options = { dim: -1, keepdim: true };
    switch (kind) {
      case "MAX":
        return x.div(x.max(options));
      case "L1":
        return x.div(x.abs().sum(options), { positive: true });
      case "L2":
        return x.mul(x.square().sum(options).rsqrt());
      default:
        return unsupported(b, `its norm is ${kind}`);
    }
  }, kind);
}

/** Elements of the last axis by position; positions may be secret. */
function extractor(): Lowered {
  return {
    run([x, at], env) {
      if (!isTensor(at)) {
        const positions = new Tensor([at!.size], Float64Array.from<number | bigint>(at!.data, Number));
        return env.secret(x!).indexSelect(x!.ndim - 1, positions);
      }
      const rows = env.secret(x!).movedim(-1, 0);
      const table = rows.reshape([rows.shape[0]!, rows.size / rows.shape[0]!]);
      const chosen = at.flatten().embedding(table).movedim(0, 1);
      return chosen.reshape([...x!.shape.slice(0, -1), at.size]);
    },
  };
}

/** Operators of linear models. */
export const mlOperators: OperatorTable = {
  "ai.onnx.ml.ArrayFeatureExtractor": [{ since: 1, lower: extractor }],
  "ai.onnx.ml.Binarizer": [{
    since: 1,
    lower: (b) => asFunction((x) => x.gt(number(b, "threshold", 0))),
  }],
  "ai.onnx.ml.LinearClassifier": [{ since: 1, lower: classifier }],
  "ai.onnx.ml.LinearRegressor": [{ since: 1, lower: regressor }],
  "ai.onnx.ml.Normalizer": [{ since: 1, lower: normalizer }],
  "ai.onnx.ml.Scaler": [{ since: 1, lower: scaler }],
};
