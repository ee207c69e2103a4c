/**
 * ONNX operators that are activations with options, among them those of ONNX Runtime.
 *
 * @module
 */
import { type GeluForm, SELU_ALPHA, SELU_GAMMA } from "../../../ops/functions/activations.ts";
import type { CrypTensor } from "../../../ops/tensor.ts";
import { ReLU } from "../../layers/basic.ts";
import { number, text, unsupported } from "../attributes.ts";
import { reshaped } from "../kinds.ts";
import { asLayer, type Binding, type Lowered, type OnnxOperator, type OperatorTable } from "../operator.ts";
import { type Unary, unary, unaryOf } from "./forms.ts";

/** Slopes of the negative side; before version 7 of the operator set one for each channel. */
function prelu(b: Binding): Lowered {
  return {
    run([x, slope], env) {
      const channels = b.opset < 7 && slope!.ndim === 1 && x!.ndim > 2;
      const shape = [...slope!.shape, ...channels ? new Array<number>(x!.ndim - 2).fill(1) : []];
      return env.secret(x!).prelu(reshaped(slope!, shape));
    },
  };
}

/** 0 up to lambd, nearer to 0 by bias beyond. */
function shrink(b: Binding): Unary {
  const [bias, limit] = [number(b, "bias", 0), number(b, "lambd", 0.5)];
  if (limit < 0) unsupported(b, `its lambd is ${limit}`);
  if (bias === 0) return (x) => x.hardshrink(limit);
  if (bias === limit) return (x) => x.softshrink(limit);
  return (x) => {
    const beyond = x.stack([x.neg()]).gt(limit);
    const [above, below] = [beyond.get(0), beyond.get(1)];
    return x.hardshrink(limit).sub(above.sub(below).mul(bias));
  };
}

/** clamp(alpha·x + beta, 0, 1) */
function hardSigmoid(b: Binding): Unary {
  const [alpha, beta] = [number(b, "alpha", 0.2), number(b, "beta", 0.5)];
  // Exporters write a sixth as a float.
  if (Math.abs(alpha - 1 / 6) < 1e-7 && beta === 0.5) return (x) => x.hardSigmoid();
  return (x) => x.mul(alpha).add(beta).clamp(0, 1);
}

/** x·sigmoid(alpha·x) */
const swish = (otherwise: number) => (b: Binding): Unary => {
  const alpha = number(b, "alpha", otherwise);
  if (alpha === 1) return (x) => x.silu();
  const fitted = alpha >= 1 / 2 && alpha <= 8;
  return fitted ? (x) => x.swish(alpha) : (x) => x.mul(x.mul(alpha).sigmoid());
};

/** A function of the sum of both operands, of which the second may be absent. */
function biased(f: (x: CrypTensor) => CrypTensor): OnnxOperator[] {
  return [{
    since: 1,
    lower: () => ({
      run([x, bias], env) {
        const given = env.secret(x!);
        return f(bias === undefined ? given : given.add(bias));
      },
    }),
  }];
}

/** Activations. */
export const activationOperators: OperatorTable = {
  Celu: unaryOf((b) => (x) => x.celu(number(b, "alpha", 1))),
  Elu: unaryOf((b) => (x) => x.elu(number(b, "alpha", 1))),
  Gelu: unaryOf((b) => (x) => x.gelu(text(b, "approximate", "none") as GeluForm)),
  HardSigmoid: unaryOf(hardSigmoid),
  HardSwish: unary((x) => x.hardSwish()),
  LeakyRelu: unaryOf((b) => (x) => x.leakyRelu(number(b, "alpha", 0.01))),
  Mish: unary((x) => x.mish()),
  PRelu: [{ since: 1, lower: prelu }],
  Relu: [{ since: 1, lower: () => asLayer(new ReLU()) }],
  Selu: unaryOf((b) => (x) => x.selu(number(b, "alpha", SELU_ALPHA), number(b, "gamma", SELU_GAMMA))),
  Shrink: unaryOf(shrink),
  Swish: unaryOf(swish(1)),
  ThresholdedRelu: unaryOf((b) => (x) => x.thresholdedRelu(number(b, "alpha", 1))),
  "com.microsoft.BiasGelu": biased((x) => x.gelu()),
  "com.microsoft.FastGelu": biased((x) => x.gelu("tanh")),
  "com.microsoft.Gelu": biased((x) => x.gelu()),
  "com.microsoft.QuickGelu": unaryOf(swish(1.702)),
};
