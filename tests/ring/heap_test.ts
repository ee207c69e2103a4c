import { add, addConstant, mul, neg } from "../../ring/elementwise.ts";
import { Heap, RESERVED_BYTES } from "../../ring/heap.ts";
import { RingTensor } from "../../ring/tensor.ts";
import { runs } from "../arbitraries.ts";
import { assert, assertEquals, assertThrows, fc } from "../deps.ts";

Deno.test("heap: blocks come back and are used again", () => {
  const heap = new Heap();
  const first = RingTensor.zeros(heap, [1000]);
  const { ptr } = first;
  first.free();
  assertEquals(heap.liveBlocks, 0);
  assertEquals(heap.liveBytes, 0);
  using second = RingTensor.zeros(heap, [990]);
  assertEquals(second.ptr, ptr);
  assert(heap.peakBytes >= 8000);
});

Deno.test("heap: handles share a block until the last is freed", () => {
  const heap = new Heap();
  const x = RingTensor.from(heap, [2, 3], [1n, 2n, 3n, 4n, 5n, 6n]);
  const y = x.reshape([3, 2]);
  const z = x.keep();
  x.free();
  x.free();
  assert(x.freed);
  assertThrows(() => x.words(), TypeError, "it was freed");
  assertEquals(y.toWords()[5], 6n);
  y.free();
  assertEquals(heap.liveBlocks, 1);
  z.free();
  assertEquals(heap.liveBlocks, 0);
});

Deno.test("heap: grows while tensors are in use, and keeps them", () => {
  const heap = new Heap();
  const held = Array.from({ length: 40 }, (_, i) => RingTensor.from(heap, [3], [BigInt(i), 1n, 2n]));
  using large = RingTensor.zeros(heap, [8_000_000]);
  held.forEach((t, i) => assertEquals(t.toWords()[0], BigInt(i)));
  assertEquals(large.words().length, 8_000_000);
  for (const t of held) t.free();
});

Deno.test("heap: blocks in use are aligned and never overlap, whatever is taken and released", () => {
  const sizes = fc.oneof(fc.nat({ max: 300 }), fc.nat({ max: 3_000_000 }));
  fc.assert(
    fc.property(fc.array(fc.tuple(sizes, fc.boolean()), { maxLength: 60 }), (steps) => {
      const heap = new Heap();
      const held: { ptr: number; bytes: number }[] = [];
      for (const [bytes, release] of steps) {
        const oldest = release ? held.shift() : undefined;
        if (oldest !== undefined) heap.release(oldest.ptr, oldest.bytes);
        const block = { ptr: heap.alloc(bytes), bytes };
        assertEquals(block.ptr % 64, 0);
        assert(block.ptr >= RESERVED_BYTES && block.ptr + bytes <= heap.bytes.length);
        const padded = Math.max(64, Math.ceil(bytes / 64) * 64);
        for (const other of held) {
          const room = Math.max(64, Math.ceil(other.bytes / 64) * 64);
          assert(block.ptr + padded <= other.ptr || other.ptr + room <= block.ptr, "two blocks overlap");
        }
        held.push(block);
      }
      assertEquals(heap.liveBlocks, held.length);
      for (const { ptr, bytes } of held) heap.release(ptr, bytes);
      assertEquals([heap.liveBlocks, heap.liveBytes], [0, 0]);
    }),
    runs(60),
  );
});

Deno.test("heap: memory that is used over and over does not grow", () => {
  const heap = new Heap();
  const once = (): void => {
    for (const size of [1, 100, 5000, 300_000]) {
      using x = RingTensor.zeros(heap, [size]);
      using y = add(x, x);
      neg(y).free();
    }
  };
  once();
  const reserved = heap.reservedBytes;
  for (let i = 0; i < 20; i++) once();
  assertEquals(heap.reservedBytes, reserved);
});

Deno.test("heap: the peak is the most that was in use at a time", () => {
  const heap = new Heap();
  const [a, b] = [RingTensor.zeros(heap, [64]), RingTensor.zeros(heap, [64])];
  a.free();
  b.free();
  RingTensor.zeros(heap, [64]).free();
  assertEquals(heap.peakBytes, 1024);
  heap.resetPeak();
  RingTensor.zeros(heap, [64]).free();
  assertEquals(heap.peakBytes, 512);
});

Deno.test("heap: elementwise functions leave nothing behind", () => {
  const heap = new Heap();
  {
    using x = RingTensor.from(heap, [2, 1], [3n, -4n]);
    using y = RingTensor.from(heap, [3], [1n, 2n, 3n]);
    using sum = add(x, y);
    using product = mul(x, y);
    using shifted = addConstant(product, -(2n ** 63n));
    using negative = neg(sum);
    assertEquals(Array.from(sum.toSigned()), [4n, 5n, 6n, -3n, -2n, -1n]);
    assertEquals(Array.from(product.toSigned()), [3n, 6n, 9n, -4n, -8n, -12n]);
    assertEquals(Array.from(negative.toSigned()), [-4n, -5n, -6n, 3n, 2n, 1n]);
    assertEquals(shifted.toSigned()[0], 3n - 2n ** 63n);
  }
  assertEquals(heap.liveBlocks, 0);
});

Deno.test("heap: a request beyond 4 GB is refused and names what is in use", () => {
  const heap = new Heap();
  assertThrows(() => heap.alloc(2 ** 32), RangeError, "at most 4 GB per party are available");
  assertThrows(() => RingTensor.zeros(heap, [-1]), RangeError, "non-negative integers are wanted");
  assertThrows(() => RingTensor.zeros(heap, [2 ** 20, 2 ** 20]), RangeError, "fewer than 2^29");
  assertThrows(() => RingTensor.from(heap, [2], [1n]), RangeError, "1 words were given, 2 are wanted");
});
