import { decode, encode } from "../../ring/fixed.ts";
import { Heap } from "../../ring/heap.ts";
import { reals, runs } from "../arbitraries.ts";
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
