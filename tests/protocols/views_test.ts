import { Cell } from "../../ops/cell.ts";
import { additive } from "../../protocols/additive/additive.ts";
import type { AShare, BShare, Call, Pending, Protocol } from "../../protocols/protocol.ts";
import { trustedFirstParty } from "../../protocols/providers/first_party.ts";
import { trustedThirdParty } from "../../protocols/providers/third_party.ts";
import { runs } from "../arbitraries.ts";
import { assertEquals, fc } from "../deps.ts";
import { parties, type Party, randomWords, type Sent } from "../conformance/parties.ts";

const BACKENDS: readonly (readonly [string, number, Protocol])[] = [
  ["lean, 2 parties", 2, additive({ provider: trustedFirstParty() })],
  ["wide, 2 parties", 2, additive({ provider: trustedFirstParty(), comparison: "wide" })],
  ["lean, 3 parties", 3, additive({ provider: trustedFirstParty() })],
  ["a third party, 2 parties", 2, additive({ provider: trustedThirdParty() })],
];

/** Starts a call, at once; opens its result, later: tags are taken in the program's order. */
type Use = (p: Party, x: Pending<AShare>, y: Pending<AShare>) => () => Promise<BigInt64Array>;

const words =
  (start: (p: Party, x: Pending<AShare>, y: Pending<AShare>) => Promise<AShare>): Use => (p, x, y) => {
    const share = start(p, x, y);
    return async () => await p.open(await share);
  };
const bits = (start: (p: Party, x: Pending<AShare>) => Promise<BShare>, width: number): Use => (p, x) => {
  const share = start(p, x);
  return async () => BigInt64Array.from(await p.openBits(await share, width));
};

const MUL = { kind: "mul" } as const;
/** A straight line: 3u + 5 on every piece, so that the borrow makes no difference. */
const LINE = {
  low: -(2n ** 12n),
  indexBits: 3,
  offsetBits: 11,
  dropBits: 0,
  degree: 1,
  coefficients: Array.from({ length: 8 }, (_, i) => [3n * BigInt(i) * 2048n + 5n, 3n]),
};

/** What may be asked of x, and what comes out. */
const USES: Readonly<Record<string, readonly [Use, (x: bigint, y: bigint) => bigint]>> = {
  relu: [words((p, x) => p.protocol.relu!(p.call(), x)), (x) => x < 0n ? 0n : x],
  square: [words((p, x) => p.protocol.square!(p.call(), x)), (x) => x * x],
  mul: [words((p, x, y) => p.protocol.bilinear(p.call(), MUL, x, y)), (x, y) => x * y],
  "mul by itself": [words((p, x) => p.protocol.bilinear(p.call(), MUL, x, x)), (x) => x * x],
  sign: [bits((p, x) => p.protocol.sign(p.call(), x), 1), (x) => x < 0n ? 1n : 0n],
  select: [
    words((p, x) => {
      const none = p.protocol.mapBits(p.protocol.randomBits(p.call(), x.shape, 1), (b) => {
        b.bytes().fill(p.env.rank === 0 ? 0xff : 0);
        return b.keep();
      });
      return p.protocol.select!(p.call(), p.ready(none), x);
    }),
    (x) => x,
  ],
  thresholds: [
    bits((p, x) => p.protocol.thresholds!(p.call(), x, [-3n, 40n], 64), 2),
    (x) => (x >= -3n ? 1n : 0n) + (x >= 40n ? 2n : 0n),
  ],
  spline: [words((p, x) => p.protocol.spline!(p.call(), x, LINE)), (x) => 3n * (x + 2n ** 12n) + 5n],
};

const names = Object.keys(USES);
const small = fc.bigInt({ min: -4096n, max: 8000n });

for (const [name, n, protocol] of BACKENDS) {
  Deno.test(`any calls on the same secrets, in any order, are exact by one opening of each, ${name}`, async () => {
    const cases = fc.tuple(
      fc.array(fc.constantFrom(...names), { minLength: 2, maxLength: 6 }),
      fc.array(fc.tuple(small, small), { minLength: 1, maxLength: 140 }),
    );
    await fc.assert(
      fc.asyncProperty(cases, async ([order, pairs]) => {
        const [xs, ys] = [pairs.map(([x]) => x), pairs.map(([, y]) => y)];
        const wrap = (list: readonly bigint[]): BigUint64Array =>
          BigUint64Array.from(list, (w) => BigInt.asUintN(64, w));
        const results = await parties({ n, protocol }, async (p) => {
          const [x, y] = [await p.share(wrap(xs)), await p.share(wrap(ys), n - 1)];
          const opened: BigInt64Array[] = [];
          for (const open of order.map((use) => USES[use]![0](p, x, y))) opened.push(await open());
          return opened;
        });
        for (const result of results) {
          order.forEach((use, k) =>
            pairs.forEach(([x, y], i) =>
              assertEquals(result[k]![i], USES[use]![1](x, y), `${use} of ${x}, ${y}`)
            )
          );
        }
      }),
      runs(10),
    );
  });
}

/** Words that cross the wire, per element, for a list of calls on one secret. */
async function wordsSent(program: (p: Party, x: Pending<AShare>) => Promise<unknown>): Promise<number> {
  const log: Sent[] = [];
  const size = 1000;
  await parties({ n: 2, protocol: additive({ provider: trustedFirstParty() }), log }, async (p) => {
    await program(p, await p.share(randomWords(size)));
  });
  return log.filter((s) => s.from === 0 && s.bytes.length === 8 * size).length;
}

Deno.test("a secret is opened once in a branch, and once more in another one", async () => {
  const square = (p: Party, x: Pending<AShare>, call: Call = p.call()): Promise<AShare> =>
    p.protocol.square!(call, x);
  assertEquals(await wordsSent((p, x) => square(p, x)), 1);
  assertEquals(
    await wordsSent((p, x) => Promise.all([square(p, x), square(p, x), p.protocol.relu!(p.call(), x)])),
    1,
  );
  const fork = (p: Party): Call => ({ tag: p.mpc.context.scope.fork().take(), what: "test", depth: 0 });
  assertEquals(
    await wordsSent((p, x) => Promise.all([square(p, x), square(p, x, fork(p)), square(p, x)])),
    2,
  );
});

Deno.test("another sharing of the same secret is opened under a mask of its own", async () => {
  assertEquals(
    await wordsSent(async (p, x) => {
      const first = await p.protocol.square!(p.call(), x);
      const alias = Cell.ready(x.shape, { parts: [(await x.wait()).parts[0]!.clone()] });
      await p.protocol.square!(p.call(), alias);
      first.parts[0]!.free();
    }),
    2,
  );
});
