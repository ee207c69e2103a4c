import {
  additive,
  decodeNpy,
  nn,
  plain,
  type Protocol,
  ProtocolError,
  RunError,
  runLocal,
  type Session,
  type Tensor,
  trustedFirstParty,
  UnsupportedOpError,
} from "../../mod.ts";
import { DATA, openFrame } from "../../comm/frame.ts";
import type { Transport } from "../../comm/transport.ts";
import { readOnnx } from "../../nn/onnx/reader.ts";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "../deps.ts";
import { quantise } from "../oracles/tensors.ts";
import { tiny } from "../protocols/tiny.ts";
import { modelBytes, nodeProto, raw, tensorProto, valueProto } from "./onnx_writer.ts";

const read = (path: string): Uint8Array => Deno.readFileSync(new URL(`../../${path}`, import.meta.url));
const MODEL = read("examples/data/alice_net.onnx");
const ROWS = decodeNpy(read("examples/data/bob_data.npy"));
const EXPECTED = decodeNpy(read("examples/data/alice_net_expected.npy"));
const WEIGHTS = readOnnx(MODEL).graph.initializers;

const ULP = 2 ** -16;
const [BATCH, INPUTS, HIDDEN, OUTPUTS] = [100, 50, 20, 2];
const provider = trustedFirstParty();
const protocol = additive({ provider });

const weight = (name: string): Tensor => WEIGHTS.get(name)!;
const exact = (x: number): number => x;
const rounded = (x: number): number => quantise(x, 16);

interface Answer {
  readonly y: number;
  /** How far from `y` the encrypted answer can be. */
  readonly bound: number;
}

/** The network in double precision, on numbers that went through `code`. */
function forward(row: number, code: (x: number) => number): { hidden: number[]; y: number[] } {
  const hidden = Array.from({ length: HIDDEN }, (_, j) => {
    let sum = code(weight("fc1.bias").at(j));
    for (let i = 0; i < INPUTS; i++) sum += code(ROWS.at(row, i)) * code(weight("fc1.weight").at(j, i));
    return Math.max(sum, 0);
  });
  const y = Array.from({ length: OUTPUTS }, (_, k) => {
    let sum = code(weight("fc2.bias").at(k));
    for (let j = 0; j < HIDDEN; j++) sum += hidden[j]! * code(weight("fc2.weight").at(k, j));
    return sum;
  });
  return { hidden, y };
}

/**
 * What the stated errors allow, when encoding moves every number by up to `u`: a product of two such numbers moves by
 * u·(|x| + |w|) + u², a bias by u, a truncated sum by one unit more, and ReLU does not enlarge an error.
 */
function answer(row: number, k: number, u: number, code: (x: number) => number): Answer {
  const { hidden, y } = forward(row, code);
  let bound = u + ULP;
  for (let j = 0; j < HIDDEN; j++) {
    let moved = u + ULP;
    for (let i = 0; i < INPUTS; i++) {
      moved += u * (Math.abs(ROWS.at(row, i)) + Math.abs(weight("fc1.weight").at(j, i))) + u * u;
    }
    const w = Math.abs(code(weight("fc2.weight").at(k, j)));
    bound += hidden[j]! * u + (w + u) * moved;
  }
  // Double precision: some 70 roundings of sums below 2^7.
  return { y: y[k]!, bound: bound + 2 ** -39 };
}

function check(logits: Tensor): void {
  assertEquals(logits.shape, [BATCH, OUTPUTS]);
  for (let row = 0; row < BATCH; row++) {
    for (let k = 0; k < OUTPUTS; k++) {
      const got = logits.at(row, k);
      // Compared with the same numbers rounded to 16 fraction bits, only the two truncations are left.
      const near = answer(row, k, 0, rounded);
      const close = Math.abs(got - near.y) < near.bound;
      assert(
        close,
        `row ${row}, output ${k}: ${got} is ${Math.abs(got - near.y) / ULP} units from ${near.y}, ${
          near.bound / ULP
        } are stated`,
      );
      // Compared with the stored answers (of 24 bits), rounding inputs and weights to 2^-17 counts too.
      const { y, bound } = answer(row, k, ULP / 2, exact);
      const stored = EXPECTED.at(row, k);
      assert(
        Math.abs(stored - y) <= Math.abs(y) * 2 ** -24 + 2 ** -39,
        `the stored answer is ${stored}, not ${y}`,
      );
      assert(
        Math.abs(got - stored) < bound + Math.abs(y) * 2 ** -24,
        `row ${row}, output ${k}: ${got}, ${stored}`,
      );
    }
  }
}

