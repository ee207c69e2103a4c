import {
  additive,
  type CrypTensor,
  nn,
  plain,
  runLocal,
  type Session,
  Tensor,
  trustedFirstParty,
} from "../../mod.ts";
import { runs } from "../arbitraries.ts";
import { assert, assertEquals, assertThrows, fc } from "../deps.ts";
import { attention, type Sees } from "../oracles/attention.ts";
import { at, build, type Values } from "../oracles/tensors.ts";
import { valuesOf } from "./layer_check.ts";

const two = { parties: 2, protocol: additive({ provider: trustedFirstParty() }) };
const one = { parties: 1, protocol: plain() };

/** What a public or secret mask means, and how it is written. */
type MaskKind = "none" | "causal" | "booleans" | "secret booleans" | "numbers" | "secret numbers";
const KINDS: readonly MaskKind[] = [
  "none",
  "causal",
  "booleans",
  "secret booleans",
  "numbers",
  "secret numbers",
];

const shared = (mpc: Session, { shape, data }: Values, scale?: number): CrypTensor =>
  mpc.encrypt(mpc.rank === 0 ? { shape, data } : undefined, { src: 0, shape, scale });

/** Options that say which of L queries sees which of S keys; everybody sees the first. */
function optionsOf(mpc: Session, kind: MaskKind, flags: Values): nn.DotAttentionOptions {
  const numbers = { shape: flags.shape, data: flags.data.map((flag) => flag === 0 ? -1e9 : 0) };
  switch (kind) {
    case "none":
      return {};
    case "causal":
      return { isCausal: true };
    case "booleans":
      return { attnMask: new Tensor(flags.shape, Uint8Array.from(flags.data)) };
    case "secret booleans":
      return { attnMask: shared(mpc, flags, 0) };
    case "numbers":
      return { attnMask: { ...numbers, data: numbers.data.map((x) => x === 0 ? 0 : -Infinity) } };
    default:
      return { attnMask: shared(mpc, numbers) };
  }
}

for (const options of [one, two]) {
  Deno.test(`scaledDotProductAttention is its formula, with masks of every kind, ${options.parties} parties`, async () => {
    const sample = fc.record({
      kind: fc.constantFrom(...KINDS),
      q: valuesOf([1, 4, 3, 2], 1),
      k: valuesOf([1, 2, 4, 2], 1),
      v: valuesOf([1, 2, 4, 3], 1),
      flags: fc.array(fc.constantFrom(0, 1), { minLength: 12, maxLength: 12 }),
    });
    await fc.assert(
      fc.asyncProperty(sample, async ({ kind, q, k, v, flags }) => {
        const mask = build([3, 4], ([i, j]) => j === 0 ? 1 : flags[4 * i! + j!]!);
        const sees: Sees = (_b, _h, i, j) =>
          kind === "none" || (kind === "causal" ? j <= i : at(mask, [i, j]) !== 0);
        const want = attention(q, k, v, 1 / Math.sqrt(2), sees);
        const [got] = await runLocal(options, (mpc) => {
          const [a, b, c] = [q, k, v].map((x) => shared(mpc, x));
          const given = optionsOf(mpc, kind, mask);
          return nn.scaledDotProductAttention(a!, b!, c!, { ...given, enableGqa: true }).decrypt();
        });
        assertEquals(got!.shape, want.shape);
        // The weights are within 5e-5 each, the scores and values within some 2^-16.
        want.data.forEach((x, i) => assert(Math.abs(Number(got!.data[i]) - x) < 4e-4, `${kind}: ${i}`));
      }),
      runs(options.parties === 1 ? 30 : 8),
    );
  });
}

Deno.test("a query that sees nothing attends as without a mask", async () => {
  const [y] = await runLocal(one, (mpc) => {
    const x = shared(mpc, { shape: [2, 2], data: [1, 0, 0, 1] });
    const attnMask = new Tensor([2, 2], Uint8Array.of(0, 0, 1, 1));
    return nn.scaledDotProductAttention(x, x, x, { attnMask }).decrypt();
  });
  assert(Math.abs(y!.at(0, 0) - 0.67) < 0.01, `scores of 1/√2 and 0 remain: ${y!.at(0, 0)}`);
});

