/**
 * Element-wise kernels on 64-bit words. Byte counts are positive multiples of 16; the destination may be a source.
 *
 * @module
 */
import {
  type Code,
  doWhile,
  Func,
  I32,
  i32,
  I64,
  i64,
  i64x2,
  type Local,
  repeat,
  V128,
  v128,
} from "./asm.ts";

interface Vectors {
  /** Two words of source `k`. */
  src(k: number): Code;
  /** Keeps a value. */
  let(value: Code): Local;
  /** `value` when the kernel's flag is 1, else 0. */
  ifFirst(value: Code): Code;
}

/** Makes `name(dst, sources …, bytes)`, with a flag at the end if asked for; two vectors at a time. */
function vectorKernel(name: string, sources: number, body: (v: Vectors) => Code, flagged = false): Func {
  const f = new Func(name);
  const dst = f.param();
  const src = Array.from({ length: sources }, () => f.param());
  const bytes = f.param();
  const flag = flagged ? f.param() : undefined;
  const count = f.local(I32);
  const mask = f.local(V128);
  const start = flag === undefined ? [] : mask.set(i64x2.splat(i64.sub(i64.c(0), i64.extendU(flag.get))));
  const step = (offset: number): Code => {
    const code: Code[] = [];
    const value = body({
      src: (k) => v128.load(src[k]!.get, offset),
      let: (x) => {
        const local = f.local(V128);
        code.push(local.set(x));
        return local;
      },
      ifFirst: (x) => v128.and(x, mask.get),
    });
    // The value may read what the code before it keeps.
    return [code, v128.store(dst.get, value, offset)];
  };
  const advance = (n: number): Code => [dst, ...src].map((p) => p.bump(n));
  return f.emit(
    start,
    count.set(i32.shrU(bytes.get, i32.c(5))),
    [count.get, 0x04, 0x40, repeat(count, [step(0), step(16), advance(32)]), 0x0b],
    [i32.and(bytes.get, i32.c(16)), 0x04, 0x40, step(0), 0x0b],
  );
}

/** c + a·f + e·(b + first·f): a Beaver product; the first party adds e·f. */
const beaverMul = vectorKernel(
  "beaver_mul",
  5,
  (v) => {
    const e = v.let(v.src(1));
    const f = v.let(v.src(2));
    const b = i64x2.add(v.src(4), v.ifFirst(f.get));
    return i64x2.add(v.src(0), i64x2.add(i64x2.mul(v.src(3), f.get), i64x2.mul(e.get, b)));
  },
  true,
);

/** c xor (f and a) xor (e and (b xor first·f)): a Beaver and. */
const beaverAnd = vectorKernel(
  "beaver_and",
  5,
  (v) => {
    const e = v.let(v.src(1));
    const f = v.let(v.src(2));
    const b = v128.xor(v.src(4), v.ifFirst(f.get));
    return v128.xor(v.src(0), v128.xor(v128.and(v.src(3), f.get), v128.and(e.get, b)));
  },
  true,
);

/** c + 2·e·a + first·e². */
const beaverSquare = vectorKernel(
  "beaver_square",
  3,
  (v) => {
    const e = v.let(v.src(1));
    const a = v.let(v.src(2));
    const factor = i64x2.add(i64x2.add(a.get, a.get), v.ifFirst(e.get));
    return i64x2.add(v.src(0), i64x2.mul(e.get, factor));
  },
  true,
);

/** Makes `name(dst, src, bytes, low, high)` with a word constant in two halves. */
function constantKernel(name: string, op: (x: Code, c: Code) => Code): Func {
  const f = new Func(name);
  const [dst, src, bytes, low, high] = f.params(5) as [Local, Local, Local, Local, Local];
  const c = f.local(V128);
  const word = f.local(I64);
  const end = f.local(I32);
  return f.emit(
    word.set(i64.or(i64.extendU(low.get), i64.shl(i64.extendU(high.get), i64.c(32)))),
    c.set(i64x2.splat(word.get)),
    end.set(i32.add(dst.get, bytes.get)),
    doWhile(
      [v128.store(dst.get, op(v128.load(src.get), c.get)), dst.bump(16), src.bump(16)],
      i32.ltU(dst.get, end.get),
    ),
  );
}

/** Makes `name(dst, src, bytes, shift)`. */
function shiftKernel(name: string, op: (x: Code, n: Code) => Code): Func {
  const f = new Func(name);
  const [dst, src, bytes, shift] = f.params(4) as [Local, Local, Local, Local];
  const end = f.local(I32);
  return f.emit(
    end.set(i32.add(dst.get, bytes.get)),
    doWhile(
      [v128.store(dst.get, op(v128.load(src.get), shift.get)), dst.bump(16), src.bump(16)],
      i32.ltU(dst.get, end.get),
    ),
  );
}

/** The kernels of this family. */
export const kernels: readonly Func[] = [
  vectorKernel("vadd", 2, (v) => i64x2.add(v.src(0), v.src(1))),
  vectorKernel("vsub", 2, (v) => i64x2.sub(v.src(0), v.src(1))),
  vectorKernel("vmul", 2, (v) => i64x2.mul(v.src(0), v.src(1))),
  vectorKernel("vxor", 2, (v) => v128.xor(v.src(0), v.src(1))),
  vectorKernel("vand", 2, (v) => v128.and(v.src(0), v.src(1))),
  vectorKernel("vor", 2, (v) => v128.or(v.src(0), v.src(1))),
  vectorKernel("vnot", 1, (v) => v128.not(v.src(0))),
  vectorKernel("vneg", 1, (v) => i64x2.neg(v.src(0))),
  vectorKernel("vaddmul", 3, (v) => i64x2.add(v.src(0), i64x2.mul(v.src(1), v.src(2)))),
  beaverMul,
  beaverAnd,
  beaverSquare,
  constantKernel("vaddc", (x, c) => i64x2.add(x, c)),
  constantKernel("vmulc", (x, c) => i64x2.mul(x, c)),
  shiftKernel("vshl", (x, n) => i64x2.shl(x, n)),
  shiftKernel("vshru", (x, n) => i64x2.shrU(x, n)),
  shiftKernel("vshrs", (x, n) => i64x2.shrS(x, n)),
];