const load = (mpc: Session, bytes = MODEL, src = 0): Promise<nn.Graph> =>
  nn.fromOnnx(mpc, mpc.rank === src ? bytes : undefined, { src });

/** The input of the last party. */
function rows(mpc: Session, count = BATCH): ReturnType<Session["encrypt"]> {
  const src = mpc.parties - 1;
  const own = { shape: [count, INPUTS], data: ROWS.data.slice(0, count * INPUTS) as Float32Array };
  return mpc.encrypt(mpc.rank === src ? own : undefined, { src, shape: [count, INPUTS] });
}

const backends: readonly { name: string; parties: number; protocol: Protocol; fastPaths?: boolean }[] = [
  { name: "plain", parties: 1, protocol: plain() },
  { name: "plain", parties: 2, protocol: plain() },
  { name: "additive", parties: 2, protocol },
  { name: "additive", parties: 3, protocol },
  { name: "additive with a dealer", parties: 2, protocol: additive() },
  { name: "additive with a dealer", parties: 3, protocol: additive() },
  { name: "additive, wide", parties: 2, protocol: additive({ provider, comparison: "wide" }) },
  { name: "additive, exact", parties: 2, protocol: additive({ provider, truncation: "exact" }) },
  { name: "additive, minimal", parties: 2, protocol, fastPaths: false },
  { name: "tiny", parties: 2, protocol: tiny() },
];

for (const { name, ...options } of backends) {
  Deno.test(`Alice's network answers Bob's rows within the stated error, ${name}, ${options.parties} parties`, async () => {
    const results = await runLocal(options, async (mpc) => {
      const model = await load(mpc);
      return await model.forward(rows(mpc)).decrypt();
    });
    for (const logits of results) {
      check(logits);
      assertEquals(logits.data, results[0]!.data);
    }
  });
}

Deno.test("the bound of the answers is small: a few thousandths with rounding, some ten units without", () => {
  const every = (u: number, code: (x: number) => number): number =>
    Math.max(...Array.from({ length: BATCH * 2 }, (_, i) => answer(i >> 1, i & 1, u, code).bound));
  assert(every(ULP / 2, exact) < 6e-3, String(every(ULP / 2, exact)));
  assert(every(0, rounded) < 16 * ULP, String(every(0, rounded) / ULP));
});

Deno.test("a batch of any size runs, an empty one too", async () => {
  await runLocal({ parties: 2, protocol }, async (mpc) => {
    const model = await load(mpc);
    for (const count of [0, 1, 3]) {
      const logits = await model.forward(rows(mpc, count)).decrypt();
      assertEquals(logits.shape, [count, OUTPUTS]);
      for (let row = 0; row < count; row++) {
        const { y, bound } = answer(row, 1, 0, rounded);
        assert(Math.abs(logits.at(row, 1) - y) < bound);
      }
    }
  });
});

for (const parties of [2, 3]) {
  Deno.test(`the second inference costs less by the masked weights, which are opened once, ${parties} parties`, async () => {
    const results = await runLocal({ parties, protocol }, async (mpc) => {
      const model = await load(mpc);
      const x = rows(mpc, 10);
      const bytes: number[] = [];
      for (let i = 0; i < 3; i++) {
        mpc.resetStats();
        await model.forward(x).decrypt();
        bytes.push(mpc.stats.totals.payloadBytes);
      }
      return bytes;
    });
    for (const [first, second, third] of results) {
      assertEquals(first! - second!, (parties - 1) * 8 * (INPUTS * HIDDEN + HIDDEN * OUTPUTS));
      assertEquals(third, second);
    }
  });
}

