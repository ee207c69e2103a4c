import { gemm } from "../../ring/gemm.ts";
import { Heap } from "../../ring/heap.ts";
import { matmul, matmulInto, matmulShape } from "../../ring/matmul.ts";
import { RingTensor } from "../../ring/tensor.ts";
import { runs, word } from "../arbitraries.ts";
import { assert, assertEquals, assertThrows, fc } from "../deps.ts";
import { matmulWords } from "../oracles/linalg.ts";
import { randomWords } from "../conformance/parties.ts";

const heap = new Heap();

/** A product against its twin, with all blocks given back. */
function check(m: number, k: number, n: number, a: ArrayLike<bigint>, b: ArrayLike<bigint>): void {
  const before = heap.liveBlocks;
  {
    using x = RingTensor.from(heap, [m, k], a);
    using y = RingTensor.from(heap, [k, n], b);
    using z = matmul(x, y);
    assertEquals(Array.from(z.toWords()), matmulWords(m, k, n, a, b), `${m}x${k}x${n}`);
  }
  assertEquals(heap.liveBlocks, before);
}

Deno.test("matmul() is exact for every remainder of rows, columns and depth", () => {
  for (let m = 1; m <= 7; m++) {
    for (const k of [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 20, 33]) {
      for (let n = 1; n <= 26; n++) check(m, k, n, randomWords(m * k), randomWords(k * n));
    }
  }
});

Deno.test("matmul() is exact where B is packed", () => {
  for (const m of [24, 25, 26, 40]) {
    for (const k of [1, 8, 9, 16, 17, 31, 32, 33, 41, 64]) {
      for (const n of [12, 13, 14, 15, 16, 17, 18, 19, 24, 31]) {
        check(m, k, n, randomWords(m * k), randomWords(k * n));
      }
    }
  }
});

Deno.test("matmul() is exact for remainders of products that are too large for plain loops", () => {
  const least = 40_000;
  for (const m of [1, 2, 3, 4, 5]) {
    for (const n of [12, 13, 14, 16, 20, 31]) {
      const k = Math.ceil(least / (16 * m * n)) * 16;
      for (const depth of [k, k + 1, k + 6, k + 15]) {
        check(m, depth, n, randomWords(m * depth), randomWords(depth * n));
      }
    }
  }
  for (const m of [24, 25, 26]) {
    for (const n of [40, 41, 42, 43, 44]) {
      for (const k of [42, 48, 49, 57, 64]) check(m, k, n, randomWords(m * k), randomWords(k * n));
    }
  }
});

Deno.test("matmul() is exact on words at the edges of the ring", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 30 }),
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 20 }),
      fc.infiniteStream(word()),
      (m, k, n, stream) => {
        const take = (size: number): bigint[] => Array.from({ length: size }, () => stream.next().value);
        check(m, k, n, take(m * k), take(k * n));
      },
    ),
    runs(60),
  );
});

Deno.test("matmul() by Strassen's method is what plain products give", () => {
  for (
    const [m, k, n] of [[128, 128, 128], [256, 130, 260], [256, 132, 260], [130, 256, 128], [
      512,
      128,
      256,
    ]] as const
  ) {
    using x = RingTensor.from(heap, [m, k], randomWords(m * k));
    using y = RingTensor.from(heap, [k, n], randomWords(k * n));
    using fast = matmul(x, y);
    using slow = RingTensor.zeros(heap, [m, n]);
    const at = (t: RingTensor): { ptr: number; stride: number } => ({ ptr: t.ptr, stride: t.shape[1]! * 8 });
    gemm(heap, at(x), at(y), at(slow), m, k, n);
    const [p, q] = [fast.toWords(), slow.toWords()];
    assertEquals(p.findIndex((v, i) => v !== q[i]), -1, `first difference of ${m}x${k}x${n}`);
  }
  check(128, 128, 132, randomWords(128 * 128), randomWords(128 * 132));
});

