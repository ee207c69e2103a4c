/**
 * What the owner's rewriting does to a model, in words.
 *
 * @module
 */
import type { OnnxModel, OnnxNode } from "../../nn/onnx/model.ts";
import { layerNames } from "../../nn/onnx/names.ts";
import { fullName } from "../../nn/onnx/operator.ts";
import type { Draft, Pass } from "../../nn/onnx/rewrite/draft.ts";
import { fold, prune } from "../../nn/onnx/rewrite/fold.ts";
import { mergeNorms } from "../../nn/onnx/rewrite/norms.ts";
import { poolBeforeRelu } from "../../nn/onnx/rewrite/order.ts";
import { rewrite, rewrites } from "../../nn/onnx/rewrite/rewrite.ts";

/** Nodes that a pass took away and put in, by their names before and after it. */
interface Change {
  readonly removed: readonly OnnxNode[];
  readonly added: readonly OnnxNode[];
  readonly nameOf: (node: OnnxNode) => string;
}

const list = (nodes: readonly OnnxNode[], nameOf: Change["nameOf"]): string => nodes.map(nameOf).join(", ");

/** The removed node that computed what a node computes now. */
function maker({ removed }: Change, node: OnnxNode): OnnxNode {
  return removed.find((old) => old.outputs[0] === node.outputs[0]) ?? node;
}

/** What the passes do. */
const WORDS = new Map<Pass, (change: Change) => string[]>([
  [fold, ({ removed, nameOf }) => [`computed ahead by the owner: ${list(removed, nameOf)}`]],
  [
    mergeNorms,
    (change) =>
      change.added.map((node) => {
        const norm = change.nameOf(maker(change, node));
        return fullName(node) === "tacit.ScaleShift"
          ? `batch norm ${norm} becomes a factor and a summand per channel`
          : `batch norm ${norm} becomes part of ${change.nameOf(node)} (${fullName(node)})`;
      }),
  ],
  [
    poolBeforeRelu,
    (change) =>
      change.added.filter((node) => fullName(node) === "Relu").map((relu) =>
        `${change.nameOf(maker(change, relu))} (MaxPool) runs before ${change.nameOf(relu)} (Relu)`
      ),
  ],
  [prune, ({ removed, nameOf }) => [`left out, no output depends on it: ${list(removed, nameOf)}`]],
]);

function changeOf(before: Draft, after: Draft): Change {
  const names = new Map(
    [after, before].flatMap(({ nodes }) => {
      const own = layerNames(nodes);
      return nodes.map((node, i): [OnnxNode, string] => [node, own[i]!]);
    }),
  );
  return {
    removed: before.nodes.filter((node) => !after.nodes.includes(node)),
    added: after.nodes.filter((node) => !before.nodes.includes(node)),
    nameOf: (node) => names.get(node)!,
  };
}

/** One line for each change. */
export function rewritingOf(model: OnnxModel): string[] {
  const start = rewrite(model, []);
  const lines: string[] = [];
  rewrites.reduce((before, pass) => {
    const after = pass(before);
    const change = changeOf(before, after);
    if (change.removed.length > 0) {
      const words = WORDS.get(pass);
      lines.push(...words?.(change) ?? [`${pass.name}: ${list(change.removed, change.nameOf)}`]);
    }
    return after;
  }, start);
  return lines;
}
