/**
 * The layout of a frame: a header of 32 bytes, then messages, each a header of 24 bytes and a payload padded to 8 bytes.
 * Everything is little endian. A message never straddles segments.
 *
 * ```text
 * frame:   magic u16 | version u16 | messages u32 | session 8 bytes | number u32 | round u32 | bytes u32 | checksum u32
 * message: scope 8 bytes | seq u32 | sub u16 | kind u16 | bytes u32 | round u32
 * ```
 *
 * The checksum covers every byte (see {@link Cover}), its own field taken as zero, so that a damaged frame is an error and
 * never a wrong number.
 *
 * @module
 */
import { Checksum } from "./checksum.ts";
import { TransportError } from "./errors.ts";
import type { Frame, Transport } from "./transport.ts";

/** Bytes of a frame's header. */
export const FRAME_HEADER = 32;
/** Bytes of a message's header. */
export const MESSAGE_HEADER = 24;
/** Version of the layout. */
export const FRAME_VERSION = 1;
/** Longest frame that is accepted, unless an option says otherwise. */
export const MAX_FRAME_BYTES: number = 2 ** 30;

const MAGIC = 0x4354;
const CHECKSUM_AT = 28;

/** Payload of an operation. */
export const DATA = 0;
/** Plain data on a named channel. */
export const CONTROL = 1;
/** The sender has stopped; the payload says why. */
export const ABORT = 2;
/** The sender is done. */
export const BYE = 3;

/** The fields of a frame's header. */
export interface FrameHeader {
  /** Number of messages. */
  readonly messages: number;
  /** First 8 bytes of the session id. */
  readonly session: Uint8Array;
  /** Position in the link's sequence of frames. */
  readonly number: number;
  /** Largest round of its messages. */
  readonly round: number;
  /** Length with headers. */
  readonly bytes: number;
}

/** Names a message and says how long it is. */
export interface MessageHeader {
  /** The scope's id, or its first 8 bytes, which are what is sent. */
  readonly scope: Uint8Array;
  /** Position in the scope. */
  readonly seq: number;
  /** Number of the message within the call. */
  readonly sub: number;
  /** {@link DATA}, {@link CONTROL}, {@link ABORT} or {@link BYE}. */
  readonly kind: number;
  /** Bytes of the payload. */
  readonly bytes: number;
  /** One more than the longest chain of messages that the sender had to receive before. */
  readonly round: number;
}

/** A message as it arrived. */
export interface RawMessage extends MessageHeader {
  /** A view of the payload, aligned to 8 bytes. */
  readonly payload: Uint8Array;
  /** Index of the segment that it lies in. */
  readonly segment: number;
}

/** Bytes of a payload with its padding. */
export function padded(bytes: number): number {
  return Math.ceil(bytes / 8) * 8;
}

/** Bytes of a frame. */
export function frameBytes(frame: Frame): number {
  let bytes = 0;
  for (const segment of frame) bytes += segment.length;
  return bytes;
}

/** Bytes that the checksum covers on a link that does not leave the machine. */
const LOCAL_COVER = 1 << 16;

/**
 * How much of a frame its checksum covers. Within one machine bytes do not change under way, and summing megabytes twice would
 * cost as much as sending them: there it guards the headers and small frames. Both ends of a link choose alike.
 */
export type Cover = "whole" | "beginning";

/** What checksums cover on a link: where frames are encrypted, the cipher finds all damage. */
export function coverOf({ locality, secured = false }: Pick<Transport, "locality" | "secured">): Cover {
  return locality === "network" && !secured ? "whole" : "beginning";
}

function checksumOf(frame: Frame, cover: Cover): number {
  const sum = new Checksum();
  let left = cover === "whole" ? Infinity : LOCAL_COVER;
  for (const segment of frame) {
    if (left <= 0) break;
    sum.update(segment.length <= left ? segment : segment.subarray(0, left));
    left -= segment.length;
  }
  return sum.digest();
}

/** Writes a header, but for its checksum, which is zero. */
export function writeFrameHeader(head: Uint8Array, header: FrameHeader): void {
  const view = new DataView(head.buffer, head.byteOffset, FRAME_HEADER);
  view.setUint16(0, MAGIC, true);
  view.setUint16(2, FRAME_VERSION, true);
  view.setUint32(4, header.messages, true);
  head.set(header.session, 8);
  view.setUint32(16, header.number, true);
  view.setUint32(20, header.round, true);
  view.setUint32(24, header.bytes, true);
  view.setUint32(CHECKSUM_AT, 0, true);
}

/** Writes the header at the start of the first segment. */
export function sealFrame(frame: Frame, header: Omit<FrameHeader, "bytes">, cover: Cover = "whole"): void {
  const head = frame[0]!;
  writeFrameHeader(head, { ...header, bytes: frameBytes(frame) });
  const view = new DataView(head.buffer, head.byteOffset, FRAME_HEADER);
  view.setUint32(CHECKSUM_AT, checksumOf(frame, cover), true);
}

