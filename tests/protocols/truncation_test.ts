import type { Protocol, Truncation } from "../../protocols/protocol.ts";
import { additive } from "../../protocols/additive/additive.ts";
import { trustedFirstParty } from "../../protocols/providers/first_party.ts";
import { addConstant, mulConstant } from "../../ring/elementwise.ts";
import { assert, assertEquals, assertRejects } from "../deps.ts";
import { parties, planted, randomWords } from "./harness.ts";

const F = 16;
const provider = trustedFirstParty();

/** Values over the whole stated range, at every magnitude, with its edges. */
function spread(n: number, top = 62): BigInt64Array {
  const words = new BigInt64Array(randomWords(n).buffer);
  const limit = 2n ** BigInt(top);
  for (let i = 0; i < n; i++) words[i] = words[i]! >> BigInt(64 - top + (i % top) - 1);
  const edges = [limit - 1n, -limit, limit - 2n ** 16n - 1n, 0n, -1n, 1n, 65535n, 65536n, -65536n, -65535n];
  edges.forEach((edge, i) => words[i] = edge);
  return words;
}

/** Truncates and reports how far each result is from the floor, and from the quotient on average. */
async function measure(
  protocol: Protocol,
  n: number,
  z: BigInt64Array,
  mode?: Truncation,
  prepare: (part: import("../../ring/tensor.ts").RingTensor) => import("../../ring/tensor.ts").RingTensor = (
    p,
  ) => p.keep(),
): Promise<{ least: bigint; most: bigint; bias: number; wrong: number }> {
  const [y] = await parties({ n, protocol }, async (p) => {
    const shared = await p.share(new BigUint64Array(z.buffer));
    const share = p.protocol.linear(await shared.wait(), prepare);
    return await p.open(await p.protocol.truncate(p.call(), p.ready(share), F, mode));
  });
  let [least, most, bias, wrong] = [1n << 63n, -(1n << 63n), 0, 0];
  for (let i = 0; i < z.length; i++) {
    const distance = y![i]! - (z[i]! >> 16n);
    if (distance < least) least = distance;
    if (distance > most) most = distance;
    if (distance < 0n || distance > 1n) wrong++;
    bias += Number(BigInt.asIntN(48, distance)) - Number(z[i]! & 65535n) / 65536;
  }
  return { least, most, bias: bias / z.length, wrong };
}

/** floor + {0,1}, never anything else, and right on average. */
async function checkStochastic(protocol: Protocol, n: number, count: number): Promise<void> {
  const z = spread(count);
  const { least, most, bias } = await measure(protocol, n, z);
  assert(least >= 0n && most <= 1n, `results are floor + [${least}, ${most}], floor + [0, 1] is stated`);
  // The error of one element has a standard deviation of at most one half.
  const limit = 4 * 0.5 / Math.sqrt(count);
  assert(
    Math.abs(bias) < limit,
    `the mean error is ${bias.toExponential(2)} ulp, below ${limit.toExponential(2)} is stated`,
  );
}

const BLOCK = 1_000_000;
for (const [n, rounds] of [[2, 6], [3, 2], [4, 1], [5, 1]] as const) {
  Deno.test(`additive: truncation is floor + {0,1} and unbiased in ${rounds} million trials, ${n} parties`, async () => {
    for (let i = 0; i < rounds; i++) await checkStochastic(additive({ provider }), n, BLOCK);
  });
}

for (const n of [2, 3]) {
  Deno.test(`additive: exact truncation is the floor, ${n} parties`, async () => {
    const { least, most } = await measure(additive({ provider, truncation: "exact" }), n, spread(200_000));
    assertEquals([least, most], [0n, 0n]);
  });
}

Deno.test("additive: truncation stays unbiased after a public product by 2^14", async () => {
  const z = spread(BLOCK, 47);
  const scaled = z.map((v) => v << 14n);
  const [y] = await parties({ n: 2, protocol: additive({ provider }) }, async (p) => {
    const x = await (await p.share(new BigUint64Array(z.buffer))).wait();
    const grown = p.protocol.linear(x, (part) => mulConstant(part, 1n << 14n));
    return await p.open(await p.protocol.truncate(p.call(), p.ready(grown), F));
  });
  let bias = 0;
  for (let i = 0; i < z.length; i++) {
    bias += Number(y![i]! - (scaled[i]! >> 16n)) - Number(scaled[i]! & 65535n) / 65536;
  }
  assert(Math.abs(bias / z.length) < 2 / Math.sqrt(z.length), `the mean error is ${bias / z.length} ulp`);
});

Deno.test("additive: local truncation fails as often as it says, so the oracle can fail", async () => {
  const z = new BigInt64Array(500_000);
  z.forEach((_, i) => z[i] = (i % 2 === 0 ? 1n : -1n) * (3n * 2n ** 56n));
  const { wrong } = await measure(additive({ provider, truncation: "local" }), 2, z, "local");
  const rate = wrong / z.length;
  const expected = Number(3n * 2n ** 56n) / 2 ** 64;
  assert(
    Math.abs(rate - expected) < 6 * Math.sqrt(expected / z.length),
    `rate ${rate}, about ${expected} is stated`,
  );
});

Deno.test("additive: the oracle of truncation catches a constant that is off by one", async () => {
  const bug = planted(additive({ provider }), (good, env) => ({
    async truncate(call, x, bits, mode) {
      const share = await good.truncate(call, x, bits, mode);
      return env.rank === 0 ? { parts: [addConstant(share.parts[0]!, 1n)] } : share;
    },
  }));
  await assertRejects(() => checkStochastic(bug, 2, 10_000), Error, "floor + [0, 1] is stated");
});

Deno.test("additive: the oracle of truncation catches rounding that is always down", async () => {
  const bug = planted(additive({ provider }), (good) => ({
    truncate: (call, x, bits) => good.truncate(call, x, bits, "exact"),
  }));
  await assertRejects(() => checkStochastic(bug, 2, 100_000), Error, "the mean error is");
});

/** Truncation and ReLU from one opening: the ReLU of floor + {0,1}. */
async function checkFused(protocol: Protocol, n: number): Promise<void> {
  const z = spread(200_000);
  for (let i = 0; i < z.length; i++) if (z[i]! >= 2n ** 62n - 65536n) z[i] = 2n ** 62n - 65537n;
  const [y] = await parties({ n, protocol }, async (p) => {
    const x = await p.share(new BigUint64Array(z.buffer));
    return await p.open(await p.protocol.truncateRelu!(p.call(), x, F));
  });
  for (let i = 0; i < z.length; i++) {
    const floor = z[i]! >> 16n;
    const [low, high] = [floor > 0n ? floor : 0n, floor + 1n > 0n ? floor + 1n : 0n];
    assert(y![i] === low || y![i] === high, `element ${i} is neither relu(floor) nor relu(floor + 1)`);
  }
}

for (const [n, comparison] of [[2, "lean"], [2, "wide"], [3, "lean"], [4, "wide"]] as const) {
  Deno.test(`additive: fused truncation and ReLU is the ReLU of the truncated value, ${n} parties, ${comparison}`, () =>
    checkFused(additive({ provider, comparison }), n));
}

Deno.test("additive: the oracle of fused truncation catches a constant that is off by one", async () => {
  const bug = planted(additive({ provider }), (good) => ({
    async truncateRelu(call, x, bits) {
      const share = await good.truncateRelu!(call, x, bits);
      return { parts: share.parts.map((part) => addConstant(part, 1n)) };
    },
  }));
  await assertRejects(() => checkFused(bug, 2), Error, "neither relu(floor)");
});
