/**
 * The trusted first party: party 0 deals. It knows every seed, so it can open every mask; for tests and benchmarks only.
 *
 * @module
 */
import { Scope } from "../../comm/scope.ts";
import type { StreamPosition } from "../../ring/prg.ts";
import type {
  Correlation,
  Demand,
  Kind,
  Kinds,
  Params,
  Provider,
  ProviderEnv,
  ProviderFactory,
} from "../provider.ts";
import { correctionBytes } from "../provider.ts";
import { type Chunk, correlationShare } from "./correlation.ts";
import { chunkBytes, chunkCount, dealChunk } from "./deal.ts";
import { Ledger, tagKey } from "./ledger.ts";

/** INSECURE: correlated randomness from party 0, which can therefore unmask everything. Refuses peers on other machines. */
export function trustedFirstParty(): ProviderFactory {
  return {
    name: "trustedFirstParty",
    threatModel:
      "INSECURE: party 0 makes the correlated randomness and can unmask every secret; for tests only",
    insecure: true,
    needsDealer: false,
    bind: (env) => new FirstParty(env),
  };
}

class FirstParty implements Provider {
  readonly #env: ProviderEnv;
  readonly #ledger = new Ledger();
  readonly #ahead = new Map<string, readonly Chunk[]>();
  #bytes = 0;

  constructor(env: ProviderEnv) {
    if (env.rank === 0 && env.allSeeds === undefined) {
      throw new TypeError("Cannot deal: party 0 has no dealer seeds");
    }
    this.#env = env;
  }
  get demands(): readonly Demand[] {
    return this.#ledger.demands;
  }
  get correctionBytes(): number {
    return this.#bytes;
  }

  take(kind: Kind, params: Params, tag: Parameters<Provider["take"]>[2]): Correlation {
    const { rank, heap, seed } = this.#env;
    const ahead = this.#ledger.take(kind, params, tag);
    let corrections: readonly Promise<Chunk>[] = [];
    if (rank === 0) {
      const key = tagKey(tag.scope, tag.seq);
      const chunks = ahead ? this.#ahead.get(key) : undefined;
      this.#ahead.delete(key);
      // Deferred by a microtask: the program goes on, and what it sends leaves before the dealing takes its time.
      const dealt = chunks === undefined
        ? Promise.resolve().then(() => this.#deal(kind, params, tag))
        : Promise.resolve(chunks);
      corrections = Array.from({ length: chunkCount(kind, params) }, (_, i) => dealt.then((all) => all[i]!));
    }
    return correlationShare(kind, params, { rank, heap, seed, position: tag, corrections });
  }

  prefetch(manifest: readonly Demand[], kinds: Kinds): Promise<void> {
    for (const demand of manifest) {
      this.#ledger.expect(demand);
      if (this.#env.rank !== 0) continue;
      const kind = kinds[demand.kind];
      if (kind === undefined) {
        throw new TypeError(`Cannot prefetch: correlation kind "${demand.kind}" is unknown`);
      }
      const position = { scope: Scope.at(this.#env.root, demand.path), seq: demand.seq };
      this.#ahead.set(tagKey(demand, demand.seq), this.#deal(kind, demand.params, position));
    }
    return Promise.resolve();
  }

  #deal(kind: Kind, params: Params, position: StreamPosition): readonly Chunk[] {
    const { heap, root, allSeeds } = this.#env;
    const deal = { heap, seeds: allSeeds!, kind, params, position, root, receiver: 0 };
    this.#bytes += correctionBytes(kind, params);
    return Array.from({ length: chunkCount(kind, params) }, (_, chunk) => {
      const bytes = new Uint8Array(chunkBytes(kind, params, chunk));
      dealChunk(deal, chunk, bytes);
      return { bytes, release: () => {} };
    });
  }

  close(): void {
    this.#ahead.clear();
  }
}
