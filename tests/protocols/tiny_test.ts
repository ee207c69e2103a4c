import { launch, runLocal } from "../../mod.ts";
import { assertEquals } from "../deps.ts";
import { tiny } from "./tiny.ts";

Deno.test("tiny: every primitive frees what it makes on the way", async () => {
  await runLocal({ parties: 2, protocol: tiny() }, async (mpc) => {
    const { heap } = mpc.context.shared.env;
    const x = mpc.encrypt([1.5, -2, 3], { src: 0 });
    await x.settled();
    const before = heap.liveBlocks;
    for (const f of [() => x.mul(x), () => x.relu(), () => x.floor(), () => x.exp(), () => x.eq(3)]) {
      const y = f();
      await y.decrypt();
      y.dispose();
      await mpc.settle();
    }
    assertEquals(heap.liveBlocks, before);
  });
});

Deno.test("tiny: a program brings it along to workers", async () => {
  const program = new URL("./tiny_program.ts", import.meta.url);
  assertEquals(await launch(program, { parties: 2, protocol: tiny() }), [4, 4]);
});
