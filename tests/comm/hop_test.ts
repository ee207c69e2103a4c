import { Hop } from "../../comm/hop.ts";
import { assertEquals, assertLess } from "../deps.ts";

/** Resolves after more microtasks than any program needs to come to what it sends. */
async function deep(): Promise<void> {
  for (let i = 0; i < 1000; i++) await null;
}

Deno.test("a hop runs once however often it was asked for, after all microtasks", async () => {
  const log: string[] = [];
  const ran = Promise.withResolvers<void>();
  const hop = new Hop(() => {
    log.push("run");
    ran.resolve();
  });
  for (let i = 0; i < 3; i++) hop.schedule();
  await deep();
  log.push("microtasks");
  await ran.promise;
  hop.schedule();
  hop.close();
  hop.close();
  hop.schedule();
  assertEquals(log, ["microtasks", "run"]);
});

for (const wait of [0, 1, 3, 5]) {
  Deno.test(`a hop that is asked for ${wait} microtasks after its own run comes after all others too`, async () => {
    const log: string[] = [];
    const done = Promise.withResolvers<void>();
    const again = async (): Promise<void> => {
      for (let i = 0; i < wait; i++) await null;
      hop.schedule();
      await deep();
      log.push("microtasks");
    };
    const hop = new Hop(() => {
      log.push("run");
      if (log.length < 6) again();
      else done.resolve();
    });
    hop.schedule();
    await done.promise;
    hop.close();
    assertEquals(log, ["run", "microtasks", "run", "microtasks", "run", "microtasks", "run"]);
  });
}

Deno.test("a hop that asks for itself again and again does not keep others waiting", async () => {
  const done = Promise.withResolvers<void>();
  let turns = 0;
  const busy: Hop = new Hop(() => {
    if (++turns < 1000) busy.schedule();
  });
  const chain: Hop[] = Array.from({ length: 10 }, (_, i) =>
    new Hop(() => {
      if (i === 9) done.resolve();
      else chain[i + 1]!.schedule();
    }));
  busy.schedule();
  chain[0]!.schedule();
  await done.promise;
  const meanwhile = turns;
  for (const hop of [busy, ...chain]) hop.close();
  // Ten tasks one after the other: about as many turns of the other hop, and not all of its thousand.
  assertLess(meanwhile, 100);
});
