/**
 * A model, layer by layer: what is public and what is secret, how it is computed, and what it costs.
 *
 * @module
 */
import type { nn, OpStats } from "../../mod.ts";
import type { OnnxModel, OnnxNode } from "../../nn/onnx/model.ts";
import { layerNames } from "../../nn/onnx/names.ts";
import { fullName, operatorFor } from "../../nn/onnx/operator.ts";
import { operators } from "../../nn/onnx/operators.ts";
import { readsOf } from "../../nn/onnx/rewrite/draft.ts";
import { rewrites } from "../../nn/onnx/rewrite/rewrite.ts";
import { opsetOf, splitModel } from "../../nn/onnx/skeleton.ts";
import { isStructural, structuralInputs } from "../../nn/onnx/structure.ts";
import { layerFigures, type TotalFigures, totalFigures } from "./figures.ts";
import { lineOf } from "./failure.ts";
import type { Setting } from "./protocol.ts";
import type { Fact } from "./reach.ts";
import { rewritingOf } from "./rewriting.ts";
import { type Piece, type Rehearsal, rehearse, type Zeros } from "./rehearse.ts";

/** An operand of a layer. */
export interface InspectedOperand {
  /** Its name. */
  readonly name: string;
  /** A secret, a secret weight, a public value, public structure, or not known. */
  readonly kind: "secret" | "weight" | "public" | "structure" | "unknown";
  /** Its shape, if it is known. */
  readonly shape: readonly number[] | undefined;
}

/** A layer. */
export interface InspectedLayer {
  /** Its name. */
  readonly name: string;
  /** Its operator. */
  readonly operator: string;
  /** The layer that computes it, with its options. */
  readonly computedAs: string;
  /** How: on secrets, in the clear, not at all, or not known because of a layer before it. */
  readonly state: "secret" | "clear" | "unsupported" | "not reached";
  /** Why it is not supported. */
  readonly reason: string | undefined;
  /** Shape of its first result, if it is known. */
  readonly shape: readonly number[] | undefined;
  /** Its operands. */
  readonly operands: readonly InspectedOperand[];
  /** Rounds, one operation after the other. */
  readonly rounds: number;
  /** Bytes that a party sends. */
  readonly bytes: number;
  /** Bytes that a dealer sends. */
  readonly dealerBytes: number;
  /** Seconds of computing, of all members one after the other, as the rehearsal took them. */
  readonly computing: number;
  /** The operations that it is made of. */
  readonly operations: readonly OpStats[];
}

/** A model. */
export interface Inspection {
  /** Version of the operator set. */
  readonly opset: number;
  /** The program that wrote it. */
  readonly producer: string;
  /** Inputs; those that are structure are public. */
  readonly inputs:
    readonly (nn.OnnxValue & { readonly public: boolean; readonly assumed: readonly number[] })[];
  /** Outputs. */
  readonly outputs: readonly nn.OnnxValue[];
  /** Numbers in all secret weights. */
  readonly weights: number;
  /** Its layers. */
  readonly layers: readonly InspectedLayer[];
  /** Operators that are not supported, by name. */
  readonly unsupported: readonly string[];
  /** What rewriting changed, a line for each change. */
  readonly rewriting: readonly string[];
  /** What everything takes, opening the outputs included; undefined when nothing could be rehearsed. */
  readonly total: (TotalFigures & { readonly computing: number }) | undefined;
  /** Why nothing could be rehearsed. */
  readonly failure: string | undefined;
}

/** What to inspect. */
export interface Subject {
  /** The model. */
  readonly model: OnnxModel;
  /** Whether it is made cheaper first. */
  readonly rewrite: boolean;
  /** What its inputs are taken to be. */
  readonly inputs: ReadonlyMap<string, Zeros>;
}

