/**
 * The ONNX operator that counts.
 *
 * @module
 */
import { unsupported } from "../attributes.ts";
import type { OperatorTable } from "../operator.ts";

/** The operator that counts: with public operands, of whatever type, it is evaluated in the clear. */
export const rangeOperators: OperatorTable = {
  Range: [{
    since: 11,
    structural: [0, 1, 2],
    lower: (b) => ({ run: () => unsupported(b, "the size of its result is that of a secret range") }),
  }],
};
