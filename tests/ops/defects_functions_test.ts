/**
 * What users of earlier systems were surprised by in functions, encodings, truncation and figures, each as a test of what they
 * expected.
 *
 * @module
 */
import {
  additive,
  cat,
  type CrypTensor,
  plain,
  runLocal,
  type Session,
  Tensor,
  type TensorLike,
  trustedFirstParty,
} from "../../mod.ts";
import { erfOf } from "../../scripts/accuracy/stated.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "../deps.ts";

const protocol = additive({ provider: trustedFirstParty() });

/** What party 0 decrypts of a program on a value of party 0. */
async function decrypted(
  value: TensorLike,
  f: (x: CrypTensor, mpc: Session) => CrypTensor,
  parties = 2,
): Promise<number[]> {
  const { shape } = Tensor.from(value);
  const [result] = await runLocal({ parties, protocol }, async (mpc) => {
    const x = mpc.encrypt(mpc.rank === 0 ? value : undefined, { src: 0, shape });
    return Array.from<number | bigint, number>((await f(x, mpc).decrypt()).data, Number);
  });
  return result;
}

function assertClose(found: readonly number[], wanted: readonly number[], error: number): void {
  assertEquals(found.length, wanted.length);
  found.forEach((v, i) => assert(Math.abs(v - wanted[i]!) < error, `${v} came instead of ${wanted[i]}`));
}

Deno.test("the error function of 2 is 0.9953, and it stays within 1 everywhere", async () => {
  const xs = Array.from({ length: 1601 }, (_, i) => (i - 800) / 200);
  assertClose(await decrypted(xs, (x) => x.erf()), xs.map(erfOf), 5e-5);
  assertClose(await decrypted([2, -2, 1.5, 100, -1e6], (x) => x.erf()), [2, -2, 1.5, 9, -9].map(erfOf), 5e-5);
});

Deno.test("logarithms may be subtracted and added, though each has almost as many bits as fit", async () => {
  const found = await decrypted([8, 0.5, 1000], (x) => x.log().sub(x.ldexp(-3).log()));
  assertClose(found, [1, 1, 1].map((v) => v * Math.log(8)), 1e-4);
  assertClose(
    await decrypted([8, 0.5], (x) => x.log().add(x.log2())),
    [3 + Math.log(8), -1 - Math.LN2],
    1e-4,
  );
});

Deno.test("e^x of a very negative x is 0, not one and not three hundred million", async () => {
  assertEquals(await decrypted([-512, -520, -600, -1e4, -1e9], (x) => x.exp()), [0, 0, 0, 0, 0]);
});

Deno.test("masked entries of softmax count as 0, however far below they are", async () => {
  const e = Math.exp(1);
  for (const mask of [-600, -1e4, -1e9]) {
    const found = await decrypted([1, mask, 0, mask], (x) => x.softmax());
    assertClose(found, [e / (e + 1), 0, 1 / (e + 1), 0], 5e-5);
    assertEquals([found[1], found[3]], [0, 0]);
  }
  assertClose(await decrypted([-1e4, -1e4, -1e4, -1e4], (x) => x.softmax()), [0.25, 0.25, 0.25, 0.25], 5e-5);
  assertClose(await decrypted([700, 0, 699], (x) => x.softmax()), [e / (e + 1), 0, 1 / (e + 1)], 5e-5);
});

Deno.test("roots beyond 164, reciprocals beyond 500 and logarithms beyond 250 are right", async () => {
  const xs = [0.001, 0.01, 164, 190, 256, 300, 500, 1000, 123456, 4e6];
  const near = (f: (x: number) => number) => xs.map((x) => f(Math.round(x * 65536) / 65536));
  const check = (found: number[], wanted: number[]) =>
    found.forEach((v, i) =>
      assert(
        Math.abs(v - wanted[i]!) < 1.5e-5 * Math.abs(wanted[i]!) + 2 ** -16,
        `${v}, ${wanted[i]} is right`,
      )
    );
  check(await decrypted(xs, (x) => x.sqrt()), near(Math.sqrt));
  check(await decrypted(xs, (x) => x.rsqrt()), near((x) => 1 / Math.sqrt(x)));
  check(await decrypted(xs, (x) => x.reciprocal()), near((x) => 1 / x));
  assertClose(await decrypted(xs, (x) => x.log()), near(Math.log), 4e-5);
});

Deno.test("sigmoid and tanh do not leave their range", async () => {
  const xs = [-1e9, -40, -16, -8, 0, 8, 16, 40, 1e9];
  for (const v of await decrypted(xs, (x) => x.sigmoid())) assert(v >= -6e-5 && v <= 1 + 6e-5);
  for (const v of await decrypted(xs, (x) => x.tanh())) assert(Math.abs(v) <= 1 + 1e-4);
});

