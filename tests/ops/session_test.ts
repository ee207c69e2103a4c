import {
  additive,
  type CrypTensor,
  isEncryptedTensor,
  plain,
  runLocal,
  type Session,
  trustedFirstParty,
} from "../../mod.ts";
import { assert, assertEquals, assertNotEquals, assertRejects, assertStringIncludes } from "../deps.ts";

const protocol = additive({ provider: trustedFirstParty() });
const backends = [
  { name: "plain", parties: 2, protocol: plain() },
  { name: "additive", parties: 2, protocol },
  { name: "additive", parties: 3, protocol },
  { name: "additive with a dealer", parties: 2, protocol: additive() },
];

/** A tensor of party 0. */
function input(mpc: Session, values: readonly number[], scale?: number): CrypTensor {
  return mpc.encrypt(mpc.rank === 0 ? values : undefined, { src: 0, shape: [values.length], scale });
}

for (const { name, ...options } of backends) {
  const test = (what: string, f: () => Promise<unknown>): void => {
    Deno.test(`${what}, ${name}, ${options.parties} parties`, async () => void await f());
  };

  test("encryptFrom announces the shape", async () => {
    const src = options.parties - 1;
    const results = await runLocal(options, async (mpc) => {
      const x = await mpc.encryptFrom(mpc.rank === src ? [[1, 2, 3], [4, 5, 6]] : undefined, { src });
      const y = await mpc.encryptFrom(mpc.rank === 0 ? 7 : undefined, { src: 0, scale: 0, bound: 9 });
      assertEquals([y.scale, y.bound, y.ndim], [0, 9, 0]);
      return [x.shape, (await x.mul(y).decrypt()).toNested()];
    });
    for (const result of results) assertEquals(result, [[2, 3], [[7, 14, 21], [28, 35, 42]]]);
  });

  test("announce tells plain data to everyone", async () => {
    const value = { names: ["a", "ü"], sides: [1, 2], deep: { yes: true, none: null }, number: -0.5 };
    const results = await runLocal(options, async (mpc) => [
      await mpc.announce(mpc.rank === 1 ? value : undefined, { src: 1 }),
      await mpc.announce(mpc.rank === 0 ? "second" : undefined, { src: 0 }),
    ]);
    for (const result of results) assertEquals(result, [value, "second"]);
  });

  test("a public value computes like a secret one", async () => {
    const results = await runLocal(options, async (mpc) => {
      const x = mpc.public([[1, -2], [3, 4]], { scale: 0 });
      const y = mpc.public([0.5, 0.25]);
      assertEquals([x.scale, x.bound, y.scale, y.bound], [0, 4, 16, 0.5]);
      return (await x.mul(y).decrypt()).toNested();
    });
    for (const result of results) assertEquals(result, [[0.5, -0.5], [1.5, 1]]);
  });

  test("rand is in [0, 1), the same at every party, and never the same twice", async () => {
    const draw = async (): Promise<readonly number[][]> => {
      const results = await runLocal(options, async (mpc) => {
        const [x, y] = [mpc.rand([500]), mpc.rand([500])];
        return await Promise.all([x, y].map(async (r) => Array.from((await r.decrypt()).data, Number)));
      });
      for (const result of results) assertEquals(result, results[0]);
      return results[0]!;
    };
    const draws = [...await draw(), ...await draw()];
    for (const numbers of draws) {
      assert(numbers.every((v) => v >= 0 && v < 1 && Number.isInteger(v * 2 ** 16)));
      // Six standard deviations of the mean of 500 uniform numbers.
      const mean = numbers.reduce((a, b) => a + b, 0) / numbers.length;
      assert(Math.abs(mean - 0.5) < 6 / Math.sqrt(12 * numbers.length), `the mean is ${mean}`);
    }
    assertEquals(new Set(draws.map((numbers) => numbers.join())).size, draws.length);
  });

  test("branches that run side by side give what they give one after the other", async () => {
    const branch = async (mpc: Session, x: CrypTensor, k: number): Promise<unknown[]> => {
      const seen: unknown[] = [];
      for (let i = 0; i < 3; i++) {
        const y = x.mul(k + i).relu().add(mpc.public(i));
        seen.push((await y.decrypt()).toNested(), (await y.gt(2).decrypt()).toNested());
      }
      return seen;
    };
    const results = await runLocal(options, async (mpc) => {
      const x = input(mpc, [1, -2, 3]);
      const apart: unknown[] = [];
      for (let k = 1; k <= 4; k++) apart.push(await branch(mpc, x, k));
      const forks = Array.from({ length: 4 }, () => mpc.fork());
      // Each party lets its branches go ahead in another order.
      const together = new Array<Promise<unknown>>(4);
      for (let i = 0; i < 4; i++) {
        const k = (i + mpc.rank) % 4;
        together[k] = branch(forks[k]!, input(forks[k]!, [1, -2, 3]), k + 1);
      }
      return [apart, await Promise.all(together)];
    });
    const [apart, together] = results[0]!;
    assertEquals(together, apart);
    for (const result of results) assertEquals(result, [apart, apart]);
  });

  test("decrypt to one party gives the others nothing", async () => {
    const results = await runLocal(options, async (mpc) => {
      const x = input(mpc, [1.5, -2]);
      const found = [];
      for (let dst = 0; dst < mpc.parties; dst++) {
        const [value, bit] = await Promise.all([x.decrypt({ dst }), x.lt(0).decrypt({ dst })]);
        found.push([value?.toNested(), bit?.toNested()]);
      }
      return found;
    });
    results.forEach((found, rank) => {
      found.forEach((pair, dst) =>
        assertEquals(pair, dst === rank ? [[1.5, -2], [0, 1]] : [undefined, undefined])
      );
    });
  });

  test("disposing returns all memory, once what was called has run", async () => {
    await runLocal(options, async (mpc) => {
      const { heap } = mpc.context.shared.env;
      const start = [heap.liveBytes, heap.liveBlocks];
      const x = input(mpc, [1, 2, 3, 4]);
      const y = input(mpc, [0.5, -2, 3, -4]);
      const steps = [x, y, x.add(y), x.sub(y), x.mul(y), x.sum(), x.ldexp(2), x.cat([y]), x.expand([3, 4])];
      steps.push(x.square(), x.slice([{ start: 1, step: 2 }]), y.flip([0]), x.dot(y), x.roll(1, 0), x.neg());
      await Promise.all(steps.map((t) => t.decrypt()));
      await mpc.settle();
      assert(heap.liveBytes > start[0]!);
      // Some tensors have been narrowed, some are still wanted by an operation that has yet to run.
      const chain = [x.mul(y)];
      while (chain.length < 4) chain.push(chain.at(-1)!.mul(x));
      const opened = chain.at(-1)!.decrypt();
      for (const t of [...steps, ...chain]) t.dispose();
      assertEquals((await opened).at(0), 0.5);
      await mpc.settle();
      assertEquals([heap.liveBytes, heap.liveBlocks], start);
    });
  });
}

