/**
 * Correlated randomness: what a kind of correlation is, and who hands it out.
 *
 * A correlation is a record of fields. *Mask* fields are uniform; *derived* fields are functions of masks. Of every field a
 * party holds a share PRF(its seed, tag, field); only for derived fields does the dealer send something, a correction, to
 * one party (PROTOCOL: share = v - the others' PRFs). Nothing that is dealt is dealt twice.
 *
 * @module
 */
import type { Communicator } from "../comm/communicator.ts";
import type { Tag } from "../comm/scope.ts";
import type { Heap } from "../ring/heap.ts";
import type { Seed } from "../ring/prg.ts";
import type { Shape } from "../ring/shape.ts";
import type { RingTensor } from "../ring/tensor.ts";

/** Elements that block kinds process at a time by default: their working set stays in the second-level cache. */
export const BLOCK = 4096;
/** Blocks whose corrections travel in one message. */
export const CHUNK_BLOCKS = 16;

/** One field of a correlation. */
export interface Field {
  /** Its name within the kind. */
  readonly name: string;
  /** Words added modulo 2^64, 16-bit words added modulo 2^16, or xored bit planes. */
  readonly type: "ring" | "u16" | "bits";
  /** Uniform, or computed from masks. */
  readonly role: "mask" | "derived";
  /** Planes per element of a `bits` field. */
  readonly planes?: number;
  /** Words per element of a `ring` field of a block kind, one by default: they lie side by side. */
  readonly words?: number;
  /** For a mask that only one party knows. */
  readonly holder?: number;
  /** For the fields of tensor kinds. */
  readonly shape?: Shape;
  /** A mask of an earlier correlation, that this one refers to. */
  readonly of?: TagRef & { readonly field: number };
}

/** Names a tag in a request. */
export interface TagRef {
  /** Forks from the root scope: the same in every session. */
  readonly path: readonly number[];
  /** Position in the scope. */
  readonly seq: number;
}

/** Parameters of a correlation: plain data, the same at all parties. */
export type Params = Readonly<Record<string, unknown>>;

/** What a block kind's `deal` works on: addresses in the dealer's memory. */
export interface DealBlock {
  /** The dealer's memory. */
  readonly heap: Heap;
  /** Elements in this block, at most the kind's {@link BlockKind.block}. */
  readonly n: number;
  /** Groups of 128 elements in this block. */
  readonly groups: number;
  /** Address of a mask's plaintext. */
  mask(field: string): number;
  /** Address of a derived field: holds the sum (xor) of the other parties' shares, and the correction afterwards. */
  derived(field: string): number;
  /** Address of scratch space, valid during this call. */
  scratch(bytes: number): number;
}

/** A correlation per element, dealt block by block. */
export interface BlockKind {
  /** Name in requests. */
  readonly name: string;
  /** Tells the two forms apart. */
  readonly form: "block";
  /** Elements that are dealt at a time, a multiple of 128; {@link BLOCK} by default. */
  block?(params: Params): number;
  /** Number of elements; throws a RangeError on parameters that are not acceptable. */
  elements(params: Params): number;
  /** Its fields, in order. */
  fields(params: Params): readonly Field[];
  /** Turns the sums in the derived fields into corrections: v - sum, or v xor sum. */
  deal(block: DealBlock, params: Params): void;
}

/** A correlation of whole tensors. */
export interface TensorKind {
  /** Name in requests. */
  readonly name: string;
  /** Tells the two forms apart. */
  readonly form: "tensor";
  /** Its fields, in order, with shapes; throws a RangeError on parameters that are not acceptable. */
  fields(params: Params): readonly Field[];
  /** The plaintexts of the derived fields, in order. */
  deal(heap: Heap, masks: ReadonlyMap<string, RingTensor>, params: Params): readonly RingTensor[];
}

/** A kind of correlation; its `deal` is the single source of truth for every provider. */
export type Kind = BlockKind | TensorKind;

