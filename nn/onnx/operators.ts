/**
 * The ONNX operators. The table is a plain record: spread it to add to it.
 *
 * @module
 */
import type { OperatorTable } from "./operator.ts";
import { activationOperators } from "./operators/activations.ts";
import { arithmeticOperators } from "./operators/arithmetic.ts";
import { bitOperators } from "./operators/bits.ts";
import { castOperators } from "./operators/cast.ts";
import { clipOperators } from "./operators/clip.ts";
import { compareOperators } from "./operators/compare.ts";
import { controlOperators } from "./operators/control.ts";
import { convOperators } from "./operators/conv.ts";
import { determinantOperators } from "./operators/determinant.ts";
import { einsumOperators } from "./operators/einsum.ts";
import { functionOperators } from "./operators/functions.ts";
import { identityOperators } from "./operators/identity.ts";
import { indexingOperators } from "./operators/indexing.ts";
import { integerOperators } from "./operators/integers.ts";
import { linearOperators } from "./operators/linear.ts";
import { lossOperators } from "./operators/losses.ts";
import { mlOperators } from "./operators/ml.ts";
import { movementOperators } from "./operators/movement.ts";
import { orderOperators } from "./operators/order.ts";
import { padOperators } from "./operators/pad.ts";
import { poolingOperators } from "./operators/pooling.ts";
import { powerOperators } from "./operators/power.ts";
import { quantiseOperators } from "./operators/quantise.ts";
import { rangeOperators } from "./operators/range.ts";
import { recurrentOperators } from "./operators/recurrent.ts";
import { reductionOperators } from "./operators/reductions.ts";
import { resizeOperators } from "./operators/resize.ts";
import { samplingOperators } from "./operators/sampling.ts";
import { scaleShiftOperators } from "./operators/scale_shift.ts";
import { scatterOperators } from "./operators/scatter.ts";
import { shapeOperators } from "./operators/shapes.ts";
import { signalOperators } from "./operators/signal.ts";
import { softmaxOperators } from "./operators/softmax.ts";

/** The operators by name; those outside the standard domain with their domain in front. */
export const operators: OperatorTable = {
  ...activationOperators,
  ...arithmeticOperators,
  ...bitOperators,
  ...castOperators,
  ...clipOperators,
  ...compareOperators,
  ...controlOperators,
  ...convOperators,
  ...determinantOperators,
  ...einsumOperators,
  ...functionOperators,
  ...identityOperators,
  ...indexingOperators,
  ...integerOperators,
  ...linearOperators,
  ...lossOperators,
  ...mlOperators,
  ...movementOperators,
  ...orderOperators,
  ...padOperators,
  ...poolingOperators,
  ...powerOperators,
  ...quantiseOperators,
  ...rangeOperators,
  ...recurrentOperators,
  ...reductionOperators,
  ...resizeOperators,
  ...samplingOperators,
  ...scaleShiftOperators,
  ...scatterOperators,
  ...shapeOperators,
  ...signalOperators,
  ...softmaxOperators,
};
