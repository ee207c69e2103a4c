import { additive, type CrypTensor, plain, runLocal, type Session, trustedFirstParty } from "../../mod.ts";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "../deps.ts";
import { erfOf } from "../../scripts/accuracy/stated.ts";
import { uneven } from "../conformance/series.ts";

const protocol = additive({ provider: trustedFirstParty() });

/** What every party decrypts of a tensor that a program makes: the same at all. */
async function drawn(
  program: (mpc: Session) => CrypTensor,
  options: Parameters<typeof runLocal>[0] = { parties: 2, protocol },
): Promise<Float64Array> {
  const results = await runLocal(options, async (mpc) => (await program(mpc).decrypt()).data as Float64Array);
  for (const other of results) assertEquals(other, results[0]);
  return results[0];
}

const mean = (x: Float64Array): number => x.reduce((a, b) => a + b, 0) / x.length;
const N = 20_000;
/** Five standard errors: by chance once in two million runs. */
const WIDE = 5 / Math.sqrt(N);

/** The largest distance between the share of numbers up to x and a distribution's, for sorted numbers. */
function distance(x: Float64Array, below: (x: number) => number): number {
  const sorted = x.slice().sort();
  return sorted.reduce((most, v, i) => Math.max(most, Math.abs((i + 0.5) / sorted.length - below(v))), 0);
}

for (
  const [name, options] of [
    ["additive, 2 parties", { parties: 2, protocol }],
    ["additive, 3 parties", { parties: 3, protocol }],
    ["additive, minimal", { parties: 2, protocol, fastPaths: false }],
    ["plain", { parties: 1, protocol: plain() }],
  ] as const
) {
  Deno.test(`uniform and normal numbers are distributed as they should be, ${name}`, async () => {
    const uniform = await drawn((mpc) => mpc.rand([N]), options);
    assert(uniform.every((x) => x >= 0 && x < 1 && Number.isInteger(x * 2 ** 16)));
    // Kolmogorov and Smirnov: beyond 1.95/sqrt(N) once in a thousand runs, beyond 2.7 once in a million.
    assert(distance(uniform, (x) => x) < 2.7 / Math.sqrt(N));
    const count = name.endsWith("minimal") ? 3000 : N;
    const normal = await drawn((mpc) => mpc.randn([count]), options);
    assert(distance(normal, (x) => (1 + erfOf(x / Math.SQRT2)) / 2) < 2.7 / Math.sqrt(count));
    assertAlmostEquals(mean(normal.map((x) => x * x)), 1, 5 * Math.SQRT2 / Math.sqrt(count));
  });
}

Deno.test("every draw is another one, and no party's shares say which", async () => {
  const results = await runLocal({ parties: 2, protocol }, async (mpc) => {
    const [a, b] = [mpc.rand([N]), mpc.rand([N])];
    const share = new BigUint64Array((await a.share()).buffer);
    assertEquals(uneven(`the share of party ${mpc.rank}`, share), undefined);
    return await Promise.all([a.decrypt(), b.decrypt()]);
  });
  const [a, b] = results[0]!.map((t) => t.data as Float64Array);
  assert(mean(a!.map((x, i) => (x - 0.5) * (b![i]! - 0.5))) < WIDE / 12);
  const again = await drawn((mpc) => mpc.rand([N]));
  assert(again.some((x, i) => x !== a![i]));
});

Deno.test("bernoulli draws ones with public and secret probabilities, and none or all at the ends", async () => {
  for (const p of [0.3, 0.5, 0.999]) {
    const ones = await drawn((mpc) => mpc.bernoulli(p, [N]));
    assert(ones.every((x) => x === 0 || x === 1));
    assertAlmostEquals(mean(ones), p, WIDE * Math.sqrt(p * (1 - p)));
  }
  assertEquals(mean(await drawn((mpc) => mpc.bernoulli(0, [1000]))), 0);
  assertEquals(mean(await drawn((mpc) => mpc.bernoulli(1, [1000]))), 1);
  const secret = await drawn((mpc) => mpc.encrypt(new Float64Array(N).fill(0.25), { src: 0 }).bernoulli());
  assertAlmostEquals(mean(secret), 0.25, WIDE * 0.44);
});

Deno.test("dropout keeps the mean, whole channels on request, with secret and public masks", async () => {
  const ones = (mpc: Session): CrypTensor =>
    mpc.encrypt({ shape: [100, 50, 4], data: new Float64Array(N).fill(1) }, { src: 0 });
  for (const mask of ["secret", "public"] as const) {
    const kept = await drawn((mpc) => ones(mpc).dropout(0.25, { mask }));
    // 4/3 is not a multiple of a unit.
    assert(kept.every((x) => x === 0 || Math.abs(x - 4 / 3) < 4 * 2 ** -16));
    assertAlmostEquals(mean(kept), 1, WIDE * Math.sqrt(1 / 3));
    const channels = await drawn((mpc) => ones(mpc).dropout(0.5, { mask, channels: true }));
    for (let i = 0; i < N; i += 4) assert(channels.subarray(i, i + 4).every((x) => x === channels[i]));
    assertAlmostEquals(mean(channels), 1, 5 / Math.sqrt(N / 4));
  }
  assertEquals(mean(await drawn((mpc) => ones(mpc).dropout(0))), 1);
});

