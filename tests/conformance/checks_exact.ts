/**
 * Exactness: comparisons at every edge, fast forms against what they are composed of, products modulo 2^64.
 *
 * @module
 */
import type { AShare, Bilinear, BShare, Instance, Pending, Spline } from "../../protocols/protocol.ts";
import { bilinear } from "../../ring/bilinear.ts";
import { neg } from "../../ring/elementwise.ts";
import { sizeOf } from "../../ring/shape.ts";
import { RingTensor } from "../../ring/tensor.ts";
import { type Check, ensure, type Subject } from "./check.ts";
import { same } from "./checks_sharing.ts";
import { parties, type Party, randomWords, type Sent } from "./parties.ts";
import { has, type Needs, TABLE } from "./primitives.ts";

/** Values where carries, borrows and signs change: powers of two and their neighbours. */
function edges(): bigint[] {
  const out: bigint[] = [0n, 2n ** 63n - 1n, -(2n ** 63n)];
  for (let i = 0n; i < 63n; i++) for (const d of [-1n, 0n, 1n]) out.push(2n ** i + d, -(2n ** i) + d);
  return [...out, ...new BigInt64Array(randomWords(400).buffer)];
}

/** Every integer of 10 bits, at the bottom, in the middle and at the top of the word. */
function exhaustive(): bigint[] {
  const all = Array.from({ length: 1024 }, (_, i) => BigInt(i - 512));
  return [0n, 27n, 54n].flatMap((shift) => all.map((v) => v << shift));
}

const unsigned = (v: bigint): bigint => BigInt.asUintN(64, v);
const wordsOf = (list: readonly bigint[]): BigUint64Array => BigUint64Array.from(list, unsigned);

/** What a case runs on, and where its shares come from. */
interface On {
  readonly p: Party;
  readonly t: Instance;
  readonly x: Pending<AShare>;
}

/** A form, with its meaning for one word. */
interface Form {
  readonly name: string;
  readonly needs?: Needs;
  /** Opens its result. */
  readonly run: (on: On) => Promise<ArrayLike<bigint>>;
  readonly expect: (x: bigint) => bigint;
}

const SIGN: Form = {
  name: "sign",
  run: async ({ p, t, x }) => await p.openBits(await t.sign(p.call(), x), 1),
  expect: (x) => x < 0n ? 1n : 0n,
};

/** A straight line on 8 pieces, so that it makes no difference which piece is used. */
const LINE: Spline = {
  low: -(2n ** 12n),
  indexBits: 3,
  offsetBits: 11,
  dropBits: 0,
  degree: 1,
  coefficients: Array.from({ length: 8 }, (_, i) => [3n * BigInt(i) * 2048n + 5n, 3n]),
};

const THRESHOLDS = [-513n, -1n, 0n, 1n, 512n];
const WEIGHTS = [[7n, -3n, 11n], [1n, 2n, 4n]];

const bitsBelow = (p: Party, b: BShare, width: number): Pending<BShare> =>
  p.ready(p.protocol.mapBits(b, (part) => part.planes(0, width)));

