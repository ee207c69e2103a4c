/**
 * Loops over blocks of elements.
 *
 * @module
 */
import { BLOCK, CHUNK_BLOCKS, type Correlation } from "../provider.ts";

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

/** As {@link forBlocks}, each block as soon as its corrections are here: the dealer works on while we do. */
export async function forBlocksReady(
  elements: number,
  corr: Correlation,
  f: (block: number, start: number, groups: number) => void,
): Promise<void> {
  for (let start = 0; start < elements; start += BLOCK) {
    const block = start / BLOCK;
    if (block % CHUNK_BLOCKS === 0) await corr.ready(block);
    f(block, start, Math.ceil(Math.min(BLOCK, elements - start) / 128));
  }
}
