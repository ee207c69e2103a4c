import { additive } from "../../protocols/additive/additive.ts";
import { trustedFirstParty } from "../../protocols/providers/first_party.ts";
import { assert } from "../deps.ts";
import type { Subject } from "../conformance/check.ts";
import { measure, roundingFinding, spread, TRUNCATION_CHECKS } from "../conformance/checks_truncation.ts";

const provider = trustedFirstParty();

function subject(parties: number, options: Parameters<typeof additive>[0] = {}): Subject {
  return { make: () => additive({ provider, ...options }), parties, colluding: 1, rounding: "unbiased" };
}

const BLOCK = 1_000_000;
for (const [n, rounds] of [[2, 4], [3, 1], [5, 1]] as const) {
  Deno.test(`additive: truncation is floor + {0,1} and unbiased in ${rounds} million trials, ${n} parties`, async () => {
    for (let i = 0; i < rounds; i++) {
      const rounding = await measure(subject(n), { z: spread(BLOCK), bits: 16 });
      const finding = roundingFinding("truncate by 16", rounding, BLOCK, "unbiased");
      assert(finding === undefined, finding);
    }
  });
}

Deno.test("additive: truncation is right in every mode with 4 parties too", async () => {
  for (const check of TRUNCATION_CHECKS) await check.run(subject(4, { comparison: "wide" }), () => {});
});

Deno.test("additive: local truncation fails as often as it says", async () => {
  const z = new BigInt64Array(500_000);
  z.forEach((_, i) => z[i] = (i % 2 === 0 ? 1n : -1n) * (3n * 2n ** 56n));
  const { wrong } = await measure(subject(2, { truncation: "local" }), { z, bits: 16, mode: "local" });
  const rate = wrong / z.length;
  const expected = Number(3n * 2n ** 56n) / 2 ** 64;
  assert(
    Math.abs(rate - expected) < 6 * Math.sqrt(expected / z.length),
    `rate ${rate}, about ${expected} is stated`,
  );
});