Deno.test("16 products of integers and their decryption take two rounds, together with the comparison of traces", async () => {
  for (const parties of [2, 3]) {
    const rounds = await runLocal({ parties, protocol }, async (mpc) => {
      const xs = Array.from({ length: 16 }, (_, i) => input(mpc, [i, i + 1], 0));
      assertEquals(mpc.stats.totals.rounds, 0);
      const products = xs.map((x, i) => x.mul(xs[(i + 1) % 16]!));
      const opened = await Promise.all(products.map((p) => p.decrypt()));
      opened.forEach((t, i) =>
        assertEquals(t.toNested(), [i * ((i + 1) % 16), (i + 1) * ((i + 1) % 16 + 1)])
      );
      return mpc.stats.totals.rounds;
    });
    assertEquals(rounds, rounds.map(() => 2));
  }
});

Deno.test("a decryption on its own takes two rounds: the comparison of traces, then the shares", async () => {
  const [rounds] = await runLocal({ parties: 2, protocol }, async (mpc) => {
    await input(mpc, [1]).decrypt();
    const one = mpc.stats.totals.rounds;
    await input(mpc, [1]).mul(input(mpc, [2])).decrypt();
    // The product, its truncation, the shares; traces are compared at the side.
    const two = mpc.stats.totals.rounds - one;
    mpc.resetStats();
    return [one, two, mpc.stats.totals.rounds, mpc.stats.ops.length];
  });
  assertEquals(rounds, [2, 3, 0, 0]);
});

Deno.test("statistics list every operation once per layer, with calls, rounds, bytes and time", async () => {
  const [rows] = await runLocal({ parties: 2, protocol }, async (mpc) => {
    const x = input(mpc, [1, 2, 3]);
    const y = mpc.context.inLayer("net", () => mpc.context.inLayer("first", () => x.mul(x.add(1)).relu()));
    await y.decrypt();
    await x.mul(x.neg()).decrypt();
    await x.mul(x.neg()).decrypt();
    return mpc.stats.ops.map((row) => ({ ...row, seconds: row.seconds > 0 }));
  });
  const names = rows!.map(({ layer, op }) => `${layer}/${op}`);
  assertEquals(names, ["/encrypt", "net.first/mul", "net.first/relu", "/decrypt", "/mul", "/truncate"]);
  const row = (name: string): Partial<NonNullable<typeof rows>[number]> => rows![names.indexOf(name)]!;
  assertEquals([row("/encrypt").rounds, row("/encrypt").bytesPerParty], [0, 0]);
  // Two openings of 8 bytes per element.
  assertEquals([row("net.first/mul").calls, row("net.first/mul").bytesPerParty], [1, 3 * 16]);
  assertEquals([row("net.first/relu").calls, row("net.first/relu").rounds], [1, 4]);
  // Of x a view is there already.
  assertEquals([row("/mul").calls, row("/mul").rounds, row("/mul").bytesPerParty], [2, 2, 2 * 3 * 8]);
  assertEquals(row("/decrypt").calls, 3);
  assert(rows!.every(({ seconds }) => seconds));
});

