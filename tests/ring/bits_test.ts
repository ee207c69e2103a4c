import { andBits, BitTensor, packedBytes, packPlanes, unpackPlanes, xorBits } from "../../ring/bits.ts";
import { Heap } from "../../ring/heap.ts";
import { RingTensor } from "../../ring/tensor.ts";
import { runs, word } from "../arbitraries.ts";
import { assert, assertEquals, assertThrows, fc } from "../deps.ts";
import { randomWords } from "../conformance/parties.ts";

const heap = new Heap();
const low = (x: bigint, width: number): bigint => BigInt.asUintN(width, x);

Deno.test("BitTensor: words to planes and back, for any size and width", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 300 }),
      fc.integer({ min: 1, max: 64 }),
      fc.infiniteStream(word()),
      (size, width, stream) => {
        const data = Array.from({ length: size }, () => stream.next().value);
        const before = heap.liveBlocks;
        {
          using x = RingTensor.from(heap, [size], data);
          using bits = BitTensor.fromWords(x, width);
          using back = bits.toWords();
          assertEquals(Array.from(back.toWords()), data.map((v) => low(v, width)));
        }
        assertEquals(heap.liveBlocks, before);
      },
    ),
    runs(100),
  );
});

Deno.test("BitTensor: bit e of plane p is bit p of element e", () => {
  const data = randomWords(300);
  using x = RingTensor.from(heap, [300], data);
  using bits = BitTensor.fromWords(x, 64);
  const bytes = bits.bytes().slice();
  for (let e = 0; e < 300; e++) {
    for (const p of [0, 1, 7, 31, 32, 62, 63]) {
      const byte = bytes[(Math.floor(e / 128) * 64 + p) * 16 + ((e % 128) >> 3)]!;
      assertEquals((byte >> (e & 7)) & 1, Number((data[e]! >> BigInt(p)) & 1n));
    }
  }
  using three = bits.planes(5, 3);
  using words = three.toWords();
  assertEquals(Array.from(words.toWords()), Array.from(data, (v) => (v >> 5n) & 7n));
});

Deno.test("xorBits() and andBits() are those of words, and refuse what does not fit", () => {
  for (const size of [0, 1, 127, 300]) {
    const [p, q] = [randomWords(size), randomWords(size)];
    for (const width of [1, 9, 64]) {
      const [b, c] = [p, q].map((data) => {
        using words = RingTensor.from(heap, [size], data);
        return BitTensor.fromWords(words, width);
      });
      using either = xorBits(b!, c!);
      using both = andBits(b!, c!);
      using eitherWords = either.toWords();
      using bothWords = both.toWords();
      assertEquals(Array.from(eitherWords.toWords()), Array.from(p, (x, i) => low(x ^ q[i]!, width)));
      assertEquals(Array.from(bothWords.toWords()), Array.from(p, (x, i) => low(x & q[i]!, width)));
      for (const bits of [b, c]) bits!.free();
    }
  }
  using narrow = BitTensor.zeros(heap, [3], 1);
  using wide = BitTensor.zeros(heap, [3], 2);
  const before = heap.liveBlocks;
  assertThrows(() => xorBits(narrow, wide), RangeError, "they must be the same");
  assertEquals(heap.liveBlocks, before);
});

Deno.test("packPlanes() writes no byte too many, and no stale bit", () => {
  for (const size of [1, 7, 8, 9, 127, 128, 129, 1000]) {
    for (const width of [1, 3, 27]) {
      using bits = BitTensor.empty(heap, [size], width);
      bits.bytes().fill(0xff);
      const packed = new Uint8Array(packedBytes(size, width));
      packPlanes(heap, bits.ptr, size, width, packed);
      const ones = packed.reduce((sum, byte) => sum + byte.toString(2).replaceAll("0", "").length, 0);
      assertEquals(ones, size * width, "every set bit belongs to an element");
      using again = BitTensor.zeros(heap, [size], width);
      unpackPlanes(heap, again.ptr, size, width, packed);
      using words = again.toWords();
      assert(words.toWords().every((v) => v === low(-1n, width)));
    }
  }
  assertEquals(packedBytes(1_000_000, 1), 125_000);
});

Deno.test("BitTensor refuses shapes that do not fit", () => {
  using bits = BitTensor.zeros(heap, [4, 2], 3);
  assertThrows(() => bits.reshape([5]), RangeError, "8 elements are given, 5 are wanted");
});
