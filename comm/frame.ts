/**
 * The layout of a frame: a header of 32 bytes, then messages, each a header of 24 bytes and a payload padded to 8 bytes.
 * Everything is little endian. A message never straddles segments.
 *
 * ```text
 * frame:   magic u32 | messages u32 | session 8 bytes | number u32 | bytes u32 | 0 u32 | checksum u32
 * message: scope 8 bytes | seq u32 | sub u16 | kind u16 | bytes u32 | 0 u32
 * ```
 *
 * The checksum covers everything behind it, so that a damaged frame is an error and never a wrong number. It is no
 * authentication: that is the business of an encrypted link.
 *
 * @module
 */
import { TransportError } from "./errors.ts";
import type { Frame } from "./transport.ts";

/** Bytes of a frame's header. */
export const FRAME_HEADER = 32;
/** Bytes of a message's header. */
export const MESSAGE_HEADER = 24;
const MAGIC = 0x31544154;

/** Payload of a tensor operation. */
export const DATA = 0;
/** Plain data on a named channel. */
export const CONTROL = 1;
/** The sender has stopped; the payload says why. */
export const ABORT = 2;
/** The sender is done. */
export const BYE = 3;

/** A message's payload with its padding. */
export function padded(bytes: number): number {
  return Math.ceil(bytes / 8) * 8;
}

/** The fields of a frame's header. */
export interface FrameHeader {
  /** Number of messages. */
  readonly messages: number;
  /** First 8 bytes of the session id. */
  readonly session: Uint8Array;
  /** Position in the link's sequence of frames. */
  readonly number: number;
  /** Length with headers. */
  readonly bytes: number;
}

/** A message as it arrived. */
export interface RawMessage {
  /** First 8 bytes of the scope's id, as hexadecimal. */
  readonly scope: string;
  /** Position in the scope. */
  readonly seq: number;
  /** Number of the message within the call. */
  readonly sub: number;
  /** {@link DATA}, {@link CONTROL}, {@link ABORT} or {@link BYE}. */
  readonly kind: number;
  /** The payload. */
  readonly payload: Uint8Array;
  /** The segment that it lies in. */
  readonly segment: number;
}

/**
 * A 32-bit digest of bytes in pieces (multiples of 8 bytes; where they are cut does not matter): four independent lanes of
 * multiply and shift, which a processor works on side by side.
 */
export function checksum(pieces: readonly Uint8Array[]): number {
  let a = 0x9e3779b1 | 0;
  let b = 0x85ebca6b | 0;
  let c = 0xc2b2ae35 | 0;
  let d = 0x27d4eb2f | 0;
  // Lanes a and b took the last two words, so the next two belong to c and d.
  let half = false;
  for (const piece of pieces) {
    const words = new Int32Array(piece.buffer, piece.byteOffset, piece.byteLength >> 2);
    let i = 0;
    if (half && words.length >= 2) {
      c = mix(c, words[0]!, 0xc2b2ae3d);
      d = mix(d, words[1]!, 0x27d4eb2f);
      i = 2;
      half = false;
    }
    for (const end = words.length - 3; i < end; i += 4) {
      a = Math.imul(a ^ words[i]!, 0x9e3779b1);
      b = Math.imul(b ^ words[i + 1]!, 0x85ebca77);
      c = Math.imul(c ^ words[i + 2]!, 0xc2b2ae3d);
      d = Math.imul(d ^ words[i + 3]!, 0x27d4eb2f);
      a ^= a >>> 15;
      b ^= b >>> 15;
      c ^= c >>> 15;
      d ^= d >>> 15;
    }
    if (i < words.length) {
      a = mix(a, words[i]!, 0x9e3779b1);
      b = mix(b, words[i + 1]!, 0x85ebca77);
      half = true;
    }
  }
  const sum = mix(mix(a, b, 0x85ebca77), mix(c, d, 0x27d4eb2f), 0x9e3779b1);
  return (sum ^ (sum >>> 13)) >>> 0;
}

function mix(lane: number, word: number, factor: number): number {
  const product = Math.imul(lane ^ word, factor);
  return product ^ (product >>> 15);
}

function digestOf(frame: Frame): number {
  const head = frame[0]!;
  // The header is protected too, but for the checksum itself.
  return checksum([head.subarray(0, FRAME_HEADER - 8), head.subarray(FRAME_HEADER), ...frame.slice(1)]);
}