Deno.test("layers are named, shown without weights, told of, and counted by name", async () => {
  await runLocal({ parties: 2, protocol }, async (mpc) => {
    const model = await load(mpc);
    const seen: unknown[] = [];
    model.onLayer = (name, layer, output) => void seen.push([name, layer?.kind, output.shape]);
    await model.forward(rows(mpc, 4)).decrypt();
    assertEquals(seen, [["fc1", "Linear", [4, 20]], ["relu", "ReLU", [4, 20]], ["fc2", "Linear", [4, 2]]]);
    const layers = new Set(mpc.stats.ops.map((row) => row.layer));
    assertEquals([...layers], ["", "fc1", "relu", "fc2"]);
    assertEquals([...model.namedParameters()].map(([path, t]) => [path, t.shape]), [
      ["fc1.weight", [20, 50]],
      ["fc1.bias", [20]],
      ["fc2.weight", [2, 20]],
      ["fc2.bias", [2]],
    ]);
    assertEquals(
      model.toString(),
      [
        "Graph()",
        "  fc1: Linear(50 -> 20; weight [20,50] secret, bias [20] secret)",
        "  relu: ReLU()",
        "  fc2: Linear(20 -> 2; weight [2,20] secret, bias [2] secret)",
      ].join("\n"),
    );
    assertEquals(model.get("fc2").kind, "Linear");
    assertThrows(() => model.get("fc3"), RangeError, "the layers are fc1, relu, fc2");
    assertEquals([model.inputs, model.outputs], [
      [{ name: "input", shape: [1, 50], type: "float32" }],
      [{ name: "output", shape: [1, 2], type: "float32" }],
    ]);
  });
});

Deno.test("an input of another width, or none, is refused at the call and named", async () => {
  await runLocal({ parties: 2, protocol }, async (mpc) => {
    const model = await load(mpc);
    for (const shape of [[4, 49], [50], [1, 1, 50]]) {
      const x = mpc.rand(shape);
      const error = assertThrows(() => model.forward(x), RangeError);
      assertStringIncludes(error.message, 'input "input"');
      assertStringIncludes(error.message, `[${shape}]`);
      assertStringIncludes(error.message, "[batch,50] is wanted");
    }
    assertThrows(() => model.run({}), RangeError, 'input "input" is missing');
    assertThrows(() => model.run({ data: mpc.rand([1, 50]) }), RangeError, 'input "input" is missing');
  });
});

/** Sizes of the payloads that were sent. */
function recorder(): { sizes: number[]; wrap: (link: Transport) => Transport } {
  const sizes: number[] = [];
  const wrap = (link: Transport): Transport => ({
    kind: link.kind,
    locality: link.locality,
    receive: (handler) => link.receive(handler),
    close: () => link.close(),
    send(frame): void {
      for (const { kind, payload } of openFrame(frame, 2 ** 31).messages) {
        if (kind === DATA) sizes.push(payload.length);
      }
      link.send(frame);
    },
  });
  return { sizes, wrap };
}

/** The first cause of a run that fails, and what was sent until then. */
async function failing(
  program: (mpc: Session) => unknown,
): Promise<{ rank: number; error: Error; sent: number[] }> {
  const { sizes, wrap } = recorder();
  // Plain sends every value that it shares, so nothing that is shared goes unseen.
  const run = runLocal({ parties: 3, protocol: plain(), wrap }, async (mpc) => void await program(mpc));
  const { failures } = await assertRejects(() => run, RunError);
  const { rank, error } = failures[0]!;
  assertInstanceOf(error, Error);
  return { rank, error, sent: sizes };
}

Deno.test("a model that is missing at its owner is refused, and nobody waits", async () => {
  const { rank, error } = await failing((mpc) => nn.fromOnnx(mpc, undefined, { src: 1 }));
  assertEquals(rank, 1);
  assertInstanceOf(error, TypeError);
  assertStringIncludes(error.message, "party 1 is its source and passed none");
});

Deno.test("an owner that does not exist is refused", async () => {
  const { error } = await failing((mpc) => nn.fromOnnx(mpc, undefined, { src: 3 }));
  assertInstanceOf(error, RangeError);
  assertStringIncludes(error.message, "party 3 does not exist");
});

