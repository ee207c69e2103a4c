/**
 * Kernels that combine ring words with bits: selection by an opened bit, truncation, and the dealer's side of them.
 *
 * Each works on pairs of words (one vector); the bit streams hold one bit per element, lowest first.
 *
 * @module
 */
import { type Code, doWhile, Func, I32, i32, i64, i64x2, type Local, repeat, V128, v128 } from "./asm.ts";

/** What the body of a pair kernel sees. */
interface Pair {
  /** Two words of a stream. */
  word(stream: string): Code;
  /** Two masks, all ones where the bit is 1. */
  mask(stream: string): Code;
  /** An extra i32 parameter. */
  extra(name: string): Local;
  /** A temporary holding a value. */
  let(value: Code): Local;
  /** Writes two words. */
  store(stream: string, value: Code): void;
}

interface PairKernel {
  readonly words: readonly string[];
  readonly bits: readonly string[];
  readonly extras?: readonly string[];
  /** Runs once before the loop. */
  readonly body: (p: Pair) => void;
}

/** Makes `name(words …, bits …, n, extras …)` over n elements. */
function pairKernel(name: string, spec: PairKernel): Func {
  const f = new Func(name);
  const words = new Map(spec.words.map((s) => [s, f.param()]));
  const bits = new Map(spec.bits.map((s) => [s, f.param()]));
  const n = f.param();
  const extras = new Map((spec.extras ?? []).map((s) => [s, f.param()]));
  const pairs = f.local(I32);
  const count = f.local(I32);
  const lanes = new Map(spec.bits.map((s) => [s, f.local(V128)]));
  const code: Code[] = [];
  const masks = new Map<string, Local>();
  spec.body({
    word: (s) => v128.load(words.get(s)!.get),
    mask: (s) => {
      let mask = masks.get(s);
      if (mask === undefined) {
        mask = f.local(V128);
        masks.set(s, mask);
        code.push(mask.set(i64x2.shrS(i64x2.shl(lanes.get(s)!.get, i32.c(63)), i32.c(63))));
      }
      return mask.get;
    },
    extra: (s) => extras.get(s)!,
    let: (value) => {
      const out = f.local(V128);
      code.push(out.set(value));
      return out;
    },
    store: (s, value) => code.push(v128.store(words.get(s)!.get, value)),
  });
  const load = [...bits].map(([s, pointer]) =>
    lanes.get(s)!.set(v128.shuffle(
      v128.load64Splat(pointer.get),
      i64x2.shrU(v128.load64Splat(pointer.get), i32.c(1)),
      [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23],
    ))
  );
  const shift = [...lanes.values()].map((l) => l.set(i64x2.shrU(l.get, i32.c(2))));
  return f.emit(
    pairs.set(i32.shrU(i32.add(n.get, i32.c(1)), i32.c(1))),
    doWhile([
      load,
      count.set([i32.c(32), pairs.get, i32.ltU(i32.c(32), pairs.get), 0x1b]),
      pairs.set(i32.sub(pairs.get, count.get)),
      repeat(count, [code, shift, [...words.values()].map((w) => w.bump(16))]),
      [...bits.values()].map((b) => b.bump(8)),
    ], pairs.get),
  );
}

const ONE = v128.c64(1n);
/** -v where the mask is set, v elsewhere. */
const negateIf = (mask: Code, v: Code): Code => i64x2.sub(v128.xor(v, mask), mask);
/** All ones in both lanes when the i32 flag is 1, else zeros. */
const flag = (l: Local): Code => i64x2.splat(i64.sub(i64.c(0), i64.extendU(l.get)));
const minus = (a: Local, n: number): Code => i32.sub(i32.c(n), a.get);

/** t = C·b - q; y = e ? x - t : t. Shares of bit·x when C = x + r, e = bit xor beta, q = [[beta·r]]. */
const select = pairKernel("select", {
  words: ["y", "x", "c", "b", "q"],
  bits: ["e"],
  body: (p) => {
    const t = p.let(i64x2.sub(i64x2.mul(p.word("c"), p.word("b")), p.word("q")));
    const difference = i64x2.sub(i64x2.sub(p.word("x"), t.get), t.get);
    p.store("y", i64x2.add(t.get, v128.and(difference, p.mask("e"))));
  },
});

/** y = e·first + (1 - 2e)·b: shares of a bit from its opening e = bit xor beta. */
const bitToRing = pairKernel("bit_to_ring", {
  words: ["y", "b"],
  bits: ["e"],
  extras: ["first"],
  body: (p) => {
    const mask = p.mask("e");
    const one = v128.and(v128.and(mask, ONE), flag(p.extra("first")));
    p.store("y", i64x2.add(one, negateIf(mask, p.word("b"))));
  },
});

/** y = the bits as words 0 and 1. */
const expandBits = pairKernel("expand_bits", {
  words: ["y"],
  bits: ["e"],
  body: (p) => p.store("y", v128.and(p.mask("e"), ONE)),
});

/** y = x where the bit is set, else 0. */
const maskWords = pairKernel("mask_words", {
  words: ["y", "x"],
  bits: ["e"],
  body: (p) => p.store("y", v128.and(p.mask("e"), p.word("x"))),
});

