/**
 * ONNX resizing of images and other tensors.
 *
 * @module
 */
import { resample, type Tap } from "../../../ops/resample.ts";
import { Tensor } from "../../../ops/plaintext.ts";
import type { CrypTensor } from "../../../ops/tensor.ts";
import { sizeOf } from "../../../ring/shape.ts";
import { flag, integers, nodeName, number, numbers, structure, text, unsupported } from "../attributes.ts";
import { entry } from "../entry.ts";
import { checkSides } from "../kinds.ts";
import type { Binding, Lowered, Operands, OperatorTable } from "../operator.ts";
import { axesFrom } from "./movement.ts";
import {
  around,
  type AxisScale,
  COORDINATES,
  cubic,
  isOutside,
  LINEAR,
  NEAREST,
  nearest,
} from "./resize_axis.ts";

/** How all axes are resized. */
interface Method {
  /** Where entries of a result lie. */
  readonly coordinate: (x: number, axis: AxisScale) => number;
  /** The weighted entries of each place. */
  readonly taps: (xs: readonly number[], axis: AxisScale) => Tap[];
  /** What stands for entries outside; undefined where these are none. */
  readonly outside: number | undefined;
}

/** Entries without weights. */
const alone = (indices: number[]): Tap[] => [{ indices, weights: indices.map(() => 1) }];

function methodOf(
  b: Binding,
  coordinates: string,
  rounding: (axis: AxisScale) => (x: number) => number,
): Method {
  const mode = text(b, "mode", "nearest");
  const coordinate = entry(COORDINATES, coordinates);
  if (coordinate === undefined) {
    return unsupported(b, `its coordinate_transformation_mode is "${coordinates}"`);
  }
  const outside = coordinates === "tf_crop_and_resize" ? number(b, "extrapolation_value", 0) : undefined;
  if (mode === "nearest") {
    return { coordinate, outside, taps: (xs, axis) => alone(nearest(xs, axis, rounding(axis))) };
  }
  const kernel = mode === "linear" || mode === "bilinear"
    ? LINEAR
    : mode === "cubic"
    ? cubic(number(b, "cubic_coeff_a", -0.75))
    : unsupported(b, `its mode is "${mode}"`);
  const options = { inner: flag(b, "exclude_outside"), wide: flag(b, "antialias") };
  return { coordinate, outside, taps: (xs, axis) => around(xs, axis, kernel, options) };
}

/** A tensor resized axis by axis: by gathering where the weights are 1, else by one product along each axis. */
function resized(
  b: Binding,
  x: CrypTensor,
  axes: ReadonlyMap<number, AxisScale>,
  method: Method,
): CrypTensor {
  for (const { from, scale } of axes.values()) {
    if (from === 0 || (scale > 0 && scale < Infinity)) continue;
    throw new RangeError(`Cannot compute ${nodeName(b)}: a scale is ${scale}, a positive number is wanted`);
  }
  checkSides(b, x.shape.map((side, at) => axes.get(at)?.to ?? side));
  let out = x;
  const beyond = x.shape.map((): readonly boolean[] => [false]);
  for (const [at, axis] of axes) {
    const xs = Array.from({ length: axis.to }, (_, i) => method.coordinate(i, axis));
    if (axis.from === axis.to && xs.every((place, i) => place === i)) continue;
    const outside = xs.map((place) => method.outside !== undefined && isOutside(place, axis));
    const taps = method.taps(xs, axis).map(({ indices, weights }) => ({
      indices,
      weights: weights.map((w, i) => outside[i] ? 0 : w),
    }));
    if (outside.includes(true)) beyond[at] = outside;
    const plain = taps.length === 1 && taps[0]!.weights.every((w) => w === 1);
    out = plain ? out.indexSelect(at, taps[0]!.indices) : resample(out, at, taps);
  }
  if (!beyond.some((list) => list.includes(true)) || method.outside === 0) return out;
  // What is outside along any axis is 0 so far.
  const mask = beyond.reduce<boolean[]>((all, list) => all.flatMap((p) => list.map((q) => p || q)), [false]);
  const shape = beyond.map((list) => list.length);
  return out.add(new Tensor(shape, Float64Array.from(mask, (p) => p ? method.outside! : 0)));
}