Deno.test("fractions survive in every kind of array, single and double floats alike", async () => {
  const values = [0.5, -1.25, 3.75, 0];
  const kinds: TensorLike[] = [values, Float32Array.from(values), Float64Array.from(values)];
  kinds.push(new Tensor([2, 2], Float32Array.from(values)), [[0.5, -1.25], [3.75, 0]]);
  for (const kind of kinds) assertEquals(await decrypted(kind, (x) => x), values);
  const integers = [3, -7, 0, 100];
  for (const Kind of [Int8Array, Int16Array, Int32Array]) {
    assertEquals(await decrypted(Kind.from(integers), (x) => x), integers);
  }
  assertEquals(await decrypted(BigInt64Array.from([3n, -7n]), (x) => x), [3, -7]);
  assertEquals(await decrypted(Uint8Array.from([200, 1]), (x) => x.mul(0.5)), [100, 0.5]);
});

for (const parties of [2, 3, 4, 5]) {
  Deno.test(`no product of hundred thousand is wildly wrong, ${parties} parties`, async () => {
    const xs = Float64Array.from({ length: 100_000 }, (_, i) => (i * 7919 % 65521) / 16 - 2047);
    const found = await decrypted(xs, (x) => x.mul(x.neg().add(1)), parties);
    found.forEach((v, i) => assert(Math.abs(v - xs[i]! * (1 - xs[i]!)) < 2 ** -16, `${v} from ${xs[i]}`));
  });
}

Deno.test("public tensors are joined along the axis that was asked for", async () => {
  await runLocal({ parties: 1, protocol: plain() }, async (mpc) => {
    const [a, b] = [mpc.public([[1, 2], [3, 4]]), mpc.public([[5], [6]])];
    const joined = cat([a, b], 1);
    assertEquals(joined.shape, [2, 3]);
    assertEquals(Array.from((await joined.decrypt()).data, Number), [1, 2, 5, 3, 4, 6]);
  });
});

for (const parties of [2, 3]) {
  Deno.test(`traffic is counted in one process too, once, and both ends agree, ${parties} parties`, async () => {
    const found = await runLocal({ parties, protocol }, async (mpc) => {
      const x = mpc.encrypt(mpc.rank === 0 ? new Float64Array(1000) : undefined, { src: 0, shape: [1000] });
      await mpc.settle();
      mpc.resetStats();
      await x.mul(x.add(1)).settled();
      await mpc.context.shared.env.comm.pause();
      return mpc.stats;
    });
    for (const { totals, ops } of found) {
      // A product opens two masked numbers of 8 bytes per element to each peer.
      assertEquals(totals.payloadBytes, 16_000 * (parties - 1));
      assertEquals(ops.map((row) => [row.op, row.calls, row.bytesPerParty]).at(-1), [
        "mul",
        1,
        16_000 * (parties - 1),
      ]);
      assert(totals.wireBytes > totals.payloadBytes && totals.wireBytes < totals.payloadBytes * 1.01);
    }
  });
}

Deno.test("too many fraction bits are refused before anything is computed", async () => {
  const refused = await assertRejects(() => runLocal({ parties: 2, protocol, fractionBits: 32 }, () => {}));
  assertStringIncludes((refused as Error).message, "32 fraction bits");
});

Deno.test("a party that fails ends the run with its name and reason, and nobody returns nothing", async () => {
  const failure = await assertRejects(() =>
    runLocal({ parties: 3, protocol }, async (mpc) => {
      const x = mpc.encrypt(mpc.rank === 0 ? [1] : undefined, { src: 0, shape: [1] });
      if (mpc.rank === 1) throw new Error("the disk is full");
      return await x.exp().decrypt();
    })
  );
  assertStringIncludes((failure as Error).message, "Party 1 failed");
  assertStringIncludes((failure as Error).message, "the disk is full");
});

Deno.test("shares use the whole range of words: every bit is set about half of the time", async () => {
  const [words] = await runLocal({ parties: 2, protocol }, (mpc) => {
    const x = mpc.encrypt(mpc.rank === 0 ? new Float64Array(4096) : undefined, { src: 0, shape: [4096] });
    return x.share();
  });
  for (let bit = 0n; bit < 64n; bit++) {
    const ones = words.reduce((sum, w) => sum + Number((w >> bit) & 1n), 0);
    // Eight standard deviations of 4096 fair coins.
    assert(Math.abs(ones - 2048) < 256, `bit ${bit} is set ${ones} times of 4096`);
  }
});

Deno.test("a misspelt option is refused instead of lost", async () => {
  const options = { parties: 2, protocol: additive({ provider: trustedFirstParty() }), fractionBit: 20 };
  await assertRejects(() => runLocal(options, () => 1), TypeError, 'option "fractionBit" is unknown');
  assertThrows(() => additive({ trunc: "exact" } as never), TypeError, 'option "trunc" is unknown');
});
