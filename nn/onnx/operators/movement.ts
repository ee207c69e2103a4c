/**
 * ONNX operators that cut, repeat and reorder.
 *
 * @module
 */
import { Tensor } from "../../../ops/plaintext.ts";
import type { SliceRange } from "../../../ops/ranges.ts";
import { normalAxis } from "../../../ring/shape.ts";
import { flag, integers, nodeName, number, numbers } from "../attributes.ts";
import type { Binding, Lowered, Operands, OperatorTable } from "../operator.ts";
import { moving } from "./places.ts";

/** A list that must be there. */
function needed(
  b: Binding,
  operands: Operands,
  index: number,
  name: string,
): readonly number[] {
  const list = integers(b, operands, index, name);
  if (list !== undefined) return list;
  throw new RangeError(`Cannot compute ${nodeName(b)}: it has no ${name}`);
}

/** Axes counted from 0. */
export function axesFrom(axes: readonly number[], rank: number): readonly number[] {
  return axes.map((axis) => normalAxis(axis, rank));
}

/** Ranges of axes; ends beyond the sides, up to the largest integers, mean these. */
function slice(b: Binding): Lowered {
  return {
    run(operands, env) {
      const x = env.secret(operands[0]!);
      const starts = needed(b, operands, 1, "starts");
      const ends = needed(b, operands, 2, "ends");
      const axes = axesFrom(integers(b, operands, 3, "axes") ?? starts.map((_, i) => i), x.ndim);
      const steps = integers(b, operands, 4, "steps") ?? starts.map(() => 1);
      if ([ends, axes, steps].some((list) => list.length !== starts.length)) {
        throw new RangeError(
          `Cannot compute ${
            nodeName(b)
          }: ${starts.length} starts, ${ends.length} ends, ${axes.length} axes and ${steps.length} steps were given, as many of each are wanted`,
        );
      }
      const ranges: SliceRange[] = x.shape.map(() => ({}));
      axes.forEach((axis, i) => ranges[axis] = { start: starts[i]!, stop: ends[i]!, step: steps[i]! });
      return x.slice(ranges);
    },
  };
}

/** Parts of stated sizes, or of one size, of which the last may be smaller where their number is stated. */
function split(b: Binding): Lowered {
  return {
    run(operands, env) {
      const x = env.secret(operands[0]!);
      const axis = normalAxis(number(b, "axis", 0), x.ndim);
      const stated = integers(b, operands, 1, "split");
      if (stated !== undefined) return x.split(stated, axis);
      const side = x.shape[axis]!;
      const uneven = b.node.attributes["num_outputs"] !== undefined;
      const count = number(b, "num_outputs", b.node.outputs.length);
      const each = Math.ceil(side / count);
      const last = side - each * (count - 1);
      if (last < 0 || (last !== each && !uneven)) {
        throw new RangeError(
          `Cannot compute ${nodeName(b)}: ${side} entries do not split into ${count} parts`,
        );
      }
      return x.split(Array.from({ length: count }, (_, i) => i === count - 1 ? last : each), axis);
    },
  };
}

/** Copies along each axis; in the first version along one. */
function tile(b: Binding): Lowered {
  return {
    run(operands, env) {
      const x = env.secret(operands[0]!);
      const counts = needed(b, operands, 1, "repeats");
      const axis = integers(b, operands, 2, "axis")?.[0];
      return x.tile(axis === undefined ? counts : x.shape.map(() => 1).with(axis, counts[0]!));
    },
  };
}

/** A triangle of each matrix, and zeros. */
function trilu(b: Binding): Lowered {
  const upper = flag(b, "upper", true);
  return {
    summary: upper ? "upper" : "lower",
    run(operands, env) {
      const x = env.secret(operands[0]!);
      // Diagonals beyond the corners are as far as these.
      const [rows, columns] = [x.shape.at(-2) ?? 0, x.shape.at(-1) ?? 0];
      const offset = Math.max(-rows, Math.min(columns, integers(b, operands, 1, "k")?.[0] ?? 0));
      return upper ? x.triu(offset) : x.tril(offset);
    },
  };
}

/** The middle of what is too long, and zeros around what is too short. */
function centerCropPad(b: Binding): Lowered {
  return {
    run(operands, env) {
      const x = env.secret(operands[0]!);
      const wanted = needed(b, operands, 1, "shape");
      const axes = axesFrom(numbers(b, "axes") ?? x.shape.map((_, i) => i), x.ndim);
      const to = [...x.shape];
      axes.forEach((axis, i) => to[axis] = wanted[i]!);
      const missing = to.map((side, i) => Math.max(0, side - x.shape[i]!));
      const cut = x.slice(x.shape.map((side, i) => {
        const start = Math.floor(Math.max(0, side - to[i]!) / 2);
        return { start, stop: start + Math.min(side, to[i]!) };
      }));
      const before = missing.map((n) => Math.floor(n / 2));
      return cut.pad(before, missing.map((n, i) => n - before[i]!));
    },
  };
}

/** Ones on a diagonal, of a matrix as large as the operand. */
function eyeLike(b: Binding): Lowered {
  const k = number(b, "k", 0);
  const type = number(b, "dtype", 0);
  return {
    run([x], env) {
      const [rows = 0, columns = 0] = x!.shape;
      const ones = Float64Array.from(
        { length: rows * columns },
        (_, i) => i % columns - Math.floor(i / columns) === k ? 1 : 0,
      );
      // Real types are float, float16, double and bfloat16; without one it is the operand's.
      const real = type === 0 ? env.secret(x!).scale > 0 : [1, 10, 11, 16].includes(type);
      return new Tensor([rows, columns], real ? ones : Int32Array.from(ones));
    },
  };
}

/** An order of an image's channels and blocks, by the same rule as public ones. */
const blocks = [{ since: 1, lower: moving() }];

/** Operators that cut, repeat and reorder. */
export const movementOperators: OperatorTable = {
  CenterCropPad: [{ since: 18, lower: centerCropPad }],
  DepthToSpace: blocks,
  EyeLike: [{ since: 9, lower: eyeLike }],
  ReverseSequence: [{ since: 10, lower: moving("lengths") }],
  Slice: [{ since: 1, lower: slice }],
  SpaceToDepth: blocks,
  Split: [{ since: 1, lower: split }],
  Tile: [{ since: 1, lower: tile }],
  Trilu: [{ since: 14, lower: trilu }],
};