/** The high part of a public C = z + 2^62 + r, as in K below. */
function highOf(p: Pair): { sign: Local; k: Local } {
  const f = p.extra("f");
  const c = p.let(p.word("c"));
  const sign = p.let(i64x2.shrS(c.get, i32.c(63)));
  const low = i64x2.shrU(v128.and(c.get, v128.c64(2n ** 63n - 1n)), f.get);
  const top = i64x2.shl(v128.and(sign.get, ONE), minus(f, 63));
  const offset = i64x2.shl(ONE, minus(f, 62));
  return { sign, k: p.let(i64x2.sub(i64x2.add(low, top), offset)) };
}

/**
 * Masked-open truncation by f bits: K = floor((C mod 2^63)/2^f) + C63·2^(63-f) - 2^(62-f),
 * y = first·K - rh + (1 - 2 C63)·2^(63-f)·r63.
 */
const truncOpened = pairKernel("trunc_opened", {
  words: ["y", "c", "rh", "rt"],
  bits: [],
  extras: ["f", "first"],
  body: (p) => {
    const { sign, k } = highOf(p);
    const lift = negateIf(sign.get, i64x2.shl(p.word("rt"), minus(p.extra("f"), 63)));
    p.store("y", i64x2.add(i64x2.sub(v128.and(k.get, flag(p.extra("first"))), p.word("rh")), lift));
  },
});

/**
 * Truncation and ReLU from one opening: with K as above and h = (1 - 2 C63)·2^(63-f),
 * y = e·(first·K - rh + h·rt) + (1 - 2e)·(K·b - brh + h·brt).
 */
const truncRelu = pairKernel("trunc_relu", {
  words: ["y", "c", "rh", "rt", "b", "brh", "brt"],
  bits: ["e"],
  extras: ["f", "first"],
  body: (p) => {
    const { sign, k } = highOf(p);
    const lift = (s: string): Code => negateIf(sign.get, i64x2.shl(p.word(s), minus(p.extra("f"), 63)));
    const u = i64x2.add(i64x2.sub(v128.and(k.get, flag(p.extra("first"))), p.word("rh")), lift("rt"));
    const t = p.let(i64x2.add(i64x2.sub(i64x2.mul(k.get, p.word("b")), p.word("brh")), lift("brt")));
    p.store("y", i64x2.add(negateIf(p.mask("e"), t.get), v128.and(p.mask("e"), u)));
  },
});

/**
 * Wrap-bit truncation by f bits, one party's side: with own and other opened bits, p = own share of u0·u1 mod 2^f,
 * y = ((x + first·2^62) >> f) + (p - first)·2^(64-f) + (first ? -2^(62-f) : [x mod 2^f > 0]).
 * The first party rounds down, the second up: no error on average, and none at all when 2^f divides the secret.
 */
const truncWrap = pairKernel("trunc_wrap", {
  words: ["y", "x", "c"],
  bits: ["own", "other", "secret"],
  extras: ["f", "first"],
  body: (p) => {
    const f = p.extra("f");
    const first = p.let(flag(p.extra("first")));
    const both = v128.and(v128.and(p.mask("own"), p.mask("other")), v128.and(first.get, ONE));
    const cross = v128.and(p.mask("other"), negateIf(p.mask("own"), v128.and(p.mask("secret"), ONE)));
    const third = negateIf(v128.xor(p.mask("own"), p.mask("other")), p.word("c"));
    const product = i64x2.add(i64x2.add(both, cross), i64x2.add(third, first.get));
    const offset = v128.and(first.get, v128.c64(2n ** 62n));
    const x = p.let(p.word("x"));
    const shifted = i64x2.shrU(i64x2.add(x.get, offset), f.get);
    const ones = p.let(i64x2.sub(i64x2.shl(ONE, f.get), ONE));
    const up = i64x2.shrU(i64x2.add(v128.and(x.get, ones.get), ones.get), f.get);
    const constant = v128.select(i64x2.neg(i64x2.shl(ONE, minus(f, 62))), up, first.get);
    p.store("y", i64x2.add(i64x2.add(shifted, i64x2.shl(product, minus(f, 64))), constant));
  },
});

/** high = (r mod 2^63) >> f, top = r >> 63: the dealer's fields of a masked-open truncation. */
const splitMask = pairKernel("split_mask", {
  words: ["high", "top", "r"],
  bits: [],
  extras: ["f"],
  body: (p) => {
    const r = p.let(p.word("r"));
    p.store("high", i64x2.shrU(v128.and(r.get, v128.c64(2n ** 63n - 1n)), p.extra("f").get));
    p.store("top", i64x2.shrU(r.get, i32.c(63)));
  },
});

/** widen16(dst, src, n): 16-bit to 64-bit words. */
function widen16(): Func {
  const f = new Func("widen16");
  const [dst, src, n] = f.params(3) as [Local, Local, Local];
  return f.emit(repeat(n, [
    i64.store(dst.get, i64.extendU([src.get, 0x2f, 1, 0])),
    dst.bump(8),
    src.bump(2),
  ]));
}

/** narrow16(dst, src, n): the low 16 bits of 64-bit words. */
function narrow16(): Func {
  const f = new Func("narrow16");
  const [dst, src, n] = f.params(3) as [Local, Local, Local];
  return f.emit(repeat(n, [
    [dst.get, i32.wrap(i64.load(src.get)), 0x3b, 1, 0],
    dst.bump(2),
    src.bump(8),
  ]));
}

/** The kernels of this family. */
export const kernels: readonly Func[] = [
  select,
  bitToRing,
  expandBits,
  maskWords,
  truncOpened,
  truncRelu,
  truncWrap,
  splitMask,
  widen16(),
  narrow16(),
];
