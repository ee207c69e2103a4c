/**
 * What the batch norms of ONNX become.
 *
 * @module
 */
import { ScaleShift } from "../../layers/basic.ts";
import { unsupported } from "../attributes.ts";
import { asLayer, type Binding, type Lowered, type OperatorTable } from "../operator.ts";

/** Factor and summand of a batch norm, which its owner has computed. */
function scaleShift(b: Binding): Lowered {
  const [scale, shift] = [b.weight(1), b.weight(2)];
  if (scale === undefined || shift === undefined) return unsupported(b, "it has no weights");
  return asLayer(new ScaleShift(scale, shift));
}

/** What a batch norm becomes. */
export const scaleShiftOperators: OperatorTable = {
  "tacit.ScaleShift": [{ since: 1, lower: scaleShift }],
};
