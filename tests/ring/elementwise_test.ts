import * as ring from "../../ring/elementwise.ts";
import { Heap } from "../../ring/heap.ts";
import { RingTensor } from "../../ring/tensor.ts";
import { runs, shapes, word, words } from "../arbitraries.ts";
import { assert, assertEquals, assertThrows, fc } from "../deps.ts";
import { FORMULAS, wrap, zipWords } from "../oracles/elementwise.ts";
import type { Words } from "../oracles/linalg.ts";

const heap = new Heap();

/** Runs `f` on tensors; compares the result, and that the operands stay and nothing is left behind. */
function check(operands: readonly Words[], f: (...xs: RingTensor[]) => RingTensor, expected: Words): void {
  const before = heap.liveBlocks;
  const xs = operands.map((x) => RingTensor.from(heap, x.shape, x.data));
  const out = f(...xs);
  assertEquals(out.shape, expected.shape);
  assertEquals(Array.from(out.words()), Array.from(expected.data));
  xs.forEach((x, i) => assertEquals(Array.from(x.words()), Array.from(operands[i]!.data)));
  for (const x of [out, ...xs]) x.free();
  assertEquals(heap.liveBlocks, before);
}

/** Shapes, most of them of some elements. */
function sides(): fc.Arbitrary<number[]> {
  const full = shapes({ maxRank: 5, maxSide: 4, minSide: 1 });
  return fc.oneof({ weight: 4, arbitrary: full }, { weight: 1, arbitrary: shapes() });
}

/** `n` words, the same on every run. */
function sample(n: number, salt: number): bigint[] {
  const { seed } = runs(n);
  return fc.sample(word(), { seed: seed! + salt, numRuns: n });
}

/** Two operands whose shapes broadcast: some sides are 1, some leading axes are missing. */
function broadcastable(): fc.Arbitrary<[Words, Words]> {
  const masks = fc.tuple(fc.infiniteStream(fc.constantFrom(true, true, false)), fc.nat({ max: 5 }));
  return fc.tuple(sides(), masks, masks).chain(([shape, ...operands]) => {
    const cut = ([keep, drop]: (typeof operands)[0]): number[] =>
      shape.map((side) => keep.next().value ? side : 1).slice(Math.max(0, drop - 2));
    const [a, b] = operands.map(cut);
    return fc.tuple(words(fc.constant(a!)), words(fc.constant(b!)));
  });
}

const BINARY = {
  add: (a: bigint, b: bigint): bigint => a + b,
  sub: (a: bigint, b: bigint): bigint => a - b,
  mul: (a: bigint, b: bigint): bigint => a * b,
  and: (a: bigint, b: bigint): bigint => a & b,
  or: (a: bigint, b: bigint): bigint => a | b,
  xor: (a: bigint, b: bigint): bigint => a ^ b,
};

for (const [name, f] of Object.entries(BINARY)) {
  Deno.test(`${name}() broadcasts as NumPy does`, () => {
    const op = ring[name as keyof typeof BINARY];
    fc.assert(
      fc.property(broadcastable(), ([x, y]) => {
        check([x, y], op, zipWords(f as (...xs: bigint[]) => bigint, x, y));
      }),
      runs(80),
    );
  });

  Deno.test(`${name}() takes one element on either side, of any rank`, () => {
    const op = ring[name as keyof typeof BINARY];
    fc.assert(
      fc.property(words(sides()), word(), fc.nat({ max: 4 }), (x, c, rank) => {
        const one = { shape: new Array<number>(rank).fill(1), data: [c] };
        check([x, one], op, zipWords(f as (...xs: bigint[]) => bigint, x, one));
        check([one, x], op, zipWords(f as (...xs: bigint[]) => bigint, one, x));
      }),
      runs(60),
    );
  });
}

Deno.test("add(x, x) and sub(x, x) take one tensor twice", () => {
  using x = RingTensor.from(heap, [3], [1n, 2n ** 63n, 2n ** 64n - 1n]);
  using twice = ring.add(x, x);
  using nothing = ring.sub(x, x);
  assertEquals(Array.from(twice.words()), [2n, 0n, 2n ** 64n - 2n]);
  assertEquals(Array.from(nothing.words()), [0n, 0n, 0n]);
});

