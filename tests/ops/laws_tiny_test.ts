import { runs } from "../arbitraries.ts";
import { fc } from "../deps.ts";
import { tiny } from "../protocols/tiny.ts";
import { type Backend, obey } from "./law.ts";
import { laws } from "./laws.ts";

const backend: Backend = { name: "tiny", parties: 2, protocol: tiny() };

// A sample, because its comparisons are slow; all laws hold.
for (const { name, cases } of laws.filter((_, i) => i % 5 === 0)) {
  Deno.test(`${name}: every party decrypts what plain numbers give, tiny`, async () => {
    await fc.assert(fc.asyncProperty(cases, (one) => obey(backend, [one])), runs(1));
  });
}
