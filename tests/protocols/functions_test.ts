import type { Protocol, Spline } from "../../protocols/protocol.ts";
import { additive } from "../../protocols/additive/additive.ts";
import { replicated } from "../../protocols/replicated/replicated.ts";
import { trustedFirstParty } from "../../protocols/providers/first_party.ts";
import { trustedThirdParty } from "../../protocols/providers/third_party.ts";
import { runs } from "../arbitraries.ts";
import { assert, assertEquals, assertRejects, fc } from "../deps.ts";
import { parties, randomWords } from "../conformance/parties.ts";
import { planted } from "../conformance/planted/plant.ts";

const BACKENDS: readonly (readonly [string, number, Protocol])[] = [
  ["lean, 2 parties", 2, additive({ provider: trustedFirstParty() })],
  ["wide, 2 parties", 2, additive({ provider: trustedFirstParty(), comparison: "wide" })],
  ["lean, 3 parties", 3, additive({ provider: trustedFirstParty() })],
  ["replicated", 3, replicated()],
  ["a third party, 2 parties", 2, additive({ provider: trustedThirdParty() })],
];

/** Integers of less than `bits` bits, with edges. */
function integers(bits: number): fc.Arbitrary<bigint> {
  const most = 2n ** BigInt(bits) - 1n;
  return fc.oneof(fc.bigInt({ min: -most, max: most }), fc.constantFrom(0n, 1n, -1n, most, -most));
}

const sizes = fc.constantFrom(1, 5, 128, 131, 513);

for (const [name, n, protocol] of BACKENDS) {
  Deno.test(`thresholds of random integers are exact, ${name}`, async () => {
    const cases = fc.tuple(sizes, fc.integer({ min: 1, max: 9 }), fc.constantFrom(64, 48, 33, 8)).chain(
      ([size, count, bits]) =>
        fc.tuple(
          fc.array(integers(bits - 2), { minLength: size, maxLength: size }),
          fc.array(integers(bits - 2), { minLength: count, maxLength: count }),
          fc.constant(bits),
        ),
    );
    await fc.assert(
      fc.asyncProperty(cases, async ([xs, list, bits]) => {
        // A threshold that is hit, and both its neighbours.
        const all = [...list, xs[0]!, xs[0]! + 1n, xs[0]! - 1n].filter((t) => t < 2n ** BigInt(bits - 2));
        const results = await parties({ n, protocol }, async (p) => {
          const words = BigUint64Array.from(xs, (x) => BigInt.asUintN(64, x));
          const bitsOf = await p.protocol.thresholds!(p.call(), await p.share(words), all, bits);
          return await p.openBits(bitsOf, all.length);
        });
        for (const result of results) {
          xs.forEach((x, i) => {
            all.forEach((t, j) =>
              assertEquals((result[i]! >> BigInt(j)) & 1n, x >= t ? 1n : 0n, `${x} >= ${t}`)
            );
          });
        }
      }),
      runs(4),
    );
  });

  Deno.test(`weigh gives sums of weights, ${name}`, async () => {
    const width = 9;
    const weights = [0, 1].map((k) =>
      Array.from({ length: width }, (_, i) => BigInt((i * 7919 + k) ** 3) - 99n)
    );
    const secret = randomWords(300).map((w) => w & 511n);
    const results = await parties({ n, protocol }, async (p) => {
      const x = await p.share(secret);
      const bits = p.protocol.mapBits(await p.protocol.toBits!(p.call(), x), (b) => b.planes(0, width));
      return await p.open(await p.protocol.weigh!(p.call(), p.ready(bits), weights));
    });
    for (const result of results) {
      weights.forEach((row, k) =>
        secret.forEach((word, i) => {
          const sum = row.reduce((s, w, j) => s + w * ((word >> BigInt(j)) & 1n), 0n);
          assertEquals(result[k * secret.length + i], sum);
        })
      );
    }
  });

  Deno.test(`one-hot vectors of every index, ${name}`, async () => {
    for (const size of [1, 2, 5, 64, 300]) {
      const indices = BigUint64Array.from({ length: Math.max(size, 600) }, (_, i) => BigInt(i % size));
      const results = await parties({ n, protocol }, async (p) => {
        const hot = await p.protocol.oneHot!(p.call(), await p.share(indices), size);
        assertEquals(hot.parts[0]!.shape, [indices.length, size]);
        return await p.open(hot);
      });
      for (const result of results) {
        result.forEach((word, at) => {
          const [i, v] = [Math.floor(at / size), at % size];
          assertEquals(word, BigInt(v) === indices[i] ? 1n : 0n);
        });
      }
    }
  });
}

