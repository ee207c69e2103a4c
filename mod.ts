/**
 * Tacit: secure multi-party computation for tensors and neural networks.
 *
 * Two or more parties compute on data that stays secret-shared from end to end; only what is decrypted is opened.
 *
 * @module
 */
export { ProtocolError, TransportError } from "./comm/errors.ts";
export type { FailureSite } from "./comm/errors.ts";
export type { AdditiveOptions } from "./protocols/additive/additive.ts";
export { additive } from "./protocols/additive/additive.ts";
export { plain } from "./protocols/plain.ts";
export type { Protocol, Truncation } from "./protocols/protocol.ts";
export type { Demand, ProviderFactory } from "./protocols/provider.ts";
export { trustedFirstParty } from "./protocols/providers/first_party.ts";
export { trustedThirdParty } from "./protocols/providers/third_party.ts";
export { RunError } from "./run/failure.ts";
export type { LaunchOptions } from "./run/launch.ts";
export { launch } from "./run/launch.ts";
export type { LocalOptions } from "./run/local.ts";
export { runLocal } from "./run/local.ts";
