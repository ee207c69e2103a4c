import { Heap } from "../../ring/heap.ts";
import * as ring from "../../ring/movement.ts";
import { RingTensor } from "../../ring/tensor.ts";
import { runs, shapes, word, words } from "../arbitraries.ts";
import { assertEquals, assertThrows, fc } from "../deps.ts";
import type { Words } from "../oracles/linalg.ts";
import * as twin from "../oracles/movement.ts";

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

/** A tensor of different words. */
function numbered(shape: readonly number[]): Words {
  const size = shape.reduce((a, b) => a * b, 1);
  return {
    shape,
    data: Array.from({ length: size }, (_, i) => BigInt.asUintN(64, BigInt(i) * 0x9e3779b97f4a7c15n)),
  };
}

/** Other words than those of any numbered tensor. */
function inverted(shape: readonly number[]): Words {
  return { shape, data: Array.from(numbered(shape).data, (v) => BigInt.asUintN(64, ~v)) };
}

/** Tensors, most of them of some elements, and a stream of choices. */
function cases(minRank = 0): fc.Arbitrary<[Words, (n: number) => number]> {
  const full = shapes({ maxRank: 5, maxSide: 4, minSide: 1 });
  const some = fc.oneof({ weight: 5, arbitrary: full }, { weight: 1, arbitrary: shapes() });
  const choices = fc.infiniteStream(fc.nat({ max: 2 ** 20 }));
  return fc.tuple(some.filter((s) => s.length >= minRank), choices).map(([shape, stream]) => [
    numbered(shape),
    (n) => stream.next().value % n,
  ]);
}

function shuffled(n: number, pick: (n: number) => number): number[] {
  const rest = Array.from({ length: n }, (_, i) => i);
  return Array.from({ length: n }, () => rest.splice(pick(rest.length), 1)[0]!);
}

/** Calls the law with an axis from 0, and the same axis or its negative form. */
function axisOf(x: Words, pick: (n: number) => number, extra = 0): [number, number] {
  const rank = x.shape.length + extra;
  const axis = pick(rank);
  return [axis, pick(2) === 0 ? axis : axis - rank];
}

function law(name: string, minRank: number, f: (x: Words, pick: (n: number) => number) => void): void {
  Deno.test(name, () => fc.assert(fc.property(cases(minRank), ([x, pick]) => f(x, pick)), runs(120)));
}

law("permute() puts axes in another order", 0, (x, pick) => {
  const axes = shuffled(x.shape.length, pick);
  const given = axes.map((a) => pick(2) === 0 ? a : a - x.shape.length);
  check([x], (t) => ring.permute(t, given), twin.permuteWords(x, axes));
});

law("slice() takes ranges of each axis, backwards too", 0, (x, pick) => {
  const ranges = x.shape.map((side) => {
    const step = (1 + pick(3)) * (pick(2) === 0 ? 1 : -1);
    const [low, high] = [pick(side + 1), pick(side + 1)].sort((a, b) => a - b) as [number, number];
    return step > 0 ? { start: low, stop: high, step } : { start: high - 1, stop: low - 1, step };
  });
  const picks = ranges.map((r) => twin.range(r.start, r.stop, r.step));
  check([x], (t) => ring.slice(t, ranges), twin.pickWords(x, picks));
});

law("flip() reverses axes", 0, (x, pick) => {
  const axes = x.shape.map((_, i) => i).filter(() => pick(2) === 0);
  const picks = x.shape.map((side, i) =>
    axes.includes(i) ? twin.range(side - 1, -1, -1) : twin.range(0, side, 1)
  );
  check([x], (t) => ring.flip(t, axes.map((a) => a - x.shape.length)), twin.pickWords(x, picks));
});

law("concat() joins along an axis, tensors without elements too", 1, (x, pick) => {
  const [axis, given] = axisOf(x, pick);
  const others = Array.from(
    { length: 1 + pick(3) },
    () => numbered(x.shape.map((s, i) => i === axis ? pick(4) : s)),
  );
  const all = [x, ...others];
  check(all, (...xs) => ring.concat(xs, given), twin.concatWords(all, axis));
});

