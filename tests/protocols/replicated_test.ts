import { replicated } from "../../protocols/replicated/replicated.ts";
import { assert } from "../deps.ts";
import { parties, randomWords } from "../conformance/parties.ts";

const protocol = replicated();

const secretWords = (): BigUint64Array => randomWords(300).map((w) => w >> 34n);

Deno.test("replicated: memory of a thousand calls is that of a few, at helpers too", async () => {
  const used = await parties({ n: 3, protocol }, async (p) => {
    const x = await p.share(secretWords());
    const sizes: number[] = [];
    for (let i = 0; i < 1000; i++) {
      const product = await p.protocol.bilinear(p.call(), { kind: "mul" }, x, x);
      const y = await p.protocol.truncateRelu!(p.call(), p.ready(product), 16);
      for (const part of product.parts) part.free();
      for (const part of y.parts) part.free();
      if (i % 100 === 99) {
        await p.protocol.settled?.();
        await p.together();
        sizes.push(p.env.heap.liveBytes);
      }
    }
    return sizes;
  });
  for (const sizes of used) assert(Math.max(...sizes) - Math.min(...sizes) < 100_000, sizes.join());
});
