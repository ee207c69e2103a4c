/**
 * How exact the fixed-point functions are: each over its whole domain, against plain numbers.
 *
 *     deno run -A scripts/accuracy.ts [--points N] [--filter RE] [--seed N]      1e5 points of each by default
 *
 * @module
 */
// deno-lint-ignore-file no-console
import { FUNCTIONS } from "./accuracy/elements.ts";
import { type Accuracy, accuracyOf, rowAccuracyOf } from "./accuracy/measure.ts";
import { ROW_FUNCTIONS } from "./accuracy/rows.ts";
import { statedText } from "./accuracy/stated.ts";

/** A function, and how it is measured. */
export interface Measured {
  /** Its name. */
  readonly name: string;
  /** Where the error is stated. */
  readonly domain: string;
  /** The stated error. */
  readonly stated: string;
  /** Measures it at about as many points. */
  measure(points: number, seed?: number): Promise<Accuracy>;
}

/** All functions. */
export const MEASURED: readonly Measured[] = [
  ...FUNCTIONS.map((row) => ({
    name: row.name,
    domain: row.domain,
    stated: statedText(row.error),
    measure: (points: number, seed?: number) => accuracyOf(row, points, seed),
  })),
  ...ROW_FUNCTIONS.map((row) => ({
    name: row.name,
    domain: row.domain,
    stated: statedText(row.error),
    measure: (points: number, seed?: number) => rowAccuracyOf(row, points, seed),
  })),
];

const argument = (name: string): string | undefined => {
  const at = Deno.args.indexOf(`--${name}`);
  return at < 0 ? undefined : Deno.args[at + 1];
};

if (import.meta.main) {
  const count = Number(argument("points") ?? 1e5);
  const seed = Number(argument("seed") ?? 1);
  const pattern = new RegExp(argument("filter") ?? "");
  let wrong = 0;
  console.log(
    "function | points | largest error | relative beyond 1 ulp | stated | share of it | us | domain",
  );
  for (const { name, domain, stated, measure } of MEASURED.filter((row) => pattern.test(row.name))) {
    const found = await measure(count, seed);
    const ok = found.share < 1;
    if (!ok) wrong++;
    const figures = [found.absolute, found.relative].map((v) => v.toExponential(1)).join(" | ");
    const verdict = ok ? "ok" : `NOT OK at ${found.worst.join(", ")}`;
    const share = `${found.share.toFixed(2)} ${verdict}`;
    console.log(
      `${name} | ${found.points} | ${figures} | ${stated} | ${share} | ${found.time.toFixed(1)} | ${domain}`,
    );
  }
  if (wrong > 0) Deno.exit(1);
}
