/**
 * Registration: a list of checks becomes a list of tests, and what they found a report card.
 *
 * @module
 */
// deno-lint-ignore-file no-console
import type { Check } from "./check.ts";

/** Checks that do not hold, or make no sense, and why. */
export interface Skip {
  /** Why: printed on the report card. */
  readonly reason: string;
  /** Names of the checks. */
  readonly tests: readonly string[];
}

/** Registers one test per check that applies and is not skipped, and one that prints the report card. */
export function register<S>(
  name: string,
  checks: readonly Check<S>[],
  subject: S,
  skip: readonly Skip[],
  head: () => readonly string[],
): void {
  const known = checks.map((check) => check.name);
  for (const test of skip.flatMap((s) => s.tests)) {
    if (known.includes(test)) continue;
    throw new TypeError(`Cannot skip "${test}": there is no such check, the checks are ${known.join("; ")}`);
  }
  const lines: string[] = [];
  const outcomes: string[] = [];
  for (const check of checks) {
    if (check.applies?.(subject) === false) continue;
    const skipped = skip.find((s) => s.tests.includes(check.name));
    if (skipped !== undefined) {
      outcomes.push(`  skipped  ${check.name}: ${skipped.reason}`);
      continue;
    }
    const at = outcomes.push(`  not run  ${check.name}`) - 1;
    Deno.test(`${name}: ${check.name}`, async () => {
      outcomes[at] = `  FAILED   ${check.name}`;
      try {
        await check.run(subject, (line) => lines.push(`  ${line}`));
      } catch (error) {
        const found = error instanceof Error ? error.message : String(error);
        throw new Error(`${found}\nWhat is checked: ${check.about}`, { cause: error });
      }
      outcomes[at] = `  passed   ${check.name}`;
    });
  }
  Deno.test(`${name}: report card`, () => {
    console.log([name, ...head().map((line) => `  ${line}`), ...lines, ...outcomes].join("\n"));
  });
}
