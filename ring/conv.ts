/**
 * Convolutions modulo 2^64 over one to three axes, as matrix products over unrolled windows: image by
 * image, and in tiles of bounded size.
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

/** Three of something: one for the depth, one for rows, one for columns. */
type Triple = readonly [number, number, number];

/** The words of one window in a volume of `sides` per channel. */
interface Window {
  readonly channels: number;
  readonly kernel: Triple;
  readonly dilation: Triple;
  readonly sides: Triple;
}

/** Calls `f` with the distance, in bytes, of each word of a window from its first, in row-major order. */
function eachTap(w: Window, f: (offset: number) => void): void {
  const [depth, height, width] = w.sides;
  for (let c = 0; c < w.channels; c++) {
    for (let d = 0; d < w.kernel[0]; d++) {
      for (let i = 0; i < w.kernel[1]; i++) {
        const row = ((c * depth + d * w.dilation[0]) * height + i * w.dilation[1]) * width;
        for (let j = 0; j < w.kernel[2]; j++) f((row + j * w.dilation[2]) * 8);
      }
    }
  }
}

/** Three axes for one or two: a volume of depth 1, a row of height 1. */
function asVolume(shape: Shape): [number, number, number, number, number] {
  const missing = new Array<number>(5 - shape.length).fill(1);
  return [...shape.slice(0, 2), ...missing, ...shape.slice(2)] as [number, number, number, number, number];
}

interface VolumeGeometry {
  readonly stride: Triple;
  readonly dilation: Triple;
  /** Before each axis. */
  readonly before: Triple;
  /** After each axis. */
  readonly after: Triple;
}

function volumeGeometry(g: ConvGeometry): VolumeGeometry {
  const axes = g.stride.length;
  const fill = (list: readonly number[], missing: number): Triple =>
    [...new Array<number>(3 - axes).fill(missing), ...list] as unknown as Triple;
  return {
    stride: fill(g.stride, 1),
    dilation: fill(g.dilation, 1),
    before: fill(g.pads.slice(0, axes), 0),
    after: fill(g.pads.slice(axes), 0),
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
  const g = volumeGeometry(geometry);
  const { heap } = x;
  const [, , outD, outH, outW] = asVolume(shape);
  const [, perGroup, ...kernel] = asVolume(w.shape);
  const volume = x.reshape(asVolume(x.shape));
  const padded = [...g.before, ...g.after].every((p) => p === 0)
    ? volume.keep()
    : pad(volume, [0, 0, ...g.before], [0, 0, ...g.after], 0n);
  volume.free();
  const [images, channels, ...sides] = asVolume(padded.shape);
  const [depth, height, width] = sides;
  const filters = w.shape[0]! / geometry.groups;
  const taps = perGroup * kernel[0] * kernel[1] * kernel[2];
  const plane = outH * outW;
  const outputs = outD * plane;
  const depthStride = g.stride[0] * height * width * 8;
  const rowStride = g.stride[1] * width * 8;
  const columnStride = g.stride[2] * 8;
  // As many places as words: windows of one word that move word by word, so the input is its own unrolling.
  const unrolled = outputs === depth * height * width;
  const tiles = unrolled ? [] : tilesOf(outH, outW, taps);
  const columns = unrolled ? undefined : columnBlock(heap, tiles, taps);
  const window: Window = { channels: perGroup, kernel, dilation: g.dilation, sides };
  const { im2col } = heap.kernels.gemm;
  const stride = outputs * 8;
  for (let image = 0; image < images; image++) {
    for (let group = 0; group < geometry.groups; group++) {
      const from = padded.ptr + (image * channels + group * perGroup) * depth * height * width * 8;
      const to = out.ptr + (image * geometry.groups + group) * filters * outputs * 8;
      const filter = { ptr: w.ptr + group * filters * taps * 8, stride: taps * 8 };
      if (columns === undefined) {
        gemm(heap, filter, { ptr: from, stride }, { ptr: to, stride }, filters, taps, outputs);
        continue;
      }
      for (let z = 0; z < outD; z++) {
        for (const tile of tiles) {
          const count = tile.rows * tile.columns;
          const start = from + z * depthStride + tile.row * rowStride + tile.column * columnStride;
          let row = columns.ptr;
          eachTap(window, (offset) => {
            im2col(row, start + offset, tile.rows, tile.columns, rowStride, columnStride);
            row += count * 8;
          });
          const place = { ptr: to + (z * plane + tile.row * outW + tile.column) * 8, stride };
          gemm(heap, filter, { ptr: columns.ptr, stride: count * 8 }, place, filters, taps, count);
        }
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
  const g = volumeGeometry(geometry);
  const { heap } = x;
  const { groups } = geometry;
  const [images, channels, depth, height, width] = asVolume(x.shape);
  const [, perGroup, ...kernel] = asVolume(w.shape);
  const [, , ...outSides] = asVolume(shape);
  const sides = outSides.map((side, i) => side + g.before[i]! + g.after[i]!) as unknown as Triple;
  const [fullD, fullH, fullW] = sides;
  const full = RingTensor.zeros(heap, [images, perGroup * groups, ...sides]);
  const taps = perGroup * kernel[0] * kernel[1] * kernel[2];
  const flat = w.reshape([channels, taps]);
  const turned = permute(flat, [1, 0]);
  flat.free();
  const plane = height * width;
  const inputs = depth * plane;
  const inner = channels / groups;
  const tiles = tilesOf(height, width, taps);
  const columns = columnBlock(heap, tiles, taps);
  const window: Window = { channels: perGroup, kernel, dilation: g.dilation, sides };
  const { col2im } = heap.kernels.gemm;
  const depthStride = g.stride[0] * fullH * fullW * 8;
  const rowStride = g.stride[1] * fullW * 8;
  const columnStride = g.stride[2] * 8;
  for (let image = 0; image < images; image++) {
    for (let group = 0; group < groups; group++) {
      const weight = { ptr: turned.ptr + group * inner * 8, stride: channels * 8 };
      const from = x.ptr + (image * channels + group * inner) * inputs * 8;
      const to = full.ptr + (image * groups + group) * perGroup * fullD * fullH * fullW * 8;
      for (let z = 0; z < depth; z++) {
        for (const tile of tiles) {
          const count = tile.rows * tile.columns;
          heap.u8(columns.ptr, taps * count * 8).fill(0);
          const place = from + (z * plane + tile.row * width + tile.column) * 8;
          const source = { ptr: place, stride: inputs * 8 };
          gemm(heap, weight, source, { ptr: columns.ptr, stride: count * 8 }, taps, inner, count);
          const start = to + z * depthStride + tile.row * rowStride + tile.column * columnStride;
          let row = columns.ptr;
          eachTap(window, (offset) => {
            col2im(start + offset, row, tile.rows, tile.columns, rowStride, columnStride);
            row += count * 8;
          });
        }
      }
    }
  }
  columns.drop();
  turned.free();
  const first = (g.before[0] * fullH + g.before[1]) * fullW + g.before[2];
  const cut = gatherStrided(full, asVolume(shape), byteStrides(full.shape), first * 8);
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
