/**
 * Rewriting of a model by its owner, before anyone else sees its architecture.
 *
 * @module
 */
import type { OnnxModel } from "../model.ts";
import { type Draft, draftOf, type Pass } from "./draft.ts";
import { fold, prune } from "./fold.ts";
import { expandFunctions } from "./functions.ts";
import { hoist } from "./hoist.ts";
import { mergeNorms } from "./norms.ts";
import { poolBeforeRelu } from "./order.ts";

/** What makes a model cheaper and leaves its results as they are, but for rounding. */
export const rewrites: readonly Pass[] = [fold, mergeNorms, poolBeforeRelu, prune];

/** A model's parts as they are announced and shared: with constants as named values, and rewritten by these passes. */
export function rewrite(model: OnnxModel, passes: readonly Pass[]): Draft {
  return [expandFunctions(model.functions), hoist, ...passes].reduce(
    (draft, pass) => pass(draft),
    draftOf(model),
  );
}
