/**
 * One party's share of a correlation: its own stream, or the corrections if it is the receiver.
 *
 * @module
 */
import type { Heap } from "../../ring/heap.ts";
import type { Seed, StreamPosition } from "../../ring/prg.ts";
import { sizeOf } from "../../ring/shape.ts";
import { RingTensor } from "../../ring/tensor.ts";
import {
  blockOf,
  CHUNK_BLOCKS,
  type Correlation,
  type Field,
  fieldBytes,
  type Kind,
  type Params,
} from "../provider.ts";
import { chunkLayout } from "./deal.ts";

/** Corrections of one chunk, with a way to give their buffer back. */
export interface Chunk {
  /** The bytes. */
  readonly bytes: Uint8Array;
  /** Gives the buffer back. */
  release(): void;
}

/** Where a party's share comes from. */
export interface Source {
  /** This party. */
  readonly rank: number;
  /** Its memory. */
  readonly heap: Heap;
  /** Its dealer seed. */
  readonly seed: Seed;
  /** The tag. */
  readonly position: StreamPosition;
  /** Corrections by chunk; undefined for those that another party receives. */
  readonly corrections: readonly (Promise<Chunk> | undefined)[];
}

/** Makes a party's share of a correlation. */
export function correlationShare(kind: Kind, params: Params, source: Source): Correlation {
  const { heap, seed, position, rank } = source;
  const fields = kind.fields(params);
  const byName = new Map(fields.map((field, index) => [field.name, { field, index }]));
  const elements = kind.form === "block" ? kind.elements(params) : 0;
  const most = blockOf(kind, params);
  const chunks = new Map<number, Chunk>();
  let freed = false;
  const layouts: ReturnType<typeof chunkLayout>[] = [];
  const arrivals = source.corrections.map((arrival, chunk) =>
    arrival?.then((value) => {
      chunks.set(chunk, value);
      if (freed) value.release();
    })
  );
  for (const arrival of arrivals) arrival?.catch(() => {});

  function find(name: string): { field: Field; index: number } {
    const found = byName.get(name);
    if (found === undefined) {
      throw new TypeError(`Cannot read field "${name}": ${kind.name} has no such field`);
    }
    if (found.field.holder !== undefined && found.field.holder !== rank) {
      throw new TypeError(`Cannot read field "${name}": it belongs to party ${found.field.holder}`);
    }
    if (found.field.of !== undefined) {
      throw new TypeError(`Cannot read field "${name}": it belongs to an earlier correlation`);
    }
    return found;
  }

  /** Whether this party's share of a chunk's derived fields is what the dealer sends. */
  const received = (chunk: number): boolean => source.corrections[chunk] !== undefined;

  function corrections(chunk: number, name: string): { bytes: Uint8Array; offset: number } {
    const here = chunks.get(chunk);
    if (here === undefined || freed) {
      throw new TypeError(`Cannot read field "${name}": its corrections are not here`);
    }
    const layout = layouts[chunk] ??= chunkLayout(kind, params, chunk);
    return { bytes: here.bytes, offset: layout.get(name)!.offset };
  }

  return {
    async ready(block?: number): Promise<void> {
      if (block === undefined) await Promise.all(arrivals);
      else await arrivals[Math.floor(block / CHUNK_BLOCKS)];
    },
    fill(name: string, block: number, ptr: number): void {
      const { field, index } = find(name);
      const bytes = fieldBytes(field, Math.min(most, elements - block * most));
      const chunk = Math.floor(block / CHUNK_BLOCKS);
      if (field.role === "derived" && received(chunk)) {
        const from = corrections(chunk, name);
        const at = from.offset + fieldBytes(field, (block % CHUNK_BLOCKS) * most);
        heap.u8(ptr, bytes).set(from.bytes.subarray(at, at + bytes));
      } else {
        seed.fill(heap, position, index, ptr, fieldBytes(field, block * most), bytes);
      }
    },
    tensor(name: string): RingTensor {
      const { field, index } = find(name);
      const shape = field.shape ?? [];
      if (field.role === "derived" && received(0)) {
        const from = corrections(0, name);
        return RingTensor.fromBytes(
          heap,
          shape,
          from.bytes.subarray(from.offset, from.offset + 8 * sizeOf(shape)),
        );
      }
      return seed.tensor(heap, position, index, shape);
    },
    free(): void {
      freed = true;
      for (const chunk of chunks.values()) chunk.release();
      chunks.clear();
    },
  };
}
