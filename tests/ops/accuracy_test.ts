import { MEASURED } from "../../scripts/accuracy.ts";
import { FUNCTIONS } from "../../scripts/accuracy/elements.ts";
import { accuracyOf, rowAccuracyOf } from "../../scripts/accuracy/measure.ts";
import { ROW_FUNCTIONS } from "../../scripts/accuracy/rows.ts";
import { erfOf } from "../../scripts/accuracy/stated.ts";
import { assert, assertAlmostEquals } from "../deps.ts";

for (const { name, stated, measure } of MEASURED) {
  Deno.test(`${name} is as exact as stated over its whole domain`, async () => {
    const { share, worst } = await measure(100_000, Number(Deno.env.get("TACIT_SEED") ?? 1));
    assert(share < 1, `${name} has ${share} of the stated error ${stated} at ${worst.join(", ")}`);
  });
}

Deno.test("the oracle of accuracy catches an error that is a little larger than stated", async () => {
  const sigmoid = FUNCTIONS.find((row) => row.name === "sigmoid")!;
  const moved = { ...sigmoid, f: (x: number) => sigmoid.f(x, 0) + (Math.abs(x - 1) < 0.01 ? 1e-4 : 0) };
  assert((await accuracyOf(moved, 20_000)).share > 1);
  const softmax = ROW_FUNCTIONS.find((row) => row.name === "softmax")!;
  const wrong = { ...softmax, f: (x: readonly number[]) => softmax.f(x.map((v) => v * 1.001), []) };
  assert((await rowAccuracyOf(wrong, 20_000)).share > 1);
});

Deno.test("the error function of the oracle has its known values", () => {
  const known = [[0, 0], [0.5, 0.5204998778130465], [1, 0.8427007929497149], [2, 0.9953222650189527], [
    -3,
    -0.9999779095030014,
  ], [9, 1]] as const;
  for (const [x, y] of known) assertAlmostEquals(erfOf(x), y, 1e-11);
});
