import { Heap } from "../../ring/heap.ts";
import { cumsum, reduceShape, sum } from "../../ring/reduce.ts";
import { RingTensor } from "../../ring/tensor.ts";
import { runs, shapes, words } from "../arbitraries.ts";
import { assertEquals, assertThrows, fc } from "../deps.ts";
import type { Words } from "../oracles/linalg.ts";
import { cumsumWords, sumWords } from "../oracles/movement.ts";

const heap = new Heap();

/** Runs `f` on a tensor; compares the result, and that the operand stays and nothing is left behind. */
function check(x: Words, f: (x: RingTensor) => RingTensor, expected: Words): void {
  const before = heap.liveBlocks;
  const operand = RingTensor.from(heap, x.shape, x.data);
  const out = f(operand);
  assertEquals(out.shape, expected.shape);
  assertEquals(Array.from(out.words()), Array.from(expected.data));
  assertEquals(Array.from(operand.words()), Array.from(x.data));
  out.free();
  operand.free();
  assertEquals(heap.liveBlocks, before);
}

/** Tensors, most of them of some elements. */
function tensors(): fc.Arbitrary<Words> {
  const full = shapes({ maxRank: 5, maxSide: 4, minSide: 1 });
  return words(fc.oneof({ weight: 5, arbitrary: full }, { weight: 1, arbitrary: shapes() }));
}

/** A tensor of large words. */
function numbered(shape: readonly number[]): Words {
  const size = shape.reduce((a, b) => a * b, 1);
  const data = Array.from(
    { length: size },
    (_, i) => BigInt.asUintN(64, BigInt(i + 1) * 0x9e3779b97f4a7c15n),
  );
  return { shape, data };
}

Deno.test("sum() adds up any axes, with or without them as sides of 1", () => {
  fc.assert(
    fc.property(tensors(), fc.infiniteStream(fc.boolean()), fc.boolean(), (x, stream, keepDims) => {
      const axes = x.shape.map((_, i) => i).filter(() => stream.next().value);
      const given = axes.map((a) => stream.next().value ? a : a - x.shape.length).reverse();
      const expected = sumWords(x, axes, keepDims);
      check(x, (t) => sum(t, given, keepDims), expected);
      assertEquals(reduceShape(x.shape, given, keepDims), expected.shape);
    }),
    runs(200),
  );
});

Deno.test("sum() without axes adds up everything", () => {
  fc.assert(
    fc.property(tensors(), (x) => {
      check(x, (t) => sum(t), sumWords(x, x.shape.map((_, i) => i), false));
      check(x, (t) => sum(t, undefined, true), sumWords(x, x.shape.map((_, i) => i), true));
    }),
    runs(60),
  );
});

Deno.test("sum() is exact for every count of rows and every width", () => {
  for (const count of [1, 2, 3, 4, 5, 6, 7, 8, 9, 21]) {
    for (const width of [1, 2, 3, 4, 5, 9]) {
      const x = numbered([3, count, width]);
      check(x, (t) => sum(t, [1]), sumWords(x, [1], false));
      check(x, (t) => cumsum(t, 1), cumsumWords(x, 1));
    }
  }
});

Deno.test("sum() over axes that are not neighbours is the same in one step or several", () => {
  const x = numbered([5, 3, 4, 2, 6]);
  for (const axes of [[0, 2], [0, 2, 4], [1, 3], [0, 4], [4, 1], [3, 0, 1]]) {
    check(x, (t) => sum(t, axes), sumWords(x, axes, false));
    const steps = (t: RingTensor): RingTensor =>
      [...axes].sort((a, b) => b - a).reduce((part, axis) => {
        const out = sum(part, [axis]);
        if (part !== t) part.free();
        return out;
      }, t);
    check(x, steps, sumWords(x, axes, false));
  }
});

Deno.test("cumsum() is the running sum, and its last entry the sum", () => {
  fc.assert(
    fc.property(tensors(), fc.nat(), (x, choice) => {
      if (x.shape.length === 0) return;
      const axis = choice % x.shape.length;
      check(x, (t) => cumsum(t, axis), cumsumWords(x, axis));
      check(x, (t) => cumsum(t, axis - x.shape.length), cumsumWords(x, axis));
    }),
    runs(120),
  );
});

Deno.test("sums of nothing are 0", () => {
  using none = RingTensor.zeros(heap, [0, 3]);
  using rows = sum(none, [0]);
  using all = sum(none);
  assertEquals(Array.from(rows.words()), [0n, 0n, 0n]);
  assertEquals(Array.from(all.words()), [0n]);
});

Deno.test("sums refuse axes that are out of range or given twice", () => {
  using x = RingTensor.zeros(heap, [2, 3]);
  assertThrows(() => sum(x, [2]), RangeError, "Cannot sum over axis 2");
  assertThrows(() => sum(x, [0, -2]), RangeError, "Cannot sum over axes [0,-2]: one is given twice");
  assertThrows(() => cumsum(x, -3), RangeError, "Cannot sum along axis -3");
  assertThrows(() => reduceShape([2], [1.5]), RangeError, "Cannot sum over axis 1.5");
});
