/**
 * Nodes whose operands are secret.
 *
 * @module
 */
import { runLocal } from "../../mod.ts";
import type { OnnxNode } from "../../nn/onnx/model.ts";
import { type Env, operatorFor } from "../../nn/onnx/operator.ts";
import { operators } from "../../nn/onnx/operators.ts";
import { encodeValue } from "../../nn/onnx/program.ts";
import { isTensor } from "../../ops/op.ts";
import type { Tensor } from "../../ops/plaintext.ts";
import { assert, assertEquals } from "../deps.ts";
import { type NodeOptions, values } from "./clear_node.ts";
import { type LayerBackend, PLAIN } from "./layer_check.ts";

/** How a node is computed. */
export interface SecretOptions extends NodeOptions {
  /** Operands that are public; the others are secrets of the first party. */
  readonly open?: readonly number[];
  /** Who computes; one party in the clear by default. */
  readonly backend?: LayerBackend;
}

/** The results of a node, and how many fraction bits each has. */
export async function computed(
  opType: string,
  operands: readonly (Tensor | undefined)[],
  options: SecretOptions = {},
): Promise<{ readonly results: Tensor[]; readonly scales: number[] }> {
  const { attributes = {}, opset = 21, outputs = 1, open = [], backend = PLAIN } = options;
  const node: OnnxNode = {
    name: "n",
    opType,
    domain: "",
    inputs: operands.map((t, i) => t === undefined ? "" : `x${i}`),
    outputs: Array.from({ length: outputs }, (_, i) => `y${i}`),
    attributes,
  };
  const operator = operatorFor(operators, node, opset);
  assert(operator !== undefined, `${opType} has no version ${opset}`);
  const { parties, protocol, fastPaths } = backend;
  const run = runLocal({ parties, protocol, fastPaths }, async (mpc) => {
    const { context } = mpc;
    const env: Env = {
      batch: undefined,
      secret: (value) => encodeValue(context, value),
      graph: () => [],
    };
    const fed = operands.map((t, i) => {
      if (t === undefined || open.includes(i)) return t;
      const scale = t.dtype === "float64" || t.dtype === "float32" ? mpc.fractionBits : 0;
      return mpc.encrypt(mpc.rank === 0 ? t : undefined, { src: 0, shape: t.shape, scale });
    });
    const lowered = operator.lower({ node, opset, weight: () => undefined, constant: () => undefined });
    const out = lowered.run(fed, env);
    const all = (Array.isArray(out) ? out : [out]).slice(0, outputs).map((y) =>
      isTensor(y) ? y : encodeValue(context, y)
    );
    return {
      results: await Promise.all(all.map((y) => y.decrypt())),
      scales: all.map(({ scale }) => scale),
    };
  });
  const [first] = await run.catch((error: Error) => {
    // What a party threw says more than that one did.
    throw error.cause ?? error;
  });
  return first!;
}

/** Holds the results of a node to those that are wanted. Integers have to be equal. */
export async function assertComputes(
  opType: string,
  operands: readonly (Tensor | undefined)[],
  wanted: readonly Tensor[],
  error: number,
  options: SecretOptions = {},
): Promise<void> {
  const { results, scales } = await computed(opType, operands, { ...options, outputs: wanted.length });
  wanted.forEach((want, i) => {
    const real = want.dtype === "float64" || want.dtype === "float32";
    const who = `result ${i} of ${opType}`;
    assertEquals(scales[i] !== 0, real, `${who} has ${scales[i]} fraction bits`);
    assertEquals(results[i]!.shape, want.shape, who);
    const got = values(results[i]!);
    values(want).forEach((value, at) => {
      const allowed = real ? error * (1 + Math.abs(value)) : 0;
      assert(Math.abs(got[at]! - value) <= allowed, `${who} is ${got[at]} at ${at}, ${value} is wanted`);
    });
  });
}
