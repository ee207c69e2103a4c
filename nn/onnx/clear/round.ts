/**
 * Rounding.
 *
 * @module
 */

/** The nearest integer, the even one of two. */
export function roundEven(x: number): number {
  const near = Math.round(x);
  return Math.abs(x - Math.trunc(x)) === 0.5 && near % 2 !== 0 ? near - 1 : near;
}
