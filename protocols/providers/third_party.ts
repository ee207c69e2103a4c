/**
 * The trusted third party: a dealer outside the computation. It learns which correlations are used, never a message or a
 * result; it must not collude with any party.
 *
 * Each party asks for each tag; the dealer answers when all have asked for the same, once, and sends the corrections to one
 * party, chosen by the tag so that the traffic is spread. The parties ask when the program reaches the call, long before the
 * operands are there, or ahead of time for a whole manifest.
 *
 * @module
 */
import type { Tag } from "../../comm/scope.ts";
import { Scope } from "../../comm/scope.ts";
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
import type { Chunk } from "./correlation.ts";
import { correlationShare } from "./correlation.ts";
import { chunkBytes, chunkCount } from "./deal.ts";
import { Ledger } from "./ledger.ts";

/** Channel of requests to the dealer. */
export const REQUESTS = "deal";
/** Channel on which the dealer says that a manifest is dealt. */
export const DEALT = "dealt";
/** Number of the first message of corrections under a tag. */
export const CORRECTIONS_SUB = 0x4000;
/** Most messages of corrections under a tag. */
export const MOST_CHUNKS = 0x8000;

/** What a party asks the dealer for. */
export interface Request {
  /** The scope's bytes. */
  readonly scope: Uint8Array;
  /** Forks from the root scope. */
  readonly path: readonly number[];
  /** Position in the scope. */
  readonly seq: number;
  /** Kind. */
  readonly kind: string;
  /** Parameters. */
  readonly params: Params;
}

/** The party that receives a chunk of the corrections for a tag: all in turn, so that work and traffic are spread. */
export function receiverOf(
  position: { readonly scope: { readonly id: Uint8Array }; readonly seq: number },
  chunk: number,
  parties: number,
): number {
  return (position.scope.id[0]! + position.seq + chunk) % parties;
}

/** Correlated randomness from a dealer that runs beside the parties and takes no part in the computation. */
export function trustedThirdParty(): ProviderFactory {
  return {
    name: "trustedThirdParty",
    threatModel:
      "a dealer makes the correlated randomness and must not collude with any party; it sees no input, message or output",
    insecure: false,
    needsDealer: true,
    bind: (env) => new ThirdParty(env),
  };
}

class ThirdParty implements Provider {
  readonly #env: ProviderEnv;
  readonly #dealer: number;
  readonly #ledger = new Ledger();
  #bytes = 0;

  constructor(env: ProviderEnv) {
    if (env.dealer === undefined) {
      throw new TypeError("Cannot use a trusted third party: the session has no link to a dealer");
    }
    this.#env = env;
    this.#dealer = env.dealer;
  }
  get demands(): readonly Demand[] {
    return this.#ledger.demands;
  }
  get correctionBytes(): number {
    return this.#bytes;
  }

  take(kind: Kind, params: Params, tag: Tag): Correlation {
    const { rank, parties, heap, seed } = this.#env;
    if (!this.#ledger.take(kind, params, tag)) this.#ask(kind.name, params, tag.scope, tag.seq);
    const corrections = Array.from(
      { length: chunkCount(kind, params) },
      (_, chunk) =>
        receiverOf(tag, chunk, parties) === rank ? this.#receive(kind, params, tag, chunk) : undefined,
    );
    return correlationShare(kind, params, { rank, heap, seed, position: tag, corrections });
  }

  async prefetch(manifest: readonly Demand[], _kinds: Kinds): Promise<void> {
    for (const demand of manifest) {
      this.#ledger.expect(demand);
      this.#ask(demand.kind, demand.params, Scope.at(this.#env.root, demand.path), demand.seq);
    }
    this.#env.comm.postControl(this.#dealer, REQUESTS, { end: manifest.length });
    await this.#env.comm.receiveControl(this.#dealer, DEALT, "the end of the manifest");
  }

  #ask(
    kind: string,
    params: Params,
    scope: { readonly id: Uint8Array; readonly path: readonly number[] },
    seq: number,
  ): void {
    const request: Request = { scope: scope.id, path: scope.path, seq, kind, params };
    this.#env.comm.postControl(this.#dealer, REQUESTS, request);
  }

  #receive(kind: Kind, params: Params, tag: Tag, chunk: number): Promise<Chunk> {
    const bytes = chunkBytes(kind, params, chunk);
    this.#bytes += bytes;
    return this.#env.comm.receive(
      this.#dealer,
      tag,
      CORRECTIONS_SUB + chunk,
      bytes,
      `the dealer's "${kind.name}"`,
    );
  }

  close(): void {}
}