law("stack() joins along a new axis", 0, (x, pick) => {
  const [axis, given] = axisOf(x, pick, 1);
  const other = { shape: x.shape, data: Array.from(x.data, (v) => BigInt.asUintN(64, ~v)) };
  const all = [x, other, x].slice(0, 1 + pick(3));
  check(all, (...xs) => ring.stack(xs, given), twin.stackWords(all, axis));
});

law("pad() surrounds with a constant", 0, (x, pick) => {
  const [before, after] = [x.shape.map(() => pick(3)), x.shape.map(() => pick(3))];
  for (const value of [0n, -1n, 2n ** 63n + 5n]) {
    check([x], (t) => ring.pad(t, before, after, value), twin.padWords(x, before, after, value));
  }
});

law("repeatTile() copies along each axis and new leading ones", 0, (x, pick) => {
  const counts = Array.from({ length: x.shape.length + pick(2) }, () => pick(4));
  check([x], (t) => ring.repeatTile(t, counts), twin.tileWords(x, counts));
});

law("roll() rotates by any integer", 1, (x, pick) => {
  const [axis, given] = axisOf(x, pick);
  const shift = pick(20) - 10;
  check([x], (t) => ring.roll(t, shift, given), twin.rollWords(x, shift, axis));
});

law("diagonal() takes the diagonals of the last two axes", 2, (x) => {
  check([x], (t) => ring.diagonal(t), twin.diagonalWords(x));
});

/** Two different axes from 0, and the same with one counted from the end. */
function twoAxes(rank: number, pick: (n: number) => number): [number, number, number] {
  const [a, b] = shuffled(rank, pick) as [number, number];
  return [a, b, pick(2) === 0 ? b : b - rank];
}

law("diagonal() takes any diagonal between any two axes", 2, (x, pick) => {
  const [a, b, given] = twoAxes(x.shape.length, pick);
  const offset = pick(9) - 4;
  check([x], (t) => ring.diagonal(t, offset, a, given), twin.diagonalWords(x, offset, a, b));
});

law("diagonalEmbed() puts the last axis on any diagonal between any two axes", 1, (x, pick) => {
  const [a, b, given] = twoAxes(x.shape.length + 1, pick);
  const offset = pick(7) - 3;
  check([x], (t) => ring.diagonalEmbed(t, offset, a, given), twin.diagonalEmbedWords(x, offset, a, b));
});

law("triangle() keeps one side of any diagonal", 2, (x, pick) => {
  const offset = pick(13) - 6;
  for (const side of ["lower", "upper"] as const) {
    check([x], (t) => ring.triangle(t, offset, side), twin.triangleWords(x, offset, side));
  }
});

law("windows() slides along an axis", 1, (x, pick) => {
  const [axis, given] = axisOf(x, pick);
  const [size, step] = [pick(x.shape[axis]! + 1), 1 + pick(3)];
  check([x], (t) => ring.windows(t, given, size, step), twin.windowsWords(x, axis, size, step));
});

law("assign() replaces ranges by what broadcasts to them", 0, (x, pick) => {
  const ranges = x.shape.map((side) => {
    const step = (1 + pick(3)) * (pick(2) === 0 ? 1 : -1);
    const [low, high] = [pick(side + 1), pick(side + 1)].sort((a, b) => a - b) as [number, number];
    return step > 0 ? { start: low, stop: high, step } : { start: high - 1, stop: low - 1, step };
  });
  const picks = ranges.map((r) => twin.range(r.start, r.stop, r.step));
  const shape = picks.map((list) => pick(3) === 0 ? 1 : list.length).slice(pick(x.shape.length + 1));
  const source = inverted(shape);
  check([x, source], (t, s) => ring.assign(t, ranges, s), twin.assignWords(x, picks, source));
});