for (const [name, n, protocol] of BACKENDS) {
  Deno.test(`entries of a public table at every place, ${name}`, async () => {
    for (const [indexBits, width] of [[1, 1], [3, 4], [6, 2], [9, 3]] as const) {
      const rows = Array.from(
        { length: 2 ** indexBits },
        () => Array.from(randomWords(width), (w) => BigInt(w)),
      );
      const table = { low: -5n, indexBits, rows };
      const indices = Array.from({ length: 600 }, (_, i) => i % rows.length);
      const secret = BigUint64Array.from(indices, (i) => BigInt.asUintN(64, BigInt(i - 5)));
      const results = await parties(
        { n, protocol },
        async (p) => await p.open(await p.protocol.lookup!(p.call(), await p.share(secret), table)),
      );
      for (const result of results) {
        indices.forEach((index, i) => {
          for (let k = 0; k < width; k++) {
            assertEquals(result[k * indices.length + i], BigInt.asIntN(64, rows[index]![k]!));
          }
        });
      }
    }
  });
}

/** A spline with arbitrary coefficients. */
const splines: fc.Arbitrary<Spline> = fc.record({
  indexBits: fc.integer({ min: 1, max: 6 }),
  offsetBits: fc.integer({ min: 1, max: 15 }),
  dropBits: fc.integer({ min: 0, max: 3 }),
  degree: fc.integer({ min: 1, max: 3 }),
  low: fc.bigInt({ min: -(2n ** 40n), max: 2n ** 40n }),
}).chain((form) =>
  fc.array(
    fc.array(fc.bigInt({ min: -(2n ** 40n), max: 2n ** 40n }), {
      minLength: form.degree + 1,
      maxLength: form.degree + 1,
    }),
    {
      minLength: 2 ** form.indexBits,
      maxLength: 2 ** form.indexBits,
    },
  ).map((coefficients) => ({ ...form, coefficients }))
);

function polynomial(row: readonly bigint[], w: bigint): bigint {
  return BigInt.asIntN(64, row.reduceRight((sum, c) => sum * w + c, 0n));
}

/** The two results that are right: with the piece's polynomial, or with the next one's. */
function allowed(s: Spline, x: bigint): bigint[] {
  const u = x - s.low;
  const step = 1n << BigInt(s.offsetBits);
  const out: bigint[] = [];
  // Dropped bits may round up, as the mask's do.
  for (const v of s.dropBits === 0 ? [u] : [u >> BigInt(s.dropBits), (u >> BigInt(s.dropBits)) + 1n]) {
    const i = Number(v / step);
    const w = v % step;
    for (const [piece, offset] of [[i, w], [i + 1, w - step]] as const) {
      if (piece < s.coefficients.length) out.push(polynomial(s.coefficients[piece]!, offset));
    }
  }
  return out;
}

async function splinesAreRight(n: number, protocol: Protocol, count: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(splines, sizes, async (s, size) => {
      const domain = BigInt(2 ** s.indexBits - 1) << BigInt(s.offsetBits + s.dropBits);
      const xs = Array.from(
        randomWords(size),
        (w, i) => s.low + (i === 0 ? 0n : i === 1 ? domain - 1n : w % domain),
      );
      const results = await parties({ n, protocol }, async (p) => {
        const x = await p.share(BigUint64Array.from(xs, (v) => BigInt.asUintN(64, v)));
        return await p.open(await p.protocol.spline!(p.call(), x, s));
      });
      for (const result of results) {
        xs.forEach((x, i) => {
          const right = allowed({ ...s, dropBits: s.dropBits }, x);
          assert(right.includes(result[i]!), `${x}: ${result[i]} is none of ${right}`);
        });
      }
    }),
    runs(count),
  );
}

for (const [name, n, protocol] of BACKENDS) {
  Deno.test(`splines of arbitrary coefficients are one of two exact polynomials, ${name}`, () =>
    splinesAreRight(n, protocol, 6));
}

Deno.test("the oracle of splines catches a coefficient that is off by one", async () => {
  const bug = planted(additive({ provider: trustedFirstParty() }), (good) => ({
    spline: (call, x, s) =>
      good.spline!(call, x, {
        ...s,
        coefficients: s.coefficients.map((row, i) => i === 1 ? [row[0]! + 1n, ...row.slice(1)] : row),
      }),
  }));
  await assertRejects(() => splinesAreRight(2, bug, 10), Error, "Property failed");
});
