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
  size: number = BLOCK,
): void {
  for (let start = 0; start < elements; start += size) {
    const n = Math.min(size, elements - start);
    f(start / size, start, n, Math.ceil(n / 128));
  }
}

/** As {@link forBlocks}, each block as soon as its corrections are here: the dealer works on while we do. */
export async function forBlocksReady(
  elements: number,
  corr: Correlation,
  f: (block: number, start: number, n: number, groups: number) => void,
  size: number = BLOCK,
): Promise<void> {
  for (let start = 0; start < elements; start += size) {
    const block = start / size;
    if (block % CHUNK_BLOCKS === 0) await corr.ready(block);
    const n = Math.min(size, elements - start);
    f(block, start, n, Math.ceil(n / 128));
  }
}
