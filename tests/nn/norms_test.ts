import {
  additive,
  type CrypTensor,
  nn,
  plain,
  runLocal,
  type Session,
  trustedFirstParty,
} from "../../mod.ts";
import { assert, assertEquals, assertThrows } from "../deps.ts";
import type { Values } from "../oracles/tensors.ts";

const two = { parties: 2, protocol: additive({ provider: trustedFirstParty() }) };
const one = { parties: 1, protocol: plain() };

const shared = (mpc: Session, { shape, data }: Values, scale?: number): CrypTensor =>
  mpc.encrypt(mpc.rank === 0 ? { shape, data } : undefined, { src: 0, shape, scale });

for (const options of [one, two]) {
  Deno.test(`running statistics follow several batches, within other layers too, ${options.parties} parties`, async () => {
    const [found] = await runLocal(options, async (mpc) => {
      const norm = new nn.BatchNorm1d(2, { momentum: 0.5 });
      const net = new nn.Sequential([new nn.ReLU(), norm]);
      if (options.parties > 1) net.encrypt(mpc, { src: 0 });
      for (const top of [2, 4, 8]) {
        const x = shared(mpc, { shape: [2, 2], data: [0, 1, top, 1] });
        net.forward(x).dispose();
      }
      const x = shared(mpc, { shape: [1, 2], data: [5.125, 3] });
      const y = await net.eval().forward(x).decrypt();
      await net.decrypt();
      const state = Object.entries(net.stateDict()).map(([name, value]) =>
        [name, Array.from((value as typeof y).data, Number)] as const
      );
      return { y: Array.from(y.data, Number), state: Object.fromEntries(state) };
    });
    const near = (got: number, want: number): void =>
      assert(Math.abs(got - want) < 3e-4 * (1 + want), `${got}, ${want}`);
    const { y, state } = found!;
    assertEquals(state["1.num_batches_tracked"], [3]);
    // ((0 + 1)/2 + 2)/2 …: means 1, 2, 4 and variances 2, 8, 32 of samples.
    near(state["1.running_mean"]![0]!, 2.625);
    near(state["1.running_mean"]![1]!, 0.875);
    near(state["1.running_var"]![0]!, 18.375);
    near(state["1.running_var"]![1]!, 0.125);
    near(y[0]!, 2.5 / Math.sqrt(18.375));
    near(y[1]!, 2.125 / Math.sqrt(0.125));
  });
}

Deno.test("small variances keep their digits", async () => {
  const [y] = await runLocal(two, (mpc) => {
    const layer = new nn.BatchNorm1d(1, { affine: false }).eval();
    layer.loadStateDict({ running_mean: [0], running_var: [1e-3], num_batches_tracked: 0 });
    layer.encrypt(mpc, { src: 0 });
    return layer.forward(shared(mpc, { shape: [1, 1], data: [0.25] })).decrypt();
  });
  // The variance is 66 units of 2^-16, of which half a unit is lost.
  const want = 0.25 / Math.sqrt(66 / 65536 + 1e-5);
  assert(Math.abs(y!.at(0, 0) - want) < 1e-4 * want, `${y!.at(0, 0)} is not ${want}`);
});

Deno.test("a norm by secret statistics takes one product, once its factor is made", async () => {
  const [bytes] = await runLocal(two, async (mpc) => {
    const layer = new nn.BatchNorm2d(2).eval().encrypt(mpc, { src: 0 });
    const values = { shape: [3, 2, 4, 4], data: new Array<number>(96).fill(1) };
    const sent: number[] = [];
    for (let i = 0; i < 2; i++) {
      const x = shared(mpc, values);
      await mpc.settle();
      mpc.resetStats();
      await layer.forward(x).settled();
      sent.push(mpc.stats.totals.payloadBytes);
    }
    return sent;
  });
  // x, masked; the factor is opened for each product: 8 bytes for each element and each channel.
  assertEquals(bytes![1], 8 * 96 + 8 * 2);
  assert(bytes![0]! > bytes![1]! + 150, "the root comes first");
});

const table: Values = { shape: [4, 2], data: [1, 2, 3, 4, 5, 6, 7, 8] };

