/**
 * Matrix products modulo 2^64: C += A·B.
 *
 * The micro-kernel keeps R rows of A for Ku steps of k in a panel at a constant address, where loads need no bounds check,
 * and walks over panels of columns of B. Four columns are computed by SIMD on split words: with a = a0 + 2^32 a1 and b alike,
 * a·b = a0·b0 + 2^32 (a0·b1 + a1·b0), one widening and two plain 32-bit products per word. A fifth column uses the scalar
 * multiplier, which is idle otherwise.
 *
 * @module
 */
import {
  block,
  br,
  brIf,
  type Code,
  doWhile,
  Func,
  I32,
  i32,
  i32x4,
  I64,
  i64,
  i64x2,
  iff,
  type Local,
  loop,
  repeat,
  repeatMaybe,
  V128,
  v128,
} from "./asm.ts";

/** Address of the A panel. */
const PANEL = 1024;

const LOW_HALVES = [0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27];
const HIGH_HALVES = [4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31];

interface Shape {
  /** Rows. */
  readonly rows: number;
  /** Scalar columns beside the four SIMD ones: 0 or 1. */
  readonly scalar: number;
  /** Steps of k. */
  readonly depth: number;
}

/** The arithmetic of one tile: accumulators, one step of k, and the addition to C. */
class Tile {
  readonly #shape: Shape;
  readonly #low: Local[];
  readonly #high: Local[];
  readonly #cross: Local[];
  readonly #sums: Local[];
  readonly #t: Local[];
  readonly #a: Local[];
  readonly #row: Local;
  /** Low halves of four words of B. */
  readonly bLow: Local;
  /** High halves of four words of B. */
  readonly bHigh: Local;
  /** A fifth word of B. */
  readonly bWord: Local;

  constructor(f: Func, shape: Shape) {
    this.#shape = shape;
    this.#low = f.locals(V128, shape.rows);
    this.#high = f.locals(V128, shape.rows);
    this.#cross = f.locals(V128, shape.rows);
    this.#t = f.locals(V128, 2);
    this.#a = f.locals(V128, 2);
    this.bLow = f.local(V128);
    this.bHigh = f.local(V128);
    this.#sums = f.locals(I64, shape.rows);
    this.bWord = f.local(I64);
    this.#row = f.local(I32);
  }

