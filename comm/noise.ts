/**
 * The handshake Noise_KK_25519_AESGCM_SHA256 of the Noise Protocol Framework, revision 34: two members that know each other's
 * long-term public keys agree on two fresh keys, one for each direction.
 *
 * ```text
 * KK:  -> s          known beforehand
 *      <- s
 *      ...
 *      -> e, es, ss
 *      <- e, ee, se
 * ```
 *
 * After the second message each side has proved to hold its long-term key, and the keys for what follows come from both
 * ephemeral keys too: whoever steals long-term keys later can read nothing of it (section 7.7: authentication 2, confidentiality 5). The
 * first message can be replayed; keys do not follow from that, so a link needs a word from the initiator under the new keys before
 * it trusts it.
 *
 * Everything is made of WebCrypto: X25519, HKDF, SHA-256 and AES-256-GCM of the platform run in constant time, which table-driven
 * AES in JavaScript would not.
 *
 * @module
 */
import { Cipher } from "./cipher.ts";
import { sha256 } from "./deps.ts";
import { KEY_BYTES, type KeyPair } from "./identity.ts";

/** Name of the handshake. */
export const NOISE_NAME = "Noise_KK_25519_AESGCM_SHA256";
/** Bytes that AES-GCM adds. */
export const TAG_BYTES = 16;
/** Bytes of each of the two messages, when they carry nothing. */
export const MESSAGE_BYTES: number = KEY_BYTES + TAG_BYTES;

/** HKDF-SHA-256 to two keys, as in section 4.3. */
async function hkdf(salt: Uint8Array, secret: Uint8Array): Promise<[Uint8Array, Uint8Array]> {
  const key = await crypto.subtle.importKey("raw", new Uint8Array(secret), "HKDF", false, ["deriveBits"]);
  const params = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(salt), info: new Uint8Array(0) };
  const bits = new Uint8Array(await crypto.subtle.deriveBits(params, key, 512));
  return [bits.slice(0, 32), bits.slice(32)];
}

/** The SymmetricState of section 5.2. */
class Symmetric {
  #hash: Uint8Array = new Uint8Array(32);
  #chain: Uint8Array;
  #cipher: Cipher | undefined;

  constructor(name: string) {
    // A name of up to 32 bytes is its own hash.
    new TextEncoder().encodeInto(name, this.#hash);
    this.#chain = this.#hash.slice();
  }

  mixHash(bytes: Uint8Array): void {
    this.#hash = sha256.create().update(this.#hash).update(bytes).digest();
  }

  async mixKey(secret: Uint8Array): Promise<void> {
    const [chain, key] = await hkdf(this.#chain, secret);
    this.#chain = chain;
    this.#cipher = await Cipher.of(key);
  }

  async encryptAndHash(plaintext: Uint8Array): Promise<Uint8Array> {
    const out = await this.#cipher!.seal(plaintext, this.#hash);
    this.mixHash(out);
    return out;
  }

  async decryptAndHash(ciphertext: Uint8Array): Promise<Uint8Array> {
    const out = await this.#cipher!.open(ciphertext, this.#hash);
    this.mixHash(ciphertext);
    return out;
  }

  async split(): Promise<[Cipher, Cipher]> {
    const [a, b] = await hkdf(this.#chain, new Uint8Array(0));
    return [await Cipher.of(a), await Cipher.of(b)];
  }
}

/** What one end knows before the handshake. */
export interface HandshakeOptions {
  /** This end's long-term keys. */
  readonly own: KeyPair;
  /** The other end's long-term public key, 32 bytes. */
  readonly peer: Uint8Array;
  /** What both ends must know alike. */
  readonly prologue: Uint8Array;
  /** Whether this end speaks first. */
  readonly initiator: boolean;
  /** Fresh keys for this handshake only. */
  readonly ephemeral: KeyPair;
}

/** The keys of a link. */
export interface Keys {
  /** For what this end sends. */
  readonly send: Cipher;
  /** For what it receives. */
  readonly receive: Cipher;
}

/**
 * One end of a handshake: the initiator writes, then reads; the responder reads, then writes. After that, `finish` gives the keys.
 *
 * Reading rejects when the other end has another key or prologue, or the message was altered.
 */
export class Handshake {
  readonly #options: HandshakeOptions;
  readonly #state = new Symmetric(NOISE_NAME);
  /** The other end's ephemeral public key. */
  #theirs: Uint8Array | undefined;

  /** The state before the first message. */
  constructor(options: HandshakeOptions) {
    const { own, peer, prologue, initiator } = options;
    this.#options = options;
    this.#state.mixHash(prologue);
    this.#state.mixHash(initiator ? own.publicKey : peer);
    this.#state.mixHash(initiator ? peer : own.publicKey);
  }

  /** This end's message. */
  async write(payload: Uint8Array = new Uint8Array(0)): Promise<Uint8Array> {
    const { own, peer, initiator, ephemeral } = this.#options;
    this.#state.mixHash(ephemeral.publicKey);
    if (initiator) {
      await this.#state.mixKey(await ephemeral.agree(peer));
      await this.#state.mixKey(await own.agree(peer));
    } else {
      await this.#state.mixKey(await ephemeral.agree(this.#theirs!));
      await this.#state.mixKey(await ephemeral.agree(peer));
    }
    const sealed = await this.#state.encryptAndHash(payload);
    const out = new Uint8Array(KEY_BYTES + sealed.length);
    out.set(ephemeral.publicKey);
    out.set(sealed, KEY_BYTES);
    return out;
  }

  /** Reads the other end's message and gives what it carries. */
  async read(message: Uint8Array): Promise<Uint8Array> {
    const { own, peer, initiator, ephemeral } = this.#options;
    const theirs = this.#theirs = message.slice(0, KEY_BYTES);
    this.#state.mixHash(theirs);
    if (initiator) {
      await this.#state.mixKey(await ephemeral.agree(theirs));
      await this.#state.mixKey(await own.agree(theirs));
    } else {
      await this.#state.mixKey(await own.agree(theirs));
      await this.#state.mixKey(await own.agree(peer));
    }
    return await this.#state.decryptAndHash(message.subarray(KEY_BYTES));
  }

  /** The keys, after both messages. */
  async finish(): Promise<Keys> {
    const [first, second] = await this.#state.split();
    return this.#options.initiator ? { send: first, receive: second } : { send: second, receive: first };
  }
}
