/**
 * Element-wise kernels on 64-bit words. Byte counts are multiples of 16, zero included. The destination may be a source, but
 * must not overlap one in part. A flag `first` is 1 at the one party that adds the public terms, else 0.
 *
 * @module
 */
import { type Code, Func, I32, i32, i64, i64x2, iff, type Local, repeat, V128, v128 } from "./asm.ts";

/** What the body of a vector kernel sees: one vector, that is two words, of each source. */
interface Vectors {
  /** Two words of source `k`. */
  src(k: number): Code;
  /** Keeps a value. */
  let(value: Code): Local;
  /** The vector that was made before the loop. */
  readonly hoisted: Code;
  /** Parameter `k` of those after the byte count. */
  extra(k: number): Code;
}

interface Options {
  /** Number of parameters after the byte count. */
  readonly extras?: number;
  /** Address of a word after the sources: `hoisted` is that word in both lanes. */
  readonly scalar?: boolean;
  /** Makes `hoisted` from the parameters after the byte count. */
  readonly hoist?: (...extras: readonly Local[]) => Code;
}

/** Makes `name(dst, sources …, scalar?, bytes, extras …)`, two vectors at a time. */
function vectorKernel(
  name: string,
  sources: number,
  body: (v: Vectors) => Code,
  options: Options = {},
): Func {
  const f = new Func(name);
  const dst = f.param();
  const src = f.params(sources);
  const scalar = options.scalar === true ? f.param() : undefined;
  const bytes = f.param();
  const extras = f.params(options.extras ?? 0);
  const count = f.local(I32);
  const hoisted = f.local(V128);
  const start: Code[] = [];
  if (scalar !== undefined) start.push(hoisted.set(v128.load64Splat(scalar.get)));
  if (options.hoist !== undefined) start.push(hoisted.set(options.hoist(...extras)));
  const step = (offset: number): Code => {
    const kept: Code[] = [];
    const value = body({
      src: (k) => v128.load(src[k]!.get, offset),
      let: (x) => {
        const local = f.local(V128);
        kept.push(local.set(x));
        return local;
      },
      hoisted: hoisted.get,
      extra: (k) => extras[k]!.get,
    });
    return [kept, v128.store(dst.get, value, offset)];
  };
  const advance = [dst, ...src].map((p) => p.bump(32));
  return f.emit(
    start,
    count.set(i32.shrU(bytes.get, i32.c(5))),
    iff(count.get, repeat(count, [step(0), step(16), advance])),
    iff(i32.and(bytes.get, i32.c(16)), step(0)),
  );
}

/** All ones in both lanes when `first` is 1, else zeros. */
const FLAG: Options = {
  extras: 1,
  hoist: (first) => i64x2.splat(i64.sub(i64.c(0), i64.extendU(first!.get))),
};

/** The word with the given halves, in both lanes. */
const WORD: Options = {
  extras: 2,
  hoist: (low, high) =>
    i64x2.splat(i64.or(i64.extendU(low!.get), i64.shl(i64.extendU(high!.get), i64.c(32)))),
};

/** masked_mul(dst, q, c, d, x, y, bytes, first): q + x·d + c·(y - first·d). Shares of x·y when c = x + r, d = y + s, q = r·s. */
const maskedMul = vectorKernel("masked_mul", 5, (v) => {
  const c = v.let(v.src(1));
  const d = v.let(v.src(2));
  const y = i64x2.sub(v.src(4), v128.and(d.get, v.hoisted));
  return i64x2.add(v.src(0), i64x2.add(i64x2.mul(v.src(3), d.get), i64x2.mul(c.get, y)));
}, FLAG);

/** beaver_and(dst, c, e, f, a, b, bytes, first): c xor (f and a) xor (e and (b xor first·f)), Beaver's product of bits. */
const beaverAnd = vectorKernel("beaver_and", 5, (v) => {
  const e = v.let(v.src(1));
  const f = v.let(v.src(2));
  const b = v128.xor(v.src(4), v128.and(f.get, v.hoisted));
  return v128.xor(v.src(0), v128.xor(v128.and(v.src(3), f.get), v128.and(e.get, b)));
}, FLAG);

/** masked_square(dst, q, c, x, bytes, first): q + c·(2x - first·c). Shares of x² when c = x + r, q = r². */
const maskedSquare = vectorKernel("masked_square", 3, (v) => {
  const c = v.let(v.src(1));
  const x = v.let(v.src(2));
  const factor = i64x2.sub(i64x2.add(x.get, x.get), v128.and(c.get, v.hoisted));
  return i64x2.add(v.src(0), i64x2.mul(c.get, factor));
}, FLAG);

type Vector2 = (a: Code, b: Code) => Code;

/** vOP(dst, a, b, bytes): a OP b. */
function pairs(name: string, op: Vector2): Func {
  return vectorKernel(`v${name}`, 2, (v) => op(v.src(0), v.src(1)));
}

/** vOP_scalar(dst, a, b, bytes): a OP b, where b points to one word. */
function withScalar(name: string, op: Vector2): Func {
  return vectorKernel(`v${name}_scalar`, 1, (v) => op(v.src(0), v.hoisted), { scalar: true });
}

/** vOPc(dst, a, bytes, low, high): a OP c, where c is a constant in two halves. */
function withConstant(name: string, op: Vector2): Func {
  return vectorKernel(`v${name}c`, 1, (v) => op(v.src(0), v.hoisted), WORD);
}

/** (x >> n) as signed words, by (logical shift of x, xor m) - m, where m is the sign bit shifted the same way. */
const shiftSigned = vectorKernel(
  "vshrs",
  1,
  (v) => i64x2.sub(v128.xor(i64x2.shrU(v.src(0), v.extra(0)), v.hoisted), v.hoisted),
  { extras: 1, hoist: (n) => i64x2.shrU(v128.c64(2n ** 63n), n!.get) },
);

/** a and not b */
const andNot: Vector2 = (a, b) => v128.andnot(a, b);

const OPERATORS: Readonly<Record<string, Vector2>> = {
  add: i64x2.add,
  sub: i64x2.sub,
  mul: i64x2.mul,
  and: v128.and,
  or: v128.or,
  xor: v128.xor,
};

/** The kernels of this family. */
export const kernels: readonly Func[] = [
  ...Object.entries(OPERATORS).flatMap(([name, op]) => [pairs(name, op), withScalar(name, op)]),
  pairs("andnot", andNot),
  // b - a, for the one operator that does not commute.
  vectorKernel("vsub_from_scalar", 1, (v) => i64x2.sub(v.hoisted, v.src(0)), { scalar: true }),
  vectorKernel("vnot", 1, (v) => v128.not(v.src(0))),
  vectorKernel("vneg", 1, (v) => i64x2.neg(v.src(0))),
  // vaddmul(dst, c, a, b, bytes): c + a·b
  vectorKernel("vaddmul", 3, (v) => i64x2.add(v.src(0), i64x2.mul(v.src(1), v.src(2)))),
  maskedMul,
  beaverAnd,
  maskedSquare,
  withConstant("add", i64x2.add),
  withConstant("mul", i64x2.mul),
  // Shifts: name(dst, a, bytes, n), n from 0 to 63.
  vectorKernel("vshl", 1, (v) => i64x2.shl(v.src(0), v.extra(0)), { extras: 1 }),
  vectorKernel("vshru", 1, (v) => i64x2.shrU(v.src(0), v.extra(0)), { extras: 1 }),
  shiftSigned,
];