/** Writes a message's header. */
export function writeMessageHeader(dst: Uint8Array, at: number, header: MessageHeader): void {
  const view = new DataView(dst.buffer, dst.byteOffset + at, MESSAGE_HEADER);
  for (let i = 0; i < 8; i++) view.setUint8(i, header.scope[i]!);
  view.setUint32(8, header.seq, true);
  view.setUint16(12, header.sub, true);
  view.setUint16(14, header.kind, true);
  view.setUint32(16, header.bytes, true);
  view.setUint32(20, header.round, true);
}

function refuse(problem: string): never {
  throw new TransportError(`Cannot read a frame: ${problem}`);
}

/**
 * The length of the frame that begins with these 32 bytes.
 *
 * @throws {TransportError} when they are no frame's beginning, or it is longer than accepted.
 */
export function frameLength(head: Uint8Array, limit: number): number {
  const view = new DataView(head.buffer, head.byteOffset, FRAME_HEADER);
  if (view.getUint16(0, true) !== MAGIC) refuse("it does not begin as one");
  const version = view.getUint16(2, true);
  if (version !== FRAME_VERSION) refuse(`it is of version ${version}, ${FRAME_VERSION} is wanted`);
  const bytes = view.getUint32(24, true);
  if (bytes < FRAME_HEADER || bytes > limit) {
    refuse(`it claims ${bytes} bytes, ${FRAME_HEADER} to ${limit} are accepted`);
  }
  if (bytes % 8 !== 0) refuse(`it claims ${bytes} bytes, a multiple of 8 is wanted`);
  return bytes;
}

/** A frame, taken apart. */
export interface OpenFrame {
  /** Its header. */
  readonly header: FrameHeader;
  /** Its messages, in order. */
  readonly messages: readonly RawMessage[];
}

/**
 * Checks a frame and takes it apart; payloads are views of its segments.
 *
 * @throws {TransportError} when anything is not as it should be.
 */
export function openFrame(frame: Frame, limit: number, cover: Cover = "whole"): OpenFrame {
  const head = frame[0];
  if (head === undefined || head.length < FRAME_HEADER) refuse("its header is cut short");
  const bytes = frameLength(head, limit);
  const have = frameBytes(frame);
  if (have !== bytes) refuse(`it has ${have} bytes, its header claims ${bytes}`);
  frame = frame.map(aligned);
  const view = new DataView(frame[0]!.buffer, frame[0]!.byteOffset, FRAME_HEADER);
  const checksum = view.getUint32(CHECKSUM_AT, true);
  view.setUint32(CHECKSUM_AT, 0, true);
  const actual = checksumOf(frame, cover);
  view.setUint32(CHECKSUM_AT, checksum, true);
  if (actual !== checksum) refuse("its checksum is wrong");
  const header: FrameHeader = {
    messages: view.getUint32(4, true),
    session: frame[0]!.slice(8, 16),
    number: view.getUint32(16, true),
    round: view.getUint32(20, true),
    bytes,
  };
  const messages: RawMessage[] = [];
  frame.forEach((segment, index) => {
    for (let at = index === 0 ? FRAME_HEADER : 0; at < segment.length;) {
      const message = readMessage(segment, at, index);
      messages.push(message);
      at += MESSAGE_HEADER + padded(message.bytes);
    }
  });
  if (messages.length !== header.messages) {
    refuse(`it has ${messages.length} messages, its header claims ${header.messages}`);
  }
  return { header, messages };
}

/** The segment, or a copy that begins at a multiple of 8 in its buffer: payloads are read as 64-bit words. */
function aligned(segment: Uint8Array): Uint8Array {
  if (segment.length % 8 !== 0) refuse("a segment is cut short");
  return segment.byteOffset % 8 === 0 ? segment : segment.slice();
}

function readMessage(segment: Uint8Array, at: number, index: number): RawMessage {
  if (at + MESSAGE_HEADER > segment.length) refuse("a message's header is cut short");
  const view = new DataView(segment.buffer, segment.byteOffset + at, MESSAGE_HEADER);
  const bytes = view.getUint32(16, true);
  const start = at + MESSAGE_HEADER;
  if (start + padded(bytes) > segment.length) refuse("a message is cut short");
  const kind = view.getUint16(14, true);
  if (kind > BYE) refuse(`it has a message of unknown kind ${kind}`);
  return {
    scope: segment.subarray(at, at + 8),
    seq: view.getUint32(8, true),
    sub: view.getUint16(12, true),
    kind,
    bytes,
    round: view.getUint32(20, true),
    payload: segment.subarray(start, start + bytes),
    segment: index,
  };
}
