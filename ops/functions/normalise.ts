/**
 * Normalisation by a thermometer: which powers of four a positive secret reaches, all from one opening; a power of four that
 * brings it into [1, 4); and that mantissa.
 *
 * @module
 */
import { add, mul } from "../arithmetic.ts";
import type { Context } from "../context.ts";
import type { CrypTensor } from "../tensor.ts";
import { asIntegers, withScale } from "./scale.ts";
import { addUnits } from "./spline.ts";
import { atLeast, weigh } from "./thresholds.ts";

/** Which numbers occur: 4^from <= u < 4^to for the shared integer u. */
export interface DigitRange {
  /** The lowest digit, 0 by default: then u <= 0 may occur too, and counts as the mantissa 1 with a digit of its own. */
  readonly from?: number;
  /** One more than the highest digit. */
  readonly to: number;
  /** Whether larger numbers may occur: they count as the mantissa 1 with a digit of their own. */
  readonly open?: boolean;
}

/** Integers by digit k, for 4^k <= u < 4^(k+1). */
export interface DigitTable {
  /** For each digit of the range. */
  at(k: number): bigint;
  /** For u <= 0; that of the lowest digit by default. */
  readonly below?: bigint;
  /** For u >= 4^to; that of the highest digit by default. */
  readonly above?: bigint;
}

/** A positive secret taken apart. */
export interface Normalised {
  /** u·4^-k, in [1, 4). */
  readonly mantissa: CrypTensor;
  /** For each table its entry. */
  readonly picked: readonly CrypTensor[];
}

/**
 * Normalises the shared integers u.
 *
 * *Cost* (lean): 5 rounds and about 24 + 4.2 bytes per digit.
 */
export function normalise(
  ctx: Context,
  x: CrypTensor,
  { from = 0, to, open = false }: DigitRange,
  tables: readonly DigitTable[],
): Normalised {
  const digits = Array.from({ length: to - from }, (_, i) => from + i);
  const top = 4n ** BigInt(to - 1);
  const factor: DigitTable = { at: (k) => top / 4n ** BigInt(k), below: 0n, above: 0n };
  // What is not positive, or too large, is multiplied by 0; this makes it 1.
  const one: DigitTable = { at: () => 0n, below: top, above: top };
  const entries = [factor, one, ...tables].map((table) => [
    ...(from === 0 ? [table.below ?? table.at(0)] : []),
    ...digits.map((k) => table.at(k)),
    ...(open ? [table.above ?? table.at(to - 1)] : []),
  ]);
  const steps = [...(from === 0 ? [0] : []), ...digits.slice(1), ...(open ? [to] : [])];
  const u = asIntegers(ctx, x);
  const reached = atLeast(ctx, u, steps.map((k) => 4n ** BigInt(k)));
  // The bits are those of a thermometer, so differences of neighbouring entries add up to the entry.
  const sums = weigh(ctx, reached, entries.map((list) => list.slice(1).map((entry, i) => entry - list[i]!)));
  const picked = sums.map((sum, i) => addUnits(ctx, sum, entries[i]![0]!));
  const scaled = mul(u, picked[0]!);
  const mantissa = from === 0 || open ? add(scaled, picked[1]!) : scaled;
  return { mantissa: withScale(ctx, mantissa, 2 * (to - 1)), picked: picked.slice(2) };
}