/** Inspects a model. */
export async function inspectModel(
  { model, rewrite, inputs }: Subject,
  setting: Setting,
): Promise<Inspection> {
  const { skeleton, weights } = splitModel(model, {
    operators,
    passes: rewrite ? rewrites : [],
    open: false,
  });
  const piece = { skeleton, weights, inputs };
  const structural = structuralInputs(skeleton);
  let rehearsal: Rehearsal | undefined;
  let failure: string | undefined;
  try {
    rehearsal = await rehearse(piece, setting);
  } catch (error) {
    failure = lineOf(error);
  }
  const layers = layersOf(piece, rehearsal);
  const { counts = [] } = rehearsal ?? {};
  const refused = [...rehearsal?.refused.values() ?? []].map(({ operator }) => operator);
  return {
    opset: opsetOf(skeleton),
    producer: model.producer,
    inputs: skeleton.inputs.map((input) => ({
      ...input,
      public: structural.includes(input.name),
      assumed: inputs.get(input.name)!.value.shape,
    })),
    outputs: skeleton.outputs,
    weights: [...weights.values()].reduce((sum, { size }) => sum + size, 0),
    rewriting: rewrite ? rewritingOf(model) : [],
    layers,
    unsupported: [...new Set(refused)].sort(),
    total: counts.length === 0 ? undefined : {
      ...totalFigures(counts.map(({ stats }) => stats)),
      computing: Math.max(...counts.map(({ seconds }) => seconds)),
    },
    failure,
  };
}

function layersOf(
  { skeleton, weights, inputs }: Piece,
  rehearsal: Rehearsal | undefined,
): InspectedLayer[] {
  const names = layerNames(skeleton.nodes);
  const [first] = rehearsal?.counts ?? [];
  const facts = rehearsal?.watch.facts;
  const structural = structuralInputs(skeleton);
  const fed = new Map<string, Fact>(
    [...inputs].map(([name, { value: { shape } }]) => [name, { secret: !structural.includes(name), shape }]),
  );
  const lost = new Set<string>();

  function operandOf(node: OnnxNode, name: string, index: number): InspectedOperand {
    const weight = weights.get(name);
    if (weight !== undefined) return { name, kind: "weight", shape: weight.shape };
    const constant = skeleton.constants[name];
    const fact = facts?.get(name) ?? fed.get(name);
    const shape = constant?.shape ?? fact?.shape;
    if (fact?.secret === true) return { name, kind: "secret", shape };
    const declared = operatorFor(operators, node, opsetOf(skeleton))?.structural?.includes(index) ?? false;
    if (declared || isStructural(node, index)) return { name, kind: "structure", shape };
    const known = constant !== undefined || fact !== undefined;
    return { name, kind: known ? "public" : "unknown", shape };
  }

  return skeleton.nodes.map((node, i): InspectedLayer => {
    const name = names[i]!;
    const reason = rehearsal?.refused.get(node)?.reason;
    const behind = first === undefined || readsOf(node).some((input) => lost.has(input));
    const ran = rehearsal?.watch.ran.has(node) ?? false;
    const state = reason !== undefined ? "unsupported" : ran ? "secret" : behind ? "not reached" : "clear";
    if (state === "unsupported" || state === "not reached") {
      node.outputs.forEach((output) => lost.add(output));
    }
    const operands = node.inputs.flatMap((input, index) =>
      input === "" ? [] : [operandOf(node, input, index)]
    );
    const figures = layerFigures(first?.stats.ops ?? [], name);
    const seconds = first?.layers.find((layer) => layer.name === name)?.seconds ?? 0;
    return {
      name,
      operator: fullName(node),
      computedAs: state === "clear" ? "in the clear" : first?.computedAs[name] ?? "",
      state,
      reason,
      shape: facts?.get(node.outputs[0]!)?.shape,
      operands: state === "clear"
        ? operands.map((o) => o.kind === "unknown" ? { ...o, kind: "public" as const } : o)
        : operands,
      ...figures,
      computing: seconds,
    };
  });
}
