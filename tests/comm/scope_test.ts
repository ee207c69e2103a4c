import { Scope, type Tag } from "../../comm/scope.ts";
import { assert, assertEquals, assertNotEquals, assertThrows, fc } from "../deps.ts";

const ID = new Uint8Array(16).map((_, i) => i);
const runs = { seed: 13, numRuns: 100 };

type Step =
  | readonly ["take"]
  | readonly ["fork", number]
  | readonly ["record", string]
  | readonly ["join", number];
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.constant(["take"] as const),
  fc.tuple(fc.constant("fork" as const), fc.nat(50)),
  fc.tuple(fc.constant("record" as const), fc.string({ maxLength: 60 })),
  fc.tuple(fc.constant("join" as const), fc.nat(50)),
);

/** Runs a program: each step picks a branch among those that exist. */
function run(steps: readonly Step[], readEachTime = false): { scopes: Scope[]; tags: Tag[]; digest: string } {
  const scopes = [Scope.root(ID)];
  const joined = new Set<Scope>();
  const tags: Tag[] = [];
  steps.forEach((s, i) => {
    const scope = scopes[i % scopes.length]!;
    if (s[0] === "take") tags.push(scope.take());
    else if (s[0] === "fork") scopes.push(scopes[s[1] % scopes.length]!.fork());
    else if (s[0] === "record") scope.record(s[1]);
    else {
      const child = scopes[s[1] % scopes.length]!;
      if (child !== scope && child.path.length > 0 && !joined.has(child)) {
        joined.add(child);
        scope.join(child);
      }
    }
    if (readEachTime) scope.digest();
  });
  return { scopes, tags, digest: scopes.map((scope) => scope.digest().toHex()).join() };
}

Deno.test("the same program gets the same names and the same digests", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const a = run(steps);
      const b = run(steps);
      assertEquals(
        a.scopes.map(({ prefix, path }) => [prefix, path]),
        b.scopes.map(({ prefix, path }) => [prefix, path]),
      );
      assertEquals(a.digest, b.digest);
    }),
    runs,
  );
});

Deno.test("reading a digest changes no later one", () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 40 }),
      (steps) => assertEquals(run(steps, true).digest, run(steps).digest),
    ),
    runs,
  );
});

Deno.test("no two branches and no two tags have the same name", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const { scopes, tags } = run(steps);
      assertEquals(new Set(scopes.map(({ prefix }) => prefix)).size, scopes.length);
      assertEquals(new Set(tags.map(({ scope, seq }) => `${scope.prefix} ${seq}`)).size, tags.length);
    }),
    runs,
  );
});

Deno.test('fork() names a branch as stated: SHA-256 of "fork", the parent\'s id and the position', async () => {
  const root = Scope.root(ID);
  root.take();
  const child = root.fork();
  const text = new Uint8Array([...new TextEncoder().encode("fork"), ...ID, 1, 0, 0, 0, 0, 0, 0, 0]);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", text));
  assertEquals(child.id, hash.slice(0, 16));
  assertEquals(child.prefix, hash.slice(0, 8).toHex());
  assertEquals(child.path, [1]);
  assertEquals(Scope.at(ID, [1]).id, child.id);
  assertEquals(root.take().seq, 2);
});

Deno.test("digest() differs when one record, its place, or the cut between records differs", () => {
  const of = (...texts: string[]): string => {
    const scope = Scope.root(ID);
    for (const text of texts) scope.record(text);
    return scope.digest().toHex();
  };
  const digests = [
    of(),
    of(""),
    of("", ""),
    of("a", "b"),
    of("b", "a"),
    of("ab"),
    of("a\0b"),
    of("a", "", "b"),
    of("x".repeat(10_000)),
    of("x".repeat(10_001)),
  ];
  assertEquals(new Set(digests).size, digests.length);
  assertEquals(of("é".repeat(5000), "b"), of("é".repeat(5000), "b"));
  assertEquals(Scope.root(ID).digest().length, 32);
});

