/**
 * Which protocol a command runs, by the names that its options have.
 *
 * @module
 */
import type { Protocol } from "../../mod.ts";
import { protocolFrom, type Protocols, protocols, providers } from "../../run/registry.ts";
import { type Arguments, numberOption, suggestion, UsageError } from "./command.ts";

/** Options of all commands that compute. */
export const PROTOCOL_OPTIONS = ["parties", "protocol", "provider"];

/** What they mean, for help texts. */
export const PROTOCOL_HELP =
  `  --parties N            number of parties, 2 by default or as few as the protocol takes
  --protocol NAME        ${Object.keys(protocols).join(", ")}; additive by default; replicated takes
                         3 parties and no dealer; plain hides nothing
  --provider NAME        who deals correlated randomness: trustedThirdParty (ttp, the default) or
                         trustedFirstParty (tfp, for tests: party 0 could see everything)`;

const SHORT: Readonly<Record<string, string>> = { tfp: "trustedFirstParty", ttp: "trustedThirdParty" };

/** Where correlated randomness comes from, as figures name it. */
export function dealerOf({ provider }: Protocol): string {
  return provider === undefined ? "dealt by parties for each other" : "from the dealer";
}

/** Who computes. */
export interface Setting {
  /** Number of parties. */
  readonly parties: number;
  /** How they share. */
  readonly protocol: Protocol;
}

function oneOf(what: string, name: string, known: readonly string[]): string {
  if (known.includes(name)) return name;
  throw new UsageError(
    `Cannot use ${what} "${name}": one of ${known.join(", ")} is wanted${suggestion(name, known)}`,
  );
}

/** Reads them; `own` are protocols that a program brings along. */
export function settingFrom(args: Arguments, own: Protocols = {}): Setting {
  const name = oneOf(
    "protocol",
    args.values["protocol"] ?? "additive",
    Object.keys({ ...protocols, ...own }),
  );
  const given = args.values["provider"];
  if (given !== undefined && name !== "additive") {
    throw new UsageError(`Cannot use provider "${given}": protocol ${name} has none`);
  }
  const provider = given === undefined
    ? undefined
    : SHORT[given] ?? oneOf("provider", given, [...Object.keys(providers), ...Object.keys(SHORT)]);
  const protocol = protocolFrom({ name, options: provider === undefined ? {} : { provider } }, own);
  const [least, most] = protocol.parties;
  const parties = numberOption(args, "parties", Math.max(2, least), { least: 1, whole: true });
  if (parties < least || parties > most) {
    throw new UsageError(`Cannot use --parties ${parties}: ${name} takes ${least} to ${most}`);
  }
  return { parties, protocol };
}
