/**
 * ONNX operators that normalise by the input's own statistics.
 *
 * @module
 */
import type { CrypTensor } from "../../../ops/tensor.ts";
import { normalAxis, type Shape } from "../../../ring/shape.ts";
import { localResponse } from "../../layers/local_response.ts";
import { number, numbers, unsupported } from "../attributes.ts";
import {
  asFunction,
  type Binding,
  type Lowered,
  type Operands,
  type OperatorTable,
  type Value,
} from "../operator.ts";

/** The sides from an axis on. */
function sidesFrom(b: Binding, x: CrypTensor): Shape {
  return x.shape.slice(normalAxis(number(b, "axis", -1), x.ndim, "normalise from"));
}

/** The last axes. */
function lastAxes(x: CrypTensor, count: number): number[] {
  return Array.from({ length: count }, (_, i) => x.ndim - count + i);
}

/** 1/sqrt(variance + eps), with the last axes of size 1. The squares keep their fraction bits for the root. */
function inverseDeviation(centred: CrypTensor, dim: readonly number[], eps: number): CrypTensor {
  const n = dim.reduce((product, axis) => product * centred.shape[axis]!, 1);
  return centred.square().sum({ dim, keepdim: true }).add(eps * n).rsqrt().mul(Math.sqrt(n));
}

/** Whether a node's result is asked for. */
const wanted = (b: Binding, index: number): boolean => (b.node.outputs[index] ?? "") !== "";

/** Results of a node: the normalised input, its mean, and 1/deviation; undefined where nobody asks for one. */
type Results = (CrypTensor | undefined)[];

/** What is normalised, and by what. */
interface Normed {
  readonly x: CrypTensor;
  readonly weight: Value | undefined;
  readonly bias: Value | undefined;
  readonly eps: number;
}

/** (x - mean)/sqrt(variance + eps)·weight + bias from an axis on. */
function byDeviation(b: Binding, { x, ...options }: Normed): Results {
  const sides = sidesFrom(b, x);
  const y = x.layerNorm(sides, options);
  if (!wanted(b, 1) && !wanted(b, 2)) return [y];
  const dim = lastAxes(x, sides.length);
  const mean = x.mean({ dim, keepdim: true });
  return [y, mean, wanted(b, 2) ? inverseDeviation(x.sub(mean), dim, options.eps) : undefined];
}

/** x/sqrt(mean of x² + eps)·weight + bias from an axis on; it has no mean. */
function byRoot(b: Binding, { x, ...options }: Normed, inverse = 2): Results {
  const sides = sidesFrom(b, x);
  const results = new Array<CrypTensor | undefined>(inverse + 1);
  results[0] = x.rmsNorm(sides, options);
  if (wanted(b, inverse)) {
    results[inverse] = inverseDeviation(x, lastAxes(x, sides.length), options.eps);
  }
  return results;
}

function layerNorm(b: Binding): Lowered {
  const eps = number(b, "epsilon", 1e-5);
  return {
    run: ([x, weight, bias], env) => byDeviation(b, { x: env.secret(x!), weight, bias, eps }),
  };
}

/** Its second result is 1/root. */
function rmsNorm(b: Binding): Lowered {
  const eps = number(b, "epsilon", 1e-5);
  return {
    run: ([x, weight], env) => byRoot(b, { x: env.secret(x!), weight, bias: undefined, eps }, 1),
  };
}

/** The norm of a sum of two inputs and a bias; the sum is the fourth result. */
function skipNorm(
  norm: (b: Binding, normed: Normed) => Results,
  split: (
    operands: Operands,
  ) => { weight: Value | undefined; bias: Value | undefined; summand: Value | undefined },
): (b: Binding) => Lowered {
  return (b) => {
    const eps = number(b, "epsilon", 1e-12);
    return {
      run(operands, env) {
        const { summand, ...affine } = split(operands);
        const sum = env.secret(operands[0]!).add(operands[1]!);
        const x = summand === undefined ? sum : sum.add(summand);
        const [y, mean, inverse] = norm(b, { x, ...affine, eps });
        return [y, mean, inverse, x];
      },
    };
  };
}

