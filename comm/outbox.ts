/**
 * Messages on their way out: all that are posted within one task of the event loop leave in one frame.
 *
 * @module
 */
import type { Traffic } from "./counters.ts";
import {
  type Cover,
  DATA,
  FRAME_HEADER,
  frameBytes,
  MESSAGE_HEADER,
  type MessageHeader,
  padded,
  sealFrame,
  writeMessageHeader,
} from "./frame.ts";
import type { BufferPool } from "./pool.ts";
import type { Frame } from "./transport.ts";

/** Bytes of a segment for small messages; the first is small because most frames are. */
const FIRST_SEGMENT = 1 << 12;
const SEGMENT = 1 << 16;
const MOST_FRAMES = 2 ** 32;

interface Segment {
  readonly buffer: Uint8Array<ArrayBuffer>;
  used: number;
}

/** A frame that is ready to be sent, and what it counts for. */
export interface SealedFrame {
  /** The frame. */
  readonly frame: Frame;
  /** What it counts for. */
  readonly traffic: Traffic;
}

/** The frame that is being filled for one peer. */
export class Outbox {
  readonly #pool: BufferPool;
  #segments: Segment[] = [];
  #messages = 0;
  #dataMessages = 0;
  #payloadBytes = 0;
  #controlBytes = 0;
  #bytes = FRAME_HEADER;
  #round = 0;
  #number = 0;

  readonly #cover: Cover;

  /** An empty frame; its segments come from the pool. */
  constructor(pool: BufferPool, cover: Cover = "whole") {
    this.#pool = pool;
    this.#cover = cover;
  }

  /** Whether nothing is in it. */
  get empty(): boolean {
    return this.#messages === 0;
  }

  /** Length of the frame if a message of so many payload bytes came on top. */
  bytesWith(payloadBytes: number): number {
    return this.#bytes + MESSAGE_HEADER + padded(payloadBytes);
  }

  /**
   * Adds a message. `fill` gets its payload, with arbitrary contents, and overwrites every byte at once; if it throws, nothing
   * is added.
   */
  add(header: MessageHeader, fill: (dst: Uint8Array) => void): void {
    const need = MESSAGE_HEADER + padded(header.bytes);
    const segment = this.#segmentFor(need);
    const start = segment.used + MESSAGE_HEADER;
    const end = start + header.bytes;
    fill(segment.buffer.subarray(start, end));
    writeMessageHeader(segment.buffer, segment.used, header);
    segment.used += need;
    segment.buffer.fill(0, end, segment.used);
    this.#messages++;
    this.#bytes += need;
    this.#round = Math.max(this.#round, header.round);
    if (header.kind === DATA) {
      this.#dataMessages++;
      this.#payloadBytes += header.bytes;
    } else {
      this.#controlBytes += need;
    }
  }

  #segmentFor(bytes: number): Segment {
    let last = this.#segments.at(-1);
    if (last === undefined || last.used + bytes > last.buffer.length) {
      const first = last === undefined;
      const size = first ? Math.max(FIRST_SEGMENT, FRAME_HEADER + bytes) : Math.max(SEGMENT, bytes);
      last = { buffer: this.#pool.acquire(size), used: first ? FRAME_HEADER : 0 };
      this.#segments.push(last);
    }
    return last;
  }

  /**
   * Takes the frame out; the next one begins empty.
   *
   * @throws {RangeError} when the link has carried 2^32 frames.
   */
  seal(session: Uint8Array): SealedFrame {
    if (this.#number === MOST_FRAMES) {
      throw new RangeError("Cannot send a frame: the link has carried 2^32, begin a new session");
    }
    const frame: Frame = [];
    // A segment stays empty when `fill` threw; the first always carries the frame's header.
    for (const { buffer, used } of this.#segments) if (used > 0) frame.push(buffer.subarray(0, used));
    sealFrame(
      frame,
      { messages: this.#messages, session, number: this.#number++, round: this.#round },
      this.#cover,
    );
    const traffic: Traffic = {
      messages: this.#dataMessages,
      payloadBytes: this.#payloadBytes,
      controlBytes: this.#controlBytes,
      bytes: frameBytes(frame),
    };
    this.#reset();
    return { frame, traffic };
  }

  /** Forgets what is in it. */
  clear(): void {
    for (const { buffer } of this.#segments) this.#pool.release(buffer);
    this.#reset();
  }

  #reset(): void {
    this.#segments = [];
    this.#messages = 0;
    this.#dataMessages = 0;
    this.#payloadBytes = 0;
    this.#controlBytes = 0;
    this.#bytes = FRAME_HEADER;
    this.#round = 0;
  }
}
