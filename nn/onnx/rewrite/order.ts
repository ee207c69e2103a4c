/**
 * Order of nodes that commute.
 *
 * @module
 */
import type { OnnxNode } from "../model.ts";
import { fullName } from "../operator.ts";
import { type Pass, usesOf } from "./draft.ts";

/** max(relu(x)) is relu(max(x)): the comparison with zero runs on the maxima only, a quarter of the elements or fewer. */
export const poolBeforeRelu: Pass = (draft) => {
  const uses = usesOf(draft);
  const nodes: OnnxNode[] = [...draft.nodes];
  nodes.forEach((pool, i) => {
    if (fullName(pool) !== "MaxPool" || pool.outputs.length !== 1) return;
    const at = nodes.findLastIndex((node, j) => j < i && node.outputs[0] === pool.inputs[0]);
    const relu = nodes[at];
    if (relu === undefined || fullName(relu) !== "Relu" || uses.get(relu.outputs[0]!) !== 1) return;
    const [x, y] = [relu.inputs[0]!, pool.outputs[0]!];
    const between = `${y} before ${relu.name}`;
    nodes[at] = { ...pool, inputs: [x], outputs: [between] };
    nodes[i] = { ...relu, inputs: [between], outputs: [y] };
  });
  return { ...draft, nodes };
};
