/**
 * The conformance kit: what a protocol, a provider of correlated randomness or a transport is held to, as tests for Deno.
 *
 * A suite registers one test for each property, and one that prints a report card. It needs nothing but the thing itself: a file of yours with one
 * call, run by `deno test`. Statistical checks are confirmed by a second run before they fail, so that they do not fail by chance. That
 * the kit finds what it should is itself tested, on some eighty planted bugs.
 *
 * @example A transport of your own
 * ```ts ignore
 * import { transportSuite } from "https://tacit.example/tests/conformance/mod.ts";
 * import { pair } from "./mine.ts";
 *
 * transportSuite({ name: "mine", make: () => pair() });
 * ```
 *
 * @module
 */
export type { Sample } from "./correlations.ts";
export { protocolSuite, SECRECY } from "./protocol_suite.ts";
export type { ProtocolSuite } from "./protocol_suite.ts";
export { providerSuite } from "./provider_suite.ts";
export type { ProviderSuite } from "./provider_suite.ts";
export type { Skip } from "./suite.ts";
export { transportSuite } from "./transport_suite.ts";
export type { TransportSuite } from "./transport_suite.ts";
