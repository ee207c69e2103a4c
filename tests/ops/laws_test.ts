import { additive, runLocal, trustedFirstParty } from "../../mod.ts";
import { runs } from "../arbitraries.ts";
import { assert, assertEquals, fc } from "../deps.ts";
import { backends } from "./backends.ts";
import { obey } from "./law.ts";
import { laws } from "./laws.ts";

const provider = trustedFirstParty();

for (const { name, cases } of laws) {
  Deno.test(`${name}: every party decrypts what plain numbers give`, async () => {
    for (const backend of backends) {
      await fc.assert(
        fc.asyncProperty(fc.array(cases, { minLength: 8, maxLength: 12 }), (some) => obey(backend, some)),
        runs(1),
      );
    }
  });
}

/** Integers of every size, with the edges, and partners that are equal, near and far. */
function integerPairs(): { x: BigInt64Array; y: BigInt64Array } {
  const edges = [0n, 1n, -1n, 2n ** 31n, -(2n ** 31n), 2n ** 53n + 1n, 2n ** 62n - 1n, 1n - 2n ** 62n];
  const xs = [...edges, ...Array.from({ length: 61 }, (_, i) => 3n << BigInt(i) >> 1n)];
  const near = xs.flatMap((x) => [x, x + 1n, x - 1n, -x, 7n].map((y) => [x, y] as const))
    .filter(([, y]) => y < 2n ** 62n && y > -(2n ** 62n));
  return { x: BigInt64Array.from(near, ([x]) => x), y: BigInt64Array.from(near, ([, y]) => y) };
}

/** Every exact operation on integers, as the shared words, without the rounding of numbers. */
async function exactWords(fastPaths: boolean, parties: number): Promise<bigint[][]> {
  const { x: xs, y: ys } = integerPairs();
  const shape = [xs.length];
  const shares = await runLocal({ parties, protocol: additive({ provider }), fastPaths }, async (mpc) => {
    const x = mpc.encrypt(mpc.rank === 0 ? xs : undefined, { src: 0, shape, scale: 0 });
    const y = mpc.encrypt(mpc.rank === 1 ? ys : undefined, { src: 1, shape, scale: 0 });
    const results = [
      x.relu(),
      x.eq(y),
      x.ne(y),
      x.abs().sub(0),
      x.lt(y).where(x, y),
      x.gt(y),
      x.to("binary").to("arithmetic"),
      x.to("binary").xor(y.to("binary")),
    ];
    return await Promise.all(results.map((r) => r.share()));
  });
  return shares[0]!.map((_, op) =>
    Array.from(xs, (_, i) => BigInt.asIntN(64, shares.reduce((sum, party) => sum + party[op]![i]!, 0n)))
  );
}

for (const parties of [2, 3]) {
  Deno.test(`exact operations give the same words with and without fast paths, ${parties} parties`, async () => {
    const { x: xs, y: ys } = integerPairs();
    const [fast, minimal] = await Promise.all([exactWords(true, parties), exactWords(false, parties)]);
    assertEquals(minimal, fast);
    const word = (x: bigint): bigint => BigInt.asIntN(64, x);
    const from = (f: (x: bigint, y: bigint) => bigint | boolean): bigint[] =>
      Array.from(xs, (x, i) => word(BigInt(f(x, ys[i]!))));
    assertEquals(fast, [
      from((x) => x > 0n ? x : 0n),
      from((x, y) => x === y),
      from((x, y) => x !== y),
      from((x) => x < 0n ? -x : x),
      from((x, y) => x < y ? x : y),
      from((x, y) => x > y),
      from((x) => x),
      from((x, y) => x ^ y),
    ]);
  });
}

/** Mean of `count` halvings of one unit of the last place, or of none, in units of the last place. */
async function meanOfHalves(parties: number, units: number, count: number): Promise<number> {
  const data = new Float64Array(count).fill(units * 2 ** -16);
  const [halves] = await runLocal({ parties, protocol: additive({ provider }) }, async (mpc) => {
    const x = mpc.encrypt(mpc.rank === 0 ? data : undefined, { src: 0, shape: [count] });
    return await x.div(2).decrypt();
  });
  return Array.from(halves!.data, Number).reduce((sum, v) => sum + v * 2 ** 16, 0) / count;
}

for (const parties of [2, 3]) {
  Deno.test(`half of a number is right on average, ${parties} parties`, async () => {
    const count = 20_000;
    assertEquals(await meanOfHalves(parties, 0, count), 0);
    assertEquals(await meanOfHalves(parties, 2, count), 1);
    const mean = await meanOfHalves(parties, 1, count);
    // Five standard deviations of a fair coin.
    assert(Math.abs(mean - 0.5) < 2.5 / Math.sqrt(count), `half of 1 unit is ${mean} on average`);
  });
}

Deno.test("choices and absolute values keep the bound of what they choose from", async () => {
  await runLocal({ parties: 2, protocol: additive({ provider }) }, (mpc) => {
    const bound = 2 ** 45;
    const [x, y] = [0, 1].map((src) =>
      mpc.encrypt(mpc.rank === src ? [1] : undefined, { src, shape: [1], bound })
    );
    assertEquals(x!.abs().bound, bound);
    assertEquals(x!.lt(y!).where(x!, y!).bound, bound);
    assertEquals(x!.minimum(y!).bound, bound);
    assertEquals(x!.sign().bound, 1);
  });
});
