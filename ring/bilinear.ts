/**
 * The one description of every bilinear map: what protocols multiply.
 *
 * @module
 */
import { conv, convInto, convTranspose, convTransposeInto } from "./conv.ts";
import {
  type ConvGeometry,
  convShape,
  type ConvTransposeGeometry,
  convTransposeShape,
} from "./conv_geometry.ts";
import { mul, mulInto } from "./elementwise.ts";
import { matmul, matmulInto, matmulShape } from "./matmul.ts";
import { broadcastShapes, type Shape, sizeOf } from "./shape.ts";
import type { RingTensor } from "./tensor.ts";

/** A bilinear map of two tensors, as plain data. */
export type Bilinear =
  | { readonly kind: "mul" }
  | { readonly kind: "matmul" }
  | { readonly kind: "conv"; readonly geometry: ConvGeometry }
  | { readonly kind: "convTranspose"; readonly geometry: ConvTransposeGeometry };

function unknown(map: never): never {
  throw new TypeError(`Cannot apply a bilinear map: kind "${(map as Bilinear).kind}" is unknown`);
}

/**
 * The shape of map(x, y).
 *
 * @throws {RangeError} when the operands do not fit.
 */
export function bilinearShape(map: Bilinear, x: Shape, y: Shape): Shape {
  switch (map.kind) {
    case "mul":
      return broadcastShapes(x, y, "multiply");
    case "matmul":
      return matmulShape(x, y);
    case "conv":
      return convShape(x, y, map.geometry);
    case "convTranspose":
      return convTransposeShape(x, y, map.geometry);
    default:
      return unknown(map);
  }
}

/** map(x, y) */
export function bilinear(map: Bilinear, x: RingTensor, y: RingTensor): RingTensor {
  switch (map.kind) {
    case "mul":
      return mul(x, y);
    case "matmul":
      return matmul(x, y);
    case "conv":
      return conv(x, y, map.geometry);
    case "convTranspose":
      return convTranspose(x, y, map.geometry);
    default:
      return unknown(map);
  }
}

/** out += map(x, y) */
export function bilinearInto(map: Bilinear, out: RingTensor, x: RingTensor, y: RingTensor): void {
  switch (map.kind) {
    case "mul":
      return mulInto(out, x, y);
    case "matmul":
      return matmulInto(out, x, y);
    case "conv":
      return convInto(out, x, y, map.geometry);
    case "convTranspose":
      return convTransposeInto(out, x, y, map.geometry);
    default:
      return unknown(map);
  }
}

/**
 * A map as text: equal for maps that do the same by the same geometry, and the same on every machine; for traces.
 */
export function describeBilinear(map: Bilinear): string {
  switch (map.kind) {
    case "mul":
    case "matmul":
      return map.kind;
    case "conv":
      return `conv(${describeGeometry(map.geometry)})`;
    case "convTranspose":
      return `convTranspose(${describeGeometry(map.geometry)} outputPads=${map.geometry.outputPads})`;
    default:
      return unknown(map);
  }
}

function describeGeometry(g: ConvGeometry): string {
  return `stride=${g.stride} pads=${g.pads} dilation=${g.dilation} groups=${g.groups}`;
}

/**
 * Multiplications that map(x, y) takes, each with an addition; those with padding count.
 *
 * @throws {RangeError} when the operands do not fit.
 */
export function macs(map: Bilinear, x: Shape, y: Shape): number {
  const out = sizeOf(bilinearShape(map, x, y));
  // Transposed, every input meets the same number of taps; an output does not.
  if (map.kind === "convTranspose") return sizeOf(x) * sizeOf(y.slice(1));
  return out * fanIn(map, x, y);
}

/** Most products that are summed for one element of the result; for bounds. */
export function fanIn(map: Bilinear, x: Shape, y: Shape): number {
  switch (map.kind) {
    case "mul":
      return 1;
    case "matmul":
      return x.at(-1) ?? 1;
    case "conv":
      return sizeOf(y.slice(1));
    case "convTranspose":
      return (y[0]! / map.geometry.groups) * sizeOf(y.slice(2));
    default:
      return unknown(map);
  }
}
