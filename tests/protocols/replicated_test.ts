import { CORRECTIONS_SUB } from "../../protocols/providers/third_party.ts";
import { replicated } from "../../protocols/replicated/replicated.ts";
import type { AShare, BShare, Spline } from "../../protocols/protocol.ts";
import { type BitTensor, packedBytes, packPlanes } from "../../ring/bits.ts";
import { RingTensor } from "../../ring/tensor.ts";
import { assert, assertEquals } from "../deps.ts";
import { parties, type Party, randomWords, type Sent } from "./harness.ts";

const protocol = replicated();

const SPLINE: Spline = {
  low: -8n,
  indexBits: 3,
  offsetBits: 2,
  dropBits: 0,
  degree: 1,
  coefficients: Array.from({ length: 8 }, (_, i) => [BigInt(i), 1n]),
};

/** Every primitive that has a share as its result, on words below 2^40. */
const PRIMITIVES: Readonly<Record<string, (p: Party, secret: BigUint64Array) => Promise<AShare | BShare>>> = {
  share: async (p, secret) => await (await p.share(secret, 1)).wait(),
  constant: async (p, secret) => p.protocol.linear(await (await p.share(secret)).wait(), (x) => x.clone()),
  random: (p) => Promise.resolve(p.protocol.random(p.call(), [300])),
  "random bits": (p) => Promise.resolve(p.protocol.randomBits(p.call(), [300], 3)),
  reshare: async (p, secret) => {
    const x = await p.share(secret);
    const product = await p.protocol.bilinear(p.call(), { kind: "mul" }, x, x);
    return await p.protocol.reshare!(p.call(), p.ready(product));
  },
  truncate: async (p, secret) => await p.protocol.truncate(p.call(), await p.share(secret), 16),
  "truncate a product": async (p, secret) => {
    const x = await p.share(secret);
    const product = await p.protocol.bilinear(p.call(), { kind: "mul" }, x, x);
    return await p.protocol.truncate(p.call(), p.ready(product), 16);
  },
  "truncate and relu of a product": async (p, secret) => {
    const x = await p.share(secret);
    const product = await p.protocol.square!(p.call(), x);
    return await p.protocol.truncateRelu!(p.call(), p.ready(product), 16);
  },
  sign: async (p, secret) => await p.protocol.sign(p.call(), await p.share(secret)),
  relu: async (p, secret) => await p.protocol.relu!(p.call(), await p.share(secret)),
  "to bits": async (p, secret) => await p.protocol.toBits!(p.call(), await p.share(secret)),
  "from bits": async (p) =>
    await p.protocol.fromBits(p.call(), p.ready(p.protocol.randomBits(p.call(), [300], 3)), 3),
  and: async (p) => {
    const bits = p.ready(p.protocol.randomBits(p.call(), [300], 3));
    return await p.protocol.and(p.call(), bits, bits, 3);
  },
  select: async (p, secret) => {
    const bits = p.ready(p.protocol.randomBits(p.call(), [300], 1));
    return await p.protocol.select!(p.call(), bits, await p.share(secret));
  },
  spline: async (p, secret) => await p.protocol.spline!(p.call(), await p.share(secret), SPLINE),
  "one-hot": async (p) =>
    await p.protocol.oneHot!(p.call(), await p.share(new BigUint64Array(300).fill(3n)), 7),
};

/** What counts of a component: behind the last bit there may be anything. */
function content(part: RingTensor | BitTensor): Uint8Array {
  if (part instanceof RingTensor) return part.bytes().slice();
  const out = new Uint8Array(packedBytes(part.size, part.width));
  packPlanes(part.heap, part.ptr, part.size, part.width, out);
  return out;
}

const secretWords = (): BigUint64Array => randomWords(300).map((w) => w >> 34n);

for (const [name, f] of Object.entries(PRIMITIVES)) {
  Deno.test(`replicated: both holders of a component have the same, ${name}`, async () => {
    const secret = secretWords();
    const found = await parties({ n: 3, protocol }, async (p) => {
      const { parts } = await f(p, secret);
      return parts.map(content);
    });
    found.forEach((own, rank) => {
      assertEquals(own.length, 2);
      assertEquals(own[1], found[(rank + 1) % 3]![0], `component ${rank + 1}`);
    });
  });

  Deno.test(`replicated: a helper is sent nothing, ${name}`, async () => {
    const log: Sent[] = [];
    const secret = secretWords();
    await parties({ n: 3, protocol, log }, async (p) => {
      await f(p, secret);
      await p.env.comm.pause();
      await p.together();
    });
    // Who sends corrections deals; it may get no other message of that call.
    const callOf = ({ key }: Sent): string => key.split(".")[0]!;
    const helpers = new Map(log.filter(({ sub }) => sub >= CORRECTIONS_SUB).map((s) => [callOf(s), s.from]));
    const pair = !["share", "constant", "random", "random bits", "reshare", "and"].includes(name);
    assertEquals(helpers.size > 0, pair, "calls with a helper");
    const told = log.filter((s) => helpers.get(callOf(s)) === s.to);
    assertEquals(told.map(({ key }) => key), []);
  });
}

Deno.test("replicated: memory of a thousand calls is that of a few, at helpers too", async () => {
  const used = await parties({ n: 3, protocol }, async (p) => {
    const x = await p.share(secretWords());
    const sizes: number[] = [];
    for (let i = 0; i < 1000; i++) {
      const product = await p.protocol.bilinear(p.call(), { kind: "mul" }, x, x);
      const y = await p.protocol.truncateRelu!(p.call(), p.ready(product), 16);
      for (const part of product.parts) part.free();
      for (const part of y.parts) part.free();
      if (i % 100 === 99) {
        await p.protocol.settled?.();
        await p.together();
        sizes.push(p.env.heap.liveBytes);
      }
    }
    return sizes;
  });
  for (const sizes of used) assert(Math.max(...sizes) - Math.min(...sizes) < 100_000, sizes.join());
});
