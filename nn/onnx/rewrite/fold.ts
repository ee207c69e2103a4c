/**
 * What does not depend on the inputs is computed by the owner, in the clear and in double precision; what nothing needs is left out.
 *
 * @module
 */
import { evaluateClear } from "../clear/evaluate.ts";
import type { OnnxNode } from "../model.ts";
import { fullName } from "../operator.ts";
import { type Known, type Pass, readsOf } from "./draft.ts";

const SIZES: ReadonlySet<string> = new Set(["Shape", "Size"]);

/** Elements that constants may have together: so many, or so many times what is stored. */
const [MOST_MADE, MOST_TIMES] = [2 ** 24, 16];

/** Computes constants. A value that any weight has gone into is a weight. @throws {RangeError} when they become absurdly many. */
export const fold: Pass = (draft) => {
  const known = new Map(draft.known);
  const stored = [...known.values()].reduce((sum, { tensor }) => sum + tensor.size, 0);
  const most = Math.max(MOST_MADE, MOST_TIMES * stored);
  let made = 0;
  const nodes: OnnxNode[] = [];
  for (const node of draft.nodes) {
    const operands = node.inputs.map((name): Known | undefined => known.get(name));
    const all = node.inputs.every((name, i) => name === "" || operands[i] !== undefined);
    const results = all
      ? evaluateClear(node, operands.map((value) => value?.tensor), node.opset ?? draft.opset)
      : undefined;
    if (results === undefined) nodes.push(node);
    else {
      made += results.reduce((sum, { size }) => sum + size, 0);
      if (made > most) {
        throw new RangeError(
          `Cannot load the model: its constants would have more than ${most} elements with those of ${
            fullName(node)
          } "${node.name}"`,
        );
      }
      // Sizes are no secret, whatever they are sizes of.
      const open = SIZES.has(fullName(node)) || operands.every((value) => value?.public ?? true);
      node.outputs.forEach((name, i) => {
        if (name !== "" && results[i] !== undefined) known.set(name, { tensor: results[i], public: open });
      });
    }
  }
  return { ...draft, nodes, known };
};

/** Leaves out nodes and constants that no output depends on. */
export const prune: Pass = (draft) => {
  const needed = new Set(draft.outputs.map(({ name }) => name));
  const nodes: OnnxNode[] = [];
  for (const node of draft.nodes.toReversed()) {
    if (!node.outputs.some((name) => needed.has(name))) continue;
    nodes.push(node);
    for (const name of readsOf(node)) needed.add(name);
  }
  const known = new Map([...draft.known].filter(([name]) => needed.has(name)));
  return { ...draft, nodes: nodes.toReversed(), known };
};
