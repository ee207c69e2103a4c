/**
 * Convolutions modulo 2^64 as matrix products over unrolled windows, image by image and in tiles of bounded size.
 *
 * @module
 */
import { Block } from "./block.ts";
import { byteStrides, gatherStrided } from "./broadcast.ts";
import {
  type ConvGeometry,
  convShape,
  type ConvTransposeGeometry,
  convTransposeShape,
} from "./conv_geometry.ts";
import { addInto } from "./elementwise.ts";
import { gemm } from "./gemm.ts";
import type { Heap } from "./heap.ts";
import { pad, permute } from "./movement.ts";
import { sameShape, type Shape } from "./shape.ts";
import { RingTensor } from "./tensor.ts";

/** Most bytes of unrolled windows at a time; with much less, the weights are packed anew too often. */
const COLUMN_BYTES = 1 << 22;
/** Narrowest part of a row that is unrolled alone: five panels of four columns, or four of five. */
const LEAST_COLUMNS = 20;

/** A rectangle of windows whose places follow each other in memory: whole rows, or a part of one row. */
interface Tile {
  readonly row: number;
  readonly rows: number;
  readonly column: number;
  readonly columns: number;
}

/**
 * Cuts height x width windows of `taps` words each into tiles that fit {@link COLUMN_BYTES}, unless
 * {@link LEAST_COLUMNS} windows alone do not.
 */
function tilesOf(height: number, width: number, taps: number): Tile[] {
  const places = Math.max(Math.floor(COLUMN_BYTES / (8 * taps)), LEAST_COLUMNS);
  const rows = Math.max(Math.floor(places / width), 1);
  const columns = Math.min(places, width);
  const out: Tile[] = [];
  for (let row = 0; row < height; row += rows) {
    for (let column = 0; column < width; column += columns) {
      out.push({
        row,
        rows: Math.min(rows, height - row),
        column,
        columns: Math.min(columns, width - column),
      });
    }
  }
  return out;
}

/** Room for the unrolled windows of a tile; the first tile is the largest. */
function columnBlock(heap: Heap, tiles: readonly Tile[], taps: number): Block {
  return new Block(heap, tiles[0]!.rows * tiles[0]!.columns * taps * 8);
}

/** The words of one window in a plane of `height` x `width` per channel. */
interface Window {
  readonly channels: number;
  readonly kernel: readonly [number, number];
  readonly dilation: readonly [number, number];
  readonly height: number;
  readonly width: number;
}

/** Calls `f` with the distance, in bytes, of each word of a window from its first, in row-major order. */
function eachTap(w: Window, f: (offset: number) => void): void {
  for (let c = 0; c < w.channels; c++) {
    for (let i = 0; i < w.kernel[0]; i++) {
      for (let j = 0; j < w.kernel[1]; j++) {
        f(((c * w.height + i * w.dilation[0]) * w.width + j * w.dilation[1]) * 8);
      }
    }
  }
}

/** Two axes for one: a row of height 1. */
function asPlane(shape: Shape): [number, number, number, number] {
  return (shape.length === 3 ? [shape[0]!, shape[1]!, 1, shape[2]!] : shape) as [
    number,
    number,
    number,
    number,
  ];
}

interface PlaneGeometry {
  readonly stride: readonly [number, number];
  readonly dilation: readonly [number, number];
  readonly pads: readonly [number, number, number, number];
}

function planeGeometry(g: ConvGeometry): PlaneGeometry {
  if (g.stride.length === 2) return g as unknown as PlaneGeometry;
  return {
    stride: [1, g.stride[0]!],
    dilation: [1, g.dilation[0]!],
    pads: [0, g.pads[0]!, 0, g.pads[1]!],
  };
}

function checkOut(out: RingTensor, shape: Shape): void {
  if (!sameShape(out.shape, shape)) {
    throw new RangeError(
      `Cannot add a convolution of shape [${shape}] into [${out.shape}]: equal shapes are wanted`,
    );
  }
}

