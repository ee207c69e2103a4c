import { add, addConstant, mul, neg } from "../../ring/elementwise.ts";
import { Heap } from "../../ring/heap.ts";
import { RingTensor } from "../../ring/tensor.ts";
import { assert, assertEquals, assertThrows } from "../deps.ts";

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
