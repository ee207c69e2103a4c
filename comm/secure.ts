/**
 * Links between machines: both ends prove who they are, and what they send is encrypted.
 *
 * The handshake is Noise_KK_25519_AESGCM_SHA256 (Noise Protocol Framework, revision 34): KK because members know each other's
 * keys beforehand, from a roster (section 7.5). Both messages are followed by an encrypted word from each end, so that a replayed
 * first message leads to no link, and no end speaks before the other has heard of its keys:
 *
 * ```text
 * initiator                                responder
 *     hints, e, es, ss        ->
 *                             <-           e, ee, se
 *     sealed: nothing         ->
 *                             <-           sealed: nothing
 * ```
 *
 * After that each frame is encrypted by itself with AES-256-GCM, nonces being counters of each direction (section 5.1), which makes
 * every loss, repetition or change of order an error. The cipher is WebCrypto's: measured on one core, 0.05 to 0.08 ms for 1 kB, little
 * beside a network's delay, and 480 to 690 MB/s from 1 MB on. Ciphers in JavaScript take 0.02 to 0.05 ms for 1 kB, but do 50 to 140 MB/s,
 * and their AES looks up tables at places that depend on the key. That WebCrypto is asynchronous costs no order: nonces are taken, and
 * frames are sent and delivered, in the order of the calls.
 *
 * Frames are longer than the 65 535 bytes that section 3 allows to messages. That limit spares readers large buffers, which they need
 * here anyway; AES-GCM takes 64 GiB under one nonce. How much one key encrypts is limited in cipher.ts.
 *
 * What is left to see: when frames are sent, and how long they are. A link that is cut off looks like one that was closed, so whoever uses
 * it says good-bye in a frame; the communicator does.
 *
 * @module
 */
import { envelope, HELLO, REFUSAL, REPLY, SEALED } from "./envelope.ts";
import { TransportError } from "./errors.ts";
import {
  greeting,
  hear,
  partsOf,
  type Prologue,
  prologueBytes,
  REFUSED_CALLED,
  REFUSED_CALLER,
  REFUSED_FORM,
  REFUSED_PART,
  REFUSED_PROOF,
} from "./greeting.ts";
import { type Identity, KeyPair, publicKeyBytes, publicKeyText } from "./identity.ts";
import { Handshake, type Keys, MESSAGE_BYTES } from "./noise.ts";
import { SealedLink, type SecuredLink } from "./sealed.ts";
import type { Transport } from "./transport.ts";
import { Wire } from "./wire.ts";

export type { Prologue, SecuredLink };

/** A peer was reached and will not become one: another attempt would end alike. */
export class LinkRefused extends TransportError {}

/** Options of {@link secure}. */
export interface SecureOptions {
  /** This end's long-term keys. */
  readonly identity: Identity;
  /** The public key of the other end; a responder can expect any of several. */
  readonly peer: string | readonly string[];
  /** What both ends must have alike, by name; 32 parts at most. It is bound to the link's keys. */
  readonly prologue: Prologue;
  /** Whether this end speaks first; the other must not. */
  readonly initiator: boolean;
  /** How long the handshake may take, in milliseconds; 10 000 by default. */
  readonly deadlineMs?: number;
  /** How errors call the other end; "the peer" by default. */
  readonly name?: string;
}

/** What the two sides of a refusal are told. */
function refusalText(code: number, parts: readonly string[]): readonly [caller: string, called: string] {
  const table: Readonly<Record<number, readonly [string, string]>> = {
    [REFUSED_FORM]: [
      "it wants another greeting: its version is another",
      "its greeting is of another version, or is none",
    ],
    [REFUSED_CALLED]: ["its key is not the one that was called", "it calls another key than this party's"],
    [REFUSED_CALLER]: [
      "it does not know this party's key",
      "it is a stranger: its key is none of those that are expected",
    ],
    [REFUSED_PROOF]: [
      "it does not accept this party's proof of its key",
      "it has not proved that it holds its private key",
    ],
  };
  const part = parts[code - REFUSED_PART];
  const other = part === undefined ? "it does not say why" : `its ${part} is another`;
  return table[code] ?? [other, other];
}

async function opensEmpty(wire: Wire, keys: Keys): Promise<void> {
  const { kind, body } = await wire.next();
  if (kind !== SEALED) throw new TransportError("it did not end the handshake");
  const plain = await keys.receive.open(body).catch(() => undefined);
  if (plain?.length !== 0) throw new TransportError("it did not end the handshake as its keys demand");
}

