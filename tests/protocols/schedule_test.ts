import { ProtocolError } from "../../comm/errors.ts";
import type { Session } from "../../ops/session.ts";
import type { CrypTensor } from "../../ops/tensor.ts";
import { additive } from "../../protocols/additive/additive.ts";
import { plain } from "../../protocols/plain.ts";
import type { Protocol } from "../../protocols/protocol.ts";
import { trustedFirstParty } from "../../protocols/providers/first_party.ts";
import { RunError } from "../../run/failure.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../deps.ts";
import { parties, type Sent } from "./harness.ts";

/** Branches that run side by side, products of products, comparisons, and a value that is opened halfway. */
async function program(mpc: Session): Promise<number[]> {
  const x = mpc.encrypt([[1, -2], [3, 4]], { src: 0, scale: 0 });
  const y = mpc.encrypt([[5, 6], [-7, 8]], { src: 1, scale: 0 });
  const branch = async (session: Session, k: number): Promise<number[]> => {
    const z = x.mul(y.add(k)).relu();
    const opened = await z.decrypt();
    const r = session.encrypt([k, k + 1], { src: 0, scale: 0 }).mul(opened.size);
    return [...Array.from(opened.data, Number), ...Array.from((await r.decrypt()).data, Number)];
  };
  const branches = await Promise.all([1, 2, 3].map((k) => branch(mpc.fork(), k)));
  const rest = await Promise.all([
    x.matmul(y).decrypt(),
    x.lt(y).decrypt(),
    x.eq(3).decrypt(),
    x.to("binary").to("arithmetic").decrypt(),
  ]);
  return [...branches.flat(), ...rest.flatMap((t) => Array.from(t.data, Number))];
}

for (
  const [name, protocol, n] of [
    ["plain", plain(), 3],
    ["additive", additive({ provider: trustedFirstParty() }), 2],
    ["additive, third party", additive(), 3],
  ] as const
) {
  Deno.test(`${name}: results and messages are the same under 100 random schedules, ${n} parties`, async () => {
    const [expected] = await parties({ n, protocol }, (p) => program(p.mpc));
    let sizes: string | undefined;
    for (let seed = 1; seed <= 100; seed++) {
      const log: Sent[] = [];
      const results = await parties({ n, protocol, schedule: seed, log }, (p) => program(p.mpc));
      for (const result of results) assertEquals(result, expected);
      // Masks differ from run to run; who sends how much under which position must not.
      const positions = log.map((s) => `${s.from}>${s.to} ${s.key.split(":")[1]} ${s.bytes.length}`).sort()
        .join();
      sizes ??= positions;
      assertEquals(positions, sizes);
    }
  });
}

/** Runs a program in which party 1 does something else, and returns the error and what was sent. */
async function differ(
  protocol: Protocol,
  other: (x: CrypTensor, mpc: Session) => Promise<unknown>,
): Promise<{ error: RunError; log: Sent[] }> {
  const log: Sent[] = [];
  const error = await assertRejects(
    () =>
      parties({ n: 2, protocol, log, deadline: 500 }, async ({ mpc }) => {
        const x = mpc.encrypt([1, 2, 3], { src: 0 });
        if (mpc.rank === 1) return await other(x, mpc);
        return await x.add(1).decrypt();
      }),
    RunError,
  );
  return { error, log };
}

const DIFFERENCES: readonly (readonly [string, (x: CrypTensor) => Promise<unknown>])[] = [
  ["another operation", (x) => x.sub(1).decrypt()],
  ["another public operand", (x) => x.add(2).decrypt()],
  ["one operation more", (x) => x.add(1).neg().decrypt()],
  ["one operation less", (x) => x.decrypt()],
];

for (
  const [name, protocol] of [["plain", plain()], [
    "additive",
    additive({ provider: trustedFirstParty() }),
  ]] as const
) {
  for (const [what, other] of DIFFERENCES) {
    Deno.test(`${name}: a party that runs ${what} is stopped before any share is sent`, async () => {
      const { error, log } = await differ(protocol, other);
      assertStringIncludes(error.message, "runs a different program");
      const cause = error.failures[0]!.error;
      assert(cause instanceof ProtocolError);
      // Only traces (32 bytes) and, for the plain backend, the input itself have crossed the wire.
      const shares = log.filter((s) => s.bytes.length !== 32);
      assertEquals(shares.map((s) => s.from).filter((from) => from !== 0 || name !== "plain"), []);
    });
  }
}

Deno.test("a party that declares another shape is stopped", async () => {
  const { error } = await differ(
    additive({ provider: trustedFirstParty() }),
    (_x, mpc) => mpc.encrypt(undefined, { src: 0, shape: [4] }).add(1).decrypt(),
  );
  assertStringIncludes(error.message, "runs a different program");
});

Deno.test("a party that stops early stops the others at once", async () => {
  const { error } = await differ(additive({ provider: trustedFirstParty() }), () => Promise.resolve(0));
  assertStringIncludes(error.message, "has ended its program");
});
