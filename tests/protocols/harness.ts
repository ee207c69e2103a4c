/**
 * What crossed the wire, put together.
 *
 * @module
 */
import type { Sent } from "../conformance/parties.ts";

export { constantWords, parties, Party, randomWords } from "../conformance/parties.ts";
export { planted, plantedProvider } from "../conformance/planted/plant.ts";
export type { PartiesOptions, Sent } from "../conformance/parties.ts";

/** The xor of what all parties sent to one peer under each key, as bytes. */
export function openedBits(log: readonly Sent[], n: number, want: (s: Sent) => boolean): Uint8Array[] {
  const byKey = new Map<string, Uint8Array>();
  for (const s of log) {
    if (!want(s) || s.to !== (s.from === 0 ? n - 1 : 0)) continue;
    const sum = byKey.get(s.key) ?? new Uint8Array(s.bytes.length);
    for (let i = 0; i < sum.length; i++) sum[i]! ^= s.bytes[i]!;
    byKey.set(s.key, sum);
  }
  return [...byKey.values()];
}
