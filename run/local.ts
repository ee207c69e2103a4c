/**
 * All parties as tasks of one isolate: for tests, notebooks and first steps.
 *
 * @module
 */
import { memoryMesh } from "../comm/memory.ts";
import type { Transport } from "../comm/transport.ts";
import type { Session } from "../ops/session.ts";
import type { Demand } from "../protocols/provider.ts";
import { Heap } from "../ring/heap.ts";
import { checkOptions, connect, deal, type SessionOptions } from "./connect.ts";
import { mergeFailures } from "./failure.ts";

/** Options of {@link runLocal}. */
export interface LocalOptions extends SessionOptions {
  /** Number of parties. */
  readonly parties: number;
  /** Correlated randomness to be dealt before the program starts. */
  readonly manifest?: readonly Demand[];
  /** Replaces the links between members `a` and `b`, for tests with faults. */
  readonly wrap?: (link: Transport, from: number, to: number) => Transport;
}

const heaps: Heap[] = [];

/** Memories are used again: a new one costs more than a small program. */
function takeHeap(): Heap {
  return heaps.pop() ?? new Heap();
}

/**
 * Runs a program at every party and returns what each returned, by rank. The dealer, if the protocol needs one, is one more
 * task.
 *
 * @throws a {@link RunError} that names the party that failed first, the operation and the reason; all parties have ended by
 * then.
 */
export async function runLocal<T>(
  options: LocalOptions,
  program: (mpc: Session) => Promise<T> | T,
): Promise<[T, ...T[]]> {
  const { parties, protocol } = options;
  checkOptions(options, parties, ["wrap"]);
  const members = parties + (protocol.provider?.needsDealer === true ? 1 : 0);
  const mesh = memoryMesh(members);
  const links = mesh.map((own, from) =>
    new Map([...own].map(([to, link]) => [to, options.wrap?.(link, from, to) ?? link] as const))
  );
  const used = Array.from({ length: members }, takeHeap);
  const dealer = members > parties
    ? [deal({ ...options, links: links[parties]!, heap: used[parties] }).then(stop)]
    : [];
  const runs = Array.from(
    { length: parties },
    (_, rank) => runParty(options, rank, links[rank]!, used[rank]!, program),
  );
  const [results, served] = await Promise.all([Promise.allSettled(runs), Promise.allSettled(dealer)]);
  for (const heap of used) if (heap.liveBlocks === 0) heaps.push(heap);
  const failures = [...results, ...served].flatMap((r, rank) =>
    r.status === "rejected" ? [{ rank, error: r.reason }] : []
  );
  if (failures.length > 0) throw mergeFailures(failures, parties);
  return results.map((r) => (r as PromiseFulfilledResult<T>).value) as [T, ...T[]];
}

async function stop(dealer: Awaited<ReturnType<typeof deal>>): Promise<void> {
  const end = dealer.done.catch(() => {});
  await end;
  await dealer.close();
}

async function runParty<T>(
  options: LocalOptions,
  rank: number,
  links: ReadonlyMap<number, Transport>,
  heap: Heap,
  program: (mpc: Session) => Promise<T> | T,
): Promise<T> {
  const { wrap: _, ...common } = options;
  const session = await connect({ ...common, rank, links, heap });
  try {
    const result = await program(session);
    await session.settle();
    return result;
  } catch (error) {
    session.context.shared.env.comm.abort(
      error instanceof Error ? error : new Error(String(error)),
      "the program",
    );
    throw error;
  } finally {
    await session.close();
  }
}