Deno.test("join() carries a difference in a branch into the branch that joins it", () => {
  const of = (text: string, join: boolean): Uint8Array => {
    const root = Scope.root(ID);
    const child = root.fork();
    root.record("same");
    child.record(text);
    if (join) root.join(child);
    return root.digest();
  };
  assertNotEquals(of("a", true), of("b", true));
  assertEquals(of("a", false), of("b", false));
});

Deno.test("a branch depends on what its parent recorded before the fork, and not on what came after", () => {
  const of = (before: string, after: string): string => {
    const root = Scope.root(ID);
    root.record(before);
    const child = root.fork();
    root.record(after);
    child.record("child");
    return child.digest().toHex();
  };
  assertEquals(of("a", "b"), of("a", "c"));
  assertNotEquals(of("a", "b"), of("d", "b"));
});

Deno.test("digest() returns bytes of its own", () => {
  const root = Scope.root(ID);
  root.digest().fill(0);
  assert(root.digest().some((byte) => byte !== 0));
});

Deno.test("a tag is used once for each name", () => {
  const tag = Scope.root(ID).take();
  tag.use(0);
  tag.use(1);
  assertThrows(() => tag.use(0), TypeError, "Cannot use a tag twice");
});

Deno.test("root() refuses an id that is too short", () => {
  assertThrows(() => Scope.root(new Uint8Array(8)), RangeError, "8 bytes, 16 are wanted");
});

Deno.test("Scope.at() and Scope.foreign() give a branch its name without the way to it", () => {
  const path = fc.array(fc.nat(3), { maxLength: 4 });
  fc.assert(
    fc.property(path, (steps) => {
      let scope = Scope.root(ID);
      for (const step of steps) {
        for (let i = 0; i < step; i++) scope.take();
        scope = scope.fork();
      }
      assertEquals(scope.path, steps);
      const at = Scope.at(ID, steps);
      const foreign = Scope.foreign(scope.id, steps);
      for (const other of [at, foreign]) {
        assertEquals([other.id, other.prefix, other.path], [scope.id, scope.prefix, scope.path]);
      }
    }),
    runs,
  );
});

Deno.test("a session of another id has other branches and other digests", () => {
  const other = ID.map((byte, i) => i === 15 ? byte ^ 1 : byte);
  assertNotEquals(Scope.root(ID).fork().prefix, Scope.root(other).fork().prefix);
  assertNotEquals(Scope.root(ID).digest(), Scope.root(other).digest());
  assertEquals(Scope.root(new Uint8Array([...ID, 1, 2])).id, ID);
});

Deno.test("checkpoints are counted apart, so that programs that have drifted apart still meet", () => {
  const [a, b] = [Scope.root(ID), Scope.root(ID)];
  a.take();
  a.take();
  assertEquals([a.checkpoint().seq, a.checkpoint().seq], [0, 1]);
  assertEquals([b.checkpoint().seq, b.checkpoint().seq], [0, 1]);
  assertEquals([a.take().seq, b.take().seq], [2, 0]);
});

/** The constructor, with the prefixes that are in use. */
const Crafted = Scope as unknown as new (
  id: Uint8Array,
  path: readonly number[],
  trace: Uint8Array,
  live: Set<string>,
) => Scope;

Deno.test("fork() refuses a branch whose messages could be taken for another's, until that one is joined", () => {
  const name = Scope.at(ID, [0]).prefix;
  const live = new Set([name]);
  const root = new Crafted(ID, [], new Uint8Array(32), live);
  assertThrows(() => root.fork(), RangeError, "another begins with the same 8 bytes, begin a new session");
  // The place of the refused fork is used up, and the next one has a name of its own.
  const child = root.fork();
  assertEquals(child.path, [1]);
  assert(live.has(child.prefix));
  root.join(child);
  assert(!live.has(child.prefix) && live.has(name));
});
