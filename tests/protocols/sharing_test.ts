import { additive } from "../../protocols/additive/additive.ts";
import { zeroShare } from "../../protocols/additive/sharing.ts";
import { trustedFirstParty } from "../../protocols/providers/first_party.ts";
import { assertEquals } from "../deps.ts";
import { parties } from "../conformance/parties.ts";

Deno.test("additive: sharings of zero sum to zero and use all pairs of seeds", async () => {
  const n = 4;
  const shares = await parties({ n, protocol: additive({ provider: trustedFirstParty() }) }, (p) => {
    const call = p.call();
    const whole = zeroShare(p.env, call, 0, [1000]).toWords();
    // What a coalition of the two neighbours can compute: the streams that it shares with this party.
    const known = new BigUint64Array(1000);
    for (const peer of [(p.env.rank + 1) % n, (p.env.rank + n - 1) % n]) {
      const stream = p.env.seeds.pair(peer, "zero").tensor(p.env.heap, call.tag, 0, [1000]).toWords();
      for (let i = 0; i < 1000; i++) known[i]! += peer > p.env.rank ? stream[i]! : -stream[i]!;
    }
    return Promise.resolve({ whole, known });
  });
  for (let i = 0; i < 1000; i++) {
    assertEquals(BigInt.asUintN(64, shares.reduce((sum, s) => sum + s.whole[i]!, 0n)), 0n);
  }
  for (const { whole, known } of shares) {
    const guessed = whole.filter((word, i) => word === known[i]).length;
    assertEquals(guessed, 0, "two neighbours can compute a party's share of zero");
  }
});
