/**
 * Kernels that move words.
 *
 * @module
 */
import { type Code, Func, I32, i32, i64, iff, type Local, repeat, v128 } from "./asm.ts";

/**
 * Makes a copy between a dense and a strided array of n0 x n1 x n2 words (all positive), strides in bytes.
 * `copy3(dst dense, src strided, …)` gathers, `put3(dst strided, src dense, …)` scatters.
 */
function strided(name: "copy3" | "put3"): Func {
  const f = new Func(name);
  const [dst, src, n0, n1, n2, s0, s1, s2] = f.params(8) as Local[] as [
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
  ];
  const [dense, outer] = name === "copy3" ? [dst, src] : [src, dst];
  const middle = f.local(I32);
  const inner = f.local(I32);
  const left1 = f.local(I32);
  const left2 = f.local(I32);
  const [to, from] = name === "copy3" ? [dense, inner] : [inner, dense];
  const words: Code = repeat(left2, [
    i64.store(to.get, i64.load(from.get)),
    dense.bump(8),
    inner.set(i32.add(inner.get, s2.get)),
  ]);
  const vectors: Code = [
    left2.set(i32.shrU(n2.get, i32.c(1))),
    iff(left2.get, repeat(left2, [v128.store(to.get, v128.load(from.get)), dense.bump(16), inner.bump(16)])),
    iff(i32.and(n2.get, i32.c(1)), [i64.store(to.get, i64.load(from.get)), dense.bump(8)]),
  ];
  return f.emit(repeat(n0, [
    middle.set(outer.get),
    left1.set(n1.get),
    repeat(left1, [
      inner.set(middle.get),
      iff(i32.eq(s2.get, i32.c(8)), vectors, [left2.set(n2.get), words]),
      middle.set(i32.add(middle.get, s1.get)),
    ]),
    outer.set(i32.add(outer.get, s0.get)),
  ]));
}

/** take_rows(dst, src, index, count, bytes): row index[i] (u32) of `bytes` (a multiple of 8) each. */
function takeRows(): Func {
  const f = new Func("take_rows");
  const [dst, src, index, count, bytes] = f.params(5) as [Local, Local, Local, Local, Local];
  const from = f.local(I32);
  const end = f.local(I32);
  return f.emit(repeat(count, [
    from.set(i32.add(src.get, i32.mul(i32.load(index.get), bytes.get))),
    end.set(i32.add(dst.get, bytes.get)),
    [0x03, 0x40, i64.store(dst.get, i64.load(from.get)), dst.bump(8), from.bump(8), [
      i32.ltU(dst.get, end.get),
      0x0d,
      0,
    ], 0x0b],
    index.bump(4),
  ]));
}

/** sum_rows(dst, src, outer, count, bytes): for each of `outer`, dst (bytes long) = sum of `count` rows. Bytes a multiple of 8. */
function sumRows(): Func {
  const f = new Func("sum_rows");
  const [dst, src, outer, count, bytes] = f.params(5) as [Local, Local, Local, Local, Local];
  const left = f.local(I32);
  const column = f.local(I32);
  const row = f.local(I32);
  const sum = f.local(0x7e);
  return f.emit(repeat(outer, [
    column.set(i32.c(0)),
    [0x03, 0x40, [
      sum.set(i64.c(0)),
      row.set(i32.add(src.get, column.get)),
      left.set(count.get),
      repeat(left, [sum.set(i64.add(sum.get, i64.load(row.get))), row.set(i32.add(row.get, bytes.get))]),
      i64.store(i32.add(dst.get, column.get), sum.get),
      column.bump(8),
      [i32.ltU(column.get, bytes.get), 0x0d, 0],
    ], 0x0b],
    src.set(i32.add(src.get, i32.mul(count.get, bytes.get))),
    dst.set(i32.add(dst.get, bytes.get)),
  ]));
}

/** The kernels of this family. */
export const kernels: readonly Func[] = [strided("copy3"), strided("put3"), takeRows(), sumRows()];
