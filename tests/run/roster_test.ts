import { Identity } from "../../comm/identity.ts";
import { programDigest, readRoster, rosterDigest } from "../../run/roster.ts";
import { assert, assertEquals, assertThrows, fc } from "../deps.ts";
import { PROGRAM, rosterFields } from "./rosters.ts";

const KEYS = (await Promise.all(Array.from({ length: 4 }, () => Identity.generate()))).map((i) =>
  i.publicKey
);
const two = (more: object = {}) => rosterFields(KEYS.slice(0, 3), 2, more);
const read = (fields: unknown) => readRoster(JSON.stringify(fields));
const at = (address: string) => ({
  parties: [{ rank: 0, key: KEYS[0], address }, { rank: 1, key: KEYS[1], address: "b:1" }],
});

Deno.test("a roster is read", () => {
  const roster = read(two({ options: { truncation: "exact" }, ring: { bits: 64, fractionBits: 12 } }));
  assertEquals([roster.protocol.name, roster.protocol.options["truncation"]], ["additive", "exact"]);
  assertEquals([roster.fractionBits, roster.program, roster.joinMs, roster.silenceMs], [
    12,
    PROGRAM,
    5000,
    5000,
  ]);
  assertEquals(roster.parties, [
    { key: KEYS[0]!, host: "127.0.0.1", port: 7000 },
    { key: KEYS[1]!, host: "127.0.0.1", port: 7001 },
  ]);
  assertEquals(roster.dealer, { key: KEYS[2]!, host: "127.0.0.1", port: 7002 });
});

Deno.test("parties can be listed in any order", () => {
  const fields = two();
  const parties = [...fields["parties"] as unknown[]].reverse();
  assertEquals(read({ ...fields, parties }), read(fields));
});

Deno.test("protocols without a dealer have none", () => {
  const { provider: _, ...fields } = rosterFields(KEYS.slice(0, 3), 3, { protocol: "replicated" });
  assertEquals(read(fields).dealer, undefined);
  const first = rosterFields(KEYS.slice(0, 2), 2, { provider: "trustedFirstParty" });
  assertEquals(read(first).dealer, undefined);
});

Deno.test("addresses are names, IPv4 and IPv6 addresses with a port", () => {
  for (
    const [address, host, port] of [
      ["alice.example:7000", "alice.example", 7000],
      ["10.0.0.1:65535", "10.0.0.1", 65535],
      ["[::1]:1", "::1", 1],
      ["[2001:DB8:0:0::7]:7000", "2001:db8::7", 7000],
    ] as const
  ) assertEquals(read(two(at(address))).parties[0], { key: KEYS[0]!, host, port });
});

