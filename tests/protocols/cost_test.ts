import type { AShare, Bilinear, Cost, Pending, Protocol, Spline } from "../../protocols/protocol.ts";
import { additive } from "../../protocols/additive/additive.ts";
import { replicated } from "../../protocols/replicated/replicated.ts";
import { trustedFirstParty } from "../../protocols/providers/first_party.ts";
import { trustedThirdParty } from "../../protocols/providers/third_party.ts";
import { RingTensor } from "../../ring/tensor.ts";
import { runLocal } from "../../run/local.ts";
import { assert, assertEquals, assertRejects } from "../deps.ts";
import { Party, planted } from "./harness.ts";
import { LockStep } from "../conformance/lockstep.ts";

const SHAPES: readonly (readonly number[])[] = [[1], [7], [128], [129, 3], [70, 70]];
const MATMUL: Bilinear = { kind: "matmul" };

const SPLINE: Spline = {
  low: -7n,
  indexBits: 4,
  offsetBits: 10,
  dropBits: 1,
  degree: 3,
  coefficients: Array.from({ length: 16 }, (_, i) => [BigInt(i), 1n, 2n, 3n]),
};

const TABLE = { low: -3n, indexBits: 4, rows: SPLINE.coefficients };

/** A primitive with its declared cost. */
interface Row {
  readonly name: string;
  /** Whether only additive sharing has it. */
  readonly needs?: "additive";
  readonly cost: (p: Party, shape: readonly number[]) => Cost;
  readonly run: (p: Party, shape: readonly number[]) => Promise<unknown>;
}

const wordsOf = (shape: readonly number[]): BigUint64Array =>
  BigUint64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => BigInt(i));

/** An operand that took no messages to make. */
const share = (p: Party, shape: readonly number[]): Pending<AShare> => {
  using words = RingTensor.from(p.env.heap, shape, wordsOf(shape));
  return p.ready(p.protocol.constant(words));
};

