import { runs } from "../arbitraries.ts";
import { assertRejects, fc } from "../deps.ts";
import { int, real } from "./clear_node.ts";
import { PLAIN, TWO } from "./layer_check.ts";
import { assertComputes, computed } from "./secret_node.ts";

/** By elimination of the first column. */
function determinant(rows: readonly (readonly number[])[]): number {
  if (rows.length === 0) return 1;
  const at = rows.findIndex((row) => row[0] !== 0);
  if (at < 0) return 0;
  const pivot = rows[at]!;
  const rest = rows.toSpliced(at, 1).map((row) =>
    row.slice(1).map((x, j) => x - row[0]! / pivot[0]! * pivot[j + 1]!)
  );
  return (at % 2 === 0 ? 1 : -1) * pivot[0]! * determinant(rest);
}

for (const backend of [PLAIN, TWO]) {
  Deno.test(`determinants are those of elimination (${backend.name})`, async () => {
    const matrices = fc.integer({ min: 1, max: 4 }).chain((side) =>
      fc.array(fc.integer({ min: -6, max: 6 }), { minLength: side * side, maxLength: side * side })
    );
    await fc.assert(
      fc.asyncProperty(matrices, async (data) => {
        const side = Math.sqrt(data.length);
        const rows = Array.from({ length: side }, (_, i) => data.slice(i * side, (i + 1) * side));
        // Integers are exact, so elimination is rounded to what it is.
        const whole = Math.round(determinant(rows));
        await assertComputes("Det", [int(data, [1, side, side])], [int([whole], [1])], 0, { backend });
        const halves = real(data.map((n) => n / 2), [1, side, side]);
        // 24 products of four numbers of at most 3, each rounded three times and then multiplied: below 24·3·3³ ulp.
        await assertComputes("Det", [halves], [real([whole / 2 ** side], [1])], 24 * 81 / 2 ** 16, {
          backend,
        });
      }),
      runs(backend === PLAIN ? 15 : 3),
    );
  });

  Deno.test(`products by an equation have secret and public operands in any place (${backend.name})`, async () => {
    const operands = [real([1, 2, 3, 4], [2, 2]), real([0.5, -1, 2, 1], [2, 2]), real([2, -3])];
    const attributes = { equation: "ij, jk, k -> i" };
    // [[4.5, 1], [9.5, 1]] times [2, -3].
    const wanted = [real([6, 16])];
    for (const open of [[], [0], [1], [0, 2], [1, 2]]) {
      await assertComputes("Einsum", operands, wanted, 2e-4, { attributes, open, backend });
    }
  });
}

Deno.test("larger matrices and more operands are refused", async () => {
  await assertRejects(
    () => computed("Det", [real(new Array(25).fill(1), [5, 5])]),
    RangeError,
    "unsupported",
  );
  const four = Array.from({ length: 4 }, () => real([1]));
  const attributes = { equation: "i,i,i,i->i" };
  await assertRejects(() => computed("Einsum", four, { attributes }), RangeError, "unsupported");
});