law("broadcastTo() repeats axes of side 1 and adds leading ones", 0, (x, pick) => {
  const from = { shape: x.shape, data: x.data };
  const lead = Array.from({ length: pick(3) }, () => pick(4));
  const shape = [...lead, ...x.shape.map((side) => side === 1 ? pick(5) : side)];
  check([from], (t) => ring.broadcastTo(t, shape), twin.broadcastWords(from, shape));
});

law("take() takes entries along an axis, also again and none", 1, (x, pick) => {
  const [axis, given] = axisOf(x, pick);
  const side = x.shape[axis]!;
  const indices = Array.from({ length: side === 0 ? 0 : pick(6) }, () => pick(side));
  const picks = x.shape.map((s, i) => i === axis ? indices : twin.range(0, s, 1));
  check([x], (t) => ring.take(t, indices, given), twin.pickWords(x, picks));
  check([x], (t) => ring.take(t, Int32Array.from(indices), given), twin.pickWords(x, picks));
});

/** A shape for indices along an axis, and indices. */
function indicesFor(
  x: Words,
  axis: number,
  pick: (n: number) => number,
): { shape: number[]; indices: number[] } {
  const side = x.shape[axis]!;
  const shape = x.shape.map((s, i) => i === axis ? (side === 0 ? 0 : pick(5)) : pick(s + 1));
  const size = shape.reduce((a, b) => a * b, 1);
  return { shape, indices: Array.from({ length: size }, () => pick(side)) };
}

law("gather() takes an element per index", 1, (x, pick) => {
  const [axis, given] = axisOf(x, pick);
  const { shape, indices } = indicesFor(x, axis, pick);
  check([x], (t) => ring.gather(t, indices, shape, given), twin.gatherWords(x, indices, shape, axis));
});

law("scatterAdd() adds at every index, also several times at one", 1, (x, pick) => {
  const [axis, given] = axisOf(x, pick);
  const { shape, indices } = indicesFor(x, axis, pick);
  const source = numbered(shape);
  check(
    [x, source],
    (t, s) => ring.scatterAdd(t, indices, s, given),
    twin.scatterAddWords(x, indices, source, axis),
  );
});

law("scatter() replaces at every index, the last of several stays", 1, (x, pick) => {
  const [axis, given] = axisOf(x, pick);
  const { shape, indices } = indicesFor(x, axis, pick);
  const source = inverted(shape);
  check(
    [x, source],
    (t, s) => ring.scatter(t, indices, s, given),
    twin.scatterWords(x, indices, source, axis),
  );
});

Deno.test("scatterAdd() is the transpose of gather()", () => {
  const dot = (a: Iterable<bigint>, b: Iterable<bigint>): bigint => {
    const other = [...b];
    return BigInt.asUintN(64, [...a].reduce((sum, v, i) => sum + v * other[i]!, 0n));
  };
  const tensors = words(fc.constant([5, 3]));
  const index = fc.array(fc.nat({ max: 4 }), { minLength: 12, maxLength: 12 });
  fc.assert(
    fc.property(tensors, words(fc.constant([4, 3])), index, (a, b, indices) => {
      using x = RingTensor.from(heap, a.shape, a.data);
      using y = RingTensor.from(heap, b.shape, b.data);
      using zero = RingTensor.zeros(heap, a.shape);
      using gathered = ring.gather(x, indices, [4, 3], 0);
      using scattered = ring.scatterAdd(zero, indices, y, 0);
      assertEquals(dot(gathered.words(), b.data), dot(scattered.words(), a.data));
    }),
    runs(40),
  );
});

const LARGE = [
  [8, 2],
  [16, 16],
  [17, 33],
  [33, 17],
  [100, 9],
  [9, 100],
  [3, 20, 19],
  [2, 9, 3, 10],
  [9, 2, 10, 3],
  [1, 64, 70],
];