const lacking: Readonly<Record<string, readonly string[]>> = {
  "tests/data/lenet_digits.onnx": ["Conv", "MaxPool"],
  "tests/data/mlp_cancer.onnx": ["Sigmoid"],
  "tests/data/alice_net2.onnx": ["AveragePool", "Conv", "Pad", "Reshape"],
};

for (const [path, operators] of Object.entries(lacking)) {
  Deno.test(`operators of ${path} that a table lacks are named at once, and nothing is shared`, async () => {
    const table = Object.fromEntries(
      Object.entries(nn.operators).filter(([name]) => !operators.includes(name)),
    );
    const { error, sent } = await failing((mpc) =>
      nn.fromOnnx(mpc, mpc.rank === 0 ? read(path) : undefined, { src: 0, operators: table })
    );
    assertInstanceOf(error, UnsupportedOpError);
    const opset = path.includes("net2") ? 11 : 13;
    assertEquals(
      error.message,
      `Cannot load the model: unsupported operators ${operators.join(", ")} (opset ${opset})`,
    );
    assertEquals(sent, []);
  });
}

Deno.test("operators of other domains, and newer forms than the model means, are not taken for known ones", async () => {
  const table = { ...nn.operators, Relu: [{ ...nn.operators["Relu"]![0]!, since: 14 }] };
  const model = modelBytes({
    nodes: [nodeProto("Relu", ["x"], ["h"]), nodeProto("Relu", ["h"], ["y"], { domain: "com.example" })],
    opset: 13,
  });
  const { error } = await failing((mpc) =>
    nn.fromOnnx(mpc, mpc.rank === 0 ? model : undefined, { src: 0, operators: table })
  );
  assertInstanceOf(error, UnsupportedOpError);
  assertStringIncludes(error.message, "unsupported operators Relu, com.example.Relu");
});

Deno.test("bytes that are no model are refused at their owner", async () => {
  const { rank, error, sent } = await failing((mpc) => load(mpc, MODEL.subarray(0, 1000)));
  assertEquals([rank, sent], [0, []]);
  assertInstanceOf(error, TypeError);
  assertStringIncludes(error.message, "Cannot read ONNX model");
});

Deno.test("an announcement that is no architecture is refused at the others", async () => {
  const lies: unknown[] = [
    undefined,
    "a model",
    [],
    { opsets: {}, nodes: [], weights: {}, constants: {}, inputs: [] },
    { opsets: {}, nodes: [{}], weights: {}, constants: {}, inputs: [], outputs: [] },
    { opsets: {}, nodes: [], weights: { w: [-1] }, constants: {}, inputs: [], outputs: [] },
    { opsets: {}, nodes: [], weights: { w: "all" }, constants: {}, inputs: [], outputs: [] },
  ];
  for (const lie of lies) {
    const { error } = await failing(async (mpc) => {
      if (mpc.rank === 0) await mpc.announce(lie, { src: 0 });
      else await load(mpc);
      await mpc.rand([1]).decrypt();
    });
    assertInstanceOf(error, ProtocolError, `${JSON.stringify(lie)}: ${error}`);
    assertStringIncludes(error.message, "of party 0");
  }
});

/** An architecture of one node, and the same with one thing wrong. */
const node = { name: "a", opType: "Relu", domain: "", inputs: ["x"], outputs: ["y"], attributes: {} };
const values = { inputs: [{ name: "x", shape: [] }], outputs: [{ name: "y", shape: [] }] };
const honest = { opsets: { "": 13 }, nodes: [node], weights: {}, constants: {}, ...values };
const subtle: Readonly<Record<string, unknown>> = {
  "an input that is none": { ...honest, inputs: [null] },
  "an input without a shape": { ...honest, inputs: [{ name: "x" }] },
  "an output that nothing computes": { ...honest, outputs: [{ name: "q", shape: [] }] },
  "a node without a name": { ...honest, nodes: [{ ...node, name: undefined }] },
  "a node without outputs": { ...honest, nodes: [{ ...node, outputs: [] }] },
  "an operand that nothing computes": { ...honest, nodes: [{ ...node, inputs: ["z"] }] },
  "a constant that is none": {
    ...honest,
    nodes: [{ ...node, opType: "Add", inputs: ["x", "c"] }],
    constants: { c: null },
  },
  "a constant with too few values": {
    ...honest,
    nodes: [{ ...node, opType: "Add", inputs: ["x", "c"] }],
    constants: { c: { shape: [2], data: [1] } },
  },
};

