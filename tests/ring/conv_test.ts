import { conv, convInto, convTranspose } from "../../ring/conv.ts";
import {
  type ConvGeometry,
  convShape,
  type ConvTransposeGeometry,
  convTransposeShape,
} from "../../ring/conv_geometry.ts";
import { Heap } from "../../ring/heap.ts";
import { RingTensor } from "../../ring/tensor.ts";
import { runs } from "../arbitraries.ts";
import { assert, assertEquals, assertThrows, fc } from "../deps.ts";
import { convTransposeWords, convWords } from "../oracles/linalg.ts";
import { randomWords } from "../conformance/parties.ts";

const heap = new Heap();
const size = (s: readonly number[]): number => s.reduce((a, b) => a * b, 1);
const int = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max });

/** Geometries, with the shapes of an input and of a weight that fit. */
function cases(axes: number): fc.Arbitrary<{ x: number[]; w: number[]; g: ConvTransposeGeometry }> {
  const each = (a: fc.Arbitrary<number>): fc.Arbitrary<number[]> =>
    fc.array(a, { minLength: axes, maxLength: axes });
  return fc.record({
    images: int(0, 3),
    groups: int(1, 3),
    inputs: int(1, 2),
    filters: int(1, 3),
    sides: each(int(3, axes === 3 ? 5 : 8)),
    kernel: each(int(1, 3)),
    stride: each(int(1, 3)),
    dilation: each(int(1, 2)),
    pads: fc.array(int(0, 2), { minLength: 2 * axes, maxLength: 2 * axes }),
    outputPads: each(int(0, 1)),
  }).map((c) => ({
    x: [c.images, c.groups * c.inputs, ...c.sides],
    w: [c.groups * c.filters, c.inputs, ...c.kernel],
    g: { stride: c.stride, pads: c.pads, dilation: c.dilation, groups: c.groups, outputPads: c.outputPads },
  }));
}

for (const axes of [1, 2, 3]) {
  Deno.test(`conv() over ${axes} axes is its definition`, () => {
    fc.assert(
      fc.property(cases(axes), ({ x, w, g }) => {
        let shape: readonly number[];
        try {
          shape = convShape(x, w, g);
        } catch {
          return fc.pre(false);
        }
        const [p, q] = [randomWords(size(x)), randomWords(size(w))];
        const before = heap.liveBlocks;
        {
          using a = RingTensor.from(heap, x, p);
          using b = RingTensor.from(heap, w, q);
          using y = conv(a, b, g);
          assertEquals(y.shape, shape);
          assertEquals(
            Array.from(y.toWords()),
            convWords({ shape: x, data: p }, { shape: w, data: q }, g, shape),
          );
        }
        assertEquals(heap.liveBlocks, before);
      }),
      runs(150),
    );
  });

  Deno.test(`convTranspose() over ${axes} axes is its definition`, () => {
    fc.assert(
      fc.property(cases(axes), ({ x, w, g }) => {
        // The weight's first axis is the input's channels here.
        const turned = [x[1]!, w[0]! / g.groups, ...w.slice(2)];
        let shape: readonly number[];
        try {
          shape = convTransposeShape(x, turned, g);
        } catch {
          return fc.pre(false);
        }
        const [p, q] = [randomWords(size(x)), randomWords(size(turned))];
        const before = heap.liveBlocks;
        {
          using a = RingTensor.from(heap, x, p);
          using b = RingTensor.from(heap, turned, q);
          using y = convTranspose(a, b, g);
          assertEquals(y.shape, shape);
          const expected = convTransposeWords({ shape: x, data: p }, { shape: turned, data: q }, g, shape);
          assertEquals(Array.from(y.toWords()), expected);
        }
        assertEquals(heap.liveBlocks, before);
      }),
      runs(150),
    );
  });
}

