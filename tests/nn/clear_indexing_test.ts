import { runs } from "../arbitraries.ts";
import { assertEquals, fc } from "../deps.ts";
import { positions } from "../oracles/tensors.ts";
import { assertBuilt, byte, elementOf, int, long, real, result, withAxis } from "./clear_node.ts";

Deno.test("Gather reads whole entries, GatherElements single elements", () => {
  const cases = withAxis().chain(([x, axis, named]) => {
    const index = fc.integer({ min: -x.shape[axis]!, max: x.shape[axis]! - 1 });
    return fc.tuple(
      fc.constant(x),
      fc.constant(axis),
      fc.constant(named),
      fc.array(index, { minLength: 6, maxLength: 6 }),
    );
  });
  fc.assert(
    fc.property(cases, ([x, axis, named, at]) => {
      const side = x.shape[axis]!;
      const own = at.map((i) => (i + side) % side);
      const indices = long(at, [3, 2]);
      const attributes = { axis: named };
      assertBuilt(
        result("Gather", [x, indices], { attributes }),
        x,
        x.shape.toSpliced(axis, 1, 3, 2),
        (index) => {
          const [i, j] = [index[axis]!, index[axis + 1]!];
          return elementOf(x, index.toSpliced(axis, 2, own[2 * i + j]!));
        },
      );
      const shape = x.shape.with(axis, 6);
      const each = int([...positions(shape)].map((p) => at[p[axis]!]!), shape);
      assertBuilt(
        result("GatherElements", [x, each], { attributes }),
        x,
        shape,
        (index) => elementOf(x, index.toSpliced(axis, 1, own[index[axis]!]!)),
      );
    }),
    runs(50),
  );
  assertEquals(result("Gather", [long([5, 6, 7]), long([-1], [])]).toNested(), 7);
});

Deno.test("GatherND reads pieces by tuples, after axes in common", () => {
  const x = int([0, 1, 2, 3, 4, 5, 6, 7], [2, 2, 2]);
  assertEquals(result("GatherND", [x, long([0, 1, -1, 0], [2, 2])]).toNested(), [[2, 3], [4, 5]]);
  const attributes = { batch_dims: 1 };
  assertEquals(result("GatherND", [x, long([1, 0], [2, 1])], { attributes }).toNested(), [[2, 3], [4, 5]]);
});

Deno.test("Scatter writes where Gather reads; later writes win or add up", () => {
  for (const op of ["Scatter", "ScatterElements"]) {
    const y = result(op, [long([1, 2, 3, 4, 5], [1, 5]), long([1, -2], [1, 2]), long([10, 20], [1, 2])], {
      attributes: { axis: 1 },
    });
    assertEquals([y.dtype, y.toNested()], ["int64", [[1, 10, 3, 20, 5]]]);
  }
  const reduced: Readonly<Record<string, number>> = { none: 7, add: 17, mul: 210, max: 7, min: 5 };
  for (const [reduction, wanted] of Object.entries(reduced)) {
    for (const make of [int, real]) {
      const attributes = { reduction };
      const x = make([5, 6]);
      const y = result("ScatterElements", [x, long([0, 0]), make([6, 7])], { attributes });
      assertEquals(y.toNested(), [reduction === "add" ? 18 : wanted, 6], reduction);
      const z = result("ScatterND", [make([5, 6], [2, 1]), long([0, 0], [2, 1]), make([5, 7], [2, 1])], {
        attributes,
      });
      assertEquals(z.toNested(), [[reduction === "mul" ? 175 : wanted], [6]], reduction);
    }
  }
  const big = result("ScatterND", [long([0, 0]), long([1], [1, 1]), long([2n ** 62n + 1n])]);
  assertEquals(big.data[1], 2n ** 62n + 1n);
});

Deno.test("Compress keeps what is told, NonZero finds what is not 0", () => {
  const x = int([1, 0, 3, 0, 5, 6], [3, 2]);
  const keep = byte([0, 1, 1]);
  assertEquals(result("Compress", [x, keep], { attributes: { axis: 0 } }).toNested(), [[3, 0], [5, 6]]);
  assertEquals(result("Compress", [x, keep]).toNested(), [0, 3]);
  assertEquals(result("NonZero", [x]).toNested(), [[0, 1, 2, 2], [0, 0, 0, 1]]);
  assertEquals([...result("NonZero", [byte([1], [])]).shape], [0, 1]);
});
