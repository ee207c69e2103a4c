/**
 * ZIP archives in memory: members stored or deflated, sizes of 64 bits, checksums verified.
 *
 * *Reference*: PKWARE, APPNOTE.TXT 6.3.10, sections 4.3 to 4.5.
 *
 * @module
 */
import type { Refuse } from "./elements.ts";

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const END64 = 0x06064b50;
const LOCATOR64 = 0x07064b50;
const END_BYTES = 22;
const CENTRAL_BYTES = 46;
const LOCAL_BYTES = 30;
const STORED = 0;
const DEFLATED = 8;
/** In place of a number that stands in the 64-bit fields. */
const ELSEWHERE = 0xffffffff;
/** 1980-01-01, the first date there is: archives of the same content are the same bytes. */
const DATE = 0x21;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let i = 0; i < 8; i++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

/** CRC-32 of the reflected polynomial 0xedb88320. */
function crc32(bytes: Uint8Array): number {
  let value = ~0;
  for (let i = 0; i < bytes.length; i++) value = TABLE[(value ^ bytes[i]!) & 255]! ^ (value >>> 8);
  return ~value >>> 0;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** What the directory says of a member. */
interface Member {
  readonly name: string;
  readonly method: number;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  /** Where its local header begins. */
  readonly at: number;
}

/** A number of 64 bits; what cannot be an offset in memory is refused later, as lying beyond the end. */
function wide(view: DataView, at: number): number {
  return Number(view.getBigUint64(at, true));
}

/** Where the directory lies: its members, its offset. */
function directory(view: DataView, refuse: Refuse): { count: number; at: number; end: number } {
  let end = view.byteLength - END_BYTES;
  // A comment of up to 64 KB may follow; its stated length says that this is the record and no part of a comment.
  const first = Math.max(0, end - 0xffff);
  while (
    end >= first &&
    !(view.getUint32(end, true) === END &&
      end + END_BYTES + view.getUint16(end + 20, true) === view.byteLength)
  ) end--;
  if (end < first) refuse("it does not end as one, or is cut short");
  const located = end - 20;
  if (located < 0 || view.getUint32(located, true) !== LOCATOR64) {
    return { count: view.getUint16(end + 10, true), at: view.getUint32(end + 16, true), end };
  }
  const record = wide(view, located + 8);
  if (record + 56 > located || view.getUint32(record, true) !== END64) refuse("its directory is damaged");
  return { count: wide(view, record + 32), at: wide(view, record + 48), end: record };
}

/** Sizes and offset of 64 bits, for those that do not fit where they usually stand. */
function widen(extra: DataView, values: number[], refuse: Refuse): number[] {
  if (!values.includes(ELSEWHERE)) return values;
  for (let at = 0; at + 4 <= extra.byteLength; at += 4 + extra.getUint16(at + 2, true)) {
    if (extra.getUint16(at, true) !== 1) continue;
    const end = at + 4 + extra.getUint16(at + 2, true);
    let next = at + 4;
    return values.map((value) => {
      if (value !== ELSEWHERE) return value;
      if (next + 8 > end || end > extra.byteLength) refuse("its directory is damaged");
      next += 8;
      return wide(extra, next - 8);
    });
  }
  return refuse("its directory is damaged");
}

function readMembers(bytes: Uint8Array, refuse: Refuse): Member[] {
  const view = viewOf(bytes);
  if (bytes.length < END_BYTES) refuse("it does not end as one, or is cut short");
  const { count, at: first, end } = directory(view, refuse);
  const members: Member[] = [];
  let at = first;
  for (let i = 0; i < count; i++) {
    if (at + CENTRAL_BYTES > end || view.getUint32(at, true) !== CENTRAL) refuse("its directory is damaged");
    const names = view.getUint16(at + 28, true);
    const extras = view.getUint16(at + 30, true);
    const next = at + CENTRAL_BYTES + names + extras + view.getUint16(at + 32, true);
    if (next > end) refuse("its directory is damaged");
    const name = new TextDecoder().decode(bytes.subarray(at + CENTRAL_BYTES, at + CENTRAL_BYTES + names));
    if (view.getUint16(at + 8, true) & 1) refuse(`member "${name}" is encrypted`);
    const extra = bytes.subarray(at + CENTRAL_BYTES + names, at + CENTRAL_BYTES + names + extras);
    const stated = [24, 20, 42].map((offset) => view.getUint32(at + offset, true));
    const [size, packed, local] = widen(viewOf(extra), stated, refuse) as [number, number, number];
    members.push({
      name,
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      packed,
      size,
      at: local,
    });
    at = next;
  }
  return members;
}

/** A member's bytes as they lie in the archive. */
function packedBytes(bytes: Uint8Array, member: Member, refuse: Refuse): Uint8Array<ArrayBuffer> {
  const view = viewOf(bytes);
  const { at, name, packed } = member;
  if (at + LOCAL_BYTES > bytes.length || view.getUint32(at, true) !== LOCAL) {
    refuse(`member "${name}" does not begin where it should`);
  }
  const start = at + LOCAL_BYTES + view.getUint16(at + 26, true) + view.getUint16(at + 28, true);
  if (start + packed > bytes.length) refuse(`member "${name}" lies beyond the end`);
  return new Uint8Array(bytes.subarray(start, start + packed));
}

/** Expands a member, no further than its stated size, so that a small file cannot fill the memory. */
async function inflate(data: Uint8Array<ArrayBuffer>, member: Member, refuse: Refuse): Promise<Uint8Array> {
  const stream = new Blob([data]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of stream) {
      size += chunk.length;
      if (size > member.size) break;
      chunks.push(chunk);
    }
  } catch {
    refuse(`member "${member.name}" is damaged`);
  }
  if (size !== member.size) refuse(`member "${member.name}" does not have its stated ${member.size} bytes`);
  const out = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    out.set(chunk, at);
    at += chunk.length;
  }
  return out;
}

