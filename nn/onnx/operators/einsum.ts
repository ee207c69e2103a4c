/**
 * The ONNX operator of products by an equation.
 *
 * @module
 */
import { einsum as einsumOf } from "../../../ops/einsum.ts";
import type { Operand } from "../../../ops/tensor.ts";
import { text, unsupported } from "../attributes.ts";
import type { Binding, Lowered, OperatorTable } from "../operator.ts";

function einsum(b: Binding): Lowered {
  const equation = text(b, "equation", "");
  if (b.node.inputs.length > 3) unsupported(b, `it has ${b.node.inputs.length} operands, more than 3`);
  return { summary: equation, run: (operands) => einsumOf(equation, ...operands as readonly Operand[]) };
}

/** Products by an equation. */
export const einsumOperators: OperatorTable = {
  Einsum: [{ since: 12, lower: einsum }],
};
