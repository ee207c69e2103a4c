/**
 * Movement as methods.
 *
 * @module
 */
import type { Shape } from "../../ring/shape.ts";
import { cat, stack } from "../join.ts";
import {
  diagonal,
  expand,
  flatten,
  flip,
  movedim,
  permute,
  repeat,
  reshape,
  roll,
  squeeze,
  t,
  tile,
  transpose,
  unflatten,
  unfold,
  unsqueeze,
} from "../movement.ts";
import { pad, type PadOptions } from "../pad.ts";
import type { CrypTensor, Operand } from "../tensor.ts";
import { diag, diagEmbed, tril, triu } from "../triangle.ts";
import { ExtremaMethods } from "./extrema.ts";

/**
 * Movement as methods, with the names and rules of PyTorch. All exact, with no communication; axes may count from the end.
 *
 * All of them throw a RangeError when an axis does not exist or a size does not fit.
 */
export abstract class MovementMethods extends ExtremaMethods {
  /** Another shape with the same elements; one side may be -1. */
  reshape(this: CrypTensor, shape: Shape): CrypTensor {
    return reshape(this, shape);
  }
  /** The same as {@link CrypTensor.reshape}. */
  view(this: CrypTensor, shape: Shape): CrypTensor {
    return reshape(this, shape);
  }
  /** Axes `start` to `end` as one; a scalar becomes a vector. */
  flatten(this: CrypTensor, start = 0, end = -1): CrypTensor {
    return flatten(this, start, end);
  }
  /** An axis as several; one of their sides may be -1. */
  unflatten(this: CrypTensor, axis: number, sides: Shape): CrypTensor {
    return unflatten(this, axis, sides);
  }
  /** Axes in another order. */
  permute(this: CrypTensor, axes: readonly number[]): CrypTensor {
    return permute(this, axes);
  }
  /** Two axes exchanged. */
  transpose(this: CrypTensor, a: number, b: number): CrypTensor {
    return transpose(this, a, b);
  }
  /** Axes moved from places to others; those that are not named keep their order. */
  movedim(
    this: CrypTensor,
    source: number | readonly number[],
    destination: number | readonly number[],
  ): CrypTensor {
    return movedim(this, source, destination);
  }
  /** A matrix with its axes exchanged; a vector or scalar as it is. @throws {RangeError} with more than two axes. */
  t(this: CrypTensor): CrypTensor {
    return t(this);
  }
  /** Broadcast to a larger shape; a side of -1 stays as it is. */
  expand(this: CrypTensor, shape: Shape): CrypTensor {
    return expand(this, shape);
  }
  /** Copies along each axis; counts for new leading axes may come first. */
  repeat(this: CrypTensor, counts: readonly number[]): CrypTensor {
    return repeat(this, counts);
  }
  /** As {@link CrypTensor.repeat}, but missing counts of leading axes are 1. */
  tile(this: CrypTensor, counts: readonly number[]): CrypTensor {
    return tile(this, counts);
  }
  /** Without axes of size 1: all of them, or those of the given ones that have it. */
  squeeze(this: CrypTensor, axes?: number | readonly number[]): CrypTensor {
    return squeeze(this, axes);
  }
  /** With a new axis of size 1. */
  unsqueeze(this: CrypTensor, axis: number): CrypTensor {
    return unsqueeze(this, axis);
  }
  /** In reverse along axes, each given once. */
  flip(this: CrypTensor, axes: number | readonly number[]): CrypTensor {
    return flip(this, axes);
  }
  /**
   * Rotated along axes by as many shifts, one after the other: what falls off one end returns at the other. Without axes as
   * one long vector.
   */
  roll(
    this: CrypTensor,
    shifts: number | readonly number[],
    axes?: number | readonly number[],
  ): CrypTensor {
    return roll(this, shifts, axes);
  }
  /**
   * Surrounded by `before` and `after` entries per axis: of a public constant (0 by default), or as the options say. Pads of
   * mode "reflect" are smaller than their axis.
   */
  pad(
    this: CrypTensor,
    before: readonly number[],
    after: readonly number[],
    value: number | PadOptions = 0,
  ): CrypTensor {
    const options = typeof value === "number" ? { value } : value;
    return pad(this, before, after, options.mode ?? "constant", options.value ?? 0);
  }
  /**
   * Windows of `size` entries of an axis, `step` apart: [.., n, ..] becomes [.., floor((n - size) / step) + 1, .., size].
   */
  unfold(this: CrypTensor, axis: number, size: number, step: number): CrypTensor {
    return unfold(this, axis, size, step);
  }
  /**
   * The diagonals of the matrices in axes `a` and `b`, as the last axis. A positive offset means the diagonal that many columns
   * to the right of the main one; one outside of the matrix has no entries.
   */
  diagonal(this: CrypTensor, offset = 0, a = 0, b = 1): CrypTensor {
    return diagonal(this, offset, a, b);
  }
  /** Matrices, in axes `a` and `b` of the result, with the last axis on a diagonal and zeros elsewhere. */
  diagEmbed(this: CrypTensor, offset = 0, a = -2, b = -1): CrypTensor {
    return diagEmbed(this, offset, a, b);
  }
  /** A matrix with this vector as a diagonal, or the diagonal of this matrix. */
  diag(this: CrypTensor, offset = 0): CrypTensor {
    return diag(this, offset);
  }
  /** The last two axes up to a diagonal, zeros to the right of it. */
  tril(this: CrypTensor, offset = 0): CrypTensor {
    return tril(this, offset);
  }
  /** The last two axes from a diagonal on, zeros to the left of it. */
  triu(this: CrypTensor, offset = 0): CrypTensor {
    return triu(this, offset);
  }
  /** Joined with others, encrypted or public, along an axis. */
  cat(this: CrypTensor, others: readonly Operand[], axis = 0): CrypTensor {
    return cat(this, others, axis, 0);
  }
  /** Joined with others, encrypted or public, along a new axis. */
  stack(this: CrypTensor, others: readonly Operand[], axis = 0): CrypTensor {
    return stack(this, others, axis, 0);
  }
}
