/**
 * Convolutions modulo 2^64 as matrix products over unrolled windows, image by image.
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
import { pad, permute } from "./movement.ts";
import { sameShape, type Shape } from "./shape.ts";
import { RingTensor } from "./tensor.ts";

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
  const columns = new Block(heap, taps * outputs * 8);
  const rowStride = g.stride[0] * width * 8;
  for (let image = 0; image < images; image++) {
    for (let group = 0; group < geometry.groups; group++) {
      const from = padded.ptr + (image * channels + group * perGroup) * height * width * 8;
      let row = columns.ptr;
      for (let c = 0; c < perGroup; c++) {
        for (let i = 0; i < kernelH; i++) {
          for (let j = 0; j < kernelW; j++, row += outputs * 8) {
            const at = from + ((c * height + i * g.dilation[0]) * width + j * g.dilation[1]) * 8;
            heap.kernels.gemm.im2col(row, at, outH, outW, rowStride, g.stride[1] * 8);
          }
        }
      }
      gemm(
        heap,
        { ptr: w.ptr + group * filters * taps * 8, stride: taps * 8 },
        { ptr: columns.ptr, stride: outputs * 8 },
        { ptr: out.ptr + (image * geometry.groups + group) * filters * outputs * 8, stride: outputs * 8 },
        filters,
        taps,
        outputs,
      );
    }
  }
  columns.drop();
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
  const columns = new Block(heap, taps * inputs * 8);
  for (let image = 0; image < images; image++) {
    for (let group = 0; group < groups; group++) {
      heap.u8(columns.ptr, taps * inputs * 8).fill(0);
      gemm(
        heap,
        { ptr: turned.ptr + group * depth * 8, stride: channels * 8 },
        { ptr: x.ptr + (image * channels + group * depth) * inputs * 8, stride: inputs * 8 },
        { ptr: columns.ptr, stride: inputs * 8 },
        taps,
        depth,
        inputs,
      );
      const to = full.ptr + (image * groups + group) * perGroup * fullH * fullW * 8;
      let row = columns.ptr;
      for (let c = 0; c < perGroup; c++) {
        for (let i = 0; i < kernelH; i++) {
          for (let j = 0; j < kernelW; j++, row += inputs * 8) {
            const at = to + ((c * fullH + i * g.dilation[0]) * fullW + j * g.dilation[1]) * 8;
            heap.kernels.gemm.col2im(at, row, height, width, g.stride[0] * fullW * 8, g.stride[1] * 8);
          }
        }
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
