import { additive, launch, plain, type Protocol, RunError, trustedFirstParty, workers } from "../../mod.ts";
import type { Host } from "../../run/launch.ts";
import { processes } from "../../run/processes.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../deps.ts";
import type { Args } from "./programs.ts";

const PROGRAM = new URL("./programs.ts", import.meta.url);

/** What `main` returns. */
interface Result {
  readonly product: number;
  readonly bytes: number;
  readonly values: Float64Array;
}

const HOSTS: readonly (readonly [string, () => Host])[] = [["workers", () => workers()], [
  "processes",
  () => processes(),
]];
const PROTOCOLS: readonly (readonly [string, Protocol])[] = [
  ["third party", additive()],
  ["first party", additive({ provider: trustedFirstParty() })],
  ["plain", plain()],
];

for (const [host, make] of HOSTS) {
  for (const parties of [2, 3, 5]) {
    const [name, protocol] = PROTOCOLS[parties % 3]!;
    Deno.test(`launch() runs ${parties} parties as ${host}, ${name}`, async () => {
      const results = await launch<Result>(PROGRAM, { parties, protocol, host: make() });
      const expected = Array.from({ length: parties }, (_, i) => i + 2).reduce((a, b) => a * b);
      assertEquals(results.length, parties);
      for (const { product, values } of results) {
        assert(Math.abs(product - expected) < 0.05);
        assertEquals(values, Float64Array.of(1, 2));
      }
    });
  }

  Deno.test(`launch() as ${host}: a party that throws ends the run with one error that says who, and not what it knew`, async () => {
    const args: Args = { bad: 1, how: "throw" };
    const error = await assertRejects(
      () => launch(PROGRAM, { parties: 3, protocol: additive(), host: make(), args }),
      RunError,
    );
    assertStringIncludes(error.message, "Party 1 failed: Error: secret value 12345");
    const others = error.failures.filter((f) => f.rank !== 1);
    assert(others.length >= 2);
    for (const { error: other } of others) {
      assert(
        !(other as Error).message.includes("12345"),
        "another party was told the message of a foreign error",
      );
      assertStringIncludes((other as Error).message, "Party 1");
    }
  });

  Deno.test(`launch() as ${host}: a party that stalls is named within the deadline`, async () => {
    const args: Args = { bad: 0, how: "stall" };
    const start = performance.now();
    const error = await assertRejects(
      () => launch(PROGRAM, { parties: 2, protocol: plain(), host: make(), args, deadline: 700 }),
      RunError,
    );
    assertStringIncludes(error.message, "Party 0");
    assertStringIncludes(error.message, "within 0.7 s");
    assert(performance.now() - start < 10_000);
  });

  Deno.test(`launch() as ${host}: coercing a secret fails with the caller's words`, async () => {
    const args: Args = { bad: 1, how: "coerce" };
    const error = await assertRejects(
      () => launch(PROGRAM, { parties: 2, protocol: plain(), host: make(), args }),
      RunError,
    );
    assertStringIncludes(error.message, "as a number or string: it is secret");
  });

  Deno.test(`launch() as ${host}: a module without main is refused`, async () => {
    const module = new URL("../deps.ts", import.meta.url);
    const error = await assertRejects(
      () => launch(module, { parties: 2, protocol: plain(), host: make(), deadline: 1000 }),
      RunError,
    );
    assertStringIncludes(error.message, `exports no function "main"`);
  });
}

Deno.test("launch() as processes: a process that dies ends the run at the others", async () => {
  const args: Args = { bad: 1, how: "exit" };
  const error = await assertRejects(
    () => launch(PROGRAM, { parties: 3, protocol: additive(), host: processes(), args, deadline: 2000 }),
    RunError,
  );
  assertStringIncludes(error.message, "Party 1");
  assert(error.failures.some((f) => f.rank === 1 && (f.error as Error).message.includes("exit code 3")));
  assert(error.failures.some((f) => f.rank === 0));
});

Deno.test("launch() as workers: a worker that closes itself ends the run within the deadline", async () => {
  const args: Args = { bad: 1, how: "close" };
  const error = await assertRejects(
    () => launch(PROGRAM, { parties: 2, protocol: plain(), args, deadline: 700 }),
    RunError,
  );
  assertStringIncludes(error.message, "Party 1");
});

Deno.test("launch() refuses party counts and options that do not fit, at the call", async () => {
  await assertRejects(
    () => launch(PROGRAM, { parties: 1, protocol: additive() }),
    RangeError,
    "2 to 64 are wanted",
  );
  await assertRejects(
    () => launch(PROGRAM, { parties: 3, protocol: additive({ truncation: "local" }) }),
    RangeError,
    "2 are wanted",
  );
  await assertRejects(
    () => launch(PROGRAM, { parties: 2, protocol: additive(), fractionBits: 31 }),
    RangeError,
    "must stay below 62 bits",
  );
});

Deno.test("a failed run ends a script with a nonzero exit status and leaves no process behind", async () => {
  const script = `
    import { additive, launch } from "${new URL("../../mod.ts", import.meta.url)}";
    import { processes } from "${new URL("../../run/processes.ts", import.meta.url)}";
    await launch("${PROGRAM}", { parties: 2, protocol: additive(), host: processes(), args: { bad: 0, how: "throw" } });
  `;
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(file, script);
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", file],
      stdout: "null",
      stderr: "piped",
    }).output();
    assertEquals(code, 1);
    assertStringIncludes(new TextDecoder().decode(stderr), "RunError: Party 0 failed");
  } finally {
    await Deno.remove(file);
  }
});
