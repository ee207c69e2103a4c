/**
 * The ONNX operator that keeps numbers between two bounds.
 *
 * @module
 */
import { isTensor } from "../../../ops/op.ts";
import type { CrypTensor } from "../../../ops/tensor.ts";
import { nodeName, number } from "../attributes.ts";
import { numbersOf, reshaped, tensorOf } from "../kinds.ts";
import type { Binding, Env, Lowered, OperatorTable, Value } from "../operator.ts";

/** Bounds from here on stand for none. */
const INFINITE = 2 ** 30;

/** A bound as a scalar; undefined when it binds nothing. */
function bound(b: Binding, value: Value | undefined): Value | undefined {
  if (value === undefined) return undefined;
  const size = value.shape.reduce((p, q) => p * q, 1);
  if (size !== 1) {
    throw new RangeError(
      `Cannot compute ${nodeName(b)}: a bound has shape [${value.shape}], a scalar is wanted`,
    );
  }
  if (!isTensor(value) && Math.abs(numbersOf(value)[0]!) >= INFINITE) return undefined;
  return reshaped(value, []);
}

/** A bound's number, if everyone knows it. */
const known = (value: Value | undefined): number | undefined =>
  value === undefined || isTensor(value) ? undefined : numbersOf(value)[0];

/** Between two bounds; public ones at once. Where they cross, the upper one wins. */
function between(x: CrypTensor, low: Value | undefined, high: Value | undefined, env: Env): CrypTensor {
  const [least, most] = [known(low), known(high)];
  if (low !== undefined && high !== undefined && least !== undefined && most !== undefined && least <= most) {
    return x.clamp(env.secret(low), env.secret(high));
  }
  // What is not negative is cheaper, with its truncation, than another bound.
  const raised = low === undefined ? x : least === 0 ? x.relu() : x.maximum(env.secret(low));
  return high === undefined ? raised : raised.minimum(env.secret(high));
}

/** Bounds are attributes, since version 11 of the operator set operands. */
function clip(b: Binding): Lowered {
  const stated = (name: string): Value | undefined =>
    b.node.attributes[name] === undefined ? undefined : tensorOf([], [number(b, name, 0)]);
  const old = b.opset < 11;
  const fixed = old ? [stated("min"), stated("max")] : [b.constant(1), b.constant(2)];
  const shown = fixed.map((value) => known(value) ?? "");
  return {
    summary: shown.some((one) => one !== "") ? `from ${shown[0]} to ${shown[1]}` : undefined,
    run([x, ...operands], env) {
      const [low, high] = old ? fixed : operands;
      return between(env.secret(x!), bound(b, low), bound(b, high), env);
    },
  };
}

/** The operator that keeps numbers between two bounds. */
export const clipOperators: OperatorTable = {
  Clip: [{ since: 1, structural: [1, 2], lower: clip }],
};