Deno.test("an announced architecture is checked through and through", async () => {
  for (const [what, lie] of Object.entries(subtle)) {
    const { rank, error } = await failing(async (mpc) => {
      if (mpc.rank === 0) await mpc.announce(lie, { src: 0 });
      else (await load(mpc)).forward(mpc.rand([1, 2]));
      await mpc.rand([1]).decrypt();
    });
    assert(rank !== 0, what);
    assertInstanceOf(error, ProtocolError, `${what}: ${error}`);
  }
});

/** A small model with the operators that Alice's network does not use. */
function various(): Uint8Array {
  const matrix = tensorProto("m", 1, [3, 2], raw(Float32Array.of(1, 2, 3, 4, 5, 6)));
  const row = tensorProto("r", 1, [2], raw(Float32Array.of(0.5, -100)));
  const shift = tensorProto("s", 7, [1], raw(BigInt64Array.of(3n)));
  return modelBytes({
    inputs: [valueProto("x", ["n", 3, 1]), valueProto("z", ["n", 2])],
    outputs: [valueProto("y", ["n", 2]), valueProto("h")],
    tensors: [matrix, row, shift],
    nodes: [
      nodeProto("Flatten", ["x"], ["f"]),
      nodeProto("MatMul", ["f", "m"], ["p"]),
      nodeProto("Add", ["p", "r"], ["q"]),
      nodeProto("Relu", ["q"], ["h"]),
      nodeProto("Add", ["h", "z"], ["k"]),
      nodeProto("Add", ["s", "k"], ["y"]),
    ],
  });
}

Deno.test("a model of several inputs and outputs runs by name, and its memory is returned", async () => {
  const results = await runLocal({ parties: 2, protocol }, async (mpc) => {
    const model = await load(mpc, various(), 1);
    const x = mpc.encrypt(mpc.rank === 0 ? [[[1], [0], [2]]] : undefined, { src: 0, shape: [1, 3, 1] });
    const z = mpc.encrypt(mpc.rank === 0 ? [[10, 20]] : undefined, { src: 0, shape: [1, 2] });
    assertThrows(() => model.forward(x), TypeError, "it has 2 inputs and 2 outputs, use run()");
    assertThrows(() => model.run({ x }), RangeError, 'input "z" is missing');
    const { y, h } = model.run({ x, z });
    assertEquals(Object.keys(model.run({ x, z })), ["y", "h"]);
    // The caller's own tensors are still there.
    const all = await Promise.all([y!, h!, x, z].map((t) => t.decrypt()));
    return all.map((t) => t.toNested());
  });
  // [1, 0, 2]·m = [11, 14]; plus r, ReLU, plus z, plus 3: whole and half numbers, where truncation is exact.
  for (const result of results) {
    assertEquals(result, [[[24.5, 23]], [[11.5, 0]], [[[1], [0], [2]]], [[10, 20]]]);
  }
});

Deno.test("a disposed model returns the memory of its weights", async () => {
  await runLocal({ parties: 2, protocol }, async (mpc) => {
    const { heap } = mpc.context.shared.env;
    const before = heap.liveBytes;
    const model = await load(mpc);
    await mpc.settle();
    const loaded = heap.liveBytes - before;
    assert(loaded >= 8 * (INPUTS * HIDDEN + HIDDEN + HIDDEN * OUTPUTS + OUTPUTS));
    await model.forward(rows(mpc, 1)).decrypt();
    await mpc.settle();
    const used = heap.liveBytes;
    model.dispose();
    await mpc.settle();
    // Weights and their masked forms.
    assert(used - heap.liveBytes >= 16 * (INPUTS * HIDDEN + HIDDEN * OUTPUTS), String(used - heap.liveBytes));
  });
});
