/**
 * Convolution and pooling of images in double precision, by straight loops.
 *
 * @module
 */
import type { OnnxNode } from "../../nn/onnx/model.ts";
import { Tensor } from "../../ops/plaintext.ts";

/** How a window moves over an image; one number for rows, one for columns. */
interface Window {
  readonly kernel: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly dilations: readonly [number, number];
  /** Above, left, below, right. */
  readonly pads: readonly [number, number, number, number];
  /** Rows and columns of the result. */
  readonly sides: readonly [number, number];
}

function windowOf(node: OnnxNode, x: Tensor, kernel: readonly number[]): Window {
  const { attributes } = node;
  if (x.ndim !== 4 || kernel.length !== 2) throw new RangeError(`${node.opType}: only images are evaluated`);
  if (!["NOTSET", "VALID", undefined].includes(attributes["auto_pad"] as string | undefined)) {
    throw new RangeError(`${node.opType}: auto_pad ${attributes["auto_pad"]} is not evaluated`);
  }
  if (attributes["ceil_mode"]) throw new RangeError(`${node.opType}: ceil_mode is not evaluated`);
  const strides = (attributes["strides"] ?? [1, 1]) as readonly [number, number];
  const dilations = (attributes["dilations"] ?? [1, 1]) as readonly [number, number];
  const pads = (attributes["pads"] ?? [0, 0, 0, 0]) as readonly [number, number, number, number];
  const side = (axis: 0 | 1): number => {
    const room = x.shape[axis + 2]! + pads[axis] + pads[axis + 2]! - dilations[axis] * (kernel[axis]! - 1) -
      1;
    return Math.floor(room / strides[axis]) + 1;
  };
  return { kernel: kernel as readonly [number, number], strides, dilations, pads, sides: [side(0), side(1)] };
}

/** Calls `visit` with the offset of every element of a plane that a window covers, and its place in the kernel. */
function cover(
  x: Tensor,
  w: Window,
  row: number,
  column: number,
  visit: (offset: number, kernelOffset: number) => void,
): void {
  const [height, width] = x.shape.slice(2) as [number, number];
  for (let a = 0; a < w.kernel[0]; a++) {
    const i = row * w.strides[0] + a * w.dilations[0] - w.pads[0];
    if (i < 0 || i >= height) continue;
    for (let b = 0; b < w.kernel[1]; b++) {
      const j = column * w.strides[1] + b * w.dilations[1] - w.pads[1];
      if (j >= 0 && j < width) visit(i * width + j, a * w.kernel[1] + b);
    }
  }
}

/** Conv: x [N, C, H, W], weights [M, C/group, kH, kW], bias [M]. */
export function conv(node: OnnxNode, x: Tensor, weight: Tensor, bias: Tensor | undefined): Tensor {
  const window = windowOf(node, x, weight.shape.slice(2));
  const [images, channels, height, width] = x.shape as [number, number, number, number];
  const [maps, perGroup] = weight.shape as [number, number];
  const [rows, columns] = window.sides;
  const groups = (node.attributes["group"] ?? 1) as number;
  if (perGroup * groups !== channels) {
    throw new RangeError(`Conv: ${channels} channels, ${perGroup * groups} are wanted`);
  }
  const area = window.kernel[0] * window.kernel[1];
  const [from, by] = [x.data as Float64Array, weight.data as Float64Array];
  const out = new Float64Array(images * maps * rows * columns);
  let at = 0;
  for (let n = 0; n < images; n++) {
    for (let m = 0; m < maps; m++) {
      const first = Math.floor(m / (maps / groups)) * perGroup;
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < columns; j++) {
          let sum = bias === undefined ? 0 : Number(bias.data[m]);
          for (let c = 0; c < perGroup; c++) {
            const plane = (n * channels + first + c) * height * width;
            const kernel = (m * perGroup + c) * area;
            cover(x, window, i, j, (offset, k) => sum += from[plane + offset]! * by[kernel + k]!);
          }
          out[at++] = sum;
        }
      }
    }
  }
  return new Tensor([images, maps, rows, columns], out);
}

/** What pooling makes of a window's elements. */
type Reduce = (values: readonly number[], whole: number) => number;

function pool(node: OnnxNode, x: Tensor, reduce: Reduce): Tensor {
  const window = windowOf(node, x, node.attributes["kernel_shape"] as readonly number[]);
  const [images, channels, height, width] = x.shape as [number, number, number, number];
  const [rows, columns] = window.sides;
  const whole = window.kernel[0] * window.kernel[1];
  const out = new Float64Array(images * channels * rows * columns);
  let at = 0;
  for (let plane = 0; plane < images * channels; plane++) {
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        const values: number[] = [];
        cover(x, window, i, j, (offset) => values.push(Number(x.data[plane * height * width + offset])));
        out[at++] = reduce(values, whole);
      }
    }
  }
  return new Tensor([images, channels, rows, columns], out);
}

/** MaxPool; padding is never the largest. */
export function maxPool(node: OnnxNode, x: Tensor): Tensor {
  if (node.outputs.length > 1) throw new RangeError("MaxPool: indices are not evaluated");
  return pool(node, x, (values) => Math.max(...values));
}

/** AveragePool; padding counts as zeros if it counts at all. */
export function averagePool(node: OnnxNode, x: Tensor): Tensor {
  const padded = node.attributes["count_include_pad"] === 1;
  return pool(
    node,
    x,
    (values, whole) => values.reduce((a, b) => a + b, 0) / (padded ? whole : values.length),
  );
}
