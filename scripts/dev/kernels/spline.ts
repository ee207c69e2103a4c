/**
 * Kernels of table look-ups at a masked index, and of piecewise polynomials.
 *
 * An index i of m bits and an offset of p bits are opened as C = x + r. The dealer shares the one-hot vector of r's index; the
 * parties turn it by C's. All addresses depend on public values only; the dealer compares instead of addressing.
 *
 * @module
 */
import { type Code, Func, I32, i32, I64, i64, i64x2, type Local, repeat, uleb, V128, v128 } from "./asm.ts";

/** All ones in the lanes where both are equal. */
const eq64 = (a: Code, b: Code): Code => [a, b, 0xfd, uleb(0xd6)];

/** Shifts and masks a word: (w >> shift) mod 2^bits, with `ones` = 2^bits - 1. */
function part(word: Code, shift: Local, ones: Local): Code {
  return i64.and(i64.shrU(word, i64.extendU(shift.get)), ones.get);
}

/** 2^bits - 1. */
function onesOf(bits: Local): Code {
  return i64.sub(i64.shl(i64.c(1), i64.extendU(bits.get)), i64.c(1));
}

/**
 * deal_hot(hot, r, n, shift, bits): hot = one-hot of (r >> shift) mod 2^bits, minus hot; 2^bits words per element, bits >= 1.
 */
function dealHot(): Func {
  const f = new Func("deal_hot");
  const [hot, r, n, shift, bits] = f.params(5) as [Local, Local, Local, Local, Local];
  const pairs = f.local(I32);
  const ones = f.local(I64);
  const index = f.local(V128);
  const lanes = f.local(V128);
  return f.emit(
    ones.set(onesOf(bits)),
    repeat(n, [
      index.set(i64x2.splat(part(i64.load(r.get), shift, ones))),
      lanes.set(v128.c64(0n, 1n)),
      pairs.set(i32.shl(i32.c(1), i32.sub(bits.get, i32.c(1)))),
      repeat(pairs, [
        v128.store(
          hot.get,
          i64x2.neg(i64x2.add(v128.load(hot.get), eq64(lanes.get, index.get))),
        ),
        lanes.set(i64x2.add(lanes.get, v128.c64(2n))),
        hot.bump(16),
      ]),
      r.bump(8),
    ]),
  );
}

/**
 * turn_hot(out, hot, c, n, shift, bits, size): out[v] = hot[(C - v) mod 2^bits] for v < size, C = (c >> shift) mod 2^bits.
 */
function turnHot(): Func {
  const f = new Func("turn_hot");
  const [out, hot, c, n, shift, bits, size] = f.params(7) as Local[] as [
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
  ];
  const ones = f.local(I64);
  const at = f.local(I32);
  const count = f.local(I32);
  const wrap = f.local(I32);
  return f.emit(
    ones.set(onesOf(bits)),
    wrap.set(i32.sub(i32.shl(i32.c(1), bits.get), i32.c(1))),
    repeat(n, [
      at.set(i32.wrap(part(i64.load(c.get), shift, ones))),
      count.set(size.get),
      repeat(count, [
        i64.store(out.get, i64.load(i32.add(hot.get, i32.shl(at.get, i32.c(3))))),
        at.set(i32.and(i32.sub(at.get, i32.c(1)), wrap.get)),
        out.bump(8),
      ]),
      hot.set(i32.add(hot.get, i32.shl(i32.c(1), i32.add(bits.get, i32.c(3))))),
      c.bump(8),
    ]),
  );
}

/**
 * spline_pick_d(out, hot, c, rows, n, shift, bits): out = sum over v of hot[v]·row[(C - v) mod 2^bits], d+1 words per element.
 * `rows` holds the d+1 words of each piece in reverse and twice: row u is that of piece -u mod 2^bits.
 */
function splinePick(degree: number): Func {
  const f = new Func(`spline_pick_${degree}`);
  const [out, hot, c, rows, n, shift, bits] = f.params(7) as Local[] as [
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
  ];
  const words = degree + 1;
  const ones = f.local(I64);
  const row = f.local(I32);
  const count = f.local(I32);
  const factor = f.local(I64);
  const sums = f.locals(I64, words);
  return f.emit(
    ones.set(onesOf(bits)),
    repeat(n, [
      count.set(i32.shl(i32.c(1), bits.get)),
      row.set(i32.add(
        rows.get,
        i32.mul(i32.sub(count.get, i32.wrap(part(i64.load(c.get), shift, ones))), i32.c(8 * words)),
      )),
      sums.map((sum) => sum.set(i64.c(0))),
      repeat(count, [
        factor.set(i64.load(hot.get)),
        sums.map((sum, j) => sum.set(i64.add(sum.get, i64.mul(factor.get, i64.load(row.get, 8 * j))))),
        hot.bump(8),
        row.bump(8 * words),
      ]),
      sums.map((sum, j) => i64.store(out.get, sum.get, 8 * j)),
      out.bump(8 * words),
      c.bump(8),
    ]),
  );
}

/** Words of the dealer's products for a degree: powers of the offset, and their products with the coefficients' masks. */
export function productWords(degree: number): number {
  return degree + (degree * (degree + 1)) / 2;
}

/**
 * deal_spline_d(rest, r, a, n, shift, bits): with w = (r >> shift) mod 2^bits, rest = w^k for k = 1..d, then a_j·w^k for
 * j = 1..d and k = 1..j, minus rest.
 */
