import {
  additive,
  type CrypTensor,
  einsum,
  runLocal,
  type Session,
  trustedFirstParty,
  where,
} from "../../mod.ts";
import { mergeNetwork } from "../../ops/network.ts";
import { assert, assertEquals } from "../deps.ts";

const provider = trustedFirstParty();

/** Rounds and payload bytes per peer of a program on [n] elements that are there. */
async function costOf(
  n: number,
  f: (x: CrypTensor, mpc: Session) => CrypTensor | readonly CrypTensor[],
  comparison: "lean" | "wide" = "lean",
): Promise<[rounds: number, bytes: number]> {
  const values = Float64Array.from({ length: n }, (_, i) => (i * 37) % 11 - 5);
  const [cost] = await runLocal({ parties: 2, protocol: additive({ provider, comparison }) }, async (mpc) => {
    const x = mpc.encrypt(mpc.rank === 0 ? values : undefined, { src: 0, shape: [n] });
    await x.settled();
    const before = mpc.stats.totals;
    await Promise.all([f(x, mpc)].flat().map((t) => t.settled()));
    const after = mpc.stats.totals;
    return [after.rounds - before.rounds, after.payloadBytes - before.payloadBytes] as [number, number];
  });
  return cost!;
}

Deno.test("extrema take one comparison and one selection per level, whatever they return", async () => {
  const max100 = [[28, 1370], [21, 1081]];
  assertEquals(await costOf(100, (x) => x.max()), max100[0] as [number, number]);
  assertEquals(await costOf(100, (x) => x.max(), "wide"), max100[1] as [number, number]);
  for (
    const [f, most] of [
      [(x: CrypTensor) => x.argmax(), 289],
      [(x: CrypTensor) => x.argmin({ oneHot: true }), 283],
      [(x: CrypTensor) => x.maxWithIndex(), 298],
    ] as const
  ) {
    assertEquals(await costOf(10, f), [16, most]);
    assertEquals((await costOf(10, f, "wide"))[0], 12);
  }
});

Deno.test("bounds cost the rounds of one relu, equations one product, public choices nothing", async () => {
  const relu = await costOf(16, (x) => x.relu());
  assertEquals((await costOf(16, (x) => x.clamp(-1, 2)))[0], relu[0]);
  assertEquals((await costOf(16, (x) => x.hardtanh()))[0], relu[0]);
  assertEquals(await costOf(6, (x) => einsum("ij,kj->ik", x.reshape([2, 3]), x.neg().reshape([2, 3]))), [
    1,
    96,
  ]);
  assertEquals(await costOf(6, (x) => einsum("ij,j->i", x.reshape([2, 3]), [1, 2, 3])), [0, 0]);
  assertEquals(await costOf(3, (x) => where([1, 0, 1], x, 7)), [0, 0]);
  // Four bits, packed.
  assertEquals(await costOf(4, (x) => x.lt(0).where(1, -1)), [4, (await costOf(4, (x) => x.lt(0)))[1] + 1]);
});

Deno.test("powers are as deep as the logarithm of the exponent", async () => {
  const square = (await costOf(1, (x) => x.square().rescale()))[0];
  for (const [n, products] of [[2, 1], [3, 2], [4, 2], [7, 3], [8, 3], [15, 4], [16, 4]] as const) {
    assertEquals((await costOf(1, (x) => x.pow(n).rescale()))[0], products * square, `power ${n}`);
  }
  assertEquals((await costOf(1, (x) => x.polynomial([0, 1, 1, 1, 1, 1, 1, 1, 1])))[0], 3 * square);
});

