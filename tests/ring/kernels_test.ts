import { FAMILIES, generate, target } from "../../scripts/dev/build_kernels.ts";
import { assertEquals } from "../deps.ts";

for (const family of FAMILIES) {
  Deno.test(`kernels: ${family} is what its generator makes`, async () => {
    assertEquals(await Deno.readTextFile(target(family)), await generate(family));
  });
}
