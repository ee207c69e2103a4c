/**
 * A member's place in a session of processes that were started one by one, on an invitation.
 *
 * @module
 */
import { TransportError } from "../../mod.ts";
import { tcpMesh } from "../../comm/tcp_mesh.ts";
import type { Transport } from "../../comm/transport.ts";
import { deal } from "../../run/connect.ts";
import { reviveError, runMember, unpackResult } from "../../run/member.ts";
import { type Arguments, numberOption, UsageError } from "./command.ts";
import { reasonOf } from "./failure.ts";
import { type Invitation, memberName } from "./invitation.ts";
import type { Io } from "./io.ts";

/** Options of commands that take a seat. */
export const SEAT_OPTIONS = ["party", "wait"];

/** What they mean, for help texts. */
export const WAIT_HELP = "  --wait SECONDS         how long to wait for the others to come, 60 by default";

/** Longest silence of another member that computes, in milliseconds. One that is gone is noticed at once. */
export const DEADLINE = 600_000;

/** How long to wait for the others, in milliseconds. */
export function waitFrom(args: Arguments): number {
  return numberOption(args, "wait", 60) * 1000;
}

/** Which party to be. @throws {UsageError} unless there is one of that number. */
export function partyFrom(args: Arguments, { parties }: Invitation): number {
  if (args.values["party"] === undefined) {
    throw new UsageError(`Cannot join: --party is missing, 0 to ${parties - 1} are wanted`);
  }
  const party = numberOption(args, "party", 0, { whole: true });
  if (party < parties) return party;
  throw new UsageError(`Cannot join as party ${party}: 0 to ${parties - 1} are wanted`);
}

function listen(port: number, who: string): Deno.TcpListener {
  try {
    return Deno.listen({ hostname: "127.0.0.1", port });
  } catch (cause) {
    const why = cause instanceof Deno.errors.AddrInUse ? "another program has it" : reasonOf(cause);
    throw new TransportError(
      `Cannot listen at port ${port}: ${why}, no other ${who} and a free port are wanted`,
      { cause },
    );
  }
}

/** Links to all other members, once they are there. */
async function meet(
  { parties, ports, token }: Invitation,
  rank: number,
  deadlineMs: number,
  io: Io,
): Promise<Map<number, Transport>> {
  const name = (member: number): string => memberName(member, parties);
  const listener = listen(ports[rank]!, name(rank));
  const others = ports.map((_, member) => member).filter((member) => member !== rank).map(name);
  io.err(`${name(rank)} waits for ${new Intl.ListFormat("en").format(others)}\n`);
  try {
    return await tcpMesh({ rank, ports, listener, token, deadlineMs, name });
  } catch (cause) {
    if (!(cause instanceof TransportError)) throw cause;
    const advice = "start all members with the same invitation, or wait longer with --wait";
    throw new TransportError(`${cause.message}: ${advice}`, { party: cause.party, cause });
  }
}

/** A program for one party. */
export interface Seat {
  /** Which party. */
  readonly party: number;
  /** The module that has the program. */
  readonly module: URL;
  /** What the program is given. */
  readonly args: unknown;
  /** How long to wait for the others, in milliseconds. */
  readonly wait: number;
}

/** Runs a program as one party and returns what it returned. */
export async function takeSeat(invitation: Invitation, seat: Seat, io: Io): Promise<unknown> {
  const { parties, protocol: { name, options } } = invitation;
  const links = await meet(invitation, seat.party, seat.wait, io);
  const outcome = await runMember(
    {
      module: seat.module.href,
      parties,
      protocol: { name, options },
      fractionBits: 16,
      deadline: DEADLINE,
      args: seat.args,
      manifest: undefined,
    },
    seat.party,
    links,
  );
  if (!outcome.ok) throw reviveError(outcome);
  return unpackResult(outcome.value);
}

/** Deals until all parties are done. */
export async function takeDealerSeat(invitation: Invitation, wait: number, io: Io): Promise<void> {
  const { parties, protocol } = invitation;
  if (protocol.provider?.needsDealer !== true) {
    throw new TypeError(`Cannot deal: ${protocol.name} as invited needs no dealer`);
  }
  const links = await meet(invitation, parties, wait, io);
  const dealer = await deal({ parties, protocol, links, deadline: DEADLINE });
  try {
    await dealer.done;
  } finally {
    await dealer.close();
  }
}