Deno.test("addInto(), subInto() and mulInto() work in place", () => {
  const into = (f: (out: RingTensor, ...xs: RingTensor[]) => void) => (...xs: RingTensor[]): RingTensor => {
    const out = xs[0]!.clone();
    f(out, ...xs.slice(1));
    return out;
  };
  fc.assert(
    fc.property(words(sides()), fc.infiniteStream(word()), ({ shape, data }, stream) => {
      const other = (): Words => ({ shape, data: data.map(() => stream.next().value) });
      const [x, y, z] = [{ shape, data }, other(), other()];
      check([x, y], into(ring.addInto), zipWords((a, b) => a! + b!, x, y));
      check([x, y], into(ring.subInto), zipWords((a, b) => a! - b!, x, y));
      check([x, y, z], into(ring.mulInto), zipWords((a, b, c) => a! + b! * c!, x, y, z));
    }),
    runs(80),
  );
});

Deno.test("mulInto() broadcasts the factors to the shape of the sum", () => {
  const x = { shape: [2, 3], data: [1n, 2n, 3n, 4n, 5n, 6n] };
  const row = { shape: [3], data: [7n, 8n, 9n] };
  const column = { shape: [2, 1], data: [10n, 20n] };
  const into = (out: RingTensor, a: RingTensor, b: RingTensor): RingTensor => {
    const sum = out.clone();
    ring.mulInto(sum, a, b);
    return sum;
  };
  check([x, row, column], into, zipWords((a, b, c) => a! + b! * c!, x, row, column));
});

Deno.test("neg(), not(), addConstant() and mulConstant() are exact modulo 2^64", () => {
  const constant = fc.oneof(word(), word().map((c) => -c), fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n }));
  fc.assert(
    fc.property(words(sides()), constant, (x, c) => {
      check([x], ring.neg, zipWords((a) => -a!, x));
      check([x], ring.not, zipWords((a) => ~a!, x));
      check([x], (t) => ring.addConstant(t, c), zipWords((a) => a! + c, x));
      check([x], (t) => ring.mulConstant(t, c), zipWords((a) => a! * c, x));
    }),
    runs(80),
  );
});

Deno.test("shifts are exact for every number of bits", () => {
  const signed = (x: bigint): bigint => BigInt.asIntN(64, x);
  const data = [0n, 1n, 2n ** 63n, 2n ** 63n - 1n, 2n ** 64n - 1n, 0x0123456789abcdefn, 0xfedcba9876543210n];
  const x = { shape: [7], data };
  for (let bits = 0; bits < 64; bits++) {
    const n = BigInt(bits);
    check([x], (t) => ring.shiftLeft(t, bits), zipWords((a) => a! << n, x));
    check([x], (t) => ring.shiftRightLogical(t, bits), zipWords((a) => a! >> n, x));
    check([x], (t) => ring.shiftRightArithmetic(t, bits), zipWords((a) => signed(a!) >> n, x));
  }
});

Deno.test("elementwise functions refuse shapes and shifts that do not fit", () => {
  using x = RingTensor.zeros(heap, [2, 3]);
  using y = RingTensor.zeros(heap, [4]);
  assertThrows(() => ring.add(x, y), RangeError, "Cannot add [2,3] with [4]: axis -1 is 3 and 4");
  assertThrows(() => ring.sub(x, y), RangeError, "Cannot subtract [2,3] with [4]");
  assertThrows(() => ring.addInto(x, y), RangeError, "Cannot add [4] in place: [2,3] is wanted");
  assertThrows(() => ring.subInto(x, y), RangeError, "Cannot subtract [4] in place: [2,3] is wanted");
  using row = RingTensor.zeros(heap, [3]);
  const before = heap.liveBlocks;
  assertThrows(() => ring.mulInto(x, row, y), RangeError, "Cannot multiply [3] with [4]");
  assertThrows(() => ring.mulInto(y, x, row), RangeError, "Cannot multiply [2,3] with [4]");
  assertThrows(() => ring.mulInto(row, x, x), RangeError, "[2,3] would come out, [3] is wanted");
  assertEquals(heap.liveBlocks, before);
  assertThrows(() => ring.broadcastTo(x, [3]), RangeError, "Cannot broadcast [2,3] to [3]");
  for (const bits of [-1, 64, 1.5, NaN]) {
    assertThrows(
      () => ring.shiftLeft(x, bits),
      RangeError,
      `Cannot shift by ${bits} bits: 0 to 63 are wanted`,
    );
  }
});