const ROWS: readonly Row[] = [
  { name: "share", cost: (p, s) => p.protocol.costs.share(s), run: (p, s) => p.share(wordsOf(s), 0, s) },
  {
    name: "reveal",
    cost: (p, s) => p.protocol.costs.reveal(s),
    run: async (p, s) => await p.protocol.reveal(p.call(), share(p, s), "all"),
  },
  {
    name: "mul",
    cost: (p, s) => p.protocol.costs.bilinear({ kind: "mul" }, s, s),
    run: async (p, s) => await p.protocol.bilinear(p.call(), { kind: "mul" }, share(p, s), share(p, s)),
  },
  {
    name: "matmul",
    cost: (p, s) => p.protocol.costs.bilinear(MATMUL, [3, s[0]!], [s[0]!, 2]),
    run: async (p, s) =>
      await p.protocol.bilinear(p.call(), MATMUL, share(p, [3, s[0]!]), share(p, [s[0]!, 2])),
  },
  {
    name: "square",
    cost: (p, s) => p.protocol.costs.square!(s),
    run: async (p, s) => await p.protocol.square!(p.call(), share(p, s)),
  },
  ...([["truncate", "stochastic"], ["truncate exactly", "exact"]] as const).map(([name, mode]): Row => ({
    name,
    cost: (p, s) => p.protocol.costs.truncate(s, 16, mode),
    run: async (p, s) => await p.protocol.truncate(p.call(), share(p, s), 16, mode),
  })),
  {
    name: "truncate by 30 bits",
    cost: (p, s) => p.protocol.costs.truncate(s, 30),
    run: async (p, s) => await p.protocol.truncate(p.call(), share(p, s), 30),
  },
  {
    name: "sign",
    cost: (p, s) => p.protocol.costs.sign(s),
    run: async (p, s) => await p.protocol.sign(p.call(), share(p, s)),
  },
  {
    name: "relu",
    cost: (p, s) => p.protocol.costs.relu!(s),
    run: async (p, s) => await p.protocol.relu!(p.call(), share(p, s)),
  },
  {
    name: "truncateRelu",
    cost: (p, s) => p.protocol.costs.truncateRelu!(s, 16),
    run: async (p, s) => await p.protocol.truncateRelu!(p.call(), share(p, s), 16),
  },
  {
    name: "isZero",
    cost: (p, s) => p.protocol.costs.isZero!(s),
    run: async (p, s) => await p.protocol.isZero!(p.call(), share(p, s)),
  },
  {
    name: "toBits",
    cost: (p, s) => p.protocol.costs.toBits!(s),
    run: async (p, s) => await p.protocol.toBits!(p.call(), share(p, s)),
  },
  {
    name: "fromBits",
    cost: (p, s) => p.protocol.costs.fromBits(s, 5),
    run: async (p, s) =>
      await p.protocol.fromBits(p.call(), p.ready(p.protocol.randomBits(p.call(), s, 5)), 5),
  },
  {
    name: "and",
    cost: (p, s) => p.protocol.costs.and(s, 9),
    run: async (p, s) => {
      const bits = p.ready(p.protocol.randomBits(p.call(), s, 9));
      return await p.protocol.and(p.call(), bits, bits, 9);
    },
  },
  {
    name: "select",
    cost: (p, s) => p.protocol.costs.select!(s),
    run: async (p, s) => {
      const bits = p.ready(p.protocol.randomBits(p.call(), s, 1));
      return await p.protocol.select!(p.call(), bits, share(p, s));
    },
  },
  ...[1, 3, 30].map((count): Row => ({
    name: `${count} thresholds`,
    cost: (p, s) => p.protocol.costs.thresholds!(s, count, 40),
    run: async (p, s) =>
      await p.protocol.thresholds!(
        p.call(),
        share(p, s),
        Array.from({ length: count }, (_, i) => BigInt(i)),
        40,
      ),
  })),
  {
    name: "weigh",
    cost: (p, s) => p.protocol.costs.weigh!(s, 5, 2),
    run: async (p, s) =>
      await p.protocol.weigh!(p.call(), p.ready(p.protocol.randomBits(p.call(), s, 5)), [
        [1n, 2n, 3n, 4n, 5n],
        [5n, 4n, 3n, 2n, 1n],
      ]),
  },
  {
    name: "spline",
    cost: (p, s) => p.protocol.costs.spline!(s, SPLINE),
    run: async (p, s) => await p.protocol.spline!(p.call(), share(p, s), SPLINE),
  },
  {
    name: "lookup",
    cost: (p, s) => p.protocol.costs.lookup!(s, 4, 4),
    run: async (p, s) => await p.protocol.lookup!(p.call(), share(p, s), TABLE),
  },
  {
    name: "oneHot",
    cost: (p, s) => p.protocol.costs.oneHot!(s, 300),
    run: async (p, s) => await p.protocol.oneHot!(p.call(), share(p, s), 300),
  },
  // What uses the view of an earlier call opens less by one operand.
  ...(["relu", "select", "square", "mul", "thresholds", "spline"] as const).map((name): Row => ({
    name: `sign, then ${name} by its view`,
    cost(p, s) {
      const { costs } = p.protocol;
      const first = costs.sign(s);
      const then = {
        relu: () => costs.relu!(s, true),
        select: () => costs.select!(s, true),
        square: () => costs.square!(s, true),
        mul: () => costs.bilinear({ kind: "mul" }, s, s, [true, false]),
        thresholds: () => costs.thresholds!(s, 3, 40, true),
        spline: () => costs.spline!(s, SPLINE, true),
      }[name]();
      return {
        // Both start from the same opening; the longer one counts.
        rounds: Math.max(first.rounds, name === "mul" ? 1 : 1 + then.rounds),
        bytes: first.bytes + then.bytes,
        correlation: first.correlation + then.correlation,
      };
    },
    async run(p, s) {
      const x = share(p, s);
      const y = share(p, s);
      const bits = p.ready(p.protocol.randomBits(p.call(), s, 1));
      const sign = p.protocol.sign(p.call(), x);
      const then = {
        relu: () => p.protocol.relu!(p.call(), x),
        select: () => p.protocol.select!(p.call(), bits, x),
        square: () => p.protocol.square!(p.call(), x),
        mul: () => p.protocol.bilinear(p.call(), { kind: "mul" }, x, y),
        thresholds: () => p.protocol.thresholds!(p.call(), x, [0n, 1n, 5n], 40),
        spline: () => p.protocol.spline!(p.call(), x, SPLINE),
      }[name]();
      await Promise.all([sign, then]);
    },
  })),
  {
    name: "revealBits",
    cost: (p, s) => p.protocol.costs.revealBits(s, 3),
    run: async (p, s) =>
      await p.protocol.revealBits(p.call(), p.ready(p.protocol.randomBits(p.call(), s, 3)), 3, "all"),
  },
  {
    name: "prepare",
    needs: "additive",
    cost: (p, s) => p.protocol.costs.prepare!(s),
    run: async (p, s) => await p.protocol.prepare!(p.call(), share(p, s)).ready,
  },
];

