import {
  additive,
  isEncryptedTensor,
  type LocalOptions,
  nn,
  plain,
  runLocal,
  type Session,
  Tensor,
  trustedFirstParty,
} from "../../mod.ts";
import { readShareFile, type ShareFile, writeShareFile } from "../../nn/files/share_file.ts";
import { runs, shapes } from "../arbitraries.ts";
import { assert, assertEquals, assertRejects, fc } from "../deps.ts";
import { backends } from "../ops/backends.ts";
import type { Values } from "../oracles/tensors.ts";
import { chains, modelOf } from "./chains.ts";
import { compare, valuesWithin } from "./layer_law.ts";

const two: LocalOptions = { parties: 2, protocol: additive({ provider: trustedFirstParty() }) };

/** One secret vector, saved by two parties. */
const saved = (name = "x"): Promise<Uint8Array[]> =>
  runLocal(two, (mpc) => {
    const x = mpc.encrypt(mpc.rank === 0 ? [1, 2, 3] : undefined, { src: 0, shape: [3] });
    return nn.saveShares({ [name]: x });
  });

/** What loading says at each party, or nothing where it succeeds. */
const refusals = (files: readonly Uint8Array[], options: LocalOptions = two): Promise<string[]> =>
  runLocal(options, (mpc) => nn.loadShares(mpc, files[mpc.rank]!).then(() => "", (error) => error.message));

/** Tensors of all kinds, and what they are. */
function secrets(mpc: Session, x: Values): Record<string, nn.Parameter> {
  const given = mpc.encrypt(mpc.rank === 0 ? x : undefined, { src: 0, shape: x.shape, bound: 8 });
  const ints = mpc.encrypt(mpc.rank === 0 ? { ...x, data: x.data.map(Math.round) } : undefined, {
    src: 0,
    shape: x.shape,
    scale: 0,
  });
  return {
    given,
    ints,
    product: given.mul(given),
    bits: given.gt(0),
    binary: ints.to("binary"),
    constant: mpc.public([1.5, -2]),
    "of all": new Tensor([2], BigInt64Array.of(2n ** 60n, -1n)),
  };
}

for (const { name, ...options } of backends) {
  Deno.test(`shares of a session serve in the next, ${name}, ${options.parties} parties`, async () => {
    const inputs = fc.oneof(shapes({ maxRank: 3, maxSide: 3 }), fc.constant([131])).chain((shape) =>
      valuesWithin(shape, -8, 8)
    );
    const property = fc.asyncProperty(inputs, async (x) => {
      const first = await runLocal(options, async (mpc) => {
        const all = secrets(mpc, x);
        const before = mpc.stats.totals.frames;
        const file = await nn.saveShares(all);
        return { file, frames: mpc.stats.totals.frames - before };
      });
      const parties = await runLocal(options, async (mpc) => {
        const all = await nn.loadShares(mpc, first[mpc.rank]!.file);
        const { rounds } = mpc.stats.totals;
        assertEquals(rounds, mpc.parties > 1 ? 1 : rounds);
        const { given, ints, product, bits, binary } = all;
        for (const tensor of [given, ints, product, bits, binary]) assert(isEncryptedTensor(tensor));
        const facts = Object.entries(all).filter(([, t]) => isEncryptedTensor(t)).map(([key, t]) =>
          `${key} ${t.toString()}`
        );
        const values = await Promise.all(
          Object.entries(all).map(async ([key, t]) =>
            [key, isEncryptedTensor(t) ? await t.decrypt() : t] as const
          ),
        );
        // Loaded tensors are operands as any others.
        const more = isEncryptedTensor(given) && isEncryptedTensor(bits) ? given.mul(bits) : undefined;
        return { facts, values: Object.fromEntries(values), more: await more!.decrypt() };
      });
      for (const { facts, values, more } of parties) {
        const map = (f: (v: number) => number): Values => ({ shape: x.shape, data: x.data.map(f) });
        compare(values["given"]!, map((v) => v), 0, "given");
        compare(values["ints"]!, map(Math.round), 0, "ints");
        compare(values["product"]!, map((v) => v * v), 2 ** -16, "product");
        compare(values["bits"]!, map((v) => Number(v > 0)), 0, "bits");
        compare(values["binary"]!, map(Math.round), 0, "binary");
        compare(values["constant"]!, { shape: [2], data: [1.5, -2] }, 0, "constant");
        compare(more, map((v) => Math.max(v, 0)), 0, "an operation on loaded tensors");
        assertEquals(values["of all"], new Tensor([2], BigInt64Array.of(2n ** 60n, -1n)));
        assertEquals(facts[0], `given CrypTensor(shape=[${x.shape}], scale=16, arithmetic)`);
        assertEquals(facts[4], `binary CrypTensor(shape=[${x.shape}], scale=0, binary)`);
      }
    });
    await fc.assert(property, runs(3));
  });
}

