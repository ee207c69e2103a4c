/**
 * A roster: a file that says who computes with whom, and what. It has nothing secret; every member has the same one.
 *
 * @module
 */
import { sha256 } from "../comm/deps.ts";
import { prologueBytes } from "../comm/greeting.ts";
import { publicKeyBytes } from "../comm/identity.ts";
import type { Prologue } from "../comm/secure.ts";
import type { Protocol } from "../protocols/protocol.ts";
import { WIRE_VERSION } from "./handshake.ts";
import { protocolFrom, type Protocols, type ProtocolSpec, providers } from "./registry.ts";

/** A party or the dealer. */
export interface RosterMember {
  /** Its public key. */
  readonly key: string;
  /** Its host: a name or an address, IPv6 without brackets. */
  readonly host: string;
  /** Its port. */
  readonly port: number;
}

/** Who computes, and what. */
export interface Roster {
  /** The protocol with all its options, the provider among them. */
  readonly protocol: ProtocolSpec;
  /** Fraction bits of encoded reals. */
  readonly fractionBits: number;
  /** SHA-256 of the program, 64 digits in base 16. */
  readonly program: string;
  /** How long to wait for members to come, in milliseconds. */
  readonly joinMs: number;
  /** How long to wait for a member that says nothing, in milliseconds. */
  readonly silenceMs: number;
  /** The parties, by rank. */
  readonly parties: readonly RosterMember[];
  /** The dealer, if the protocol needs one. */
  readonly dealer: RosterMember | undefined;
}

const KIND = "tacit roster";
const VERSION = 1;
/** Longest delay of a timer. */
const MOST_MS = 2 ** 31 - 1;

type Fields = Readonly<Record<string, unknown>>;

function refuse(what: string): never {
  throw new TypeError(`Cannot read the roster: ${what}`);
}

/** The fields of an object, all of which are known, and all of which are there but those that may be missing. */
function fieldsOf(
  value: unknown,
  where: string,
  wanted: readonly string[],
  optional: readonly string[] = [],
): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    refuse(`${where} is no object, one with ${wanted.join(", ")} is wanted`);
  }
  const known = [...wanted, ...optional];
  const foreign = Object.keys(value).find((name) => !known.includes(name));
  if (foreign !== undefined) {
    refuse(`${where} has an unknown field "${foreign}", the fields are ${known.join(", ")}`);
  }
  const missing = wanted.find((name) => !Object.hasOwn(value, name));
  if (missing !== undefined) refuse(`${where} has no "${missing}", ${wanted.join(", ")} are wanted`);
  return value as Fields;
}

function integerOf(value: unknown, where: string, least: number, most: number): number {
  if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) {
    return value as number;
  }
  return refuse(`${where} is ${JSON.stringify(value)}, a whole number of ${least} to ${most} is wanted`);
}

function textOf(value: unknown, where: string): string {
  return typeof value === "string" ? value : refuse(`${where} is ${JSON.stringify(value)}, a text is wanted`);
}

/** A host and port from "host:port" or "[IPv6]:port". */
function addressOf(value: unknown, where: string): { host: string; port: number } {
  const text = textOf(value, where);
  const wrong = (): never =>
    refuse(
      `${where} is "${text}", host:port is wanted, with brackets around an IPv6 address, as in [::1]:7000`,
    );
  const [, six, name, digits] = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+)):(\d{1,5})$/.exec(text) ??
    wrong();
  const port = Number(digits);
  if (port < 1 || port > 65535) refuse(`${where} has port ${digits}, 1 to 65535 are wanted`);
  // URLs are parsed everywhere, and know a wrong address when they see one.
  const url = URL.parse(`http://${six === undefined ? name : `[${six}]`}/`);
  if (url === null) wrong();
  return { host: six === undefined ? name! : url!.hostname.slice(1, -1), port };
}

function memberOf(fields: Fields, where: string): RosterMember {
  const key = textOf(fields["key"], `the key of ${where}`);
  try {
    publicKeyBytes(key);
  } catch (cause) {
    refuse(`the key of ${where} is none: ${(cause as Error).message}`);
  }
  return { key, ...addressOf(fields["address"], `the address of ${where}`) };
}

function partiesOf(value: unknown): RosterMember[] {
  if (!Array.isArray(value)) refuse("its parties are no list, one of rank, key and address is wanted");
  const list = value as unknown[];
  const parties: RosterMember[] = [];
  for (const [i, entry] of list.entries()) {
    const fields = fieldsOf(entry, `entry ${i} of the parties`, ["rank", "key", "address"]);
    const rank = integerOf(fields["rank"], `the rank in entry ${i} of the parties`, 0, list.length - 1);
    if (parties[rank] !== undefined) {
      refuse(`two parties have rank ${rank}, 0 to ${list.length - 1} are wanted, once each`);
    }
    parties[rank] = memberOf(fields, `party ${rank}`);
  }
  return parties;
}

