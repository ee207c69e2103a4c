import type { Tensor } from "../../ops/plaintext.ts";
import { runs, shapes } from "../arbitraries.ts";
import { assertEquals, fc } from "../deps.ts";
import {
  assertBuilt,
  elementOf,
  int,
  long,
  numbered,
  real,
  result,
  results,
  values,
  withAxis,
} from "./clear_node.ts";

Deno.test("Transpose: element i of the result is element i, permuted, of the operand", () => {
  const cases = numbered().chain((x) =>
    fc.tuple(fc.constant(x), fc.shuffledSubarray([...x.shape.keys()], { minLength: x.ndim }))
  );
  fc.assert(
    fc.property(cases, ([x, perm]) => {
      const y = result("Transpose", [x], { attributes: { perm } });
      assertBuilt(y, x, perm.map((axis) => x.shape[axis]!), (index) => {
        const from = new Array<number>(x.ndim);
        perm.forEach((axis, i) => from[axis] = index[i]!);
        return elementOf(x, from);
      });
    }),
    runs(60),
  );
  assertEquals(result("Transpose", [int([1, 2, 3, 4, 5, 6], [3, 2])]).toNested(), [[1, 3, 5], [2, 4, 6]]);
});

Deno.test("Slice by steps of 1 is the slice of an array, with the same ends and clamps", () => {
  const end = fc.integer({ min: -9, max: 9 });
  fc.assert(
    fc.property(withAxis(), end, end, fc.constantFrom(1, 10), ([x, axis, named], start, stop, opset) => {
      const places = Array.from({ length: x.shape[axis]! }, (_, i) => i).slice(start, stop);
      const y = opset === 1
        ? result("Slice", [x], { opset, attributes: { starts: [start], ends: [stop], axes: [named] } })
        : result("Slice", [x, long([start]), long([stop]), long([named])], { opset });
      assertBuilt(
        y,
        x,
        x.shape.with(axis, places.length),
        (index) => elementOf(x, index.toSpliced(axis, 1, places[index[axis]!]!)),
      );
    }),
    runs(80),
  );
});

Deno.test("Slice by other steps skips, and by negative ones goes backwards", () => {
  const x = int([0, 1, 2, 3, 4, 5, 6]);
  const by = (start: number | bigint, end: number | bigint, step: number | bigint): number[] =>
    values(result("Slice", [x, long([start]), long([end]), long([0]), long([step])]));
  assertEquals(by(1, 6, 2), [1, 3, 5]);
  assertEquals(by(5, 1, -1), [5, 4, 3, 2]);
  assertEquals(by(-1, -8, -3), [6, 3, 0]);
  assertEquals(by(100, -(2n ** 63n), -1), [6, 5, 4, 3, 2, 1, 0]);
  assertEquals(by(2, 2n ** 63n - 1n, 1), [2, 3, 4, 5, 6]);
  assertEquals(by(0, 2n ** 63n - 1n, 2n ** 63n - 1n), [0]);
  assertEquals(by(2, 5, -1), []);
});

/** A position that walks from 0 upwards and turns at the ends. */
function bounced(steps: number, side: number): number {
  let [at, direction] = [0, 1];
  for (let i = 0; i < Math.abs(steps) && side > 1; i++) {
    if (at + direction < 0 || at + direction >= side) direction = -direction;
    at += direction;
  }
  return at;
}

const MODES: Readonly<Record<string, (p: number, side: number) => number | undefined>> = {
  constant: (p, side) => p >= 0 && p < side ? p : undefined,
  edge: (p, side) => p < 0 ? 0 : p >= side ? side - 1 : p,
  reflect: bounced,
  wrap: (p, side) => (p + 100 * side) % side,
};

