/**
 * ONNX operators that read images between their entries, at public places: weighted sums of chosen entries. They cost a truncation.
 *
 * @module
 */
import { resample, type Tap } from "../../../ops/resample.ts";
import type { Tensor } from "../../../ops/plaintext.ts";
import type { CrypTensor } from "../../../ops/tensor.ts";
import type { Shape } from "../../../ring/shape.ts";
import { flag, nodeName, number, text, unsupported } from "../attributes.ts";
import { roundEven } from "../clear/round.ts";
import { reals } from "../clear/storage.ts";
import type { Binding, Lowered, OperatorTable } from "../operator.ts";
import { publicPlaces } from "./places.ts";
import { cubic, type Kernel, LINEAR } from "./resize_axis.ts";

/** A weighted sum of entries: where they are, and their weights. */
type Sum = readonly (readonly [at: number, weight: number])[];

/** The sum over two axes of which the second one has so many entries. */
function crossed(rows: Sum, columns: Sum, side: number): Sum {
  return rows.flatMap(([i, p]) => columns.map(([j, q]) => [i * side + j, p * q] as const));
}

/** Sums of the entries of images [N, C, …], counted over all N: a result for each, as [C, count]. */
function sums(x: CrypTensor, points: readonly Sum[]): CrypTensor {
  const used = points.map((sum) => sum.filter(([, weight]) => weight !== 0));
  const most = Math.max(1, ...used.map((sum) => sum.length));
  const taps = Array.from({ length: most }, (_, k): Tap => ({
    indices: used.map((sum) => sum[k]?.[0] ?? 0),
    weights: used.map((sum) => sum[k]?.[1] ?? 0),
  }));
  const flat = x.movedim(1, 0).reshape([x.shape[1]!, x.size / x.shape[1]!]);
  return resample(flat, 1, taps);
}

/** A number in a range that has a mirror at both ends. */
function reflected(x: number, least: number, most: number): number {
  const side = most - least;
  if (side <= 0) return least;
  const turn = (((x - least) % (2 * side)) + 2 * side) % (2 * side);
  return least + (turn <= side ? turn : 2 * side - turn);
}

/** What is outside of an axis. */
interface Outside {
  /** A place before anything is read. */
  readonly place: (x: number, side: number) => number;
  /** An entry; -1 for none. */
  readonly entry: (i: number, side: number) => number;
}

const bounded = (x: number, side: number): number => Math.min(Math.max(x, 0), side - 1);

function outsideOf(b: Binding, align: boolean): Outside {
  const mode = text(b, "padding_mode", "zeros");
  const [least, beyond] = align ? [0, 1] : [-0.5, 0.5];
  const mirrored = (x: number, side: number): number => reflected(x, least, side - beyond);
  const cut = (x: number, side: number): number => x < least || x > side - beyond ? bounded(x, side) : x;
  switch (mode) {
    case "zeros":
      return { place: (x) => x, entry: (i, side) => i >= 0 && i < side ? i : -1 };
    case "border":
      return { place: cut, entry: bounded };
    case "reflection":
      return { place: mirrored, entry: (i, side) => bounded(Math.trunc(mirrored(i, side)), side) };
    default:
      return unsupported(b, `its padding_mode is "${mode}"`);
  }
}

/** Weights by distance; undefined for the nearest entry alone. The names are those before and since version 20. */
function kernelOf(b: Binding): Kernel | undefined {
  const mode = text(b, "mode", b.opset < 20 ? "bilinear" : "linear");
  switch (mode) {
    case "nearest":
      return undefined;
    case "linear":
    case "bilinear":
      return LINEAR;
    case "cubic":
    case "bicubic":
      return cubic(-0.75);
    default:
      return unsupported(b, `its mode is "${mode}"`);
  }
}

/** The entries around a place of an axis. */
function around(given: number, side: number, kernel: Kernel | undefined, outside: Outside): Sum {
  const x = outside.place(kernel === undefined ? roundEven(given) : given, side);
  const read = (i: number, weight: number): Sum => {
    const at = outside.entry(i, side);
    return at < 0 ? [] : [[at, weight]];
  };
  if (kernel === undefined) return read(roundEven(x), 1);
  const first = Math.floor(x) - kernel.reach + 1;
  return Array.from({ length: 2 * kernel.reach }, (_, k) => first + k)
    .flatMap((i) => read(i, kernel.weight(Math.abs(i - x))));
}

