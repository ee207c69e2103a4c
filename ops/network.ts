/**
 * Sorting networks: which positions are compared when. Public, a function of the length.
 *
 * @module
 */

/** Positions that are compared and put in order: the smaller element goes to the first. */
export type Comparator = readonly [number, number];

/** Comparators that do not meet: all of them run at once. */
export type Stage = readonly Comparator[];

/** A network, and where its result stands. */
export interface Network {
  /** Stages, one after the other. */
  readonly stages: readonly Stage[];
  /** Positions of the smallest element, the second smallest and so on. */
  readonly result: readonly number[];
}

/**
 * Batcher's odd-even merge network for the `count` smallest of n elements, in order, or for some of their ranks. Of two sorted
 * lists that are merged, only as many elements take part, and comparators that no wanted rank depends on are left out. For all
 * of n elements there are at most ceil(log2 n)·(ceil(log2 n) + 1)/2 stages; 63 comparators for 16.
 *
 * *Reference*: Batcher, "Sorting networks and their applications", 1968; Knuth, TAOCP 3, 5.2.2, algorithm M.
 */
export function mergeNetwork(n: number, count: number, ranks?: readonly number[]): Network {
  const size = 2 ** Math.ceil(Math.log2(Math.max(1, n)));
  // Where the element of each line stands; lines without one hold what is larger than everything, and need no comparison.
  const lines = Array.from({ length: size }, (_, i) => i < n ? i : -1);
  const stages: Stage[] = [];
  for (let p = 1; p < size; p *= 2) {
    for (let k = p; k >= 1; k /= 2) {
      const stage: Comparator[] = [];
      for (let j = k % p; j + k < size; j += 2 * k) {
        for (let i = j; i < j + k; i++) {
          if (Math.floor(i / (2 * p)) === Math.floor((i + k) / (2 * p))) compare(lines, i, i + k, stage);
        }
      }
      if (stage.length > 0) stages.push(stage);
    }
    for (let i = 0; i < size; i++) if (i % (2 * p) >= count) lines[i] = -1;
  }
  const result = lines.slice(0, Math.min(n, count));
  return { stages: prune(stages, ranks?.map((rank) => result[rank]!) ?? result), result };
}

function compare(lines: number[], i: number, j: number, stage: Comparator[]): void {
  const [low, high] = [lines[i]!, lines[j]!];
  if (high < 0) return;
  if (low < 0) [lines[i], lines[j]] = [high, low];
  else stage.push([low, high]);
}

/** The part of a network that the elements at some positions of its result depend on. */
function prune(stages: readonly Stage[], wanted: readonly number[]): Stage[] {
  const needed = new Set(wanted);
  const out: Stage[] = [];
  for (const stage of stages.toReversed()) {
    const kept = stage.filter(([a, b]) => needed.has(a) || needed.has(b));
    for (const [a, b] of kept) needed.add(a).add(b);
    if (kept.length > 0) out.push(kept);
  }
  return out.reverse();
}