/** The protocol with its options and provider. */
function protocolOf(fields: Fields, own: Protocols): Protocol {
  const name = textOf(fields["protocol"], "its protocol");
  const options = fields["options"] ?? {};
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    refuse(`its options are ${JSON.stringify(options)}, an object is wanted`);
  }
  for (const [option, value] of Object.entries(options)) {
    if (option === "provider") {
      refuse("its options have a provider, a field of the roster is wanted for that");
    }
    if (!["string", "number", "boolean"].includes(typeof value)) {
      refuse(`option "${option}" is ${JSON.stringify(value)}, a text, number or boolean is wanted`);
    }
  }
  const provider = fields["provider"];
  if (provider !== undefined && !Object.hasOwn(providers, textOf(provider, "its provider"))) {
    refuse(`provider "${provider}" is unknown, one of ${Object.keys(providers).join(", ")} is wanted`);
  }
  let protocol: Protocol;
  try {
    const all = { ...options, ...(provider === undefined ? {} : { provider: provider as string }) };
    protocol = protocolFrom({ name, options: all }, own);
  } catch (cause) {
    return refuse(`its protocol does not fit together: ${(cause as Error).message}`);
  }
  if (provider === undefined && protocol.provider !== undefined) {
    refuse(`it has no "provider", protocol ${name} wants one of ${Object.keys(providers).join(", ")}`);
  }
  if (provider !== undefined && protocol.provider === undefined) {
    refuse(`it has provider "${provider}", protocol ${name} has none`);
  }
  return protocol;
}

function checkMembers(protocol: Protocol, { parties, dealer }: Pick<Roster, "parties" | "dealer">): void {
  const [least, most] = protocol.parties;
  if (parties.length < least || parties.length > most) {
    refuse(
      `it has ${parties.length} parties, ${protocol.name} takes ${
        least === most ? least : `${least} to ${most}`
      }`,
    );
  }
  const needed = protocol.provider?.needsDealer === true;
  if (needed && dealer === undefined) {
    refuse(`it has no "dealer", provider ${protocol.provider!.name} needs one`);
  }
  if (!needed && dealer !== undefined) {
    refuse(`it has a "dealer", ${protocol.name} needs none with its provider`);
  }
  const members = membersOf({ parties, dealer });
  for (const [i, a] of members.entries()) {
    for (const [j, b] of members.slice(0, i).entries()) {
      const who = `${memberName(j, parties.length)} and ${memberName(i, parties.length)}`;
      if (a.key === b.key) refuse(`${who} have the same key, each needs its own`);
      if (a.host === b.host && a.port === b.port) refuse(`${who} have the same address, each needs its own`);
    }
  }
}

/** How a member is called. */
export function memberName(rank: number, parties: number): string {
  return rank < parties ? `party ${rank}` : "the dealer";
}

/** The members by rank, the dealer last. */
export function membersOf({ parties, dealer }: Pick<Roster, "parties" | "dealer">): RosterMember[] {
  return dealer === undefined ? [...parties] : [...parties, dealer];
}

/**
 * Reads the text of a roster; `own` are protocols that the program brings along.
 *
 * @throws {TypeError} when anything is missing, unknown, or does not fit together; the message says what and where.
 */
export function readRoster(text: string, own: Protocols = {}): Roster {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    return refuse(`it is no JSON: ${(cause as Error).message}`);
  }
  const { kind, version } = Object(value) as Fields;
  if (kind !== KIND) refuse(`its kind is ${JSON.stringify(kind)}, "${KIND}" is wanted`);
  if (version !== VERSION) refuse(`its version is ${JSON.stringify(version)}, ${VERSION} is wanted`);
  const fields = fieldsOf(
    value,
    "it",
    ["kind", "version", "protocol", "ring", "program", "deadlines", "parties"],
    ["options", "provider", "dealer"],
  );
  const protocol = protocolOf(fields, own);
  const ring = fieldsOf(fields["ring"], "its ring", ["bits", "fractionBits"]);
  integerOf(ring["bits"], "the size of its ring", 64, 64);
  const program = textOf(fields["program"], "its program");
  if (!/^[0-9a-f]{64}$/.test(program)) {
    refuse(`its program is "${program}", the 64 digits of a SHA-256 in base 16 are wanted`);
  }
  const deadlines = fieldsOf(fields["deadlines"], "its deadlines", ["join", "silence"]);
  const parties = partiesOf(fields["parties"]);
  const dealer = fields["dealer"] === undefined
    ? undefined
    : memberOf(fieldsOf(fields["dealer"], "the dealer", ["key", "address"]), "the dealer");
  checkMembers(protocol, { parties, dealer });
  return {
    protocol: { name: protocol.name, options: protocol.options },
    fractionBits: integerOf(ring["fractionBits"], "the fraction bits of its ring", 0, 30),
    program,
    joinMs: integerOf(deadlines["join"], "its join deadline", 1, MOST_MS),
    silenceMs: integerOf(deadlines["silence"], "its silence deadline", 1, MOST_MS),
    parties,
    dealer,
  };
}

/**
 * What the links of a roster's members are bound to: all that they must agree on. Addresses and deadlines are not among it: members may
 * reach each other in different ways, and it is the key that says who answers.
 */
export function rosterPrologue(roster: Roster): Prologue {
  const { protocol, fractionBits, program, parties } = roster;
  const options = Object.entries(protocol.options).sort(([a], [b]) => a < b ? -1 : 1);
  return {
    version: `${WIRE_VERSION}`,
    protocol: JSON.stringify([protocol.name, options]),
    ring: JSON.stringify([64, fractionBits]),
    program,
    "list of members": JSON.stringify([parties.length, ...membersOf(roster).map(({ key }) => key)]),
  };
}

/** SHA-256 of what members must agree on, 64 digits in base 16: equal exactly when they would accept each other's roster. */
export function rosterDigest(roster: Roster): string {
  return sha256(prologueBytes(rosterPrologue(roster))).toHex();
}

/** What a roster names a program by: SHA-256 of its bytes, 64 digits in base 16. */
export function programDigest(program: Uint8Array): string {
  return sha256(program).toHex();
}
