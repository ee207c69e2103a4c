/**
 * The suite of protocols.
 *
 * @module
 */
import type { Protocol } from "../../protocols/protocol.ts";
import type { Check, Subject } from "./check.ts";
import { COMPONENT_CHECKS } from "./checks_components.ts";
import { COST_CHECKS } from "./checks_cost.ts";
import { EXACT_CHECKS } from "./checks_exact.ts";
import { PROGRAM_CHECKS } from "./checks_program.ts";
import { SHARING_CHECKS } from "./checks_sharing.ts";
import { TRUNCATION_CHECKS } from "./checks_truncation.ts";
import { VIEW_CHECKS } from "./checks_views.ts";
import { register, type Skip } from "./suite.ts";

/** All checks of a protocol, in the order in which they run. */
export const PROTOCOL_CHECKS: readonly Check<Subject>[] = [
  ...SHARING_CHECKS,
  ...EXACT_CHECKS,
  ...TRUNCATION_CHECKS,
  ...VIEW_CHECKS,
  ...COMPONENT_CHECKS,
  ...PROGRAM_CHECKS,
  ...COST_CHECKS,
];

/** Names of the checks that hold a protocol to hiding something: for `skip`, if it hides nothing. */
export const SECRECY: readonly string[] = [
  "shares are uniform",
  "openings show no shares",
  "random values are random",
  ...VIEW_CHECKS.map((check) => check.name),
];

/** What is known of a protocol under test. */
export interface ProtocolSuite {
  /** Begins the names of the tests. */
  readonly name: string;
  /** Makes the protocol. */
  readonly make: () => Protocol;
  /** Number of parties; the fewest that the protocol takes, and two at least, by default. */
  readonly parties?: number;
  /** How many parties may collude; 1 by default. */
  readonly colluding?: number;
  /**
   * How truncation rounds when the program does not say: `"unbiased"` (default), floor + {0,1} and right on average; or `"floor"`.
   */
  readonly rounding?: "unbiased" | "floor";
  /**
   * Names of the components that a party's parts are, where several parties hold the same: `(rank) => [`x${rank}`, …]`. Parties that
   * hold one of the same name are held to the same words.
   */
  readonly components?: (rank: number) => readonly string[];
  /** Names of primitives in which one party receives no message at all, such as those for which it deals. */
  readonly unmessaged?: readonly string[];
  /** Checks that are not run, and why. */
  readonly skip?: readonly Skip[];
}

/**
 * Registers the tests of a protocol, and one that prints its report card: threat model, measured error of truncation, cost of each
 * primitive, and which checks passed or were skipped, and why. They take 5 to 15 seconds.
 *
 * @example A protocol of your own
 * ```ts ignore
 * import { protocolSuite } from "https://tacit.example/tests/conformance/mod.ts";
 * import { mine } from "./mine.ts";
 *
 * protocolSuite({ name: "mine", make: () => mine(), parties: 3 });
 * ```
 * @throws {TypeError} when `skip` names a check that does not exist.
 */
export function protocolSuite(suite: ProtocolSuite): void {
  const { name, make, skip = [], components, unmessaged } = suite;
  const { parties = Math.max(2, make().parties[0]), colluding = 1, rounding = "unbiased" } = suite;
  const subject: Subject = { make, parties, colluding, rounding, components, unmessaged };
  register(name, PROTOCOL_CHECKS, subject, skip, () => [
    `${make().name}, ${parties} parties of which ${colluding} may collude`,
    `threat model: ${make().threatModel}`,
  ]);
}
