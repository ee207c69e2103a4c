import {
  additive,
  type CrypTensor,
  type Protocol,
  replicated,
  runLocal,
  trustedFirstParty,
} from "../../mod.ts";
import { assert, assertEquals } from "../deps.ts";
import { tiny } from "../protocols/tiny.ts";

const provider = trustedFirstParty();

/** Integers of every size, with the edges, and partners that are equal, near and far. */
function integerPairs(): { x: BigInt64Array; y: BigInt64Array } {
  const edges = [0n, 1n, -1n, 2n ** 31n, -(2n ** 31n), 2n ** 53n + 1n, 2n ** 62n - 1n, 1n - 2n ** 62n];
  const xs = [...edges, ...Array.from({ length: 61 }, (_, i) => 3n << BigInt(i) >> 1n)];
  const near = xs.flatMap((x) => [x, x + 1n, x - 1n, -x, 7n].map((y) => [x, y] as const))
    .filter(([, y]) => y < 2n ** 62n && y > -(2n ** 62n));
  return { x: BigInt64Array.from(near, ([x]) => x), y: BigInt64Array.from(near, ([, y]) => y) };
}

/** A protocol, how many run it, and whether it may use its faster forms. */
interface Runs {
  readonly protocol: Protocol;
  readonly parties: number;
  readonly fastPaths: boolean;
}

/** Every exact operation on integers, as the words that are opened, without the rounding of numbers. */
async function exactWords(options: Runs): Promise<Record<string, readonly bigint[]>> {
  const { x: xs, y: ys } = integerPairs();
  const shape = [xs.length];
  const opened = await runLocal(options, async (mpc) => {
    const x = mpc.encrypt(mpc.rank === 0 ? xs : undefined, { src: 0, shape, scale: 0 });
    const y = mpc.encrypt(mpc.rank === 1 ? ys : undefined, { src: 1, shape, scale: 0 });
    const results: Record<string, CrypTensor> = {
      add: x.add(y),
      mul: x.mul(y),
      square: x.square(),
      "sum of products": x.reshape([-1, 7]).matmul(y.reshape([7, -1])),
      relu: x.relu(),
      eq: x.eq(y),
      ne: x.ne(y),
      abs: x.abs(),
      where: x.lt(y).where(x, y),
      gt: x.gt(y),
      "to bits and back": x.to("binary").to("arithmetic"),
      xor: x.to("binary").xor(y.to("binary")),
      and: x.to("binary").and(y.to("binary")),
    };
    const tensors = await Promise.all(
      Object.entries(results).map(async ([name, t]) => [name, await t.decrypt({ integers: true })] as const),
    );
    return Object.fromEntries(tensors.map(([name, t]) => [name, Array.from(t!.data, BigInt)]));
  });
  for (const other of opened) assertEquals(other, opened[0]);
  return opened[0];
}

/** The same on plain integers. */
function plainWords(): Record<string, readonly bigint[]> {
  const { x: xs, y: ys } = integerPairs();
  const word = (x: bigint): bigint => BigInt.asIntN(64, x);
  const from = (f: (x: bigint, y: bigint) => bigint | boolean): bigint[] =>
    Array.from(xs, (x, i) => word(BigInt(f(x, ys[i]!))));
  const columns = ys.length / 7;
  const sums = Array.from({ length: columns * columns }, (_, at) => {
    const [i, j] = [Math.floor(at / columns), at % columns];
    return word([0, 1, 2, 3, 4, 5, 6].reduce((sum, k) => sum + xs[7 * i + k]! * ys[columns * k + j]!, 0n));
  });
  return {
    add: from((x, y) => x + y),
    mul: from((x, y) => x * y),
    square: from((x) => x * x),
    "sum of products": sums,
    relu: from((x) => x > 0n ? x : 0n),
    eq: from((x, y) => x === y),
    ne: from((x, y) => x !== y),
    abs: from((x) => x < 0n ? -x : x),
    where: from((x, y) => x < y ? x : y),
    gt: from((x, y) => x > y),
    "to bits and back": from((x) => x),
    xor: from((x, y) => x ^ y),
    and: from((x, y) => x & y),
  };
}

const RUNS: Readonly<Record<string, Omit<Runs, "fastPaths">>> = {
  "additive, 2 parties": { protocol: additive({ provider }), parties: 2 },
  "additive, 3 parties": { protocol: additive({ provider }), parties: 3 },
  replicated: { protocol: replicated(), parties: 3 },
  tiny: { protocol: tiny(), parties: 2 },
};

for (const [name, run] of Object.entries(RUNS)) {
  for (const fastPaths of [true, false]) {
    const how = fastPaths ? "with fast paths" : "from minimal primitives";
    Deno.test(`exact operations give the words of plain integers, ${name}, ${how}`, async () => {
      assertEquals(await exactWords({ ...run, fastPaths }), plainWords());
    });
  }
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
