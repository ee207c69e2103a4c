/**
 * Correlations put together from the parties' shares, and what they ought to be.
 *
 * @module
 */
import {
  type BlockKind,
  blockOf,
  type Correlation,
  type Field,
  fieldBytes,
  type Kind,
  type Params,
} from "../../protocols/provider.ts";
import { Block } from "../../ring/block.ts";
import { RingTensor } from "../../ring/tensor.ts";
import type { Party } from "./parties.ts";

/** A kind and parameters to try it with. */
export interface Sample {
  /** The kind. */
  readonly kind: Kind;
  /** Parameters. */
  readonly params: Params;
}

/** Fields that a party has a share of. */
const held = (fields: readonly Field[], rank: number): Field[] =>
  fields.filter((f) => f.of === undefined && (f.holder === undefined || f.holder === rank));

/** A party's share of every field, as bytes without padding. */
export async function sharesOf(
  { kind, params }: Sample,
  corr: Correlation,
  p: Party,
): Promise<Map<string, Uint8Array>> {
  await corr.ready();
  const out = new Map<string, Uint8Array>();
  for (const field of held(kind.fields(params), p.env.rank)) {
    if (kind.form === "tensor") {
      using words = corr.tensor(field.name);
      out.set(field.name, words.bytes().slice());
      continue;
    }
    const elements = kind.elements(params);
    const most = blockOf(kind, params);
    const bytes = new Uint8Array(fieldBytes(field, elements));
    const scratch = new Block(p.env.heap, fieldBytes(field, most));
    for (let block = 0; block * most < elements; block++) {
      const length = fieldBytes(field, Math.min(most, elements - block * most));
      corr.fill(field.name, block, scratch.ptr);
      bytes.set(p.env.heap.u8(scratch.ptr, length), fieldBytes(field, block * most));
    }
    scratch.drop();
    out.set(field.name, bytes);
  }
  corr.free();
  return out;
}

/** Adds or xors a field's shares. */
export function combined(field: Field, shares: readonly Uint8Array[]): Uint8Array {
  const bytes = shares[0]!.slice();
  const [out, view] = field.type === "ring"
    ? [new BigUint64Array(bytes.buffer), (b: Uint8Array) => new BigUint64Array(b.slice().buffer)]
    : field.type === "u16"
    ? [new Uint16Array(bytes.buffer), (b: Uint8Array) => new Uint16Array(b.slice().buffer)]
    : [bytes, (b: Uint8Array) => b];
  for (const share of shares.slice(1)) {
    view(share).forEach((word, i) => {
      if (out instanceof BigUint64Array) out[i]! += word as bigint;
      else if (field.type === "u16") out[i]! += word as number;
      else out[i]! ^= word as number;
    });
  }
  return bytes;
}

/** A party's share of every field, or the values of all, by name. */
export type Fields = ReadonlyMap<string, Uint8Array>;

/** The values of all fields, from the shares of all who hold them. */
export function opened({ kind, params }: Sample, shares: readonly Fields[]): Map<string, Uint8Array> {
  return new Map(
    kind.fields(params).filter((f) => f.of === undefined).map((field) => {
      const own = shares.map((s) => s.get(field.name)).filter((b) => b !== undefined);
      return [field.name, combined(field, own)];
    }),
  );
}

/** What a kind's own `deal` says the derived fields are, given the masks. */
export function expected(sample: Sample, values: Fields, p: Party): Map<string, Uint8Array> {
  const { kind, params } = sample;
  return kind.form === "tensor"
    ? tensorsExpected(sample, values, p)
    : blocksExpected(kind, params, values, p);
}

function tensorsExpected({ kind, params }: Sample, values: Fields, p: Party): Map<string, Uint8Array> {
  if (kind.form !== "tensor") return new Map();
  const fields = kind.fields(params);
  const masks = new Map(
    fields.filter((f) => f.role === "mask").map((f) =>
      [f.name, RingTensor.fromBytes(p.env.heap, f.shape ?? [], values.get(f.name)!)] as const
    ),
  );
  const derived = kind.deal(p.env.heap, masks, params);
  return new Map(
    fields.filter((f) => f.role === "derived").map((f, i) => [f.name, derived[i]!.bytes().slice()]),
  );
}

function blocksExpected(kind: BlockKind, params: Params, values: Fields, p: Party): Map<string, Uint8Array> {
  const { heap } = p.env;
  const fields = kind.fields(params);
  const [elements, most] = [kind.elements(params), blockOf(kind, params)];
  const out = new Map(
    fields.filter((f) => f.role === "derived").map((f) => [f.name, new Uint8Array(fieldBytes(f, elements))]),
  );
  for (let start = 0; start < elements; start += most) {
    const n = Math.min(most, elements - start);
    const blocks = new Map(fields.map((f) => [f.name, new Block(heap, fieldBytes(f, most))]));
    const taken: Block[] = [];
    for (const field of fields) {
      const { ptr } = blocks.get(field.name)!;
      heap.u8(ptr, fieldBytes(field, most)).fill(0);
      if (field.role !== "mask") continue;
      const at = fieldBytes(field, start);
      heap.u8(ptr, fieldBytes(field, n)).set(values.get(field.name)!.subarray(at, at + fieldBytes(field, n)));
    }
    const find = (name: string): number => blocks.get(name)!.ptr;
    const scratch = (bytes: number): number => {
      const block = new Block(heap, bytes);
      taken.push(block);
      return block.ptr;
    };
    // With sums of zero, the corrections are the values.
    kind.deal({ heap, n, groups: Math.ceil(n / 128), mask: find, derived: find, scratch }, params);
    for (const [name, bytes] of out) {
      const field = fields.find((f) => f.name === name)!;
      bytes.set(heap.u8(find(name), fieldBytes(field, n)), fieldBytes(field, start));
    }
    for (const block of [...taken, ...blocks.values()]) block.drop();
  }
  return out;
}