Deno.test("conv() and convTranspose() are adjoint: <conv(x, w), y> = <x, convTranspose(y, w)>", () => {
  const g = { stride: [2, 1], pads: [1, 0, 1, 2], dilation: [1, 2], groups: 2 };
  const [x, w] = [[2, 4, 7, 6], [6, 2, 3, 2]];
  const shape = convShape(x, w, g);
  const [p, q, r] = [randomWords(size(x)), randomWords(size(w)), randomWords(size(shape))];
  using a = RingTensor.from(heap, x, p);
  using b = RingTensor.from(heap, w, q);
  using c = RingTensor.from(heap, shape, r);
  using y = conv(a, b, g);
  using back = convTranspose(c, b, { ...g, outputPads: [0, 0] });
  assertEquals(back.shape, x);
  const dot = (u: BigUint64Array, v: BigUint64Array): bigint =>
    BigInt.asUintN(64, u.reduce((sum, e, i) => sum + e * v[i]!, 0n));
  assertEquals(dot(y.toWords(), r), dot(p, back.toWords()));
});

/** Convolutions whose unrolled windows take more than one tile: by rows, and by parts of a row. */
const TILED: [number[], number[], ConvGeometry][] = [
  [[1, 64, 31, 33], [3, 64, 3, 3], { stride: [1, 1], pads: [1, 1, 0, 2], dilation: [1, 1], groups: 1 }],
  [[2, 96, 17, 61], [4, 48, 7, 5], { stride: [1, 2], pads: [3, 0, 3, 4], dilation: [1, 2], groups: 2 }],
  [[1, 40, 3000], [2, 40, 9], { stride: [1], pads: [4, 4], dilation: [1], groups: 1 }],
  [
    [1, 40, 4, 19, 33],
    [2, 20, 3, 5, 3],
    { stride: [2, 1, 1], pads: [1, 0, 2, 0, 3, 1], dilation: [1, 2, 1], groups: 2 },
  ],
  [[1, 2, 9000], [1, 2, 601], { stride: [3], pads: [0, 7], dilation: [2], groups: 1 }],
];

for (const [x, w, g] of TILED) {
  Deno.test(`conv() of [${x}] with [${w}] is its definition across tiles`, () => {
    const shape = convShape(x, w, g);
    const [p, q] = [randomWords(size(x)), randomWords(size(w))];
    const before = heap.liveBlocks;
    {
      using a = RingTensor.from(heap, x, p);
      using b = RingTensor.from(heap, w, q);
      using y = conv(a, b, g);
      const expected = convWords({ shape: x, data: p }, { shape: w, data: q }, g, shape);
      assertEquals(y.toWords().findIndex((v, i) => v !== expected[i]), -1);
    }
    assertEquals(heap.liveBlocks, before);
  });

  Deno.test(`convTranspose() from conv() of [${x}] with [${w}] is its adjoint across tiles`, () => {
    const shape = convShape(x, w, g);
    // What the stride leaves over at the end of each axis.
    const axes = g.stride.length;
    const outputPads = g.stride.map((s, i) =>
      (x[i + 2]! + g.pads[i]! + g.pads[axes + i]! - g.dilation[i]! * (w[i + 2]! - 1) - 1) % s
    );
    const [p, q, r] = [randomWords(size(x)), randomWords(size(w)), randomWords(size(shape))];
    using a = RingTensor.from(heap, x, p);
    using b = RingTensor.from(heap, w, q);
    using c = RingTensor.from(heap, shape, r);
    using y = conv(a, b, g);
    using back = convTranspose(c, b, { ...g, outputPads });
    assertEquals(back.shape, x);
    const dot = (u: BigUint64Array, v: BigUint64Array): bigint =>
      BigInt.asUintN(64, u.reduce((sum, e, i) => sum + e * v[i]!, 0n));
    assertEquals(dot(y.toWords(), r), dot(p, back.toWords()));
  });
}

