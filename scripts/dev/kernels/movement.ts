/**
 * Kernels that move words, and sums along axes. Strides and lengths are in bytes; counts are positive.
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
  iff,
  type Local,
  repeat,
  V128,
  v128,
} from "./asm.ts";

/** Adds a local to a local. */
function step(pointer: Local, by: Local): Code {
  return pointer.set(i32.add(pointer.get, by.get));
}

/**
 * copy(dst, src, n0, n1, n2, d0, d1, d2, s0, s1, s2): n0 x n1 x n2 words, with strides d of the destination and s of the
 * source. Dense innermost axes go 64 bytes at a time, also from one repeated word (s2 = 0).
 */
function copy(): Func {
  const f = new Func("copy");
  const [dst, src] = f.params(2) as [Local, Local];
  const [n0, n1, n2] = f.params(3) as [Local, Local, Local];
  const [d0, d1, d2] = f.params(3) as [Local, Local, Local];
  const [s0, s1, s2] = f.params(3) as [Local, Local, Local];
  const [middleTo, middleFrom, to, from, left1, left2] = f.locals(I32, 6) as [
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
  ];
  const word = f.local(V128);
  /** The innermost axis when the destination is dense; `read(offset)` gives two words, `one` the next word. */
  const dense = (read: (offset: number) => Code, one: Code, advance: (bytes: number) => Code): Code => {
    const move = (bytes: number): Code => [
      Array.from({ length: bytes / 16 }, (_, i) => v128.store(to.get, read(16 * i), 16 * i)),
      to.bump(bytes),
      advance(bytes),
    ];
    return [
      left2.set(i32.shrU(n2.get, i32.c(3))),
      iff(left2.get, repeat(left2, move(64))),
      left2.set(i32.and(i32.shrU(n2.get, i32.c(1)), i32.c(3))),
      iff(left2.get, repeat(left2, move(16))),
      iff(i32.and(n2.get, i32.c(1)), i64.store(to.get, one)),
    ];
  };
  const run = dense((offset) => v128.load(from.get, offset), i64.load(from.get), (bytes) => from.bump(bytes));
  const fill = [word.set(v128.load64Splat(from.get)), dense(() => word.get, i64.load(from.get), () => [])];
  const strided = [
    left2.set(n2.get),
    repeat(left2, [i64.store(to.get, i64.load(from.get)), step(to, d2), step(from, s2)]),
  ];
  const isDense = (stride: Local): Code => i32.eq(stride.get, i32.c(8));
  return f.emit(repeat(n0, [
    middleTo.set(dst.get),
    middleFrom.set(src.get),
    left1.set(n1.get),
    repeat(left1, [
      to.set(middleTo.get),
      from.set(middleFrom.get),
      iff(
        i32.and(isDense(d2), i32.or(isDense(s2), i32.eqz(s2.get))),
        iff(s2.get, run, fill),
        strided,
      ),
      step(middleTo, d1),
      step(middleFrom, s1),
    ]),
    step(dst, d0),
    step(src, s0),
  ]));
}

const LOW_HALVES = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23];
const HIGH_HALVES = [8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31];
/** Rows of the source that become one cache line of the destination. */
const LINE = 8;

/**
 * transpose(dst, src, rows, columns, dstStride, srcStride): dst[j, i] = src[i, j], strides between rows of either. `rows` a
 * multiple of 8, `columns` of 2.
 */
