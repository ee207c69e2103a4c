import { assertEquals } from "../deps.ts";

Deno.test("the guide's last step is what runs here as tiny_test.ts: a suite cannot be registered within a test", async () => {
  const read = (path: string): Promise<string> => Deno.readTextFile(new URL(path, import.meta.url));
  const [, block] = /```ts ignore\n([^`]*)```/.exec(await read("../../docs/adding-a-protocol.md"))!;
  const statements = (text: string): string[] =>
    text.trim().split(/;\s*/).map((line) =>
      line.replace("https://tacit.example/tests/conformance/", "./").replace(
        "https://tacit.example/tests/",
        "../",
      )
    ).toSorted();
  assertEquals(statements(block!), statements(await read("./tiny_test.ts")));
});
