/**
 * Normalisation by a thermometer: which powers of four a positive secret reaches, all from one opening; a power of four that
 * brings it into [1, 4); and that mantissa.
 *
 * @module
 */
import { mul } from "../arithmetic.ts";
import type { Context } from "../context.ts";
import type { CrypTensor } from "../tensor.ts";
import { add } from "../arithmetic.ts";
import { words } from "../operand.ts";
import { addUnits, asIntegers } from "./spline.ts";
import { atLeast, weigh } from "./thresholds.ts";

/**
 * A positive shared integer u taken apart: with 4^k <= u < 4^(k+1) and k from 0 to digits - 1, mantissa = u·4^-k as a real in
 * [1, 4). What is not positive has k = 0 and mantissa 1.
 */
export interface Normalised {
  /** In [1, 4), with {@link Normalised.mantissaScale} fraction bits. */
  readonly mantissa: CrypTensor;
  /** For each row that was asked for, its entry k: integers. */
  readonly picked: readonly CrypTensor[];
}

/** Numbers by digit: entry k for 4^k <= u < 4^(k+1), and one for what is not positive. */
export interface DigitTable {
  /** Entries 0 to digits - 1. */
  readonly digits: readonly bigint[];
  /** Entry for u <= 0. */
  readonly below: bigint;
  /** Entry for u >= 4^digits; not needed when no such number can be shared. */
  readonly above?: bigint;
}

/** Weights of thermometer bits that add up to a table's entry, and the constant that goes with them. */
function weightsOf(table: DigitTable, above: boolean): { weights: bigint[]; constant: bigint } {
  const all = [table.below, ...table.digits, ...(above ? [table.above ?? 0n] : [])];
  return { weights: all.slice(1).map((entry, i) => entry - all[i]!), constant: table.below };
}

/**
 * Normalises u, given as shared integers below 4^digits (or of any size, when the tables have an entry above).
 *
 * *Cost* (lean): 5 rounds and about 24 + 4.2 bytes per digit.
 */
export function normalise(
  ctx: Context,
  x: CrypTensor,
  digits: number,
  tables: readonly DigitTable[],
): Normalised {
  const u = asIntegers(ctx, x);
  const above = tables.some((table) => table.above !== undefined);
  const steps = Array.from({ length: digits + (above ? 1 : 0) }, (_, k) => 4n ** BigInt(k));
  const top = BigInt(digits - 1);
  const factor: DigitTable = {
    digits: Array.from({ length: digits }, (_, k) => 4n ** (top - BigInt(k))),
    below: 0n,
    above: 0n,
  };
  // What is not positive, or too large, is multiplied by 0; the constant makes it 1.
  const one: DigitTable = { digits: factor.digits.map(() => 0n), below: 4n ** top, above: 4n ** top };
  const rows = [factor, one, ...tables].map((table) => weightsOf(table, above));
  const sums = weigh(ctx, atLeast(ctx, u, steps), rows.map((row) => row.weights));
  const picked = sums.map((sum, i) => addUnits(ctx, sum, rows[i]!.constant));
  const mantissa = add(mul(u, picked[0]!), picked[1]!);
  return {
    mantissa: words(ctx, mantissa.words.retain(), { scale: 2 * (digits - 1), bound: 4 }),
    picked: picked.slice(2),
  };
}
