/**
 * Diagonals and triangles of matrices. All exact and local.
 *
 * @module
 */
import * as ring from "../ring/movement.ts";
import { checkTriangle, diagonalEmbedShape, diagonalShape } from "../ring/movement_shape.ts";
import { movement } from "./movement.ts";
import type { Op } from "./op.ts";

/** Matrices in axes `a` and `b` of the result with the last axis on a diagonal, and zeros elsewhere. */
export const diagEmbed: Op<[offset: number, a: number, b: number]> = movement(
  "diagEmbed",
  (x, offset, a, b) => diagonalEmbedShape(x.shape, offset, a, b),
  (_x, _to, offset, a, b) => (part) => ring.diagonalEmbed(part, offset, a, b),
);

/** A matrix with a vector as a diagonal, or the diagonal of a matrix. */
export const diag: Op<[offset: number]> = movement(
  "diag",
  (x, offset) => {
    if (x.ndim === 1) return diagonalEmbedShape(x.shape, offset);
    if (x.ndim === 2) return diagonalShape(x.shape, offset);
    throw new RangeError(`it has ${x.ndim} axes, 1 or 2 are wanted`);
  },
  (x, _to, offset) => (part) => x.ndim === 1 ? ring.diagonalEmbed(part, offset) : ring.diagonal(part, offset),
);

function triangle(name: string, side: "lower" | "upper"): Op<[offset: number]> {
  return movement(
    name,
    (x, offset) => {
      checkTriangle(x.shape, offset);
      return x.shape;
    },
    (_x, _to, offset) => (part) => ring.triangle(part, offset, side),
  );
}

/** The last two axes from the left up to a diagonal, zeros to its right. */
export const tril: Op<[offset: number]> = triangle("tril", "lower");

/** The last two axes from a diagonal to the right, zeros to its left. */
export const triu: Op<[offset: number]> = triangle("triu", "upper");
