import { additive, plain, trustedFirstParty } from "../../mod.ts";
import { runs } from "../arbitraries.ts";
import { fc } from "../deps.ts";
import { type Backend, obey } from "./law.ts";
import { laws } from "./laws.ts";

const provider = trustedFirstParty();

/** Everything that computes: the reference, both dealers, both profiles, both roundings, several parties. */
const backends: readonly Backend[] = [
  { name: "plain", parties: 1, protocol: plain() },
  { name: "plain", parties: 2, protocol: plain() },
  { name: "plain", parties: 3, protocol: plain() },
  { name: "additive with a first party", parties: 2, protocol: additive({ provider }) },
  { name: "additive with a first party", parties: 3, protocol: additive({ provider }) },
  { name: "additive with a third party", parties: 2, protocol: additive() },
  { name: "additive, wide", parties: 2, protocol: additive({ provider, comparison: "wide" }) },
  { name: "additive, exact", parties: 3, protocol: additive({ provider, truncation: "exact" }) },
  { name: "additive, minimal", parties: 2, protocol: additive({ provider }), fastPaths: false },
];

for (const { name, cases } of laws) {
  Deno.test(`${name}: every party decrypts what plain numbers give`, async () => {
    for (const backend of backends) {
      await fc.assert(
        fc.asyncProperty(fc.array(cases, { minLength: 20, maxLength: 30 }), (some) => obey(backend, some)),
        runs(15),
      );
    }
  });
}
