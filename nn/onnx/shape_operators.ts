/**
 * ONNX operators that move data.
 *
 * @module
 */
import type { CrypTensor } from "../../ops/tensor.ts";
import type { PadMode } from "../../ops/pad.ts";
import { Stateless } from "../layers/conv.ts";
import { integers, numbers, text } from "./attributes.ts";
import type { Binding, Lowered, OperatorTable } from "./operators.ts";

const layer = (kind: string, f: (x: CrypTensor) => CrypTensor, summary = ""): Lowered => ({
  layer: new Stateless(kind, f, summary),
  operand: 0,
});

/** Another shape: 0 keeps a side, -1 is what is left. */
function reshape(b: Binding): Lowered {
  const to = integers(b, 1, "shape");
  if (to === undefined) throw new RangeError(`Reshape "${b.node.name}" has no shape`);
  const keepsZero = b.number("allowzero", 0) === 0;
  const shapeFor = (x: CrypTensor): number[] =>
    to.map((side, i) => side === 0 && keepsZero ? x.shape[i] ?? 0 : side);
  return layer("Reshape", (x) => x.reshape(shapeFor(x)), `to ${to.join("x")}`);
}

const MODES: Readonly<Record<string, PadMode>> = {
  constant: "constant",
  reflect: "reflect",
  edge: "edge",
  wrap: "wrap",
};

function pad(b: Binding): Lowered {
  const pads = integers(b, 1, "pads");
  const mode = MODES[text(b, "mode", "constant")];
  if (pads === undefined || pads.length % 2 !== 0 || mode === undefined) {
    throw new RangeError(`Pad "${b.node.name}" has no pads, or an unknown mode`);
  }
  const axes = pads.length / 2;
  const [before, after] = [pads.slice(0, axes), pads.slice(axes)];
  const value = b.weight(2) ?? b.constant(2)?.at() ?? b.number("value", 0);
  if (before.every((n) => n === 0) && after.every((n) => n === 0)) {
    return layer("Pad", (x) => x.alias(x.context));
  }
  return layer(
    "Pad",
    (x) => x.pad(before, after, { mode, value }),
    `${before.join("x")} and ${after.join("x")}`,
  );
}

function transpose(b: Binding): Lowered {
  const order = numbers(b, "perm");
  return layer("Transpose", (x) => x.permute(order ?? x.shape.map((_, i) => x.ndim - 1 - i)));
}

function squeeze(b: Binding): Lowered {
  const axes = integers(b, 1, "axes");
  return layer("Squeeze", (x) => axes === undefined ? x.squeeze() : x.squeeze(axes));
}

function unsqueeze(b: Binding): Lowered {
  const axes = integers(b, 1, "axes");
  if (axes === undefined) throw new RangeError(`Unsqueeze "${b.node.name}" has no axes`);
  return layer("Unsqueeze", (x) => {
    const rank = x.ndim + axes.length;
    const sorted = axes.map((axis) => axis < 0 ? axis + rank : axis).toSorted((p, q) => p - q);
    return sorted.reduce((y, axis) => y.unsqueeze(axis), x);
  });
}

/** Operators that move data. */
export const shapeOperators: OperatorTable = {
  Pad: [{ since: 1, lower: pad }],
  Reshape: [{ since: 1, lower: reshape }],
  Squeeze: [{ since: 1, lower: squeeze }],
  Transpose: [{ since: 1, lower: transpose }],
  Unsqueeze: [{ since: 1, lower: unsqueeze }],
};
