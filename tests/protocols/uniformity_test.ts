import type { Protocol } from "../../protocols/protocol.ts";
import { additive } from "../../protocols/additive/additive.ts";
import { zeroShare } from "../../protocols/additive/sharing.ts";
import { trustedFirstParty } from "../../protocols/providers/first_party.ts";
import { assert, assertEquals, assertRejects } from "../deps.ts";
import {
  constantWords,
  openedBits,
  openedWords,
  parties,
  planted,
  plantedProvider,
  type Sent,
} from "./harness.ts";
import { assertFairBits, assertFresh, assertIndistinguishable, assertUniformWords } from "./statistics.ts";

const firstParty = (): Protocol => additive({ provider: trustedFirstParty() });
const N = 200_000;
const SECRETS = [0n, -1n, 2n ** 62n - 1n];

/** Any n-1 shares of adversarial secrets are uniform. */
async function sharesAreUniform(protocol: Protocol, n: number): Promise<void> {
  for (const secret of SECRETS) {
    const shares = await parties({ n, protocol }, async (p) => {
      const x = await p.share(constantWords(N, secret), 0);
      const own = (await x.wait()).parts[0]!.toWords();
      assertEquals((await p.open(x))[0], BigInt.asIntN(64, secret));
      return own;
    });
    for (const [rank, share] of shares.entries()) assertUniformWords(share, `share of party ${rank}`);
  }
}

for (const n of [2, 3, 5]) {
  Deno.test(`additive: shares of fixed secrets are uniform, ${n} parties`, () =>
    sharesAreUniform(firstParty(), n));
}

Deno.test("additive: the oracle of uniform shares catches an owner that keeps the secret unmasked", async () => {
  const bug = planted(firstParty(), (good, env) => ({
    async share(call, value, owner, shape) {
      const share = await good.share(call, value, owner, shape);
      if (env.rank !== owner) share.parts[0]!.bytes().fill(0);
      else share.parts[0]!.bytes().set(value!.bytes());
      return share;
    },
  }));
  await assertRejects(() => sharesAreUniform(bug, 2), Error, "is not uniform");
});

/** Everything that crosses the wire in a ReLU of fixed secrets is uniform. */
async function openingsAreUniform(protocol: Protocol, n: number): Promise<void> {
  for (const secret of SECRETS) {
    const log: Sent[] = [];
    await parties({ n, protocol, log }, async (p) => {
      const x = await p.share(constantWords(N, secret));
      const first = await p.protocol.relu!(p.call(), x);
      first.parts[0]!.free();
    });
    const masked = openedWords(log.filter((s) => s.bytes.length === 8 * N), 0, n);
    assert(masked.length === 1);
    assertUniformWords(masked[0]!, "the masked value");
    for (const planes of openedBits(log, n, (s) => s.bytes.length !== 8 * N && s.bytes.length !== 32)) {
      assertFairBits(planes, "opened planes");
      const shifted = planes.map((byte, i) => byte ^ planes[(i + N / 8) % planes.length]!);
      if (planes.length > N / 8) assertFairBits(shifted, "the xor of neighbouring planes");
    }
  }
}

for (const [n, comparison] of [[2, "lean"], [2, "wide"], [3, "lean"]] as const) {
  Deno.test(`additive: openings of a ReLU are uniform, ${n} parties, ${comparison}`, () =>
    openingsAreUniform(additive({ provider: trustedFirstParty(), comparison }), n));
}

Deno.test("additive: the oracle of uniform openings catches a mask without its top byte", async () => {
  const provider = plantedProvider(trustedFirstParty(), (good, heap, kind) => ({
    fill(field, block, ptr): void {
      good.fill(field, block, ptr);
      if (kind !== "relu" || field !== "r") return;
      for (let i = 7; i < 8 * 4096; i += 8) heap.bytes[ptr + i] = 0;
    },
  }));
  await assertRejects(() => openingsAreUniform(additive({ provider }), 2), Error, "is not uniform");
});

