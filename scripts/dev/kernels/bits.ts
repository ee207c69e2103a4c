/**
 * Kernels between words and bit planes: 128 words of 64 bits (1 KB) are 64 planes of 128 bits (1 KB), bit b of element e
 * being bit e of plane b.
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

/** Scratch of one group, at a constant address. */
const SCRATCH = 20480;

const LOW_HALVES = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23];
const HIGH_HALVES = [8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31];

/** Bits that stay in place when blocks of `step` columns are exchanged. */
const KEPT: Readonly<Record<number, bigint>> = {
  32: 0xffffffffn,
  16: 0x0000ffff0000ffffn,
  8: 0x00ff00ff00ff00ffn,
  4: 0x0f0f0f0f0f0f0f0fn,
  2: 0x3333333333333333n,
  1: 0x5555555555555555n,
};

/** Exchanges the high columns of row a with the low columns of row b, in both halves. */
function exchange(a: Local, b: Local, t: Local, step: number): Code {
  return [
    t.set(v128.and(v128.xor(i64x2.shrU(a.get, i32.c(step)), b.get), v128.c64(KEPT[step]!))),
    b.set(v128.xor(b.get, t.get)),
    a.set(v128.xor(a.get, i64x2.shl(t.get, i32.c(step)))),
  ];
}

/** The three stages with steps 4h, 2h, h on eight rows. */
function stages(rows: readonly Local[], t: Local, h: number): Code {
  const out: Code[] = [];
  for (const distance of [4, 2, 1]) {
    for (let i = 0; i < 8; i++) {
      if ((i & distance) === 0) out.push(exchange(rows[i]!, rows[i + distance]!, t, distance * h));
    }
  }
  return out;
}

/** words_to_planes(dst, src, groups) */
function wordsToPlanes(): Func {
  const f = new Func("words_to_planes");
  const [dst, src, groups] = f.params(3) as [Local, Local, Local];
  const even = f.locals(V128, 8);
  const odd = f.locals(V128, 8);
  const t = f.local(V128);
  const first: Code[] = [];
  for (let r = 0; r < 8; r += 2) {
    for (let q = 0; q < 8; q++) {
      const offset = (r + 8 * q) * 8;
      const low = v128.load(src.get, offset);
      const high = v128.load(src.get, 512 + offset);
      first.push(even[q]!.set(v128.shuffle(low, high, LOW_HALVES)));
      first.push(odd[q]!.set(v128.shuffle(low, high, HIGH_HALVES)));
    }
    for (const [rows, row] of [[even, r], [odd, r + 1]] as const) {
      first.push(stages(rows, t, 8));
      rows.forEach((x, q) => first.push(v128.store(i32.c(SCRATCH), x.get, (row + 8 * q) * 16)));
    }
  }
  const second: Code[] = [];
  for (let q = 0; q < 8; q++) {
    even.forEach((x, i) => second.push(x.set(v128.load(i32.c(SCRATCH), (8 * q + i) * 16))));
    second.push(stages(even, t, 1));
    even.forEach((x, i) => second.push(v128.store(dst.get, x.get, (8 * q + i) * 16)));
  }
  return f.emit(repeat(groups, [first, second, dst.bump(1024), src.bump(1024)]));
}

/** planes_to_words(dst, src, groups): the inverse. */
function planesToWords(): Func {
  const f = new Func("planes_to_words");
  const [dst, src, groups] = f.params(3) as [Local, Local, Local];
  const even = f.locals(V128, 8);
  const odd = f.locals(V128, 8);
  const t = f.local(V128);
  const first: Code[] = [];
  for (let q = 0; q < 8; q++) {
    even.forEach((x, i) => first.push(x.set(v128.load(src.get, (8 * q + i) * 16))));
    first.push(stages(even, t, 1));
    even.forEach((x, i) => first.push(v128.store(i32.c(SCRATCH), x.get, (8 * q + i) * 16)));
  }
  const second: Code[] = [];
  for (let r = 0; r < 8; r += 2) {
    for (const [rows, row] of [[even, r], [odd, r + 1]] as const) {
      rows.forEach((x, q) => second.push(x.set(v128.load(i32.c(SCRATCH), (row + 8 * q) * 16))));
      second.push(stages(rows, t, 8));
    }
    for (let q = 0; q < 8; q++) {
      const offset = (r + 8 * q) * 8;
      second.push(v128.store(dst.get, v128.shuffle(even[q]!.get, odd[q]!.get, LOW_HALVES), offset));
      second.push(v128.store(dst.get, v128.shuffle(even[q]!.get, odd[q]!.get, HIGH_HALVES), 512 + offset));
    }
  }
  return f.emit(repeat(groups, [first, second, dst.bump(1024), src.bump(1024)]));
}

/** copy_planes(dst, src, bytes, groups, dstStride, srcStride): `bytes` (a multiple of 16) of each group. */
function copyPlanes(): Func {
  const f = new Func("copy_planes");
  const [dst, src, bytes, groups, dstStride, srcStride] = f.params(6) as [
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
  ];
  const offset = f.local(I32);
  const inner = doWhile([
    v128.store(i32.add(dst.get, offset.get), v128.load(i32.add(src.get, offset.get))),
    offset.bump(16),
  ], i32.ltU(offset.get, bytes.get));
  return f.emit(repeat(groups, [
    offset.set(i32.c(0)),
    inner,
    dst.set(i32.add(dst.get, dstStride.get)),
    src.set(i32.add(src.get, srcStride.get)),
  ]));
}

/** sign_bits(dst, src, n, addend31): bit 63 of src + addend31·2^62, one bit per element, 64 per word of dst. */
function signBits(): Func {
  const f = new Func("sign_bits");
  const [dst, src, n, offset] = f.params(4) as [Local, Local, Local, Local];
  const addend = f.local(I64);
  const word = f.local(I64);
  const count = f.local(I32);
  const bit = f.local(I64);
  return f.emit(
    addend.set(i64.shl(i64.extendU(offset.get), i64.c(62))),
    doWhile([
      word.set(i64.c(0)),
      bit.set(i64.c(0)),
      count.set([i32.c(64), n.get, i32.ltU(i32.c(64), n.get), 0x1b]),
      n.set(i32.sub(n.get, count.get)),
      repeat(count, [
        word.set(
          i64.or(word.get, i64.shl(i64.shrU(i64.add(i64.load(src.get), addend.get), i64.c(63)), bit.get)),
        ),
        bit.set(i64.add(bit.get, i64.c(1))),
        src.bump(8),
      ]),
      i64.store(dst.get, word.get),
      dst.bump(8),
    ], n.get),
  );
}

/** The kernels of this family. */
export const kernels: readonly Func[] = [wordsToPlanes(), planesToWords(), copyPlanes(), signBits()];