function transpose(): Func {
  const f = new Func("transpose");
  const [dst, src, rows, columns, dstStride, srcStride] = f.params(6) as [
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
  ];
  const [to, row, left] = f.locals(I32, 3) as [Local, Local, Local];
  const from = f.locals(I32, LINE);
  const [a, b] = f.locals(V128, 2) as [Local, Local];
  const lines = Array.from({ length: LINE / 2 }, (_, i): Code => [
    a.set(v128.load(from[2 * i]!.get)),
    b.set(v128.load(from[2 * i + 1]!.get)),
    v128.store(to.get, v128.shuffle(a.get, b.get, LOW_HALVES), 16 * i),
    v128.store(i32.add(to.get, dstStride.get), v128.shuffle(a.get, b.get, HIGH_HALVES), 16 * i),
  ]);
  return f.emit(
    row.set(i32.shrU(rows.get, i32.c(3))),
    repeat(row, [
      from.map((p, i) => i === 0 ? p.set(src.get) : p.set(i32.add(from[i - 1]!.get, srcStride.get))),
      src.set(i32.add(from[LINE - 1]!.get, srcStride.get)),
      to.set(dst.get),
      left.set(i32.shrU(columns.get, i32.c(1))),
      repeat(left, [
        lines,
        from.map((p) => p.bump(16)),
        to.set(i32.add(i32.add(to.get, dstStride.get), dstStride.get)),
      ]),
      dst.bump(8 * LINE),
    ]),
  );
}

/**
 * take_rows(dst, src, index, count, bytes, outer, stride): `outer` times, rows index[0 … count-1] (u32) of `bytes` each, the
 * sources being `stride` apart.
 */
function takeRows(): Func {
  const f = new Func("take_rows");
  const [dst, src, index, count, bytes] = f.params(5) as [Local, Local, Local, Local, Local];
  const [outer, stride] = f.params(2) as [Local, Local];
  const [at, left, from, pairs] = f.locals(I32, 4) as [Local, Local, Local, Local];
  return f.emit(repeat(outer, [
    at.set(index.get),
    left.set(count.get),
    repeat(left, [
      from.set(i32.add(src.get, i32.mul(i32.load(at.get), bytes.get))),
      iff(i32.and(bytes.get, i32.c(8)), [i64.store(dst.get, i64.load(from.get)), dst.bump(8), from.bump(8)]),
      pairs.set(i32.shrU(bytes.get, i32.c(4))),
      iff(pairs.get, repeat(pairs, [v128.store(dst.get, v128.load(from.get)), dst.bump(16), from.bump(16)])),
      at.bump(4),
    ]),
    step(src, stride),
  ]));
}

/** scatter_add(dst, src, index, count): dst[index[i]] += src[i] for words, in order; indices (u32) may repeat. */
function scatterAdd(): Func {
  const f = new Func("scatter_add");
  const [dst, src, index, count] = f.params(4) as [Local, Local, Local, Local];
  const at = f.local(I32);
  return f.emit(repeat(count, [
    at.set(i32.add(dst.get, i32.shl(i32.load(index.get), i32.c(3)))),
    i64.store(at.get, i64.add(i64.load(at.get), i64.load(src.get))),
    src.bump(8),
    index.bump(4),
  ]));
}

/** Sums `count` words from `src` to `dst`, two vectors at a time; leaves `src` behind them. */
function sumWords(f: Func, dst: Local, src: Local, count: Local): Code {
  const [a, b] = f.locals(V128, 2) as [Local, Local];
  const left = f.local(I32);
  const total = f.local(I64);
  return [
    a.set(v128.c64(0n)),
    b.set(v128.c64(0n)),
    left.set(i32.shrU(count.get, i32.c(2))),
    iff(
      left.get,
      repeat(left, [
        a.set(i64x2.add(a.get, v128.load(src.get))),
        b.set(i64x2.add(b.get, v128.load(src.get, 16))),
        src.bump(32),
      ]),
    ),
    a.set(i64x2.add(a.get, b.get)),
    total.set(i64.add(i64x2.lane(a.get, 0), i64x2.lane(a.get, 1))),
    left.set(i32.and(count.get, i32.c(3))),
    iff(left.get, repeat(left, [total.set(i64.add(total.get, i64.load(src.get))), src.bump(8)])),
    i64.store(dst.get, total.get),
  ];
}

/**
 * sum_rows(dst, src, outer, count, bytes): `outer` times, dst = sum of `count` rows of `bytes` each. Rows are added as they
 * lie in memory, four at a time, so that every stream is sequential.
 */