async function sendEmpty(link: Transport, keys: Keys): Promise<void> {
  link.send(envelope(SEALED, await keys.send.seal(new Uint8Array(0))));
}

async function call(link: Transport, wire: Wire, peer: string, options: SecureOptions): Promise<SealedLink> {
  const { identity: { pair }, prologue } = options;
  const to = publicKeyBytes(peer);
  const ephemeral = await KeyPair.generate();
  const handshake = new Handshake({
    own: pair,
    peer: to,
    prologue: prologueBytes(prologue),
    initiator: true,
    ephemeral,
  });
  link.send(envelope(HELLO, greeting(prologue, pair.publicKey, to, await handshake.write())));
  const { kind, body } = await wire.next();
  if (kind === REFUSAL) throw new LinkRefused(refusalText(body[0] ?? -1, partsOf(prologue))[0]);
  if (kind !== REPLY || body.length !== MESSAGE_BYTES) {
    throw new LinkRefused("its answer is none of a handshake");
  }
  await handshake.read(body).catch(() => {
    throw new LinkRefused("it has not proved that it holds its private key, or its answer was altered");
  });
  const keys = await handshake.finish();
  wire.trust();
  await sendEmpty(link, keys);
  await opensEmpty(wire, keys);
  return new SealedLink(link, wire, keys, peer);
}

async function answer(
  link: Transport,
  wire: Wire,
  peers: readonly string[],
  options: SecureOptions,
): Promise<SealedLink> {
  const { identity: { pair }, prologue } = options;
  const refuse = (code: number): never => {
    link.send(envelope(REFUSAL, new Uint8Array(8).fill(code, 0, 1)));
    throw new LinkRefused(refusalText(code, partsOf(prologue))[1]);
  };
  const { kind, body } = await wire.next();
  const heard = kind === HELLO
    ? hear(body, prologue, peers.map(publicKeyBytes), pair.publicKey)
    : { code: REFUSED_FORM };
  if ("code" in heard) return refuse(heard.code);
  const { from, message } = heard;
  const ephemeral = await KeyPair.generate();
  const handshake = new Handshake({
    own: pair,
    peer: from,
    prologue: prologueBytes(prologue),
    initiator: false,
    ephemeral,
  });
  await handshake.read(message).catch(() => refuse(REFUSED_PROOF));
  link.send(envelope(REPLY, await handshake.write()));
  const keys = await handshake.finish();
  await opensEmpty(wire, keys);
  wire.trust();
  await sendEmpty(link, keys);
  return new SealedLink(link, wire, keys, publicKeyText(from));
}

/**
 * A link to the owner of a public key, over a link to whoever is there. Each end learns that the other holds its private key
 * and has the same prologue; what they send is encrypted and authenticated, forward secret, and in order.
 *
 * The link that is given belongs to the new one, or is closed when there is none. Until the peer has proved who it is, frames of more than 1 kB and
 * more than one at a time are refused.
 *
 * *Cost*: two round trips, 272 bytes and 8 for each part of the prologue; then 48 bytes per frame.
 *
 * @throws {TransportError} when the peer is a stranger, has another key or another prologue, says nothing in time or
 * nothing sensible; the message says which, as far as the peer's word goes. Nothing was delivered then.
 * @throws {TypeError} when a public key cannot be read.
 */
export async function secure(link: Transport, options: SecureOptions): Promise<SecuredLink> {
  const { peer, initiator, deadlineMs = 10_000, name = "the peer" } = options;
  const peers = typeof peer === "string" ? [peer] : peer;
  const wire = new Wire(link);
  const timer = setTimeout(
    () => wire.fail(new TransportError(`it did not complete the handshake within ${deadlineMs / 1000} s`)),
    deadlineMs,
  );
  try {
    for (const key of peers) publicKeyBytes(key);
    if (!initiator) return await answer(link, wire, peers, options);
    if (peers.length === 1) return await call(link, wire, peers[0]!, options);
    throw new TypeError(`Cannot secure a link: ${peers.length} public keys to call are given, one is wanted`);
  } catch (cause) {
    await link.close();
    if (!(cause instanceof TransportError)) throw cause;
    const Kind = cause instanceof LinkRefused ? LinkRefused : TransportError;
    throw new Kind(`Cannot secure the link to ${name}: ${cause.message}`, { cause });
  } finally {
    clearTimeout(timer);
  }
}
