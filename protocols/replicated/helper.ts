/**
 * A party as the dealer of the two others. It shares a seed with each of them for this purpose only, so it knows all their
 * masks; in exchange it is sent nothing of what they open under these masks, and no share of a result that they hold between
 * them (see `pair.ts`).
 *
 * @module
 */
import type { Seed } from "../../ring/prg.ts";
import type { Shape } from "../../ring/shape.ts";
import type { RingTensor } from "../../ring/tensor.ts";
import type { Call, Env } from "../protocol.ts";
import type { Correlation, Kind, Params, Provider } from "../provider.ts";
import { type Chunk, correlationShare } from "../providers/correlation.ts";
import { chunkBytes, chunkCount, type Deal, dealChunk } from "../providers/deal.ts";
import { CORRECTIONS_SUB, MOST_CHUNKS, receiverOf } from "../providers/third_party.ts";
import { after } from "./format.ts";

/** The tag of a call. Each is served once: it takes its corrections with it, and no message has a name twice. */
type Tag = Call["tag"];
/** Where a pair's correlated randomness comes from. */
type Source = Pick<Provider, "take">;

/** Purpose of the seeds that a helper shares with the two others. */
const purposeOf = (helper: number): string => `helper:${helper}`;

/**
 * Never settles: what a helper would wait for is not sent to it. A new promise each time, so that nothing but who waits keeps it,
 * and both are collected.
 */
export function never(): Promise<never> {
  return new Promise(() => {});
}

/** What a correlation is to the one who deals it: nothing. */
const DEALT: Correlation = {
  ready: never,
  fill(field) {
    throw new TypeError(`Cannot read field "${field}": who deals it has no share of it`);
  },
  tensor(field) {
    throw new TypeError(`Cannot read field "${field}": who deals it has no share of it`);
  },
  free: () => {},
};

/** The helper's side: deals what the pair asks for. It knows what that is because it calls the same primitives. */
export class Helper implements Source {
  readonly #env: Env;
  readonly #seeds: readonly Seed[];
  /** Of masks that this party has a summand of itself. */
  readonly #own: Seed;
  readonly #queue: (() => Promise<void>)[] = [];
  #running: Promise<void> | undefined;
  #bytes = 0;

  /** At the party that deals. */
  constructor(env: Env) {
    this.#env = env;
    const purpose = purposeOf(env.rank);
    this.#own = env.seeds.local.derive("own summands of masks");
    this.#seeds = [1, 2].map((steps) => env.seeds.pair(after(env.rank, steps), purpose));
  }
  get correctionBytes(): number {
    return this.#bytes;
  }

  /** Resolves when all that was asked for is dealt. */
  get settled(): Promise<void> {
    return this.#running ?? Promise.resolve();
  }

  take(kind: Kind, params: Params, tag: Tag): Correlation {
    this.#take(kind, params, tag, undefined);
    return DEALT;
  }

  /** A provider for a call in whose opening this party takes part, and its summand of the mask `field` there. */
  opening(field: string): { readonly provider: Source; mask(shape: Shape): RingTensor } {
    let drawn: ((shape: Shape) => RingTensor) | undefined;
    const take = (kind: Kind, params: Params, tag: Tag): Correlation => {
      this.#take(kind, params, tag, field);
      const index = kind.fields(params).findIndex(({ name }) => name === field);
      drawn = (shape) => this.#own.tensor(this.#env.heap, tag, index, shape);
      return DEALT;
    };
    return { provider: { take }, mask: (shape) => drawn!(shape) };
  }

  #take(kind: Kind, params: Params, tag: Tag, opened: string | undefined): void {
    const own = opened === undefined ? undefined : { seed: this.#own, field: opened };
    this.#queue.push(() => this.#deal(kind, params, tag, own));
    this.#running ??= this.#run().catch((error) => this.#env.comm.abort(error, "deal"));
  }

  async #run(): Promise<void> {
    // Deferred by a microtask: the program goes on, and what it sends leaves before the dealing takes its time.
    await Promise.resolve();
    for (let job = this.#queue.shift(); job !== undefined; job = this.#queue.shift()) {
      if (this.#env.comm.failed !== undefined) break;
      await job();
    }
    this.#running = undefined;
  }

  async #deal(kind: Kind, params: Params, tag: Tag, own: Deal["own"]): Promise<void> {
    const { heap, comm, rank, root } = this.#env;
    const chunks = chunkCount(kind, params);
    if (chunks > MOST_CHUNKS) {
      throw new RangeError(
        `Cannot deal "${kind.name}": it takes ${chunks} messages, ${MOST_CHUNKS} at most are possible`,
      );
    }
    for (let chunk = 0; chunk < chunks; chunk++) {
      const receiver = receiverOf(tag, chunk, 2);
      const deal: Deal = { heap, seeds: this.#seeds, kind, params, position: tag, root, receiver, own };
      const bytes = chunkBytes(kind, params, chunk);
      this.#bytes += bytes;
      const to = after(rank, 1 + receiver);
      comm.post(to, tag, CORRECTIONS_SUB + chunk, bytes, (dst) => dealChunk(deal, chunk, dst), 0);
      // Long corrections leave piece by piece, so that the receiver works on the first while the next is made.
      if (chunks > 1) {
        comm.flush();
        await comm.pause();
      }
    }
  }
}

/** The pair's side: each of the two has its own stream, or the corrections that the helper sends. */
export class Helped implements Source {
  readonly #env: Env;
  readonly #helper: number;
  readonly #seed: Seed;

  /** At a party that is helped by `helper`. */
  constructor(env: Env, helper: number) {
    this.#env = env;
    this.#helper = helper;
    this.#seed = env.seeds.pair(helper, purposeOf(helper));
  }

  take(kind: Kind, params: Params, tag: Tag): Correlation {
    const { heap } = this.#env;
    // The pair are the two parties after the helper, in this order.
    const rank = (this.#env.rank - this.#helper + 2) % 3;
    const corrections = Array.from(
      { length: chunkCount(kind, params) },
      (_, chunk) => receiverOf(tag, chunk, 2) === rank ? this.#receive(kind, params, tag, chunk) : undefined,
    );
    return correlationShare(kind, params, { rank, heap, seed: this.#seed, position: tag, corrections });
  }

  #receive(kind: Kind, params: Params, tag: Tag, chunk: number): Promise<Chunk> {
    const bytes = chunkBytes(kind, params, chunk);
    const what = `the corrections of "${kind.name}"`;
    return this.#env.comm.receive(this.#helper, tag, CORRECTIONS_SUB + chunk, bytes, what);
  }
}