Deno.test("saveShares() sends nothing, and bounds come back", async () => {
  const files = await runLocal(two, async (mpc) => {
    const x = mpc.encrypt(mpc.rank === 0 ? [1] : undefined, { src: 0, shape: [1], bound: 4 });
    const file = await nn.saveShares({ x });
    assertEquals(mpc.stats.totals.payloadBytes, 0);
    return file;
  });
  await runLocal(two, async (mpc) => {
    const { x } = await nn.loadShares(mpc, files[mpc.rank]!);
    assert(isEncryptedTensor(x));
    assertEquals(x.bound, 4);
  });
});

Deno.test("a model comes back secret, under its names, and computes", async () => {
  const property = fc.asyncProperty(
    chains().filter(({ weights }) => Object.keys(weights).length > 0),
    async (chain) => {
      const outputs = async (mpc: Session, model: nn.Sequential): Promise<Tensor> => {
        const x = mpc.encrypt(mpc.rank === 1 ? chain.input : undefined, { src: 1, shape: chain.input.shape });
        return await model.eval().forward(x).decrypt();
      };
      const first = await runLocal(two, async (mpc) => {
        const model = modelOf(chain).loadStateDict(chain.weights).encrypt(mpc, { src: 0 });
        const file = nn.saveShares(model);
        const y = await outputs(mpc, model);
        return { y, file: await file };
      });
      const second = await runLocal(two, async (mpc) => {
        const state = await nn.loadShares(mpc, first[mpc.rank]!.file);
        assertEquals(Object.keys(state), Object.keys(chain.weights));
        return await outputs(mpc, modelOf(chain).loadStateDict(state));
      });
      // Both runs round at random; 2e-3 is a bound of both.
      const want = { shape: first[0].y.shape, data: Array.from(first[0].y.data, Number) };
      for (const y of second) compare(y, want, 4e-3, "the second session");
    },
  );
  await fc.assert(property, runs(8));
});

Deno.test("files may be loaded side by side, in any order of arrival", async () => {
  const files = [await saved("a"), await saved("b"), await saved("c")];
  const parties = await runLocal(two, async (mpc) => {
    const all = await Promise.all(files.map((file) => nn.loadShares(mpc, file[mpc.rank]!)));
    const sum = all.flatMap(Object.values<nn.Parameter>).filter(isEncryptedTensor).reduce((x, y) => x.add(y));
    return await sum.decrypt();
  });
  for (const sum of parties) compare(sum, { shape: [3], data: [3, 6, 9] }, 0, "the sum");
});

Deno.test("saveShares() refuses what is not secret, and tensors of two sessions", async () => {
  await assertRejects(() => nn.saveShares({ x: [1] }), TypeError, "nothing is encrypted");
  await assertRejects(() => nn.saveShares(new nn.Linear(2, 1)), TypeError, "nothing is encrypted");
  const one: LocalOptions = { parties: 1, protocol: plain() };
  await runLocal(one, async (first) => {
    const x = first.encrypt([1], { src: 0 });
    await runLocal(one, async (second) => {
      const y = second.encrypt([1], { src: 0 });
      await assertRejects(() => nn.saveShares({ x, y }), TypeError, "the tensors are of different sessions");
    });
  });
});

/** A file that was changed, with a checksum that fits. */
const changed = async (
  bytes: Uint8Array,
  change: (file: ShareFile) => Partial<ShareFile>,
): Promise<Uint8Array> => {
  const file = await readShareFile(bytes);
  return await writeShareFile({ ...file, ...change(file) });
};

