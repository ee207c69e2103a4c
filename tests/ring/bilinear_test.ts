import {
  type Bilinear,
  bilinear,
  bilinearInto,
  bilinearShape,
  describeBilinear,
  fanIn,
  macs,
} from "../../ring/bilinear.ts";
import { add } from "../../ring/elementwise.ts";
import { Heap } from "../../ring/heap.ts";
import type { Shape } from "../../ring/shape.ts";
import { RingTensor } from "../../ring/tensor.ts";
import { runs, word } from "../arbitraries.ts";
import { assert, assertEquals, assertThrows, fc } from "../deps.ts";
import { convTransposeWords, convWords, matmulWords } from "../oracles/linalg.ts";

const heap = new Heap();
const size = (s: Shape): number => s.reduce((a, b) => a * b, 1);
const wrap = (x: bigint): bigint => BigInt.asUintN(64, x);

const PLANE = { stride: [2, 1], pads: [1, 0, 0, 2], dilation: [1, 2], groups: 2 };
const VOLUME = { stride: [1, 2, 1], pads: [1, 0, 0, 0, 1, 2], dilation: [2, 1, 1], groups: 2 };
const LINE = { stride: [2], pads: [1, 0], dilation: [2], groups: 1 };

interface Case {
  readonly map: Bilinear;
  readonly x: Shape;
  readonly y: Shape;
  readonly out: Shape;
  readonly twin: (a: readonly bigint[], b: readonly bigint[]) => bigint[];
}

const CASES: readonly Case[] = [
  {
    map: { kind: "mul" },
    x: [3, 1],
    y: [2, 1, 4],
    out: [2, 3, 4],
    twin: (a, b) =>
      Array.from({ length: 24 }, (_, i) => a[Math.floor(i / 4) % 3]! * b[Math.floor(i / 12) * 4 + i % 4]!),
  },
  { map: { kind: "mul" }, x: [0, 3], y: [3], out: [0, 3], twin: () => [] },
  { map: { kind: "matmul" }, x: [4, 7], y: [7, 9], out: [4, 9], twin: (a, b) => matmulWords(4, 7, 9, a, b) },
  { map: { kind: "matmul" }, x: [2, 0], y: [0, 3], out: [2, 3], twin: () => new Array<bigint>(6).fill(0n) },
  {
    map: { kind: "conv", geometry: PLANE },
    x: [2, 4, 6, 7],
    y: [6, 2, 3, 2],
    out: [2, 6, 3, 7],
    twin: (a, b) =>
      convWords({ shape: [2, 4, 6, 7], data: a }, { shape: [6, 2, 3, 2], data: b }, PLANE, [2, 6, 3, 7]),
  },
  {
    map: { kind: "conv", geometry: VOLUME },
    x: [1, 4, 3, 4, 3],
    y: [2, 2, 2, 3, 2],
    out: [1, 2, 2, 2, 4],
    twin: (a, b) =>
      convWords({ shape: [1, 4, 3, 4, 3], data: a }, { shape: [2, 2, 2, 3, 2], data: b }, VOLUME, [
        1,
        2,
        2,
        2,
        4,
      ]),
  },
  {
    map: { kind: "convTranspose", geometry: { ...LINE, outputPads: [1] } },
    x: [1, 2, 5],
    y: [2, 3, 3],
    out: [1, 3, 13],
    twin: (a, b) =>
      convTransposeWords(
        { shape: [1, 2, 5], data: a },
        { shape: [2, 3, 3], data: b },
        { ...LINE, outputPads: [1] },
        [1, 3, 13],
      ),
  },
];

const words = (n: number): fc.Arbitrary<bigint[]> => fc.array(word(), { minLength: n, maxLength: n });

for (const { map, x, y, out, twin } of CASES) {
  const name = `${describeBilinear(map)} of [${x}] and [${y}]`;

  Deno.test(`bilinear(): ${name} is its definition`, () => {
    assertEquals(bilinearShape(map, x, y), out);
    fc.assert(
      fc.property(words(size(x)), words(size(y)), (p, q) => {
        const before = heap.liveBlocks;
        {
          using a = RingTensor.from(heap, x, p);
          using b = RingTensor.from(heap, y, q);
          using z = bilinear(map, a, b);
          assertEquals(z.shape, out);
          assertEquals(Array.from(z.toWords()), twin(p, q).map(wrap));
          assertEquals(Array.from(a.toWords()), p);
          assertEquals(Array.from(b.toWords()), q);
        }
        assertEquals(heap.liveBlocks, before);
      }),
      runs(20),
    );
  });

  Deno.test(`bilinear(): ${name} is linear in each operand`, () => {
    fc.assert(
      fc.property(words(size(x)), words(size(x)), words(size(y)), words(size(y)), (p, q, r, s) => {
        using a = RingTensor.from(heap, x, p);
        using b = RingTensor.from(heap, x, q);
        using c = RingTensor.from(heap, y, r);
        using d = RingTensor.from(heap, y, s);
        using ab = add(a, b);
        using cd = add(c, d);
        using whole = bilinear(map, ab, cd);
        using parts = RingTensor.zeros(heap, out);
        for (const left of [a, b]) {
          for (const right of [c, d]) bilinearInto(map, parts, left, right);
        }
        assertEquals(whole.toWords(), parts.toWords());
      }),
      runs(20),
    );
  });

  Deno.test(`bilinearInto(): ${name} adds to what is there`, () => {
    fc.assert(
      fc.property(words(size(x)), words(size(y)), words(size(out)), (p, q, r) => {
        using a = RingTensor.from(heap, x, p);
        using b = RingTensor.from(heap, y, q);
        using z = RingTensor.from(heap, out, r);
        bilinearInto(map, z, a, b);
        assertEquals(Array.from(z.toWords()), twin(p, q).map((v, i) => wrap(v + r[i]!)));
      }),
      runs(20),
    );
  });
}

