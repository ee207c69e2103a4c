import { fingerprint, Identity, publicKeyBytes, publicKeyText } from "../../comm/identity.ts";
import { assert, assertEquals, assertMatch, assertRejects, assertThrows, fc } from "../deps.ts";

const key = fc.uint8Array({ minLength: 32, maxLength: 32 });

Deno.test("a public key survives its text, which says what it is", () => {
  fc.assert(fc.property(key, (bytes) => {
    const text = publicKeyText(bytes);
    assertMatch(text, /^tacit1[A-Za-z0-9_-]{48}$/);
    assertEquals(publicKeyBytes(text), new Uint8Array(bytes));
  }));
  assertThrows(() => publicKeyText(new Uint8Array(31)), RangeError, "it has 31 bytes, 32 are wanted");
});

Deno.test("a public key with a changed, missing or additional character is refused", () => {
  fc.assert(fc.property(key, fc.nat(53), fc.integer({ min: 1, max: 63 }), (bytes, at, step) => {
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const text = publicKeyText(bytes);
    const other = alphabet[(alphabet.indexOf(text[at]!) + step) % 64]!;
    const rest = text.slice(at + 1);
    for (
      const broken of [text.slice(0, at) + other + rest, text.slice(0, at) + rest, `${text}A`, ` ${text}`]
    ) {
      assertThrows(() => publicKeyBytes(broken), TypeError, "Cannot read a public key");
    }
  }));
});

Deno.test("fingerprints are eight groups that differ between keys", async () => {
  const [a, b] = await Promise.all([Identity.generate(), Identity.generate()]);
  assertMatch(fingerprint(a.publicKey), /^([0-9a-f]{4} ){7}[0-9a-f]{4}$/);
  assertEquals(fingerprint(a.publicKey), fingerprint(a.publicKey));
  assert(fingerprint(a.publicKey) !== fingerprint(b.publicKey));
});

Deno.test("two identities agree on a secret, also after they were written and read", async () => {
  const [a, b] = await Promise.all([Identity.generate(), Identity.generate()]);
  const again = await Identity.read(await a.write());
  assertEquals(again.publicKey, a.publicKey);
  const secret = await again.pair.agree(b.pair.publicKey);
  assertEquals(secret, await b.pair.agree(a.pair.publicKey));
  assert(secret.some((byte) => byte !== 0));
});

Deno.test("a public key of small order leads to no secret", async () => {
  const { pair } = await Identity.generate();
  const one = new Uint8Array(32);
  one[0] = 1;
  for (const point of [new Uint8Array(32), one]) {
    await assertRejects(() => pair.agree(point), TypeError, "a point of small order");
  }
});

Deno.test("what is no private key file is refused, and no message has the key", async () => {
  const [a, b] = await Promise.all([Identity.generate(), Identity.generate()]);
  const fields = JSON.parse(await a.write()) as Record<string, unknown>;
  const cases: readonly [unknown, string][] = [
    [{ ...fields, kind: "something" }, "it is of another kind"],
    [{ ...fields, version: 2 }, "it is not of version 1"],
    [{ ...fields, privateKey: "AAAA" }, "it does not hold 32 bytes"],
    [{ ...fields, privateKey: undefined }, "it does not hold 32 bytes"],
    [{ ...fields, publicKey: b.publicKey }, "its public key belongs to another private key"],
    [null, "it is of another kind"],
  ];
  for (const [value, why] of cases) {
    const error = await assertRejects(() => Identity.read(JSON.stringify(value)), TypeError, why);
    assert(!error.message.includes(String(fields["privateKey"])));
  }
  const error = await assertRejects(() => Identity.read((fields["privateKey"] as string) + "x"), TypeError);
  assertEquals(
    [error.message.startsWith("Cannot read a private key: it is no JSON"), error.cause],
    [true, undefined],
  );
  assert(!Deno.inspect(a, { depth: 9, showHidden: true }).includes(String(fields["privateKey"])));
});
