import { additive, launch, RunError } from "../../mod.ts";
import { notebook } from "../../scripts/dev/notebook.ts";
import {
  assert,
  assertEquals,
  assertLess,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "../deps.ts";

const ROOT = new URL("../../", import.meta.url);
const SCRIPT = await Deno.readTextFile(new URL("scripts/tutorial.ts", ROOT));
const NOTEBOOK = await Deno.readTextFile(new URL("examples/tutorial.ipynb", ROOT));

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program that may read files, and do nothing else. */
async function run(args: readonly string[], code?: string): Promise<Ended> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--allow-read", ...args],
    cwd: new URL("examples/", ROOT),
    env: { NO_COLOR: "1" },
    stdin: code === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  if (code !== undefined) {
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(code));
    await writer.close();
  }
  const ended = await child.output();
  const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  return { code: ended.code, stdout: text(ended.stdout), stderr: text(ended.stderr) };
}

/** The code of a notebook, in order. */
function codeOf(text: string): string {
  const { cells } = JSON.parse(text) as { cells: { cell_type: string; source: string[] }[] };
  return cells.filter((cell) => cell.cell_type === "code").map((cell) => cell.source.join("")).join("\n\n");
}

const CODE = codeOf(NOTEBOOK);

/** What a report must say, beyond having ended well: the script's own checks are not taken at their word. */
function checkReport({ code, stdout, stderr }: Ended, parties: number): void {
  assertEquals(code, 0, stderr);
  assertStringIncludes(stdout, `${parties} parties`);
  const losses = [...stdout.matchAll(/epoch \d+ +loss ([\d.]+)/g)].map(([, loss]) => Number(loss));
  assertEquals(losses, [0.2470, 0.0897, 0.0517, 0.0351, 0.0261]);
  const decrypted = stdout.slice(stdout.indexOf("after fc2")).match(/decrypted\n(( +\[.*\n){3})/)![1]!;
  const logits = decrypted.match(/-?\d+\.\d+/g)!.map(Number);
  const printed = [-2.6351, 2.5862, 2.1366, -1.3115, 4.3660, -3.4084];
  // The stated 1e-3, and half a unit of the four digits that are printed.
  for (const [i, logit] of logits.entries()) assertLess(Math.abs(logit - printed[i]!), 1.05e-3);
  assertEquals(logits.length, 6);
  assertEquals(stdout.match(/encrypted: true/g)?.length, 3 * parties);
  assertEquals(stdout.match(/share of weight/g)?.length, parties);
  assertMatch(stdout, /All steps hold\.\n$/);
}

for (
  const [parties, backend] of [
    [2, "additive"],
    [3, "additive"],
    [2, "wide"],
    [3, "exact"],
    [2, "first-party"],
    [3, "plain"],
  ] as const
) {
  Deno.test(`the tutorial holds with read access only, ${parties} parties, ${backend}`, async () => {
    const path = new URL("scripts/tutorial.ts", ROOT).pathname;
    const ended = await run([path, "--parties", `${parties}`, "--backend", backend]);
    checkReport(ended, parties);
    assertEquals(ended.stdout.includes("0 of them are seen"), backend !== "plain");
  });
}

Deno.test("the notebook is what the script makes, and its cells run in order in one process", async () => {
  assertEquals(NOTEBOOK, notebook(SCRIPT), "run scripts/dev/notebook.ts");
  checkReport(await run(["-"], CODE), 2);
});

/** Changes to the tutorial, and what it must then fail with. */
const planted: Readonly<Record<string, readonly [from: string, to: string, failure: string]>> = {
  "a wrong result": ["mpc.encrypt(ones,", "mpc.encrypt(ones?.toNested(),", ""],
  "a tolerance below the error": ["inTheClear), 1e-3", "inTheClear), 1e-9", "1e-9 is the tolerance"],
  "other weights": ["[[5, 0, 0], [0, 5, 0]", "[[5, 0, 0], [0, 4, 0]", "against fives: the error is 1"],
  "a file that is there": ["no_such_file.npy", "bob_data.npy", "the run did not fail"],
  "an inference in the clear": [
    "await audit(protocol)",
    "await audit(plain())",
    "with additive, 5000 of them are seen",
  ],
};

for (const [what, [from, to, failure]] of Object.entries(planted)) {
  Deno.test(`the tutorial's own checks find ${what}`, async () => {
    assert(CODE.includes(from), from);
    const { code, stderr } = await run(["-"], CODE.replace(from, to));
    assertStringIncludes(stderr, failure);
    assertEquals(code, 1);
  });
}

const accidents = {
  "missing": { file: "no_such_file.npy", columns: 50, rank: 1, error: "No such file" },
  "of another shape than agreed": {
    file: "bob_data.npy",
    columns: 49,
    rank: undefined,
    error: "[100,49]",
  },
};

for (const [what, { rank, error, ...args }] of Object.entries(accidents)) {
  for (const parties of [2, 3]) {
    Deno.test(`an input that is ${what} ends every worker at once, ${parties} parties`, async () => {
      const began = performance.now();
      const program = new URL("tutorial_program.ts", import.meta.url);
      const failure = await assertRejects(
        () => launch(program, { parties, protocol: additive(), args }),
        RunError,
      );
      assertEquals(failure.failures.map((f) => f.rank).filter((r) => r < parties).length, parties);
      if (rank !== undefined) assertEquals(failure.failures[0]!.rank, rank);
      assertStringIncludes(failure.message, error);
      // The workers' start included; nobody waits for a deadline.
      assertLess(performance.now() - began, 10_000);
    });
  }
}