Deno.test("matmul() broadcasts batch axes and takes vectors, as NumPy does", () => {
  const cases: [number[], number[], number[]][] = [
    [[3], [3], []],
    [[2, 3], [3], [2]],
    [[3], [3, 4], [4]],
    [[5, 2, 3], [3, 4], [5, 2, 4]],
    [[2, 3], [5, 3, 4], [5, 2, 4]],
    [[5, 1, 2, 3], [6, 3, 4], [5, 6, 2, 4]],
    [[0, 3], [3, 4], [0, 4]],
    [[2, 0], [0, 4], [2, 4]],
    [[4, 2, 3], [4, 3, 2], [4, 2, 2]],
    [[1, 2, 3], [1, 1, 3, 4], [1, 1, 2, 4]],
    [[3], [5, 3, 4], [5, 4]],
    [[5, 2, 3], [3], [5, 2]],
    [[0, 2, 3], [1, 3, 4], [0, 2, 4]],
  ];
  for (const [a, b, shape] of cases) {
    const size = (s: readonly number[]): number => s.reduce((p, q) => p * q, 1);
    const [p, q] = [randomWords(size(a)), randomWords(size(b))];
    using x = RingTensor.from(heap, a, p);
    using y = RingTensor.from(heap, b, q);
    const before = heap.liveBlocks;
    using z = matmul(x, y);
    assertEquals(heap.liveBlocks, before + 1);
    assert(!x.freed && !y.freed);
    assertEquals(z.shape, shape);
    const left = a.length === 1 ? [1, ...a] : a;
    const right = b.length === 1 ? [...b, 1] : b;
    const [m, k, n] = [left.at(-2)!, left.at(-1)!, right.at(-1)!];
    const batch = shape.slice(0, shape.length - (a.length > 1 ? 1 : 0) - (b.length > 1 ? 1 : 0));
    const offset = (own: readonly number[], index: number): number => {
      let rest = index;
      let at = 0;
      let step = 1;
      for (let axis = batch.length - 1; axis >= 0; axis--) {
        const i = rest % batch[axis]!;
        rest = Math.floor(rest / batch[axis]!);
        const side = own[axis - (batch.length - own.length)];
        if (side === undefined) continue;
        if (side > 1) at += i * step;
        step *= side;
      }
      return at;
    };
    const expected = Array.from({ length: size(batch) }, (_, i) => {
      const from = offset(left.slice(0, -2), i) * m * k;
      const to = offset(right.slice(0, -2), i) * k * n;
      return matmulWords(m, k, n, p.subarray(from, from + m * k), q.subarray(to, to + k * n));
    }).flat();
    assertEquals(Array.from(z.toWords()), expected, `[${a}] x [${b}]`);
  }
});

Deno.test("matmulInto() adds to what is there", () => {
  const [a, b, c] = [randomWords(12), randomWords(15), randomWords(20)];
  using x = RingTensor.from(heap, [4, 3], a);
  using y = RingTensor.from(heap, [3, 5], b);
  using out = RingTensor.from(heap, [4, 5], c);
  matmulInto(out, x, y);
  assertEquals(
    Array.from(out.toWords()),
    matmulWords(4, 3, 5, a, b).map((v, i) => BigInt.asUintN(64, v + c[i]!)),
  );
  using wrong = RingTensor.zeros(heap, [5, 4]);
  assertThrows(() => matmulInto(wrong, x, y), RangeError, "equal shapes are wanted");
});

Deno.test("matmulShape() names both shapes when they do not fit", () => {
  assertThrows(
    () => matmulShape([2, 3], [4, 5]),
    RangeError,
    "Cannot multiply matrices [2,3] and [4,5]: the inner sizes 3 and 4 differ",
  );
  assertThrows(() => matmulShape([], [4, 5]), RangeError, "a scalar was given");
  assertThrows(() => matmulShape([2, 2, 3], [3, 3, 5]), RangeError, "axis");
});