/** out += the convolution of x with w. */
export function convInto(out: RingTensor, x: RingTensor, w: RingTensor, geometry: ConvGeometry): void {
  const shape = convShape(x.shape, w.shape, geometry);
  checkOut(out, shape);
  if (out.size === 0 || w.size === 0) return;
  const g = planeGeometry(geometry);
  const { heap } = x;
  const [, , outH, outW] = asPlane(shape);
  const [, perGroup, kernelH, kernelW] = asPlane(w.shape);
  const plane = x.reshape(asPlane(x.shape));
  const [top, left, bottom, right] = g.pads;
  const padded = top + left + bottom + right === 0
    ? plane.keep()
    : pad(plane, [0, 0, top, left], [0, 0, bottom, right], 0n);
  plane.free();
  const [images, channels, height, width] = asPlane(padded.shape);
  const filters = w.shape[0]! / geometry.groups;
  const taps = perGroup * kernelH * kernelW;
  const outputs = outH * outW;
  const rowStride = g.stride[0] * width * 8;
  const columnStride = g.stride[1] * 8;
  // As many places as words: windows of one word that move word by word, so the input is its own unrolling.
  const unrolled = outputs === height * width;
  const tiles = unrolled ? [] : tilesOf(outH, outW, taps);
  const columns = unrolled ? undefined : columnBlock(heap, tiles, taps);
  const window = {
    channels: perGroup,
    kernel: [kernelH, kernelW],
    dilation: g.dilation,
    height,
    width,
  } as const;
  const { im2col } = heap.kernels.gemm;
  for (let image = 0; image < images; image++) {
    for (let group = 0; group < geometry.groups; group++) {
      const from = padded.ptr + (image * channels + group * perGroup) * height * width * 8;
      const to = out.ptr + (image * geometry.groups + group) * filters * outputs * 8;
      const filter = { ptr: w.ptr + group * filters * taps * 8, stride: taps * 8 };
      const stride = outputs * 8;
      if (columns === undefined) {
        gemm(heap, filter, { ptr: from, stride }, { ptr: to, stride }, filters, taps, outputs);
        continue;
      }
      for (const tile of tiles) {
        const count = tile.rows * tile.columns;
        const start = from + tile.row * rowStride + tile.column * columnStride;
        let row = columns.ptr;
        eachTap(window, (offset) => {
          im2col(row, start + offset, tile.rows, tile.columns, rowStride, columnStride);
          row += count * 8;
        });
        const place = { ptr: to + (tile.row * outW + tile.column) * 8, stride };
        gemm(heap, filter, { ptr: columns.ptr, stride: count * 8 }, place, filters, taps, count);
      }
    }
  }
  columns?.drop();
  padded.free();
}

/** The convolution (cross-correlation) of x [N, C, …] with w [M, C/groups, …]. */
export function conv(x: RingTensor, w: RingTensor, geometry: ConvGeometry): RingTensor {
  const out = RingTensor.zeros(x.heap, convShape(x.shape, w.shape, geometry));
  convInto(out, x, w, geometry);
  return out;
}

/** out += the transposed convolution of x with w. */
export function convTransposeInto(
  out: RingTensor,
  x: RingTensor,
  w: RingTensor,
  geometry: ConvTransposeGeometry,
): void {
  const shape = convTransposeShape(x.shape, w.shape, geometry);
  checkOut(out, shape);
  if (out.size === 0 || x.size === 0 || w.size === 0) return;
  const g = planeGeometry(geometry);
  const { heap } = x;
  const { groups } = geometry;
  const [images, channels, height, width] = asPlane(x.shape);
  const [, perGroup, kernelH, kernelW] = asPlane(w.shape);
  const [, , outH, outW] = asPlane(shape);
  const [top, left, bottom, right] = g.pads;
  const [fullH, fullW] = [outH + top + bottom, outW + left + right];
  const full = RingTensor.zeros(heap, [images, perGroup * groups, fullH, fullW]);
  const flat = w.reshape([channels, perGroup * kernelH * kernelW]);
  const turned = permute(flat, [1, 0]);
  flat.free();
  const taps = perGroup * kernelH * kernelW;
  const inputs = height * width;
  const depth = channels / groups;
  const tiles = tilesOf(height, width, taps);
  const columns = columnBlock(heap, tiles, taps);
  const window = {
    channels: perGroup,
    kernel: [kernelH, kernelW],
    dilation: g.dilation,
    height: fullH,
    width: fullW,
  } as const;
  const { col2im } = heap.kernels.gemm;
  const rowStride = g.stride[0] * fullW * 8;
  const columnStride = g.stride[1] * 8;
  for (let image = 0; image < images; image++) {
    for (let group = 0; group < groups; group++) {
      const weight = { ptr: turned.ptr + group * depth * 8, stride: channels * 8 };
      const from = x.ptr + (image * channels + group * depth) * inputs * 8;
      const to = full.ptr + (image * groups + group) * perGroup * fullH * fullW * 8;
      for (const tile of tiles) {
        const count = tile.rows * tile.columns;
        heap.u8(columns.ptr, taps * count * 8).fill(0);
        const source = { ptr: from + (tile.row * width + tile.column) * 8, stride: inputs * 8 };
        gemm(heap, weight, source, { ptr: columns.ptr, stride: count * 8 }, taps, depth, count);
        const start = to + tile.row * rowStride + tile.column * columnStride;
        let row = columns.ptr;
        eachTap(window, (offset) => {
          col2im(start + offset, row, tile.rows, tile.columns, rowStride, columnStride);
          row += count * 8;
        });
      }
    }
  }
  columns.drop();
  turned.free();
  const strides = byteStrides(full.shape);
  const cut = gatherStrided(full, asPlane(shape), strides, (top * fullW + left) * 8);
  full.free();
  const view = cut.reshape(shape);
  addInto(out, view);
  view.free();
  cut.free();
}

/** The transposed convolution of x [N, C, …] with w [C, M/groups, …]. */
export function convTranspose(x: RingTensor, w: RingTensor, geometry: ConvTransposeGeometry): RingTensor {
  const out = RingTensor.zeros(x.heap, convTransposeShape(x.shape, w.shape, geometry));
  convTransposeInto(out, x, w, geometry);
  return out;
}
