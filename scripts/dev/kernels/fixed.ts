/**
 * Kernels of the fixed-point codec.
 *
 * @module
 */
import {
  block,
  br,
  type Code,
  doWhile,
  F64,
  f64,
  Func,
  I32,
  i32,
  i64,
  iff,
  type Local,
  loop,
} from "./asm.ts";

/**
 * encode64(dst, src, n, factor) and encode32: dst = nearest integer to x·factor, ties to even. Returns the index of the first
 * x that is not a number or has |x·factor| >= 2^62, or -1.
 */
function encode(name: string, bytes: number, read: (address: Code) => Code): Func {
  const f = new Func(name, [I32]);
  const [dst, src, n] = f.params(3) as [Local, Local, Local];
  const factor = f.param(F64);
  const i = f.local(I32);
  const x = f.local(F64);
  return f.emit(
    block(
      loop(
        [i32.geU(i.get, n.get), 0x0d, 1],
        x.set(f64.mul(read(src.get), factor.get)),
        // Not-a-number compares false, so it is refused here too.
        iff(f64.lt(f64.abs(x.get), f64.c(2 ** 62)), [], [i.get, 0x0f]),
        i64.store(dst.get, i64.truncSatS(f64.nearest(x.get))),
        dst.bump(8),
        src.bump(bytes),
        i.bump(1),
        br(0),
      ),
    ),
    i32.c(-1),
  );
}

/** decode(dst, src, n, factor): dst = word·factor as double; n positive. */
function decode(): Func {
  const f = new Func("decode");
  const [dst, src, n] = f.params(3) as [Local, Local, Local];
  const factor = f.param(F64);
  return f.emit(doWhile([
    f64.store(dst.get, f64.mul(f64.convertS(i64.load(src.get)), factor.get)),
    dst.bump(8),
    src.bump(8),
    n.set(i32.sub(n.get, i32.c(1))),
  ], n.get));
}

/** The kernels of this family. */
export const kernels: readonly Func[] = [
  encode("encode64", 8, (a) => f64.load(a)),
  encode("encode32", 4, (a) => f64.load32(a)),
  decode(),
];
