/**
 * What crossed the wire, put together, and protocols and providers with planted bugs.
 *
 * @module
 */
import type { Env, Instance, Protocol } from "../../protocols/protocol.ts";
import type { Correlation, ProviderFactory } from "../../protocols/provider.ts";
import type { Sent } from "../conformance/parties.ts";

export { constantWords, parties, Party, randomWords } from "../conformance/parties.ts";
export type { PartiesOptions, Sent } from "../conformance/parties.ts";

/** A protocol with some primitives replaced: for planted bugs. */
export function planted(
  protocol: Protocol,
  change: (good: Instance, env: Env) => Partial<Instance>,
): Protocol {
  return {
    ...protocol,
    bind(env) {
      const good = protocol.bind(env);
      return { ...good, ...change(good, env) };
    },
  };
}

/** A provider whose correlations are altered: for planted bugs. */
export function plantedProvider(
  factory: ProviderFactory,
  change: (good: Correlation, heap: Env["heap"], kind: string) => Partial<Correlation>,
): ProviderFactory {
  return {
    ...factory,
    bind(env) {
      const good = factory.bind(env);
      return {
        take(kind, params, tag) {
          const correlation = good.take(kind, params, tag);
          return { ...correlation, ...change(correlation, env.heap, kind.name) };
        },
        get demands() {
          return good.demands;
        },
        get correctionBytes() {
          return good.correctionBytes;
        },
        prefetch: (manifest, kinds) => good.prefetch(manifest, kinds),
        close: () => good.close(),
      };
    },
  };
}

/** The sum of what all parties sent to their first peer under each key of one `sub`, in the order of keys. */
export function openedWords(log: readonly Sent[], sub: number, n: number): BigUint64Array[] {
  const byKey = new Map<string, BigUint64Array>();
  for (const { from, to, key, sub: own, bytes } of log) {
    if (own !== sub || bytes.length % 8 !== 0 || to !== (from === 0 ? n - 1 : 0)) continue;
    const words = new BigUint64Array(bytes.slice().buffer);
    const sum = byKey.get(key) ?? new BigUint64Array(words.length);
    for (let i = 0; i < words.length; i++) sum[i]! += words[i]!;
    byKey.set(key, sum);
  }
  return [...byKey.values()];
}

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
