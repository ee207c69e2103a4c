import { FAMILIES, measure } from "../../scripts/dev/operations/measure.ts";
import type { Operation } from "../../scripts/dev/operations/row.ts";
import { words } from "../../ops/operand.ts";
import { LockStep } from "../conformance/lockstep.ts";
import { assert, assertEquals, assertRejects } from "../deps.ts";
import { additive, type Protocol, replicated, type Session, trustedFirstParty } from "../../mod.ts";

/** All parties have said something, so that nobody is ahead when waves are counted. */
async function together(mpc: Session): Promise<void> {
  for (let src = 0; src < mpc.parties; src++) {
    const said = mpc.announce(0, { src });
    mpc.context.shared.env.comm.flush();
    await said;
  }
}

/** Runs an operation and compares what crossed the wire with what it declared. */
async function check(operation: Operation, parties: number, name: string, protocol: Protocol): Promise<void> {
  const network = new LockStep();
  // Sharing the operands takes a round, with some protocols.
  let earlier: number | undefined;
  const what = `${operation.name}, ${name}`;
  const wrap = (link: Parameters<LockStep["wrap"]>[0]) => network.wrap(link);
  const { bytes, declared, rounds, correlation, corrections } = await measure(
    operation,
    { parties, protocol, wrap },
    async (mpc) => {
      await together(mpc);
      earlier ??= network.waves;
    },
  );
  network.close();
  // Thirds of a byte are rounded.
  assertEquals(Math.round(bytes * parties), Math.round(declared * parties), `payload bytes of ${what}`);
  assertEquals(rounds, network.waves - earlier!, `rounds of ${what}`);
  assertEquals(corrections, correlation, `corrections of ${what}`);
}

const provider = trustedFirstParty();

const BACKENDS: readonly (readonly [string, number, Protocol])[] = [
  ["additive, 2 parties", 2, additive({ provider })],
  ["additive, 3 parties", 3, additive({ provider })],
  ["additive, 2 parties, wide", 2, additive({ provider, comparison: "wide" })],
  ["replicated", 3, replicated()],
];

for (const [name, parties, protocol] of BACKENDS) {
  for (const { title, rows } of FAMILIES) {
    Deno.test(`${title}: costs are as declared, ${name}`, async () => {
      for (const operation of rows) await check(operation, parties, name, protocol);
    });
  }
}

Deno.test("the law of costs catches bytes that nobody declared", async () => {
  const [add] = FAMILIES[0]!.rows;
  const sneaky: Operation = {
    ...add!,
    run(o) {
      const ctx = o.mpc.context;
      const product = ctx.remote(
        "hidden",
        [o.x.words],
        o.x.shape,
        undefined,
        (call, x) => ctx.protocol.bilinear(call, { kind: "mul" }, x, x),
      );
      return [add!.run(o), words(ctx, product, { scale: 16, bound: undefined })].flat();
    },
  };
  await assertRejects(
    () => check(sneaky, 2, "sneaky", additive({ provider })),
    Error,
    "payload bytes of add",
  );
});

/** What takes more than CrypTen in one respect, and why. */
const MORE: Readonly<Record<string, "rounds" | "bytes">> = {
  // One round for a truncation that cannot fail; theirs is local, and wrong now and then.
  mul: "rounds",
  square: "rounds",
  // Theirs is a limit formula with errors of percents that overflows; ours covers the whole domain.
  exp: "bytes",
};

Deno.test("what CrypTen computes too takes fewer rounds and bytes here", async () => {
  const both = FAMILIES.flatMap(({ rows }) => rows).filter((row) => row.crypten !== undefined);
  assertEquals(both.length, 12);
  for (const operation of both) {
    const { name, per = 1000, crypten } = operation;
    for (const comparison of ["lean", "wide"] as const) {
      const { rounds, bytes } = await measure(operation, { parties: 2, comparison });
      const more = MORE[name];
      if (more !== "rounds") {
        assert(rounds < crypten!.rounds, `${name} takes ${rounds} rounds, ${comparison}`);
      }
      // Masks of 16 bytes are the same; packed bits of the truncation come on top.
      const most = crypten!.bytes + (more === "rounds" ? 0.5 : 0);
      if (more !== "bytes") assert(bytes / per < most, `${name} takes ${bytes / per} bytes, ${comparison}`);
    }
  }
});