Deno.test("in training attention weights are dropped, in inference not", async () => {
  const [found] = await runLocal(one, async (mpc) => {
    const layer = new nn.MultiheadAttention(4, 2, { dropout: 0.9 });
    const x = shared(mpc, { shape: [6, 2, 4], data: Array.from({ length: 48 }, (_, i) => Math.sin(i)) });
    const zeros = async (): Promise<number> => {
      const { weights } = layer.forward(x, x, x, { averageAttnWeights: false });
      return Array.from((await weights!.decrypt()).data, Number).filter((w) => w === 0).length;
    };
    return { training: await zeros(), inference: await layer.eval() && await zeros() };
  });
  assert(found!.training > 60, "nine of ten are dropped");
  assertEquals(found!.inference, 0);
});

Deno.test("one tensor as query, key and value is opened once", async () => {
  const bytes = async (same: boolean): Promise<number> => {
    const [sent] = await runLocal(two, async (mpc) => {
      const layer = new nn.MultiheadAttention(4, 1).eval().encrypt(mpc, { src: 0 });
      const values = { shape: [3, 2, 4], data: Array.from({ length: 24 }, (_, i) => Math.sin(i)) };
      const inputs = (): CrypTensor[] => {
        const x = shared(mpc, values);
        return same ? [x, x, x] : [x, shared(mpc, values), shared(mpc, values)];
      };
      for (let round = 0; round < 2; round++) {
        const [q, k, v] = inputs();
        await mpc.settle();
        mpc.resetStats();
        await layer.forward(q!, k!, v!).output.decrypt();
      }
      return mpc.stats.totals.payloadBytes;
    });
    return sent!;
  };
  assertEquals(await bytes(false) - await bytes(true), 2 * 24 * 8);
});

Deno.test("what does not fit is refused", async () => {
  assertThrows(
    () => new nn.MultiheadAttention(5, 2),
    RangeError,
    "2 heads for 5 elements, a divisor is wanted",
  );
  assertThrows(
    () => new nn.TransformerEncoderLayer(4, 2, { activation: "tanh" as "relu" }),
    RangeError,
    '"relu", "gelu" or a function is wanted',
  );
  assertThrows(
    () => new nn.TransformerEncoder(new nn.TransformerEncoderLayer(4, 2), 0),
    RangeError,
    "0 layers, a positive number is wanted",
  );
  await runLocal(one, (mpc) => {
    const ones = (...shape: number[]): CrypTensor =>
      shared(mpc, { shape, data: new Array<number>(shape.reduce((a, b) => a * b, 1)).fill(1) });
    const layer = new nn.MultiheadAttention(4, 2);
    const x = ones(3, 2, 4);
    assertThrows(() => layer.forward(x, ones(3, 1, 4), ones(3, 1, 4)), RangeError, "[S, N, 4] are wanted");
    assertThrows(() => layer.forward(x, x, ones(2, 2, 4)), RangeError, "[S, N, 4] are wanted");
    assertThrows(() => layer.forward(ones(4), ones(4), ones(4)), RangeError, "are wanted");
    assertThrows(() => nn.scaledDotProductAttention(x, ones(3, 2, 3), x), RangeError, "[..., S, E]");
    assertThrows(
      () => nn.scaledDotProductAttention(x, x.narrow(0, 0, 2), x.narrow(0, 0, 2), { enableGqa: true }),
      RangeError,
      "2 heads of keys for 3 of queries, a divisor is wanted",
    );
    assertThrows(() => layer.forward(x, x, x, { attnMask: ones(2, 2) }), RangeError);
  });
});

Deno.test("copies of a layer have weights of their own", async () => {
  await runLocal(two, (mpc) => {
    const layer = new nn.TransformerEncoderLayer(4, 2, { dimFeedforward: 3 }).encrypt(mpc, { src: 0 });
    const copy = layer.copy();
    layer.dispose();
    assertEquals(
      Object.keys(copy.stateDict()),
      Object.keys(new nn.TransformerEncoderLayer(4, 2).stateDict()),
    );
    const x = shared(mpc, { shape: [2, 1, 4], data: [1, 2, 3, 4, 5, 6, 7, 8] });
    assertEquals(copy.eval().forward(x).shape, [2, 1, 4]);
  });
});
