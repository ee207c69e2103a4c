import { decode, encode } from "../../ring/fixed.ts";
import { Heap } from "../../ring/heap.ts";
import { RingTensor } from "../../ring/tensor.ts";
import { reals, runs, word } from "../arbitraries.ts";
import { assert, assertEquals, assertThrows, fc } from "../deps.ts";

const heap = new Heap();

Deno.test("encode() gives the nearest integer to x·2^scale, ties to even", () => {
  using x = encode(heap, [8], [0.5, 1.5, 2.5, -0.5, -1.5, 0.49, -0.51, 3], 0);
  assertEquals(Array.from(x.toSigned()), [0n, 2n, 2n, 0n, -2n, 0n, -1n, 3n]);
});

Deno.test("decode(encode(x)) is x within half a unit", () => {
  fc.assert(
    fc.property(
      fc.array(reals(2 ** 30), { minLength: 1, maxLength: 20 }),
      fc.integer({ min: 0, max: 30 }),
      (xs, scale) => {
        using words = encode(heap, [xs.length], xs, scale);
        const back = decode(words, scale);
        xs.forEach((x, i) =>
          assert(Math.abs(back[i]! - x) <= 2 ** (-scale - 1), `${x} at ${scale} fraction bits`)
        );
      },
    ),
    runs(200),
  );
});

/** The integer nearest to a double, ties to even. */
function nearest(x: number): bigint {
  const low = Math.floor(x);
  const rest = x - low;
  const up = rest > 0.5 || (rest === 0.5 && low % 2 !== 0);
  return BigInt(low) + (up ? 1n : 0n);
}

Deno.test("encode() is exact at every size, on both sides of what vectors can round", () => {
  const size = fc.oneof(
    fc.integer({ min: 0, max: 61 }).chain((bits) => {
      const [low, high] = [2 ** bits, 2 ** (bits + 1)];
      return fc.double({ min: low, max: high, maxExcluded: true, noNaN: true });
    }),
    fc.constantFrom(
      0,
      0.5,
      2 ** 51,
      2 ** 51 - 0.5,
      2 ** 51 - 0.25,
      2 ** 51 + 0.5,
      2 ** 52 - 0.5,
      2 ** 53 + 2,
    ),
    fc.constantFrom(5e-324, 2 ** -60, 2 ** 62 - 2 ** 9),
  );
  const number = fc.tuple(size, fc.boolean()).map(([x, negative]) => negative ? -x : x);
  fc.assert(
    fc.property(
      fc.array(number, { minLength: 1, maxLength: 9 }),
      fc.integer({ min: 0, max: 62 }),
      (xs, scale) => {
        const data = xs.map((x) => x / 2 ** scale);
        using words = encode(heap, [data.length], data, scale);
        assertEquals(Array.from(words.toSigned()), data.map((x) => nearest(x * 2 ** scale)));
      },
    ),
    runs(300),
  );
});

Deno.test("encode() of single floats is that of the same doubles, for every length", () => {
  const number = fc.oneof(
    fc.float({ min: -1e6, max: 1e6, noNaN: true }),
    fc.constantFrom(2 ** 45, -(2 ** 45), 0.5),
  );
  fc.assert(
    fc.property(fc.array(number, { minLength: 1, maxLength: 20 }), (xs) => {
      using single = encode(heap, [xs.length], Float32Array.from(xs), 16);
      using double = encode(heap, [xs.length], Float64Array.from(xs), 16);
      assertEquals(single.toWords(), double.toWords());
    }),
    runs(100),
  );
});

