/**
 * Messages on their way out: all that are posted within one task of the event loop leave in one frame.
 *
 * @module
 */
import { FRAME_HEADER, MESSAGE_HEADER, padded, sealFrame, writeMessageHeader } from "./frame.ts";
import type { BufferPool } from "./pool.ts";
import type { Frame } from "./transport.ts";

/** Bytes of a segment that holds small messages. */
const SEGMENT = 1 << 15;

/** Names a message. */
export interface MessageName {
  /** The scope's id; its first 8 bytes are sent. */
  readonly scope: Uint8Array;
  /** Position in the scope. */
  readonly seq: number;
  /** Number of the message within the call. */
  readonly sub: number;
  /** What it is. */
  readonly kind: number;
}

/** The frame that is being filled for one peer. */
export class Outbox {
  readonly #pool: BufferPool;
  #segments: { readonly buffer: Uint8Array; used: number }[] = [];
  #messages = 0;
  #data = 0;
  #payload = 0;
  #number = 0;

  constructor(pool: BufferPool) {
    this.#pool = pool;
  }
  /** Messages in it. */
  get messages(): number {
    return this.#messages;
  }
  /** Payload messages in it. */
  get dataMessages(): number {
    return this.#data;
  }
  /** Payload bytes in it. */
  get payloadBytes(): number {
    return this.#payload;
  }

  /** Makes room for a message; the caller fills all of the returned bytes before the task ends. */
  reserve(name: MessageName, bytes: number, isData: boolean): Uint8Array {
    const need = MESSAGE_HEADER + padded(bytes);
    let last = this.#segments.at(-1);
    if (last === undefined || last.used + need > last.buffer.length) {
      const start = last === undefined ? FRAME_HEADER : 0;
      last = { buffer: this.#pool.acquire(Math.max(start + need, SEGMENT)), used: start };
      this.#segments.push(last);
    }
    const at = last.used;
    writeMessageHeader(last.buffer, at, { ...name, bytes });
    last.used += need;
    this.#messages++;
    if (isData) {
      this.#data++;
      this.#payload += bytes;
    }
    last.buffer.fill(0, at + MESSAGE_HEADER + bytes, last.used);
    return last.buffer.subarray(at + MESSAGE_HEADER, at + MESSAGE_HEADER + bytes);
  }

  /** Takes the frame out; the next one begins empty. */
  seal(session: Uint8Array): Frame {
    const frame = this.#segments.map(({ buffer, used }) => buffer.subarray(0, used));
    sealFrame(frame, { messages: this.#messages, session, number: this.#number++ });
    this.#segments = [];
    this.#messages = 0;
    this.#data = 0;
    this.#payload = 0;
    return frame;
  }
}