Deno.test("a weighted index is one-hot and as frequent as its weight; zeros are never drawn", async () => {
  const weights = [1, 0, 2, 5, 0];
  const rows = N / weights.length;
  const data = Float64Array.from({ length: N }, (_, i) => weights[i % weights.length]!);
  const input = (mpc: Session): CrypTensor =>
    mpc.encrypt({ shape: [rows, weights.length], data }, { src: 0 });
  const hot = await drawn((mpc) => input(mpc).weightedIndex(1));
  weights.forEach((weight, k) => {
    const share = mean(hot.filter((_, i) => i % weights.length === k));
    if (weight === 0) assertEquals(share, 0);
    assertAlmostEquals(share, weight / 8, 5 * Math.sqrt(weight / 8 / rows) + 2 ** -14);
  });
  for (let i = 0; i < N; i += weights.length) {
    assertEquals(hot.subarray(i, i + weights.length).reduce((a, b) => a + b), 1);
  }
  const sample = await drawn((mpc) => input(mpc).weightedSample(1));
  assert(sample.every((x) => x === 1 || x === 2 || x === 5));
});

Deno.test("permutations have every number once, each order as often, and shuffles move whole entries", async () => {
  const orders = new Map<string, number>();
  const runs = 600;
  await runLocal({ parties: 2, protocol }, async (mpc) => {
    const drawnOrders = await Promise.all(Array.from({ length: runs }, () => mpc.randperm(3).decrypt()));
    for (const order of drawnOrders) {
      const key = order.data.join();
      if (mpc.rank === 0) orders.set(key, (orders.get(key) ?? 0) + 1);
    }
  });
  assertEquals([...orders.keys()].sort(), ["0,1,2", "0,2,1", "1,0,2", "1,2,0", "2,0,1", "2,1,0"]);
  // Chi squared of five degrees of freedom: beyond 34 once in half a million runs.
  assert([...orders.values()].reduce((sum, n) => sum + (n - runs / 6) ** 2 / (runs / 6), 0) < 34);
  const entries = Array.from({ length: 17 }, (_, i) => [i, -i - 0.5]);
  const mixed = await drawn((mpc) => mpc.encrypt(entries, { src: 1 }).shuffle());
  const pairs = Array.from({ length: 17 }, (_, i) => [mixed[2 * i]!, mixed[2 * i + 1]!]);
  assertEquals(pairs.toSorted(([a], [b]) => a! - b!), entries);
});

Deno.test("a thousand and more entries are looked up by two tables", async () => {
  const wanted = [0, 1023, 1024, 1999, 2499];
  const hot = await drawn((mpc) => mpc.encrypt(wanted, { src: 0, scale: 0 }).oneHot(2500));
  wanted.forEach((index, i) => assertEquals(hot.subarray(2500 * i, 2500 * (i + 1)).indexOf(1), index));
  assertEquals(hot.reduce((a, b) => a + b), wanted.length);
});

Deno.test("draws and secret indices that make no sense are refused at the call", async () => {
  await runLocal({ parties: 2, protocol }, (mpc) => {
    const x = mpc.encrypt([[1, 2, 3], [4, 5, 6]], { src: 0 });
    const index = mpc.encrypt([0, 1], { src: 0, scale: 0 });
    const misfits: readonly (readonly [() => unknown, string])[] = [
      [() => mpc.bernoulli(1.5, [2]), "probability 1.5"],
      [() => mpc.bernoulli([0.5, -0.1]), "probability -0.1"],
      [() => mpc.rand([-1]), "[-1]"],
      [() => x.dropout(1), "dropout of [2,3]"],
      [() => x.weightedIndex(2), "weightedIndex"],
      [() => x.narrow(1, 0, 0).weightedIndex(1), "no elements"],
      [() => x.shuffle(2), "shuffle"],
      [() => x.oneHot(3), "16 fraction bits"],
      [() => index.oneHot(0), "0 entries"],
      [() => x.embedding([1]), "16 fraction bits"],
      [() => index.embedding(3), "the table has shape []"],
      [() => x.gather(0, index), "gather of [2,3]"],
      [() => x.gather(2, index), "axis 2"],
      [() => x.addAt(index, [[1, 2]]), "[2,3] is wanted"],
    ];
    for (const [call, words] of misfits) {
      const error = assertThrows(call) as Error;
      assert(error instanceof RangeError || error instanceof TypeError, `${error}`);
      assert(error.message.includes(words), error.message);
    }
  });
});
