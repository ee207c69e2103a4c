import type { Tensor } from "../../ops/plaintext.ts";
import { runs } from "../arbitraries.ts";
import { assertEquals, assertThrows, fc } from "../deps.ts";
import { evaluate, int, long, real, result, values } from "./clear_node.ts";

Deno.test("constants have the type of their attribute", () => {
  const of = (attributes: Record<string, number | number[] | Tensor>): readonly [string, unknown] => {
    const y = result("Constant", [], { attributes });
    return [y.dtype, y.toNested()];
  };
  assertEquals(of({ value: int([1, 2]) }), ["int32", [1, 2]]);
  assertEquals(of({ value_int: 3 }), ["int64", 3]);
  assertEquals(of({ value_ints: [3, 4] }), ["int64", [3, 4]]);
  assertEquals(of({ value_float: 0.5 }), ["float64", 0.5]);
  assertEquals(of({ value_floats: [0.5] }), ["float64", [0.5]]);
  assertEquals(evaluate("Constant", [], { attributes: { value_string: "text" } }), undefined);
  assertEquals(result("ConstantOfShape", [long([2])], { attributes: { value: long([7]) } }).toNested(), [
    7,
    7,
  ]);
  assertEquals([...result("ConstantOfShape", [long([2, 0])]).shape], [2, 0]);
  assertEquals(result("ConstantOfShape", [long([])]).toNested(), 0);
  assertEquals(result("EyeLike", [int([9, 9, 9, 9, 9, 9], [2, 3])], { attributes: { k: 1 } }).toNested(), [
    [0, 1, 0],
    [0, 0, 1],
  ]);
});

Deno.test("Range counts from start to before limit", () => {
  const step = fc.integer({ min: -4, max: 4 }).filter((d) => d !== 0);
  fc.assert(
    fc.property(
      fc.integer({ min: -20, max: 20 }),
      fc.integer({ min: -20, max: 20 }),
      step,
      (start, limit, delta) => {
        const wanted: number[] = [];
        for (let v = start; delta > 0 ? v < limit : v > limit; v += delta) wanted.push(v);
        for (const make of [long, real, int]) {
          const operands = [start, limit, delta].map((v) => make([v], []));
          assertEquals(values(result("Range", operands)), wanted);
        }
      },
    ),
    runs(60),
  );
  assertThrows(() => evaluate("Range", [long([0]), long([1]), long([0])]), RangeError, "the step is 0");
});

Deno.test("OneHot has the second value at the index, along a new axis", () => {
  const indices = long([1, -1, 3], [3]);
  const hot = result("OneHot", [indices, long([3], []), int([5, 9])]);
  assertEquals(hot.toNested(), [[5, 9, 5], [5, 5, 9], [5, 5, 5]]);
  const first = result("OneHot", [indices, long([3], []), int([5, 9])], { attributes: { axis: 0 } });
  assertEquals(first.toNested(), [[5, 5, 5], [9, 5, 5], [5, 9, 5]]);
});
