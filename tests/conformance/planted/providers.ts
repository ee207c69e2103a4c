/**
 * Providers of correlated randomness that deal wrongly.
 *
 * @module
 */
import { Scope, Tag } from "../../../comm/scope.ts";
import type { Correlation, Provider, ProviderEnv, ProviderFactory } from "../../../protocols/provider.ts";
import { trustedFirstParty } from "../../../protocols/providers/first_party.ts";
import { type Planted, provides } from "./plant.ts";

/** A bug in a provider. */
export interface PlantedProvider extends Planted {
  /** Makes the provider with the bug. */
  readonly make: () => ProviderFactory;
}

type Fill = (fields: {
  readonly good: Correlation;
  readonly env: ProviderEnv;
  readonly kind: string;
  readonly field: string;
  readonly block: number;
  readonly ptr: number;
}) => void;

/** A provider of which a field of block kinds is spoilt after it was filled. */
function filled(spoil: Fill): () => ProviderFactory {
  return () =>
    provides(trustedFirstParty(), (inner, env) => ({
      take(kind, params, tag) {
        const good = inner.take(kind, params, tag);
        return {
          ...good,
          fill(field, block, ptr) {
            good.fill(field, block, ptr);
            spoil({ good, env, kind: kind.name, field, block, ptr });
          },
        };
      },
    }));
}

/** A provider that takes other tags than it is asked for. */
function tagged(change: (tag: Tag, env: ProviderEnv) => Tag): () => ProviderFactory {
  const factory = trustedFirstParty();
  return () => ({
    ...factory,
    bind(env) {
      // A new one each time: nothing is remembered.
      const take: Provider["take"] = (kind, params, tag) =>
        factory.bind(env).take(kind, params, change(tag, env));
      const { demands, correctionBytes } = factory.bind(env);
      return { take, demands, correctionBytes, prefetch: () => Promise.resolve(), close: () => {} };
    },
  });
}

/** The bugs. */
export const PROVIDERS: readonly PlantedProvider[] = [
  {
    name: "a provider that serves a tag twice",
    fails: "a tag is served once",
    says: "one tag is served twice: for square",
    make: tagged((tag) => tag),
  },
  {
    name: "a provider that deals the same in every branch",
    fails: "nothing is dealt twice",
    says: 'square: at party 0, field "r" of call 2 is that of field "r" of call 1',
    make: tagged((tag, env) => new Tag(Scope.at(env.root, []), tag.seq)),
  },
  {
    name: "a provider that deals the same at every position",
    fails: "nothing is dealt twice",
    says: 'square: at party 0, field "r" of call 1 is that of field "r" of call 0',
    make: tagged((tag) => new Tag(tag.scope, 0)),
  },
  {
    name: "a provider that deals from the wrong stream",
    fails: "shares add up to what the kind says",
    says: 'field "c" is not what the kind makes of its masks',
    make: tagged((tag, { rank }) => rank === 1 ? new Tag(tag.scope, tag.seq + 1000) : tag),
  },
  {
    name: "a provider that corrects one block of several",
    fails: "shares add up to what the kind says",
    says: 'square: field "c"',
    make: filled(({ env, kind, field, block, ptr }) => {
      if (env.rank === 0 && kind === "square" && field === "c" && block > 0) env.heap.u8(ptr, 1024).fill(0);
    }),
  },
  {
    name: "a provider of masks of 63 bits",
    fails: "masks and shares are uniform",
    says: 'square: party 0\'s share of "r": byte 7 is not uniform',
    make: filled(({ env, kind, field, ptr }) => {
      if (kind !== "square" || field !== "r") return;
      const bytes = env.heap.u8(ptr, 8 * 1808);
      for (let i = 7; i < bytes.length; i += 8) bytes[i]! &= 0x7f;
    }),
  },
  {
    name: "a provider whose shares are uniform and whose masks are not",
    fails: "masks and shares are uniform",
    says: 'square: the mask "r": byte 1 is not uniform',
    make() {
      // Parties of one isolate: party 1's share is what makes the mask small.
      const other = new Map<string, Uint8Array>();
      return filled(({ env, kind, field, block, ptr }) => {
        if (kind !== "square" || field !== "r") return;
        const bytes = env.heap.u8(ptr, 8 * 1808);
        const known = other.get(`${block}`);
        if (known === undefined) return void other.set(`${block}`, bytes.slice());
        const [own, theirs] = [
          new BigUint64Array(bytes.slice().buffer),
          new BigUint64Array(known.slice().buffer),
        ];
        bytes.set(new Uint8Array(own.map((word, i) => (word & 0xffn) - theirs[i]!).buffer));
      })();
    },
  },
  {
    name: "a provider that uses one stream for two fields",
    fails: "nothing is dealt twice",
    says: 'product: at party 0, field "s" of call 0 is that of field "r" of call 0',
    make: filled(({ good, kind, field, block, ptr }) => {
      if (kind === "product" && field === "s") good.fill("r", block, ptr);
    }),
  },
  {
    name: "a provider that does not say what was asked for",
    fails: "a manifest is dealt ahead",
    says: "the manifest lists",
    make: () => provides(trustedFirstParty(), () => ({ demands: [] })),
  },
  {
    name: "a provider that does not count what it deals",
    fails: "corrections are counted",
    says: "square: 0 bytes of corrections are counted",
    make: () => provides(trustedFirstParty(), () => ({ correctionBytes: 0 })),
  },
  {
    name: "a dealer who does not compare what it is asked for",
    fails: "parties that ask for different things are not served",
    says: "different sizes of square under one tag are served",
    make: trustedFirstParty,
  },
];
