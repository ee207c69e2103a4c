/**
 * Where functions are tried: even and random points of every span of a domain, and the edges.
 *
 * @module
 */

/** A part of a domain. */
export interface Span {
  /** Lower end. */
  readonly from: number;
  /** Upper end. */
  readonly to: number;
  /** Whether its points are spread by magnitude: then both ends have the same sign. */
  readonly log?: boolean;
}

/** Distance between neighbouring fixed-point numbers of 16 fraction bits. */
export const ULP = 2 ** -16;

/** The number that 16 fraction bits make of x. */
export function rounded(x: number): number {
  return Math.round(x / ULP) * ULP + 0;
}

/** Numbers in [0, 1) that repeat with their seed. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The point of a span at a share of the way. */
export function within({ from, to, log = false }: Span, share: number): number {
  if (!log) return from + (to - from) * share;
  return Math.sign(from) * Math.abs(from) * (to / from) ** share;
}

/** Two spans by magnitude, of either sign. */
export function bothSigns(least: number, most: number): Span[] {
  return [{ from: least, to: most, log: true }, { from: -most, to: -least, log: true }];
}

/** As many points as wanted: half of them evenly spaced, the others random, after the edges with their neighbours. */
export function pointsOf(
  spans: readonly Span[],
  edges: readonly number[],
  count: number,
  random: () => number,
): Float64Array {
  const near = edges.flatMap((x) => [x, x - ULP, x + ULP]);
  const out = Float64Array.from({ length: Math.max(count, near.length) }, (_, i) => {
    if (i < near.length) return near[i]!;
    const span = spans[i % spans.length]!;
    return within(span, Math.floor(i / spans.length) % 2 === 0 ? (i + 0.5) / count : random());
  });
  return out.map(rounded);
}
