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

const CELLS = (JSON.parse(NOTEBOOK) as { cells: { cell_type: string; source: string[] }[] }).cells
  .filter((cell) => cell.cell_type === "code").map((cell) => cell.source.join(""));
const CODE = CELLS.join("\n\n");
/** Without Alice's training, which takes most of the time and is the same on every backend. */
const UNTRAINED = CELLS.filter((code) => !/\btrained\b/.test(code)).join("\n\n");

/** What a report must say, beyond having ended well: the tutorial's own checks are not taken at their word. */
function checkReport({ code, stdout, stderr }: Ended, parties: number, backend: string): void {
  assertEquals(code, 0, stderr);
  assertStringIncludes(stdout, `${parties} parties, backend ${backend}`);
  const decrypted = stdout.slice(stdout.indexOf("after fc2")).match(/decrypted\n(( +\[.*\n){3})/)![1]!;
  const logits = decrypted.match(/-?\d+\.\d+/g)!.map(Number);
  const printed = [-2.6351, 2.5862, 2.1366, -1.3115, 4.3660, -3.4084];
  // The stated 1e-3, and half a unit of the four digits that are printed.
  for (const [i, logit] of logits.entries()) assertLess(Math.abs(logit - printed[i]!), 1.05e-3);
  assertEquals(logits.length, 6);
  assertEquals(stdout.match(/encrypted: true/g)?.length, 3 * parties);
  assertEquals(stdout.match(/share of weight/g)?.length, parties);
  assertEquals(stdout.includes("0 of them are seen"), backend !== "plain");
  assertMatch(stdout, /All steps hold\.\n$/);
}

function checkLosses({ stdout }: Ended): void {
  const losses = [...stdout.matchAll(/epoch \d+ +loss ([\d.]+)/g)].map(([, loss]) => Number(loss));
  assertEquals(losses, [0.2470, 0.0897, 0.0517, 0.0351, 0.0261]);
}

Deno.test("the tutorial holds with read access only, as a script and as the cells of its notebook", async () => {
  assertEquals(NOTEBOOK, notebook(SCRIPT), "run scripts/dev/notebook.ts");
  const path = new URL("scripts/tutorial.ts", ROOT).pathname;
  const args = ["--parties", "3", "--backend", "exact"];
  const [script, cells] = await Promise.all([run([path, ...args]), run(["-"], CODE)]);
  checkReport(script, 3, "exact");
  checkLosses(script);
  checkReport(cells, 2, "additive");
  checkLosses(cells);
});

for (const backend of ["additive", "wide", "exact", "first-party", "plain"]) {
  Deno.test(`the tutorial's steps on secrets hold, 2 and 3 parties, ${backend}`, async () => {
    await Promise.all([2, 3].map(async (parties) => {
      const args = ["-", "--parties", `${parties}`, "--backend", backend];
      checkReport(await run(args, UNTRAINED), parties, backend);
    }));
  });
}

/** Changes to the tutorial, and what it must then fail with. */
const planted: Readonly<Record<string, readonly [from: string, to: string, failure: string]>> = {
  "a tolerance below the error": ["inTheClear), 1e-3", "inTheClear), 1e-9", "1e-9 is the tolerance"],
  "other weights": ["[[5, 0, 0], [0, 5, 0]", "[[5, 0, 0], [0, 4, 0]", "against fives: the error is 1"],
  "other rows": [".slice(0, 3)", ".slice(1, 4)", "against what PyTorch printed: the error is"],
  "a name that no layer has": [
    '["fc1", "relu", "fc2"]',
    '["5", "6", "output"]',
    'Cannot find layer "5": the layers are fc1, relu, fc2',
  ],
  "a file that is there": ["no_such_file.npy", "bob_data.npy", "the run did not fail"],
  "plain rows that are taken": [
    "model.forward(threeRows)",
    "model.forward(mpc.public(threeRows))",
    "plain rows are refused",
  ],
  "an inference in the clear": [
    "await audit(protocol)",
    "await audit(plain())",
    "with additive, 4999 of them are seen",
  ],
};

for (const [what, [from, to, failure]] of Object.entries(planted)) {
  Deno.test(`the tutorial's own checks find ${what}`, async () => {
    assert(UNTRAINED.includes(from), from);
    const { code, stderr } = await run(["-"], UNTRAINED.replace(from, to));
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
