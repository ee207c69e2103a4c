import { plain } from "../../protocols/plain.ts";
import type { BlockKind } from "../../protocols/provider.ts";
import { additive } from "../../protocols/additive/additive.ts";
import { dealPlan, lessThanMask } from "../../protocols/additive/compare.ts";
import { openWords } from "../../protocols/additive/open.ts";
import { planFields, planFor, type Profile } from "../../protocols/additive/plan.ts";
import { take } from "../../protocols/additive/products.ts";
import { plusMask } from "../../protocols/additive/open.ts";
import { trustedFirstParty } from "../../protocols/providers/first_party.ts";
import { assertEquals } from "../deps.ts";
import { EXACT_CHECKS } from "../conformance/checks_exact.ts";
import { parties, randomWords } from "../conformance/parties.ts";

const provider = trustedFirstParty();

for (
  const [name, protocol, counts] of [
    ["plain", plain(), [1, 2]],
    ["additive", additive({ provider }), [4, 5]],
  ] as const
) {
  Deno.test(`${name}: what is exact is so with ${counts.join(" and ")} parties too`, async () => {
    for (const parties of counts) {
      const subject = { make: () => protocol, parties, colluding: 1, rounding: "unbiased" } as const;
      for (const check of EXACT_CHECKS) await check.run(subject, () => {});
    }
  });
}

/** A mask, and the comparison of some of its bits. */
const lessKind = (low: number, profile: Profile, bits: number): BlockKind => ({
  name: "less",
  form: "block",
  elements: (p) => p["n"] as number,
  fields: () => [{ name: "r", type: "ring", role: "mask" }, ...planFields(planFor(bits, profile))],
  deal(b) {
    const planes = b.scratch(b.groups * 1024);
    b.heap.kernels.bits.words_to_planes(planes, b.mask("r"), b.groups);
    dealPlan(b, planFor(bits, profile), planes + 16 * low);
  },
});

/** The comparison engine on `bits` bits from `low` on: [C < r] for equal values, neighbours, single-bit differences, random ones. */
async function checkLess(profile: Profile, bits: number, low: number, n: number): Promise<void> {
  const differences: bigint[] = [0n];
  for (let i = 0; i < 64; i++) differences.push(1n << BigInt(i), -(1n << BigInt(i)));
  const values = BigUint64Array.from([...differences.map((d) => BigInt.asUintN(64, d)), ...randomWords(500)]);
  await parties({ n, protocol: additive({ provider }) }, async (p) => {
    const shared = await p.share(values);
    const call = p.call();
    const corr = take(p.env, lessKind(low, profile, bits), { n: values.length }, call);
    const opened = await openWords(p.env, call, 0, plusMask(p.env, (await shared.wait()).parts[0]!, corr));
    await corr.ready();
    const { less, kept } = await lessThanMask({
      env: p.env,
      call,
      sub: 4,
      plan: planFor(bits, profile),
      corr,
      opened,
      low,
      keep: 63,
    });
    const result = await p.openBits({ parts: [less] }, 1);
    const c = opened.toWords();
    const part = (word: bigint): bigint => (word >> BigInt(low)) & ((1n << BigInt(bits)) - 1n);
    values.forEach((value, i) => {
      const r = BigInt.asUintN(64, c[i]! - value);
      assertEquals(
        result[i],
        part(c[i]!) < part(r) ? 1n : 0n,
        `${profile} ${bits} bits from ${low}: C and r differ by ${value}`,
      );
    });
    for (const t of [less, kept, opened]) t.free();
    corr.free();
  });
}

Deno.test("additive: the comparison engine is exact for every width and profile", async () => {
  for (const profile of ["lean", "wide"] as const) {
    for (let bits = 1; bits <= 63; bits++) {
      await checkLess(profile, bits, Math.min(bits % 5, 63 - bits), 2 + bits % 2);
    }
  }
});
