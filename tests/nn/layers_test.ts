import { nn } from "../../mod.ts";
import { runs } from "../arbitraries.ts";
import { assert, assertEquals, assertRejects, fc } from "../deps.ts";
import { backends } from "../ops/backends.ts";
import { oracles } from "../oracles/layers.ts";
import { type LayerOracle, ULP } from "../oracles/layers/row.ts";
import type { Values } from "../oracles/tensors.ts";
import { blocksAfter, obeyLayer, uses } from "./layer_law.ts";

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
  const away = ({ shape, data }: Values, by: number, relative = false): Values => ({
    shape,
    data: data.map((x) => x + by * (relative ? 1 + Math.abs(x) : 1)),
  });
  for (const [name, entry] of Object.entries(nn.layers)) {
    const oracle = oracles[name]!;
    const { drops: _, training: __, ...rest } = oracle;
    const wrong: LayerOracle = {
      ...rest,
      forward(c) {
        const by = 2.5 * oracle.error(c) + ULP;
        // A bound as large as the results would find nothing.
        assert(by < 0.25, `${name} may be off by ${oracle.error(c)}`);
        return [oracle.forward(c)].flat().map((values) => away(values, by, oracle.relative));
      },
    };
    const some = fc.sample(uses(entry, wrong, entry.examples[0]!), { seed: runs(1).seed!, numRuns: 1 });
    await assertRejects(() => obeyLayer(backends[0]!, some), Error, "is expected");
  }
});

Deno.test("layers return the memory of what they make on the way", async () => {
  for (const [name, entry] of Object.entries(nn.layers)) {
    const some = entry.examples.flatMap((example) =>
      fc.sample(uses(entry, oracles[name]!, example), { seed: runs(1).seed!, numRuns: 1 })
    );
    for (const use of some) {
      for (const publicWeights of [false, true]) {
        const blocks = await blocksAfter(3, use, { publicWeights, training: true });
        // What the first run makes for the whole session stays.
        assert(blocks[2]! <= blocks[1]!, `${name}: ${blocks} blocks`);
      }
    }
  }
});

Deno.test("every oracle has a layer", () => {
  assertEquals(Object.keys(oracles).filter((name) => !Object.hasOwn(nn.layers, name)), []);
});