Deno.test("totals count frames and bytes as the links carried them", async () => {
  const [totals] = await runLocal({ parties: 3, protocol: additive() }, async (mpc) => {
    const x = input(mpc, [1, 2, 3], 0);
    await x.mul(x.neg()).decrypt();
    return mpc.stats.totals;
  });
  const { payloadBytes, wireBytes, frames, correctionBytes } = totals!;
  // To each of two peers: both masked operands, the trace's hash, the share.
  assertEquals(payloadBytes, 2 * (2 * 3 * 8 + 32 + 3 * 8));
  assert(wireBytes > payloadBytes && frames >= 2 && correctionBytes >= 0);
});

Deno.test("parties print one after the other, or only some of them, and never a share", async () => {
  const lines: unknown[][] = [];
  const { log } = console;
  // deno-lint-ignore no-console -- as above
  console.log = (...line: unknown[]) => lines.push(line);
  try {
    await runLocal({ parties: 3, protocol }, async (mpc) => {
      await mpc.print([`party ${mpc.rank}`, input(mpc, [7])], { inOrder: true });
      await mpc.print("once", { dst: 1 });
      await mpc.print("twice", { dst: [0, 2], inOrder: true });
      await assertRejects(() => mpc.print("never", { dst: 3 }), RangeError, "party 3 does not exist");
    });
  } finally {
    // deno-lint-ignore no-console -- as above
    console.log = log;
  }
  assertEquals(lines.slice(0, 3).map((line) => line[0]), ["party 0", "party 1", "party 2"]);
  assertEquals(lines.map((line) => line[0]).filter((text) => text === "once" || text === "twice"), [
    "once",
    "twice",
    "twice",
  ]);
  assert(
    lines.slice(0, 3).every((line) => (line[1] as CrypTensor).toString().startsWith("CrypTensor(shape=[1]")),
  );
});

Deno.test("describe names protocol, dealer, options and threat", async () => {
  const of = async (options: Parameters<typeof runLocal>[0]): Promise<string> => {
    const [text] = await runLocal(options, (mpc) => mpc.describe());
    return text as string;
  };
  const first = await of({ parties: 2, protocol });
  for (
    const word of [
      "additive",
      "trustedFirstParty",
      "2 parties",
      "16 fraction bits",
      "semi-honest",
      "INSECURE",
    ]
  ) {
    assertStringIncludes(first, word);
  }
  const third = await of({ parties: 3, protocol: additive({ truncation: "exact" }), fractionBits: 20 });
  for (const word of ["trustedThirdParty", "truncation exact", "3 parties", "20 fraction bits", "collude"]) {
    assertStringIncludes(third, word);
  }
  assert(!third.includes("INSECURE"));
  assertStringIncludes(await of({ parties: 1, protocol: plain() }), "INSECURE: every party sees every value");
});

Deno.test("an encrypted tensor can be returned from async functions, and its text shows no share", async () => {
  await runLocal({ parties: 2, protocol }, async (mpc) => {
    const x = input(mpc, [1, 2]);
    assert(!("then" in x));
    const make = (): Promise<CrypTensor> => Promise.resolve(x);
    assertEquals(await make() === x, true);
    assert(isEncryptedTensor(x) && !isEncryptedTensor({ shape: [2] }) && !isEncryptedTensor(null));
    await x.settled();
    const share = Array.from(await x.share(), String);
    for (const text of [x.toString(), Deno.inspect(x), Deno.inspect({ deep: [x] })]) {
      assertStringIncludes(text, "CrypTensor(shape=[2], scale=16, arithmetic)");
      for (const word of share) assert(!text.includes(word), text);
    }
    assertEquals(Object.values(x).filter((v) => typeof v === "object" && v !== x.shape), []);
  });
});

Deno.test("shares look like nothing: they differ in every run and add up to the value", async () => {
  const run = (): Promise<BigInt64Array[]> =>
    runLocal({ parties: 3, protocol }, async (mpc) => await input(mpc, [1, -2]).share());
  const [first, second] = [await run(), await run()];
  for (const shares of [first, second]) {
    const sums = [0, 1].map((i) => BigInt.asIntN(64, shares.reduce((sum, s) => sum + s[i]!, 0n)));
    assertEquals(sums, [65536n, -131072n]);
  }
  for (const rank of [0, 1, 2]) assertNotEquals(first[rank]!.join(), second[rank]!.join());
});

Deno.test("settle waits for all that was called; a session closes once, however often it is asked to", async () => {
  const sessions: Session[] = [];
  await runLocal({ parties: 2, protocol }, async (mpc) => {
    sessions.push(mpc);
    const results = Array.from({ length: 5 }, (_, i) => input(mpc, [i]).mul(2.5).relu());
    await mpc.settle();
    assertEquals(mpc.context.shared.pending.size, 0);
    for (const y of results) assert(y.words.settled);
  });
  await Promise.all(sessions.flatMap((mpc) => [mpc.close(), mpc.close(), mpc[Symbol.asyncDispose]()]));
});