/** The largest output for operands of ones: the number of products that meet in one element. */
function mostProducts(map: Bilinear, x: Shape, y: Shape): number {
  using a = RingTensor.from(heap, x, new Array<bigint>(size(x)).fill(1n));
  using b = RingTensor.from(heap, y, new Array<bigint>(size(y)).fill(1n));
  using z = bilinear(map, a, b);
  return Math.max(0, ...Array.from(z.toWords(), Number));
}

Deno.test("fanIn() is what operands of ones give where the window is whole, and never less", () => {
  const whole = { stride: [1, 1], pads: [0, 0, 0, 0], dilation: [1, 1], groups: 2 };
  const exact: [Bilinear, Shape, Shape][] = [
    [{ kind: "mul" }, [3, 1], [4]],
    [{ kind: "matmul" }, [2, 7], [7, 5]],
    [{ kind: "matmul" }, [7], [7]],
    [{ kind: "matmul" }, [5, 2, 7], [7]],
    [{ kind: "conv", geometry: whole }, [1, 4, 5, 5], [6, 2, 3, 2]],
    [{ kind: "convTranspose", geometry: { ...whole, outputPads: [0, 0] } }, [1, 4, 5, 5], [4, 3, 3, 2]],
  ];
  for (const [map, x, y] of exact) assertEquals(fanIn(map, x, y), mostProducts(map, x, y));
  for (const { map, x, y } of CASES) assert(fanIn(map, x, y) >= mostProducts(map, x, y));
});

Deno.test("macs() counts every product, those with padding too", () => {
  assertEquals(macs({ kind: "mul" }, [3, 1], [2, 1, 4]), 24);
  assertEquals(macs({ kind: "matmul" }, [5, 2, 7], [7, 9]), 5 * 2 * 7 * 9);
  assertEquals(macs({ kind: "matmul" }, [7], [7]), 7);
  assertEquals(macs({ kind: "matmul" }, [2, 0], [0, 3]), 0);
  assertEquals(macs({ kind: "conv", geometry: PLANE }, [2, 4, 6, 7], [6, 2, 3, 2]), 2 * 6 * 3 * 7 * 12);
  const map: Bilinear = { kind: "convTranspose", geometry: { ...LINE, outputPads: [1] } };
  assertEquals(macs(map, [1, 2, 5], [2, 3, 3]), 10 * 9);
  assertThrows(() => macs({ kind: "matmul" }, [2, 3], [4, 5]), RangeError, "[2,3] and [4,5]");
});

Deno.test("macs() of a transposed convolution without cut is the sum of outputs of ones", () => {
  const geometry = { stride: [2], pads: [0, 0], dilation: [1], groups: 2, outputPads: [0] };
  const map: Bilinear = { kind: "convTranspose", geometry };
  const [x, y] = [[2, 4, 5], [4, 3, 3]];
  using a = RingTensor.from(heap, x, new Array<bigint>(size(x)).fill(1n));
  using b = RingTensor.from(heap, y, new Array<bigint>(size(y)).fill(1n));
  using z = bilinear(map, a, b);
  assertEquals(BigInt(macs(map, x, y)), z.toWords().reduce((s, v) => s + v, 0n));
});

Deno.test("describeBilinear() tells all of a geometry", () => {
  assertEquals(describeBilinear({ kind: "mul" }), "mul");
  assertEquals(describeBilinear({ kind: "matmul" }), "matmul");
  assertEquals(
    describeBilinear({ kind: "conv", geometry: PLANE }),
    "conv(stride=2,1 pads=1,0,0,2 dilation=1,2 groups=2)",
  );
  assertEquals(
    describeBilinear({ kind: "convTranspose", geometry: { ...LINE, outputPads: [1] } }),
    "convTranspose(stride=2 pads=1,0 dilation=2 groups=1 outputPads=1)",
  );
});

Deno.test("bilinear maps of an unknown kind are refused by name", () => {
  const map = { kind: "cross" } as unknown as Bilinear;
  using x = RingTensor.zeros(heap, [3]);
  for (
    const f of [
      () => bilinearShape(map, [3], [3]),
      () => bilinear(map, x, x),
      () => bilinearInto(map, x, x, x),
      () => fanIn(map, [3], [3]),
      () => describeBilinear(map),
    ]
  ) assertThrows(f, TypeError, 'kind "cross" is unknown');
});
