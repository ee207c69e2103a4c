import { encodeNpy, Tensor } from "../../mod.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../deps.ts";
import { here, path } from "../scripts/tacit_process.ts";
import { hostile } from "./hostile_models.ts";
import type { Report } from "./hostile_program.ts";

/** A second is wanted of a machine that has nothing else to do; tests run beside each other. */
const SECONDS = 15;

/** Two parties and what is between them: a value of 2^24 elements takes 128 MB of each. */
const MOST_MEMORY = 1.5 * 2 ** 30;

Deno.test("every hostile model is one clear line at its owner and at the data owner, in little time and memory", async () => {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "-A", path("tests/nn/hostile_program.ts")],
    stderr: "inherit",
  }).output();
  const { told, memory } = JSON.parse(new TextDecoder().decode(stdout)) as Report;
  assertEquals(told.map(({ name }) => name), Object.keys(hostile));
  for (const { name, errors, milliseconds } of told) {
    const [[kind, owner], [kindThere, there]] = errors as [[string, string], [string, string]];
    assertStringIncludes(owner, hostile[name]![1], name);
    assertMatch(owner, /^Cannot [^\n]{1,3000}$/, name);
    assert(["TypeError", "RangeError", "UnsupportedOpError"].includes(kind), `${name}: ${kind}`);
    // The data owner learns why, from the party that says so.
    assertEquals(
      [kindThere, there],
      ["ProtocolError", `Party 0 stopped in "the program": ${kind}: ${owner}`],
      name,
    );
    assert(milliseconds < SECONDS * 1000, `${name} took ${milliseconds} ms`);
  }
  assert((memory ?? 0) < MOST_MEMORY, `${memory} bytes`);
});

/** Of each family one; the others are no other way to the same lines. */
const AT_TERMINAL = [
  "JSON",
  "unknown operators",
  "operator set 999",
  "a weight elsewhere",
  "a weight that is NaN",
  "an operand that is missing",
  "Expand to 2^28",
  "a constant that doubles 40 times",
  "functions that double",
  "a name that a terminal obeys",
];

Deno.test("tacit infer and tacit inspect refuse hostile models in one line, and say which file", async () => {
  const folder = Deno.makeTempDirSync();
  try {
    const input = `0=${folder}/x.npy`;
    Deno.writeFileSync(`${folder}/x.npy`, encodeNpy(new Tensor([1, 4], new Float32Array(4))));
    for (const name of AT_TERMINAL) {
      const [make, words] = hostile[name]!;
      const model = `${folder}/model.onnx`;
      Deno.writeFileSync(model, make());
      const output = ["--protocol", "plain", "--output", `${folder}/out`];
      const ran = await here(["infer", "--model", model, "--input", input, ...output]);
      assertEquals([ran.code, ran.out, ran.err.split("\n").length], [1, "", 2], name);
      assertStringIncludes(ran.err, words, name);
      const seen = await here(["inspect", model, "--protocol", "plain"]);
      assertStringIncludes(seen.err + seen.out, words.replace(/^unsupported operators (\w+).*/, "$1"), name);
      assert(seen.err.split("\n").length <= 2, name);
      assertEquals(
        [...Deno.readDirSync(folder)].map((entry) => entry.name).sort(),
        ["model.onnx", "x.npy"],
        name,
      );
    }
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});
