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
