import { decodeNpy, encodeNpy, tensor } from "../../mod.ts";
import { commands } from "../../scripts/tacit/main.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../deps.ts";
import { modelBytes, nodeProto, raw, tensorProto, valueProto } from "../nn/onnx_writer.ts";
import { here, path, Running } from "./tacit_process.ts";

const MODEL = path("examples/data/alice_net.onnx");
const ROWS = path("examples/data/bob_data.npy");
const LENET = path("tests/data/lenet_digits.onnx");

/** A folder that is gone after the test. */
function scratch(): Disposable & { readonly at: (name: string) => string } {
  const folder = Deno.makeTempDirSync();
  return {
    at: (name) => `${folder}/${name}`,
    [Symbol.dispose]: () => Deno.removeSync(folder, { recursive: true }),
  };
}

/** Whether a file holds the answers of Alice's network to Bob's rows. */
function assertAnswers(file: string): void {
  const got = decodeNpy(Deno.readFileSync(file));
  const wanted = decodeNpy(Deno.readFileSync(path("examples/data/alice_net_expected.npy")));
  assertEquals([got.dtype, got.shape], ["float32", [100, 2]]);
  // Inputs and weights are off by 2^-17 at most, in sums of 50 and 20 products of numbers below 8.
  const bound = 50 * 8 * 2 ** -17 * 2;
  wanted.data.forEach((y, i) => assert(Math.abs(Number(got.data[i]) - Number(y)) < bound));
}

Deno.test("tacit infer: a model owner, a data owner and a dealer meet as processes", async () => {
  using folder = scratch();
  const session = folder.at("session.json");
  assertEquals(
    (await here(["invite", session])).out,
    `${session}: additive, for party 0, party 1, and the dealer\n`,
  );
  await using dealer = new Running(["dealer", session]);
  await using alice = new Running(["infer", "--join", session, "--party", "0", "--model", MODEL]);
  const output = folder.at("out");
  const bob = await here([
    "infer",
    "--join",
    session,
    "--party",
    "1",
    "--input",
    `0=${ROWS}`,
    "--output",
    output,
  ]);
  assertEquals(bob.code, 0, bob.err);
  assertAnswers(`${output}/output.npy`);
  assertMatch(bob.err, /^8 rounds, .* from this party/m);
  for (const member of [dealer, alice]) {
    const { code, err } = await member.outcome();
    assertEquals(code, 0, err);
  }
  assertEquals(Deno.statSync(session).mode! & 0o777, 0o600, "nobody else can read the secret");
});

Deno.test("tacit infer: members that do not come are named", async () => {
  using folder = scratch();
  const session = folder.at("session.json");
  await here(["invite", session, "--parties", "3"]);
  const { code, err } = await here(["infer", "--join", session, "--party", "1", "--wait", "0.1"]);
  assertEquals(code, 1);
  assertStringIncludes(err, "tacit: Party 0, party 2, and the dealer did not connect within 0.1 s: ");
});

Deno.test("tacit join: a party that disappears ends the others, with its name", async () => {
  using folder = scratch();
  const session = folder.at("session.json");
  const program = path("tests/scripts/tacit_program.ts");
  await here(["invite", session]);
  const join = (party: number): Running =>
    new Running(["join", session, program, "--party", `${party}`, "--", "stall"]);
  await using dealer = new Running(["dealer", session]);
  await using zero = join(0);
  await using one = join(1);
  await one.says("stalls");
  one.kill("SIGKILL");
  for (const member of [dealer, zero]) {
    const { code, err } = await member.outcome();
    assertEquals(code, 1);
    // Who notices first tells the others, and they pass it on.
    assertMatch(err, /^tacit: .*Party 1 is gone, its link closed/m);
    assertEquals(err.trim().split("\n").length, 2, "one line says who waits, one what went wrong");
  }
});

