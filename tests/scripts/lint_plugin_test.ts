import plugin, { layeringProblem, pathInProject } from "../../scripts/dev/lint_plugin.ts";
import { assert, assertEquals } from "../deps.ts";

/** Messages of the plugin about a file with this content. */
function lint(path: string, source: string): string[] {
  return Deno.lint.runPlugin(plugin, path, source).map((d) => `${d.id}: ${d.message}`);
}

const PLANTED: readonly (readonly [string, string, string])[] = [
  ["ring/a.ts", `import { Scope } from "../comm/scope.ts";`, "tacit/layering"],
  ["comm/a.ts", `import { Heap } from "../ring/heap.ts";`, "tacit/layering"],
  ["protocols/a.ts", `import { Session } from "../ops/session.ts";`, "tacit/layering"],
  ["protocols/additive/a.ts", `export { Session } from "../../ops/session.ts";`, "tacit/layering"],
  ["ops/a.ts", `import { additive } from "../protocols/additive/additive.ts";`, "tacit/layering"],
  ["ops/a.ts", `import { Communicator } from "../comm/communicator.ts";`, "tacit/layering"],
  ["nn/onnx/a.ts", `export * from "../../protocols/protocol.ts";`, "tacit/layering"],
  ["run/a.ts", `import { main } from "../scripts/demo.ts";`, "tacit/layering"],
  ["ring/a.ts", `import { sha256 } from "npm:@noble/hashes@1.8.0/sha2.js";`, "tacit/outside-through-deps"],
  ["ops/a.ts", `export { x } from "node:fs";`, "tacit/outside-through-deps"],
  ["ops/a.ts", `const x = Math.random();`, "tacit/no-math-random"],
  ["nn/a.ts", `const x = Deno.cwd();`, "tacit/portable"],
  ["comm/memory.ts", `const x = Deno.cwd();`, "tacit/portable"],
  ["comm/websocket.ts", `const x = Deno.cwd();`, "tacit/portable"],
];

for (const [path, source, rule] of PLANTED) {
  Deno.test(`lint: ${rule} finds ${source} in ${path}`, () => {
    const found = lint(path, source);
    assert(found.some((message) => message.startsWith(rule)), found.join());
  });
}

const FINE: readonly (readonly [string, string])[] = [
  ["protocols/a.ts", `import { Heap } from "../ring/heap.ts"; import { Scope } from "../comm/scope.ts";`],
  ["ops/a.ts", `import type { Protocol } from "../protocols/protocol.ts";`],
  ["run/a.ts", `import { additive } from "../protocols/additive/additive.ts";`],
  ["ring/deps.ts", `export { sha256 } from "npm:@noble/hashes@1.8.0/sha2.js";`],
  ["comm/tcp.ts", `const x = Deno.cwd();`],
  ["comm/websocket_server.ts", `const x = Deno.cwd();`],
  ["scripts/a.ts", `import { runLocal } from "../mod.ts"; const x = Deno.cwd();`],
  ["tests/ring/a_test.ts", `import { Scope } from "../../comm/scope.ts";`],
];

for (const [path, source] of FINE) {
  Deno.test(`lint: nothing is wrong with ${source} in ${path}`, () => assertEquals(lint(path, source), []));
}

Deno.test("lint: a file's room is found from the project's root, wherever that lies", () => {
  const root = new URL("../../", import.meta.url).pathname;
  assertEquals(pathInProject(`${root}ring/heap.ts`), "ring/heap.ts");
  assertEquals(pathInProject(`${root}tests/comm/a_test.ts`), "tests/comm/a_test.ts");
  assertEquals(pathInProject(`${root}mod.ts`), undefined);
  assertEquals(layeringProblem("ring/a.ts", "./heap.ts"), undefined);
});