  get clear(): Code {
    const zero = v128.c64(0n);
    return [
      [...this.#low, ...this.#high, ...this.#cross].map((x) => x.set(zero)),
      this.#sums.map((x) => x.set(i64.c(0))),
    ];
  }

  /** Adds the products of column k of the panel with the loaded row of B. */
  step(k: number): Code {
    const [a0, a1] = this.#a as [Local, Local];
    return Array.from({ length: this.#shape.rows }, (_, r) => {
      const at = PANEL + (k * this.#shape.rows + r) * 8;
      const [low, high, cross, sum] = [this.#low[r]!, this.#high[r]!, this.#cross[r]!, this.#sums[r]!];
      return [
        a0.set(v128.load32Splat(i32.c(at))),
        a1.set(v128.load32Splat(i32.c(at + 4))),
        low.set(i64x2.add(low.get, i64x2.extmulLowU(a0.get, this.bLow.get))),
        high.set(i64x2.add(high.get, i64x2.extmulHighU(a0.get, this.bLow.get))),
        cross.set(
          i32x4.add(
            cross.get,
            i32x4.add(i32x4.mul(a0.get, this.bHigh.get), i32x4.mul(a1.get, this.bLow.get)),
          ),
        ),
        this.#shape.scalar === 0
          ? []
          : sum.set(i64.add(sum.get, i64.mul(i64.load(i32.c(at)), this.bWord.get))),
      ];
    });
  }

  /** Adds the tile to C at `c`, rows `ldc` bytes apart. */
  store(c: Local, ldc: Local): Code {
    const row = this.#row;
    const [t0, t1] = this.#t as [Local, Local];
    return [
      row.set(c.get),
      this.#low.map((low, r) => {
        const cross = this.#cross[r]!.get;
        const up = (x: Code): Code => i64x2.shl(x, i32.c(32));
        return [
          t0.set(i64x2.add(low.get, up(i64x2.extendLowU(cross)))),
          t1.set(i64x2.add(this.#high[r]!.get, up(i64x2.extendHighU(cross)))),
          v128.store(row.get, i64x2.add(v128.load(row.get), t0.get)),
          v128.store(row.get, i64x2.add(v128.load(row.get, 16), t1.get), 16),
          this.#shape.scalar === 0
            ? []
            : i64.store(row.get, i64.add(i64.load(row.get, 32), this.#sums[r]!.get), 32),
          row.set(i32.add(row.get, ldc.get)),
        ];
      }),
    ];
  }
}

/** Bytes of one step of k in a packed panel, and of a row of C in a panel. */
const width = (scalar: number): number => 32 + 8 * scalar;

/** packed_R_S_K(b, c, panels, ldc): B is packed by {@link packB}. */
function packedKernel(shape: Shape): Func {
  const f = new Func(`packed_${shape.rows}_${shape.scalar}_${shape.depth}`);
  const [b, c, panels, ldc] = f.params(4) as [Local, Local, Local, Local];
  const tile = new Tile(f, shape);
  const w = width(shape.scalar);
  const steps = Array.from({ length: shape.depth }, (_, k) => [
    tile.bLow.set(v128.load(b.get, k * w)),
    tile.bHigh.set(v128.load(b.get, k * w + 16)),
    shape.scalar === 0 ? [] : tile.bWord.set(i64.load(b.get, k * w + 32)),
    tile.step(k),
  ]);
  return f.emit(repeat(panels, [tile.clear, steps, tile.store(c, ldc), b.bump(shape.depth * w), c.bump(w)]));
}

/** direct_R_S_K(b, ldb, c, panels, ldc): B is read where it is, and split in the kernel. */
function directKernel(shape: Shape): Func {
  const f = new Func(`direct_${shape.rows}_${shape.scalar}_${shape.depth}`);
  const [b, ldb, c, panels, ldc] = f.params(5) as [Local, Local, Local, Local, Local];
  const tile = new Tile(f, shape);
  const row = f.local(I32);
  const [p, q] = f.locals(V128, 2) as [Local, Local];
  const steps = Array.from({ length: shape.depth }, (_, k) => [
    p.set(v128.load(row.get)),
    q.set(v128.load(row.get, 16)),
    shape.scalar === 0 ? [] : tile.bWord.set(i64.load(row.get, 32)),
    tile.bLow.set(v128.shuffle(p.get, q.get, LOW_HALVES)),
    tile.bHigh.set(v128.shuffle(p.get, q.get, HIGH_HALVES)),
    row.set(i32.add(row.get, ldb.get)),
    tile.step(k),
  ]);
  const w = width(shape.scalar);
  return f.emit(
    repeat(panels, [row.set(b.get), tile.clear, steps, tile.store(c, ldc), b.bump(w), c.bump(w)]),
  );
}

/** pack_a(a, lda, rows, take, depth): the panel, k by k, with zeros from `take` to `depth`. */
function packA(): Func {
  const f = new Func("pack_a");
  const [a, lda, rows, take, depth] = f.params(5) as [Local, Local, Local, Local, Local];
  const r = f.local(I32);
  const from = f.local(I32);
  const to = f.local(I32);
  const left = f.local(I32);
  const step = (value: Code): Code => [
    i64.store(to.get, value, PANEL),
    to.set(i32.add(to.get, i32.shl(rows.get, i32.c(3)))),
  ];
  return f.emit(
    r.set(i32.c(0)),
    doWhile([
      from.set(i32.add(a.get, i32.mul(r.get, lda.get))),
      to.set(i32.shl(r.get, i32.c(3))),
      left.set(take.get),
      repeat(left, [step(i64.load(from.get)), from.bump(8)]),
      left.set(i32.sub(depth.get, take.get)),
      repeatMaybe(left, step(i64.c(0))),
      r.bump(1),
    ], i32.ltU(r.get, rows.get)),
  );
}

/** pack_b_S(b, ldb, dst, panels, take, depth): panels of 4 + S columns, split, with zeros from `take` to `depth`. */
function packB(scalar: number): Func {
  const f = new Func(`pack_b_${scalar}`);
  const [b, ldb, dst, panels, take, depth] = f.params(6) as [Local, Local, Local, Local, Local, Local];
  const row = f.local(I32);
  const left = f.local(I32);
  const [p, q] = f.locals(V128, 2) as [Local, Local];
  const w = width(scalar);
  const zero = v128.c64(0n);
  return f.emit(repeat(panels, [
    row.set(b.get),
    left.set(take.get),
    repeat(left, [
      p.set(v128.load(row.get)),
      q.set(v128.load(row.get, 16)),
      v128.store(dst.get, v128.shuffle(p.get, q.get, LOW_HALVES)),
      v128.store(dst.get, v128.shuffle(p.get, q.get, HIGH_HALVES), 16),
      scalar === 0 ? [] : i64.store(dst.get, i64.load(row.get, 32), 32),
      dst.bump(w),
      row.set(i32.add(row.get, ldb.get)),
    ]),
    left.set(i32.sub(depth.get, take.get)),
    repeatMaybe(left, [
      v128.store(dst.get, zero),
      v128.store(dst.get, zero, 16),
      scalar === 0 ? [] : i64.store(dst.get, i64.c(0), 32),
      dst.bump(w),
    ]),
    b.bump(w),
  ]));
}

/** small(a, lda, b, ldb, c, ldc, m, k, n): plain loops, four columns at a time; m, k, n positive. */
function small(): Func {
  const f = new Func("small");
  const [a, lda, b, ldb, c, ldc, m, k, n] = f.params(9) as Local[] as [
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
  ];
  const j = f.local(I32);
  const left = f.local(I32);
  const [pa, pb, pc] = f.locals(I32, 3) as [Local, Local, Local];
  const word = f.local(I64);
  const sums = f.locals(I64, 4);
  const columns = (count: number): Code => {
    const used = sums.slice(0, count);
    return [
      pc.set(i32.add(c.get, i32.shl(j.get, i32.c(3)))),
      used.map((s, i) => s.set(i64.load(pc.get, 8 * i))),
      pa.set(a.get),
      pb.set(i32.add(b.get, i32.shl(j.get, i32.c(3)))),
      left.set(k.get),
      repeat(left, [
        word.set(i64.load(pa.get)),
        used.map((s, i) => s.set(i64.add(s.get, i64.mul(word.get, i64.load(pb.get, 8 * i))))),
        pa.bump(8),
        pb.set(i32.add(pb.get, ldb.get)),
      ]),
      used.map((s, i) => i64.store(pc.get, s.get, 8 * i)),
      j.bump(count),
    ];
  };
  return f.emit(repeat(m, [
    j.set(i32.c(0)),
    block(loop(brIf(1, i32.gtU(i32.add(j.get, i32.c(4)), n.get)), columns(4), br(0))),
    block(loop(brIf(1, i32.geU(j.get, n.get)), columns(1), br(0))),
    a.set(i32.add(a.get, lda.get)),
    c.set(i32.add(c.get, ldc.get)),
  ]));
}

/** block_add / block_sub(dst, ldd, x, ldx, y, ldy, rows, bytes): dst = x ± y on strided blocks; bytes a multiple of 16. */
function blockKernel(name: string, op: (x: Code, y: Code) => Code): Func {
  const f = new Func(name);
  const [dst, ldd, x, ldx, y, ldy, rows, bytes] = f.params(8) as Local[] as [
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
  ];
  const [d, p, q, end] = f.locals(I32, 4) as [Local, Local, Local, Local];
  return f.emit(repeat(rows, [
    d.set(dst.get),
    p.set(x.get),
    q.set(y.get),
    end.set(i32.add(dst.get, bytes.get)),
    doWhile(
      [v128.store(d.get, op(v128.load(p.get), v128.load(q.get))), d.bump(16), p.bump(16), q.bump(16)],
      i32.ltU(d.get, end.get),
    ),
    dst.set(i32.add(dst.get, ldd.get)),
    x.set(i32.add(x.get, ldx.get)),
    y.set(i32.add(y.get, ldy.get)),
  ]));
}

/**
 * im2col(dst, src, rows, columns, rowStride, columnStride): for one tap of the window, the inputs of
 * rows x columns outputs, dense; strides in bytes.
 */
function im2col(): Func {
  const f = new Func("im2col");
  const [dst, src, rows, columns, rowStride, columnStride] = f.params(6) as Local[] as [
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
  ];
  const from = f.local(I32);
  const left = f.local(I32);
  const dense: Code = [
    left.set(i32.shrU(columns.get, i32.c(1))),
    repeatMaybe(left, [v128.store(dst.get, v128.load(from.get)), dst.bump(16), from.bump(16)]),
    iff(i32.and(columns.get, i32.c(1)), [i64.store(dst.get, i64.load(from.get)), dst.bump(8)]),
  ];
  const strided: Code = [
    left.set(columns.get),
    repeat(left, [
      i64.store(dst.get, i64.load(from.get)),
      dst.bump(8),
      from.set(i32.add(from.get, columnStride.get)),
    ]),
  ];
  return f.emit(repeat(rows, [
    from.set(src.get),
    iff(i32.eq(columnStride.get, i32.c(8)), dense, strided),
    src.set(i32.add(src.get, rowStride.get)),
  ]));
}

/** col2im(dst, src, rows, columns, rowStride, columnStride): adds dense words to where im2col took them from. */
function col2im(): Func {
  const f = new Func("col2im");
  const [dst, src, rows, columns, rowStride, columnStride] = f.params(6) as Local[] as [
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
  ];
  const to = f.local(I32);
  const left = f.local(I32);
  return f.emit(repeat(rows, [
    to.set(dst.get),
    left.set(columns.get),
    repeat(left, [
      i64.store(to.get, i64.add(i64.load(to.get), i64.load(src.get))),
      src.bump(8),
      to.set(i32.add(to.get, columnStride.get)),
    ]),
    dst.set(i32.add(dst.get, rowStride.get)),
  ]));
}

const ROWS = [1, 2, 3];
const SCALAR = [0, 1];

/** The kernels of this family. */
export const kernels: readonly Func[] = [
  ...ROWS.flatMap((rows) =>
    SCALAR.flatMap((scalar) => [
      ...[32, 16, 8].map((depth) => packedKernel({ rows, scalar, depth })),
      ...[16, 4, 1].map((depth) => directKernel({ rows, scalar, depth })),
    ])
  ),
  packA(),
  ...SCALAR.map(packB),
  small(),
  blockKernel("block_add", i64x2.add),
  blockKernel("block_sub", i64x2.sub),
  im2col(),
  col2im(),
];