/** Writes the header at the start of the first segment. */
export function sealFrame(frame: Frame, header: Omit<FrameHeader, "bytes">): void {
  const head = frame[0]!;
  const view = new DataView(head.buffer, head.byteOffset, FRAME_HEADER);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, header.messages, true);
  head.set(header.session, 8);
  view.setUint32(16, header.number, true);
  view.setUint32(24, 0, true);
  view.setUint32(20, frame.reduce((sum, segment) => sum + segment.length, 0), true);
  view.setUint32(28, digestOf(frame), true);
}

/**
 * The length of the frame that begins with these bytes.
 *
 * @throws {TransportError} when they are no frame's beginning, or it is longer than accepted.
 */
export function frameLength(head: Uint8Array, limit: number): number {
  const view = new DataView(head.buffer, head.byteOffset, FRAME_HEADER);
  if (view.getUint32(0, true) !== MAGIC) {
    throw new TransportError("Cannot read a frame: it does not begin as one");
  }
  const bytes = view.getUint32(20, true);
  if (bytes < FRAME_HEADER || bytes > limit) {
    throw new TransportError(
      `Cannot read a frame: it claims ${bytes} bytes, ${FRAME_HEADER} to ${limit} are accepted`,
    );
  }
  return bytes;
}

/**
 * Checks a frame and takes it apart; payloads are views.
 *
 * @throws {TransportError} when anything is not as it should be.
 */
export function openFrame(frame: Frame, limit: number): { header: FrameHeader; messages: RawMessage[] } {
  const head = frame[0];
  if (head === undefined || head.length < FRAME_HEADER) {
    throw new TransportError("Cannot read a frame: its header is cut short");
  }
  const bytes = frameLength(head, limit);
  const have = frame.reduce((sum, segment) => sum + segment.length, 0);
  if (have !== bytes) {
    throw new TransportError(`Cannot read a frame: it has ${have} bytes, its header claims ${bytes}`);
  }
  if (frame.some((segment) => segment.length % 8 !== 0)) {
    throw new TransportError("Cannot read a frame: a segment is cut short");
  }
  const view = new DataView(head.buffer, head.byteOffset, FRAME_HEADER);
  if (digestOf(frame) !== view.getUint32(28, true)) {
    throw new TransportError("Cannot read a frame: its checksum is wrong");
  }
  const header: FrameHeader = {
    messages: view.getUint32(4, true),
    session: head.slice(8, 16),
    number: view.getUint32(16, true),
    bytes,
  };
  const messages: RawMessage[] = [];
  frame.forEach((segment, i) => {
    for (let at = i === 0 ? FRAME_HEADER : 0; at < segment.length;) {
      const message = openMessage(segment, at, i);
      messages.push(message);
      at += MESSAGE_HEADER + padded(message.payload.length);
    }
  });
  if (messages.length !== header.messages) {
    throw new TransportError(
      `Cannot read a frame: it has ${messages.length} messages, its header claims ${header.messages}`,
    );
  }
  return { header, messages };
}

/** Writes a message's header. */
export function writeMessageHeader(
  dst: Uint8Array,
  at: number,
  message: {
    readonly scope: Uint8Array;
    readonly seq: number;
    readonly sub: number;
    readonly kind: number;
    readonly bytes: number;
  },
): void {
  const view = new DataView(dst.buffer, dst.byteOffset + at, MESSAGE_HEADER);
  dst.set(message.scope.subarray(0, 8), at);
  view.setUint32(8, message.seq, true);
  view.setUint16(12, message.sub, true);
  view.setUint16(14, message.kind, true);
  view.setUint32(16, message.bytes, true);
  view.setUint32(20, 0, true);
}

function openMessage(segment: Uint8Array, at: number, index: number): RawMessage {
  if (at + MESSAGE_HEADER > segment.length) {
    throw new TransportError("Cannot read a frame: a message's header is cut short");
  }
  const view = new DataView(segment.buffer, segment.byteOffset + at, MESSAGE_HEADER);
  const bytes = view.getUint32(16, true);
  const start = at + MESSAGE_HEADER;
  if (start + padded(bytes) > segment.length) {
    throw new TransportError("Cannot read a frame: a message is cut short");
  }
  return {
    scope: segment.subarray(at, at + 8).toHex(),
    seq: view.getUint32(8, true),
    sub: view.getUint16(12, true),
    kind: view.getUint16(14, true),
    payload: segment.subarray(start, start + bytes),
    segment: index,
  };
}
