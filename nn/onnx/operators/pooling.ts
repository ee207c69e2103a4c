/**
 * ONNX pooling.
 *
 * @module
 */
import { avgPool, globalLpPool, lpPool, maxPool, maxPoolIndexed } from "../../../ops/pool.ts";
import { isTensor } from "../../../ops/op.ts";
import { Tensor } from "../../../ops/plaintext.ts";
import type { CrypTensor } from "../../../ops/tensor.ts";
import type { WindowOptions } from "../../../ops/windows.ts";
import { type Shape, sizeOf } from "../../../ring/shape.ts";
import { flag, integers, nodeName, number, numbers, unsupported } from "../attributes.ts";
import { asFunction, type Binding, type Lowered, type OperatorTable } from "../operator.ts";
import { lieOf, padsOf } from "./auto_pad.ts";

/** Windows of a pooling operator, over an input of these sides. */
function windowsOf(
  b: Binding,
): { kernel: readonly number[]; summary: string; over: (shape: Shape) => WindowOptions } {
  const kernel = numbers(b, "kernel_shape");
  if (kernel === undefined || kernel.length < 1 || kernel.length > 3) {
    return unsupported(b, "its kernel_shape has no one to three axes");
  }
  const lie = lieOf(b, kernel);
  const ceilMode = flag(b, "ceil_mode");
  return {
    kernel,
    summary: `window ${kernel.join("x")}`,
    over: (shape) => ({
      stride: lie.stride,
      dilation: lie.dilation,
      padding: padsOf(b, shape.slice(-kernel.length), lie),
      ceilMode,
    }),
  };
}

/** Maxima, and where in the whole tensor they are, if that is asked for. */
function maxima(b: Binding): Lowered {
  const { kernel, summary, over } = windowsOf(b);
  const axes = kernel.length;
  if ((b.node.outputs[1] ?? "") === "") {
    return asFunction((x) => maxPool(x, axes, kernel, over(x.shape)), summary);
  }
  const order = flag(b, "storage_order") ? "column-major" : "row-major";
  return {
    summary,
    run([given], env) {
      const x = env.secret(given!);
      const [values, inPlane] = maxPoolIndexed(x, axes, kernel, { ...over(x.shape), order });
      const plane = sizeOf(x.shape.slice(2));
      const planes = x.shape.slice(0, 2);
      const starts = Float64Array.from({ length: sizeOf(planes) }, (_, i) => i * plane);
      return [values, inPlane.add(new Tensor([...planes, ...kernel.map(() => 1)], starts))];
    },
  };
}

function averages(b: Binding): Lowered {
  const { kernel, summary, over } = windowsOf(b);
  const countIncludePad = flag(b, "count_include_pad");
  return asFunction((x) => avgPool(x, kernel.length, kernel, { ...over(x.shape), countIncludePad }), summary);
}

function lpNorms(b: Binding): Lowered {
  const { kernel, summary, over } = windowsOf(b);
  const p = normOf(b);
  return asFunction((x) => lpPool(x, p, kernel.length, kernel, over(x.shape)), `${summary}, p ${p}`);
}

/** Which norm. */
function normOf(b: Binding): number {
  const p = number(b, "p", 2);
  return p === 1 || p === 2 ? p : unsupported(b, `its p is ${p}`);
}

/** Sides of what was pooled: from the pooled ones, windows and pads. */
function unpooled(b: Binding, shape: Shape): Shape {
  const kernel = numbers(b, "kernel_shape") ?? unsupported(b, "it has no kernel_shape");
  const { stride } = lieOf(b, kernel);
  const pads = numbers(b, "pads") ?? kernel.flatMap(() => [0, 0]);
  return shape.slice(2).map((side, i) =>
    (side - 1) * stride[i]! - pads[i]! - pads[kernel.length + i]! + kernel[i]!
  );
}

/**
 * Maxima back where they were, and zeros elsewhere. Secret places are those of a MaxPool, within the plane of each maximum: every
 * maximum is multiplied with a one-hot vector over its plane.
 */
function maxUnpool(b: Binding): Lowered {
  return {
    run(operands, env) {
      const x = env.secret(operands[0]!);
      const at = operands[1]!;
      const [n = 0, c = 0] = x.shape;
      const sides = unpooled(b, x.shape);
      const shape = [n, c, ...sides];
      const plane = sizeOf(sides);
      const count = sizeOf(x.shape.slice(2));
      const full = isTensor(at) ? obliviously(x, at, plane, count) : publicly(x, at, n * c * plane);
      const out = full.reshape(shape);
      const wanted = integers(b, operands, 2, "output_shape");
      if (wanted === undefined) return out;
      const missing = wanted.map((side, i) => side - shape[i]!);
      if (missing.length !== shape.length || missing.some((m) => m < 0)) {
        throw new RangeError(`Cannot compute ${nodeName(b)}: [${shape}] does not fit into [${wanted}]`);
      }
      return out.pad(shape.map(() => 0), missing);
    },
  };
}

/** At public places: what is there comes from a maximum, or from a zero behind all of them; of several for one place the last. */
function publicly(x: CrypTensor, at: Tensor, size: number): CrypTensor {
  const from = new Int32Array(size).fill(x.size);
  at.data.forEach((place: number | bigint, i: number) => from[Number(place)] = i);
  return x.flatten().pad([0], [1]).take(new Tensor([size], from));
}

/** At secret ones. */
function obliviously(x: CrypTensor, at: CrypTensor, plane: number, count: number): CrypTensor {
  const [n = 0, c = 0] = x.shape;
  const starts = new Tensor([n * c, 1], Float64Array.from({ length: n * c }, (_, i) => i * plane));
  const hot = at.reshape([n * c, count]).sub(starts).oneHot(plane);
  return x.reshape([n * c, 1, count]).matmul(hot);
}

const global = (f: (x: CrypTensor) => CrypTensor) => [{ since: 1, lower: () => asFunction(f) }];

/** Pooling. */
export const poolingOperators: OperatorTable = {
  AveragePool: [{ since: 1, lower: averages }],
  GlobalAveragePool: global((x) => x.globalAvgPool()),
  GlobalLpPool: [{
    since: 1,
    lower(b) {
      const p = normOf(b);
      return asFunction((x) => globalLpPool(x, p), `p ${p}`);
    },
  }],
  GlobalMaxPool: global((x) => x.globalMaxPool()),
  LpPool: [{ since: 1, lower: lpNorms }],
  MaxPool: [{ since: 1, lower: maxima }],
  MaxUnpool: [{ since: 9, lower: maxUnpool }],
};
