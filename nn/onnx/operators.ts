/**
 * The ONNX operators. The table is a plain record: spread it to add to it.
 *
 * @module
 */
import type { OperatorTable } from "./operator.ts";
import { elementOperators } from "./operators/elements.ts";
import { linearOperators } from "./operators/linear.ts";
import { recurrentOperators } from "./operators/recurrent.ts";
import { shapeOperators } from "./operators/shapes.ts";
import { windowOperators } from "./operators/windows.ts";

/** The operators by name; those outside the standard domain with their domain in front. */
export const operators: OperatorTable = {
  ...elementOperators,
  ...linearOperators,
  ...recurrentOperators,
  ...shapeOperators,
  ...windowOperators,
};
