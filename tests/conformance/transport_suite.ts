/**
 * The suite of transports.
 *
 * @module
 */
import type { Transport } from "../../comm/transport.ts";
import { TRANSPORT_CHECKS } from "./checks_transport.ts";
import { register, type Skip } from "./suite.ts";

/** What is known of a transport under test. */
export interface TransportSuite {
  /** Begins the names of the tests. */
  readonly name: string;
  /** Makes the two ends of a link. */
  readonly make: () => Promise<readonly [Transport, Transport]>;
  /** Checks that are not run, and why. */
  readonly skip?: readonly Skip[];
}

/**
 * Registers the tests of a transport, and one that prints its report card.
 *
 * @throws {TypeError} when `skip` names a check that does not exist.
 */
export function transportSuite({ name, make, skip = [] }: TransportSuite): void {
  register(name, TRANSPORT_CHECKS, { make }, skip, () => ["two ends of a link"]);
}
