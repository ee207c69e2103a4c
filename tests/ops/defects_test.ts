/**
 * What users of earlier systems were surprised by, each as a test of what they expected.
 *
 * @module
 */
import {
  additive,
  type CrypTensor,
  runLocal,
  type Session,
  type Tensor,
  trustedFirstParty,
} from "../../mod.ts";
import { assert, assertEquals } from "../deps.ts";

const provider = trustedFirstParty();

/** What every party decrypts of a program on a vector of party 0. */
async function decrypted(
  values: readonly number[],
  f: (x: CrypTensor, mpc: Session) => readonly CrypTensor[],
  parties = 2,
): Promise<number[][]> {
  const results = await runLocal({ parties, protocol: additive({ provider }) }, async (mpc) => {
    const x = mpc.encrypt(mpc.rank === 0 ? values : undefined, { src: 0, shape: [values.length] });
    const opened = await Promise.all(f(x, mpc).map((t) => t.decrypt()));
    return opened.map((t) => Array.from<number | bigint, number>(t.data, Number));
  });
  for (const result of results) assertEquals(result, results[0]);
  return results[0]!;
}

Deno.test("the 5th, 7th and 9th power are the 5th, 7th and 9th power, and so are all others up to 16", async () => {
  const exponents = Array.from({ length: 17 }, (_, n) => n);
  const values = [1, -1, 2, -2, 3, 0, 0.5, -1.5];
  const powers = await decrypted(values, (x) => exponents.map((n) => x.pow(n)));
  for (const n of exponents) {
    values.forEach((x, i) => {
      // Powers of these integers fit, and those of the others are multiples of a unit of the last place as long as they do.
      if (Math.abs(x) ** n >= 2 ** 29) return;
      const error = n * Math.max(1, Math.abs(x)) ** Math.max(0, n - 2) * 2 ** -16;
      const exact = Number.isInteger(x) || n < 2;
      const distance = Math.abs(powers[n]![i]! - x ** n);
      assert(exact ? distance === 0 : distance < error, `${x} to the power of ${n} is ${powers[n]![i]}`);
    });
  }
});

Deno.test("negative powers are powers of the reciprocal, from -1 to -8", async () => {
  const exponents = Array.from({ length: 8 }, (_, i) => -1 - i);
  const values = [1, -1, 2, -2, 0.5, -0.5, 4];
  const powers = await decrypted(values, (x) => exponents.map((n) => x.pow(n)));
  exponents.forEach((n, k) =>
    values.forEach((x, i) => {
      const r = Math.abs(1 / x);
      const m = Math.max(1, r);
      const error = 1.001 * -n * r ** (-n - 1) * (1.5e-5 * r + 2 ** -16) -
        n * m ** Math.max(0, -n - 2) * 2 ** -16;
      assert(Math.abs(powers[k]![i]! - x ** n) < error, `${x} to the power of ${n} is ${powers[k]![i]}`);
    })
  );
});

Deno.test("a power is the same whether it is asked for at once or as a product of smaller ones", async () => {
  const [six, parts, ten, more] = await decrypted(
    [2, -3, 1],
    (x) => [x.pow(6), x.pow(5).mul(x), x.pow(10), x.pow(9).mul(x)],
  );
  assertEquals(six, [64, 729, 1]);
  assertEquals(parts, six);
  assertEquals(ten, [1024, 59049, 1]);
  assertEquals(more, ten);
});

Deno.test("the variance is that of a sample unless a population's is asked for, not the other way round", async () => {
  // Mean 3, squares of deviations 4 + 1 + 0 + 1 + 4.
  const [sample, explicit, population] = await decrypted(
    [1, 2, 3, 4, 5],
    (x) => [x.var(), x.var({ correction: 1 }), x.var({ correction: 0 })],
  );
  const near = (got: readonly number[], want: number): void =>
    assert(Math.abs(got[0]! - want) < 8 * 2 ** -16 + 2 ** -14 * want, `${got[0]} instead of ${want}`);
  near(sample!, 2.5);
  near(explicit!, 2.5);
  near(population!, 2);
});