Deno.test("loadShares() refuses files of other parties, protocols and savings, at every party", async () => {
  const [a, b] = await saved() as [Uint8Array, Uint8Array];
  const [c, d] = await saved() as [Uint8Array, Uint8Array];
  const renamed = await changed(b, ({ entries }) => ({ entries: new Map([["y", entries.get("x")!]]) }));
  const damaged = b.with(b.length - 40, b[b.length - 40]! ^ 1);
  const rows: [string, Uint8Array[], LocalOptions, string][] = [
    ["exchanged", [b, a], two, "the file is party 1's, this is party 0"],
    ["the same", [a, a], two, "the file is party 0's, this is party 1"],
    ["mixed", [a, d], two, "has the file of another saving, files of one saving are wanted"],
    ["mixed the other way", [c, b], two, "has the file of another saving, files of one saving are wanted"],
    ["renamed", [a, renamed], two, "has a file that describes other tensors"],
    ["damaged", [a, damaged], two, "the file is cut short or damaged, its checksum does not fit"],
    ["cut short", [a.subarray(0, -1), b], two, "the file is cut short or damaged"],
    ["empty", [a, new Uint8Array(0)], two, "the bytes are no file of shares"],
    ["of two", [a, b, b], { ...two, parties: 3 }, "the file is of 2 parties, here are 3"],
    [
      "of a protocol",
      [a, b],
      { parties: 2, protocol: plain() },
      'the file is of protocol "additive", this session\'s is "plain"',
    ],
  ];
  assertEquals(await refusals([a, b]), ["", ""]);
  for (const [what, files, options, message] of rows) {
    const messages = await refusals(files, options);
    assert(messages.some((one) => one.includes(message)), `${what}: ${messages}`);
    // None uses its shares, and each says why in a line.
    for (const one of messages) assert(/^Cannot load shares: [^\n]{1,200}$/.test(one), `${what}: ${one}`);
  }
});

Deno.test("a party whose peer cannot use its file stops too, before anything is used", async () => {
  const [a, b] = await saved() as [Uint8Array, Uint8Array];
  const damaged = b.with(30, 0);
  await runLocal(two, async (mpc) => {
    await assertRejects(
      () => nn.loadShares(mpc, mpc.rank === 0 ? a : damaged),
      Error,
      mpc.rank === 0 ? "party 1 cannot use its file" : "the file is cut short or damaged",
    );
    // The session goes on.
    const again = await nn.loadShares(mpc, mpc.rank === 0 ? a : b);
    assert(isEncryptedTensor(again["x"]));
    compare(await again["x"].decrypt(), { shape: [3], data: [1, 2, 3] }, 0, "x");
  });
});

/** A file with another header, and a checksum that fits. */
async function withHeader(
  bytes: Uint8Array,
  change: (header: Record<string, unknown>) => unknown,
): Promise<Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const end = 16 + view.getUint32(12, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(16, end)));
  const text = new TextEncoder().encode(JSON.stringify(change(header)));
  const body = new Uint8Array([...bytes.subarray(0, 16), ...text, ...bytes.subarray(end, -32)]);
  new DataView(body.buffer).setUint32(12, text.length, true);
  return new Uint8Array([...body, ...new Uint8Array(await crypto.subtle.digest("SHA-256", body))]);
}

Deno.test("readShareFile() reads or refuses in one line, whatever it is given", async () => {
  const [good] = await saved() as [Uint8Array];
  const readsOrRefuses = async (bytes: Uint8Array): Promise<boolean> => {
    try {
      await readShareFile(bytes);
      return true;
    } catch (error) {
      assert(error instanceof TypeError, String(error));
      assert(/^Cannot load shares: [^\n]{1,200}$/.test(error.message), error.message);
      return false;
    }
  };
  for (let at = 0; at < good.length; at++) {
    assertEquals(await readsOrRefuses(good.with(at, good[at]! ^ 0x10)), false);
    assertEquals(await readsOrRefuses(good.subarray(0, at)), false);
  }
  assertEquals(await readsOrRefuses(new Uint8Array([...good, 0])), false);
  assertEquals(await readsOrRefuses(await withHeader(good, (header) => header)), true);
  const odd = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom(-1, 0.5, 65, 2 ** 60, "bits", "public", [2 ** 40], [-1], []),
  );
  const changes = fc.tuple(
    fc.constantFrom("tensors", "name", "kind", "shape", "scale", "bound", "width", "parts"),
    odd,
  );
  await fc.assert(
    fc.asyncProperty(changes, async ([key, value]) => {
      const bytes = await withHeader(good, (header) => {
        if (key === "tensors") return { ...header, tensors: value };
        const [first] = header["tensors"] as object[];
        return { ...header, tensors: [{ ...first, [key]: value }] };
      });
      await readsOrRefuses(bytes);
    }),
    runs(300),
  );
  await fc.assert(
    fc.asyncProperty(odd, async (value) => {
      await readsOrRefuses(await withHeader(good, () => value));
    }),
    runs(50),
  );
  const twice = await withHeader(
    good,
    ({ tensors, ...rest }) => ({ ...rest, tensors: [tensors, tensors].flat() }),
  );
  await assertRejects(() => readShareFile(twice), TypeError, 'the file has tensor "x" twice');
});
