/**
 * ONNX reductions.
 *
 * @module
 */
import { normalAxis, sizeOf } from "../../../ring/shape.ts";
import type { CrypTensor } from "../../../ops/tensor.ts";
import { flag, integers, unsupported } from "../attributes.ts";
import type { Binding, Lowered, OnnxOperator, OperatorTable } from "../operator.ts";

/** A reduction over some axes, which are left out of the result. */
type Reduction = (x: CrypTensor, axes: readonly number[], b: Binding) => CrypTensor;

/** A reduction of vectors: all reduced axes as the last one. */
function ofVectors(f: (rows: CrypTensor, b: Binding) => CrypTensor): Reduction {
  return (x, axes, b) => {
    const rest = x.shape.map((_, i) => i).filter((i) => !axes.includes(i));
    const sides = rest.map((i) => x.shape[i]!);
    const length = sizeOf(axes.map((i) => x.shape[i]!));
    return f(x.permute([...rest, ...axes]).reshape([...sides, length]), b);
  };
}

/** Of integers the quotient without its fraction. */
function mean(x: CrypTensor, axes: readonly number[]): CrypTensor {
  if (x.scale > 0) return x.mean({ dim: axes });
  return x.sum({ dim: axes }).truncDivide(sizeOf(axes.map((i) => x.shape[i]!)));
}

/** Of integers the root without its fraction: the nearest integer, or one less where that is too much. */
function euclidean(x: CrypTensor, axes: readonly number[]): CrypTensor {
  const squares = x.square().sum({ dim: axes });
  if (x.scale > 0) return squares.sqrt();
  const near = squares.sqrt().round();
  return near.sub(near.square().gt(squares));
}

/** Logarithms of integers would be cut off to integers, where a small error makes a large one. */
function ofReals(f: Reduction): Reduction {
  return (x, axes, b) => x.scale === 0 ? unsupported(b, "its operand is of integers") : f(x, axes, b);
}

/** Axes are an attribute, later an operand. None are all, or on demand none. */
function reduction(f: Reduction): OnnxOperator[] {
  const lower = (b: Binding): Lowered => ({
    run(operands, env) {
      const x = env.secret(operands[0]!);
      const named = integers(b, operands, 1, "axes") ?? [];
      if (named.length === 0 && flag(b, "noop_with_empty_axes")) return x;
      const axes = named.length === 0
        ? x.shape.map((_, i) => i)
        : named.map((axis) => normalAxis(axis, x.ndim, "reduce"));
      const y = f(x, axes, b);
      return flag(b, "keepdims", true) ? y.reshape(x.shape.map((side, i) => axes.includes(i) ? 1 : side)) : y;
    },
  });
  return [{ since: 1, lower }];
}

/** Reductions. */
export const reductionOperators: OperatorTable = {
  ReduceL1: reduction((x, dim) => x.abs().sum({ dim })),
  ReduceL2: reduction(euclidean),
  ReduceLogSum: reduction(ofReals((x, dim) => x.sum({ dim }).log())),
  ReduceLogSumExp: reduction(ofReals(ofVectors((rows) => rows.logSumExp({ dim: -1 })))),
  ReduceMax: reduction(ofVectors((rows) => rows.max({ dim: -1 }))),
  ReduceMean: reduction(mean),
  ReduceMin: reduction(ofVectors((rows) => rows.min({ dim: -1 }))),
  ReduceProd: reduction(ofVectors((rows) => rows.prod({ dim: -1 }))),
  ReduceSum: reduction((x, dim) => x.sum({ dim })),
  ReduceSumSquare: reduction((x, dim) => x.square().sum({ dim })),
};
