/**
 * Everything that computes: what every law is tried on.
 *
 * @module
 */
import { additive, plain, replicated, trustedFirstParty } from "../../mod.ts";
import type { Backend } from "./law.ts";

const provider = trustedFirstParty();

/** The reference, both dealers, both profiles, both roundings, several parties. */
export const backends: readonly Backend[] = [
  { name: "plain", parties: 1, protocol: plain() },
  { name: "plain", parties: 2, protocol: plain() },
  { name: "plain", parties: 3, protocol: plain() },
  { name: "additive with a first party", parties: 2, protocol: additive({ provider }) },
  { name: "additive with a first party", parties: 3, protocol: additive({ provider }) },
  { name: "additive with a third party", parties: 2, protocol: additive() },
  { name: "additive, wide", parties: 2, protocol: additive({ provider, comparison: "wide" }) },
  { name: "additive, exact", parties: 3, protocol: additive({ provider, truncation: "exact" }) },
  { name: "replicated", parties: 3, protocol: replicated() },
  {
    name: "replicated, wide and exact",
    parties: 3,
    protocol: replicated({ comparison: "wide", truncation: "exact" }),
  },
  { name: "replicated, minimal", parties: 3, protocol: replicated(), fastPaths: false },
  { name: "additive, minimal", parties: 2, protocol: additive({ provider }), fastPaths: false },
];
