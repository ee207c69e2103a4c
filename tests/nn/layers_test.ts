import { nn } from "../../mod.ts";
import { runs } from "../arbitraries.ts";
import { assertEquals, fc } from "../deps.ts";
import { backends } from "../ops/backends.ts";
import { oracles } from "../oracles/layers.ts";
import { obeyLayer, uses } from "./layer_law.ts";

for (const [name, entry] of Object.entries(nn.layers)) {
  Deno.test(`${name}: every party decrypts what plain numbers give`, async () => {
    const oracle = oracles[name];
    if (oracle === undefined) {
      throw new Error(`Layer ${name} has no oracle: a row of tests/oracles/layers.ts is wanted`);
    }
    for (const [i, backend] of backends.entries()) {
      const all = fc.tuple(...entry.examples.map((example) => uses(entry, oracle, example)));
      const { seed, ...rest } = runs(1);
      await fc.assert(fc.asyncProperty(all, (some) => obeyLayer(backend, some)), { ...rest, seed: seed! + i });
    }
  });
}

Deno.test("every oracle has a layer", () => {
  assertEquals(Object.keys(oracles).filter((name) => !Object.hasOwn(nn.layers, name)), []);
});