Deno.test("conv() by windows of one word is its definition", () => {
  const g: ConvGeometry = { stride: [1, 1], pads: [0, 0, 0, 0], dilation: [3, 2], groups: 2 };
  const [x, w, shape] = [[2, 6, 5, 7], [4, 3, 1, 1], [2, 4, 5, 7]];
  const [p, q] = [randomWords(size(x)), randomWords(size(w))];
  using a = RingTensor.from(heap, x, p);
  using b = RingTensor.from(heap, w, q);
  using y = conv(a, b, g);
  const expected = convWords({ shape: x, data: p }, { shape: w, data: q }, g, shape);
  assertEquals(Array.from(y.toWords()), expected);
});

Deno.test("conv() of a volume by windows of one word is its definition", () => {
  const g: ConvGeometry = {
    stride: [1, 1, 1],
    pads: [0, 0, 0, 0, 0, 0],
    dilation: [3, 2, 1],
    groups: 1,
  };
  const [x, w, shape] = [[2, 3, 4, 5, 3], [2, 3, 1, 1, 1], [2, 2, 4, 5, 3]];
  const [p, q] = [randomWords(size(x)), randomWords(size(w))];
  using a = RingTensor.from(heap, x, p);
  using b = RingTensor.from(heap, w, q);
  using y = conv(a, b, g);
  const expected = convWords({ shape: x, data: p }, { shape: w, data: q }, g, shape);
  assertEquals(Array.from(y.toWords()), expected);
});

Deno.test("conv() of a large image unrolls it in bounded memory", () => {
  const own = new Heap();
  const g: ConvGeometry = { stride: [1, 1], pads: [0, 0, 0, 0], dilation: [1, 1], groups: 1 };
  using x = RingTensor.zeros(own, [1, 16, 150, 150]);
  using w = RingTensor.zeros(own, [1, 16, 5, 5]);
  own.resetPeak();
  const before = own.liveBytes;
  using y = conv(x, w, g);
  // All windows at once would be 68 MB.
  assert(own.peakBytes - before - y.byteLength < 6 * 2 ** 20, `${own.peakBytes - before} bytes`);
});

Deno.test("convInto() adds to what is there", () => {
  const g: ConvGeometry = { stride: [1], pads: [0, 0], dilation: [1], groups: 1 };
  const [p, q, r] = [randomWords(10), randomWords(3), randomWords(8)];
  using x = RingTensor.from(heap, [1, 1, 10], p);
  using w = RingTensor.from(heap, [1, 1, 3], q);
  using out = RingTensor.from(heap, [1, 1, 8], r);
  convInto(out, x, w, g);
  const expected = convWords({ shape: [1, 1, 10], data: p }, { shape: [1, 1, 3], data: q }, g, [1, 1, 8]);
  assertEquals(Array.from(out.toWords()), expected.map((v, i) => BigInt.asUintN(64, v + r[i]!)));
});

Deno.test("convolutions that do not fit are refused with both shapes", () => {
  const g = { stride: [1], pads: [0, 0], dilation: [1], groups: 1 };
  assertThrows(
    () => convShape([1, 2, 5], [3, 2, 6], g),
    RangeError,
    "the window of axis 2 covers 6, the padded input has 5",
  );
  assertThrows(
    () => convShape([1, 2, 5], [3, 1, 2], g),
    RangeError,
    "2 input channels do not match 1 per group",
  );
  assertThrows(() => convShape([1, 2, 5], [3, 2, 2], { ...g, stride: [0] }), RangeError, "stride is [0]");
  assertThrows(
    () => convShape([1, 2, 5], [3, 2, 2], { ...g, pads: [1] }),
    RangeError,
    "pads is [1], 2 integers",
  );
  assertThrows(() => convShape([1, 2, 5], [3, 2, 2], { ...g, groups: 0 }), RangeError, "there are 0 groups");
  assertThrows(() => convShape([2, 5], [3, 2], g), RangeError, "3 to 5 axes each are wanted");
  assertThrows(
    () => convTransposeShape([1, 2, 5], [3, 2, 2], { ...g, outputPads: [0] }),
    RangeError,
    "do not match 3",
  );
  assertThrows(
    () => convTransposeShape([1, 2, 1], [2, 2, 1], { ...g, pads: [1, 1], outputPads: [0] }),
    RangeError,
    "would have -1 elements",
  );
});