function dealSpline(degree: number): Func {
  const f = new Func(`deal_spline_${degree}`);
  const [rest, r, a, n, shift, bits] = f.params(6) as Local[] as [Local, Local, Local, Local, Local, Local];
  const ones = f.local(I64);
  const powers = f.locals(I64, degree);
  const correct = (at: number, value: Code): Code =>
    i64.store(rest.get, i64.sub(value, i64.load(rest.get, 8 * at)), 8 * at);
  const body: Code[] = [powers[0]!.set(part(i64.load(r.get), shift, ones))];
  for (let k = 1; k < degree; k++) body.push(powers[k]!.set(i64.mul(powers[k - 1]!.get, powers[0]!.get)));
  for (let k = 0; k < degree; k++) body.push(correct(k, powers[k]!.get));
  let at = degree;
  for (let j = 1; j <= degree; j++) {
    for (let k = 1; k <= j; k++) {
      body.push(correct(at++, i64.mul(i64.load(a.get, 8 * (j - 1)), powers[k - 1]!.get)));
    }
  }
  return f.emit(
    ones.set(onesOf(bits)),
    repeat(n, [body, rest.bump(8 * productWords(degree)), a.bump(8 * degree), r.bump(8)]),
  );
}

/** Number of ways to choose k of n. */
function choose(n: number, k: number): number {
  return k === 0 ? 1 : (choose(n - 1, k - 1) * n) / k;
}

/**
 * spline_finish_d(y, c, pick, e, a, rest, n, shift, bits, first): shares of sum over j of c_j·(C - w)^j, where pick holds
 * shares of all c_j, e the public c_j - a_j for j >= 1, a shares of a_j and rest those of {@link dealSpline}'s products.
 */
function splineFinish(degree: number): Func {
  const f = new Func(`spline_finish_${degree}`);
  const [y, c, pick, e, a, rest, n, shift, bits, first] = f.params(10) as Local[] as [
    Local,
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
  const ones = f.local(I64);
  const mine = f.local(I64);
  const powers = f.locals(I64, degree);
  const sum = f.local(I64);
  const body: Code[] = [powers[0]!.set(part(i64.load(c.get), shift, ones))];
  for (let k = 1; k < degree; k++) body.push(powers[k]!.set(i64.mul(powers[k - 1]!.get, powers[0]!.get)));
  body.push(sum.set(i64.load(pick.get)));
  let at = degree;
  for (let j = 1; j <= degree; j++) {
    const opened = i64.load(e.get, 8 * (j - 1));
    const whole = i64.add(i64.load(a.get, 8 * (j - 1)), i64.mul(mine.get, opened));
    body.push(sum.set(i64.add(sum.get, i64.mul(powers[j - 1]!.get, whole))));
    for (let k = 1; k <= j; k++) {
      const dealt = i64.add(i64.mul(opened, i64.load(rest.get, 8 * (k - 1))), i64.load(rest.get, 8 * at++));
      const public_ = k === j ? i64.c(1) : powers[j - k - 1]!.get;
      const sign = k % 2 === 0 ? 1 : -1;
      const term = i64.mul(i64.mul(i64.c(sign * choose(j, k)), public_), dealt);
      body.push(sum.set(i64.add(sum.get, term)));
    }
  }
  body.push(i64.store(y.get, sum.get));
  return f.emit(
    ones.set(onesOf(bits)),
    mine.set(i64.extendU(first.get)),
    repeat(n, [
      body,
      y.bump(8),
      c.bump(8),
      pick.bump(8 * (degree + 1)),
      e.bump(8 * degree),
      a.bump(8 * degree),
      rest.bump(8 * productWords(degree)),
    ]),
  );
}

/**
 * spline_mask_d(e, pick, a, n): e_j = c_j - a_j for j = 1..d.
 */
function splineMask(degree: number): Func {
  const f = new Func(`spline_mask_${degree}`);
  const [e, pick, a, n] = f.params(4) as [Local, Local, Local, Local];
  const body = Array.from(
    { length: degree },
    (_, j) => i64.store(e.get, i64.sub(i64.load(pick.get, 8 * (j + 1)), i64.load(a.get, 8 * j)), 8 * j),
  );
  return f.emit(repeat(n, [body, e.bump(8 * degree), pick.bump(8 * (degree + 1)), a.bump(8 * degree)]));
}

/** pack_low(dst, src, n, bytes): the low bytes of words; writes up to 7 bytes more. */
function packLow(): Func {
  const f = new Func("pack_low");
  const [dst, src, n, bytes] = f.params(4) as [Local, Local, Local, Local];
  return f.emit(repeat(n, [
    [dst.get, i64.load(src.get), 0x37, 0, 0],
    dst.set(i32.add(dst.get, bytes.get)),
    src.bump(8),
  ]));
}

/** add_low(acc, src, n, bytes): acc += the words of which src has the low bytes; reads up to 7 bytes more. */
function addLow(): Func {
  const f = new Func("add_low");
  const [acc, src, n, bytes] = f.params(4) as [Local, Local, Local, Local];
  const ones = f.local(I64);
  return f.emit(
    // All ones when all eight bytes count: a shift by 64 would be one by 0.
    ones.set(i64.shrU(i64.c(-1n), i64.extendU(i32.sub(i32.c(64), i32.shl(bytes.get, i32.c(3)))))),
    repeat(n, [
      i64.store(acc.get, i64.add(i64.load(acc.get), i64.and([src.get, 0x29, 0, 0], ones.get))),
      acc.bump(8),
      src.set(i32.add(src.get, bytes.get)),
    ]),
  );
}

const DEGREES = [1, 2, 3] as const;

/** The kernels of this family. */
export const kernels: readonly Func[] = [
  dealHot(),
  turnHot(),
  ...[0, ...DEGREES].map(splinePick),
  ...DEGREES.map(dealSpline),
  ...DEGREES.map(splineMask),
  ...DEGREES.map(splineFinish),
  packLow(),
  addLow(),
];
