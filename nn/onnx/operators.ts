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
import { einsumOperators } from "./operators/einsum.ts";
import { lossOperators } from "./operators/losses.ts";
import { orderOperators } from "./operators/order.ts";
import { reductionOperators } from "./operators/reductions.ts";
import { softmaxOperators } from "./operators/softmax.ts";
import { integerOperators } from "./operators/integers.ts";
import { quantiseOperators } from "./operators/quantise.ts";
import { signalOperators } from "./operators/signal.ts";
import { samplingOperators } from "./operators/sampling.ts";
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
  ...einsumOperators,
  ...lossOperators,
  ...orderOperators,
  ...reductionOperators,
  ...softmaxOperators,
  ...integerOperators,
  ...quantiseOperators,
  ...signalOperators,
  ...samplingOperators,
  ...shapeOperators,
};