function sumRows(): Func {
  const f = new Func("sum_rows");
  const [dst, src, outer, count, bytes] = f.params(5) as [Local, Local, Local, Local, Local];
  const [to, left, pairs] = f.locals(I32, 3) as [Local, Local, Local];
  const rows = f.locals(I32, 4);
  /** One pass over `dst` that adds the next `n` rows, to what is there or to nothing. */
  const pass = (n: number, add: boolean): Code => {
    const own = rows.slice(0, n);
    const vectors = own.map((p): Code => v128.load(p.get));
    const words = own.map((p): Code => i64.load(p.get));
    if (add) {
      vectors.push(v128.load(to.get));
      words.push(i64.load(to.get));
    }
    return [
      own.map((p, i) => i === 0 ? p.set(src.get) : p.set(i32.add(own[i - 1]!.get, bytes.get))),
      src.set(i32.add(own.at(-1)!.get, bytes.get)),
      to.set(dst.get),
      pairs.set(i32.shrU(bytes.get, i32.c(4))),
      iff(
        pairs.get,
        repeat(pairs, [
          v128.store(to.get, vectors.reduce((a, b) => i64x2.add(a, b))),
          [to, ...own].map((p) => p.bump(16)),
        ]),
      ),
      iff(i32.and(bytes.get, i32.c(8)), i64.store(to.get, words.reduce((a, b) => i64.add(a, b)))),
    ];
  };
  const rest = i32.and(i32.sub(count.get, i32.c(1)), i32.c(3));
  return f.emit(repeat(outer, [
    iff(i32.eq(bytes.get, i32.c(8)), sumWords(f, dst, src, count), [
      pass(1, false),
      left.set(i32.shrU(i32.sub(count.get, i32.c(1)), i32.c(2))),
      iff(left.get, repeat(left, pass(4, true))),
      left.set(rest),
      iff(left.get, repeat(left, pass(1, true))),
    ]),
    step(dst, bytes),
  ]));
}

/** cumsum_rows(dst, src, outer, count, bytes): `outer` times, row i of dst = sum of rows 0 to i of `bytes` each. */
function cumsumRows(): Func {
  const f = new Func("cumsum_rows");
  const [dst, src, outer, count, bytes] = f.params(5) as [Local, Local, Local, Local, Local];
  const [end, firstEnd, back] = f.locals(I32, 3) as [Local, Local, Local];
  const total = f.local(I64);
  const advance = (n: number): Code => [dst.bump(n), src.bump(n), back.bump(n)];
  const words = [
    total.set(i64.c(0)),
    doWhile([
      i64.store(dst.get, total.tee(i64.add(total.get, i64.load(src.get)))),
      advance(8),
    ], i32.ltU(dst.get, end.get)),
  ];
  const rows = [
    back.set(dst.get),
    doWhile(
      [i64.store(dst.get, i64.load(src.get)), dst.bump(8), src.bump(8)],
      i32.ltU(dst.get, firstEnd.get),
    ),
    // From the second row on, what a vector adds was written at least one vector before.
    iff(i32.and(i32.sub(end.get, dst.get), i32.c(8)), [
      i64.store(dst.get, i64.add(i64.load(back.get), i64.load(src.get))),
      advance(8),
    ]),
    iff(
      i32.ltU(dst.get, end.get),
      doWhile([
        v128.store(dst.get, i64x2.add(v128.load(back.get), v128.load(src.get))),
        advance(16),
      ], i32.ltU(dst.get, end.get)),
    ),
  ];
  return f.emit(repeat(outer, [
    firstEnd.set(i32.add(dst.get, bytes.get)),
    end.set(i32.add(dst.get, i32.mul(count.get, bytes.get))),
    iff(i32.eq(bytes.get, i32.c(8)), words, rows),
  ]));
}

/** The kernels of this family. */
export const kernels: readonly Func[] = [
  copy(),
  transpose(),
  takeRows(),
  scatterAdd(),
  sumRows(),
  cumsumRows(),
];
