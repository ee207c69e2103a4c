/**
 * What a secured link puts around what it sends: the header of a frame, so that every link can carry it, then the body.
 *
 * Nothing in the header is free: a link that opens an envelope knows what each bit has to be.
 *
 * @module
 */
import { TransportError } from "./errors.ts";
import { FRAME_HEADER, frameBytes, writeFrameHeader } from "./frame.ts";
import type { Frame } from "./transport.ts";

/** The first message of a handshake. */
export const HELLO = 1;
/** The second one. */
export const REPLY = 2;
/** An encrypted frame. */
export const SEALED = 3;
/** The responder wants no link; the body says why. */
export const REFUSAL = 4;

/** What stands where a session is named. */
const MARK = new TextEncoder().encode("secured\0");

function headerOf(kind: number, body: number): Uint8Array {
  const out = new Uint8Array(FRAME_HEADER);
  writeFrameHeader(out, { messages: kind, session: MARK, number: 0, round: 0, bytes: FRAME_HEADER + body });
  return out;
}

/** A frame around a body, whose length is a multiple of 8. */
export function envelope(kind: number, body: Uint8Array): Frame {
  return [headerOf(kind, body.length), body];
}

/** An envelope, opened. */
export interface Envelope {
  /** {@link HELLO}, {@link REPLY}, {@link SEALED} or {@link REFUSAL}. */
  readonly kind: number;
  /** What it holds. */
  readonly body: Uint8Array;
}

/** All segments in one, in a new buffer; the segment itself when there is one only. */
export function joined(
  frame: Frame,
  acquire: (bytes: number) => Uint8Array = (bytes) => new Uint8Array(bytes),
): Uint8Array {
  if (frame.length === 1) return frame[0]!;
  const bytes = frameBytes(frame);
  const out = acquire(bytes);
  let at = 0;
  for (const segment of frame) {
    out.set(segment, at);
    at += segment.length;
  }
  return out.subarray(0, bytes);
}

/** Header and body, which are segments of their own on links that pass on what they are given. */
function parts(frame: Frame): readonly [head: Uint8Array, body: Uint8Array] {
  const [head, body] = frame;
  if (frame.length === 2 && head!.length === FRAME_HEADER) return [head!, body!];
  const whole = joined(frame);
  return [whole.subarray(0, FRAME_HEADER), whole.subarray(FRAME_HEADER)];
}

/**
 * Opens a frame that {@link envelope} has made.
 *
 * @throws {TransportError} when it has not.
 */
export function openEnvelope(frame: Frame): Envelope {
  const [head, body] = parts(frame);
  if (head.length < FRAME_HEADER) throw new TransportError("Cannot read a frame: its header is cut short");
  if (!MARK.every((byte, i) => byte === head[8 + i])) {
    throw new TransportError(
      "Cannot read a frame: it is not encrypted, a secured link is wanted at both ends",
    );
  }
  const kind = head[4]!;
  if (!headerOf(kind, body.length).every((byte, i) => byte === head[i])) {
    throw new TransportError("Cannot read a frame: its header was altered");
  }
  return { kind, body };
}
