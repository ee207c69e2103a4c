/**
 * The dealer's side of the trusted third party: answers requests of all parties of one session.
 *
 * @module
 */
import type { Communicator } from "../../comm/communicator.ts";
import { ProtocolError } from "../../comm/errors.ts";
import { Scope, Tag } from "../../comm/scope.ts";
import type { Heap } from "../../ring/heap.ts";
import type { Seed } from "../../ring/prg.ts";
import type { Kind, Kinds, Params } from "../provider.ts";
import { chunkBytes, chunkCount, dealChunk } from "./deal.ts";
import { demandText, tagKey } from "./ledger.ts";
import { CORRECTIONS_SUB, DEALT, MOST_CHUNKS, receiverOf, type Request, REQUESTS } from "./third_party.ts";

/** What the dealer works with. */
export interface DealerEnv {
  /** Number of parties; the dealer's own rank is this number. */
  readonly parties: number;
  /** Its memory. */
  readonly heap: Heap;
  /** Messages. */
  readonly comm: Communicator;
  /** The seeds it shares with each party. */
  readonly seeds: readonly Seed[];
  /** The root scope's 16 bytes. */
  readonly root: Uint8Array;
  /** The kinds that the session's protocol asks for. */
  readonly kinds: Kinds;
  /** Lets the event loop send and receive; called between pieces of work. */
  readonly pause: () => Promise<void>;
}

/** One tag: what was asked for, and by whom so far. */
interface Entry {
  readonly text: string;
  readonly asked: Set<number>;
}

/** Serves one session until it is closed. */
export class Dealer {
  readonly #env: DealerEnv;
  readonly #entries = new Map<string, Entry>();
  readonly #queue: (() => Promise<void>)[] = [];
  readonly #ended = new Set<number>();
  #running = false;
  #bytes = 0;

  constructor(env: DealerEnv) {
    this.#env = env;
    env.comm.onControl(REQUESTS, (from, value) => this.#request(from, value));
  }

  /** Bytes of corrections sent so far. */
  get correctionBytes(): number {
    return this.#bytes;
  }

  #request(from: number, value: unknown): void {
    const { comm, parties, kinds } = this.#env;
    try {
      if (isEnd(value)) {
        this.#ended.add(from);
        if (this.#ended.size === parties) this.#push(() => this.#announce());
        return;
      }
      const request = checkRequest(value, from);
      const key = tagKey(request, request.seq);
      const text = `${request.scope.toHex()} ${demandText(request.kind, request.params)}`;
      const entry = this.#entries.get(key) ?? { text, asked: new Set<number>() };
      this.#entries.set(key, entry);
      if (entry.asked.has(from)) {
        throw new ProtocolError(
          `Cannot deal for tag ${key}: party ${from} asked twice, each tag is served once`,
          { party: from },
        );
      }
      if (entry.text !== text) {
        throw new ProtocolError(
          `Cannot deal for tag ${key}: party ${from} asks for "${request.kind}" with other parameters than the others`,
          { party: from },
        );
      }
      entry.asked.add(from);
      const kind = kinds[request.kind];
      if (kind === undefined || !Object.hasOwn(kinds, request.kind)) {
        throw new ProtocolError(`Cannot deal for tag ${key}: kind "${request.kind}" is unknown`, {
          party: from,
        });
      }
      if (entry.asked.size === parties) this.#push(() => this.#serve(kind, request));
    } catch (error) {
      comm.abort(error instanceof Error ? error : new Error("unknown"), "deal");
    }
  }

  #push(job: () => Promise<void>): void {
    this.#queue.push(job);
    if (this.#running) return;
    this.#running = true;
    this.#run().catch((error) => this.#env.comm.abort(error, "deal"));
  }

  async #run(): Promise<void> {
    for (let job = this.#queue.shift(); job !== undefined; job = this.#queue.shift()) {
      if (this.#env.comm.failed !== undefined) break;
      await job();
    }
    this.#running = false;
  }

  async #serve(kind: Kind, request: Request): Promise<void> {
    const { comm, heap, seeds, parties, root } = this.#env;
    const tag = new Tag(Scope.foreign(request.scope, request.path), request.seq);
    const { params } = request;
    const chunks = chunkCount(kind, params);
    if (chunks > MOST_CHUNKS) {
      throw new ProtocolError(
        `Cannot deal "${kind.name}": it takes ${chunks} messages, ${MOST_CHUNKS} at most are possible`,
      );
    }
    const deal = { heap, seeds, kind, params, position: tag, root };
    for (let chunk = 0; chunk < chunks; chunk++) {
      const bytes = chunkBytes(kind, params, chunk);
      const receiver = receiverOf(tag, chunk, parties);
      comm.post(
        receiver,
        tag,
        CORRECTIONS_SUB + chunk,
        bytes,
        (dst) => dealChunk({ ...deal, receiver }, chunk, dst),
      );
      this.#bytes += bytes;
      // Long corrections leave piece by piece, so that the receiver works on the first while the next is made.
      if (chunks > 1) {
        comm.flush();
        await this.#env.pause();
      }
    }
  }

  #announce(): Promise<void> {
    for (let party = 0; party < this.#env.parties; party++) this.#env.comm.postControl(party, DEALT, {});
    return Promise.resolve();
  }
}

function isEnd(value: unknown): boolean {
  return typeof value === "object" && value !== null && "end" in value;
}

/** Checks a request's form; its parameters are checked by the kind. */
function checkRequest(value: unknown, from: number): Request {
  const request = value as Partial<Record<keyof Request, unknown>> | null;
  const whole = (n: unknown): n is number => typeof n === "number" && Number.isSafeInteger(n) && n >= 0;
  if (
    typeof request !== "object" || request === null || !(request.scope instanceof Uint8Array) ||
    request.scope.length !== 16 ||
    !Array.isArray(request.path) || !request.path.every(whole) || !whole(request.seq) ||
    typeof request.kind !== "string" ||
    typeof request.params !== "object" || request.params === null
  ) {
    throw new ProtocolError(`Cannot deal: party ${from} sent a request that is not well formed`, {
      party: from,
    });
  }
  const { scope, path, seq, kind, params } = request;
  return { scope, path, seq, kind, params: params as Params };
}
