import { launch, runLocal } from "../../mod.ts";
import type { AShare, BShare, Cost, Pending } from "../../protocols/mod.ts";
import { assertEquals } from "../deps.ts";
import { constantWords, openedBits, openedWords, parties, type Party, type Sent } from "./harness.ts";
import { assertFairBits, assertFresh, assertUniformWords } from "./statistics.ts";
import { tiny } from "./tiny.ts";

/** A primitive on words x of a shape and bits b, nine per element. */
interface Row {
  readonly name: string;
  cost(p: Party, shape: readonly number[]): Cost;
  run(p: Party, x: Pending<AShare>, b: Pending<BShare>): Promise<unknown>;
}

const ROWS: readonly Row[] = [
  {
    name: "bilinear",
    cost: ({ protocol }, s) => protocol.costs.bilinear({ kind: "mul" }, s, s),
    run: (p, x) => p.protocol.bilinear(p.call(), { kind: "mul" }, x, x),
  },
  ...(["stochastic", "exact"] as const).map((mode): Row => ({
    name: `truncate, ${mode}`,
    cost: ({ protocol }, s) => protocol.costs.truncate(s, 16, mode),
    run: (p, x) => p.protocol.truncate(p.call(), x, 16, mode),
  })),
  {
    name: "sign",
    cost: ({ protocol }, s) => protocol.costs.sign(s),
    run: (p, x) => p.protocol.sign(p.call(), x),
  },
  {
    name: "fromBits",
    cost: ({ protocol }, s) => protocol.costs.fromBits(s, 9),
    run: (p, _x, b) => p.protocol.fromBits(p.call(), b, 9),
  },
  {
    name: "and",
    cost: ({ protocol }, s) => protocol.costs.and(s, 9),
    run: (p, _x, b) => p.protocol.and(p.call(), b, b, 9),
  },
  {
    name: "reveal",
    cost: ({ protocol }, s) => protocol.costs.reveal(s),
    run: (p, x) => p.protocol.reveal(p.call(), x, "all"),
  },
  {
    name: "revealBits",
    cost: ({ protocol }, s) => protocol.costs.revealBits(s, 9),
    run: (p, _x, b) => p.protocol.revealBits(p.call(), b, 9, "all"),
  },
];

Deno.test("tiny: declared costs are what crosses the wire", async () => {
  for (const row of ROWS) {
    for (const shape of [[0], [1], [129, 3]]) {
      await parties({ n: 2, protocol: tiny() }, async (p) => {
        const size = shape.reduce((a, b) => a * b, 1);
        // Both take no messages.
        const x = await p.share(constantWords(size, 3n), 0, shape);
        const b = p.ready(p.protocol.randomBits(p.call(), shape, 9));
        await row.run(p, x, b);
        const { rounds, payloadBytes } = p.env.comm.counters;
        const cost = row.cost(p, shape);
        assertEquals([rounds, 2 * payloadBytes], [cost.rounds, cost.bytes], `${row.name} of [${shape}]`);
      });
    }
  }
});

Deno.test("tiny: what is opened for a sign is uniform, and another mask each time", async () => {
  const size = 65_536;
  for (const secret of [0n, -1n, 2n ** 62n]) {
    const log: Sent[] = [];
    await parties({ n: 2, protocol: tiny(), log }, async (p) => {
      const x = await p.share(constantWords(size, secret));
      for (let i = 0; i < 2; i++) await p.protocol.sign(p.call(), x);
    });
    const [first, second] = openedWords(log.filter((s) => s.bytes.length === 8 * size), 0, 2);
    assertUniformWords(first!, "the masked value");
    assertFresh(first!, second!, "the sign");
    for (const planes of openedBits(log, 2, (s) => s.bytes.length !== 8 * size)) {
      assertFairBits(planes, "opened planes");
    }
  }
});

Deno.test("tiny: every primitive frees what it makes on the way", async () => {
  await runLocal({ parties: 2, protocol: tiny() }, async (mpc) => {
    const { heap } = mpc.context.shared.env;
    const x = mpc.encrypt([1.5, -2, 3], { src: 0 });
    await x.settled();
    const before = heap.liveBlocks;
    for (const f of [() => x.mul(x), () => x.relu(), () => x.floor(), () => x.exp(), () => x.eq(3)]) {
      const y = f();
      await y.decrypt();
      y.dispose();
      await mpc.settle();
    }
    assertEquals(heap.liveBlocks, before);
  });
});

Deno.test("tiny: a program brings it along to workers", async () => {
  const program = new URL("./tiny_program.ts", import.meta.url);
  assertEquals(await launch(program, { parties: 2, protocol: tiny() }), [4, 4]);
});