/** The kinds that a protocol uses, by name. */
export type Kinds = Readonly<Record<string, Kind>>;

/** One party's share of one correlation. */
export interface Correlation {
  /** Resolves when the corrections of a block are here, or all of them. */
  ready(block?: number): Promise<void>;
  /** Writes this party's share of a block of a field to memory: the whole groups, or `n` words. Call after {@link ready}. */
  fill(field: string, block: number, ptr: number): void;
  /** This party's share of a tensor field. Call after {@link ready}. */
  tensor(field: string): RingTensor;
  /** Gives the corrections' memory back. */
  free(): void;
}

/** One entry of a manifest: a correlation that a program will ask for. */
export interface Demand {
  /** Forks from the root scope. */
  readonly path: readonly number[];
  /** Position in that scope. */
  readonly seq: number;
  /** Kind. */
  readonly kind: string;
  /** Parameters. */
  readonly params: Params;
}

/** Hands out correlations at one party. */
export interface Provider {
  /** Asks for the correlation of a tag; synchronous, so that a dealer can work while the program runs on. */
  take(kind: Kind, params: Params, tag: Tag): Correlation;
  /** Everything asked for so far: the manifest of a later run of the same program. */
  readonly demands: readonly Demand[];
  /** Bytes of corrections received or made so far. */
  readonly correctionBytes: number;
  /** Deals the whole manifest ahead of time; resolves when everything is there. */
  prefetch(manifest: readonly Demand[], kinds: Kinds): Promise<void>;
  /** Frees what was not used. */
  close(): void;
}

/** What a provider works with at one party. */
export interface ProviderEnv {
  /** This party. */
  readonly rank: number;
  /** Number of parties. */
  readonly parties: number;
  /** Memory of this party. */
  readonly heap: Heap;
  /** Messages. */
  readonly comm: Communicator;
  /** Rank of the dealer's link, if there is one. */
  readonly dealer: number | undefined;
  /** Seed that this party shares with the dealer. */
  readonly seed: Seed;
  /** All parties' dealer seeds: only at a trusted first party. */
  readonly allSeeds: readonly Seed[] | undefined;
  /** The root scope's 16 bytes. */
  readonly root: Uint8Array;
}

/** A provider as a value that is passed to a protocol. */
export interface ProviderFactory {
  /** Its name, the same at all parties. */
  readonly name: string;
  /** Who learns what, in one sentence. */
  readonly threatModel: string;
  /** Whether one party learns everything; such a provider refuses peers on other machines. */
  readonly insecure: boolean;
  /** Whether it needs a dealer beside the parties. */
  readonly needsDealer: boolean;
  /** Starts it at one party. */
  bind(env: ProviderEnv): Provider;
}

/** Elements that a kind deals at a time. */
export function blockOf(kind: Kind, params: Params): number {
  return kind.form === "block" ? kind.block?.(params) ?? BLOCK : BLOCK;
}

/** Bytes of a field for `elements` elements (block kinds) or for its shape (tensor kinds). */
export function fieldBytes(field: Field, elements: number): number {
  switch (field.type) {
    case "ring":
      return 8 * (field.words ?? 1) * elements;
    case "u16":
      return 2 * elements;
    case "bits":
      return 16 * (field.planes ?? 1) * Math.ceil(elements / 128);
    default:
      field.type satisfies never;
      throw new TypeError(`Cannot size field "${(field as Field).name}"`);
  }
}

/** Bytes of corrections of a correlation. */
export function correctionBytes(kind: Kind, params: Params): number {
  let bytes = 0;
  for (const field of kind.fields(params)) {
    if (field.role !== "derived") continue;
    const elements = kind.form === "block"
      ? kind.elements(params)
      : (field.shape ?? []).reduce((a, b) => a * b, 1);
    bytes += fieldBytes(field, elements);
  }
  return bytes;
}
