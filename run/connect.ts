/**
 * One party of a session, over links that are already there.
 *
 * @module
 */
import { Communicator } from "../comm/communicator.ts";
import { Scope } from "../comm/scope.ts";
import type { Transport } from "../comm/transport.ts";
import { Session } from "../ops/session.ts";
import type { Protocol } from "../protocols/protocol.ts";
import type { Demand, Provider } from "../protocols/provider.ts";
import { Dealer } from "../protocols/providers/dealer.ts";
import { Heap } from "../ring/heap.ts";
import { Seed } from "../ring/prg.ts";
import { type Config, handshake, PartySeeds } from "./handshake.ts";

/** What all parties of a session must choose alike. */
export interface SessionOptions {
  /** The protocol. */
  readonly protocol: Protocol;
  /** Fraction bits of encoded reals, 0 to 30; 16 by default. */
  readonly fractionBits?: number;
  /** How long a party waits for another that says nothing, in milliseconds; 30 000 by default. */
  readonly deadline?: number;
  /** False runs every operation from the minimal primitives; for tests. */
  readonly fastPaths?: boolean;
}

/** One party's place in a session. */
export interface PartyOptions extends SessionOptions {
  /** This party. */
  readonly rank: number;
  /** Number of parties. */
  readonly parties: number;
  /** A link to every other party, by rank; the dealer's has rank `parties`. */
  readonly links: ReadonlyMap<number, Transport>;
  /** Correlated randomness to be dealt before the program starts, as an earlier run recorded it. */
  readonly manifest?: readonly Demand[] | undefined;
  /** Memory to use; a new one by default. */
  readonly heap?: Heap | undefined;
}

function configOf(options: SessionOptions, parties: number): Config {
  const { protocol, fractionBits = 16, fastPaths = true } = options;
  return {
    protocol: protocol.name,
    ...protocol.options,
    parties,
    "fraction bits": fractionBits,
    "fast paths": fastPaths,
  };
}

/** Options of every way to run. */
const SESSION_OPTIONS = ["protocol", "parties", "fractionBits", "deadline", "fastPaths", "manifest"];

/**
 * Checks options; `more` names those that only this way to run has.
 *
 * @throws {RangeError | TypeError} when they do not fit together, or one is not known: a misspelt one would be lost.
 */
export function checkOptions(options: SessionOptions, parties: number, more: readonly string[]): void {
  const { protocol, fractionBits = 16, deadline = 1 } = options;
  const known = [...SESSION_OPTIONS, ...more];
  const foreign = Object.keys(options).find((name) => !known.includes(name));
  if (foreign !== undefined) {
    throw new TypeError(`Cannot run: option "${foreign}" is unknown, the options are ${known.join(", ")}`);
  }
  if (!(deadline > 0)) {
    throw new RangeError(`Cannot wait for ${deadline} milliseconds: a deadline above 0 is wanted`);
  }
  const [least, most] = protocol.parties;
  if (!Number.isInteger(parties) || parties < least || parties > most) {
    const wanted = least === most ? `${least}` : `${least} to ${most}`;
    throw new RangeError(`Cannot run ${protocol.name} with ${parties} parties: ${wanted} are wanted`);
  }
  if (!Number.isInteger(fractionBits) || fractionBits < 0 || fractionBits > 30) {
    throw new RangeError(
      `Cannot use ${fractionBits} fraction bits: a product has twice as many and must stay below 62 bits, 0 to 30 are wanted`,
    );
  }
}

function refuseRemote(options: PartyOptions): void {
  const { protocol, links } = options;
  if (!protocol.insecure) return;
  for (const [peer, link] of links) {
    if (link.locality !== "network") continue;
    throw new TypeError(
      `Cannot run ${protocol.name} with party ${peer} on another machine: ${protocol.threatModel}`,
    );
  }
}

/**
 * Joins a session as one party.
 *
 * The links must be authenticated and encrypted when they leave the machine: shares on an open wire can be changed unnoticed,
 * and whoever reads all of it learns what is revealed. Of this library's links, WebSockets at
 * `wss:` addresses are; all others are for one machine.
 *
 * @throws {ProtocolError} when a peer runs another version, protocol or configuration; the message says what differs.
 * @throws {TypeError} when an insecure protocol or provider would face a peer on another machine.
 */
