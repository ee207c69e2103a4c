/**
 * Writes `docs/onnx.md`: which ONNX operators are supported, measured by the test cases of the ONNX project.
 *
 *     deno run -A scripts/dev/onnx_table.ts                    # the page, from the list of cases that do not pass
 *     deno run -A scripts/dev/onnx_table.ts --update           # runs all cases; the list and the page
 *     deno run -A scripts/dev/onnx_table.ts --filter Conv      # runs cases by name or operator, and prints how they end
 *
 * With both options the entries of the chosen cases change, no other ones.
 *
 * @module
 */
// deno-lint-ignore-file no-console
import { operators } from "../../nn/onnx/operators.ts";
import { type Case, cases } from "../../tests/nn/corpus.ts";
import type { Outcome } from "../../tests/nn/corpus_run.ts";
import {
  entryOf,
  readStatusList,
  runEverywhere,
  STATUS_LIST,
  type StatusList,
  statusOf,
  subjectOf,
} from "../../tests/nn/corpus_status.ts";
import { formatted, head, line } from "./op_table.ts";

/** Where the page is. */
export const PAGE = new URL("../../docs/onnx.md", import.meta.url);

const STATUSES = ["pass", "fails", "unsupported", "out of scope"] as const;

type Counts = Readonly<Record<Outcome["status"], number>>;

function count(some: readonly Case[], list: StatusList): Counts {
  const counts = { "pass": 0, "fails": 0, "unsupported": 0, "out of scope": 0 };
  for (const { name } of some) counts[statusOf(list[name])]++;
  return counts;
}

/** Reasons why cases are out of scope, without repetitions. */
function reasons(some: readonly Case[], list: StatusList): string {
  const entries = some.map(({ name }) => list[name]).filter((entry) => statusOf(entry) === "out of scope");
  return [...new Set(entries.map((entry) => entry!.slice("out of scope: ".length)))].sort().join("; ");
}

const COLUMNS = [
  "operator",
  "versions here",
  "versions of cases",
  "cases",
  ...STATUSES,
  "passes beside others",
  "out of scope because",
];

/** The row of an operator. */
function rowOf(name: string, all: readonly Case[], list: StatusList): string[] {
  const using = all.filter((one) => one.operators.includes(name));
  const own = using.filter((one) => subjectOf(one) === name);
  const others = using.filter((one) => subjectOf(one) !== name);
  const counts = count(own, list);
  const opsets = [...new Set(using.map(({ opset }) => opset))].sort((a, b) => a - b);
  const figure = (n: number): string => n === 0 ? "" : `${n}`;
  return [
    name,
    (operators[name] ?? []).map(({ since }) => since).join(", "),
    opsets.join(", "),
    figure(own.length),
    ...STATUSES.map((status) => figure(counts[status])),
    others.length === 0 ? "" : `${count(others, list).pass} of ${others.length}`,
    reasons(own, list),
  ];
}

function introduction(all: readonly Case[], names: readonly string[], list: StatusList): string {
  const counts = count(all, list);
  const percent = (n: number): string => `${(100 * n / all.length).toFixed(1)} %`;
  const own = (name: string): Case[] => all.filter((one) => subjectOf(one) === name);
  const tried = names.filter((name) => own(name).length > 0);
  const whole = tried.filter((name) => {
    const { pass, fails, unsupported } = count(own(name), list);
    return pass > 0 && fails + unsupported === 0;
  });
  const some = tried.filter((name) => count(own(name), list).pass > 0);
  return `# ONNX operators

Written by \`deno run -A scripts/dev/onnx_table.ts\` from the test cases of the ONNX project (backend tests of version 1.12,
operator sets 1 to 17), as far as they mean something to encrypted computation: ${all.length} cases, see
[tests/data](../tests/data/README.md) for what is left out. All inputs are secret but those that an operator takes as structure,
as shapes, axes or indices. Each case runs in the clear and with two parties; real answers may be 2e-4 + 2e-4·|wanted| off,
more where many numbers are added, and integers not at all.

${
    STATUSES.map((status) =>
      `- **${status}**: ${counts[status]} of ${all.length} cases (${percent(counts[status])})`
    )
      .join("\n")
  }

Of the ${tried.length} operators of the default domain that have cases of their own, ${some.length} pass some of their
cases, and ${whole.length} pass all that are in scope. The column **cases** counts those that consist of the operator alone
(with constants); **passes beside others** is about networks and operators written out by simpler ones. **versions here** are
those of the operator set from which on the operator has a form of its own here; **versions of cases** are those of the models.
`;
}

/** The page, before the formatter. */
export function page(all: readonly Case[], list: StatusList): string {
  const standard = (name: string): boolean => !name.includes(".");
  const names = [...new Set([...all.flatMap((one) => one.operators), ...Object.keys(operators)])]
    .filter(standard).sort();
  const rows = names.map((name) => line(rowOf(name, all, list)));
  return [introduction(all, names, list), head(COLUMNS), ...rows, ""].join("\n");
}

/** Runs cases and prints those that do not pass; returns the entries of the list. */
async function run(some: readonly Case[], verbose: boolean): Promise<Record<string, string | undefined>> {
  const entries: Record<string, string | undefined> = {};
  for (const one of some) {
    const outcome = await runEverywhere(one);
    const { status, reason } = outcome;
    entries[one.name] = entryOf(outcome);
    if (status === "fails" || (verbose && status !== "pass")) {
      console.log(`${one.name}: ${status}: ${reason}`);
    }
  }
  return entries;
}

/** The value of an option. */
function option(name: string): string | undefined {
  const at = Deno.args.indexOf(name);
  return at < 0 ? undefined : Deno.args[at + 1] ?? "";
}

if (import.meta.main) {
  const [all, before, filter] = [await cases(), await readStatusList(), option("--filter")];
  const update = Deno.args.includes("--update");
  let list = before;
  if (update || filter !== undefined) {
    const chosen = filter === undefined
      ? all
      : all.filter((one) => one.name.includes(filter) || one.operators.includes(filter));
    const entries = await run(chosen, filter !== undefined);
    const merged = all.flatMap(({ name }) => {
      const entry = Object.hasOwn(entries, name) ? entries[name] : before[name];
      return entry === undefined ? [] : [[name, entry] as const];
    });
    list = Object.fromEntries(merged);
    console.log(count(chosen, list));
  }
  if (update) await Deno.writeTextFile(STATUS_LIST, `${JSON.stringify(list, null, 2)}\n`);
  if (update || filter === undefined) await Deno.writeTextFile(PAGE, await formatted(page(all, list)));
}
