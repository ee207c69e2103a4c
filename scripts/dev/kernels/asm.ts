/**
 * A small WebAssembly assembler. Expressions are ropes of bytes that nest as the stack machine reads them, so a kernel is
 * written as one expression tree; the rope is flattened once, when the module is built.
 *
 * Only what the kernels need is here: integers, SIMD, one imported memory, exported functions. The output is a pure function
 * of the input: the same kernels give the same bytes on every machine.
 *
 * @module
 */

/** Bytes of code, nested. */
export type Code = number | readonly Code[];

/** Type of a 32-bit integer local. */
export const I32 = 0x7f;
/** Type of a 64-bit integer local. */
export const I64 = 0x7e;
/** Type of a double local. */
export const F64 = 0x7c;
/** Type of a vector local. */
export const V128 = 0x7b;

/** Unsigned LEB128. */
export function uleb(n: number): Code {
  const out: number[] = [];
  let v = n;
  do {
    const low = v % 128;
    v = Math.floor(v / 128);
    out.push(v > 0 ? low | 0x80 : low);
  } while (v > 0);
  return out;
}

/** Signed LEB128. */
export function sleb(n: number | bigint): Code {
  const out: number[] = [];
  let v = BigInt(n);
  for (;;) {
    const low = Number(v & 0x7fn);
    v >>= 7n;
    if ((v === 0n && !(low & 0x40)) || (v === -1n && (low & 0x40))) {
      out.push(low);
      return out;
    }
    out.push(low | 0x80);
  }
}

/** Flattens a rope. */
export function flatten(code: Code, out: number[] = []): number[] {
  if (typeof code === "number") out.push(code);
  else for (const part of code) flatten(part, out);
  return out;
}

type Unary = (a: Code) => Code;
type Binary = (a: Code, b: Code) => Code;
type Load = (address: Code, offset?: number) => Code;
type Store = (address: Code, value: Code, offset?: number) => Code;

const plain1 = (op: number): Unary => (a) => [a, op];
const plain2 = (op: number): Binary => (a, b) => [a, b, op];
const simd1 = (op: number): Unary => (a) => [a, 0xfd, uleb(op)];
const simd2 = (op: number): Binary => (a, b) => [a, b, 0xfd, uleb(op)];
const load = (op: number, align: number): Load => (address, offset = 0) => [address, op, align, uleb(offset)];
const store = (op: number, align: number): Store => (address, value, offset = 0) => [
  address,
  value,
  op,
  align,
  uleb(offset),
];
const simdLoad = (op: number, align: number): Load => (address, offset = 0) => [
  address,
  0xfd,
  uleb(op),
  align,
  uleb(offset),
];

/** 32-bit integers; also addresses and loop counters. */
export const i32 = {
  c: (n: number): Code => [0x41, sleb(n | 0)],
  add: plain2(0x6a),
  sub: plain2(0x6b),
  mul: plain2(0x6c),
  and: plain2(0x71),
  or: plain2(0x72),
  xor: plain2(0x73),
  shl: plain2(0x74),
  shrU: plain2(0x76),
  eqz: plain1(0x45),
  eq: plain2(0x46),
  ne: plain2(0x47),
  ltS: plain2(0x48),
  ltU: plain2(0x49),
  gtU: plain2(0x4b),
  leU: plain2(0x4d),
  geU: plain2(0x4f),
  wrap: plain1(0xa7),
  load: load(0x28, 2),
  load8u: load(0x2d, 0),
  store: store(0x36, 2),
  store8: store(0x3a, 0),
};

/** 64-bit integers. */
export const i64 = {
  c: (n: bigint | number): Code => [0x42, sleb(BigInt.asIntN(64, BigInt(n)))],
  add: plain2(0x7c),
  sub: plain2(0x7d),
  mul: plain2(0x7e),
  and: plain2(0x83),
  or: plain2(0x84),
  xor: plain2(0x85),
  shl: plain2(0x86),
  shrS: plain2(0x87),
  shrU: plain2(0x88),
  eqz: plain1(0x50),
  eq: plain2(0x51),
  ltS: plain2(0x53),
  ltU: plain2(0x54),
  extendU: plain1(0xad),
  extendS: plain1(0xac),
  truncSatS: (a: Code): Code => [a, 0xfc, 6],
  load: load(0x29, 3),
  load32u: load(0x35, 2),
  store: store(0x37, 3),
};

