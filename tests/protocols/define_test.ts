import { defineProtocol } from "../../protocols/define.ts";
import { plain } from "../../protocols/plain.ts";
import { RunError } from "../../run/failure.ts";
import { assertRejects, assertStringIncludes, assertThrows } from "../deps.ts";
import { parties } from "../conformance/parties.ts";
import { planted } from "../conformance/planted/plant.ts";

Deno.test("defineProtocol() refuses facts that are not complete", () => {
  assertThrows(() => defineProtocol({ ...plain(), name: "" }), TypeError, "both are wanted");
  assertThrows(() => defineProtocol({ ...plain(), threatModel: "" }), TypeError, "both are wanted");
  assertThrows(() => defineProtocol({ ...plain(), parties: [3, 2] }), TypeError, "takes 3 to 2 parties");
});

Deno.test("defineProtocol() refuses a share of a wrong shape, naming protocol and call", async () => {
  const bad = defineProtocol(planted(plain(), (good) => ({
    async truncate(call, x, bits) {
      const share = await good.truncate(call, x, bits);
      return { parts: share.parts.map((part) => part.reshape([part.size, 1])) };
    },
  })));
  const error = await assertRejects(
    () => parties({ n: 2, protocol: bad }, ({ mpc }) => mpc.encrypt([1, 2], { src: 0 }).mul(0.5).decrypt()),
    RunError,
  );
  assertStringIncludes(error.message, "plain gave shape [2,1], [2] is wanted");
});

Deno.test("defineProtocol() refuses a tag that serves two primitives", async () => {
  const error = await assertRejects(
    () =>
      parties({ n: 2, protocol: plain() }, async (p) => {
        const x = await p.share([1n, 2n]);
        const call = p.call("square");
        await p.protocol.bilinear(call, { kind: "mul" }, x, x);
        await p.protocol.bilinear(call, { kind: "mul" }, x, x);
      }),
    RunError,
  );
  assertStringIncludes(error.message, "a tag serves one primitive");
});
