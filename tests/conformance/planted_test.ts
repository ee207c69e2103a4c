/**
 * That the kit finds what it should: every planted bug fails the check that is meant for it, which says what it found. Bugs that only
 * a look at what is sent can show pass the checks that look at results.
 *
 * @module
 */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../deps.ts";
import type { Check, Subject } from "./check.ts";
import { PROVIDER_CHECKS } from "./checks_provider.ts";
import { roundingFinding, roundingOf, spread } from "./checks_truncation.ts";
import { TRANSPORT_CHECKS } from "./checks_transport.ts";
import { COSTS } from "./planted/costs.ts";
import { MASKS } from "./planted/masks.ts";
import type { Planted } from "./planted/plant.ts";
import { PROVIDERS } from "./planted/providers.ts";
import { RESULTS } from "./planted/results.ts";
import { SHARING } from "./planted/sharing.ts";
import { TRANSPORTS } from "./planted/transports.ts";
import { PROTOCOL_CHECKS } from "./protocol_suite.ts";
import { SAMPLES } from "./provider_suite.ts";

/** Holds a planted bug to its check, and to those that it must pass. */
async function found<S>(bug: Planted, checks: readonly Check<S>[], subject: S): Promise<void> {
  const check = (name: string): Check<S> => {
    const named = checks.find((c) => c.name === name);
    assert(named !== undefined, `there is no check "${name}"`);
    return named;
  };
  const error = await assertRejects(() => check(bug.fails).run(subject, () => {}), Error);
  assertStringIncludes(error.message, bug.says);
  for (const name of bug.passes ?? []) await check(name).run(subject, () => {});
}

for (const bug of [...MASKS, ...SHARING, ...RESULTS, ...COSTS]) {
  Deno.test(`${bug.name}: found by "${bug.fails}"`, async () => {
    const subject: Subject = { parties: 2, colluding: 1, rounding: "unbiased", ...bug };
    await found(bug, PROTOCOL_CHECKS, subject);
  });
}

for (const bug of PROVIDERS) {
  Deno.test(`${bug.name}: found by "${bug.fails}"`, async () => {
    await found(bug, PROVIDER_CHECKS, { make: bug.make, parties: 2, samples: SAMPLES });
  });
}

for (const bug of TRANSPORTS) {
  Deno.test(`${bug.name}: found by "${bug.fails}"`, async () => {
    await found(bug, TRANSPORT_CHECKS, { make: bug.make, patience: 300 });
  });
}

Deno.test("local truncation of two shares fails as often as it is said to, and is found", () => {
  const z = spread(20_000, 58);
  const masks = crypto.getRandomValues(new BigInt64Array(20_000 / 5));
  const y = z.map((v, i) => {
    const mask = masks[i % masks.length]!;
    return (mask >> 16n) + (BigInt.asIntN(64, v - mask) >> 16n);
  });
  const rounding = roundingOf(z, y, 16);
  assert(rounding.wrong > 0);
  assertStringIncludes(roundingFinding("local", rounding, z.length, "unbiased")!, "floor + [0, 1] is wanted");
});

Deno.test("every check of the kit finds a planted bug", () => {
  const bugs: readonly Planted[] = [...MASKS, ...SHARING, ...RESULTS, ...COSTS, ...PROVIDERS, ...TRANSPORTS];
  const unproven = [...PROTOCOL_CHECKS, ...PROVIDER_CHECKS, ...TRANSPORT_CHECKS]
    .map((check) => check.name).filter((name) => bugs.every((bug) => bug.fails !== name));
  assertEquals(unproven, []);
});
