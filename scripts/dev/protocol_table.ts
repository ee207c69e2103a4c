/**
 * Writes `docs/protocols.md`: the protocols of the library beside each other, by what the same computations cost.
 *
 *     deno run -A scripts/dev/protocol_table.ts            # rounds and bytes; times stay as they are
 *     deno run -A scripts/dev/protocol_table.ts --times    # times too, with every party in a process of its own
 *
 * @module
 */
import { additive, launch, type Protocol, replicated, runLocal } from "../../mod.ts";
import { processes } from "../../run/processes.ts";
import { cellsOf, formatted, head, line } from "./op_table.ts";
import { type Counted, main, ROWS } from "./protocols/program.ts";

/** Where the page is. */
export const PAGE = new URL("../../docs/protocols.md", import.meta.url);

/** What is compared. */
const SIDES: readonly { readonly protocol: Protocol; readonly parties: number }[] = [
  { protocol: additive(), parties: 2 },
  { protocol: replicated(), parties: 3 },
];

const names = SIDES.map(({ protocol }) => protocol.name);
const COLUMNS = [
  "computation",
  "operands",
  ...["rounds", "bytes per party", "dealt bytes", "ms"].flatMap((what) =>
    names.map((name) => `${what}, ${name}`)
  ),
];

const INTRODUCTION = `# Protocols

Written by \`deno run -A scripts/dev/protocol_table.ts\`; the figures are counted by the transports, with 16 fraction bits, from
operands that are shared to a result that is shared.

- **rounds**: messages that have to follow each other.
- **bytes per party**: payload that a party sends to the other ones, on average over the parties; without what is dealt.
- **dealt bytes**: correlated randomness, in all. Additive sharing gets it from a dealer, who can send it ahead; with replicated
  sharing the parties deal for each other as they go. It does not depend on what is computed on.
- **ms**: median of 5 runs with every party, and the dealer, in a process of its own on one machine; so links are faster, and
  processors busier, than those of parties that are apart.

[adding-a-protocol.md](./adding-a-protocol.md) says how to write one more.`;

const WARMUP = 2;
const REPEATS = 5;

/** Counts of every computation with one protocol, by party. */
type Side = readonly (readonly Counted[])[];

function total(counts: Side, row: number, of: (one: Counted) => number): number {
  return counts.reduce((sum, own) => sum + of(own[row]!), 0);
}

/** The exact cells of a row: rounds, bytes and dealt bytes, of every protocol. */
function figures(sides: readonly Side[], row: number): string[] {
  const dealt = sides.map((counts) => total(counts, row, (one) => one.corrections));
  const bytes = sides.map((counts) => total(counts, row, (one) => one.bytes) / counts.length);
  const rounds = sides.map((counts) => Math.max(...counts.map((own) => own[row]!.rounds)));
  return [...rounds, ...bytes.map(Math.round), ...dealt].map(String);
}

/** The cells of every computation, as far as they are exact. */
export async function exactRows(): Promise<string[][]> {
  const args = { warmup: 0, repeats: 1 };
  const sides = await Promise.all(SIDES.map((options) => runLocal(options, (mpc) => main(mpc, args))));
  return ROWS.map(({ name, text }, i) => [name, text, ...figures(sides, i)]);
}

/** Milliseconds of every computation, for every protocol: the median of what the slowest party took. */
async function times(): Promise<string[][]> {
  const program = new URL("./protocols/program.ts", import.meta.url);
  const medians: number[][] = [];
  for (const options of SIDES) {
    const args = { warmup: WARMUP, repeats: REPEATS };
    const counts = await launch<readonly Counted[]>(program, { ...options, args, host: processes() });
    medians.push(ROWS.map((_, row) => {
      const slowest = Array.from(
        { length: REPEATS },
        (_, i) => Math.max(...counts.map((own) => own[row]!.seconds[i]!)),
      );
      return slowest.sort((a, b) => a - b)[REPEATS >> 1]!;
    }));
  }
  return ROWS.map((_, row) => medians.map((own) => String(Number((own[row]! * 1000).toPrecision(2)))));
}

/** Times as the page has them. */
async function writtenTimes(): Promise<string[][]> {
  const page = await Deno.readTextFile(PAGE).catch(() => "");
  const cells = cellsOf(page);
  return ROWS.map(({ name }) => cells.find(([first]) => first === name)?.slice(-names.length) ?? ["", ""]);
}

/** What the protocols are, a row for each. */
export function facts(): string[][] {
  return SIDES.map(({ protocol, parties }) => {
    const [least, most] = protocol.parties;
    const dealer = protocol.provider === undefined ? "none" : protocol.provider.name;
    return [
      protocol.name,
      least === most ? `${least}` : `${least} to ${most}`,
      `${parties}`,
      dealer,
      protocol.threatModel,
    ];
  });
}

if (import.meta.main) {
  const exact = await exactRows();
  const ms = Deno.args.includes("--times") ? await times() : await writtenTimes();
  const parts = [
    INTRODUCTION,
    [head(["protocol", "parties", "here", "dealer", "threat model"]), ...facts().map(line)].join("\n"),
    [head(COLUMNS), ...exact.map((cells, i) => line([...cells, ...ms[i]!]))].join("\n"),
  ];
  await Deno.writeTextFile(PAGE, await formatted(`${parts.join("\n\n")}\n`));
}