Deno.test("networks put the smallest elements of every pattern of zeros and ones in order", () => {
  for (let n = 0; n <= 11; n++) {
    for (let count = 0; count <= n; count++) {
      const { stages, result } = mergeNetwork(n, count);
      const depth = Math.ceil(Math.log2(Math.max(1, n)));
      assert(stages.length <= depth * (depth + 1) / 2);
      for (const stage of stages) assertEquals(new Set(stage.flat()).size, 2 * stage.length);
      // The zero-one principle: a network that sorts all patterns of two values sorts everything.
      for (let pattern = 0; pattern < 2 ** n; pattern++) {
        const list = Array.from({ length: n }, (_, i) => pattern >> i & 1);
        const zeros = list.filter((v) => v === 0).length;
        for (const [a, b] of stages.flat()) {
          if (list[a]! > list[b]!) [list[a], list[b]] = [list[b]!, list[a]!];
        }
        const expected = Array.from({ length: count }, (_, i) => i < zeros ? 0 : 1);
        assertEquals(result.map((i) => list[i]), expected, `${count} of ${n}`);
      }
      const rank = count - 1;
      const one = mergeNetwork(n, count, count > 0 ? [rank] : []);
      for (let pattern = 0; count > 0 && pattern < 2 ** n; pattern++) {
        const list = Array.from({ length: n }, (_, i) => pattern >> i & 1);
        const zeros = list.filter((v) => v === 0).length;
        for (const [a, b] of one.stages.flat()) {
          if (list[a]! > list[b]!) [list[a], list[b]] = [list[b]!, list[a]!];
        }
        assertEquals(list[one.result[rank]!], rank < zeros ? 0 : 1, `rank ${rank} of ${n}`);
      }
    }
  }
});

Deno.test("the few largest of many take fewer comparisons than as many maxima", () => {
  const cost = (n: number, k: number): [number, number] => {
    const { stages } = mergeNetwork(n, k);
    return [stages.flat().length, stages.length];
  };
  for (const n of [2, 3, 7, 16, 100, 1000]) {
    assertEquals(cost(n, 1), [n - 1, Math.ceil(Math.log2(n))]);
    for (const k of [2, 3, 5, 10]) if (k <= n) assert(cost(n, k)[0] <= k * (n - 1), `${k} of ${n}`);
  }
  assertEquals(cost(16, 16), [63, 10]);
  assertEquals([cost(100, 5), cost(100, 100)], [[343, 22], [1104, 28]]);
});

Deno.test("intermediate results return their memory", async () => {
  await runLocal({ parties: 2, protocol: additive({ provider }) }, async (mpc) => {
    const uses: ((x: CrypTensor) => CrypTensor | readonly CrypTensor[])[] = [
      (x) => x.max(),
      (x) => x.argmax(),
      (x) => x.argmin({ oneHot: true }),
      (x) => x.maxWithIndex(),
      (x) => x.sort({ descending: true }),
      (x) => x.argsort(),
      (x) => x.topk(2),
      (x) => x.median(),
      (x) => x.clamp(0, 3),
      (x) => x.leakyRelu(0.1),
      (x) => x.threshold(2, 0),
      (x) => where([1, 0, 0, 1, 1], x, 2),
      (x) => x.maskedFill([1, 0, 0, 1, 1], 2),
      (x) => x.logicalNot(),
      (x) => x.logicalXor(0),
      (x) => x.logicalOr(x),
      (x) => x.pow(7),
      (x) => x.polynomial([1, 2, 0.5]),
      (x) => x.prod(),
      (x) => x.outer(x),
      (x) => einsum("i,j,i->j", x, x, [1, 2, 3, 4, 5]),
      (x) => x.var(),
      (x) => [x.std(), x.norm(), x.norm({ p: Infinity })],
      (x) => [x.pow(-2), x.cumprod(0)],
    ];
    const { heap } = mpc.context.shared.env;
    for (const use of uses) {
      await mpc.settle();
      const start = heap.liveBlocks;
      const x = mpc.encrypt(mpc.rank === 0 ? [3, 1, 2, 5, 4] : undefined, { src: 0, shape: [5] });
      const results = [use(x)].flat();
      await mpc.settle();
      // With the operand goes what was opened of it.
      for (const tensor of [x, ...results]) tensor.dispose();
      assertEquals(heap.liveBlocks, start, String(use));
    }
  });
});