Deno.test("additive: the oracle of uniform openings catches biased bit masks", async () => {
  const provider = plantedProvider(trustedFirstParty(), (good, heap, kind) => ({
    fill(field, block, ptr): void {
      good.fill(field, block, ptr);
      // One byte of sixteen loses its mask.
      if (kind === "relu" && field === "mask0") {
        for (let i = 0; i < 27 * 16 * 32; i += 16) heap.bytes[ptr + i] = 0;
      }
    },
  }));
  await assertRejects(() => openingsAreUniform(additive({ provider }), 2), Error, "bits are one");
});

/** Two openings of one value have nothing in common. */
async function masksAreFresh(protocol: Protocol): Promise<void> {
  const log: Sent[] = [];
  await parties({ n: 2, protocol, log }, async (p) => {
    for (let i = 0; i < 2; i++) {
      const x = await p.share(constantWords(5000, 7n));
      (await p.protocol.relu!(p.call(), x)).parts[0]!.free();
    }
  });
  const [a, b] = openedWords(log.filter((s) => s.bytes.length === 40_000), 0, 2);
  assertFresh(a!, b!, "ReLU");
}

Deno.test("additive: every opening has a fresh mask", () => masksAreFresh(firstParty()));

Deno.test("additive: the oracle of fresh masks catches a mask that is used twice", async () => {
  const kept = new Map<string, Uint8Array>();
  const provider = plantedProvider(trustedFirstParty(), (good, heap, kind) => ({
    fill(field, block, ptr): void {
      good.fill(field, block, ptr);
      if (kind !== "relu" || field !== "r") return;
      const bytes = Math.min(4096, 5000 - block * 4096) * 8;
      // One mask for both parties and all calls: the second use is what the oracle must see.
      const mask = kept.get(`${block}`) ?? heap.u8(ptr, bytes).slice();
      kept.set(`${block}`, mask);
      heap.u8(ptr, bytes).set(mask);
    },
  }));
  await assertRejects(() => masksAreFresh(additive({ provider })), Error, "takes only");
});

/** A row of everything that is opened for one element of a ReLU. */
async function transcripts(protocol: Protocol, secret: bigint, samples: number): Promise<Uint8Array[]> {
  const log: Sent[] = [];
  await parties({ n: 2, protocol, log }, async (p) => {
    const x = await p.share(constantWords(samples, secret));
    (await p.protocol.relu!(p.call(), x)).parts[0]!.free();
  });
  const [words] = openedWords(log.filter((s) => s.bytes.length === 8 * samples), 0, 2);
  const planes = openedBits(log, 2, (s) => s.bytes.length !== 8 * samples && s.bytes.length !== 32);
  const bytes = new Uint8Array(words!.buffer);
  return Array.from({ length: samples }, (_, i) => {
    const row = [...bytes.subarray(8 * i, 8 * i + 8)];
    for (const set of planes) {
      const width = set.length / (samples / 8);
      for (let p = 0; p < width; p++) {
        const at = Math.floor(i / 128) * 16 * width + 16 * p + ((i % 128) >> 3);
        row.push(((set[at]! >> (i & 7)) & 1) * 255);
      }
    }
    return Uint8Array.from(row);
  });
}

async function transcriptsTellNothing(protocol: Protocol): Promise<void> {
  const [a, b] = [await transcripts(protocol, 5n, 4096), await transcripts(protocol, -(2n ** 40n), 4096)];
  assertIndistinguishable(a, b, "ReLU");
}

Deno.test("additive: a trained distinguisher learns nothing from a ReLU's transcript", () =>
  transcriptsTellNothing(firstParty()));

Deno.test("additive: the distinguisher finds a sign bit that is opened unmasked", async () => {
  const provider = plantedProvider(trustedFirstParty(), (good, heap, kind) => ({
    fill(field, block, ptr): void {
      good.fill(field, block, ptr);
      if (kind === "relu" && field === "beta") heap.u8(ptr, 16 * 32).fill(0);
    },
  }));
  await assertRejects(
    () => transcriptsTellNothing(additive({ provider })),
    Error,
    "a distinguisher is right",
  );
});

Deno.test("additive: sharings of zero sum to zero and use all pairs of seeds", async () => {
  const n = 4;
  const shares = await parties({ n, protocol: firstParty() }, (p) => {
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
