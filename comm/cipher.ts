/**
 * One direction of an encrypted link: AES-256-GCM with a counter as nonce.
 *
 * This is the CipherState of the Noise Protocol Framework, revision 34, sections 5.1 and 12.4. A nonce is taken when `seal` or `open` is called,
 * before anything is awaited, so calls may overlap and no nonce is used twice. Both ends count alike, so a message that was
 * altered, left out, moved or sent again does not open.
 *
 * @module
 */

/** How much a key is used. */
export interface CipherLimits {
  /** Messages under one key. */
  readonly rekeyMessages: number;
  /** Bytes under one key. */
  readonly rekeyBytes: number;
  /** Messages under all keys. */
  readonly messages: number;
}

/**
 * Both ends go on to a new key after 2^20 messages or 2^36 bytes: with q = 2^32 blocks, what AES-GCM under one key gives away
 * stays below q²/2^129 = 2^-65. After 2^32 messages the link ends.
 */
export const CIPHER_LIMITS: CipherLimits = {
  rekeyMessages: 2 ** 20,
  rekeyBytes: 2 ** 36,
  messages: 2 ** 32,
};

const NONE = new Uint8Array(0);
/** The nonce that is kept for going on to a new key. */
const REKEY_NONCE = new Uint8Array(12).fill(0xff, 4);

async function importKey(key: Uint8Array): Promise<CryptoKey> {
  return await crypto.subtle.importKey("raw", new Uint8Array(key), "AES-GCM", false, ["encrypt", "decrypt"]);
}

/** The Rekey function of section 4.2: nobody can go back from the new key to the old one. */
async function nextKey(key: CryptoKey): Promise<CryptoKey> {
  const bytes = await crypto.subtle.encrypt({ name: "AES-GCM", iv: REKEY_NONCE }, key, new Uint8Array(32));
  return await importKey(new Uint8Array(bytes, 0, 32));
}

/** Seals or opens the messages of one direction. */
export class Cipher {
  readonly #limits: CipherLimits;
  #key: Promise<CryptoKey>;
  #nonce = 0;
  #messages = 0;
  #bytes = 0;

  private constructor(key: CryptoKey, limits: CipherLimits) {
    this.#key = Promise.resolve(key);
    this.#limits = limits;
  }

  /** A cipher with a key of 32 bytes, whose counter is at zero. */
  static async of(key: Uint8Array, limits: CipherLimits = CIPHER_LIMITS): Promise<Cipher> {
    return new Cipher(await importKey(key), limits);
  }

  /** Encrypts a message; 16 bytes longer. `ad` is authenticated with it. @throws {RangeError} after the last message. */
  async seal(plaintext: Uint8Array, ad: Uint8Array = NONE): Promise<Uint8Array<ArrayBuffer>> {
    const [key, params] = this.#turn(plaintext.length, ad);
    return new Uint8Array(
      await crypto.subtle.encrypt(params, await key, plaintext as Uint8Array<ArrayBuffer>),
    );
  }

  /**
   * Decrypts a message.
   *
   * @throws {DOMException} when it is not the one that was sealed at this place.
   * @throws {RangeError} after the last message.
   */
  async open(ciphertext: Uint8Array, ad: Uint8Array = NONE): Promise<Uint8Array<ArrayBuffer>> {
    const [key, params] = this.#turn(Math.max(0, ciphertext.length - 16), ad);
    return new Uint8Array(
      await crypto.subtle.decrypt(params, await key, ciphertext as Uint8Array<ArrayBuffer>),
    );
  }

  /** The key and nonce of the next message, of so many bytes. */
  #turn(bytes: number, ad: Uint8Array): [Promise<CryptoKey>, AesGcmParams] {
    const { rekeyMessages, rekeyBytes, messages } = this.#limits;
    if (this.#nonce >= messages) {
      throw new RangeError(
        `Cannot encrypt message ${this.#nonce} of a link: ${messages} are the most, a new link is wanted`,
      );
    }
    // Before a message that would be too much; the first may have any length.
    if (this.#messages >= rekeyMessages || this.#messages > 0 && this.#bytes + bytes > rekeyBytes) {
      this.#key = this.#key.then(nextKey);
      this.#messages = 0;
      this.#bytes = 0;
    }
    this.#messages++;
    this.#bytes += bytes;
    const iv = new Uint8Array(12);
    new DataView(iv.buffer).setBigUint64(4, BigInt(this.#nonce++));
    return [this.#key, { name: "AES-GCM", iv, additionalData: new Uint8Array(ad) }];
  }
}
