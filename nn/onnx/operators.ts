/**
 * The ONNX operators. The table is a plain record: spread it to add to it.
 *
 * @module
 */
import type { OperatorTable } from "./operator.ts";
import { controlOperators } from "./operators/control.ts";
import { convOperators } from "./operators/conv.ts";
import { elementOperators } from "./operators/elements.ts";
import { indexingOperators } from "./operators/indexing.ts";
import { linearOperators } from "./operators/linear.ts";
import { mlOperators } from "./operators/ml.ts";
import { movementOperators } from "./operators/movement.ts";
import { padOperators } from "./operators/pad.ts";
import { poolingOperators } from "./operators/pooling.ts";
import { resizeOperators } from "./operators/resize.ts";
import { scaleShiftOperators } from "./operators/scale_shift.ts";
import { scatterOperators } from "./operators/scatter.ts";
import { recurrentOperators } from "./operators/recurrent.ts";
import { shapeOperators } from "./operators/shapes.ts";

/** The operators by name; those outside the standard domain with their domain in front. */
export const operators: OperatorTable = {
  ...controlOperators,
  ...convOperators,
  ...elementOperators,
  ...indexingOperators,
  ...linearOperators,
  ...mlOperators,
  ...movementOperators,
  ...padOperators,
  ...poolingOperators,
  ...resizeOperators,
  ...scaleShiftOperators,
  ...scatterOperators,
  ...recurrentOperators,
  ...shapeOperators,
};
