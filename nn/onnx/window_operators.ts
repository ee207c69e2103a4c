/**
 * ONNX operators of windows: convolutions and pooling.
 *
 * @module
 */
import { Conv, ScaleShift, Stateless } from "../layers/conv.ts";
import type { CrypTensor } from "../../ops/tensor.ts";
import { avgPool, type AvgPoolOptions, maxPool } from "../../ops/pool.ts";
import type { WindowOptions } from "../../ops/windows.ts";
import { numbers, text } from "./attributes.ts";
import type { Binding, Lowered, OperatorTable } from "./operators.ts";

/** Padding by the sides of the input is not there yet; its explicit forms are. */
function checkAutoPad(b: Binding): void {
  const mode = text(b, "auto_pad", "NOTSET");
  if (mode !== "NOTSET" && mode !== "VALID") {
    throw new RangeError(`${b.node.opType} "${b.node.name}" has auto_pad ${mode}, which is unsupported`);
  }
}

function conv(b: Binding): Lowered {
  const weight = b.weight(1);
  if (weight === undefined) {
    throw new RangeError(`Conv "${b.node.name}" has a computed weight, a constant one is wanted`);
  }
  checkAutoPad(b);
  const layer = new Conv(weight, b.weight(2), {
    stride: numbers(b, "strides"),
    pads: numbers(b, "pads"),
    dilation: numbers(b, "dilations"),
    groups: b.number("group", 1),
  });
  return { layer, operand: 0 };
}

/** Windows of a pooling operator. ONNX moves them by 1 unless it says otherwise. */
function windowsOf(b: Binding): { kernel: readonly number[]; options: WindowOptions } {
  const kernel = numbers(b, "kernel_shape");
  if (kernel === undefined || kernel.length < 1 || kernel.length > 3) {
    throw new RangeError(`${b.node.opType} "${b.node.name}" has no kernel_shape of one to three axes`);
  }
  checkAutoPad(b);
  if (b.node.outputs.filter((name) => name !== "").length > 1) {
    throw new RangeError(`${b.node.opType} "${b.node.name}" has a second output, which is unsupported`);
  }
  const options = {
    stride: numbers(b, "strides") ?? kernel.map(() => 1),
    padding: numbers(b, "pads"),
    dilation: numbers(b, "dilations"),
    ceilMode: b.number("ceil_mode", 0) !== 0,
  };
  return { kernel, options };
}

function pooling(
  kind: string,
  f: (x: CrypTensor) => CrypTensor,
  kernel: readonly number[],
): Lowered {
  return { layer: new Stateless(`${kind}${kernel.length}d`, f, `window ${kernel.join("x")}`), operand: 0 };
}

function maxima(b: Binding): Lowered {
  const { kernel, options } = windowsOf(b);
  return pooling("MaxPool", (x) => maxPool(x, kernel.length, kernel, options), kernel);
}

function averages(b: Binding): Lowered {
  const { kernel, options } = windowsOf(b);
  const all: AvgPoolOptions = { ...options, countIncludePad: b.number("count_include_pad", 0) !== 0 };
  return pooling("AvgPool", (x) => avgPool(x, kernel.length, kernel, all), kernel);
}

/** Factor and summand of a batch norm, which its owner has computed. */
function scaleShift(b: Binding): Lowered {
  const [scale, shift] = [b.weight(1), b.weight(2)];
  if (scale === undefined || shift === undefined) throw new RangeError(`"${b.node.name}" has no weights`);
  return { layer: new ScaleShift(scale, shift), operand: 0 };
}

const stateless = (kind: string, f: (x: CrypTensor) => CrypTensor) => (): Lowered => ({
  layer: new Stateless(kind, f),
  operand: 0,
});

/** Operators of windows. */
export const windowOperators: OperatorTable = {
  AveragePool: [{ since: 1, lower: averages }],
  Conv: [{ since: 1, lower: conv }],
  GlobalAveragePool: [{ since: 1, lower: stateless("GlobalAvgPool", (x) => x.globalAvgPool()) }],
  GlobalMaxPool: [{ since: 1, lower: stateless("GlobalMaxPool", (x) => x.globalMaxPool()) }],
  MaxPool: [{ since: 1, lower: maxima }],
  "tacit.ScaleShift": [{ since: 1, lower: scaleShift }],
};
