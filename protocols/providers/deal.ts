/**
 * Dealing: from all parties' seeds to the corrections of one correlation. Used by every provider that has a dealer.
 *
 * The dealer expands all streams of a mask field and adds them up; of a derived field it expands the streams of all parties
 * but the receiver, and v minus their sum is the receiver's share. Any n-1 parties therefore hold uniform values that are
 * independent of all masks: one honest stream is missing from each, and it pads the correction of each derived field.
 *
 * @module
 */
import { Scope } from "../../comm/scope.ts";
import { Block } from "../../ring/block.ts";
import type { Heap } from "../../ring/heap.ts";
import type { Seed, StreamPosition } from "../../ring/prg.ts";
import { sizeOf } from "../../ring/shape.ts";
import { RingTensor } from "../../ring/tensor.ts";
import {
  type BlockKind,
  blockOf,
  CHUNK_BLOCKS,
  type Field,
  fieldBytes,
  type Kind,
  type Params,
  type TensorKind,
} from "../provider.ts";

/** What is dealt, to whom. */
export interface Deal {
  /** The dealer's memory. */
  readonly heap: Heap;
  /** All parties' dealer seeds. */
  readonly seeds: readonly Seed[];
  /** Kind of correlation. */
  readonly kind: Kind;
  /** Its parameters. */
  readonly params: Params;
  /** The tag it is for. */
  readonly position: StreamPosition;
  /** The root scope's 16 bytes. */
  readonly root: Uint8Array;
  /** Rank of the party that gets the corrections. */
  readonly receiver: number;
  /** A mask of which the dealer has a summand too, because it takes part in the opening. */
  readonly own?: { readonly seed: Seed; readonly field: string } | undefined;
}

/** Elements of chunk `chunk` of a block kind. */
function chunkElements(kind: BlockKind, params: Params, chunk: number): number {
  const most = blockOf(kind, params) * CHUNK_BLOCKS;
  return Math.min(kind.elements(params) - chunk * most, most);
}

/** Number of messages that the corrections take. */
export function chunkCount(kind: Kind, params: Params): number {
  if (kind.form === "tensor") return kind.fields(params).some((f) => f.role === "derived") ? 1 : 0;
  return Math.ceil(kind.elements(params) / (blockOf(kind, params) * CHUNK_BLOCKS));
}

/** Bytes of each derived field within a chunk, in order. */
export function chunkLayout(
  kind: Kind,
  params: Params,
  chunk: number,
): Map<string, { offset: number; bytes: number }> {
  const out = new Map<string, { offset: number; bytes: number }>();
  let offset = 0;
  for (const field of kind.fields(params)) {
    if (field.role !== "derived") continue;
    const elements = kind.form === "tensor" ? sizeOf(field.shape ?? []) : chunkElements(kind, params, chunk);
    const bytes = fieldBytes(field, elements);
    out.set(field.name, { offset, bytes });
    offset += bytes;
  }
  return out;
}

/** Bytes of a chunk. */
export function chunkBytes(kind: Kind, params: Params, chunk: number): number {
  let bytes = 0;
  for (const part of chunkLayout(kind, params, chunk).values()) bytes += part.bytes;
  return bytes;
}

/** acc += tmp in a field's group. */
function accumulate(heap: Heap, field: Field, acc: number, tmp: number, bytes: number): void {
  const padded = Math.ceil(bytes / 16) * 16;
  if (field.type === "ring") heap.kernels.elementwise.vadd(acc, acc, tmp, padded);
  else if (field.type === "bits") heap.kernels.elementwise.vxor(acc, acc, tmp, padded);
  else throw new TypeError(`Cannot deal field "${field.name}": 16-bit fields have two parties at most`);
}