/** The sums of a grid [N, …, axes], whose last axis has places from -1 to 1, that of the last axis of the images first. */
function gridPoints(b: Binding, [, , ...sides]: Shape, grid: Tensor): Sum[] {
  const align = flag(b, "align_corners");
  const [kernel, outside] = [kernelOf(b), outsideOf(b, align)];
  const places = reals(grid);
  const image = grid.size / grid.shape[0]!;
  return Array.from({ length: grid.size / sides.length }, (_, point) => {
    const from = point * sides.length;
    const start: Sum = [[Math.floor(from / image), 1]];
    return sides.reduce((sum, side, axis) => {
      const place = places[from + sides.length - 1 - axis]!;
      const x = align ? (place + 1) / 2 * (side - 1) : ((place + 1) * side - 1) / 2;
      return crossed(sum, around(x, side, kernel, outside), side);
    }, start);
  });
}

function gridSample(b: Binding): Lowered {
  return {
    run([given, at], env) {
      const x = env.secret(given!);
      const grid = publicPlaces(b, at, "grid")!;
      const [n, c] = x.shape as readonly [number, number];
      if (grid.ndim !== x.ndim || grid.shape[0] !== n || grid.shape.at(-1) !== x.ndim - 2) {
        throw new RangeError(
          `Cannot compute ${nodeName(b)}: a grid of shape [${grid.shape}] is none for [${x.shape}]`,
        );
      }
      const out = sums(x, gridPoints(b, x.shape, grid));
      return out.reshape([c, n, ...grid.shape.slice(1, -1)]).movedim(0, 1);
    },
  };
}

/** The entries of an axis that a bin averages: around each of its samples. */
function binned(start: number, size: number, samples: number, side: number): Sum {
  return Array.from({ length: samples }, (_, i) => start + (i + 0.5) * size / samples).flatMap(
    (given): Sum => {
      if (given < -1 || given > side) return [];
      const x = bounded(given, side);
      const low = Math.floor(x);
      return [[low, (1 - x + low) / samples], [Math.min(low + 1, side - 1), (x - low) / samples]];
    },
  );
}

/** Averages of the bins of regions, each of one image: public regions [count, 4] as left, top, right, bottom. */
function roiAlign(b: Binding): Lowered {
  const mode = text(b, "mode", "avg");
  if (mode !== "avg") unsupported(b, `its mode is "${mode}"`);
  const half = b.opset >= 16 && text(b, "coordinate_transformation_mode", "half_pixel") === "half_pixel";
  const [rows, columns] = [number(b, "output_height", 1), number(b, "output_width", 1)];
  const [scale, ratio] = [number(b, "spatial_scale", 1), number(b, "sampling_ratio", 0)];
  return {
    run([given, regions, images], env) {
      const x = env.secret(given!);
      const [corners, image] = [
        publicPlaces(b, regions, "regions")!,
        publicPlaces(b, images, "list of images")!,
      ];
      const [, channels, height, width] = x.shape as readonly [number, number, number, number];
      const edges = reals(corners).map((edge) => edge * scale - (half ? 0.5 : 0));
      const bins = (from: number, to: number, count: number, side: number): Sum[] => {
        const size = (half ? to - from : Math.max(to - from, 1)) / count;
        const samples = ratio > 0 ? ratio : Math.ceil(size);
        return Array.from({ length: count }, (_, i) => binned(from + i * size, size, samples, side));
      };
      const points = Array.from({ length: image.size }, (_, r) => {
        const [left, top, right, bottom] = edges.subarray(4 * r, 4 * r + 4);
        const first = Number(image.data[r]) * height;
        const down = bins(top!, bottom!, rows, height).map((sum) =>
          sum.map(([at, w]) => [first + at, w] as const)
        );
        const across = bins(left!, right!, columns, width);
        return down.flatMap((row) => across.map((column) => crossed(row, column, width)));
      }).flat();
      return sums(x, points).reshape([channels, image.size, rows, columns]).movedim(0, 1);
    },
  };
}

/** Operators that read images between their entries. */
export const samplingOperators: OperatorTable = {
  GridSample: [{ since: 16, structural: [1], lower: gridSample }],
  RoiAlign: [{ since: 10, structural: [1], lower: roiAlign }],
};