Deno.test("Pad: outside of the operand stands what the mode says, in every form of the operator", () => {
  const pad = fc.integer({ min: -1, max: 6 });
  fc.assert(
    fc.property(
      withAxis(),
      pad,
      pad,
      fc.constantFrom(...Object.keys(MODES)),
      ([x, axis, named], a, b, mode) => {
        const side = x.shape[axis]! + a + b;
        fc.pre(side >= 0);
        const zero = x.shape.map(() => 0);
        const pads = [...zero.with(axis, a), ...zero.with(axis, b)];
        const filler = x.dtype === "int64" ? long([7], []) : real([7], []);
        const forms = [
          result("Pad", [x, long([a, b]), filler, long([named])], { attributes: { mode } }),
          result("Pad", [x, long(pads), filler], { attributes: { mode }, opset: 11 }),
          result("Pad", [x], { attributes: { mode, pads, value: 7 }, opset: 2 }),
          result("Pad", [x], { attributes: { mode, paddings: pads, value: 7 }, opset: 1 }),
        ];
        for (const y of forms) {
          assertBuilt(y, x, x.shape.with(axis, side), (index) => {
            const from = MODES[mode]!(index[axis]! - a, x.shape[axis]!);
            return from === undefined ? 7 : elementOf(x, index.toSpliced(axis, 1, from));
          });
        }
      },
    ),
    runs(80),
  );
});

Deno.test("Expand and Tile repeat", () => {
  const repeated = numbered(shapes({ maxRank: 3, maxSide: 3 })).chain((x) =>
    fc.tuple(fc.constant(x), fc.array(fc.nat(3), { minLength: x.ndim, maxLength: x.ndim }))
  );
  fc.assert(
    fc.property(repeated, ([x, repeats]) => {
      const shape = x.shape.map((side, i) => side * repeats[i]!);
      assertBuilt(
        result("Tile", [x, long(repeats)]),
        x,
        shape,
        (index) => elementOf(x, index.map((p, i) => p % x.shape[i]!)),
      );
      const wide = x.shape.map((side, i) => side === 1 ? repeats[i]! : side);
      assertBuilt(
        result("Expand", [x, long([2, ...wide])]),
        x,
        [2, ...wide],
        ([, ...index]) => elementOf(x, index.map((p, i) => x.shape[i] === 1 ? 0 : p)),
      );
    }),
    runs(50),
  );
  const x = int([1, 2, 3], [3, 1]);
  assertEquals([...result("Expand", [x, long([1, 1])]).shape], [3, 1]);
  assertEquals(result("Tile", [x, long([2], []), long([1], [])], { opset: 1 }).toNested(), [[1, 1], [2, 2], [
    3,
    3,
  ]]);
});

Deno.test("Split and Concat are inverse, in every form of the operator", () => {
  fc.assert(
    fc.property(withAxis(), fc.nat(4), fc.nat(4), ([x, axis, named], p, q) => {
      const cuts = [p, q].map((cut) => Math.min(cut, x.shape[axis]!)).sort();
      const parts = [cuts[0]!, cuts[1]! - cuts[0]!, x.shape[axis]! - cuts[1]!];
      const attributes = { axis: named };
      const forms = [
        results("Split", [x, long(parts)], { attributes, outputs: 3 }),
        results("Split", [x], { attributes: { ...attributes, split: parts }, outputs: 3, opset: 2 }),
      ];
      for (const pieces of forms) {
        assertEquals(pieces.map((piece) => piece.shape[axis]), parts);
        const y = result("Concat", pieces, { attributes });
        assertBuilt(y, x, x.shape, (index) => elementOf(x, index));
      }
    }),
    runs(50),
  );
  const seven = int([0, 1, 2, 3, 4, 5, 6]);
  const sides = (tensors: readonly Tensor[]): number[] => tensors.map((t) => t.size);
  assertEquals(sides(results("Split", [seven], { attributes: { num_outputs: 3 }, outputs: 3 })), [3, 3, 1]);
  assertEquals(sides(results("Split", [int([1, 2, 3, 4])], { outputs: 2, opset: 13 })), [2, 2]);
});