/** The members of an archive by name, in the order of its directory. */
export async function readZip(bytes: Uint8Array, refuse: Refuse): Promise<Map<string, Uint8Array>> {
  const members = readMembers(bytes, refuse);
  if (members.reduce((sum, { packed }) => sum + packed, 0) > bytes.length) {
    refuse("its members are longer than it, or overlap");
  }
  const out = new Map<string, Uint8Array>();
  for (const member of members) {
    const { name, method, size, crc } = member;
    if (out.has(name)) refuse(`it has two members "${name}"`);
    if (method !== STORED && method !== DEFLATED) {
      refuse(`member "${name}" is packed by method ${method}, stored or deflated ones are wanted`);
    }
    const data = packedBytes(bytes, member, refuse);
    if (method === STORED && data.length !== size) {
      refuse(`member "${name}" does not have its stated ${size} bytes`);
    }
    const whole = method === STORED ? data : await inflate(data, member, refuse);
    if (crc32(whole) !== crc) refuse(`member "${name}" is damaged`);
    out.set(name, whole);
  }
  return out;
}

/** The header of a member: the fields that its local record and the directory share. */
function shared(name: Uint8Array, data: Uint8Array): Uint8Array {
  const out = new Uint8Array(26);
  const view = viewOf(out);
  view.setUint16(0, 20, true);
  // Names are UTF-8.
  view.setUint16(2, 0x800, true);
  view.setUint16(4, STORED, true);
  view.setUint16(8, DATE, true);
  view.setUint32(10, crc32(data), true);
  view.setUint32(14, data.length, true);
  view.setUint32(18, data.length, true);
  view.setUint16(22, name.length, true);
  return out;
}

/**
 * An archive whose members are stored as they are.
 *
 * @throws {RangeError} when it would need 65535 members or 4 GB, or a name of 64 KB.
 */
export function writeZip(members: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const pieces: Uint8Array[] = [];
  const entries: Uint8Array[] = [];
  let at = 0;
  for (const [name, data] of members) {
    const text = new TextEncoder().encode(name);
    const header = shared(text, data);
    const local = new Uint8Array(4);
    viewOf(local).setUint32(0, LOCAL, true);
    const entry = new Uint8Array(CENTRAL_BYTES);
    const view = viewOf(entry);
    view.setUint32(0, CENTRAL, true);
    view.setUint16(4, 20, true);
    entry.set(header, 6);
    view.setUint32(42, at, true);
    entries.push(entry, text);
    pieces.push(local, header, text, data);
    at += LOCAL_BYTES + text.length + data.length;
    if (text.length > 0xffff) throw new RangeError("Cannot write archive: a name has 64 KB, less is wanted");
  }
  const length = entries.reduce((sum, { length }) => sum + length, 0);
  if (members.size >= 0xffff || at + length >= ELSEWHERE) {
    throw new RangeError(
      `Cannot write archive: it has ${members.size} members and ${at} bytes, fewer than 65535 and 2^32 are wanted`,
    );
  }
  const end = new Uint8Array(END_BYTES);
  const view = viewOf(end);
  view.setUint32(0, END, true);
  view.setUint16(8, members.size, true);
  view.setUint16(10, members.size, true);
  view.setUint32(12, length, true);
  view.setUint32(16, at, true);
  const out = new Uint8Array(at + length + END_BYTES);
  let next = 0;
  for (const piece of [...pieces, ...entries, end]) {
    out.set(piece, next);
    next += piece.length;
  }
  return out;
}