/** Addresses of `count` areas of 256 bytes with given words, and of one with a pattern. */
function areas(sources: readonly (readonly bigint[])[]): { dst: number; src: number[] } {
  const base = heap.alloc(8192);
  const src = sources.map((data, i) => {
    heap.u64(base + 256 * (i + 1), data.length).set(data);
    return base + 256 * (i + 1);
  });
  heap.u8(base, 256).fill(0xaa);
  return { dst: base, src };
}

for (const [name, { sources, flagged, f }] of Object.entries(FORMULAS)) {
  const kernel = heap.kernels.elementwise[name as keyof typeof heap.kernels.elementwise];

  Deno.test(`${name}: the kernel is its formula for every length, and writes nothing else`, () => {
    for (const n of [0, 2, 4, 6, 8, 10, 20]) {
      for (const first of flagged ? [0, 1] : [0]) {
        const data = Array.from({ length: sources }, (_, i) => sample(n, i));
        const { dst, src } = areas(data);
        kernel(dst, ...src, n * 8, ...(flagged ? [first] : []));
        const expected = Array.from(
          { length: n },
          (_, i) => wrap(f(BigInt(first), ...data.map((d) => d[i]!))),
        );
        assertEquals(Array.from(heap.u64(dst, n)), expected);
        assert(heap.u8(dst + n * 8, 256 - n * 8).every((byte) => byte === 0xaa), "bytes behind were written");
        heap.release(dst, 8192);
      }
    }
  });

  Deno.test(`${name}: the destination may be any source`, () => {
    for (let k = 0; k < sources; k++) {
      const data = Array.from({ length: sources }, (_, i) => sample(10, i));
      const { dst, src } = areas(data);
      kernel(src[k]!, ...src, 80, ...(flagged ? [1] : []));
      const expected = Array.from({ length: 10 }, (_, i) => wrap(f(1n, ...data.map((d) => d[i]!))));
      assertEquals(Array.from(heap.u64(src[k]!, 10)), expected);
      heap.release(dst, 8192);
    }
  });
}

/** Runs a flagged kernel as two parties do, on shares made by `split`, and joins the results. */
function twoParties(
  name: "masked_mul" | "beaver_and" | "masked_square",
  shared: readonly bigint[],
  open: readonly bigint[],
  bits: boolean,
): bigint {
  const mask = sample(shared.length, 7);
  const sides = [mask, shared.map((v, i) => bits ? v ^ mask[i]! : wrap(v - mask[i]!))];
  const results = sides.map(([c, ...rest], party) => {
    const { dst, src } = areas([c!, ...open, ...rest].map((v) => [v, v]));
    heap.kernels.elementwise[name](dst, ...src, 16, party === 0 ? 1 : 0);
    const [out] = heap.u64(dst, 1);
    heap.release(dst, 8192);
    return out!;
  });
  return bits ? results[0]! ^ results[1]! : wrap(results[0]! + results[1]!);
}

Deno.test("product kernels give shares of the product, of the and, and of the square", () => {
  fc.assert(
    fc.property(word(), word(), word(), word(), (x, y, a, b) => {
      const [c, d] = [wrap(x + a), wrap(y + b)];
      assertEquals(twoParties("masked_mul", [wrap(a * b), x, y], [c, d], false), wrap(x * y));
      assertEquals(twoParties("beaver_and", [a & b, a, b], [x ^ a, y ^ b], true), x & y);
      assertEquals(twoParties("masked_square", [wrap(a * a), x], [c], false), wrap(x * x));
    }),
    runs(100),
  );
});