Deno.test("Reshape, Flatten, Squeeze and Unsqueeze change the shape alone", () => {
  const x = long([1, 2, 3, 4, 5, 6], [2, 1, 3]);
  const cases:
    readonly (readonly [string, readonly Tensor[], Record<string, number | number[]>, number[]])[] = [
      ["Reshape", [long([3, 2])], {}, [3, 2]],
      ["Reshape", [long([0, -1])], {}, [2, 3]],
      ["Reshape", [long([-1])], {}, [6]],
      ["Reshape", [], { shape: [6, 0] }, [6, 1]],
      ["Flatten", [], {}, [2, 3]],
      ["Flatten", [], { axis: 0 }, [1, 6]],
      ["Flatten", [], { axis: 3 }, [6, 1]],
      ["Flatten", [], { axis: -1 }, [2, 3]],
      ["Squeeze", [], {}, [2, 3]],
      ["Squeeze", [long([-2])], {}, [2, 3]],
      ["Squeeze", [], { axes: [1] }, [2, 3]],
      ["Unsqueeze", [long([-1, 0])], {}, [1, 2, 1, 3, 1]],
      ["Unsqueeze", [], { axes: [4, 1] }, [2, 1, 1, 3, 1]],
    ];
  for (const [op, operands, attributes, shape] of cases) {
    const y = result(op, [x, ...operands], { attributes });
    assertEquals([[...y.shape], values(y)], [shape, [1, 2, 3, 4, 5, 6]], `${op} to [${shape}]`);
  }
  const none = real([], [0, 3]);
  assertEquals([...result("Reshape", [none, long([3, 0])], { attributes: { allowzero: 1 } }).shape], [3, 0]);
  assertEquals([...result("Reshape", [none, long([-1, 5])]).shape], [0, 5]);
});

Deno.test("Shape and Size are those of the operand; ends are clamped", () => {
  const x = real(new Array(24).fill(0), [2, 3, 4]);
  const of = (attributes: Record<string, number>): number[] => values(result("Shape", [x], { attributes }));
  assertEquals(of({}), [2, 3, 4]);
  assertEquals(of({ start: 1 }), [3, 4]);
  assertEquals(of({ start: -1 }), [4]);
  assertEquals(of({ start: -9, end: -1 }), [2, 3]);
  assertEquals(of({ start: 2, end: 1 }), []);
  assertEquals(result("Shape", [x]).dtype, "int64");
  assertEquals(result("Size", [x]).toNested(), 24);
});

Deno.test("Trilu keeps one triangle; both triangles and the rest are all", () => {
  fc.assert(
    fc.property(fc.nat(4), fc.nat(4), fc.integer({ min: -5, max: 5 }), (rows, columns, k) => {
      const x = int(Array.from({ length: 2 * rows * columns }, (_, i) => i + 1), [2, rows, columns]);
      const upper = result("Trilu", [x, long([k], [])]);
      const lower = result("Trilu", [x, long([k - 1], [])], { attributes: { upper: 0 } });
      assertEquals(result("Add", [upper, lower]).toNested(), x.toNested());
      assertBuilt(upper, x, x.shape, ([n, i, j]) => j! >= i! + k ? elementOf(x, [n!, i!, j!]) : 0);
    }),
    runs(40),
  );
});

Deno.test("DepthToSpace spreads channels over blocks, SpaceToDepth takes them back", () => {
  const attributes = { blocksize: 2 };
  const x = int(Array.from({ length: 2 * 8 * 2 * 3 }, (_, i) => i), [2, 8, 2, 3]);
  const y = result("DepthToSpace", [x], { attributes });
  assertBuilt(
    y,
    x,
    [2, 2, 4, 6],
    ([n, c, h, w]) => elementOf(x, [n!, ((h! % 2) * 2 + w! % 2) * 2 + c!, h! >> 1, w! >> 1]),
  );
  assertEquals(result("SpaceToDepth", [y], { attributes }).toNested(), x.toNested());
  const z = result("DepthToSpace", [x], { attributes: { ...attributes, mode: "CRD" } });
  assertBuilt(
    z,
    x,
    [2, 2, 4, 6],
    ([n, c, h, w]) => elementOf(x, [n!, c! * 4 + (h! % 2) * 2 + w! % 2, h! >> 1, w! >> 1]),
  );
});

Deno.test("ReverseSequence reverses the stated beginning of each sequence", () => {
  const x = int([0, 1, 2, 3, 4, 5, 6, 7, 8], [3, 3]);
  const wanted = [[6, 4, 2], [3, 1, 5], [0, 7, 8]];
  assertEquals(result("ReverseSequence", [x, long([3, 2, 1])]).toNested(), wanted);
  const rows = { batch_axis: 0, time_axis: 1 };
  assertEquals(result("ReverseSequence", [x, long([0, 2, 3])], { attributes: rows }).toNested(), [
    [0, 1, 2],
    [4, 3, 5],
    [8, 7, 6],
  ]);
});
