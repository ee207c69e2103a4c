/**
 * Every party in a worker or process of its own, running the same module.
 *
 * @module
 */
import type { Protocol } from "../protocols/protocol.ts";
import type { Demand } from "../protocols/provider.ts";
import { checkOptions } from "./connect.ts";
import { type Failure, mergeFailures, RunError } from "./failure.ts";
import type { Job, Outcome } from "./member.ts";
import { reviveError, unpackResult } from "./member.ts";
import { workers } from "./workers.ts";

/** Where the members run. */
export interface Host {
  /** What it is, for reports. */
  readonly name: string;
  /**
   * Starts `members` members of a job. Every promise resolves with how a member ended; `stop` ends those that still run.
   */
  start(job: Job, members: number): { readonly outcomes: readonly Promise<Outcome>[]; stop(): Promise<void> };
}

/** Options of {@link launch}. */
export interface LaunchOptions {
  /** Number of parties. */
  readonly parties: number;
  /** The protocol: one of the library's, or one that the module exports under `protocols`. */
  readonly protocol: Protocol;
  /** Fraction bits of encoded reals, 0 to 30; 16 by default. */
  readonly fractionBits?: number;
  /** How long a party waits for another that says nothing, in milliseconds; 30 000 by default. */
  readonly deadline?: number;
  /** Plain data that `main` gets as second argument. */
  readonly args?: unknown;
  /** Correlated randomness to be dealt before the program starts. */
  readonly manifest?: readonly Demand[] | undefined;
  /** Where the members run; workers of this process by default. */
  readonly host?: Host;
}

/** How long members have to end by themselves after one has failed, beyond the deadline of their waits. */
const GRACE = 2000;

/**
 * Runs `main` of a module at every party and returns what each returned, by rank (plain data and tensors). The dealer, if the
 * protocol needs one, is one more worker or process.
 *
 * @throws {RunError} when a party fails: it names the party, the operation and the reason. No worker or process is left.
 */
export async function launch<T = unknown>(
  module: string | URL,
  options: LaunchOptions,
): Promise<[T, ...T[]]> {
  const { parties, protocol, fractionBits = 16, deadline = 30_000, args, manifest, host = workers() } =
    options;
  checkOptions(options, parties, ["args", "host"]);
  const job: Job = {
    module: new URL(module).href,
    parties,
    protocol: { name: protocol.name, options: protocol.options },
    fractionBits,
    deadline,
    args,
    manifest,
  };
  const members = parties + (protocol.provider?.needsDealer === true ? 1 : 0);
  const run = host.start(job, members);
  try {
    const outcomes = await collect(run.outcomes, deadline + GRACE);
    const failures = outcomes.flatMap((outcome, rank): Failure[] =>
      outcome.ok ? [] : [{ rank, error: reviveError(outcome) }]
    );
    if (failures.length > 0) throw mergeFailures(failures, parties);
    const values = outcomes.slice(0, parties).map((outcome) =>
      unpackResult((outcome as { value: unknown }).value) as T
    );
    return values as [T, ...T[]];
  } finally {
    await run.stop();
  }
}

/** Waits for all members; after the first failure, for a limited time only. */
async function collect(outcomes: readonly Promise<Outcome>[], grace: number): Promise<Outcome[]> {
  const failed = Promise.withResolvers<void>();
  const seen = new Array<Outcome | undefined>(outcomes.length).fill(undefined);
  const all = Promise.all(outcomes.map(async (outcome, rank) => {
    const result = await outcome;
    seen[rank] = result;
    if (!result.ok) failed.resolve();
    return result;
  }));
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = failed.promise.then(() =>
    new Promise<Outcome[]>((resolve) => {
      const missing: Outcome = {
        ok: false,
        name: "TransportError",
        message: "did not end and was stopped",
        stack: "",
      };
      timer = setTimeout(() => resolve(seen.map((outcome) => outcome ?? missing)), grace);
    })
  );
  try {
    return await Promise.race([all, late]);
  } finally {
    clearTimeout(timer);
  }
}

export { RunError };
