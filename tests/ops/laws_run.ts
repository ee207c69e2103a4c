/**
 * Runs all laws.
 *
 * @module
 */
import { runs } from "../arbitraries.ts";
import { fc } from "../deps.ts";
import { type Backend, type Law, obey } from "./law.ts";
import { laws } from "./laws.ts";

/** Declares a test for each law, or for some, on these backends. */
export function testLaws(backends: readonly Backend[], some: readonly Law[] = laws): void {
  for (const { name, cases } of some) {
    Deno.test(`${name}: every party decrypts what plain numbers give`, async () => {
      for (const backend of backends) {
        await fc.assert(
          fc.asyncProperty(fc.array(cases, { minLength: 8, maxLength: 12 }), (list) => obey(backend, list)),
          runs(1),
        );
      }
    });
  }
}
