/**
 * ONNX operators of products by an equation, and of determinants.
 *
 * @module
 */
import { einsum as einsumOf } from "../../../ops/einsum.ts";
import type { CrypTensor, Operand } from "../../../ops/tensor.ts";
import { text, unsupported } from "../attributes.ts";
import { asFunction, type Binding, type Lowered, type OperatorTable } from "../operator.ts";

function einsum(b: Binding): Lowered {
  const equation = text(b, "equation", "");
  if (b.node.inputs.length > 3) unsupported(b, `it has ${b.node.inputs.length} operands, more than 3`);
  return { summary: equation, run: (operands) => einsumOf(equation, ...operands as readonly Operand[]) };
}

/** Side of the largest matrices that have a determinant here: its expansion has side! terms. */
const MOST_SIDE = 4;

/** The expansion along the first row: products of its entries with the determinants of what is left, with changing signs. */
function expansion(x: CrypTensor): CrypTensor {
  const side = x.shape.at(-1)!;
  const [row, rest] = [x.narrow(-2, 0, 1), x.narrow(-2, 1, side - 1)];
  const entry = (j: number): CrypTensor => row.narrow(-1, j, 1).squeeze([-2, -1]);
  if (side === 1) return entry(0);
  const terms = Array.from({ length: side }, (_, j) => {
    const minor = rest.narrow(-1, 0, j).cat([rest.narrow(-1, j + 1, side - j - 1)], -1);
    const term = entry(j).mul(expansion(minor));
    return j % 2 === 0 ? term : term.neg();
  });
  return terms.reduce((sum, term) => sum.add(term));
}

/** Determinants of small matrices. Numerically as good as their entries are small: a sum of products of a row's entries each. */
function determinant(b: Binding): Lowered {
  return asFunction((x) => {
    const [rows, columns] = x.shape.slice(-2);
    if (rows === undefined || rows !== columns || rows === 0 || rows > MOST_SIDE) {
      return unsupported(
        b,
        `its operand is [${x.shape}], not of square matrices up to ${MOST_SIDE}x${MOST_SIDE}`,
      );
    }
    return expansion(x);
  });
}

/** Products by an equation, and determinants. */
export const einsumOperators: OperatorTable = {
  Det: [{ since: 11, lower: determinant }],
  Einsum: [{ since: 12, lower: einsum }],
};