for (const parties of [2, 3]) {
  Deno.test(`the index of the largest of equal elements is the lowest one, every time, ${parties} parties`, async () => {
    for (let time = 0; time < 3; time++) {
      const [most, least, mark, equal, zeros] = await decrypted(
        [2, 7, 7, 2, 7, 2, 7],
        (
          x,
        ) => [
          x.argmax(),
          x.argmin(),
          x.argmax({ oneHot: true }),
          x.mul(0).argmax(),
          x.mul(0).argmin({ oneHot: true }),
        ],
        parties,
      );
      assertEquals([most, least, equal], [[1], [0], [0]]);
      assertEquals(mark, [0, 1, 0, 0, 0, 0, 0]);
      assertEquals(zeros, [1, 0, 0, 0, 0, 0, 0]);
    }
  });
}

Deno.test("an index is a number by default, and one-hot only on request", async () => {
  const [index, mark] = await decrypted([1, 5, 3], (x) => [x.argmax(), x.argmax({ oneHot: true })]);
  assertEquals(index, [1]);
  assertEquals(mark, [0, 1, 0]);
});

Deno.test("the sign of zero is +1, and zero is neither below nor above itself", async () => {
  const [sign, below, above, least] = await decrypted([0, -0, 2 ** -16, -(2 ** -16)], (x) => [
    x.sign(),
    x.lt(0),
    x.gt(0),
    x.le(0),
  ]);
  assertEquals(sign, [1, 1, 1, -1]);
  assertEquals(below, [0, 0, 0, 1]);
  assertEquals(above, [0, 0, 1, 0]);
  assertEquals(least, [1, 1, 0, 1]);
});

Deno.test("a shift to the right keeps the sign, unless zeros are asked for", async () => {
  const [down, zeros] = await decrypted([-8, -1, 8], (x) => {
    const bits = x.to("binary");
    return [bits.shiftRight(1), bits.shiftRightLogical(60)];
  });
  assertEquals(down, [-4, -0.5, 4]);
  assertEquals(zeros, [15 * 2 ** -16, 15 * 2 ** -16, 0]);
});

Deno.test("equal elements stay in their order when they are sorted, in both directions", async () => {
  const [, up] = await decrypted([3, 1, 3, 1, 2, 3], (x) => x.sort());
  const [, down] = await decrypted([3, 1, 3, 1, 2, 3], (x) => x.sort({ descending: true }));
  assertEquals(up, [1, 3, 4, 0, 2, 5]);
  assertEquals(down, [0, 2, 5, 4, 1, 3]);
});

Deno.test("a maximum of large and of close numbers is exact", async () => {
  const big = 2 ** 46 - 2 ** -6;
  const [most, least] = await decrypted(
    [-big, big, 0, big - 2 ** -6, -big + 2 ** -6],
    (x) => [x.max(), x.min()],
  );
  assertEquals([most, least], [[big], [-big]]);
});

Deno.test("a thousand numbers can be sorted", async () => {
  const values = Float64Array.from({ length: 1000 }, (_, i) => (i * 7919) % 1009 / 8 - 60);
  const [sorted] = await runLocal({ parties: 2, protocol: additive({ provider }) }, async (mpc) => {
    const x = mpc.encrypt(mpc.rank === 0 ? values : undefined, { src: 0, shape: [1000] });
    const [ordered, indices] = x.sort();
    return [await ordered.decrypt(), await indices.decrypt()] as [Tensor, Tensor];
  });
  assertEquals(Array.from(sorted![0].data, Number), [...values].sort((a, b) => a - b));
  Array.from(sorted![1].data, Number).forEach((from, i) =>
    assertEquals(values[from], Number(sorted![0].data[i]))
  );
});