export async function connect(options: PartyOptions): Promise<Session> {
  const { rank, parties, links, protocol, deadline, fractionBits = 16, heap = new Heap() } = options;
  checkOptions(options, parties, ["rank", "links", "heap"]);
  refuseRemote(options);
  const comm = new Communicator({
    rank,
    parties,
    links: new Map(links),
    ...(deadline === undefined ? {} : { deadlineMs: deadline }),
    name: (peer) => peer === parties ? "The dealer" : `Party ${peer}`,
  });
  try {
    const dealer = links.has(parties) ? parties : undefined;
    const members = Array.from({ length: parties + (dealer === undefined ? 0 : 1) }, (_, i) => i);
    const agreement = await handshake(comm, rank, members, configOf(options, parties));
    comm.session(agreement.id.subarray(0, 8));
    const scope = Scope.root(agreement.id.slice(0, 16));
    const provider = await bindProvider(options, { comm, heap, dealer, agreement, scope });
    const seeds = new PartySeeds(agreement);
    const env = { rank, parties, heap, comm, seeds, provider, root: scope.id };
    if (options.manifest !== undefined) await provider?.prefetch(options.manifest, protocol.kinds);
    comm.resetCounters();
    return new Session({
      env,
      facts: protocol,
      protocol: protocol.bind(env),
      scope,
      precision: { fractionBits },
      fastPaths: options.fastPaths,
      close: async () => {
        provider?.close();
        await comm.close();
      },
    });
  } catch (error) {
    comm.abort(error instanceof Error ? error : new Error(String(error)), "the beginning of the session");
    await comm.close();
    throw error;
  }
}

interface ProviderParts {
  readonly comm: Communicator;
  readonly heap: Heap;
  readonly dealer: number | undefined;
  readonly agreement: Awaited<ReturnType<typeof handshake>>;
  readonly scope: Scope;
}

/** Seeds for correlated randomness: agreed with the dealer, or handed out by a trusted first party. */
async function bindProvider(options: PartyOptions, parts: ProviderParts): Promise<Provider | undefined> {
  const factory = options.protocol.provider;
  if (factory === undefined) return undefined;
  const { rank, parties } = options;
  const { comm, heap, dealer, agreement, scope } = parts;
  const common = { rank, parties, heap, comm, dealer, root: scope.id };
  if (dealer !== undefined) {
    return factory.bind({
      ...common,
      seed: agreement.secrets.get(dealer)!.derive("dealer"),
      allSeeds: undefined,
    });
  }
  if (factory.needsDealer) {
    throw new TypeError(`Cannot use ${factory.name}: the session has no link to a dealer`);
  }
  // Party 0 deals: it shares a seed with every other party, and has one for itself.
  if (rank !== 0) {
    return factory.bind({ ...common, seed: agreement.secrets.get(0)!.derive("dealer"), allSeeds: undefined });
  }
  const own = new Seed(crypto.getRandomValues(new Uint8Array(32)));
  const allSeeds = [
    own,
    ...Array.from({ length: parties - 1 }, (_, i) => agreement.secrets.get(i + 1)!.derive("dealer")),
  ];
  return await Promise.resolve(factory.bind({ ...common, seed: own, allSeeds }));
}

/** What a dealer works with. */
export interface DealerOptions extends SessionOptions {
  /** Number of parties. */
  readonly parties: number;
  /** A link to every party, by rank. */
  readonly links: ReadonlyMap<number, Transport>;
  /** Memory to use; a new one by default. */
  readonly heap?: Heap | undefined;
}

/** A dealer that serves one session; resolves when all parties have said that they are done. */
export interface RunningDealer {
  /** Resolves when the session has ended; rejects when it failed. */
  readonly done: Promise<void>;
  /** Ends it. */
  close(): Promise<void>;
}

/** Serves correlated randomness to the parties of one session. */
export async function deal(options: DealerOptions): Promise<RunningDealer> {
  const { parties, links, protocol, deadline, heap = new Heap() } = options;
  const comm = new Communicator({
    rank: parties,
    parties,
    links: new Map(links),
    ...(deadline === undefined ? {} : { deadlineMs: deadline }),
    name: (peer) => `Party ${peer}`,
  });
  try {
    const members = Array.from({ length: parties + 1 }, (_, i) => i);
    const agreement = await handshake(comm, parties, members, configOf(options, parties));
    comm.session(agreement.id.subarray(0, 8));
    const seeds = Array.from({ length: parties }, (_, i) => agreement.secrets.get(i)!.derive("dealer"));
    const root = agreement.id.slice(0, 16);
    new Dealer({ parties, heap, comm, seeds, root, kinds: protocol.kinds, pause: () => comm.pause() });
    return { done: comm.ended, close: () => comm.close() };
  } catch (error) {
    comm.abort(error instanceof Error ? error : new Error(String(error)), "the beginning of the session");
    await comm.close();
    throw error;
  }
}
