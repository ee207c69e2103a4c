import { additiveCosts } from "../../protocols/additive/costs.ts";
import { replicatedCosts } from "../../protocols/replicated/costs.ts";
import type { Cost, Costs } from "../../protocols/protocol.ts";
import { assertEquals } from "../deps.ts";

const FILE = new URL("../baselines/costs.json", import.meta.url);

/** Rounds, bytes and corrections of every primitive on 1000 elements. */
function rows(costs: Costs): Record<string, Cost> {
  const shape = [1000];
  return {
    share: costs.share(shape),
    reveal: costs.reveal(shape),
    mul: costs.bilinear({ kind: "mul" }, shape, shape),
    matmul: costs.bilinear({ kind: "matmul" }, [20, 50], [50, 20]),
    ...(costs.prepare && { prepare: costs.prepare([50, 20]) }),
    ...(costs.bilinearPrepared && {
      "matmul, prepared": costs.bilinearPrepared({ kind: "matmul" }, [20, 50], [50, 20]),
    }),
    square: costs.square!(shape),
    ...(costs.reshare && {
      reshare: costs.reshare(shape),
      "truncate, of summands": costs.truncate(shape, 16, undefined, true),
      "truncateRelu, of summands": costs.truncateRelu!(shape, 16, true),
    }),
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

function table(): Record<string, Record<string, Cost>> {
  const out: Record<string, Record<string, Cost>> = {};
  for (const profile of ["lean", "wide"] as const) {
    for (const parties of [2, 3]) {
      out[`additive, ${parties} parties, ${profile}`] = rows(additiveCosts(parties, profile, "stochastic"));
    }
    out[`replicated, ${profile}`] = rows(replicatedCosts(profile, "stochastic"));
  }
  return out;
}

Deno.test("traffic is that of the baseline (TACIT_UPDATE=1 writes a new one)", async () => {
  const text = `${JSON.stringify(table(), undefined, 2)}\n`;
  if (Deno.env.get("TACIT_UPDATE") === "1") await Deno.writeTextFile(FILE, text);
  assertEquals(text, await Deno.readTextFile(FILE));
});
