/**
 * Operators that look at or change only the shape.
 *
 * @module
 */
import { Tensor } from "../../../ops/plaintext.ts";
import { type Shape, sizeOf } from "../../../ring/shape.ts";
import { axesOf, axisOf, type ClearCall, type ClearTable, refuse } from "./call.ts";
import { longs } from "./storage.ts";

const shaped = (x: Tensor, shape: Shape): readonly Tensor[] => [new Tensor(shape, x.data)];

/** Sides from `start` to `end`, which are clamped. */
function shape(call: ClearCall): readonly Tensor[] {
  const x = call.operand(0);
  const sides = x.shape.slice(call.whole("start", 0), call.whole("end", x.ndim));
  return [longs([sides.length], sides)];
}

/** 0 keeps a side, unless zeros are allowed; -1 is what is left. */
function reshape(call: ClearCall): readonly Tensor[] {
  const x = call.operand(0);
  const wanted = call.integers(1, "shape") ?? refuse("it has no shape");
  const keepsZero = call.whole("allowzero", 0) === 0;
  const sides = wanted.map((side, axis) =>
    side !== 0 || !keepsZero ? side : x.shape[axis] ?? refuse(`[${wanted}] keeps a side of [${x.shape}]`)
  );
  const open = sides.indexOf(-1);
  const rest = sizeOf(sides.filter((_, axis) => axis !== open));
  // Nothing times an open side is no elements, whatever the side: 0 is the one that always fits.
  const out = open < 0 ? sides : sides.with(open, rest === 0 ? 0 : x.size / rest);
  if (out.some((side) => !Number.isInteger(side) || side < 0) || sizeOf(out) !== x.size) {
    refuse(`[${x.shape}] does not fit into [${wanted}]`);
  }
  return shaped(x, out);
}

function flatten(call: ClearCall): readonly Tensor[] {
  const x = call.operand(0);
  const axis = call.whole("axis", 1);
  const at = axis === x.ndim ? axis : axisOf(axis, x.ndim);
  return shaped(x, [sizeOf(x.shape.slice(0, at)), sizeOf(x.shape.slice(at))]);
}

function squeeze(call: ClearCall): readonly Tensor[] {
  const x = call.operand(0);
  const named = call.integers(1, "axes");
  if (named === undefined) return shaped(x, x.shape.filter((side) => side !== 1));
  const axes = axesOf(named, x.ndim);
  if (axes.some((axis) => x.shape[axis] !== 1)) {
    refuse(`axes [${named}] of [${x.shape}] are not all 1`);
  }
  return shaped(x, x.shape.filter((_, axis) => !axes.includes(axis)));
}

function unsqueeze(call: ClearCall): readonly Tensor[] {
  const x = call.operand(0);
  const named = call.integers(1, "axes") ?? refuse("it has no axes");
  const rank = x.ndim + named.length;
  const axes = axesOf(named, rank);
  const sides = [...x.shape];
  return shaped(x, Array.from({ length: rank }, (_, axis) => axes.includes(axis) ? 1 : sides.shift()!));
}

/** Operators that look at or change only the shape. */
export const clearShapes: ClearTable = {
  Flatten: flatten,
  Identity: (call) => [call.operand(0)],
  Reshape: reshape,
  Shape: shape,
  Size: (call) => [longs([], [call.operand(0).size])],
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
};
