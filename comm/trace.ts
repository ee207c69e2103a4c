/**
 * A running hash of what a program did.
 *
 * @module
 */
import { sha256 } from "./deps.ts";

const encoder = new TextEncoder();
/** Entries are collected, because hashing a few bytes costs as much as hashing a block. */
const BUFFER = 4096;
const TEXT = 1;
const BYTES = 2;
/** Kind and length before each entry, so that no two lists of entries have the same bytes. */
const PREFIX = 5;

/** SHA-256 over a list of entries, which may grow after the hash was read. */
export class Trace {
  readonly #hash: ReturnType<typeof sha256.create> = sha256.create();
  #pending: Uint8Array | undefined;
  #length = 0;
  #digest: Uint8Array | undefined;

  /** Begins with the bytes of `start`. */
  constructor(start: readonly Uint8Array[]) {
    for (const part of start) this.#hash.update(part);
  }

  /** Adds a text. */
  text(text: string): void {
    const room = this.#reserve(text.length * 3);
    this.#finish(TEXT, encoder.encodeInto(text, room).written);
  }

  /** Adds bytes. */
  bytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length).set(bytes);
    this.#finish(BYTES, bytes.length);
  }

  /** The hash of everything so far; 32 bytes. */
  digest(): Uint8Array {
    this.#absorb();
    this.#digest ??= this.#hash.clone().digest();
    return this.#digest.slice();
  }

  /** Room for an entry of up to `bytes` bytes, behind room for its prefix. */
  #reserve(bytes: number): Uint8Array {
    const need = PREFIX + bytes;
    if (this.#pending === undefined || this.#length + need > this.#pending.length) {
      this.#absorb();
      if (this.#pending === undefined || need > this.#pending.length) {
        this.#pending = new Uint8Array(Math.max(BUFFER, need));
      }
    }
    return this.#pending.subarray(this.#length + PREFIX);
  }

  #finish(kind: number, bytes: number): void {
    const view = new DataView(this.#pending!.buffer, this.#length, PREFIX);
    view.setUint8(0, kind);
    view.setUint32(1, bytes, true);
    this.#length += PREFIX + bytes;
    this.#digest = undefined;
  }

  #absorb(): void {
    if (this.#length === 0) return;
    this.#hash.update(this.#pending!.subarray(0, this.#length));
    this.#length = 0;
  }
}
