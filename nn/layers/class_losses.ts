/**
 * Losses of classes, with PyTorch's names, options and defaults. Targets may be secret or public.
 *
 * @module
 */
import { isTensor } from "../../ops/op.ts";
import { shapeOf } from "../../ops/operand.ts";
import { Tensor, type TensorLike } from "../../ops/plaintext.ts";
import type { CrypTensor, Operand } from "../../ops/tensor.ts";
import { sameShape, type Shape, sizeOf } from "../../ring/shape.ts";
import { FunctionLayer } from "./function_layer.ts";
import { checkReduction, type LossInputs, type LossOptions, reduced, type Reduction } from "./losses.ts";

/** Options of {@link NLLLoss}. */
export interface NLLOptions extends LossOptions {
  /** A public factor for each class. */
  readonly weight?: TensorLike | undefined;
  /** Public targets of this index do not count; -100 by default. */
  readonly ignoreIndex?: number | undefined;
}

/** Options of {@link CrossEntropyLoss}. */
export interface CrossEntropyOptions extends NLLOptions {
  /** What share of each target is spread evenly over all classes; 0 by default. */
  readonly labelSmoothing?: number | undefined;
}

/** How classes lie in an input [C] or [N, C, …], and what counts how much. */
interface Setting {
  readonly kind: string;
  readonly shape: Shape;
  readonly axis: 0 | 1;
  readonly classes: number;
  readonly weight: Tensor | undefined;
  readonly ignoreIndex: number;
  readonly smoothing: number;
}

/** The weights of the logarithms, and what their sum is divided by for a mean. */
interface Wanted {
  readonly parts: Operand;
  readonly total: Operand;
}

function publicTargets(target: Tensor, s: Setting, probabilities: boolean): Wanted {
  const [outer, inner] = [sizeOf(s.shape.slice(0, s.axis)), sizeOf(s.shape.slice(s.axis + 1))];
  const factors = Float64Array.from({ length: s.classes }, (_, c) => Number(s.weight?.data[c] ?? 1));
  const parts = new Float64Array(sizeOf(s.shape));
  let total = 0;
  for (let at = 0; at < outer * inner; at++) {
    const first = Math.floor(at / inner) * s.classes * inner + at % inner;
    const index = probabilities ? -1 : Number(target.data[at]);
    if (!probabilities && index === s.ignoreIndex) continue;
    if (!probabilities && factors[index] === undefined) {
      throw new RangeError(
        `Cannot run ${s.kind} on [${s.shape}]: a target is no class, 0 to ${s.classes - 1} is wanted`,
      );
    }
    total += probabilities ? 1 : factors[index]!;
    for (let c = 0; c < s.classes; c++) {
      const share = probabilities ? Number(target.data[first + c * inner]) : Number(c === index);
      parts[first + c * inner] = factors[c]! * ((1 - s.smoothing) * share + s.smoothing / s.classes);
    }
  }
  return { parts: new Tensor(s.shape, parts), total };
}

function secretTargets(target: CrypTensor, s: Setting, probabilities: boolean): Wanted {
  const shares = probabilities ? target : target.oneHot(s.classes).movedim(-1, s.axis);
  const { smoothing, weight } = s;
  const smooth = smoothing === 0 ? shares : shares.mul(1 - smoothing).add(smoothing / s.classes);
  const count = sizeOf(s.shape) / s.classes;
  if (weight === undefined) return { parts: smooth, total: count };
  const factors = new Tensor([s.classes, ...s.shape.slice(s.axis + 1).map(() => 1)], weight.data);
  const parts = smooth.mul(factors);
  return { parts, total: probabilities ? count : shares.mul(factors).sum() };
}

/** -(the sum of the logarithms of all classes, each times its part in the target). */
function classLoss(logs: CrypTensor, target: Operand, s: Setting, reduction: Reduction): CrypTensor {
  const given = shapeOf(target);
  const probabilities = sameShape(given, s.shape);
  const wanted = s.shape.toSpliced(s.axis, 1);
  if (!probabilities && !sameShape(given, wanted)) {
    throw new RangeError(
      `Cannot run ${s.kind} on [${s.shape}]: the target has shape [${given}], [${wanted}] of classes or [${s.shape}] of probabilities is wanted`,
    );
  }
  const { parts, total } = isTensor(target)
    ? secretTargets(target, s, probabilities)
    : publicTargets(Tensor.from(target), s, probabilities);
  const losses = logs.mul(parts).sum({ dim: s.axis }).neg();
  if (reduction !== "mean") return reduced(losses, reduction);
  if (total === 0) {
    throw new RangeError(
      `Cannot run ${s.kind} on [${s.shape}]: no target counts, at least one is wanted for a mean`,
    );
  }
  return losses.sum().div(total, { positive: true });
}

function setting(kind: string, x: CrypTensor, options: CrossEntropyOptions): Setting {
  const axis = x.ndim === 1 ? 0 : 1;
  const classes = x.shape[axis];
  const weight = options.weight === undefined ? undefined : Tensor.from(options.weight);
  if (classes === undefined || classes === 0) {
    throw new RangeError(`Cannot run ${kind} on [${x.shape}]: [C] or [N, C, …] with classes is wanted`);
  }
  if (weight !== undefined && !sameShape(weight.shape, [classes])) {
    throw new RangeError(
      `Cannot run ${kind} on [${x.shape}]: the weight has shape [${weight.shape}], [${classes}] is wanted`,
    );
  }
  const { ignoreIndex = -100, labelSmoothing: smoothing = 0 } = options;
  return { kind, shape: x.shape, axis, classes, weight, ignoreIndex, smoothing };
}

/**
 * Minus the logarithm of the probability of the target's class, for logarithms of probabilities [C] or [N, C, …]. The target has the
 * indices of classes ([] or [N, …]; encrypted ones have scale 0) or probabilities of the input's shape. *Error*: 1 ulp and 2^-16 of the
 * result; a mean over secret targets with weights is within 3e-5 of it besides. *Cost*: a product; of secret classes one-hot vectors
 * first. For a mean with weights the sum of losses is divided by the sum of the targets' weights.
 */
export class NLLLoss extends FunctionLayer<LossInputs> {
  /** A layer. */
  constructor({ weight, ignoreIndex = -100, reduction = "mean" }: NLLOptions = {}) {
    checkReduction("NLLLoss", reduction);
    super("NLLLoss", { weight, ignoreIndex, reduction }, (x, target) => {
      return classLoss(x, target, setting("NLLLoss", x, { weight, ignoreIndex }), reduction);
    });
  }
}

/** {@link NLLLoss} of the logarithms of softmax, for any input. *Error*: 6e-5 besides. *Cost*: that of `logSoftmax` besides. */
export class CrossEntropyLoss extends FunctionLayer<LossInputs> {
  /** A layer. @throws {RangeError} when labelSmoothing is not within [0, 1]. */
  constructor(options: CrossEntropyOptions = {}) {
    const { weight, ignoreIndex = -100, reduction = "mean", labelSmoothing = 0 } = options;
    checkReduction("CrossEntropyLoss", reduction);
    if (!(labelSmoothing >= 0 && labelSmoothing <= 1)) {
      throw new RangeError(
        `Cannot make a CrossEntropyLoss layer: labelSmoothing is ${labelSmoothing}, 0 to 1 is wanted`,
      );
    }
    super("CrossEntropyLoss", { weight, ignoreIndex, reduction, labelSmoothing }, (x, target) => {
      const s = setting("CrossEntropyLoss", x, options);
      return classLoss(x.logSoftmax(s.axis), target, s, reduction);
    });
  }
}
