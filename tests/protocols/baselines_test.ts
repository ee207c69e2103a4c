import { additiveCosts } from "../../protocols/additive/costs.ts";
import type { Cost } from "../../protocols/protocol.ts";
import { assertEquals } from "../deps.ts";

const FILE = new URL("../baselines/additive_costs.json", import.meta.url);

/** Rounds, bytes and corrections of every primitive on 1000 elements. */
function table(): Record<string, Record<string, Cost>> {
  const out: Record<string, Record<string, Cost>> = {};
  const shape = [1000];
  for (const parties of [2, 3]) {
    for (const profile of ["lean", "wide"] as const) {
      const costs = additiveCosts(parties, profile, "stochastic");
      out[`${parties} parties, ${profile}`] = {
        share: costs.share(shape),
        reveal: costs.reveal(shape),
        mul: costs.bilinear({ kind: "mul" }, shape, shape),
        matmul: costs.bilinear({ kind: "matmul" }, [20, 50], [50, 20]),
        prepare: costs.prepare!([50, 20]),
        "matmul, prepared": costs.bilinearPrepared!({ kind: "matmul" }, [20, 50], [50, 20]),
        square: costs.square!(shape),
        truncate: costs.truncate(shape, 16),
        "truncate, exact": costs.truncate(shape, 16, "exact"),
        sign: costs.sign(shape),
        relu: costs.relu!(shape),
        truncateRelu: costs.truncateRelu!(shape, 16),
        isZero: costs.isZero!(shape),
        select: costs.select!(shape),
        toBits: costs.toBits!(shape),
        "fromBits, 64": costs.fromBits(shape, 64),
        "and, 64": costs.and(shape, 64),
      };
    }
  }
  return out;
}

Deno.test("additive: traffic is that of the baseline (TACIT_UPDATE=1 writes a new one)", async () => {
  const text = `${JSON.stringify(table(), undefined, 2)}\n`;
  if (Deno.env.get("TACIT_UPDATE") === "1") await Deno.writeTextFile(FILE, text);
  assertEquals(text, await Deno.readTextFile(FILE));
});