Deno.test("tacit infer: an interrupt ends it with status 130 and leaves nothing behind", async () => {
  using folder = scratch();
  const [session, output] = [folder.at("session.json"), folder.at("out")];
  await here(["invite", session]);
  await using bob = new Running([
    ...["infer", "--join", session, "--party", "1", "--input", `0=${ROWS}`, "--output", output],
  ]);
  await bob.says("party 1 waits for party 0 and the dealer");
  assert(Deno.statSync(output).isDirectory, "the folder was tried before anything else");
  const [join, party] = [["infer", "--join", session], ["--party", "1", "--output", output]];
  const twice = await here([...join, ...party, "--input", `0=${ROWS}`]);
  assertMatch(twice.err, /^tacit: Cannot listen at port \d+: another program has it, no other party 1 /);
  const missing = await here([...join, ...party, "--input", "0=none.npy"]);
  assertMatch(missing.err, /^tacit: Cannot read input "0" from none.npy: it does not exist/);
  bob.kill("SIGINT");
  const { code, err } = await bob.outcome();
  assertEquals([code, err.split("\n").at(-2)], [130, "tacit: interrupted"]);
  assertEquals([...Deno.readDirSync(folder.at("."))].map(({ name }) => name), ["session.json"]);
});

Deno.test("tacit run: an interrupt ends all members", async () => {
  await using run = new Running([
    "run",
    path("tests/scripts/tacit_program.ts"),
    "--processes",
    "--",
    "stall",
  ]);
  await run.says("stalls");
  run.kill("SIGINT");
  // Members share standard error: it ends when the last of them has.
  assertEquals((await run.outcome()).code, 130);
});

Deno.test("tacit run: a program at all parties, with its words and its own protocol", async () => {
  const program = path("tests/scripts/tacit_program.ts");
  const { code, out, err } = await here([
    "run",
    program,
    "--parties",
    "3",
    "--protocol",
    "mine",
    "--",
    "a",
    "--b",
  ]);
  assertEquals([code, err], [0, ""]);
  const line = (rank: number): string => `party ${rank}: {"words":["a","--b"],"product":[9,16]}\n`;
  assertEquals(out, [0, 1, 2].map(line).join(""));
});

Deno.test("tacit infer: three parties as processes, with a profile", async () => {
  using folder = scratch();
  const [output, profile] = [folder.at("a/b"), folder.at("profile.json")];
  const args = ["--model", MODEL, "--input", `input=${ROWS}`, "--output", output, "--profile", profile];
  const { code, out, err } = await here(["infer", ...args, "--parties", "3", "--processes"]);
  assertEquals([code, out], [0, ""], err);
  assertAnswers(`${output}/output.npy`);
  const { total, layers } = JSON.parse(Deno.readTextFileSync(profile));
  assertEquals(total.rounds, 8);
  assertEquals(layers.map(({ name }: { name: string }) => name), ["fc1", "relu", "fc2"]);
});

/** What is inspected and then run, and what is fed. */
const PREDICTED:
  readonly (readonly [name: string, model: string, shape: readonly number[], options: readonly string[]])[] =
    [
      ["a perceptron", MODEL, [100, 50], []],
      ["a perceptron of three parties", MODEL, [7, 50], ["--parties", "3"]],
      ["a perceptron, replicated", MODEL, [100, 50], ["--protocol", "replicated"]],
      ["a convolutional network, replicated", LENET, [2, 1, 28, 28], ["--protocol", "replicated"]],
      ["a convolutional network", LENET, [3, 1, 28, 28], ["--provider", "tfp"]],
      ["a network with a batch norm", path("tests/data/alice_net2.onnx"), [1, 1, 28, 28], []],
    ];

