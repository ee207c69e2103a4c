import { additive, type CrypTensor, runLocal, type Session, trustedFirstParty } from "../../mod.ts";
import { assert, assertEquals } from "../deps.ts";

const protocol = additive({ provider: trustedFirstParty() });
const X = [[1.5, -2, 0.25], [4, 0, -1]];
const W = [[1, 2], [-1, 0.5], [3, -0.125]];

/** Products of a tensor that everyone knows and a secret one, on either side, with what they cost before they are rounded. */
const products: Readonly<Record<string, (open: CrypTensor, secret: CrypTensor) => CrypTensor>> = {
  "open matmul secret": (open, secret) => open.matmul(secret),
  "secret matmul open": (open, secret) => secret.t().matmul(open.t()),
  "open mul secret": (open, secret) => open.mul(secret.t()),
  "secret mul open": (open, secret) => secret.t().mul(open),
  "open conv secret": (open, secret) => open.unsqueeze(0).conv1d(secret.t().unsqueeze(2).narrow(1, 0, 2)),
};

async function results(f: (open: CrypTensor, secret: CrypTensor) => CrypTensor, known: boolean) {
  const [first] = await runLocal({ parties: 2, protocol }, async (mpc: Session) => {
    const x = mpc.public(X);
    const w = mpc.encrypt(mpc.rank === 1 ? W : undefined, { src: 1, shape: [3, 2] });
    mpc.resetStats();
    const y = f(known ? x : x.add(mpc.encrypt(mpc.rank === 0 ? 0 : undefined, { src: 0, shape: [] })), w);
    return {
      value: await y.decrypt(),
      rounds: mpc.stats.totals.rounds,
      bytes: mpc.stats.totals.payloadBytes,
    };
  });
  return first;
}

for (const [name, f] of Object.entries(products)) {
  Deno.test(`${name}: as if both were secret`, async () => {
    const [open, hidden] = await Promise.all([results(f, true), results(f, false)]);
    assertEquals(open.value.shape, hidden.value.shape);
    // Sums of two or three products, of which each way rounds once.
    assert(open.value.allClose(hidden.value, { absolute: 2 ** -14 }), `${open.value}, ${hidden.value}`);
  });
}

for (const name of ["open matmul secret", "open mul secret", "secret mul open"]) {
  Deno.test(`${name}: nothing is sent for the product`, async () => {
    const [open, hidden] = await Promise.all([
      results(products[name]!, true),
      results(products[name]!, false),
    ]);
    // The rounding of the product is left: a bit per element, and the answer.
    assertEquals(open.rounds, hidden.rounds - 1);
    assert(open.bytes <= hidden.bytes - 8 * 6, `${open.bytes} and ${hidden.bytes} bytes`);
  });
}

Deno.test("integers times a tiny public number are that, as far as 16 fraction bits go", async () => {
  const [result] = await runLocal({ parties: 2, protocol }, async (mpc) => {
    const x = mpc.encrypt(mpc.rank === 0 ? [1, -3, 2 ** 20] : undefined, { src: 0, shape: [3], scale: 0 });
    return await Promise.all([5e-324, 1e-30, 2 ** -20].map((tiny) => x.mul(tiny).decrypt()));
  });
  // Off by one unit of the truncation at most.
  for (const [i, tiny] of [5e-324, 1e-30, 2 ** -20].entries()) {
    [1, -3, 2 ** 20].forEach((x, k) => assert(Math.abs(result[i]!.at(k) - x * tiny) <= 2 ** -15));
  }
});
