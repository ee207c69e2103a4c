/**
 * Piecewise polynomials of a secret within a domain.
 *
 * @module
 */
import type { AShare, Spline, Table } from "../../protocols/protocol.ts";
import { addConstant, shiftLeft } from "../../ring/elementwise.ts";
import { RingTensor } from "../../ring/tensor.ts";
import { add, mul, sub } from "../arithmetic.ts";
import type { Context } from "../context.ts";
import { mapWords, words } from "../operand.ts";
import type { CrypTensor } from "../tensor.ts";
import { type Fit, splineOf } from "./fit.ts";
import { asIntegers } from "./scale.ts";
import { atLeast, rowsOf, weigh } from "./thresholds.ts";

/**
 * The fitted function of x, with the fit's fraction bits; any number when x is outside of the domain.
 *
 * *Cost*: 2 rounds, 2 to 8 bytes of the argument and 8 bytes for each power.
 */
export function spline(ctx: Context, x: CrypTensor, fit: Fit): CrypTensor {
  const { protocol } = ctx;
  const table = splineOf(fit, x.scale);
  const facts = { scale: fit.scale, bound: undefined };
  ctx.scope.record(`spline ${fit.name}`);
  if (protocol.spline === undefined || !ctx.shared.fastPaths) return splineGeneric(ctx, x, table, fit);
  const cell = ctx.remote(
    "spline",
    [x.words],
    x.shape,
    protocol.costs.spline?.(x.shape, table, ctx.viewed(x.words)),
    (call, c) => protocol.spline!(call, c, table),
  );
  return words(ctx, cell, facts);
}

/** x + c for public units of the shared integer. Local. */
export function addUnits(ctx: Context, x: CrypTensor, units: bigint): CrypTensor {
  if (units === 0n) return x;
  const cell = ctx.local("addPublic", [x.words], x.shape, (share: AShare) => {
    using zeros = RingTensor.zeros(ctx.shared.env.heap, x.shape);
    using c = addConstant(zeros, units);
    return ctx.protocol.addPublic(share, c);
  });
  return words(ctx, cell, { scale: x.scale, bound: undefined });
}

/** By thresholds: one for each piece, sums of coefficients' differences, and Horner's rule. */
function splineGeneric(ctx: Context, x: CrypTensor, s: Spline, fit: Fit): CrypTensor {
  const moved = addUnits(ctx, asIntegers(ctx, x), -s.low);
  const domainBits = s.indexBits + s.offsetBits + s.dropBits;
  const u = fit.periodic === true
    ? sub(moved, pow2Units(ctx, floorUnits(ctx, moved, domainBits), domainBits))
    : moved;
  const v = s.dropBits === 0 ? u : floorUnits(ctx, u, s.dropBits);
  const pieces = s.coefficients;
  const steps = Array.from({ length: pieces.length - 1 }, (_, i) => BigInt(i + 1) << BigInt(s.offsetBits));
  const reached = atLeast(ctx, v, steps);
  // Piece i is where exactly i steps are reached, so differences of neighbouring pieces add up to its coefficients.
  const rows = Array.from(
    { length: s.degree + 1 },
    (_, k) => steps.map((_, i) => pieces[i + 1]![k]! - pieces[i]![k]!),
  );
  const sums = weigh(ctx, reached, [...rows, steps.map(() => 1n << BigInt(s.offsetBits))]);
  const coefficients = sums.slice(0, -1).map((sum, k) => addUnits(ctx, sum, pieces[0]![k]!));
  const offset = sub(v, sums.at(-1)!);
  let y = coefficients.at(-1)!;
  for (let k = s.degree - 1; k >= 0; k--) y = add(mul(y, offset), coefficients[k]!);
  return words(ctx, y.words.retain(), { scale: fit.scale, bound: undefined });
}

/** floor(x / 2^bits) of the shared integers, exactly. */
export function floorUnits(ctx: Context, x: CrypTensor, bits: number): CrypTensor {
  const { protocol } = ctx;
  const cell = ctx.remote(
    "truncate",
    [x.words],
    x.shape,
    protocol.costs.truncate(x.shape, bits, "exact"),
    (call, c) => protocol.truncate(call, c, bits, "exact"),
  );
  return words(ctx, cell, { scale: 0, bound: undefined });
}

/** x·2^bits of the shared integers. Local. */
export function pow2Units(ctx: Context, x: CrypTensor, bits: number): CrypTensor {
  const facts = { scale: x.scale, bound: undefined };
  return mapWords(ctx, "shift", x, x.shape, facts, (part) => shiftLeft(part, bits));
}

/**
 * Entries of a public table at secret integers; a tensor for each entry of a row. Any number outside of the table.
 *
 * *Cost*: one round, a byte or two.
 */
export function lookup(ctx: Context, x: CrypTensor, table: Table): CrypTensor[] {
  const { protocol } = ctx;
  const { shape } = x;
  ctx.scope.record(`table at ${table.low} of ${table.rows.map((row) => row.join()).join(";")}`);
  if (protocol.lookup === undefined || !ctx.shared.fastPaths) return lookupGeneric(ctx, x, table);
  const width = table.rows[0]!.length;
  const all = ctx.remote(
    "lookup",
    [x.words],
    [width, ...shape],
    protocol.costs.lookup?.(shape, table.indexBits, table.rows[0]!.length),
    (call, c) => protocol.lookup!(call, c, table),
  );
  return rowsOf(ctx, all, shape);
}

/** A threshold for each row but the first; the differences of neighbouring rows add up to the entries. */
function lookupGeneric(ctx: Context, x: CrypTensor, { low, rows }: Table): CrypTensor[] {
  const steps = rows.slice(1).map((_, i) => low + BigInt(i + 1));
  const weights = rows[0]!.map((_, k) => steps.map((_, i) => rows[i + 1]![k]! - rows[i]![k]!));
  return weigh(ctx, atLeast(ctx, x, steps), weights).map((sum, k) => addUnits(ctx, sum, rows[0]![k]!));
}
