import { nn } from "../../mod.ts";
import { runs } from "../arbitraries.ts";
import { assert, assertEquals, assertRejects, fc } from "../deps.ts";
import { backends } from "../ops/backends.ts";
import { oracles } from "../oracles/layers.ts";
import { type LayerOracle, ULP } from "../oracles/layers/row.ts";
import type { Values } from "../oracles/tensors.ts";
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
      await fc.assert(fc.asyncProperty(all, (some) => obeyLayer(backend, some)), {
        ...rest,
        seed: seed! + i,
      });
    }
  });
}

Deno.test("results that are off by more than is stated are found, for every layer", async () => {
  const away = ({ shape, data }: Values, by: number): Values => ({ shape, data: data.map((x) => x + by) });
  for (const [name, entry] of Object.entries(nn.layers)) {
    const oracle = oracles[name]!;
    const wrong: LayerOracle = {
      secretInputs: oracle.secretInputs ?? false,
      error: (c) => oracle.error(c),
      forward(c) {
        const by = 2.5 * oracle.error(c) + ULP;
        assert(by < 0.05, `${name} may be off by ${oracle.error(c)}`);
        return [oracle.forward(c)].flat().map((values) => away(values, by));
      },
    };
    const some = fc.sample(uses(entry, wrong, entry.examples[0]!), { seed: runs(1).seed!, numRuns: 1 });
    await assertRejects(() => obeyLayer(backends[0]!, some), Error, "is expected");
  }
});

Deno.test("every oracle has a layer", () => {
  assertEquals(Object.keys(oracles).filter((name) => !Object.hasOwn(nn.layers, name)), []);
});
