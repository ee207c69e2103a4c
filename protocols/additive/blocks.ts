/**
 * Loops over blocks of elements.
 *
 * @module
 */
import { BLOCK } from "../provider.ts";

/** Calls `f` with each block's number, first element, elements and groups of 128. */
export function forBlocks(
  elements: number,
  f: (block: number, start: number, n: number, groups: number) => void,
): void {
  for (let start = 0; start < elements; start += BLOCK) {
    const n = Math.min(BLOCK, elements - start);
    f(start / BLOCK, start, n, Math.ceil(n / 128));
  }
}
