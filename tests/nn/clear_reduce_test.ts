import { runs } from "../arbitraries.ts";
import { assertEquals, assertThrows, fc } from "../deps.ts";
import { positions } from "../oracles/tensors.ts";
import { byte, evaluate, int, long, real, result, results, values } from "./clear_node.ts";

const REDUCTIONS: Readonly<Record<string, (xs: readonly number[]) => number>> = {
  ReduceL1: (xs) => xs.reduce((s, x) => s + Math.abs(x), 0),
  ReduceL2: (xs) => Math.hypot(...xs),
  ReduceLogSum: (xs) => Math.log(xs.reduce((s, x) => s + x, 0)),
  ReduceLogSumExp: (xs) => Math.log(xs.reduce((s, x) => s + Math.exp(x), 0)),
  ReduceMax: (xs) => Math.max(...xs),
  ReduceMean: (xs) => xs.reduce((s, x) => s + x, 0) / xs.length,
  ReduceMin: (xs) => Math.min(...xs),
  ReduceProd: (xs) => xs.reduce((p, x) => p * x, 1),
  ReduceSum: (xs) => xs.reduce((s, x) => s + x, 0),
  ReduceSumSquare: (xs) => xs.reduce((s, x) => s + x * x, 0),
};

/** A shape, some of its axes, and elements. */
const tensors = (): fc.Arbitrary<{ shape: number[]; axes: number[]; data: number[] }> =>
  fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 3 }).chain((shape) => {
    const size = shape.reduce((a, b) => a * b, 1);
    return fc.record({
      shape: fc.constant(shape),
      axes: fc.subarray([...shape.keys()]),
      data: fc.array(fc.integer({ min: 1, max: 8 }), { minLength: size, maxLength: size }),
    });
  });

/** Elements by the position that they are reduced to. */
function groups(shape: readonly number[], axes: readonly number[], data: readonly number[]): number[][] {
  const out = new Map<string, number[]>();
  [...positions(shape)].forEach((index, i) => {
    const key = index.filter((_, axis) => !axes.includes(axis)).join();
    out.set(key, [...out.get(key) ?? [], data[i]!]);
  });
  return [...out.values()];
}

for (const [op, f] of Object.entries(REDUCTIONS)) {
  Deno.test(`${op} is the loop over the named axes, in every form of the operator`, () => {
    fc.assert(
      fc.property(tensors(), fc.boolean(), ({ shape, axes, data }, keep) => {
        // No axes are all.
        const over = axes.length === 0 ? [...shape.keys()] : axes;
        const wanted = groups(shape, over, data).map(f);
        const sides = keep
          ? shape.map((side, axis) => over.includes(axis) ? 1 : side)
          : shape.filter((_, axis) => !over.includes(axis));
        const keepdims = keep ? 1 : 0;
        const named = axes.map((axis, i) => i % 2 === 0 ? axis : axis - shape.length);
        const x = real(data, shape);
        const forms = [
          result(op, [x, long(named)], { attributes: { keepdims } }),
          result(op, [x], { attributes: { keepdims, axes: named }, opset: 11 }),
        ];
        for (const y of forms) {
          assertEquals([...y.shape], sides);
          // At most 27 terms, each with a few roundings.
          values(y).forEach((v, i) =>
            assertEquals(Math.abs(v - wanted[i]!) <= 1e-13 * Math.abs(wanted[i]!), true)
          );
        }
        const whole = result(op, [long(data, shape), long(named)], { attributes: { keepdims } });
        assertEquals(whole.dtype, "int64");
        const most = values(whole).every((v, i) =>
          Math.abs(wanted[i]!) > 2 ** 52 || v === Math.trunc(wanted[i]!) ||
          v === Math.trunc(wanted[i]! + 1e-12)
        );
        assertEquals(most, true);
      }),
      runs(60),
    );
  });
}

