import { additive } from "../../protocols/additive/additive.ts";
import { trustedFirstParty } from "../../protocols/providers/first_party.ts";
import { trustedThirdParty } from "../../protocols/providers/third_party.ts";
import { runLocal } from "../../run/local.ts";
import { assert, assertEquals } from "../deps.ts";
import { Party } from "../conformance/parties.ts";
import { LockStep } from "../conformance/lockstep.ts";

for (
  const [n, comparison, most, rounds] of [[2, "lean", 12.5, 4], [3, "lean", 12.5, 4], [2, "wide", 10.5, 3], [
    3,
    "wide",
    10.5,
    3,
  ]] as const
) {
  Deno.test(`additive: ReLU costs at most ${most} bytes per element and peer and ${rounds} rounds, headers included, ${n} parties, ${comparison}`, async () => {
    const size = 100_000;
    const costs = await runLocal({
      parties: n,
      protocol: additive({ provider: trustedFirstParty(), comparison }),
    }, async (mpc) => {
      const x = mpc.encrypt(mpc.rank === 0 ? new Float64Array(size) : undefined, { src: 0, shape: [size] });
      mpc.resetStats();
      await x.relu().settled();
      await mpc.context.shared.env.comm.pause();
      return mpc.stats.totals;
    });
    for (const { wireBytes, rounds: measured } of costs) {
      assertEquals(measured, rounds);
      assert(wireBytes / size / (n - 1) <= most, `${wireBytes / size / (n - 1)} bytes per element and peer`);
    }
  });
}

Deno.test("additive: with a third party, corrections go to one party and their sum is as declared", async () => {
  const protocol = additive({ provider: trustedThirdParty() });
  const results = await runLocal({ parties: 3, protocol }, async (mpc) => {
    const p = new Party(mpc);
    await p.protocol.relu!(p.call(), p.ready(p.protocol.random(p.call(), [300])));
    return { received: p.env.provider!.correctionBytes, declared: p.protocol.costs.relu!([300]).correlation };
  });
  assertEquals(results.filter((r) => r.received > 0).length, 1);
  assertEquals(results.reduce((sum, r) => sum + r.received, 0), results[0]!.declared);
});

Deno.test("independent operations share rounds: 16 products and 16 openings take 2 rounds", async () => {
  const network = new LockStep();
  const protocol = additive({ provider: trustedFirstParty() });
  const [totals] = await runLocal(
    { parties: 2, protocol, wrap: (link) => network.wrap(link) },
    async (mpc) => {
      await new Party(mpc).together();
      const integers = { src: 0, scale: 0 };
      const x = mpc.encrypt([3, 4], integers);
      const y = mpc.encrypt([5, -6], integers);
      const products = Array.from({ length: 16 }, (_, i) => x.mul(y.add(i)));
      const opened = await Promise.all(products.map((z) => z.decrypt()));
      opened.forEach((z, i) => assertEquals(Array.from(z.data, Number), [3 * (5 + i), 4 * (i - 6)]));
      return mpc.stats.totals;
    },
  );
  network.close();
  assertEquals(totals!.rounds, 2);
  assertEquals(network.waves, 2);
  assertEquals(totals!.frames, 2);
});
