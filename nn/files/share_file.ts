/**
 * The bytes of a file of shares: "TACITSHR", a version and the header's length in 4 bytes each, a header in JSON, the tensors one
 * behind the other, and the SHA-256 of all of it.
 *
 * @module
 */
import { ELEMENT_BYTES, readElements, type Refuse } from "../../ops/elements.ts";
import { Tensor } from "../../ops/plaintext.ts";
import { storedBytes, type StoredShare } from "../../ops/stored.ts";
import { type Shape, sizeOf } from "../../ring/shape.ts";
import { shortName } from "./names.ts";
import { writeElements } from "./write_elements.ts";

const MAGIC = new TextEncoder().encode("TACITSHR");
const VERSION = 1;
const START = 16;
const DIGEST = 32;
const DTYPES = ["float64", "float32", "int32", "uint8", "int64"] as const;

/** One tensor of a file: a share, or a public value. */
export type FileEntry = StoredShare | Tensor;

/** A file of one party. */
export interface ShareFile {
  /** Names the saving: the same at all parties, and at no other saving. */
  readonly saving: string;
  /** Name of the protocol. */
  readonly protocol: string;
  /** Number of parties. */
  readonly parties: number;
  /** The party whose shares these are. */
  readonly rank: number;
  /** Tensors by name. */
  readonly entries: ReadonlyMap<string, FileEntry>;
}

const refuse: Refuse = (why) => {
  throw new TypeError(`Cannot load shares: ${why}`);
};

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** SHA-256. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

const isPublic = (entry: FileEntry): entry is Tensor => "data" in entry;
const never: Refuse = (why) => {
  throw new TypeError(`Cannot save shares: ${why}`);
};
const bytesOf = (entry: FileEntry): Uint8Array =>
  isPublic(entry) ? writeElements(entry.dtype, entry.data, never) : entry.bytes;

/** What a header says of a tensor. */
function describe(name: string, entry: FileEntry): Readonly<Record<string, unknown>> {
  if (isPublic(entry)) return { name, kind: "public", shape: entry.shape, dtype: entry.dtype };
  const { bytes: _, ...facts } = entry;
  return { name, ...facts };
}

function headerOf({ entries, ...facts }: Omit<ShareFile, "rank">): Readonly<Record<string, unknown>> {
  return { ...facts, tensors: Array.from(entries, ([name, entry]) => describe(name, entry)) };
}

/** A digest of what all parties' files have in common: all but rank and shares. */
export async function commonDigest({ rank: _, ...file }: ShareFile): Promise<Uint8Array> {
  const values = [...file.entries.values()].filter(isPublic).map(bytesOf);
  const header = new TextEncoder().encode(JSON.stringify(headerOf(file)));
  return await sha256(joined([header, ...values]));
}

/** The bytes of a file. */
export async function writeShareFile({ rank, ...file }: ShareFile): Promise<Uint8Array<ArrayBuffer>> {
  const header = new TextEncoder().encode(JSON.stringify({ ...headerOf(file), rank }));
  const head = new Uint8Array(START);
  head.set(MAGIC);
  const view = new DataView(head.buffer);
  view.setUint32(8, VERSION, true);
  view.setUint32(12, header.length, true);
  const body = joined([head, header, ...Array.from(file.entries.values(), bytesOf)]);
  return joined([body, await sha256(body)]);
}

type Fields = Readonly<Record<string, unknown>>;

const isRecord = (x: unknown): x is Fields => typeof x === "object" && x !== null && !Array.isArray(x);
const isCount = (x: unknown, most = Number.MAX_SAFE_INTEGER): x is number =>
  typeof x === "number" && Number.isSafeInteger(x) && x >= 0 && x <= most;
const isShape = (x: unknown): x is Shape =>
  Array.isArray(x) && x.length <= 64 && x.every((side) => isCount(side)) && sizeOf(x) < 2 ** 29;

/** What a tensor is, and how many bytes it has; the bytes make it. */
interface Reader {
  readonly bytes: number;
  make(bytes: Uint8Array): FileEntry;
}

function readEntry(name: string, fields: Fields): Reader {
  const wrong = (what: string): never => refuse(`tensor ${shortName(name)} of the file has no ${what}`);
  const { kind, shape, dtype, scale, bound, width, parts } = fields;
  if (!isShape(shape)) return wrong("shape");
  if (kind === "public") {
    const type = DTYPES.find((known) => known === dtype) ?? wrong("element type");
    const make = (bytes: Uint8Array): Tensor =>
      new Tensor(shape, readElements(type, bytes, { bigEndian: false, refuse }));
    return { bytes: sizeOf(shape) * ELEMENT_BYTES[type], make };
  }
  if (kind !== "words" && kind !== "bits") return wrong("kind");
  if (!isCount(scale, 63)) return wrong("scale");
  if (bound !== undefined && !(typeof bound === "number" && bound >= 0)) return wrong("bound");
  if (!isCount(width, 64) || width === 0 || kind === "words" && width !== 64) return wrong("width");
  if (!isCount(parts, 64)) return wrong("parts");
  const facts = { kind, shape, scale, bound, width, parts } as const;
  return { bytes: storedBytes(facts), make: (bytes) => ({ ...facts, bytes }) };
}

function readHeader(bytes: Uint8Array): { facts: Omit<ShareFile, "entries">; readers: Map<string, Reader> } {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return refuse("the file's header is not in JSON");
  }
  if (!isRecord(header)) return refuse("the file's header is no record");
  const { saving, protocol, parties, rank, tensors } = header;
  if (typeof saving !== "string" || typeof protocol !== "string" || !isCount(parties) || !isCount(rank)) {
    return refuse("the file's header does not say whose shares it holds");
  }
  if (!Array.isArray(tensors)) return refuse("the file's header names no tensors");
  const readers = new Map<string, Reader>();
  for (const fields of tensors as unknown[]) {
    if (!isRecord(fields) || typeof fields["name"] !== "string") {
      return refuse("the file's header has a tensor without a name");
    }
    const { name } = fields;
    if (readers.has(name)) refuse(`the file has tensor ${shortName(name)} twice`);
    readers.set(name, readEntry(name, fields));
  }
  return { facts: { saving, protocol, parties, rank }, readers };
}

/**
 * Reads a file.
 *
 * @throws {TypeError} when it is none, of another version, cut short or damaged.
 */
export async function readShareFile(bytes: Uint8Array): Promise<ShareFile> {
  if (bytes.length < START || MAGIC.some((byte, i) => bytes[i] !== byte)) {
    refuse("the bytes are no file of shares");
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = view.getUint32(8, true);
  if (version !== VERSION) refuse(`the file has version ${version}, ${VERSION} is wanted`);
  const end = bytes.length - DIGEST;
  const digest = end < START ? undefined : await sha256(bytes.slice(0, end));
  if (digest === undefined || digest.some((byte, i) => bytes[end + i] !== byte)) {
    refuse("the file is cut short or damaged, its checksum does not fit");
  }
  let at = START + view.getUint32(12, true);
  if (at > end) refuse("the file's header is cut short");
  const { facts, readers } = readHeader(bytes.subarray(START, at));
  const total = [...readers.values()].reduce((sum, reader) => sum + reader.bytes, at);
  if (total !== end) refuse(`the file's tensors have ${end - at} bytes, ${total - at} are wanted`);
  const entries = new Map<string, FileEntry>();
  for (const [name, reader] of readers) {
    entries.set(name, reader.make(bytes.slice(at, at + reader.bytes)));
    at += reader.bytes;
  }
  return { ...facts, entries };
}
