import { additive, launch, plain, runLocal, trustedFirstParty, workers } from "../../mod.ts";
import { processes } from "../../run/processes.ts";
import { assertEquals } from "../deps.ts";
import { main } from "./all_ops.ts";

const PROGRAM = new URL("./all_ops.ts", import.meta.url);
const [expected] = await runLocal({ parties: 2, protocol: plain() }, main);

for (const parties of [2, 3, 4, 5]) {
  Deno.test(`every kind of exchange is exact with ${parties} parties in one isolate`, async () => {
    for (
      const protocol of [plain(), additive(), additive({ provider: trustedFirstParty(), comparison: "wide" })]
    ) {
      for (const result of await runLocal({ parties, protocol }, main)) assertEquals(result, expected);
      for (const result of await runLocal({ parties, protocol, fastPaths: false }, main)) {
        assertEquals(result, expected);
      }
    }
  });
}

for (const [name, host] of [["message ports", workers()], ["TCP", processes()]] as const) {
  for (
    const [parties, protocol] of [[2, additive()], [3, additive({ comparison: "wide" })], [
      5,
      additive({ provider: trustedFirstParty() }),
    ]] as const
  ) {
    Deno.test(`every kind of exchange is exact with ${parties} parties over ${name}, ${protocol.options["provider"]}`, async () => {
      for (const result of await launch<number[][]>(PROGRAM, { parties, protocol, host })) {
        assertEquals(result, expected);
      }
    });
  }
}