/** Forms that are exact for every word. */
const FORMS: readonly Form[] = [
  {
    name: "fromBits of sign",
    run: async ({ p, t, x }) =>
      await p.open(await t.fromBits(p.call(), p.ready(await t.sign(p.call(), x)), 1)),
    expect: (x) => x < 0n ? 1n : 0n,
  },
  {
    name: "and of the signs of x and -x",
    async run({ p, t, x }) {
      const a = p.ready(await t.sign(p.call(), x));
      const b = p.ready(await t.sign(p.call(), p.ready(t.linear(x.now!, neg))));
      return await p.openBits(await t.and(p.call(), a, b, 1), 1);
    },
    expect: (x) => x < 0n && BigInt.asIntN(64, -x) < 0n ? 1n : 0n,
  },
  {
    name: "relu",
    needs: "relu",
    run: async ({ p, t, x }) => await p.open(await t.relu!(p.call(), x)),
    expect: (x) => x > 0n ? x : 0n,
  },
  {
    name: "square",
    needs: "square",
    run: async ({ p, t, x }) => await p.open(await t.square!(p.call(), x)),
    expect: (x) => BigInt.asIntN(64, x * x),
  },
  {
    name: "isZero",
    needs: "isZero",
    run: async ({ p, t, x }) => await p.openBits(await t.isZero!(p.call(), x), 1),
    expect: (x) => x === 0n ? 1n : 0n,
  },
  {
    name: "toBits",
    needs: "toBits",
    run: async ({ p, t, x }) => await p.openBits(await t.toBits!(p.call(), x), 64),
    expect: unsigned,
  },
  {
    name: "fromBits of toBits",
    needs: "toBits",
    run: async ({ p, t, x }) =>
      await p.open(await t.fromBits(p.call(), p.ready(await t.toBits!(p.call(), x)), 64)),
    expect: (x) => x,
  },
  {
    name: "and of the bits of x and -x",
    needs: "toBits",
    async run({ p, t, x }) {
      const a = p.ready(await t.toBits!(p.call(), x));
      const b = p.ready(await t.toBits!(p.call(), p.ready(t.linear(x.now!, neg))));
      return await p.openBits(await t.and(p.call(), a, b, 64), 64);
    },
    expect: (x) => unsigned(x) & unsigned(-x),
  },
  {
    name: "select by sign",
    needs: "select",
    run: async ({ p, t, x }) =>
      await p.open(await t.select!(p.call(), p.ready(await t.sign(p.call(), x)), x)),
    expect: (x) => x < 0n ? x : 0n,
  },
  {
    name: "weigh of sign",
    needs: "weigh",
    run: async ({ p, t, x }) =>
      await p.open(await t.weigh!(p.call(), p.ready(await t.sign(p.call(), x)), [[-7n]])),
    expect: (x) => x < 0n ? -7n : 0n,
  },
  {
    name: "weigh of toBits",
    needs: ["weigh", "toBits"],
    async run({ p, t, x }) {
      const bits = await t.toBits!(p.call(), x);
      const sums = await p.open(await t.weigh!(p.call(), bitsBelow(p, bits, 3), WEIGHTS));
      return Array.from({ length: x.shape[0]! }, (_, i) => 1000n * sums[i]! + sums[x.shape[0]! + i]!);
    },
    expect: (x) =>
      WEIGHTS.map((row) => row.reduce((s, w, i) => s + w * ((x >> BigInt(i)) & 1n), 0n))
        .reduce((a, b) => 1000n * a + b),
  },
];

/** Forms that are exact for small words. */
const SMALL: readonly Form[] = [
  {
    name: "thresholds",
    needs: "thresholds",
    run: async ({ p, t, x }) =>
      await p.openBits(await t.thresholds!(p.call(), x, THRESHOLDS, 20), THRESHOLDS.length),
    expect: (x) => THRESHOLDS.reduce((bits, at, i) => bits | (x >= at ? 1n << BigInt(i) : 0n), 0n),
  },
  {
    name: "spline",
    needs: "spline",
    run: async ({ p, t, x }) => await p.open(await t.spline!(p.call(), x, LINE)),
    expect: (x) => 3n * (x + 2n ** 12n) + 5n,
  },
];

async function holds(form: Form, list: readonly bigint[], { make, parties: n }: Subject): Promise<void> {
  const results = await parties({ n, protocol: make() }, async (p) => {
    const t = p.protocol;
    if (!has(t, form.needs)) return undefined;
    return await form.run({ p, t, x: await p.share(wordsOf(list), n - 1) });
  });
  for (const [rank, result] of results.entries()) {
    if (result !== undefined) {
      list.forEach((x, i) =>
        ensure(
          BigInt.asIntN(64, result[i]!) === BigInt.asIntN(64, form.expect(x)),
          () => `${form.name} of ${x} at party ${rank} is ${result[i]}, ${form.expect(x)} is wanted`,
        )
      );
    }
  }
}

async function fastForms(subject: Subject): Promise<void> {
  for (const form of FORMS) await holds(form, edges(), subject);
  const small = Array.from({ length: 1100 }, (_, i) => BigInt(i - 550));
  for (const form of SMALL) await holds(form, small, subject);
  await tables(subject);
}

async function tables({ make, parties: n }: Subject): Promise<void> {
  await parties({ n, protocol: make() }, async (p) => {
    const { lookup, oneHot } = p.protocol;
    const count = 300;
    const index = Array.from({ length: count }, (_, i) => i % 16);
    if (lookup !== undefined) {
      const x = await p.share(wordsOf(index.map((i) => BigInt(i) + TABLE.low)));
      const got = await p.open(await lookup(p.call(), x, TABLE));
      same(got, [0, 1, 2, 3].flatMap((k) => index.map((i) => TABLE.rows[i]![k]!)), "lookup");
    }
    if (oneHot !== undefined) {
      const x = await p.share(wordsOf(index.map(BigInt)));
      const got = await p.open(await oneHot(p.call(), x, 16));
      same(got, index.flatMap((i) => Array.from({ length: 16 }, (_, v) => BigInt(v === i))), "oneHot");
    }
  });
}