/** 64-bit floats. */
export const f64 = {
  c: (x: number): Code => [0x44, ...new Uint8Array(new Float64Array([x]).buffer)],
  add: plain2(0xa0),
  mul: plain2(0xa2),
  abs: plain1(0x99),
  nearest: plain1(0x9e),
  lt: plain2(0x63),
  convertS: plain1(0xb9),
  load: load(0x2b, 3),
  store: store(0x39, 3),
  load32: (address: Code, offset = 0): Code => [address, 0x2a, 2, uleb(offset), 0xbb],
};

const lanes64 = (a: bigint, b: bigint): Code => [
  0xfd,
  0x0c,
  ...new Uint8Array(new BigUint64Array([BigInt.asUintN(64, a), BigInt.asUintN(64, b)]).buffer),
];
const lanes32 = (a: readonly number[]): Code => [0xfd, 0x0c, ...new Uint8Array(new Uint32Array(a).buffer)];

/** 128-bit vectors. */
export const v128 = {
  load: simdLoad(0x00, 3),
  load32Splat: simdLoad(0x09, 2),
  load64Splat: simdLoad(0x0a, 3),
  load64Zero: simdLoad(0x5d, 3),
  store: ((address, value, offset = 0) => [address, value, 0xfd, 0x0b, 3, uleb(offset)]) as Store,
  c64: (a: bigint, b: bigint = a): Code => lanes64(a, b),
  c32: lanes32,
  c8: (bytes: readonly number[]): Code => [0xfd, 0x0c, ...bytes],
  shuffle: (a: Code, b: Code, lanes: readonly number[]): Code => [a, b, 0xfd, 0x0d, lanes],
  swizzle: simd2(0x0e),
  not: simd1(0x4d),
  and: simd2(0x4e),
  andnot: simd2(0x4f),
  or: simd2(0x50),
  xor: simd2(0x51),
  select: (a: Code, b: Code, mask: Code): Code => [a, b, mask, 0xfd, 0x52],
  anyTrue: simd1(0x53),
};

/** Four 32-bit lanes. */
export const i32x4 = {
  splat: simd1(0x11),
  add: simd2(0xae),
  sub: simd2(0xb1),
  mul: simd2(0xb5),
  shl: simd2(0xab),
  shrS: simd2(0xac),
  shrU: simd2(0xad),
};

/** Two 64-bit lanes. */
export const i64x2 = {
  splat: simd1(0x12),
  add: simd2(0xce),
  sub: simd2(0xd1),
  neg: simd1(0xc1),
  mul: simd2(0xd5),
  shl: simd2(0xcb),
  shrS: simd2(0xcc),
  shrU: simd2(0xcd),
  extmulLowU: simd2(0xde),
  extmulHighU: simd2(0xdf),
  extendLowU: simd1(0xc9),
  extendHighU: simd1(0xca),
  lane: (a: Code, lane: number): Code => [a, 0xfd, 0x1d, lane],
};

/** A local variable or parameter of a function under construction. */
export class Local {
  /** Its index in the function. */
  readonly index: number;
  constructor(index: number) {
    this.index = index;
  }
  /** Pushes its value. */
  get get(): Code {
    return [0x20, uleb(this.index)];
  }
  /** Assigns it. */
  set(value: Code): Code {
    return [value, 0x21, uleb(this.index)];
  }
  /** Assigns it and leaves the value on the stack. */
  tee(value: Code): Code {
    return [value, 0x22, uleb(this.index)];
  }
  /** Adds a constant (i32). */
  bump(bytes: number): Code {
    return bytes === 0 ? [] : this.set(i32.add(this.get, i32.c(bytes)));
  }
}

/** A function under construction. */
export class Func {
  /** Export name. */
  readonly name: string;
  readonly #params: number[] = [];
  readonly #locals: number[] = [];
  readonly #results: number[];
  readonly #code: Code[] = [];