/** Runs a primitive in lock step and compares what crossed the wire with what is declared. */
async function measure(row: Row, protocol: Protocol, n: number, shape: readonly number[]): Promise<void> {
  const network = new LockStep();
  const options = {
    parties: n,
    protocol,
    wrap: (link: Parameters<LockStep["wrap"]>[0]) => network.wrap(link),
  };
  const costs = await runLocal(options, async (mpc) => {
    const p = new Party(mpc);
    await p.together();
    await row.run(p, shape);
    await p.protocol.settled?.();
    await p.env.comm.pause();
    const { payloadBytes, rounds, messages, frames, wireBytes } = p.env.comm.counters;
    // A party that deals for the two others is done before they are.
    await p.together();
    const correlation = p.env.provider?.correctionBytes ?? p.protocol.correctionBytes ?? 0;
    return { declared: row.cost(p, shape), payloadBytes, rounds, messages, frames, wireBytes, correlation };
  });
  network.close();
  const what = `${row.name} of [${shape}] with ${n} parties`;
  let corrections = 0;
  let sent = 0;
  let rounds = 0;
  for (const c of costs) {
    sent += c.payloadBytes;
    rounds = Math.max(rounds, c.rounds);
    assertEquals(network.waves, c.declared.rounds, `waves on the network of ${what}`);
    corrections += c.correlation;
  }
  const { declared } = costs[0]!;
  // Parties that deal for each other send the corrections over the same links.
  const dealt = protocol.provider === undefined ? declared.correlation : 0;
  assertEquals(rounds, declared.rounds, `counted rounds of ${what}`);
  assertEquals(sent, declared.bytes + dealt, `payload bytes of ${what}`);
  assertEquals(corrections, declared.correlation, `corrections of ${what}`);
}

const DECLARED: readonly (readonly [string, number, Protocol])[] = [
  ["additive, 2 parties", 2, additive({ provider: trustedFirstParty() })],
  ["additive, 2 parties, wide", 2, additive({ provider: trustedFirstParty(), comparison: "wide" })],
  ["additive, 3 parties", 3, additive({ provider: trustedFirstParty() })],
  ["replicated", 3, replicated()],
  ["replicated, wide", 3, replicated({ comparison: "wide" })],
];

for (const [name, n, protocol] of DECLARED) {
  Deno.test(`declared costs are what crosses the wire: ${name}`, async () => {
    for (const row of ROWS) {
      if (row.needs !== undefined && protocol.name !== "additive") continue;
      for (const shape of SHAPES) await measure(row, protocol, n, shape);
    }
  });
}

Deno.test("additive: the oracle of costs catches one byte too many", async () => {
  const bug = planted(additive({ provider: trustedFirstParty() }), (good, env) => ({
    async relu(call, x) {
      for (let to = 0; to < env.parties; to++) {
        if (to !== env.rank) {
          env.comm.post(to, call.tag, 99, 1, (dst) => dst.fill(0));
        }
      }
      return await good.relu!(call, x);
    },
  }));
  const relu = ROWS.find((row) => row.name === "relu")!;
  await assertRejects(() => measure(relu, bug, 2, [7]), Error, "payload bytes of relu");
});

Deno.test("additive: the oracle of costs catches a hidden round", async () => {
  const bug = planted(additive({ provider: trustedFirstParty() }), (good, env) => ({
    async relu(call, x) {
      await env.comm.exchange(call.tag, 99, 0, () => {}, "hidden");
      return await good.relu!(call, x);
    },
  }));
  const relu = ROWS.find((row) => row.name === "relu")!;
  await assertRejects(() => measure(relu, bug, 2, [7]), Error, "waves on the network of relu");
});

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
    await p.protocol.relu!(p.call(), share(p, [300]));
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