Deno.test("reductions of integers are exact, and of nothing what the operator starts with", () => {
  const x = long([2n ** 62n, 2n ** 62n - 1n, -1n]);
  assertEquals(result("ReduceSum", [x]).data[0], 2n ** 63n - 2n);
  assertEquals(result("ReduceMax", [x]).data[0], 2n ** 62n);
  assertEquals(result("ReduceMean", [long([-3, -4])]).data[0], -3n);
  const none = real([], [2, 0]);
  const of = (op: string): unknown =>
    result(op, [none, long([1])], { attributes: { keepdims: 0 } }).toNested();
  assertEquals(of("ReduceSum"), [0, 0]);
  assertEquals(of("ReduceProd"), [1, 1]);
  assertEquals(of("ReduceMax"), [-Infinity, -Infinity]);
  assertEquals(of("ReduceMin"), [Infinity, Infinity]);
  assertEquals(of("ReduceLogSumExp"), [-Infinity, -Infinity]);
  assertThrows(() => evaluate("ReduceMax", [long([])]), RangeError, "there are no elements");
  const kept = result("ReduceSum", [int([1, 2])], { attributes: { noop_with_empty_axes: 1 } });
  assertEquals(kept.toNested(), [1, 2]);
  // Exponentials of these would be infinite.
  assertEquals(result("ReduceLogSumExp", [real([1000, -Infinity])]).toNested(), [1000]);
});

Deno.test("ArgMax and ArgMin are the first or the last extremum", () => {
  const x = int([3, 1, 3, 1, 3, 1], [2, 3]);
  const of = (op: string, attributes: Record<string, number>): unknown =>
    result(op, [x], { attributes }).toNested();
  assertEquals(of("ArgMax", { axis: 1, keepdims: 0 }), [0, 1]);
  assertEquals(of("ArgMax", { axis: -1, select_last_index: 1 }), [[2], [1]]);
  assertEquals(of("ArgMin", { axis: 1, keepdims: 0 }), [1, 0]);
  assertEquals(of("ArgMin", { axis: 1, keepdims: 0, select_last_index: 1 }), [1, 2]);
  assertEquals(of("ArgMax", {}), [[0, 1, 0]]);
  assertEquals(result("ArgMax", [long([2n ** 53n, 2n ** 53n + 1n])]).toNested(), [1]);
});

Deno.test("CumSum adds up what is before, with or without the element, from either end", () => {
  for (const make of [long, real, int]) {
    const x = make([1, 2, 3, 4, 5, 6], [2, 3]);
    const of = (axis: number, attributes: Record<string, number>): unknown =>
      result("CumSum", [x, long([axis], [])], { attributes }).toNested();
    assertEquals(of(1, {}), [[1, 3, 6], [4, 9, 15]]);
    assertEquals(of(-1, { exclusive: 1 }), [[0, 1, 3], [0, 4, 9]]);
    assertEquals(of(1, { reverse: 1 }), [[6, 5, 3], [15, 11, 6]]);
    assertEquals(of(0, { reverse: 1, exclusive: 1 }), [[4, 5, 6], [0, 0, 0]]);
  }
});

Deno.test("TopK is the beginning of the sorted lane, equals in their order", () => {
  const lane = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 4, maxLength: 4 });
  fc.assert(
    fc.property(lane, lane, fc.nat(4), fc.boolean(), (a, b, k, largest) => {
      const attributes = { largest: largest ? 1 : 0, axis: 0 };
      const [top, places] = results("TopK", [
        long([...a, ...b].map((_, i) => i % 2 ? b[i >> 1]! : a[i >> 1]!), [4, 2]),
        long([k]),
      ], {
        attributes,
        outputs: 2,
      });
      [a, b].forEach((xs, lane) => {
        const order = [...xs.keys()].sort((p, q) => (largest ? xs[q]! - xs[p]! : xs[p]! - xs[q]!) || p - q)
          .slice(0, k);
        assertEquals(order.map((_, i) => places!.at(i, lane)), order);
        assertEquals(order.map((_, i) => top!.at(i, lane)), order.map((i) => xs[i]!));
      });
    }),
    runs(60),
  );
  const old = result("TopK", [real([1, 3, 2])], { opset: 1, attributes: { k: 2 }, outputs: 2 });
  assertEquals(old.toNested(), [3, 2]);
});

