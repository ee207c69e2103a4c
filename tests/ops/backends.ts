/**
 * Everything that computes: what laws are tried on.
 *
 * @module
 */
import { additive, plain, replicated, trustedFirstParty } from "../../mod.ts";
import type { Backend } from "./law.ts";

const provider = trustedFirstParty();

/** The reference, and additive sharing with both dealers, both profiles, both roundings, several parties. */
export const additives: readonly Backend[] = [
  { name: "plain", parties: 1, protocol: plain() },
  { name: "additive with a first party", parties: 2, protocol: additive({ provider }) },
  { name: "additive with a first party", parties: 3, protocol: additive({ provider }) },
  { name: "additive with a third party", parties: 2, protocol: additive() },
  { name: "additive, wide", parties: 2, protocol: additive({ provider, comparison: "wide" }) },
  { name: "additive, exact", parties: 3, protocol: additive({ provider, truncation: "exact" }) },
];

/** Replicated sharing, with both profiles and both roundings. */
export const replicateds: readonly Backend[] = [
  { name: "replicated", parties: 3, protocol: replicated() },
  {
    name: "replicated, wide and exact",
    parties: 3,
    protocol: replicated({ comparison: "wide", truncation: "exact" }),
  },
];

/** Every protocol from its minimal primitives. */
export const minimals: readonly Backend[] = [
  { name: "additive, minimal", parties: 2, protocol: additive({ provider }), fastPaths: false },
  { name: "replicated, minimal", parties: 3, protocol: replicated(), fastPaths: false },
];

/** One of each kind, for laws above the operations. */
export const backends: readonly Backend[] = [
  additives[0]!,
  additives[1]!,
  additives[5]!,
  replicateds[0]!,
  minimals[0]!,
];
