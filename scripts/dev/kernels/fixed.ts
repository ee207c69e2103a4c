/**
 * Kernels of the fixed-point codec. They work upwards, so a destination may lie at or below its source.
 *
 * @module
 */
import {
  brIf,
  type Code,
  F64,
  f64,
  Func,
  I32,
  i32,
  I64,
  i64,
  i64x2,
  iff,
  type Local,
  loop,
  repeatMaybe,
  uleb,
  V128,
  v128,
} from "./asm.ts";

const simd1 = (op: number) => (a: Code): Code => [a, 0xfd, uleb(op)];
const simd2 = (op: number) => (a: Code, b: Code): Code => [a, b, 0xfd, uleb(op)];

/** Two 64-bit floats. */
const f64x2 = {
  splat: simd1(0x14),
  lt: simd2(0x49),
  promoteLow: simd1(0x5f),
  abs: simd1(0xec),
  add: simd2(0xf0),
  mul: simd2(0xf2),
};
const allTrue = simd1(0xc3);

/** Leaves the function with a value. */
function returns(value: Code): Code {
  return [value, 0x0f];
}

/** The bits of a double. */
function bitsOf(x: number): bigint {
  return new BigUint64Array(new Float64Array([x]).buffer)[0]!;
}

/** Both lanes hold a double. */
function both(x: number): Code {
  return v128.c64(bitsOf(x));
}

/** Doubles of [2^52, 2^53) have unit spacing, so adding this rounds |x| < 2^51 to the nearest integer, ties to even. */
const ROUNDER = 1.5 * 2 ** 52;

/**
 * encode64(dst, src, n, factor) and encode32: dst = nearest integer to x·factor, ties to even. Returns the index of the first
 * x that is not a number or has |x·factor| >= 2^62, or -1. The factor is a power of two.
 */
function encode(name: string, bytes: 4 | 8): Func {
  const f = new Func(name, [I32]);
  const [dst, src, n] = f.params(3) as [Local, Local, Local];
  const factor = f.param(F64);
  const i = f.local(I32);
  const [x, y] = f.locals(F64, 2) as [Local, Local];
  const [factors, pair] = f.locals(V128, 2) as [Local, Local];
  const readPair = bytes === 8 ? v128.load(src.get) : f64x2.promoteLow(v128.load64Zero(src.get));
  const read = (k: number): Code => {
    const number = bytes === 8 ? f64.load(src.get, 8 * k) : f64.load32(src.get, 4 * k);
    return f64.mul(number, factor.get);
  };
  const write = (value: Local, k: number): Code => [
    // Not-a-number compares false, so it is refused here too.
    iff(f64.lt(f64.abs(value.get), f64.c(2 ** 62)), [], returns(i32.add(i.get, i32.c(k)))),
    i64.store(dst.get, i64.truncSatS(f64.nearest(value.get)), 8 * k),
  ];
  return f.emit(
    factors.set(f64x2.splat(factor.get)),
    iff(
      i32.geU(n.get, i32.c(2)),
      loop(
        pair.set(f64x2.mul(readPair, factors.get)),
        iff(
          allTrue(f64x2.lt(f64x2.abs(pair.get), both(2 ** 51))),
          v128.store(dst.get, i64x2.sub(f64x2.add(pair.get, both(ROUNDER)), both(ROUNDER))),
          // Both are read before one is written, which may overwrite the other.
          [x.set(read(0)), y.set(read(1)), write(x, 0), write(y, 1)],
        ),
        dst.bump(16),
        src.bump(2 * bytes),
        i.bump(2),
        brIf(0, i32.ltU(i.get, i32.sub(n.get, i32.c(1)))),
      ),
    ),
    iff(i32.and(n.get, i32.c(1)), [x.set(read(0)), write(x, 0)]),
    i32.c(-1),
  );
}

/**
 * encode_words(dst, src, n, shift): dst = x·2^shift for signed words x. Returns the index of the first x with
 * |x|·2^shift >= 2^62, or -1.
 */
function encodeWords(): Func {
  const f = new Func("encode_words", [I32]);
  const [dst, src, n, shift] = f.params(4) as [Local, Local, Local, Local];
  const i = f.local(I32);
  const [bits, most, x] = f.locals(I64, 3) as [Local, Local, Local];
  return f.emit(
    bits.set(i64.extendU(shift.get)),
    most.set(i64.sub(i64.shrU(i64.c(2n ** 62n), bits.get), i64.c(1))),
    iff(
      n.get,
      loop(
        x.set(i64.load(src.get)),
        iff(
          // -most <= x <= most, as one unsigned comparison.
          i64.ltU(i64.shl(most.get, i64.c(1)), i64.add(x.get, most.get)),
          returns(i.get),
        ),
        i64.store(dst.get, i64.shl(x.get, bits.get)),
        dst.bump(8),
        src.bump(8),
        i.bump(1),
        brIf(0, i32.ltU(i.get, n.get)),
      ),
    ),
    i32.c(-1),
  );
}

/** decode(dst, src, n, factor): dst = word·factor as double, rounded once, to nearest. One at a time is faster than vectors. */
function decode(): Func {
  const f = new Func("decode");
  const [dst, src, n] = f.params(3) as [Local, Local, Local];
  const factor = f.param(F64);
  return f.emit(repeatMaybe(n, [
    f64.store(dst.get, f64.mul(f64.convertS(i64.load(src.get)), factor.get)),
    dst.bump(8),
    src.bump(8),
  ]));
}

/** The kernels of this family. */
export const kernels: readonly Func[] = [
  encode("encode64", 8),
  encode("encode32", 4),
  encodeWords(),
  decode(),
];