Deno.test("public indices into a secret table cost nothing", async () => {
  const [found] = await runLocal(two, async (mpc) => {
    const rows = new nn.Embedding(4, 2).loadStateDict({ weight: table }).encrypt(mpc, { src: 0 });
    const bag = new nn.EmbeddingBag(4, 2, { paddingIdx: 1 }).loadStateDict({ weight: table })
      .encrypt(mpc, { src: 0 });
    await mpc.settle();
    mpc.resetStats();
    const [x, y] = [rows.forward([[3, 0], [1, 1]]), bag.forward([3, 0, 1, 2], { offsets: [0, 3, 3] })];
    await Promise.all([x.settled(), y.settled()]);
    const { payloadBytes } = mpc.stats.totals;
    const [a, b] = await Promise.all([x.decrypt(), y.decrypt()]);
    return { payloadBytes, rows: a.data.join(), bags: b.data.join(), shapes: [a.shape, b.shape] };
  });
  assertEquals(found, {
    payloadBytes: 0,
    rows: "7,8,1,2,3,4,3,4",
    bags: "4,5,0,0,5,6",
    shapes: [[2, 2, 2], [3, 2]],
  });
});

Deno.test("rows of padding are zeros at first", () => {
  const { data } = new nn.Embedding(3, 2, { paddingIdx: -1 }).parameters.get("weight") as {
    data: Float64Array;
  };
  assertEquals(Array.from(data.subarray(4)), [0, 0]);
  assert(data.subarray(0, 4).every((x) => x !== 0));
});

Deno.test("what does not fit is refused", async () => {
  assertThrows(() => new nn.BatchNorm2d(0), RangeError, "0 channels, a positive number is wanted");
  assertThrows(() => new nn.GroupNorm(2, 3), RangeError, "2 groups of 3 channels, a divisor is wanted");
  assertThrows(() => new nn.LayerNorm([]), RangeError, "one or more positive integers are wanted");
  assertThrows(() => new nn.LocalResponseNorm(1.5), RangeError, "a positive integer is wanted");
  assertThrows(() => new nn.Embedding(3, 2, { paddingIdx: 3 }), RangeError, "one of 3 entries is wanted");
  assertThrows(() => new nn.Embedding(0, 2), RangeError, "positive numbers are wanted");
  assertThrows(
    () => new nn.EmbeddingBag(3, 2, { mode: "max", paddingIdx: 0 }),
    RangeError,
    "without padding",
  );
  assertThrows(() => new nn.Embedding(4, 2).forward([1]), TypeError, "one of them secret is wanted");
  await runLocal(one, (mpc) => {
    const ones = (...shape: number[]): CrypTensor =>
      shared(mpc, { shape, data: new Array<number>(shape.reduce((a, b) => a * b, 1)).fill(1) });
    assertThrows(() => new nn.BatchNorm2d(3).forward(ones(2, 3)), RangeError, "4 axes is wanted");
    assertThrows(() => new nn.BatchNorm1d(3).forward(ones(2, 4)), RangeError, "[N, 3, …]");
    assertThrows(() => new nn.BatchNorm1d(3).forward(ones(1, 3)), RangeError, "one value for each channel");
    assertThrows(
      () => new nn.InstanceNorm1d(3).forward(ones(2, 3, 1)),
      RangeError,
      "one value for each channel",
    );
    assertThrows(() => new nn.LayerNorm(3).forward(ones(2, 4)), RangeError, "is to be normalised");
    assertThrows(() => new nn.LocalResponseNorm(3).forward(ones(4)), RangeError, "[N, C, ...] is wanted");
    const bag = new nn.EmbeddingBag(4, 2, { mode: "max" });
    const indices = shared(mpc, { shape: [3], data: [0, 1, 2] }, 0);
    assertThrows(() => bag.forward(indices), RangeError, "offsets that rise from 0");
    assertThrows(() => bag.forward(indices, { offsets: [1, 2] }), RangeError, "offsets that rise from 0");
    assertThrows(() => bag.forward(indices, { offsets: [0, 3] }), RangeError, "a bag is empty");
    assertThrows(
      () => bag.forward(indices, { offsets: [0], perSampleWeights: [1, 1, 1] }),
      RangeError,
      "a sum is",
    );
    assertThrows(() => new nn.Embedding(4, 2).forward(ones(2)), TypeError, "integers");
  });
});
