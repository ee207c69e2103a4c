import { Cell } from "../../ops/cell.ts";
import { plain } from "../../protocols/plain.ts";
import type { Instance, Protocol } from "../../protocols/protocol.ts";
import type { BlockKind } from "../../protocols/provider.ts";
import { additive } from "../../protocols/additive/additive.ts";
import { dealPlan, lessThanMask } from "../../protocols/additive/compare.ts";
import { openWords } from "../../protocols/additive/open.ts";
import { planFields, planFor, type Profile } from "../../protocols/additive/plan.ts";
import { take } from "../../protocols/additive/products.ts";
import { plusMask } from "../../protocols/additive/open.ts";
import { replicated } from "../../protocols/replicated/replicated.ts";
import { trustedFirstParty } from "../../protocols/providers/first_party.ts";
import { trustedThirdParty } from "../../protocols/providers/third_party.ts";
import type { Bilinear } from "../../ring/bilinear.ts";
import { bilinear } from "../../ring/bilinear.ts";
import { addConstant, neg } from "../../ring/elementwise.ts";
import { RingTensor } from "../../ring/tensor.ts";
import { assert, assertEquals, assertRejects } from "../deps.ts";
import { parties, type Party, planted, randomWords, type Sent } from "./harness.ts";

const provider = trustedFirstParty();

/** Values where carries, borrows and signs change, and random ones. */
function edges(): BigInt64Array {
  const out: bigint[] = [0n, 1n, -1n, 2n ** 63n - 1n, -(2n ** 63n)];
  for (let i = 0n; i < 63n; i++) for (const d of [-1n, 0n, 1n]) out.push(2n ** i + d, -(2n ** i) + d);
  return BigInt64Array.from([...out, ...new BigInt64Array(randomWords(400).buffer)]);
}

const words = (x: BigInt64Array): BigUint64Array => new BigUint64Array(x.buffer);

const PROTOCOLS: readonly (readonly [string, Protocol, readonly number[]])[] = [
  ["plain", plain(), [1, 2, 3]],
  ["additive", additive({ provider }), [2, 3, 4, 5]],
  ["additive, wide", additive({ provider, comparison: "wide" }), [2, 3]],
  ["additive, third party", additive({ provider: trustedThirdParty() }), [2, 3]],
  ["replicated", replicated(), [3]],
  ["replicated, wide", replicated({ comparison: "wide" }), [3]],
];

/** A primitive against its meaning on signed words. */
interface Case {
  readonly name: string;
  /** The optional primitive that it needs. */
  readonly needs?: keyof Instance;
  run(p: Party, protocol: Instance): Promise<ArrayLike<bigint>>;
  expect(x: bigint): bigint;
}

const x = edges();
const CASES: readonly Case[] = [
  {
    name: "sign",
    run: async (p, t) => await p.openBits(await t.sign(p.call(), await p.share(words(x))), 1),
    expect: (v) => v < 0n ? 1n : 0n,
  },
  {
    name: "relu",
    needs: "relu",
    run: async (p, t) => await p.open(await t.relu!(p.call(), await p.share(words(x)))),
    expect: (v) => v > 0n ? v : 0n,
  },
  {
    name: "isZero",
    needs: "isZero",
    run: async (p, t) => await p.openBits(await t.isZero!(p.call(), await p.share(words(x))), 1),
    expect: (v) => v === 0n ? 1n : 0n,
  },
  {
    name: "toBits",
    needs: "toBits",
    run: async (p, t) => await p.openBits(await t.toBits!(p.call(), await p.share(words(x))), 64),
    expect: (v) => BigInt.asUintN(64, v),
  },
  {
    name: "fromBits of toBits",
    needs: "toBits",
    run: async (p, t) =>
      await p.open(
        await t.fromBits(p.call(), p.ready(await t.toBits!(p.call(), await p.share(words(x)))), 64),
      ),
    expect: (v) => v,
  },
  {
    name: "select by the sign",
    needs: "select",
    run: async (p, t) => {
      const shared = await p.share(words(x), p.env.parties - 1);
      return await p.open(await t.select!(p.call(), p.ready(await t.sign(p.call(), shared)), shared));
    },
    expect: (v) => v < 0n ? v : 0n,
  },
  {
    name: "and of the value's bits with their shift",
    needs: "toBits",
    run: async (p, t) => {
      const shared = await p.share(words(x));
      const a = p.ready(await t.toBits!(p.call(), shared));
      const b = p.ready(await t.toBits!(p.call(), p.ready(t.linear(await shared.wait(), neg))));
      return await p.openBits(await t.and(p.call(), a, b, 64), 64);
    },
    expect: (v) => BigInt.asUintN(64, v) & BigInt.asUintN(64, -v),
  },
  {
    name: "square",
    needs: "square",
    run: async (p, t) => await p.open(await t.square!(p.call(), await p.share(words(x)))),
    expect: (v) => BigInt.asIntN(64, v * v),
  },
];