function instanceNorm(b: Binding): Lowered {
  const eps = number(b, "epsilon", 1e-5);
  return { run: ([x, weight, bias], env) => env.secret(x!).instanceNorm({ weight, bias, eps }) };
}

/** Weights are one for each group before version 21, one for each channel since. */
function groupNorm(perGroup: boolean): (b: Binding) => Lowered {
  return (b) => {
    const [groups, eps] = [number(b, "num_groups", 1), number(b, "epsilon", 1e-5)];
    return {
      run([input, scale, shift], env) {
        const x = env.secret(input!);
        const channels = x.shape[1] ?? 1;
        const [weight, bias] = [scale!, shift!].map((one) =>
          perGroup
            ? env.secret(one).unsqueeze(1).expand([groups, channels / groups]).reshape([channels])
            : one
        );
        return x.groupNorm(groups, { weight, bias, eps });
      },
    };
  };
}

/** (x - mean)/deviation over any axes. */
function meanVariance(b: Binding): Lowered {
  const given = numbers(b, "axes") ?? [0, 2, 3];
  return asFunction((x) => {
    const axes = given.map((axis) => normalAxis(axis, x.ndim, "normalise"));
    const order = [...x.shape.keys()].toSorted((i, j) => Number(axes.includes(i)) - Number(axes.includes(j)));
    const sides = axes.toSorted((i, j) => i - j).map((axis) => x.shape[axis]!);
    const back = order.map((_, i) => order.indexOf(i));
    return x.permute(order).layerNorm(sides, { eps: 1e-9 }).permute(back);
  });
}

/** x/|x| along an axis. */
function lpNorm(b: Binding): Lowered {
  const [axis, p] = [number(b, "axis", -1), number(b, "p", 2)];
  if (p !== 1 && p !== 2) return unsupported(b, `its p is ${p}`);
  return asFunction((x) => {
    if (p === 1) return x.div(x.abs().sum({ dim: axis, keepdim: true }), { positive: true });
    const turned = x.transpose(axis, -1);
    const side = turned.shape.at(-1)!;
    // The root mean square is the length but for a factor, and keeps more bits of it.
    return turned.rmsNorm([side], { eps: 0 }).mul(1 / Math.sqrt(side)).transpose(axis, -1);
  });
}

/** x/(bias + alpha/size·(sum of squares of channels around))^beta. */
function localResponseNorm(b: Binding): Lowered {
  const size = number(b, "size", 1);
  const [alpha, beta, bias] = [number(b, "alpha", 1e-4), number(b, "beta", 0.75), number(b, "bias", 1)];
  return asFunction((x) => localResponse(x, size, (size - 1) >> 1, { alpha, beta, k: bias }));
}

/** The runtime's own operators of these names, some of which it also has in the standard domain. */
const skipLayerNorm = skipNorm(byDeviation, ([, , weight, bias, summand]) => ({ weight, bias, summand }));
const skipRmsNorm = skipNorm(
  (b, normed) => byRoot(b, normed),
  ([, , weight, summand]) => ({ weight, bias: undefined, summand }),
);

/** Norms by the input's own statistics. */
export const normOperators: OperatorTable = {
  GroupNormalization: [{ since: 18, lower: groupNorm(true) }, { since: 21, lower: groupNorm(false) }],
  InstanceNormalization: [{ since: 1, lower: instanceNorm }],
  LayerNormalization: [{ since: 1, lower: layerNorm }],
  LpNormalization: [{ since: 1, lower: lpNorm }],
  LRN: [{ since: 1, lower: localResponseNorm }],
  MeanVarianceNormalization: [{ since: 9, lower: meanVariance }],
  RMSNormalization: [{ since: 23, lower: rmsNorm }],
  SimplifiedLayerNormalization: [{ since: 1, lower: rmsNorm }],
  "com.microsoft.LayerNormalization": [{ since: 1, lower: layerNorm }],
  "com.microsoft.SimplifiedLayerNormalization": [{ since: 1, lower: rmsNorm }],
  "com.microsoft.SkipLayerNormalization": [{ since: 1, lower: skipLayerNorm }],
  "com.microsoft.SkipSimplifiedLayerNormalization": [{ since: 1, lower: skipRmsNorm }],
};