for (const [name, model, shape, options] of PREDICTED) {
  Deno.test(`tacit inspect predicts rounds and bytes of ${name}`, async () => {
    using folder = scratch();
    const [input, profile] = [folder.at("x.npy"), folder.at("profile.json")];
    const size = shape.reduce((a, b) => a * b);
    Deno.writeFileSync(
      input,
      encodeNpy(tensor(Float32Array.from({ length: size }, (_, i) => Math.sin(i)), shape)),
    );
    const inspected = await here(["inspect", model, "--shape", `0=${shape}`, "--json", ...options]);
    assertEquals(inspected.code, 0, inspected.err);
    const predicted = JSON.parse(inspected.out);
    const fed = ["--input", `0=${input}`, "--output", folder.at("out"), "--profile", profile];
    const ran = await here(["infer", "--model", model, ...fed, ...options]);
    assertEquals(ran.code, 0, ran.err);
    const real = JSON.parse(Deno.readTextFileSync(profile));
    assertEquals(predicted.total.rounds, real.total.rounds);
    for (const kind of ["bytes", "dealerBytes"]) {
      const [a, b] = [predicted.total[kind], real.total[kind]];
      assert(b > 0 && Math.abs(a - b) <= b / 100, `${kind}: ${a} predicted, ${b} sent`);
    }
    type Figures = { readonly name: string; readonly rounds: number; readonly bytes: number };
    const costs = (layers: readonly Figures[]): unknown =>
      layers.map(({ name, rounds, bytes }) => [name, rounds, bytes]);
    assertEquals(costs(predicted.layers), costs(real.layers));
  });
}

