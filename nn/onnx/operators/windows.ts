/**
 * ONNX operators of windows: convolutions and pooling.
 *
 * @module
 */
import { avgPool, type AvgPoolOptions, maxPool } from "../../../ops/pool.ts";
import { conv as convOp } from "../../../ops/linalg.ts";
import type { CrypTensor } from "../../../ops/tensor.ts";
import { ScaleShift } from "../../layers/basic.ts";
import { Conv } from "../../layers/conv.ts";
import { flag, number, numbers, text, unsupported } from "../attributes.ts";
import { asFunction, asLayer, type Binding, type Lowered, type OperatorTable } from "../operator.ts";

/** Refuses what asks for padding that depends on the input's size. */
function checkAutoPad(b: Binding): void {
  const mode = text(b, "auto_pad", "NOTSET");
  if (mode !== "NOTSET" && mode !== "VALID") unsupported(b, `its auto_pad is ${mode}`);
}

function conv(b: Binding): Lowered {
  checkAutoPad(b);
  const geometry = {
    stride: numbers(b, "strides"),
    pads: numbers(b, "pads"),
    dilation: numbers(b, "dilations"),
    groups: number(b, "group", 1),
  };
  const [weight, bias] = [b.weight(1), b.weight(2)];
  if (weight !== undefined && (bias !== undefined || (b.node.inputs[2] ?? "") === "")) {
    return asLayer(new Conv(weight, bias, geometry));
  }
  return {
    run([x, w, bias], env) {
      const axes = w!.ndim - 2;
      const given = Object.fromEntries(Object.entries(geometry).filter(([, value]) => value !== undefined));
      const y = convOp(env.secret(x!), w!, axes, given);
      return bias === undefined
        ? y
        : y.add(env.secret(bias).reshape([bias.shape[0]!, ...new Array<number>(axes).fill(1)]));
    },
  };
}

/** Windows of a pooling operator. */
function windowsOf(b: Binding) {
  const kernel = numbers(b, "kernel_shape");
  if (kernel === undefined || kernel.length < 1 || kernel.length > 3) {
    return unsupported(b, "its kernel_shape has no one to three axes");
  }
  checkAutoPad(b);
  if (b.node.outputs.filter((name) => name !== "").length > 1) unsupported(b, "it has a second output");
  const options = {
    stride: numbers(b, "strides") ?? kernel.map(() => 1),
    padding: numbers(b, "pads"),
    dilation: numbers(b, "dilations"),
    ceilMode: flag(b, "ceil_mode"),
  };
  return { kernel, options };
}

function maxima(b: Binding): Lowered {
  const { kernel, options } = windowsOf(b);
  return asFunction((x) => maxPool(x, kernel.length, kernel, options), `window ${kernel.join("x")}`);
}

function averages(b: Binding): Lowered {
  const { kernel, options } = windowsOf(b);
  const all: AvgPoolOptions = { ...options, countIncludePad: flag(b, "count_include_pad") };
  return asFunction((x) => avgPool(x, kernel.length, kernel, all), `window ${kernel.join("x")}`);
}

/** Factor and summand of a batch norm, which its owner has computed. */
function scaleShift(b: Binding): Lowered {
  const [scale, shift] = [b.weight(1), b.weight(2)];
  if (scale === undefined || shift === undefined) return unsupported(b, "it has no weights");
  return asLayer(new ScaleShift(scale, shift));
}

const global = (f: (x: CrypTensor) => CrypTensor) => [{ since: 1, lower: () => asFunction(f) }];

/** Operators of windows. */
export const windowOperators: OperatorTable = {
  AveragePool: [{ since: 1, lower: averages }],
  Conv: [{ since: 1, lower: conv }],
  GlobalAveragePool: global((x) => x.globalAvgPool()),
  GlobalMaxPool: global((x) => x.globalMaxPool()),
  MaxPool: [{ since: 1, lower: maxima }],
  "tacit.ScaleShift": [{ since: 1, lower: scaleShift }],
};