const MAPS: readonly (readonly [Bilinear, readonly number[], readonly number[]])[] = [
  [{ kind: "mul" }, [7, 5], [7, 5]],
  [{ kind: "mul" }, [7, 5], [5]],
  [{ kind: "mul" }, [0], [0]],
  [{ kind: "mul" }, [], [3, 2]],
  [{ kind: "matmul" }, [4, 6], [6, 3]],
  [{ kind: "matmul" }, [2, 4, 6], [6, 3]],
  [{ kind: "matmul" }, [6], [6]],
  [
    { kind: "conv", geometry: { stride: [2, 1], pads: [1, 0, 0, 2], dilation: [1, 2], groups: 2 } },
    [2, 4, 5, 6],
    [6, 2, 3, 2],
  ],
  [
    {
      kind: "convTranspose",
      geometry: { stride: [2], pads: [1, 0], dilation: [1], groups: 1, outputPads: [1] },
    },
    [1, 3, 4],
    [3, 2, 3],
  ],
];

async function products({ make, parties: n }: Subject): Promise<void> {
  await parties({ n, protocol: make() }, async (p) => {
    for (const [map, a, b] of MAPS) {
      const [u, v] = [mixed(sizeOf(a)), mixed(sizeOf(b)).reverse()];
      using left = RingTensor.from(p.env.heap, a, u);
      using right = RingTensor.from(p.env.heap, b, v);
      using wanted = bilinear(map, left, right);
      const [x, y] = [await p.share(u, 0, a), await p.share(v, n - 1, b)];
      const got = await p.protocol.bilinear(p.call(), map, x, y);
      same(await p.open(got), wanted.toSigned(), `${map.kind} of [${a}] and [${b}]`);
      using square = bilinear({ kind: "mul" }, left, left);
      const own = await p.protocol.bilinear(p.call(), { kind: "mul" }, x, x);
      same(await p.open(own), square.toSigned(), `[${a}] by itself`);
    }
  });
}

/** Words over the whole ring, the same at all parties. */
function mixed(n: number): BigUint64Array {
  return BigUint64Array.from({ length: n }, (_, i) => unsigned((BigInt(i) + 3n) ** 7n * 0x9e3779b97f4a7c15n));
}

async function prepared({ make, parties: n }: Subject): Promise<void> {
  const log: Sent[] = [];
  const [a, b] = [mixed(512 * 8), mixed(8 * 24)];
  const has = await parties({ n, protocol: make(), log }, async (p) => {
    const t = p.protocol;
    if (t.prepare === undefined || t.bilinearPrepared === undefined) return false;
    const map = { kind: "matmul" } as const;
    const weight = await p.share(b, n - 1, [8, 24]);
    const ready = t.prepare(p.call(), weight);
    await ready.ready;
    using left = RingTensor.from(p.env.heap, [512, 8], a);
    using right = RingTensor.from(p.env.heap, [8, 24], b);
    using wanted = bilinear(map, left, right);
    for (let i = 0; i < 3; i++) {
      const x = await p.share(a, 0, [512, 8]);
      same(
        await p.open(await t.bilinearPrepared(p.call(), map, x, ready)),
        wanted.toSigned(),
        `prepared product ${i}`,
      );
    }
    ready.free();
    return true;
  });
  if (!has[0]) return;
  const masked = log.filter((s) => s.from === 0 && s.to === 1 && s.bytes.length === 8 * 512 * 8);
  const distinct = new Set(masked.map((s) => s.bytes.slice(0, 64).join()));
  ensure(distinct.size === masked.length, () => "prepared products open their inputs under one mask");
  const weights = log.filter((s) => s.from === 0 && s.to === 1 && s.bytes.length === 8 * 8 * 24);
  ensure(weights.length <= 1, () => `a prepared weight is sent ${weights.length} times`);
}

/** The checks. */
export const EXACT_CHECKS: readonly Check<Subject>[] = [
  {
    name: "comparison is exact at every edge",
    about:
      "sign of powers of two and their neighbours, and of every integer of 10 bits at three places of the word.",
    run: async (subject) => {
      await holds(SIGN, edges(), subject);
      await holds(SIGN, exhaustive(), subject);
    },
  },
  {
    name: "fast forms equal what they are composed of",
    about: "Each optional form gives, to the last bit, what its generic composition means.",
    run: fastForms,
  },
  {
    name: "products are exact modulo 2^64",
    about:
      "Every bilinear map on words of the whole ring, operands of different owners, and a secret by itself.",
    run: products,
  },
  {
    name: "prepared weights are opened once",
    about:
      "Three products with one prepared weight are exact, send the weight once, and mask their inputs freshly.",
    run: prepared,
  },
];
