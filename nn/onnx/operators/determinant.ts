/**
 * The ONNX operator of determinants.
 *
 * @module
 */
import type { CrypTensor } from "../../../ops/tensor.ts";
import { nodeName, unsupported } from "../attributes.ts";
import { asKindOf } from "../kinds.ts";
import type { Binding, Lowered, OperatorTable } from "../operator.ts";

/** Sides from here on have too many minors, and products too large for fixed point. */
const MOST = 4;

/** The determinant by the minors of the first column: entries [row][column] of all matrices. */
function determinant(rows: readonly (readonly CrypTensor[])[]): CrypTensor {
  const [[first] = []] = rows;
  if (rows.length === 1) return first!;
  const terms = rows.map(([entry], i) => {
    const minor = rows.filter((_, k) => k !== i).map((row) => row.slice(1));
    const term = entry!.mul(determinant(minor));
    return i % 2 === 0 ? term : term.neg();
  });
  return terms.reduce((sum, term) => sum.add(term));
}

function det(b: Binding): Lowered {
  return {
    run([given], env) {
      const x = env.secret(given!);
      const side = x.shape.at(-1) ?? 0;
      if (x.ndim < 2 || x.shape.at(-2) !== side) {
        throw new RangeError(`Cannot compute ${nodeName(b)}: [${x.shape}] is not of square matrices`);
      }
      if (side < 1 || side > MOST) unsupported(b, `its matrices are ${side}x${side}`);
      return asKindOf(determinant(x.unbind(-2).map((row) => row.unbind(-1))), x);
    },
  };
}

/** The operator of determinants. */
export const determinantOperators: OperatorTable = {
  Det: [{ since: 11, lower: det }],
};