Deno.test("tacit inspect shows what is rewritten, what is secret, and seconds on a network", async () => {
  const lenet = await here(["inspect", LENET, "--operations"]);
  assertStringIncludes(lenet.out, "maxpool (MaxPool) runs before relu (Relu)");
  assertMatch(
    lenet.out,
    /^conv1 +Conv +Conv2d\(1 -> 6.*secret \[1,1,28,28\], weight \[6,1,5,5\], weight \[6\]$/m,
  );
  assertMatch(lenet.out, /^ +maxPool x3 /m);
  const net2 = await here(["inspect", path("tests/data/alice_net2.onnx")]);
  assertStringIncludes(net2.out, "batch norm batchnorm3 becomes part of fc1 (Gemm)");
  assertMatch(net2.out, /^reshape .*secret \[1,16,4,4\], structure \[2\]$/m);
  const slow = await here(["inspect", MODEL, "--latency", "100000", "--bandwidth", "1000"]);
  // Eight rounds, and before them the dealer is asked and answers.
  assertMatch(slow.out, /^about 1000\.\d s at 100000 ms one way, 1000 Mbit\/s/m);
  const narrow = await here(["inspect", MODEL, "--rtt", "0", "--bandwidth", "0.001"]);
  // Alice's weights, 1040 of 8 bytes, are masked and sent, and more: 8 bits each at 1000 bits in a second.
  const seconds = Number(/^about ([\d.]+) s/m.exec(narrow.out)![1]);
  assert(seconds > 1040 * 8 * 8 / 1000 && seconds < 100, `${seconds}`);
});

/** A model of which two operators do not exist, one of them behind the other. */
function strangeModel(): Uint8Array {
  const weight = tensorProto("w", 1, [2], raw(Float32Array.of(1, 2)));
  const nodes = [
    nodeProto("Add", ["x", "w"], ["a"], { name: "sum" }),
    nodeProto("Frobnicate", ["a"], ["b"]),
    nodeProto("Relu", ["b"], ["c"]),
    nodeProto("Abracadabra", ["c"], ["y"]),
  ];
  return modelBytes({ nodes, tensors: [weight], inputs: [valueProto("x", ["batch", 2])] });
}

Deno.test("tacit names all unsupported operators at once, and inspects the rest", async () => {
  using folder = scratch();
  const [model, input, output] = [folder.at("m.onnx"), folder.at("x.npy"), folder.at("out")];
  Deno.writeFileSync(model, strangeModel());
  Deno.writeFileSync(input, encodeNpy(tensor([[1, 2]])));
  const { code, err } = await here(["infer", "--model", model, "--input", `x=${input}`, "--output", output]);
  assertEquals(code, 1);
  assertEquals(
    err,
    "tacit: Cannot load the model: unsupported operators Abracadabra, Frobnicate (opset 13)\n",
  );
  const inspected = await here(["inspect", model]);
  assertEquals([inspected.code, inspected.err], [0, ""]);
  assertStringIncludes(inspected.out, "\nunsupported: Abracadabra, Frobnicate\n");
  assertMatch(inspected.out, /^sum +Add +Add +\[1,2\] +0 /m);
  assertMatch(inspected.out, /^relu +Relu +not reached/m);
  assertStringIncludes(inspected.out, "\nwhat can be computed, 1 of 4 layers: ");
});

Deno.test("tacit infer --batch answers each job before it reads the next", async () => {
  using folder = scratch();
  const job = (id: unknown, model: string): string =>
    JSON.stringify({ id, model, inputs: { 0: ROWS }, output: folder.at(`${id}`) });
  const jobs = [job(1, MODEL), job("b", "none.onnx"), "{", "", job(3, MODEL)];
  const { code, out } = await here(["infer", "--batch"], function* (said) {
    for (const [i, line] of jobs.entries()) {
      assertEquals(said().split("\n").length - 1, jobs.slice(0, i).filter((before) => before !== "").length);
      yield line;
    }
  });
  assertEquals(code, 0);
  const answers = out.trim().split("\n").map((line) => JSON.parse(line));
  assertEquals(answers, [
    { id: 1, ok: true },
    { id: "b", ok: false, error: "Cannot read model none.onnx: it does not exist, an ONNX file is wanted" },
    { id: null, ok: false, error: "Cannot read job: the line is no JSON" },
    { id: 3, ok: true },
  ]);
  assertAnswers(folder.at("1/output.npy"));
  assertAnswers(folder.at("3/output.npy"));
  assertEquals([...Deno.readDirSync(folder.at("."))].map(({ name }) => name).sort(), ["1", "3"]);
});

const ONE = ["--model", MODEL, "--input", `0=${ROWS}`, "--output", "/dev/null/out"];

/** Command lines that fail, with their status and what they say. */
const FAILURES: readonly (readonly [args: readonly string[], code: number, line: RegExp])[] = [
  [["infr"], 2, /^tacit: Cannot run "infr": .*, did you mean infer\?$/],
  [["infer", "--modle", "x"], 2, /option --modle is unknown, did you mean --model\?$/],
  [["inspect", MODEL, "--rrt", "3"], 2, /option --rrt is unknown, did you mean --rtt\?$/],
  [["infer", ...ONE, "--protocol", "additiv"], 2, /"additiv": one of .*, did you mean additive\?$/],
  [["infer", ...ONE, "--parties", "two"], 2, /--parties two: a whole number/],
  [["infer", ...ONE, "--model", "y"], 2, /--model is given twice$/],
  [["infer", ...ONE], 1, /Cannot write to folder \/dev\/null\/out/],
  [["infer", "--batch", "--model", MODEL], 2, /Cannot use --model with --batch/],
  [["infer", "--input", "0=x", "--output", "y"], 2, /--model FILE.onnx is missing$/],
  [["infer", ...ONE, "--party", "1"], 2, /Cannot use --party without --join/],
  [["inspect"], 2, /MODEL.onnx after the command is wanted, there is none$/],
  [["inspect", MODEL, "--", "x"], 2, /passes nothing on/],
  [["inspect", MODEL, "--rtt", "1", "--latency", "1"], 2, /--rtt with --latency/],
  [["inspect", "none.onnx"], 1, /Cannot read model none.onnx: it does not exist/],
  [["inspect", ROWS], 1, /Cannot read ONNX model .*bob_data.npy: the bytes are not one$/],
  [["inspect", MODEL, "--shape", "0=3,4"], 1, /input "input" has shape \[3,4\], \[batch,50\] is wanted$/],
  [["inspect", MODEL, "--shape", "0=a"], 2, /sides with commas between them/],
  [["run", "none.ts"], 1, /Cannot run none.ts: Module not found/],
  [["run", path("scripts/tacit/io.ts")], 1, /it exports no function "main"/],
  [["invite", MODEL], 1, /it exists already, a new file is wanted$/],
  [["invite", "x", "--ports", "1,2"], 2, /3 different ports/],
  [["dealer", MODEL], 1, /Cannot read invitation .*: it is no JSON, a file of tacit invite is wanted$/],
];

Deno.test("tacit says in one line what is wrong with a command line", async () => {
  for (const [args, code, line] of FAILURES) {
    const outcome = await here(args);
    assertMatch(outcome.err.trimEnd(), line);
    assertEquals([outcome.code, outcome.err.split("\n").length], [code, 2], args.join(" "));
  }
});

/** Inferences that fail, each for another reason. */
const REFUSED: readonly (readonly [model: string, input: string, line: RegExp])[] = [
  ["none.onnx", `0=${ROWS}`, /Cannot read model none.onnx: it does not exist, an ONNX file is wanted$/],
  [ROWS, `0=${ROWS}`, /Cannot read ONNX model .*: the bytes are not one$/],
  [MODEL, "0=none.npy", /Cannot read input "input" from none.npy: it does not exist, a .npy file is wanted$/],
  [MODEL, `0=${MODEL}`, /Cannot read input "input" from .*, a .npy file is wanted$/],
  [
    MODEL,
    `1=${ROWS}`,
    /Cannot feed input "1": the model has no such input, its inputs are "input" \[1,50\]$/,
  ],
  [
    MODEL,
    `0=${path("examples/data/bob_labels.npy")}`,
    /input "input" has shape \[100\], \[batch,50\] is wanted$/,
  ],
];

Deno.test("tacit infer says in one line what is wrong with its files, and leaves no folder", async () => {
  using folder = scratch();
  const output = folder.at("out");
  for (const [model, input, line] of REFUSED) {
    const plain = ["--protocol", "plain", "--output", output];
    const { code, out, err } = await here(["infer", "--model", model, "--input", input, ...plain]);
    assertMatch(err.trimEnd(), line);
    assertEquals([code, out, err.split("\n").length], [1, "", 2]);
  }
  assertEquals([...Deno.readDirSync(folder.at("."))], []);
});

Deno.test("tacit --help describes every command, with all its options", async () => {
  const overview = await here(["--help"]);
  assertEquals([overview.code, overview.err, overview.out], [0, "", (await here([])).out]);
  for (const [name, { summary, values, lists, flags }] of Object.entries(commands)) {
    assertStringIncludes(overview.out, summary);
    const { code, out } = await here([name, "--help"]);
    assertEquals([code, out], [0, (await here(["help", name])).out]);
    for (const option of [...values, ...lists, ...flags]) assertStringIncludes(out, `--${option}`, name);
    assert(out.startsWith(`tacit ${name}`) || out.includes(`tacit ${name}`));
  }
});

Deno.test("deno task tacit: the exit status, and a stack with --verbose only", async () => {
  const [brief, verbose] = [[], ["--verbose"]].map((more) => new Running(["inspect", "none.onnx", ...more]));
  await using a = brief!;
  await using b = verbose!;
  const outcomes = await Promise.all([a.outcome(), b.outcome()]);
  assertEquals(outcomes.map(({ code, out }) => [code, out]), [[1, ""], [1, ""]]);
  assertEquals(outcomes[0]!.err.split("\n").length, 2);
  assertMatch(outcomes[1]!.err, /^TypeError: Cannot read model[^]*\n +at [^]*caused by NotFound/);
});