for (const shape of LARGE) {
  Deno.test(`permute() of [${shape}] in every order, also where blocks are transposed`, () => {
    const x = numbered(shape);
    const orders = (n: number): number[][] =>
      n === 0
        ? [[]]
        : orders(n - 1).flatMap((o) => o.map((_, i) => o.toSpliced(i, 0, n - 1)).concat([[...o, n - 1]]));
    for (const axes of orders(shape.length)) {
      check([x], (t) => ring.permute(t, axes), twin.permuteWords(x, axes));
    }
  });
}

Deno.test("strided copies of long and short runs are exact", () => {
  for (const side of [1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33]) {
    const x = numbered([3, 40]);
    const ranges = [{ start: 0, stop: 3, step: 1 }, { start: 4, stop: 4 + side, step: 1 }];
    const picks = [[0, 1, 2], twin.range(4, 4 + side, 1)];
    check([x], (t) => ring.slice(t, ranges), twin.pickWords(x, picks));
    const column = numbered([3, 1]);
    check([column], (t) => ring.broadcastTo(t, [3, side]), twin.broadcastWords(column, [3, side]));
    const rows = numbered([5, side]);
    check(
      [rows],
      (t) => ring.take(t, [4, 0, 4], 0),
      twin.pickWords(rows, [[4, 0, 4], twin.range(0, side, 1)]),
    );
  }
});

Deno.test("movement undoes itself", () => {
  fc.assert(
    fc.property(cases(1), fc.infiniteStream(word()), ([shape, pick], stream) => {
      const x = RingTensor.from(heap, shape.shape, Array.from(shape.data, () => stream.next().value));
      const axes = shuffled(x.shape.length, pick);
      const [axis] = axisOf(shape, pick);
      using permuted = ring.permute(x, axes);
      using back = ring.permute(permuted, axes.map((_, i) => axes.indexOf(i)));
      using flipped = ring.flip(x, axes);
      using twice = ring.flip(flipped, axes);
      using rolled = ring.roll(x, 3, axis);
      using unrolled = ring.roll(rolled, -3, axis);
      for (const y of [back, twice, unrolled]) assertEquals(y.words(), x.words());
      x.free();
    }),
    runs(60),
  );
});