async function checkCase(c: Case, protocol: Protocol, n: number): Promise<void> {
  const results = await parties({ n, protocol }, (p) => c.run(p, p.protocol));
  for (const [rank, y] of results.entries()) {
    x.forEach((v, i) => assertEquals(y[i], c.expect(v), `${c.name} of ${v} at party ${rank}`));
  }
}

for (const [name, protocol, counts] of PROTOCOLS) {
  // The reference backend has no optional primitives: the operations' generic forms are tested on it instead.
  for (const c of CASES.filter((c) => c.needs === undefined || name !== "plain")) {
    Deno.test(`${name}: ${c.name} is exact at every edge, ${counts.join(", ")} parties`, async () => {
      for (const n of counts) await checkCase(c, protocol, n);
    });
  }
}

Deno.test("additive: the oracle of exactness catches a comparison that is off by one", async () => {
  const bug = planted(additive({ provider }), (good) => ({
    async sign(call, shared) {
      const share = await shared.wait();
      const first = call.tag.seq >= 0 ? { parts: share.parts.map((part) => addConstant(part, 1n)) } : share;
      return await good.sign(call, Cell.ready(shared.shape, first));
    },
  }));
  await assertRejects(() => checkCase(CASES[0]!, bug, 2));
});

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

const MAPS: readonly (readonly [Bilinear, number[], number[]])[] = [
  [{ kind: "mul" }, [7, 5], [7, 5]],
  [{ kind: "mul" }, [7, 5], [5]],
  [{ kind: "mul" }, [0], [0]],
  [{ kind: "mul" }, [], [3, 2]],
  [{ kind: "matmul" }, [4, 6], [6, 3]],
  [{ kind: "matmul" }, [2, 4, 6], [6, 3]],
  [{ kind: "matmul" }, [6], [6]],
  [{ kind: "conv", geometry: { stride: [2, 1], pads: [1, 0, 0, 2], dilation: [1, 2], groups: 2 } }, [
    2,
    4,
    5,
    6,
  ], [6, 2, 3, 2]],
  [
    {
      kind: "convTranspose",
      geometry: { stride: [2], pads: [1, 0], dilation: [1], groups: 1, outputPads: [1] },
    },
    [1, 3, 4],
    [3, 2, 3],
  ],
];
const product = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

Deno.test("every protocol: bilinear maps are exact modulo 2^64", async () => {
  for (const [name, protocol, counts] of PROTOCOLS) {
    for (const [map, a, b] of MAPS) {
      const [p, q] = [randomWords(product(a)), randomWords(product(b))];
      for (const n of counts) {
        await parties({ n, protocol }, async (party) => {
          const heap = party.env.heap;
          using left = RingTensor.from(heap, a, p);
          using right = RingTensor.from(heap, b, q);
          using expected = bilinear(map, left, right);
          const y = await party.protocol.bilinear(
            party.call(),
            map,
            await party.share(p, 0, a),
            await party.share(q, n - 1, b),
          );
          assertEquals(await party.open(y), expected.toSigned(), `${name}: ${map.kind} [${a}] [${b}]`);
        });
      }
    }
  }
});

Deno.test("additive: a prepared weight is opened once and gives exact products afterwards", async () => {
  const [p, w] = [randomWords(12), randomWords(6)];
  const log: Sent[] = [];
  await parties({ n: 3, protocol: additive({ provider }), log }, async (party) => {
    const t = party.protocol;
    const map: Bilinear = { kind: "matmul" };
    const weight = await party.share(w, 0, [3, 2]);
    const prepared = t.prepare!(party.call(), weight);
    await prepared.ready;
    for (let i = 0; i < 3; i++) {
      const input = await party.share(p, 1, [4, 3]);
      const fast = await party.open(await t.bilinearPrepared!(party.call(), map, input, prepared));
      assertEquals(fast, await party.open(await t.bilinear(party.call(), map, input, weight)));
    }
    prepared.free();
  });
  // What party 0 sent to party 1: the weight once; then for each product its masked input.
  const sent = log.filter((s) => s.from === 0 && s.to === 1);
  const weights = sent.filter((s) => s.bytes.length === 8 * 6);
  assertEquals(weights.length, 1 + 3, "once prepared, and once for each ordinary product");
  const inputs = sent.filter((s) => s.bytes.length === 8 * 12).map((s) => s.bytes.join());
  assertEquals(new Set(inputs).size, inputs.length);
  assert(inputs.length >= 6);
});