/** Entries of a result for a ratio; in single precision, as others do. */
const sideOf = (from: number, scale: number): number => Math.floor(Math.fround(from * scale));

function byScales(b: Binding, x: CrypTensor, scales: readonly number[] | undefined): Map<number, AxisScale> {
  if (scales?.length !== x.ndim) {
    throw new RangeError(
      `Cannot compute ${nodeName(b)}: ${scales?.length ?? 0} scales were given for ${x.ndim} axes`,
    );
  }
  return new Map(
    scales.map((scale, i) => [i, { from: x.shape[i]!, to: sideOf(x.shape[i]!, scale), scale, part: [0, 1] }]),
  );
}

/** Before version 11: asymmetric; the nearest entry is the one before, or behind in a smaller result. */
function early(scalesOf: (b: Binding, operands: Operands) => readonly number[] | undefined) {
  return (b: Binding): Lowered => {
    const method = methodOf(b, "asymmetric", ({ scale }) => scale < 1 ? Math.ceil : Math.floor);
    return {
      summary: text(b, "mode", "nearest"),
      run(operands, env) {
        const x = env.secret(operands[0]!);
        return resized(b, x, byScales(b, x, scalesOf(b, operands)), method);
      },
    };
  };
}

/** Numbers of a public operand; undefined when there are none. */
function listOf(b: Binding, operands: Operands, index: number, name: string): readonly number[] | undefined {
  const list = structure(b, operands, index, name);
  return list === undefined || list.size === 0
    ? undefined
    : Array.from<number | bigint, number>(list.data, Number);
}

/** Sides and ratios, by version 11 or newer. */
function scalesOf(b: Binding, operands: Operands, x: CrypTensor): Map<number, AxisScale> {
  const axes = axesFrom(numbers(b, "axes") ?? x.shape.map((_, i) => i), x.ndim);
  const roi = listOf(b, operands, 1, "roi");
  const [scales, sizes] = [listOf(b, operands, 2, "scales"), listOf(b, operands, 3, "sizes")];
  const given = scales ?? sizes;
  if (given?.length !== axes.length) {
    throw new RangeError(
      `Cannot compute ${nodeName(b)}: ${
        given?.length ?? 0
      } scales or sizes were given for ${axes.length} axes`,
    );
  }
  const policy = text(b, "keep_aspect_ratio_policy", "stretch");
  const ratios = axes.map((axis, i) => sizes === undefined ? 0 : sizes[i]! / x.shape[axis]!);
  const common = policy === "not_larger"
    ? Math.min(...ratios)
    : policy === "not_smaller"
    ? Math.max(...ratios)
    : undefined;
  return new Map(axes.map((axis, i) => {
    const from = x.shape[axis]!;
    const part = [roi?.[i] ?? 0, roi?.[i + axes.length] ?? 1] as const;
    if (scales !== undefined) return [axis, { from, to: sideOf(from, scales[i]!), scale: scales[i]!, part }];
    return common === undefined
      ? [axis, { from, to: sizes![i]!, scale: ratios[i]!, part }]
      : [axis, { from, to: Math.floor(common * from + 0.5), scale: common, part }];
  }));
}

function resize(b: Binding): Lowered {
  const name = text(b, "nearest_mode", "round_prefer_floor");
  const round = entry(NEAREST, name) ?? unsupported(b, `its nearest_mode is "${name}"`);
  const method = methodOf(b, text(b, "coordinate_transformation_mode", "half_pixel"), () => round);
  return {
    summary: text(b, "mode", "nearest"),
    run(operands, env) {
      const x = env.secret(operands[0]!);
      const axes = scalesOf(b, operands, x);
      return sizeOf(x.shape) === 0 ? unsupported(b, "it has no elements") : resized(b, x, axes, method);
    },
  };
}

const listed = early((b, operands) => integers(b, operands, 1, "scales"));

/** Resizing. */
export const resizeOperators: OperatorTable = {
  Resize: [{ since: 10, structural: [1], lower: listed }, {
    since: 11,
    structural: [1, 2, 3],
    lower: resize,
  }],
  Upsample: [
    { since: 1, lower: early((b) => [1, 1, number(b, "height_scale", 1), number(b, "width_scale", 1)]) },
    { since: 7, structural: [1], lower: listed },
  ],
};
