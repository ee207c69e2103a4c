/**
 * Evaluation of nodes whose operands are public: of what is constant at its owner, and of what follows from public shapes.
 *
 * @module
 */
import type { Tensor } from "../../../ops/plaintext.ts";
import type { OnnxNode } from "../model.ts";
import { clearArithmetic } from "./arithmetic.ts";
import { ClearCall, type ClearTable } from "./call.ts";
import { clearCasts } from "./cast.ts";
import { clearCreation } from "./creation.ts";
import { clearElements } from "./elements.ts";
import { clearIndexing } from "./indexing.ts";
import { clearLogic } from "./logic.ts";
import { clearMovement } from "./movement.ts";
import { clearNormalise } from "./normalise.ts";
import { clearOrder } from "./order.ts";
import { clearProducts } from "./products.ts";
import { clearQuantise } from "./quantise.ts";
import { clearReductions } from "./reduce.ts";
import { clearShapes } from "./shapes.ts";
import { clearWindows } from "./windows.ts";

/** Operators that are evaluated in the clear. */
export const clearOperators: ClearTable = {
  ...clearArithmetic,
  ...clearCasts,
  ...clearCreation,
  ...clearElements,
  ...clearIndexing,
  ...clearLogic,
  ...clearMovement,
  ...clearNormalise,
  ...clearOrder,
  ...clearProducts,
  ...clearQuantise,
  ...clearReductions,
  ...clearShapes,
  ...clearWindows,
};

/** Whether an operator has a form that is evaluated in the clear. */
export function hasClear(node: OnnxNode): boolean {
  return node.domain === "" && Object.hasOwn(clearOperators, node.opType);
}

/**
 * The results of a node, from operands that are all public; absent operands are undefined. There is a result for each name
 * among the node's outputs. Real numbers are computed in double precision, integers exactly up to the size of their storage.
 *
 * Undefined when the operator, or this form of it, is not evaluated in the clear.
 *
 * @throws {RangeError} when operands or attributes do not fit, and before a result has more than 2^26 elements, or
 * more than 2^22 and more than its operands.
 */
export function evaluateClear(
  node: OnnxNode,
  operands: readonly (Tensor | undefined)[],
  opset: number,
): readonly Tensor[] | undefined {
  const rule = hasClear(node) ? clearOperators[node.opType] : undefined;
  try {
    const results = rule?.(new ClearCall(node, operands, opset));
    // Results that only training has are not evaluated.
    if (results === undefined || results.length < node.outputs.length) return undefined;
    return results.slice(0, node.outputs.length);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    const why = cause.message.charAt(0).toLowerCase() + cause.message.slice(1);
    throw new RangeError(`Cannot evaluate ${node.opType} "${node.name}": ${why}`, { cause });
  }
}
