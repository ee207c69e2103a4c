/**
 * ONNX padding.
 *
 * @module
 */
import { isTensor } from "../../../ops/op.ts";
import type { CrypTensor } from "../../../ops/tensor.ts";
import { sizeOf } from "../../../ring/shape.ts";
import { integers, nodeName, number, text, unsupported } from "../attributes.ts";
import { PAD_SOURCES } from "../clear/movement.ts";
import { entry } from "../entry.ts";
import { checkSides } from "../kinds.ts";
import type { Binding, Lowered, OperatorTable, Value } from "../operator.ts";
import { axesFrom } from "./movement.ts";

/** A value of one element, without axes. */
function single(b: Binding, value: Value): CrypTensor | number {
  if (sizeOf(value.shape) !== 1) {
    throw new RangeError(`Cannot compute ${nodeName(b)}: its value has shape [${value.shape}], [] is wanted`);
  }
  return isTensor(value) ? value.reshape([]) : Number(value.data[0]);
}

/** Elements around a tensor; where there are negative ones it is cut. */
function pad(b: Binding): Lowered {
  const mode = text(b, "mode", "constant");
  const source = entry(PAD_SOURCES, mode);
  if (source === undefined) unsupported(b, `its mode is "${mode}"`);
  return {
    summary: mode,
    run(operands, env) {
      const x = env.secret(operands[0]!);
      const pads = integers(b, operands, 1, b.opset < 2 ? "paddings" : "pads") ?? [];
      const axes = axesFrom(integers(b, operands, 3, "axes") ?? x.shape.map((_, i) => i), x.ndim);
      if (pads.length !== 2 * axes.length) {
        throw new RangeError(
          `Cannot compute ${nodeName(b)}: ${pads.length} pads were given for ${axes.length} axes`,
        );
      }
      const side = (half: number): number[] =>
        x.shape.map((_, axis) => axes.includes(axis) ? pads[half * axes.length + axes.indexOf(axis)]! : 0);
      const [before, after] = [side(0), side(1)];
      if (mode === "constant") {
        const cut = x.slice(
          x.shape.map((n, i) => ({ start: Math.max(0, -before[i]!), stop: n - Math.max(0, -after[i]!) })),
        );
        const positive = (sides: readonly number[]): number[] => sides.map((n) => Math.max(0, n));
        const value = operands[2] === undefined ? number(b, "value", 0) : single(b, operands[2]);
        return cut.pad(positive(before), positive(after), { value });
      }
      return x.shape.reduce((here, n, axis) => {
        if (before[axis] === 0 && after[axis] === 0) return here;
        const length = Math.max(0, before[axis]! + n + after[axis]!);
        checkSides(b, here.shape.with(axis, length));
        return here.indexSelect(axis, Array.from({ length }, (_, i) => source(i - before[axis]!, n)));
      }, x);
    },
  };
}

/** Padding. */
export const padOperators: OperatorTable = {
  Pad: [{ since: 1, structural: [2], lower: pad }],
};
