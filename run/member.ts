/**
 * One member of a launched run, in its own worker or process: a party that runs the program, or the dealer.
 *
 * @module
 */
import { publicMessage } from "../comm/errors.ts";
import type { Transport } from "../comm/transport.ts";
import type { Session } from "../ops/session.ts";
import { isPlainTensor, Tensor } from "../ops/plaintext.ts";
import type { Demand } from "../protocols/provider.ts";
import { connect, deal } from "./connect.ts";
import { protocolFrom, type Protocols, type ProtocolSpec } from "./registry.ts";

/** What a launched run does, as plain data. */
export interface Job {
  /** URL of the program's module. */
  readonly module: string;
  /** Number of parties. */
  readonly parties: number;
  /** The protocol. */
  readonly protocol: ProtocolSpec;
  /** Fraction bits. */
  readonly fractionBits: number;
  /** Deadline of every wait, in milliseconds. */
  readonly deadline: number;
  /** Passed to the program. */
  readonly args: unknown;
  /** Correlated randomness to be dealt before the program starts. */
  readonly manifest: readonly Demand[] | undefined;
}

/** The exports of a program. */
export interface Program {
  /** What every party runs. */
  readonly main: (mpc: Session, args: unknown) => unknown;
  /** Protocols that the program brings along. */
  readonly protocols?: Protocols;
}

/** How a member ended, as plain data. */
export type Outcome =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly name: string; readonly message: string; readonly stack: string };

/** An error as it was thrown in the member. */
export function reviveError(outcome: Outcome & { readonly ok: false }): Error {
  const error = new Error(outcome.message);
  error.name = outcome.name;
  error.stack = outcome.stack;
  return error;
}

async function load(job: Job): Promise<Program> {
  const program = await import(job.module) as Partial<Program>;
  if (typeof program.main !== "function") {
    throw new TypeError(`Cannot launch ${job.module}: it exports no function "main"`);
  }
  return program as Program;
}

/** Runs one member to its end. Never throws. */
export async function runMember(
  job: Job,
  rank: number,
  links: ReadonlyMap<number, Transport>,
): Promise<Outcome> {
  try {
    const program = await load(job);
    const protocol = protocolFrom(job.protocol, program.protocols);
    const { parties, fractionBits, deadline, manifest } = job;
    const common = { parties, links, protocol, fractionBits, deadline };
    if (rank === parties) {
      const dealer = await deal(common);
      await dealer.done.catch(() => {});
      await dealer.close();
      return { ok: true, value: undefined };
    }
    const session = await connect({ ...common, rank, manifest });
    try {
      const value = await program.main(session, job.args);
      await session.settle();
      return { ok: true, value: packResult(value) };
    } catch (error) {
      session.context.shared.env.comm.abort(
        error instanceof Error ? error : new Error(String(error)),
        "the program",
      );
      throw error;
    } finally {
      await session.close();
    }
  } catch (error) {
    for (const link of links.values()) await link.close();
    const known = error instanceof Error ? error : new Error(publicMessage(error));
    return { ok: false, name: known.name, message: known.message, stack: known.stack ?? "" };
  }
}

const ARRAY = "$tacit.array";
const SHAPE = "$tacit.shape";

/** Typed arrays that keep their kind on the way back. */
const KINDS = { Float64Array, Float32Array, Int32Array, BigInt64Array } as const;

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** A result as plain data: tensors and typed arrays are marked, so that they are themselves again on the other side. */
export function packResult(value: unknown): unknown {
  if (isPlainTensor(value)) return { [SHAPE]: [...value.shape], data: packResult(value.data) };
  if (Array.isArray(value)) return value.map(packResult);
  for (const [kind, Kind] of Object.entries(KINDS)) {
    if (!(value instanceof Kind)) continue;
    return { [ARRAY]: kind, bytes: new Uint8Array(value.buffer, value.byteOffset, value.byteLength).slice() };
  }
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, packResult(item)]));
}

/** The inverse of {@link packResult}. */
export function unpackResult(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unpackResult);
  if (!isRecord(value)) return value;
  if (SHAPE in value) {
    return new Tensor(value[SHAPE] as number[], unpackResult(value["data"]) as Tensor["data"]);
  }
  if (ARRAY in value) {
    const Kind = KINDS[value[ARRAY] as keyof typeof KINDS];
    return new Kind((value["bytes"] as Uint8Array).slice().buffer as ArrayBuffer);
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, unpackResult(item)]));
}
