/**
 * Long-term keys: who a member is, on whatever machine it runs.
 *
 * An identity is an X25519 key pair (RFC 7748). Its public half travels as short text with a checksum, so that a slip of the
 * keyboard is an error and never a stranger; its private half lies in a file of its owner.
 *
 * @module
 */
import { sha256 } from "./deps.ts";

/** Bytes of a key. */
export const KEY_BYTES = 32;

const PREFIX = "tacit1";
const CHECKSUM_BYTES = 4;
const FINGERPRINT_BYTES = 16;
const VERSION = 1;
/** What precedes the 32 bytes of a private X25519 key in PKCS #8 (RFC 8410, section 7). */
const PKCS8 = Uint8Array.fromHex("302e020100300506032b656e04220420");

function base64url(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}

function fromBase64url(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    const bytes = Uint8Array.fromBase64(text, { alphabet: "base64url" });
    // One text for each key: other spellings of the same bytes are refused.
    return base64url(bytes) === text ? bytes : undefined;
  } catch {
    return undefined;
  }
}

/** SHA-256 of a label and bytes. */
function labelled(label: string, bytes: Uint8Array): Uint8Array {
  return sha256.create().update(new TextEncoder().encode(`${label}\0`)).update(bytes).digest();
}

function checksum(key: Uint8Array): Uint8Array {
  return labelled("tacit public key", key).subarray(0, CHECKSUM_BYTES);
}

/** A public key as text: "tacit1" and 48 characters of base64url, which hold the key and a checksum of 4 bytes. */
export function publicKeyText(key: Uint8Array): string {
  if (key.length !== KEY_BYTES) {
    throw new RangeError(`Cannot write a public key: it has ${key.length} bytes, ${KEY_BYTES} are wanted`);
  }
  const bytes = new Uint8Array(KEY_BYTES + CHECKSUM_BYTES);
  bytes.set(key);
  bytes.set(checksum(key), KEY_BYTES);
  return PREFIX + base64url(bytes);
}

/**
 * The 32 bytes of a public key.
 *
 * @throws {TypeError} when the text is none, or was damaged on its way.
 */
export function publicKeyBytes(text: string): Uint8Array<ArrayBuffer> {
  const refuse = (why: string): never => {
    throw new TypeError(`Cannot read a public key: ${why}, "${PREFIX}" and 48 characters are wanted`);
  };
  if (!text.startsWith(PREFIX)) return refuse(`it does not begin with "${PREFIX}"`);
  const bytes = fromBase64url(text.slice(PREFIX.length));
  if (bytes === undefined) return refuse("it is no base64url");
  if (bytes.length !== KEY_BYTES + CHECKSUM_BYTES) {
    return refuse(`it has ${text.length - PREFIX.length} characters after its prefix`);
  }
  const key = bytes.slice(0, KEY_BYTES);
  if (!checksum(key).every((byte, i) => byte === bytes[KEY_BYTES + i])) {
    return refuse("its checksum is wrong");
  }
  return key;
}

/**
 * What people compare, by telephone say, to be sure of a public key: 128 bits of its hash, as eight groups of four digits in base 16.
 *
 * @throws {TypeError} when the text is no public key.
 */
export function fingerprint(publicKey: string): string {
  const hash = labelled("tacit fingerprint", publicKeyBytes(publicKey)).subarray(0, FINGERPRINT_BYTES);
  return hash.toHex().match(/.{4}/g)!.join(" ");
}

/** The CryptoKey of a public key. */
async function imported(publicKey: Uint8Array): Promise<CryptoKey> {
  return await crypto.subtle.importKey("raw", new Uint8Array(publicKey), "X25519", true, []);
}

/** An X25519 key pair. */
export class KeyPair {
  /** The 32 bytes of the public key. */
  readonly publicKey: Uint8Array;
  readonly #privateKey: CryptoKey;

  private constructor(publicKey: Uint8Array, privateKey: CryptoKey) {
    this.publicKey = publicKey;
    this.#privateKey = privateKey;
  }

  /** A fresh pair. */
  static async generate(): Promise<KeyPair> {
    const pair = await crypto.subtle.generateKey("X25519", true, ["deriveBits"]) as CryptoKeyPair;
    return new KeyPair(
      new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey)),
      pair.privateKey,
    );
  }

  /** The pair of a private key of 32 bytes. */
  static async of(privateKey: Uint8Array): Promise<KeyPair> {
    const pkcs8 = new Uint8Array(PKCS8.length + KEY_BYTES);
    pkcs8.set(PKCS8);
    pkcs8.set(privateKey, PKCS8.length);
    const key = await crypto.subtle.importKey("pkcs8", pkcs8, "X25519", true, ["deriveBits"]);
    pkcs8.fill(0);
    const { x } = await crypto.subtle.exportKey("jwk", key);
    return new KeyPair(fromBase64url(x!)!, key);
  }

  /** The 32 bytes of the private key. */
  async privateKey(): Promise<Uint8Array> {
    return new Uint8Array(await crypto.subtle.exportKey("pkcs8", this.#privateKey)).subarray(-KEY_BYTES);
  }

  /**
   * The secret that this pair shares with the owner of a public key.
   *
   * @throws {TypeError} when the key is a point of small order, whose secret is known to all (RFC 7748, section 6.1).
   */
  async agree(publicKey: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
    const key = await imported(publicKey);
    const secret = crypto.subtle.deriveBits({ name: "X25519", public: key }, this.#privateKey, 8 * KEY_BYTES);
    return new Uint8Array(
      await secret.catch((cause) => {
        throw new TypeError("Cannot agree on a secret: the public key is a point of small order", { cause });
      }),
    );
  }
}

/** A member's long-term key pair. */
export class Identity {
  /** The public key, as text for others. */
  readonly publicKey: string;
  /** The keys. */
  readonly pair: KeyPair;

  private constructor(pair: KeyPair) {
    this.pair = pair;
    this.publicKey = publicKeyText(pair.publicKey);
  }

  /** A new identity. */
  static async generate(): Promise<Identity> {
    return new Identity(await KeyPair.generate());
  }

  /**
   * The identity of a private key file.
   *
   * @throws {TypeError} when the text is no such file, or its two keys do not belong together. The message has nothing of the key.
   */
  static async read(text: string): Promise<Identity> {
    const refuse = (why: string): never => {
      throw new TypeError(`Cannot read a private key: ${why}, the text of a private key file is wanted`);
    };
    let fields: Record<string, unknown>;
    try {
      fields = Object(JSON.parse(text)) as Record<string, unknown>;
    } catch {
      // Without the cause: its message quotes the text.
      return refuse("it is no JSON");
    }
    const { kind, version, publicKey, privateKey } = fields;
    if (kind !== "tacit private key") return refuse("it is of another kind");
    if (version !== VERSION) return refuse(`it is not of version ${VERSION}`);
    const bytes = typeof privateKey === "string" ? fromBase64url(privateKey) : undefined;
    if (bytes?.length !== KEY_BYTES) return refuse(`it does not hold ${KEY_BYTES} bytes`);
    const identity = new Identity(await KeyPair.of(bytes));
    bytes.fill(0);
    if (identity.publicKey !== publicKey) return refuse("its public key belongs to another private key");
    return identity;
  }

  /** The text of a private key file. Whoever has it can pass for this identity. */
  async write(): Promise<string> {
    const bytes = await this.pair.privateKey();
    const fields = {
      kind: "tacit private key",
      version: VERSION,
      publicKey: this.publicKey,
      privateKey: base64url(bytes),
    };
    return `${JSON.stringify(fields, undefined, 2)}\n`;
  }
}