  constructor(name: string, results: readonly number[] = []) {
    this.name = name;
    this.#results = [...results];
  }
  /** Declares the next parameter; all parameters come before all locals. */
  param(type: number = I32): Local {
    if (this.#locals.length > 0) throw new Error(`${this.name}: parameter after local`);
    this.#params.push(type);
    return new Local(this.#params.length - 1);
  }
  /** Declares `count` i32 parameters. */
  params(count: number): Local[] {
    return Array.from({ length: count }, () => this.param());
  }
  /** Declares a local. */
  local(type: number): Local {
    this.#locals.push(type);
    return new Local(this.#params.length + this.#locals.length - 1);
  }
  /** Declares `count` locals of one type. */
  locals(type: number, count: number): Local[] {
    return Array.from({ length: count }, () => this.local(type));
  }
  /** Appends code. */
  emit(...code: Code[]): this {
    this.#code.push(...code);
    return this;
  }
  /** The signature's encoding. */
  get type(): Code {
    return [0x60, vector(this.#params), vector(this.#results)];
  }
  /** The body's encoding. */
  get body(): number[] {
    const groups: Code[] = [];
    for (let i = 0; i < this.#locals.length;) {
      let j = i;
      while (j < this.#locals.length && this.#locals[j] === this.#locals[i]) j++;
      groups.push([uleb(j - i), this.#locals[i]!]);
      i = j;
    }
    const inner = flatten([vector(groups), this.#code, 0x0b]);
    return flatten([uleb(inner.length), inner]);
  }
}

/** `block … end`: a branch to it leaves it. */
export function block(...body: Code[]): Code {
  return [0x02, 0x40, body, 0x0b];
}

/** `loop … end`: a branch to it repeats it. */
export function loop(...body: Code[]): Code {
  return [0x03, 0x40, body, 0x0b];
}

/** Branch to the enclosing block or loop number `depth`. */
export function br(depth: number): Code {
  return [0x0c, uleb(depth)];
}

/** Conditional branch. */
export function brIf(depth: number, condition: Code): Code {
  return [condition, 0x0d, uleb(depth)];
}

/** `if (condition) { then } else { otherwise }`. */
export function iff(condition: Code, then: Code, otherwise?: Code): Code {
  return [condition, 0x04, 0x40, then, otherwise === undefined ? [] : [0x05, otherwise], 0x0b];
}

/** `do body while (condition)`. */
export function doWhile(body: Code, condition: Code): Code {
  return loop(body, brIf(0, condition));
}

/** Runs `body` `counter` times (at least once), counting the local down. */
export function repeat(counter: Local, body: Code): Code {
  return doWhile(body, counter.tee(i32.sub(counter.get, i32.c(1))));
}

/** As {@link repeat}, but zero times when the counter is zero. */
export function repeatMaybe(counter: Local, body: Code): Code {
  return iff(counter.get, repeat(counter, body));
}

function vector(items: readonly Code[]): Code {
  return [uleb(items.length), items];
}

function text(value: string): Code {
  const bytes = [...new TextEncoder().encode(value)];
  return [uleb(bytes.length), bytes];
}

/**
 * Encodes a module that imports `env.memory` (at least `minPages` pages) and exports every function under its name.
 * Accesses at constant addresses below `minPages` need no bounds check at run time.
 */
export function assemble(functions: readonly Func[], minPages = 16): Uint8Array<ArrayBuffer> {
  const section = (id: number, body: Code): Code => {
    const bytes = flatten(body);
    return [id, uleb(bytes.length), bytes];
  };
  return new Uint8Array(flatten([
    [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    section(1, vector(functions.map((f) => f.type))),
    section(2, vector([[text("env"), text("memory"), 2, 0, uleb(minPages)]])),
    section(3, vector(functions.map((_, i) => uleb(i)))),
    section(7, vector(functions.map((f, i) => [text(f.name), 0, uleb(i)]))),
    section(10, vector(functions.map((f) => f.body))),
  ]));
}