Deno.test("Unique: entries of the result are different and make up the operand", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -3, max: 3 }), { maxLength: 12 }), fc.boolean(), (xs, sorted) => {
      const options = { attributes: { sorted: sorted ? 1 : 0 }, outputs: 4 };
      const [y, first, inverse, counts] = results("Unique", [long(xs)], options).map(values);
      const distinct = [...new Set(xs)];
      assertEquals(y, sorted ? distinct.sort((a, b) => a - b) : distinct);
      assertEquals(inverse!.map((i) => y![i]), xs);
      assertEquals(first, y!.map((v) => xs.indexOf(v)));
      assertEquals(counts, y!.map((v) => xs.filter((x) => x === v).length));
    }),
    runs(60),
  );
  const rows = result("Unique", [int([2, 1, 1, 5, 2, 1], [3, 2])], { attributes: { axis: 0 } });
  assertEquals(rows.toNested(), [[1, 5], [2, 1]]);
});

Deno.test("Softmax is over one axis, before version 13 over all from it on", () => {
  const logs = [1, 2, 3, 4, 5, 6, 7, 8].map(Math.log);
  const x = real(logs, [2, 2, 2]);
  const close = (op: string, opset: number, axis: number | undefined, wanted: number[]): void => {
    const y = result(op, [x], { opset, attributes: axis === undefined ? {} : { axis } });
    assertEquals(y.allClose(real(wanted, [2, 2, 2]), { relative: 1e-13 }), true, `${op} ${opset} ${axis}`);
  };
  const last = [1 / 3, 2 / 3, 3 / 7, 4 / 7, 5 / 11, 6 / 11, 7 / 15, 8 / 15];
  const tail = [1, 2, 3, 4, 5, 6, 7, 8].map((n, i) => n / (i < 4 ? 10 : 26));
  close("Softmax", 13, undefined, last);
  close("Softmax", 12, 2, last);
  close("Softmax", 12, undefined, tail);
  close("Softmax", 13, 0, [1 / 6, 2 / 8, 3 / 10, 4 / 12, 5 / 6, 6 / 8, 7 / 10, 8 / 12]);
  close("LogSoftmax", 13, -1, last.map(Math.log));
  close("LogSoftmax", 11, 1, tail.map(Math.log));
  assertEquals(result("Softmax", [real([1000, 1000])]).toNested(), [0.5, 0.5]);
});

Deno.test("BatchNormalization and Dropout are evaluated outside of training", () => {
  const x = real([1, 2, 3, 4], [1, 2, 2]);
  const known = [real([2, 1]), real([0, 1]), real([1, 3]), real([4, 1])];
  const attributes = { epsilon: 0 };
  assertEquals(result("BatchNormalization", [x, ...known], { attributes }).toNested(), [[[0, 1], [1, 2]]]);
  const training = { attributes: { training_mode: 1 }, outputs: 3 };
  assertEquals(evaluate("BatchNormalization", [x, ...known], training), undefined);
  assertEquals(evaluate("BatchNormalization", [x, ...known], { opset: 9, outputs: 5 }), undefined);
  const [same, mask] = results("Dropout", [x], { outputs: 2 });
  assertEquals([same!.toNested(), mask!.toNested()], [x.toNested(), [[[1, 1], [1, 1]]]]);
  assertEquals(evaluate("Dropout", [x, real([0.5], []), byte([1], [])]), undefined);
  assertEquals(evaluate("Dropout", [x], { opset: 6 }), undefined);
  assertEquals(result("Dropout", [x], { opset: 6, attributes: { is_test: 1 } }).toNested(), x.toNested());
});
