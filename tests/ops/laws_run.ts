/**
 * Runs all laws.
 *
 * @module
 */
import { runs } from "../arbitraries.ts";
import { fc } from "../deps.ts";
import { type Backend, obey } from "./law.ts";
import { laws } from "./laws.ts";

/** Declares a test for each law, on these backends, with a number of cases at least. */
export function testLaws(backends: readonly Backend[], minLength = 8): void {
  for (const { name, cases } of laws) {
    Deno.test(`${name}: every party decrypts what plain numbers give`, async () => {
      for (const backend of backends) {
        await fc.assert(
          fc.asyncProperty(
            fc.array(cases, { minLength, maxLength: minLength + 4 }),
            (some) => obey(backend, some),
          ),
          runs(1),
        );
      }
    });
  }
}
