/**
 * Statistics that catch what a wrong mask looks like. Each throws when the data is not what uniform data would be; a bound of
 * six standard deviations lets a right protocol pass some billion times for each false alarm.
 *
 * @module
 */

/** Standard deviations that are tolerated. */
export const SIGMAS = 6;

/** How far the histogram of a byte lane is from uniform, in standard deviations of the chi-square statistic. */
export function chiSquare(bytes: Uint8Array, lane: number, lanes: number): number {
  const counts = new Array<number>(256).fill(0);
  let n = 0;
  for (let i = lane; i < bytes.length; i += lanes, n++) counts[bytes[i]!]!++;
  const expected = n / 256;
  const chi = counts.reduce((sum, c) => sum + (c - expected) ** 2 / expected, 0);
  return (chi - 255) / Math.sqrt(2 * 255);
}

/** Refuses words whose byte lanes are not uniform. */
export function assertUniformWords(words: BigUint64Array, what: string): void {
  const bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
  for (let lane = 0; lane < 8; lane++) {
    const z = chiSquare(bytes, lane, 8);
    if (Math.abs(z) > SIGMAS) throw new Error(`${what}: byte ${lane} is not uniform (z = ${z.toFixed(1)})`);
  }
}

/** Refuses bits whose mean is not one half. */
export function assertFairBits(bytes: Uint8Array, what: string): void {
  let ones = 0;
  for (const byte of bytes) for (let b = byte; b !== 0; b &= b - 1) ones++;
  const n = bytes.length * 8;
  const z = (ones - n / 2) / Math.sqrt(n / 4);
  if (Math.abs(z) > SIGMAS) throw new Error(`${what}: ${ones} of ${n} bits are one (z = ${z.toFixed(1)})`);
}

/**
 * Trains the best single bit (and the best xor of two neighbouring bits) to tell two transcripts apart on one half of the
 * samples, and refuses transcripts that it then tells apart on the other half. A sample is one row of bits.
 */
export function assertIndistinguishable(
  a: readonly Uint8Array[],
  b: readonly Uint8Array[],
  what: string,
): void {
  const bits = (row: Uint8Array): number[] =>
    Array.from(row, (byte) => Array.from({ length: 8 }, (_, i) => (byte >> i) & 1)).flat();
  const rows = [
    ...a.map((row) => ({ bits: bits(row), label: 0 })),
    ...b.map((row) => ({ bits: bits(row), label: 1 })),
  ];
  const width = rows[0]!.bits.length;
  const half = (parity: number): typeof rows => rows.filter((_, i) => i % 2 === parity);
  const features = [
    ...Array.from({ length: width }, (_, i) => (r: number[]) => r[i]!),
    ...Array.from({ length: width - 1 }, (_, i) => (r: number[]) => r[i]! ^ r[i + 1]!),
  ];
  const score = (f: (r: number[]) => number, set: typeof rows): number =>
    set.reduce((sum, row) => sum + (f(row.bits) === row.label ? 1 : 0), 0) / set.length;
  const train = half(0);
  let best = features[0]!;
  let edge = 0;
  for (const f of features) {
    const gain = Math.abs(score(f, train) - 0.5);
    if (gain > edge) [best, edge] = [f, gain];
  }
  const test = half(1);
  const accuracy = Math.max(score(best, test), 1 - score(best, test));
  const limit = 0.5 + SIGMAS * 0.5 / Math.sqrt(test.length);
  if (accuracy > limit) {
    throw new Error(`${what}: a distinguisher is right in ${(100 * accuracy).toFixed(1)} % of the cases`);
  }
}

/** Refuses two openings whose difference takes few values: they had the same mask. */
export function assertFresh(a: BigUint64Array, b: BigUint64Array, what: string): void {
  const differences = new Set<bigint>();
  for (let i = 0; i < a.length; i++) differences.add(BigInt.asUintN(64, a[i]! - b[i]!));
  if (differences.size < 0.99 * a.length) {
    throw new Error(
      `${what}: the difference of two openings takes only ${differences.size} values in ${a.length}`,
    );
  }
}
