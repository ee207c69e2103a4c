/**
 * The suite of providers of correlated randomness.
 *
 * @module
 */
import { additiveKinds } from "../../protocols/additive/additive.ts";
import type { ProviderFactory } from "../../protocols/provider.ts";
import { PROVIDER_CHECKS } from "./checks_provider.ts";
import type { Sample } from "./correlations.ts";
import { register, type Skip } from "./suite.ts";

/** What is known of a provider under test. */
export interface ProviderSuite {
  /** Begins the names of the tests. */
  readonly name: string;
  /** Makes the provider. */
  readonly make: () => ProviderFactory;
  /** Number of parties; 2 by default. */
  readonly parties?: number;
  /**
   * Kinds of correlation that are asked for, with parameters of 4096 elements or more, two at least; of the first, `n` has to be the number of
   * elements. By default kinds of additive sharing.
   */
  readonly samples?: readonly Sample[];
  /** Checks that are not run, and why. */
  readonly skip?: readonly Skip[];
}

/** Kinds of every form: words, bits, private bits with 16-bit words, and tensors; the last block of the first is not a whole one. */
export const SAMPLES: readonly Sample[] = [
  { kind: additiveKinds["square"]!, params: { n: 10_000 } },
  { kind: additiveKinds["product"]!, params: { n: 4096 } },
  { kind: additiveKinds["and"]!, params: { n: 70_016, planes: 2 } },
  { kind: additiveKinds["relu"]!, params: { n: 8192, profile: "lean" } },
  { kind: additiveKinds["truncateExact"]!, params: { n: 4096, bits: 16, profile: "wide" } },
  { kind: additiveKinds["triple"]!, params: { a: [64, 64], b: [64, 64], map: { kind: "matmul" } } },
];

/** For two parties only. */
const PAIR: readonly Sample[] = [{ kind: additiveKinds["wrap"]!, params: { n: 8192, bits: 16 } }];

/**
 * Registers the tests of a provider, and one that prints its report card.
 *
 * @throws {TypeError} when `skip` names a check that does not exist.
 */
export function providerSuite(suite: ProviderSuite): void {
  const { name, make, parties = 2, skip = [] } = suite;
  const { samples = parties === 2 ? [...SAMPLES, ...PAIR] : SAMPLES } = suite;
  register(name, PROVIDER_CHECKS, { make, parties, samples }, skip, () => [
    `${make().name}, ${parties} parties, ${samples.length} kinds of correlation`,
    `threat model: ${make().threatModel}`,
  ]);
}