const mistakes: readonly [string, unknown, string][] = [
  ["a list", [], 'its kind is undefined, "tacit roster" is wanted'],
  ["of another kind", two({ kind: "invitation" }), 'its kind is "invitation"'],
  ["of another version", two({ version: 2 }), "its version is 2, 1 is wanted"],
  [
    "an unknown field",
    two({ dealers: {} }),
    'it has an unknown field "dealers", the fields are kind, version',
  ],
  ["no ring", two({ ring: undefined }), 'it has no "ring"'],
  [
    "another ring",
    two({ ring: { bits: 32, fractionBits: 16 } }),
    "the size of its ring is 32, a whole number of 64",
  ],
  [
    "too many fraction bits",
    two({ ring: { bits: 64, fractionBits: 31 } }),
    "fraction bits of its ring is 31",
  ],
  ["an unknown protocol", two({ protocol: "shamir" }), 'Cannot run protocol "shamir": it is unknown'],
  ["an unknown provider", two({ provider: "toString" }), 'provider "toString" is unknown'],
  ["no provider", two({ provider: undefined }), 'it has no "provider", protocol additive wants one of'],
  ["a provider that is not used", two({ protocol: "plain" }), "protocol plain has none"],
  [
    "a provider among options",
    two({ options: { provider: "trustedFirstParty" } }),
    "its options have a provider",
  ],
  ["an option that is no plain value", two({ options: { truncation: [] } }), 'option "truncation" is []'],
  ["an unknown option", two({ options: { speed: 3 } }), "its protocol does not fit together"],
  ["a program without digest", two({ program: "main.ts" }), 'its program is "main.ts", the 64 digits'],
  [
    "a deadline of zero",
    two({ deadlines: { join: 0, silence: 1 } }),
    "its join deadline is 0, a whole number of 1 to",
  ],
  ["a deadline too many", two({ deadlines: { join: 1, silence: 1, end: 1 } }), 'an unknown field "end"'],
  ["parties that are no list", two({ parties: {} }), "its parties are no list"],
  [
    "one party",
    two({ parties: [{ rank: 0, key: KEYS[0], address: "a:1" }] }),
    "it has 1 parties, additive takes 2 to",
  ],
  [
    "a rank twice",
    two({ parties: [0, 0].map((rank, i) => ({ rank, key: KEYS[i], address: `a:${i + 1}` })) }),
    "two parties have rank 0",
  ],
  [
    "a rank too high",
    two({ parties: [1, 2].map((rank, i) => ({ rank, key: KEYS[i], address: `a:${i + 1}` })) }),
    "the rank in entry 1 of the parties is 2, a whole number of 0 to 1",
  ],
  [
    "a party with an unknown field",
    two({ parties: [{ rank: 0, key: KEYS[0], adress: "a:1" }] }),
    'entry 0 of the parties has an unknown field "adress"',
  ],
  [
    "a key of a wrong checksum",
    two({ dealer: { key: KEYS[2]!.slice(0, -1) + "!", address: "a:1" } }),
    "the key of the dealer is none: Cannot read a public key",
  ],
  [
    "a key twice",
    two({ dealer: { key: KEYS[1], address: "a:1" } }),
    "party 1 and the dealer have the same key",
  ],
  [
    "an address twice",
    two({ dealer: { key: KEYS[2], address: "127.0.0.1:7000" } }),
    "party 0 and the dealer have the same address",
  ],
  ["no dealer", two({ dealer: undefined }), 'it has no "dealer", provider trustedThirdParty needs one'],
  [
    "a dealer that is not needed",
    two({ provider: "trustedFirstParty" }),
    'it has a "dealer", additive needs none',
  ],
  ...[
    "alice",
    ":7000",
    "alice:",
    "::1:7000",
    "[::1]",
    "[::g]:7000",
    "[1.2.3.4]:70",
    "a b:1",
    "http://a:1",
    "300.1.2.3:1",
    7,
  ]
    .map((
      address,
    ): [string, unknown, string] => [
      `the address ${address}`,
      two(at(address as string)),
      "the address of party 0 is",
    ]),
  ["port 0", two(at("alice:0")), "the address of party 0 has port 0, 1 to 65535 are wanted"],
  ["port 65536", two(at("alice:65536")), "the address of party 0 has port 65536"],
];
for (const [what, fields, message] of mistakes) {
  Deno.test(`a roster that is or has ${what} is refused`, () => {
    const error = assertThrows(() => read(fields), TypeError, message);
    assert(error.message.startsWith("Cannot read the roster: "), error.message);
  });
}

Deno.test("whatever a roster's fields are, it is read or refused as one", () => {
  const names = Object.keys(two());
  fc.assert(
    fc.property(fc.constantFrom(...names), fc.json(), (name, json) => {
      try {
        read({ ...two(), [name]: JSON.parse(json) });
      } catch (error) {
        assert(
          error instanceof TypeError && error.message.startsWith("Cannot read the roster: "),
          String(error),
        );
      }
    }),
    { numRuns: 1000 },
  );
  assertThrows(() => readRoster("{"), TypeError, "Cannot read the roster: it is no JSON");
});

Deno.test("a roster's digest is that of what members must agree on", () => {
  const digest = (more: object) => rosterDigest(read(two(more)));
  const own = digest({});
  assertEquals(own.length, 64);
  assertEquals(digest({ deadlines: { join: 1, silence: 1 } }), own);
  assertEquals(digest({ dealer: { key: KEYS[2], address: "dealer.example:1" } }), own);
  for (
    const other of [
      { program: "cd".repeat(32) },
      { options: { truncation: "exact" } },
      { ring: { bits: 64, fractionBits: 15 } },
      { dealer: { key: KEYS[3], address: "127.0.0.1:7002" } },
      { parties: [0, 1].map((rank) => ({ rank, key: KEYS[1 - rank], address: `a:${rank + 1}` })) },
    ]
  ) assert(digest(other) !== own, JSON.stringify(other));
});

Deno.test("a program's digest is its SHA-256", () => {
  assertEquals(
    programDigest(new Uint8Array(0)),
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  );
});
