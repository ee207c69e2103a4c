/**
 * The list of cases that do not pass yet, with what they end as. It is written by `scripts/dev/onnx_table.ts --update`.
 *
 * @module
 */
import { additive, plain, trustedFirstParty } from "../../mod.ts";
import type { Case } from "./corpus.ts";
import { type Backend, type Outcome, runCase } from "./corpus_run.ts";

/** Where the list is. */
export const STATUS_LIST = new URL("../data/onnx_corpus_status.json", import.meta.url);

/** Names of cases that do not pass: "unsupported", or "fails" and "out of scope" with the reason. */
export type StatusList = Readonly<Record<string, string>>;

/** The list as it is stored. */
export async function readStatusList(): Promise<StatusList> {
  return JSON.parse(await Deno.readTextFile(STATUS_LIST));
}

/** How an outcome stands in the list; undefined for a pass, which does not. */
export function entryOf({ status, reason }: Outcome): string | undefined {
  if (status === "pass") return undefined;
  return status === "unsupported" ? status : `${status}: ${reason}`;
}

/** What an entry of the list says. */
export function statusOf(entry: string | undefined): Outcome["status"] {
  if (entry === undefined) return "pass";
  return (["unsupported", "out of scope"] as const).find((status) => entry.startsWith(status)) ?? "fails";
}

const BACKENDS: readonly (readonly [string, Backend])[] = [
  ["plain", { parties: 1, protocol: plain() }],
  ["additive", { parties: 2, protocol: additive({ provider: trustedFirstParty() }) }],
];

/** Runs a case in the clear, and if it passes there, with two parties. */
export async function runEverywhere(one: Case): Promise<Outcome> {
  for (const [name, backend] of BACKENDS) {
    const outcome = await runCase(one, backend);
    if (outcome.status === "out of scope") return outcome;
    if (outcome.status !== "pass") return { ...outcome, reason: `${outcome.reason} (${name})` };
  }
  return { status: "pass", reason: "" };
}

/** Operators that say nothing about what a case is for. */
const HELPERS = ["Constant", "Identity"];

/** The operator that a case is for; undefined for cases of several. */
export function subjectOf({ operators }: Case): string | undefined {
  const others = operators.filter((name) => !HELPERS.includes(name));
  return others.length > 1 ? undefined : others[0] ?? operators.findLast((name) => HELPERS.includes(name));
}
