/**
 * Kernels on bit planes. 128 elements make a group; a group's bit planes are one vector each, so one instruction works on
 * one bit of 128 elements. A kernel is straight-line code over the planes of one group, in a loop over groups.
 *
 * @module
 */
import { type Code, Func, I32, i32, type Local, repeat, V128, v128 } from "./asm.ts";

/** One plane in a register. */
export type Plane = Local;

/** The streams of a plane kernel, and the operations on planes. */
export class PlaneCode {
  readonly #func: Func;
  readonly #pointers: ReadonlyMap<string, Local>;
  readonly #code: Code[] = [];

  constructor(func: Func, pointers: ReadonlyMap<string, Local>) {
    this.#func = func;
    this.#pointers = pointers;
  }
  /** Everything emitted so far. */
  get code(): Code {
    return this.#code;
  }
  #pointer(stream: string): Code {
    return this.#pointers.get(stream)!.get;
  }
  /** Keeps a value in a register. */
  let(value: Code): Plane {
    const out = this.#func.local(V128);
    this.#code.push(out.set(value));
    return out;
  }
  /** Plane number `plane` of the current group of a stream. */
  load(stream: string, plane: number): Plane {
    return this.let(v128.load(this.#pointer(stream), plane * 16));
  }
  /** Writes a plane. */
  store(stream: string, plane: number, value: Plane): void {
    this.#code.push(v128.store(this.#pointer(stream), value.get, plane * 16));
  }
  /** Xors a value into a plane. */
  storeXor(stream: string, plane: number, value: Plane): void {
    const p = this.#pointer(stream);
    this.#code.push(v128.store(p, v128.xor(v128.load(p, plane * 16), value.get), plane * 16));
  }
  /** a xor b */
  xor(a: Plane, b: Plane): Plane {
    return this.let(v128.xor(a.get, b.get));
  }
  /** a and b */
  and(a: Plane, b: Plane): Plane {
    return this.let(v128.and(a.get, b.get));
  }
  /** a and not b */
  andNot(a: Plane, b: Plane): Plane {
    return this.let(v128.andnot(a.get, b.get));
  }
  /** not a */
  not(a: Plane): Plane {
    return this.let(v128.not(a.get));
  }
  /** bit ? one : zero */
  mux(bit: Plane, zero: Plane, one: Plane): Plane {
    return this.let(v128.select(one.get, zero.get, bit.get));
  }
  /** The xor of all. */
  sum(planes: readonly Plane[]): Plane {
    return planes.reduce((a, b) => this.xor(a, b));
  }
  /** Entry `index` (bits, lowest first) of a table of 2^bits planes. */
  select(table: readonly Plane[], index: readonly Plane[]): Plane {
    let row = [...table];
    for (let bit = index.length - 1; bit >= 0; bit--) row = this.halve(row, index[bit]!);
    return row[0]!;
  }
  /** The half of a table that its top index bit selects. */
  halve(table: readonly Plane[], top: Plane): Plane[] {
    const half = table.length / 2;
    return table.slice(0, half).map((zero, i) => this.mux(top, zero, table[half + i]!));
  }
  /** The xor of a table's halves: its top index bit summed out. */
  fold(table: readonly Plane[]): Plane[] {
    const half = table.length / 2;
    return table.slice(0, half).map((zero, i) => this.xor(zero, table[half + i]!));
  }
  /** All 2^bits products of literals: product number v is 1 where the bits (lowest first) spell v. */
  minterms(bits: readonly Plane[]): Plane[] {
    let row: Plane[] = [];
    for (let i = bits.length - 1; i >= 0; i--) {
      const bit = bits[i]!;
      if (row.length === 0) {
        row = [this.not(bit), bit];
        continue;
      }
      // Entries are indexed by the bits above i so far; bit i becomes the new lowest index bit.
      row = row.flatMap((r) => {
        const one = this.and(r, bit);
        return [this.xor(r, one), one];
      });
    }
    return row;
  }
}

/**
 * Makes a kernel `name(stream pointers …, groups, stream strides …)`, strides in bytes per group.
 * At least one group is processed.
 */
export function planeKernel(name: string, streams: readonly string[], body: (c: PlaneCode) => void): Func {
  const func = new Func(name);
  const pointers = new Map(streams.map((s) => [s, func.param(I32)]));
  const groups = func.param(I32);
  const strides = new Map(streams.map((s) => [s, func.param(I32)]));
  const code = new PlaneCode(func, pointers);
  body(code);
  const advance = streams.map((s) =>
    pointers.get(s)!.set(i32.add(pointers.get(s)!.get, strides.get(s)!.get))
  );
  return func.emit(repeat(groups, [code.code, advance]));
}