Deno.test("movement refuses what does not fit, before anything is taken", () => {
  using x = RingTensor.zeros(heap, [2, 3]);
  using y = RingTensor.zeros(heap, [2, 4]);
  using line = RingTensor.zeros(heap, [4]);
  const before = heap.liveBlocks;
  const all = { start: 0, stop: 2, step: 1 };
  const refused: [() => unknown, string][] = [
    [() => ring.permute(x, [0, 0]), "Cannot permute axes [0,0]: one is given twice"],
    [() => ring.permute(x, [0, -2]), "one is given twice"],
    [() => ring.permute(x, [0]), "Cannot permute [2,3]: axes [0] are given, all 2 are wanted"],
    [() => ring.permute(x, [0, 2]), "Cannot permute axis 2"],
    [() => ring.slice(x, [all]), "Cannot slice [2,3]: 1 ranges are given"],
    [() => ring.slice(x, [all, { ...all, stop: 4 }]), "Cannot slice [2,3]: axis 1 from 0 to 4 by 1"],
    [() => ring.slice(x, [all, { ...all, start: -1 }]), "axis 1 from -1 to 2"],
    [() => ring.slice(x, [all, { start: 3, stop: 0, step: -1 }]), "axis 1 from 3 to 0 by -1"],
    [() => ring.slice(x, [all, { start: 2, stop: -2, step: -1 }]), "axis 1 from 2 to -2 by -1"],
    [() => ring.slice(x, [all, { ...all, step: 0 }]), "by 0, integers within 0 to 2 are wanted"],
    [() => ring.slice(x, [all, { ...all, step: 0.5 }]), "by 0.5"],
    [() => ring.flip(x, [2]), "Cannot flip axis 2"],
    [() => ring.concat([], 0), "Cannot join tensors: none are given"],
    [() => ring.concat([x, y], 0), "Cannot join [2,3] with [2,4] along axis 0: other sides differ"],
    [() => ring.concat([x, line], 1), "Cannot join [2,3] with [4]"],
    [() => ring.concat([x, x], 2), "Cannot join along axis 2"],
    [() => ring.stack([], 0), "Cannot stack tensors: none are given"],
    [() => ring.stack([x, y], 0), "Cannot stack [2,3] with [2,4]: equal shapes are wanted"],
    [() => ring.stack([x, x], 3), "Cannot stack along axis 3"],
    [
      () => ring.pad(x, [0, -1], [0, 0], 0n),
      "Cannot pad [2,3] by [0,-1]: 2 non-negative integers are wanted",
    ],
    [() => ring.pad(x, [0, 1], [0], 0n), "Cannot pad [2,3] by [0]"],
    [() => ring.repeatTile(x, [2]), "Cannot tile [2,3] by [2]"],
    [() => ring.repeatTile(x, [2, 0.5]), "Cannot tile [2,3] by [2,0.5]"],
    [() => ring.roll(x, 0.5, 0), "the shift is 0.5, an integer is wanted"],
    [() => ring.roll(x, 1, -3), "Cannot roll axis -3"],
    [
      () => ring.diagonal(line),
      "Cannot take the diagonal of [4]: it has 1 axes, at least 2 axes are wanted",
    ],
    [() => ring.diagonal(x, 0.5), "Cannot take the diagonal of [2,3]: the offset is 0.5"],
    [() => ring.diagonal(x, 0, 1, -1), "Cannot take the diagonal of axes [1,-1]: one is given twice"],
    [() => ring.diagonalEmbed(x, 0, 3, 0), "Cannot embed the diagonal axis 3"],
    [() => ring.triangle(line, 0, "lower"), "Cannot take a triangle of [4]: it has 1 axes"],
    [() => ring.triangle(x, NaN, "upper"), "the diagonal is NaN"],
    [() => ring.windows(x, 1, 4, 1), "windows of 4 entries are asked for, 0 to 3 are wanted"],
    [() => ring.windows(x, 1, 1, 0), "the step is 0, a positive integer is wanted"],
    [() => ring.assign(x, [all], line), "Cannot slice [2,3]: 1 ranges are given"],
    [() => ring.assign(x, [all, all], x), "Cannot assign [2,3] with [2,2]"],
    [() => ring.assign(x, [all, { ...all, stop: 1 }], x), "Cannot assign [2,3] to a range of shape [2,1]"],
    [() => ring.scatter(x, [0, 0, 0, 5, 0, 0], x, 1), "index 5 is given, 0 to 2 is wanted"],
    [() => ring.broadcastTo(x, [4]), "Cannot broadcast [2,3] with [4]"],
    [() => ring.take(x, [3], 1), "Cannot take along axis 1 of [2,3]: index 3 is given, 0 to 2 is wanted"],
    [() => ring.take(x, [-1], 1), "index -1 is given"],
    [() => ring.take(x, [NaN], 1), "index NaN is given"],
    [() => ring.take(x, [0], 2), "Cannot take along axis 2"],
    [() => ring.gather(x, [0, 2], [1, 2], 0), "index 2 is given, 0 to 1 is wanted"],
    [() => ring.gather(x, [0], [1, 2], 0), "1 indices are given, shape [1,2] is wanted"],
    [() => ring.gather(x, [0, 0, 0, 0], [1, 4], 0), "indices have shape [1,4]"],
    [() => ring.gather(x, [0], [1], 0), "indices have shape [1]"],
    [() => ring.scatterAdd(x, [0, 0, 0, 5, 0, 0], x, 1), "index 5 is given, 0 to 2 is wanted"],
  ];
  for (const [f, message] of refused) assertThrows(f, RangeError, message);
  assertEquals(heap.liveBlocks, before);
});
