import { fingerprint } from "../../comm/identity.ts";
import { readKeyFile } from "../../scripts/tacit/key_file.ts";
import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "../deps.ts";
import { here } from "./tacit_process.ts";

/** A path in a folder that is gone after the test. */
function scratch(): Disposable & { readonly key: string } {
  const folder = Deno.makeTempDirSync();
  return { key: `${folder}/me.key`, [Symbol.dispose]: () => Deno.removeSync(folder, { recursive: true }) };
}

Deno.test("tacit keygen writes a private key for its owner's eyes, and prints the public one", async () => {
  using folder = scratch();
  const { code, out, err } = await here(["keygen", "--out", folder.key]);
  assertEquals(code, 0, err);
  assertMatch(out, /^tacit1[A-Za-z0-9_-]{48}\n$/);
  const publicKey = out.trim();
  assertEquals(err, `fingerprint ${fingerprint(publicKey)}\n`);
  assertEquals(Deno.statSync(folder.key).mode! & 0o777, 0o600);
  const identity = await readKeyFile(folder.key);
  assertEquals(identity.publicKey, publicKey);
  assert(!out.includes(JSON.parse(Deno.readTextFileSync(folder.key)).privateKey));
  assertEquals(await here(["keygen", "--show", folder.key]), { code, out, err });
});

Deno.test("tacit keygen overwrites nothing", async () => {
  using folder = scratch();
  Deno.writeTextFileSync(folder.key, "precious");
  const { code, err } = await here(["keygen", "--out", folder.key]);
  assertEquals(code, 1);
  assertStringIncludes(err, "it exists already, a new file is wanted");
  assertEquals(Deno.readTextFileSync(folder.key), "precious");
});

Deno.test("a private key that others may read is not used", async () => {
  using folder = scratch();
  await here(["keygen", "--out", folder.key]);
  for (const mode of [0o640, 0o604, 0o622, 0o777]) {
    Deno.chmodSync(folder.key, mode);
    const error = await assertRejects(() => readKeyFile(folder.key), TypeError);
    assertEquals(
      error.message,
      `Cannot read private key ${folder.key}: others than its owner may use it (mode 0${
        mode.toString(8)
      }), chmod 600 ${folder.key} is wanted`,
    );
  }
  Deno.chmodSync(folder.key, 0o400);
  await readKeyFile(folder.key);
});

Deno.test("files that are no private keys, and command lines without a file, are refused", async () => {
  using folder = scratch();
  await assertRejects(() => readKeyFile(folder.key), TypeError, `Cannot read private key ${folder.key}: `);
  Deno.writeTextFileSync(folder.key, "{}", { mode: 0o600 });
  await assertRejects(() => readKeyFile(folder.key), TypeError, "it is of another kind");
  for (const args of [[], ["--out", "a", "--show", "b"]]) {
    const { code, err } = await here(["keygen", ...args]);
    assertEquals(code, 2);
    assertStringIncludes(err, "one of --out FILE and --show FILE is wanted");
  }
});
