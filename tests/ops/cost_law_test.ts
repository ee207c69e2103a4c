import { FAMILIES, measure } from "../../scripts/dev/operations/measure.ts";
import type { Operation } from "../../scripts/dev/operations/row.ts";
import { words } from "../../ops/operand.ts";
import { LockStep } from "../protocols/lockstep.ts";
import { assert, assertEquals, assertRejects } from "../deps.ts";
import type { Session } from "../../mod.ts";

/** All parties have said something, so that nobody is ahead when waves are counted. */
async function together(mpc: Session): Promise<void> {
  for (let src = 0; src < mpc.parties; src++) {
    const said = mpc.announce(0, { src });
    mpc.context.shared.env.comm.flush();
    await said;
  }
}

/** Runs an operation and compares what crossed the wire with what it declared. */
async function check(operation: Operation, parties: number, comparison: "lean" | "wide"): Promise<void> {
  const network = new LockStep();
  const what = `${operation.name} with ${parties} parties, ${comparison}`;
  const wrap = (link: Parameters<LockStep["wrap"]>[0]) => network.wrap(link);
  const found = await measure(operation, { parties, comparison, wrap }, together);
  network.close();
  for (const { bytes, declared, rounds, correlation, corrections } of found) {
    assertEquals(bytes, declared, `payload bytes of ${what}`);
    assertEquals(rounds, network.waves, `rounds of ${what}`);
    assertEquals(corrections, correlation, `corrections of ${what}`);
  }
}

for (const [parties, comparison] of [[2, "lean"], [3, "lean"], [2, "wide"]] as const) {
  for (const { title, rows } of FAMILIES) {
    Deno.test(`${title}: costs are as declared, ${parties} parties, ${comparison}`, async () => {
      for (const operation of rows) await check(operation, parties, comparison);
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
  await assertRejects(() => check(sneaky, 2, "lean"), Error, "payload bytes of add");
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
      const { rounds, bytes } = (await measure(operation, { parties: 2, comparison }))[0]!;
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