Deno.test("encode() of integers is exact up to the bound, in every form", () => {
  for (const scale of [0, 1, 16, 61, 62]) {
    const limit = 2n ** BigInt(62 - scale);
    const fits = [0n, limit - 1n, 1n - limit];
    for (
      const data of [
        fits,
        BigInt64Array.from(fits),
        ...(scale === 0 ? [BigUint64Array.of(0n, limit - 1n)] : []),
      ]
    ) {
      using words = encode(heap, [data.length], data, scale);
      assertEquals(Array.from(words.toSigned()), Array.from(data, (x) => x << BigInt(scale)));
    }
    for (const bad of [limit, -limit, 2n ** 63n - 1n, -(2n ** 63n)]) {
      assertThrows(
        () => encode(heap, [3], BigInt64Array.of(0n, 0n, bad), scale),
        RangeError,
        "element [2] of [3]",
      );
      assertThrows(() => encode(heap, [3], [0n, bad, 0n], scale), RangeError, "element [1] of [3]");
    }
  }
  assertThrows(
    () => encode(heap, [1], BigUint64Array.of(2n ** 64n - 1n), 0),
    RangeError,
    "element [0] of [1]",
  );
  const view = new BigInt64Array(BigInt64Array.of(9n, -7n, 3n).buffer, 8, 2);
  using part = encode(heap, [2], view, 4);
  assertEquals(Array.from(part.toSigned()), [-112n, 48n]);
  using flags = encode(heap, [3], [true, false, true], 16);
  assertEquals(Array.from(flags.toSigned()), [65536n, 0n, 65536n]);
});

Deno.test("decode() is the double nearest to a word, exact below 2^53", () => {
  fc.assert(
    fc.property(
      fc.array(word(), { minLength: 1, maxLength: 9 }),
      fc.integer({ min: 0, max: 62 }),
      (data, scale) => {
        using x = RingTensor.from(heap, [data.length], data);
        const expected = data.map((w) => Number(BigInt.asIntN(64, w)) / 2 ** scale);
        assertEquals(Array.from(decode(x, scale)), expected);
        assertEquals(Array.from(x.toWords()), data);
      },
    ),
    runs(300),
  );
});

Deno.test("the codec leaves nothing behind, whether it succeeds or not", () => {
  const before = heap.liveBlocks;
  for (let n = 0; n < 9; n++) {
    encode(heap, [n], new Float64Array(n), 16).free();
    encode(heap, [n], new Float32Array(n), 16).free();
    assertThrows(
      () => encode(heap, [n + 1], [...new Array<number>(n).fill(1), NaN], 16),
      RangeError,
      `[${n}]`,
    );
    using x = encode(heap, [n], new Int32Array(n), 0);
    decode(x, 16);
  }
  assertEquals(heap.liveBlocks, before);
});

Deno.test("the codec refuses numbers of fraction bits that do not fit a word", () => {
  using x = RingTensor.zeros(heap, [1]);
  for (const bits of [-1, 63, 0.5, NaN]) {
    assertThrows(() => encode(heap, [1], [0], bits), RangeError, `Cannot encode with ${bits} fraction bits`);
    assertThrows(() => decode(x, bits), RangeError, `Cannot decode with ${bits} fraction bits`);
  }
});

Deno.test("encode() takes every kind of array", () => {
  const kinds = [
    Float64Array,
    Float32Array,
    Int8Array,
    Int16Array,
    Int32Array,
    Uint8Array,
    Uint16Array,
    Uint32Array,
  ];
  for (const Kind of kinds) {
    using words = encode(heap, [3], Kind.from([0, 1, 100]), 16);
    assertEquals(Array.from(words.toSigned()), [0n, 65536n, 6553600n], Kind.name);
  }
  using big = encode(heap, [2], BigInt64Array.of(-5n, 2n ** 61n), 0);
  assertEquals(Array.from(big.toSigned()), [-5n, 2n ** 61n]);
  using half = encode(heap, [2], Float32Array.of(0.1, -0.75), 16);
  assertEquals(Array.from(half.toSigned()), [BigInt(Math.round(Math.fround(0.1) * 65536)), -49152n]);
  using empty = encode(heap, [0, 3], [], 16);
  assertEquals(decode(empty, 16).length, 0);
});

Deno.test("encode() refuses what does not fit and names the element, not its value", () => {
  for (const bad of [NaN, Infinity, -Infinity, 2 ** 46, -(2 ** 46), 123456789e30]) {
    const data = new Float64Array(12);
    data[7] = bad;
    const error = assertThrows(() => encode(heap, [3, 4], data, 16), RangeError, "element [1,3] of [3,4]");
    assert(!error.message.includes("1234567"));
  }
  assertThrows(() => encode(heap, [2], BigInt64Array.of(0n, 2n ** 62n), 0), RangeError, "element [1] of [2]");
  assertThrows(() => encode(heap, [2], Float32Array.of(0, NaN), 16), RangeError, "element [1] of [2]");
  assertThrows(() => encode(heap, [3], [1, 2], 16), RangeError, "2 numbers were given, 3 are wanted");
});
