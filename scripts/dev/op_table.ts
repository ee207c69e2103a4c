/**
 * Writes `docs/operations.md`: what every operation computes, how exactly, and what it costs, as measured.
 *
 *     deno run -A scripts/dev/op_table.ts
 *
 * @module
 */
import { COVERAGE } from "./operations/coverage.ts";
import { FAMILIES, measure, type Measured } from "./operations/measure.ts";
import type { Operation } from "./operations/row.ts";

/** Where the table is. */
export const PAGE = new URL("../../docs/operations.md", import.meta.url);

const COLUMNS = [
  "operation",
  "computes",
  "domain",
  "error",
  "rounds",
  "bytes",
  "dealt",
  "rounds, wide",
  "bytes, wide",
  "CrypTen",
];

const INTRODUCTION = `# Operations

Written by \`deno run -A scripts/dev/op_table.ts\`; the figures are measured, for two parties with a first party as dealer and
16 fraction bits.

- **error**: what a result may be off, stated and tested: \`deno run -A scripts/accuracy.ts\` measures functions over their whole
  domain. One ulp is 2^-16. Where nothing stands, the result is exact, and where no domain stands, it is everything that can be
  shared: |x| < 2^46.
- **rounds**: messages that have to follow each other; **bytes**: payload to each peer, per element of the operand (1000 of
  them) unless something else is said. A product counts with the truncation that its result takes when it is next used, and a
  comparison with its change to a number.
- **dealt**: bytes that a dealer has to send to one party, before or beside the computation, per element.
- **wide**: with \`comparison: "wide"\`, which takes fewer rounds and more dealt bytes.
- **CrypTen**: rounds and bytes of its default settings, counted from its source, where they are known.
`;

/** Figures of an operation, as they are written. */
export function figures(operation: Operation, lean: Measured, wide: Measured): string[] {
  const per = (bytes: number): string => `${Number((bytes / (operation.per ?? 1000)).toFixed(1))}`;
  return [
    `${lean.rounds}`,
    per(lean.bytes),
    per(lean.correlation),
    `${wide.rounds}`,
    per(wide.bytes),
  ];
}

/** Measures an operation in both profiles. */
export async function figuresOf(operation: Operation): Promise<string[]> {
  const lean = await measure(operation, { parties: 2 });
  const wide = await measure(operation, { parties: 2, comparison: "wide" });
  return figures(operation, lean!, wide!);
}

/** The cells of a row of a table, as Markdown. */
export const line = (cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
/** The heading of a table. */
export const head = (cells: readonly string[]): string => `${line(cells)}\n${line(cells.map(() => "---"))}`;

/** The cells of each row of the tables of a page. */
export function cellsOf(page: string): string[][] {
  return page.split("\n").filter((text) => text.startsWith("|")).map((text) =>
    text.slice(1, -1).replaceAll("\\|", "\u0000").split("|").map((cell) =>
      cell.trim().replaceAll("\u0000", "|")
    )
  );
}

/** The row of an operation. */
export function rowOf(operation: Operation, numbers: readonly string[]): string[] {
  const { name, text, domain = "", error = "", crypten } = operation;
  const theirs = crypten === undefined
    ? ""
    : `${crypten.rounds} round${crypten.rounds === 1 ? "" : "s"}, ${crypten.bytes} bytes`;
  return [name, text, domain, error, ...numbers, theirs];
}

async function page(): Promise<string> {
  const parts = [INTRODUCTION];
  for (const { title, rows } of FAMILIES) {
    parts.push(`## ${title}`, head(COLUMNS));
    for (const operation of rows) parts.push(line(rowOf(operation, await figuresOf(operation))));
  }
  parts.push(
    "## For users of CrypTen",
    "What its tensors can do, and what that is called here. A name that begins with a dot is a method of encrypted tensors, one that begins with `mpc.` one of a session.",
  );
  for (const { title, rows } of COVERAGE) {
    parts.push(`### ${title}`, head(["CrypTen", "here"]), ...rows.map(line));
  }
  const isRow = (text: string | undefined): boolean => text?.startsWith("|") === true;
  return parts.map((text, i) => isRow(text) && isRow(parts[i + 1]) ? text : `${text}\n`).join("\n");
}

/** The text as the formatter leaves it. */
export async function formatted(text: string): Promise<string> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--ext", "md", "-"],
    stdin: "piped",
    stdout: "piped",
    cwd: new URL("../../", import.meta.url),
  });
  const child = command.spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
  const { stdout, success } = await child.output();
  if (!success) throw new Error("Cannot format the page: deno fmt failed");
  return new TextDecoder().decode(stdout);
}

if (import.meta.main) {
  await Deno.mkdir(new URL(".", PAGE), { recursive: true });
  await Deno.writeTextFile(PAGE, await formatted(await page()));
}
