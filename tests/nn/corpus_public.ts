/**
 * Which inputs of a case are public: those that an operator takes as structure, not as data.
 *
 * @module
 */
import { SHAPES, STRUCTURE } from "../../nn/onnx/structure.ts";
import type { RawGraph, RawNode } from "../../nn/onnx/types/onnx_proto.d.ts";
import type { Tensor } from "../../ops/plaintext.ts";
import { type Case, fedInputs, nodesOf, operatorOf } from "./corpus.ts";

/** Operands that are public: structure, places of elements, and grids and boxes, which are supported in the clear only. */
const PUBLIC: Readonly<Record<string, readonly number[]>> = {
  ...STRUCTURE,
  Gather: [1],
  GridSample: [1],
  RoiAlign: [1, 2],
};

/** Names whose values must be public: structure, and all that structure is computed from. */
function structureOf(graph: RawGraph): Set<string> {
  const needed = new Set<string>();
  const visit = (node: RawNode): void => {
    const inputs = node.input ?? [];
    const all = (node.output ?? []).some((name) => needed.has(name)) && !SHAPES.includes(operatorOf(node));
    const indices = all ? inputs.keys() : PUBLIC[operatorOf(node)] ?? [];
    for (const index of indices) if (inputs[index]) needed.add(inputs[index]);
  };
  // From the last to the first: what uses a value stands behind what computes it.
  nodesOf(graph).toReversed().forEach(visit);
  return needed;
}

/** Names of the inputs that are public. */
export function publicInputs(one: Case): string[] {
  const structure = structureOf(one.raw.graph!);
  return fedInputs(one.raw.graph!).map(({ name }) => name ?? "").filter((name) => structure.has(name));
}

/** How a case is fed. */
export interface Feeding {
  /** The model. */
  readonly bytes: Uint8Array;
  /** Names of its inputs that are encrypted. */
  readonly secret: readonly string[];
  /** Its inputs that are not. */
  readonly open: Readonly<Record<string, Tensor>>;
}

/** How a case is fed: what is structure stays in the clear. */
export function feedingOf(one: Case): Feeding {
  const names = publicInputs(one);
  return {
    bytes: one.bytes,
    secret: Object.keys(one.inputs).filter((name) => !names.includes(name)),
    open: Object.fromEntries(names.map((name) => [name, one.inputs[name]!])),
  };
}
