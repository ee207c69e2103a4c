/**
 * Protocols and providers by name: what a worker or process makes anew, because code cannot be sent to it.
 *
 * @module
 */
import { additive } from "../protocols/additive/additive.ts";
import { plain } from "../protocols/plain.ts";
import type { Protocol } from "../protocols/protocol.ts";
import type { ProviderFactory } from "../protocols/provider.ts";
import { replicated, type ReplicatedOptions } from "../protocols/replicated/replicated.ts";
import { trustedFirstParty } from "../protocols/providers/first_party.ts";
import { trustedThirdParty } from "../protocols/providers/third_party.ts";

/** A protocol's name and options, as plain data. */
export interface ProtocolSpec {
  /** Its name. */
  readonly name: string;
  /** Its options. */
  readonly options: Readonly<Record<string, string | number | boolean>>;
}

/** Makes protocols from options; a program exports a record of these as `protocols` to run its own. */
export type Protocols = Readonly<Record<string, (options: ProtocolSpec["options"]) => Protocol>>;

/** Providers by name. */
export const providers: Readonly<Record<string, () => ProviderFactory>> = {
  trustedThirdParty,
  trustedFirstParty,
};

/** The protocols that come with the library. */
export const protocols: Protocols = {
  plain: () => plain(),
  replicated: (options) => replicated(options as ReplicatedOptions),
  additive(options) {
    const { provider = "trustedThirdParty", ...rest } = options;
    const make = Object.hasOwn(providers, String(provider)) ? providers[String(provider)] : undefined;
    if (make === undefined) {
      throw new TypeError(
        `Cannot make protocol additive: provider "${provider}" is unknown, one of ${
          Object.keys(providers).join(", ")
        } is wanted`,
      );
    }
    return additive({ ...rest, provider: make() });
  },
};

/**
 * Makes a protocol from its name and options.
 *
 * @throws {TypeError} when the name is unknown.
 */
export function protocolFrom(spec: ProtocolSpec, own: Protocols = {}): Protocol {
  const all: Protocols = { ...protocols, ...own };
  const make = Object.hasOwn(all, spec.name) ? all[spec.name] : undefined;
  if (make === undefined) {
    throw new TypeError(
      `Cannot run protocol "${spec.name}": it is unknown, one of ${Object.keys(all).join(", ")} is wanted`,
    );
  }
  return make(spec.options);
}
