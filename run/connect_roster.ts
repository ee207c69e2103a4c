/**
 * Sessions of members on different machines, who know each other from a roster. Deno only.
 *
 * @module
 */
import { TransportError } from "../comm/errors.ts";
import type { Identity } from "../comm/identity.ts";
import { secureMesh } from "../comm/tcp_secure.ts";
import type { Transport } from "../comm/transport.ts";
import type { Session } from "../ops/session.ts";
import { connect, deal, type RunningDealer } from "./connect.ts";
import { protocolFrom, type Protocols } from "./registry.ts";
import { memberName, membersOf, type Roster, rosterPrologue } from "./roster.ts";

export { fingerprint, Identity } from "../comm/identity.ts";
export type { KeyPair } from "../comm/identity.ts";
export type { Prologue } from "../comm/secure.ts";
export type { RunningDealer } from "./connect.ts";
export { programDigest, readRoster, rosterDigest, rosterPrologue } from "./roster.ts";
export type { Roster, RosterMember } from "./roster.ts";
export type { Protocols, ProtocolSpec } from "./registry.ts";

/** A member's place in a roster. */
export interface RosterOptions {
  /** Who computes, and what. */
  readonly roster: Roster;
  /** This member's long-term keys. */
  readonly identity: Identity;
  /** Protocols that the program brings along. */
  readonly protocols?: Protocols | undefined;
  /** What this member is about to run, as `programDigest` gives it: has to be the roster's. Not compared by default. */
  readonly program?: string | undefined;
  /** Where to listen; by default the port of the roster, on loopback if the roster says so, else on all interfaces. It is closed after. */
  readonly listener?: Deno.TcpListener | undefined;
}

function listenFor(host: string, port: number, who: string): Deno.TcpListener {
  const own = /^(localhost|127\.[\d.]+|::1)$/.test(host) ? host : host.includes(":") ? "::" : "0.0.0.0";
  try {
    return Deno.listen({ hostname: own, port });
  } catch (cause) {
    const why = cause instanceof Deno.errors.AddrInUse
      ? "another program has it"
      : "the system does not allow it";
    throw new TransportError(`Cannot listen at port ${port} as ${who}: ${why}, a free port is wanted`, {
      cause,
    });
  }
}

/** Secured links to all other members, once they are there. */
async function meet(options: RosterOptions, rank: number): Promise<Map<number, Transport>> {
  const { roster, identity, program = roster.program } = options;
  const members = membersOf(roster);
  const name = (member: number): string => memberName(member, roster.parties.length);
  const { key, host, port } = members[rank]!;
  if (identity.publicKey !== key) {
    throw new TypeError(
      `Cannot join as ${
        name(rank)
      }: the identity's public key is ${identity.publicKey}, the roster's ${key} is wanted`,
    );
  }
  if (program !== roster.program) {
    throw new TypeError(
      `Cannot join as ${
        name(rank)
      }: the program's digest is ${program}, the roster's ${roster.program} is wanted`,
    );
  }
  const listener = options.listener ?? listenFor(host, port, name(rank));
  return await secureMesh({
    rank,
    identity,
    members,
    prologue: rosterPrologue(roster),
    listener,
    deadlineMs: roster.joinMs,
    name,
  });
}

/**
 * Joins the session of a roster as one party: connects to all other members over TCP, each end proving that it holds the key that the
 * roster names, and encrypting what it sends (Noise KK). Who has another key, protocol, program or list of members is
 * refused before anything of the session is sent. All members can start in any order.
 *
 * @throws {TransportError} when a member does not come in time or refuses this one; the message names it and says why.
 * @throws {ProtocolError} when a peer runs another configuration; the message says what differs.
 * @throws {TypeError} when the identity or program is not the roster's, or an insecure protocol would face a peer on
 * another machine.
 * @throws {RangeError} when the roster has no party of that rank.
 */
export async function connectRoster(options: RosterOptions & { readonly rank: number }): Promise<Session> {
  const { roster: { parties: { length: parties }, fractionBits, silenceMs }, rank } = options;
  if (!Number.isInteger(rank) || rank < 0 || rank >= parties) {
    throw new RangeError(`Cannot join as party ${rank}: 0 to ${parties - 1} are wanted`);
  }
  const protocol = protocolFrom(options.roster.protocol, options.protocols);
  const links = await meet(options, rank);
  return await closingOnError(
    links,
    () => connect({ rank, parties, links, protocol, fractionBits, deadline: silenceMs }),
  );
}

/**
 * Deals in the session of a roster, with links as those of {@link connectRoster}.
 *
 * @throws {TransportError} when a member does not come in time or refuses the dealer; the message names it and says why.
 * @throws {ProtocolError} when a party runs another configuration; the message says what differs.
 * @throws {TypeError} when the roster has no dealer, or the identity or program is not the roster's.
 */
export async function dealRoster(options: RosterOptions): Promise<RunningDealer> {
  const { parties: { length: parties }, fractionBits, silenceMs, dealer } = options.roster;
  if (dealer === undefined) throw new TypeError(`Cannot deal: the roster has no dealer`);
  const protocol = protocolFrom(options.roster.protocol, options.protocols);
  const links = await meet(options, parties);
  return await closingOnError(
    links,
    () => deal({ parties, links, protocol, fractionBits, deadline: silenceMs }),
  );
}

/** What is made over links, which are closed when it fails. */
async function closingOnError<T>(links: ReadonlyMap<number, Transport>, make: () => Promise<T>): Promise<T> {
  try {
    return await make();
  } catch (error) {
    await Promise.all([...links.values()].map((link) => link.close()));
    throw error;
  }
}
