/**
 * ONNX operators that are activations with options, among them those of ONNX Runtime.
 *
 * @module
 */
import type { GeluForm } from "../../../ops/functions/activations.ts";
import { SELU_ALPHA, SELU_GAMMA } from "../../../ops/functions/activations.ts";
import { isTensor } from "../../../ops/op.ts";
import type { Tensor } from "../../../ops/plaintext.ts";
import type { CrypTensor } from "../../../ops/tensor.ts";
import { ReLU } from "../../layers/basic.ts";
import { number, text, unsupported } from "../attributes.ts";
import { numbersOf, reshaped } from "../kinds.ts";
import {
  asFunction,
  asLayer,
  type Binding,
  type Lowered,
  type OnnxOperator,
  type OperatorTable,
  type Value,
} from "../operator.ts";

type Unary = (x: CrypTensor) => CrypTensor;

function of(f: (b: Binding) => Unary, since = 1): OnnxOperator[] {
  return [{ since, lower: (b) => asFunction(f(b)) }];
}

/** Slopes of the negative side; before version 7 of the operator set one for each channel. */
function prelu(b: Binding): Lowered {
  return {
    run([x, slope], env) {
      const channels = b.opset < 7 && slope!.ndim === 1 && x!.ndim > 2
        ? [slope!.shape[0]!, ...new Array<number>(x!.ndim - 2).fill(1)]
        : slope!.shape;
      return env.secret(x!).prelu(reshaped(slope!, channels));
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
    const [above, below] = [beyond.select(0, 0), beyond.select(0, 1)];
    return x.hardshrink(limit).sub(above.sub(below).mul(bias));
  };
}

/** What stands for infinity in models: a bound that none is. */
const INFINITE = 2 ** 30;

/** A bound that binds. */
function limit(value: Value | undefined): Value | undefined {
  const open = value !== undefined && !isTensor(value) && value.size === 1 &&
    Math.abs(numbersOf(value)[0]!) >= INFINITE;
  return open ? undefined : value;
}

const only = (value: Tensor): number => numbersOf(value)[0]!;

/** Between two bounds; public ones at once. Where they cross the upper one wins. */
function clipped(
  x: CrypTensor,
  low: Value | undefined,
  high: Value | undefined,
  lift: (v: Value) => CrypTensor,
) {
  const raised = (): CrypTensor => {
    if (low === undefined) return x;
    // What is not negative is the fused form of a truncation and its sign.
    if (!isTensor(low) && low.size === 1 && only(low) === 0) return x.relu();
    return x.maximum(lift(low));
  };
  if (high === undefined) return raised();
  const both = low !== undefined && !isTensor(low) && !isTensor(high) && low.size === 1 && high.size === 1;
  return both && only(low) <= only(high) ? x.clamp(lift(low), lift(high)) : raised().minimum(lift(high));
}

/** Bounds are attributes, since version 11 of the operator set operands. */
function clip(b: Binding): Lowered {
  const bounds = (name: string): Value | undefined => {
    const value = b.node.attributes[name];
    return value === undefined ? undefined : reshaped(tensorOfOne(number(b, name, 0)), []);
  };
  const known = b.opset < 11 ? [bounds("min"), bounds("max")] : [b.constant(1), b.constant(2)];
  const shown = known.map((value) => value === undefined || isTensor(value) ? "" : `${only(value)}`);
  return {
    summary: shown.some((one) => one !== "") ? `from ${shown[0]} to ${shown[1]}` : undefined,
    run(operands, env) {
      const [low, high] = b.opset < 11 ? known : [operands[1], operands[2]];
      return clipped(env.secret(operands[0]!), limit(low), limit(high), env.secret);
    },
  };
}
