/**
 * A party's share of a tensor as bytes, and back: what files of shares are made of.
 *
 * By the contract of protocols a share is a list of parts, and every part is a tensor of words or bits of the secret's shape; so
 * no protocol has to be asked.
 *
 * @module
 */
import type { AShare, BShare } from "../protocols/protocol.ts";
import { BitTensor, packedBytes, packPlanes, unpackPlanes } from "../ring/bits.ts";
import { checkShape, type Shape, sizeOf } from "../ring/shape.ts";
import { RingTensor } from "../ring/tensor.ts";
import { Cell } from "./cell.ts";
import type { Context } from "./context.ts";
import { words } from "./operand.ts";
import { CrypTensor } from "./tensor.ts";

/** What all parties know of a stored share. */
export interface StoredFacts {
  /** Whether its parts are words or bits. */
  readonly kind: "words" | "bits";
  /** Shape of the secret. */
  readonly shape: Shape;
  /** Fraction bits. */
  readonly scale: number;
  /** The largest absolute value that can occur, if it is known. */
  readonly bound?: number | undefined;
  /** Bits per element: 64 for words. */
  readonly width: number;
  /** Number of parts. */
  readonly parts: number;
}

/** A share as bytes: part after part, words little endian, bits as packed planes. */
export interface StoredShare extends StoredFacts {
  /** The bytes. They are as secret as the share. */
  readonly bytes: Uint8Array;
}

/** Bytes of one part. */
function partBytes({ kind, shape, width }: Pick<StoredFacts, "kind" | "shape" | "width">): number {
  return kind === "words" ? 8 * sizeOf(shape) : packedBytes(sizeOf(shape), width);
}

/** Bytes of a share. */
export function storedBytes(facts: StoredFacts): number {
  return facts.parts * partBytes(facts);
}

function writePart(part: RingTensor | BitTensor, width: number, dst: Uint8Array): void {
  if (part instanceof RingTensor) return dst.set(part.bytes());
  // A part may have more planes than count.
  using planes = part.width === width ? part.keep() : part.planes(0, width);
  packPlanes(part.heap, planes.ptr, part.size, width, dst);
}

/** This party's share of a tensor, as soon as it is here. The tensor may be disposed meanwhile. No communication. */
export async function storeShare(x: CrypTensor): Promise<StoredShare> {
  const asBits = x.bits !== undefined && (x.ptype === "binary" || x.width === 1);
  const cell = (asBits ? x.bits! : x.context.whole(x.words)).retain() as Cell<AShare | BShare>;
  const { shape, scale, bound } = x;
  try {
    const { parts } = await cell.wait();
    const kind = asBits ? "bits" : "words";
    const facts = { kind, shape, scale, bound, width: asBits ? x.width : 64, parts: parts.length } as const;
    const each = partBytes(facts);
    const bytes = new Uint8Array(each * parts.length);
    parts.forEach((part, i) => writePart(part, facts.width, bytes.subarray(i * each, (i + 1) * each)));
    return { ...facts, bytes };
  } finally {
    cell.release();
  }
}

/**
 * A tensor from this party's stored share. No communication. That all parties restore shares of the same secret is for the caller to
 * see to, with {@link exchangeNotes}.
 *
 * @throws {RangeError} when shape and bytes do not fit.
 */
export function restoreShare(ctx: Context, { bytes, ...facts }: StoredShare): CrypTensor {
  const { kind, shape, width } = facts;
  checkShape(shape);
  if (bytes.length !== storedBytes(facts)) {
    throw new RangeError(
      `Cannot restore a tensor of shape [${shape}]: ${bytes.length} bytes were given, ${
        storedBytes(facts)
      } are wanted`,
    );
  }
  const { heap } = ctx.shared.env;
  const each = partBytes(facts);
  const parts = Array.from({ length: facts.parts }, (_, i) => bytes.subarray(i * each, (i + 1) * each));
  if (kind === "words") {
    const share = { parts: parts.map((part) => RingTensor.fromBytes(heap, shape, part)) };
    return words(ctx, Cell.ready<AShare>(shape, share), facts);
  }
  const share = {
    parts: parts.map((part) => {
      const out = BitTensor.empty(heap, shape, width);
      unpackPlanes(heap, out.ptr, out.size, width, part);
      return out;
    }),
  };
  return new CrypTensor(ctx, shape, facts, { bits: Cell.ready<BShare>(shape, share), width });
}

/**
 * Public notes of the same length that all parties tell each other, by rank. The place in the program is that of the call, whenever the
 * note is there. *Cost*: one round.
 */
export async function exchangeNotes(
  ctx: Context,
  what: string,
  byteLength: number,
  note: Promise<Uint8Array>,
): Promise<Uint8Array[]> {
  const { shared: { env: { comm, rank } }, scope } = ctx;
  const tag = scope.take();
  scope.record(what);
  const round = ctx.shared.depth + 1;
  const own = await note;
  const messages = await comm.exchange(tag, 0, byteLength, (dst) => dst.set(own), what, round);
  for (const message of messages) ctx.reached(message.round);
  const theirs: Uint8Array[] = messages.map((message) => {
    const bytes = message.bytes.slice();
    message.release();
    return bytes;
  });
  return theirs.toSpliced(rank, 0, own);
}
