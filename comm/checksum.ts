/**
 * A fast checksum against damage. It is no authentication: that is the business of an encrypted link.
 *
 * @module
 */

const K1 = 0x9e3779b1 | 0;
const K2 = 0x85ebca77 | 0;
const K3 = 0xc2b2ae3d | 0;
const K4 = 0x27d4eb2f | 0;

/**
 * A 32-bit checksum over words of 4 bytes, in four lanes that a processor works on side by side: word `i` goes into lane
 * `i mod 4` as `lane = (rotate(lane, 13) ^ word) * K`. Each step is a bijection of the lane and of the word, so that damage
 * within a single word is always found; other damage is missed with probability 2^-32.
 *
 * How the bytes are cut into segments makes no difference.
 */
export class Checksum {
  #a = K2;
  #b = K3;
  #c = K4;
  #d = K1;
  /** Whether the next word belongs into lane c: after an odd number of 8-byte words. */
  #half = false;

  /** Adds a segment, whose offset and length must be multiples of 8. */
  update(segment: Uint8Array): void {
    let words = new Int32Array(segment.buffer, segment.byteOffset, segment.byteLength >> 2);
    if (this.#half && words.length > 0) {
      this.#c = Math.imul((this.#c << 13 | this.#c >>> 19) ^ words[0]!, K3);
      this.#d = Math.imul((this.#d << 13 | this.#d >>> 19) ^ words[1]!, K4);
      words = words.subarray(2);
      this.#half = false;
    }
    const whole = words.length & ~3;
    this.#lanes(words, whole);
    if (whole < words.length) {
      this.#a = Math.imul((this.#a << 13 | this.#a >>> 19) ^ words[whole]!, K1);
      this.#b = Math.imul((this.#b << 13 | this.#b >>> 19) ^ words[whole + 1]!, K2);
      this.#half = true;
    }
  }

  #lanes(words: Int32Array, length: number): void {
    let a = this.#a;
    let b = this.#b;
    let c = this.#c;
    let d = this.#d;
    for (let i = 0; i < length; i += 4) {
      a = Math.imul((a << 13 | a >>> 19) ^ words[i]!, K1);
      b = Math.imul((b << 13 | b >>> 19) ^ words[i + 1]!, K2);
      c = Math.imul((c << 13 | c >>> 19) ^ words[i + 2]!, K3);
      d = Math.imul((d << 13 | d >>> 19) ^ words[i + 3]!, K4);
    }
    this.#a = a;
    this.#b = b;
    this.#c = c;
    this.#d = d;
  }

  /** The checksum of all that was added; a bijection of each lane. */
  digest(): number {
    let sum = this.#a;
    for (const lane of [this.#b, this.#c, this.#d]) {
      sum = Math.imul(sum ^ sum >>> 15, K1) ^ lane;
    }
    return (sum ^ sum >>> 16) >>> 0;
  }
}
