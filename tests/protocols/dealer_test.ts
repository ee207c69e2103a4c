import { Scope, Tag } from "../../comm/scope.ts";
import { additive } from "../../protocols/additive/additive.ts";
import { kinds } from "../../protocols/additive/kinds.ts";
import type { Demand } from "../../protocols/provider.ts";
import { trustedFirstParty } from "../../protocols/providers/first_party.ts";
import { REQUESTS } from "../../protocols/providers/third_party.ts";
import { trustedThirdParty } from "../../protocols/providers/third_party.ts";
import { RunError } from "../../run/failure.ts";
import { runLocal } from "../../run/local.ts";
import { connect } from "../../run/connect.ts";
import { memoryMesh } from "../../comm/memory.ts";
import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "../deps.ts";
import { parties } from "../conformance/parties.ts";

/** Lets party 1 send the dealer something of its own. */
async function ask(request: (scope: Scope) => unknown): Promise<RunError> {
  return await assertRejects(
    () =>
      parties({ n: 2, protocol: additive(), deadline: 500 }, async (p) => {
        const { scope } = p.mpc.context;
        if (p.env.rank === 1) p.env.comm.postControl(2, REQUESTS, request(scope));
        const x = await p.share([1n, 2n]);
        return await p.open(await p.protocol.square!(p.call(), x));
      }),
    RunError,
  );
}

const position = (scope: Scope, seq: number): Record<string, unknown> => ({ scope: scope.id, path: [], seq });

Deno.test("the dealer refuses a party that asks twice for one tag", async () => {
  const error = await ask((scope) => ({ ...position(scope, 1), kind: "square", params: { n: 2 } }));
  assertStringIncludes(error.message, "asked twice");
});

Deno.test("the dealer refuses two shapes under one tag", async () => {
  const error = await ask((scope) => ({ ...position(scope, 1), kind: "square", params: { n: 3 } }));
  assertStringIncludes(error.message, "Cannot deal for tag :1");
});

Deno.test("the dealer refuses unknown kinds, bad parameters and requests that are not well formed", async () => {
  assertStringIncludes(
    (await ask((s) => ({ ...position(s, 9), kind: "nothing", params: {} }))).message,
    `kind "nothing" is unknown`,
  );
  assertStringIncludes((await ask(() => ({ seq: -1 }))).message, "not well formed");
});

Deno.test("a kind refuses parameters that are out of range", () => {
  assertThrows(() => kinds.square.elements({ n: -1 }), RangeError, `"n" is out of range`);
  assertThrows(() => kinds.square.elements({ n: 2 ** 40 }), RangeError, `"n" is out of range`);
  assertThrows(() => kinds.relu.fields({ n: 4, profile: "fast" }), RangeError, `"profile" is unknown`);
  assertThrows(
    () => kinds.triple.fields({ a: [2], b: "x", map: { kind: "mul" } }),
    RangeError,
    `"b" is not a shape`,
  );
});

/** A program and the answers that it must give, dealt ahead or not. */
async function online(
  manifest: readonly Demand[] | undefined,
  first: boolean,
): Promise<{ values: number[]; demands: readonly Demand[] }> {
  const protocol = additive({ provider: first ? trustedFirstParty() : trustedThirdParty() });
  const [result] = await runLocal(
    { parties: 3, protocol, ...(manifest === undefined ? {} : { manifest }) },
    async (mpc) => {
      const x = mpc.encrypt([1.5, -2, 3], { src: 0 });
      const inner = mpc.fork();
      const y = await x.mul(x.add(1)).relu().decrypt();
      const z = await inner.encrypt([4, 5], { src: 1 }).square().decrypt();
      const demands = mpc.context.shared.env.provider!.demands;
      return {
        values: [...Array.from(y.data, Number), ...Array.from(z.data, Number)],
        demands: [...demands],
      };
    },
  );
  return result!;
}

for (const first of [true, false]) {
  Deno.test(`a recorded manifest is dealt ahead, trusted ${first ? "first" : "third"} party`, async () => {
    const recorded = await online(undefined, first);
    assertEquals(recorded.demands.length > 0, true);
    const again = await online(recorded.demands, first);
    for (const [i, value] of again.values.entries()) {
      assertEquals(Math.abs(value - recorded.values[i]!) <= 2 ** -15, true, `value ${i}`);
    }
    const other = recorded.demands.map((d, i) => i === 0 ? { ...d, params: { ...d.params, n: 7 } } : d);
    const error = await assertRejects(() => online(other, first), RunError);
    assertStringIncludes(error.message, "the manifest has another kind or shape there");
  });
}

Deno.test("a trusted first party and the plain backend refuse peers on other machines", async () => {
  const [links] = memoryMesh(2);
  const remote = new Map(
    [...links!].map((
      [rank, link],
    ) => [rank, {
      ...link,
      locality: "network" as const,
      receive: () => {},
      send: () => {},
      close: () => Promise.resolve(),
      kind: "test",
    }]),
  );
  await assertRejects(
    () =>
      connect({ rank: 0, parties: 2, links: remote, protocol: additive({ provider: trustedFirstParty() }) }),
    TypeError,
    "on another machine",
  );
});

Deno.test("positions of a manifest are found again from the root", () => {
  const root = Scope.root(new Uint8Array(16).fill(7));
  root.take();
  const child = root.fork();
  const found = Scope.at(new Uint8Array(16).fill(7), child.path);
  assertEquals(found.id, child.id);
  assertEquals(new Tag(found, 3).seq, 3);
});