/** Writes the sum of the streams of some parties. */
function expand(
  deal: Deal,
  field: Field,
  index: number,
  ptr: number,
  scratch: number,
  range: { offset: number; bytes: number },
): void {
  const { heap, seeds } = deal;
  const position: StreamPosition = field.of === undefined
    ? deal.position
    : { scope: Scope.at(deal.root, field.of.path), seq: field.of.seq };
  const stream = field.of?.field ?? index;
  let first = true;
  for (let rank = 0; rank < seeds.length; rank++) {
    if (
      field.role === "derived" ? rank === deal.receiver : field.holder !== undefined && rank !== field.holder
    ) continue;
    seeds[rank]!.fill(heap, position, stream, first ? ptr : scratch, range.offset, range.bytes);
    if (!first) accumulate(heap, field, ptr, scratch, range.bytes);
    first = false;
  }
  if (deal.own?.field !== field.name || field.of !== undefined) return;
  deal.own.seed.fill(heap, position, stream, scratch, range.offset, range.bytes);
  accumulate(heap, field, ptr, scratch, range.bytes);
}

/** Computes the corrections of one chunk into `dst`. */
export function dealChunk(deal: Deal, chunk: number, dst: Uint8Array): void {
  if (deal.kind.form === "tensor") dealTensors(deal, deal.kind, dst);
  else dealBlocks(deal, deal.kind, chunk, dst);
}

function dealBlocks(deal: Deal, kind: BlockKind, chunk: number, dst: Uint8Array): void {
  const { heap, params } = deal;
  const fields = kind.fields(params);
  const layout = chunkLayout(kind, params, chunk);
  const elements = chunkElements(kind, params, chunk);
  const most = blockOf(kind, params);
  const sizes = fields.map((f) => fieldBytes(f, Math.ceil(Math.min(most, elements) / 128) * 128));
  const largest = Math.max(...sizes);
  const blocks: Block[] = [];
  const take = (bytes: number): number => {
    const block = new Block(heap, bytes);
    blocks.push(block);
    return block.ptr;
  };
  const scratch = take(largest);
  const at = new Map(fields.map((f, i) => [f.name, take(sizes[i]!)]));
  const kept = blocks.length;
  for (let start = 0; start < elements; start += most) {
    const n = Math.min(most, elements - start);
    const whole = chunk * CHUNK_BLOCKS * most + start;
    fields.forEach((field, index) => {
      const range = { offset: fieldBytes(field, whole), bytes: fieldBytes(field, n) };
      expand(deal, field, index, at.get(field.name)!, scratch, range);
    });
    const find = (name: string): number => at.get(name)!;
    kind.deal({ heap, n, groups: Math.ceil(n / 128), mask: find, derived: find, scratch: take }, params);
    for (const block of blocks.splice(kept)) block.drop();
    for (const field of fields) {
      const part = layout.get(field.name);
      if (part !== undefined) {
        dst.set(heap.u8(find(field.name), fieldBytes(field, n)), part.offset + fieldBytes(field, start));
      }
    }
  }
  for (const block of blocks) block.drop();
}

function dealTensors(deal: Deal, kind: TensorKind, dst: Uint8Array): void {
  const { heap, params } = deal;
  const fields = kind.fields(params);
  const masks = new Map<string, RingTensor>();
  const sums: RingTensor[] = [];
  fields.forEach((field, index) => {
    const out = RingTensor.empty(heap, field.shape ?? []);
    const scratch = new Block(heap, out.byteLength);
    expand(deal, field, index, out.ptr, scratch.ptr, { offset: 0, bytes: out.byteLength });
    scratch.drop();
    if (field.role === "mask") masks.set(field.name, out);
    else sums.push(out);
  });
  let offset = 0;
  kind.deal(heap, masks, params).forEach((value, i) => {
    const sum = sums[i]!;
    heap.kernels.elementwise.vsub(sum.ptr, value.ptr, sum.ptr, Math.ceil(sum.byteLength / 16) * 16);
    dst.set(sum.bytes(), offset);
    offset += sum.byteLength;
    value.free();
    sum.free();
  });
  for (const mask of masks.values()) mask.free();
}
