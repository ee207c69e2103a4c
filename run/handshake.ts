/**
 * How a session begins: the parties (and a dealer) agree on who they are, what they run, and on keys.
 *
 * Every member broadcasts a fresh nonce, a fresh X25519 key and its configuration. The session id is a hash of all of them,
 * so that no two sessions share a key stream; keys for each pair and purpose come from the pair's X25519 secret by HKDF with
 * the session id as salt.
 *
 * @module
 */
import type { Communicator } from "../comm/communicator.ts";
import { ProtocolError } from "../comm/errors.ts";
import type { Seeds } from "../protocols/protocol.ts";
import { Seed } from "../ring/prg.ts";

/** Version of the messages between parties; members of different versions refuse each other. */
export const WIRE_VERSION = 1;

/** What all members must agree on, by name. */
export type Config = Readonly<Record<string, string | number | boolean>>;

/** What a member says first. */
interface Hello {
  readonly nonce: Uint8Array;
  readonly key: Uint8Array;
  readonly config: Config;
}

/** What members agreed on. */
export interface Agreement {
  /** The session id, 32 bytes. */
  readonly id: Uint8Array;
  /** Seed shared with each other member, by rank. */
  readonly secrets: ReadonlyMap<number, Seed>;
  /** Seed known to all members: public randomness. */
  readonly common: Seed;
}

const CHANNEL = "hello";
const CONFIRM = "confirm";

/**
 * Runs the handshake with all members.
 *
 * @throws {ProtocolError} when a member runs another version or configuration; the message says what differs.
 */
export async function handshake(
  comm: Communicator,
  rank: number,
  members: readonly number[],
  config: Config,
): Promise<Agreement> {
  const pair = await crypto.subtle.generateKey("X25519", false, ["deriveBits"]) as CryptoKeyPair;
  const hello: Hello = {
    nonce: crypto.getRandomValues(new Uint8Array(32)),
    key: new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey)),
    config: { version: WIRE_VERSION, ...config },
  };
  const others = members.filter((member) => member !== rank);
  for (const peer of others) comm.postControl(peer, CHANNEL, hello);
  const hellos = new Map<number, Hello>([[rank, hello]]);
  for (const peer of others) {
    const theirs = checkHello(await comm.receiveControl(peer, CHANNEL, "the handshake"), peer);
    compareConfig(hello.config, theirs.config, peer);
    hellos.set(peer, theirs);
  }
  const id = await sessionId(members, hellos);
  const secrets = new Map<number, Seed>();
  for (const peer of others) {
    const key = await crypto.subtle.importKey("raw", copy(hellos.get(peer)!.key), "X25519", false, []);
    const secret = await crypto.subtle.deriveBits({ name: "X25519", public: key }, pair.privateKey, 256);
    secrets.set(peer, await pairSeed(secret, id, rank, peer));
  }
  for (const peer of others) comm.postControl(peer, CONFIRM, { id });
  for (const peer of others) {
    const theirs = await comm.receiveControl(peer, CONFIRM, "the end of the handshake") as { id?: unknown };
    if (
      !(theirs?.id instanceof Uint8Array) || !id.every((byte, i) => byte === (theirs.id as Uint8Array)[i])
    ) {
      throw new ProtocolError(`Cannot begin the session: party ${peer} computed another session id`, {
        party: peer,
      });
    }
  }
  return { id, secrets, common: new Seed(await digest([text("tacit common"), id])) };
}

function checkHello(value: unknown, peer: number): Hello {
  const hello = value as Partial<Hello> | null;
  const bytes = (x: unknown): boolean => x instanceof Uint8Array && x.length === 32;
  if (
    typeof hello !== "object" || hello === null || !bytes(hello.nonce) || !bytes(hello.key) ||
    typeof hello.config !== "object" || hello.config === null
  ) {
    throw new ProtocolError(
      `Cannot begin the session: party ${peer} sent a greeting that is not well formed`,
      { party: peer },
    );
  }
  return hello as Hello;
}

function compareConfig(ours: Config, theirs: Config, peer: number): void {
  for (const name of new Set([...Object.keys(ours), ...Object.keys(theirs)])) {
    if (ours[name] === theirs[name]) continue;
    throw new ProtocolError(
      `Cannot begin the session: party ${peer} has ${name} ${show(theirs[name])}, this party has ${
        show(ours[name])
      }`,
      { party: peer },
    );
  }
}

function show(value: unknown): string {
  return typeof value === "string" ? `"${value}"` : String(value);
}

function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

function copy(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}

/** SHA-256 over parts, each preceded by its length. */
async function digest(parts: readonly Uint8Array[]): Promise<Uint8Array> {
  const total = parts.reduce((sum, part) => sum + 4 + part.length, 0);
  const all = new Uint8Array(total);
  const view = new DataView(all.buffer);
  let at = 0;
  for (const part of parts) {
    view.setUint32(at, part.length);
    all.set(part, at + 4);
    at += 4 + part.length;
  }
  return new Uint8Array(await crypto.subtle.digest("SHA-256", all));
}

async function sessionId(
  members: readonly number[],
  hellos: ReadonlyMap<number, Hello>,
): Promise<Uint8Array> {
  const parts = [text("tacit session"), new Uint8Array([WIRE_VERSION, members.length])];
  for (const member of members) {
    const hello = hellos.get(member)!;
    const config = Object.entries(hello.config).sort(([a], [b]) => a < b ? -1 : 1);
    parts.push(hello.nonce, hello.key, text(JSON.stringify(config)));
  }
  return await digest(parts);
}

/** HKDF-SHA-256 of a pair's secret, bound to the session and to the two ranks. */
async function pairSeed(secret: ArrayBuffer, id: Uint8Array, a: number, b: number): Promise<Seed> {
  const key = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveBits"]);
  const info = text(`tacit pair ${Math.min(a, b)} ${Math.max(a, b)}`);
  const bits = await crypto.subtle.deriveBits(
    { name: "HKDF", hash: "SHA-256", salt: copy(id), info: copy(info) },
    key,
    256,
  );
  return new Seed(new Uint8Array(bits));
}

/** The seeds of one party: each pair's seed derived anew for each purpose. */
export class PartySeeds implements Seeds {
  /** Known to this party only. */
  readonly local: Seed;
  /** Known to all. */
  readonly common: Seed;
  readonly #secrets: ReadonlyMap<number, Seed>;
  readonly #derived = new Map<string, Seed>();

  constructor(agreement: Agreement) {
    this.local = new Seed(crypto.getRandomValues(new Uint8Array(32)));
    this.common = agreement.common;
    this.#secrets = agreement.secrets;
  }
  /** The seed shared with `peer` for a purpose. */
  pair(peer: number, purpose: string): Seed {
    const key = `${peer} ${purpose}`;
    let seed = this.#derived.get(key);
    if (seed === undefined) {
      const secret = this.#secrets.get(peer);
      if (secret === undefined) {
        throw new TypeError(`Cannot draw from a seed: no key was agreed with party ${peer}`);
      }
      seed = secret.derive(purpose);
      this.#derived.set(key, seed);
    }
    return seed;
  }
}
