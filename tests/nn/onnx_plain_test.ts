import type { OnnxModel } from "../../nn/onnx/model.ts";
import { readOnnx } from "../../nn/onnx/reader.ts";
import { decodeNpy } from "../../ops/npy.ts";
import { Tensor, type TensorLike } from "../../ops/plaintext.ts";
import { runs } from "../arbitraries.ts";
import { assert, assertEquals, assertThrows, fc } from "../deps.ts";
import { evaluate } from "../oracles/onnx_plain.ts";
import { conv, sizeOf } from "../oracles/tensors.ts";
import {
  attributeProto,
  bytes,
  type Fields,
  float,
  int,
  modelBytes,
  nodeProto,
  raw,
  tensorProto,
  valueProto,
} from "./onnx_writer.ts";

const read = (path: string): Uint8Array => Deno.readFileSync(new URL(`../../${path}`, import.meta.url));
const array = (path: string): Tensor => decodeNpy(read(`${path}.npy`));

/** Stored answers have 24 bits. */
const HALF_ULP = 2 ** -24;

interface Model {
  readonly path: string;
  readonly input: string;
  readonly expected: string;
  /** Allowed difference from the exact answer, before it was stored. */
  readonly error: number;
  /** How many labels are met. */
  readonly correct?: { readonly labels: string; readonly count: number };
}

const models: readonly Model[] = [
  {
    path: "examples/data/alice_net.onnx",
    input: "examples/data/bob_data",
    expected: "examples/data/alice_net_expected",
    error: 1e-12,
    correct: { labels: "examples/data/bob_labels", count: 99 },
  },
  {
    path: "tests/data/lenet_digits.onnx",
    input: "tests/data/digits_test",
    expected: "tests/data/lenet_digits_expected",
    error: 1e-12,
    correct: { labels: "tests/data/digits_test_labels", count: 196 },
  },
  {
    path: "tests/data/mlp_cancer.onnx",
    input: "tests/data/cancer_test",
    expected: "tests/data/mlp_cancer_expected",
    error: 1e-12,
    correct: { labels: "tests/data/cancer_test_labels", count: 97 },
  },
  {
    // The answers belong to the network whose batch norms were not folded into weights of 24 bits yet.
    path: "tests/data/alice_net2.onnx",
    input: "tests/data/alice_net2_input",
    expected: "tests/data/alice_net2_expected",
    error: 1e-6,
  },
];

/** The class that a row of answers means. */
function classOf(answers: Tensor, row: number): number {
  const scores = Array.from({ length: answers.shape[1]! }, (_, k) => answers.at(row, k));
  return scores.length === 1 ? Number(scores[0]! > 0.5) : scores.indexOf(Math.max(...scores));
}

for (const { path, input, expected, error, correct } of models) {
  Deno.test(`the plaintext evaluator gives the stored answers of ${path}, within the error of storing them`, () => {
    const stored = array(expected);
    const { output } = evaluate(readOnnx(read(path)), { input: array(input) });
    assertEquals(output!.shape, stored.shape);
    for (let i = 0; i < stored.size; i++) {
      const [got, want] = [Number(output!.data[i]), Number(stored.data[i])];
      assert(Math.abs(got - want) <= Math.abs(want) * HALF_ULP + error, `answer ${i}: ${got}, ${want}`);
    }
    if (correct === undefined) return;
    const labels = array(correct.labels);
    const met = Array.from({ length: labels.size }, (_, row) => classOf(output!, row) === labels.at(row));
    assertEquals(met.filter((hit) => hit).length, correct.count);
  });
}

const list = (name: string, ...values: number[]): Fields =>
  attributeProto(name, 7, ...values.map((v) => int(8, v)));
const one = (name: string, value: number): Fields => attributeProto(name, 2, int(3, value));
const real = (name: string, value: number): Fields => attributeProto(name, 1, float(2, value));
const floats = (name: string, shape: readonly number[], ...values: number[]): Fields =>
  tensorProto(name, 1, shape, raw(Float32Array.from(values)));
const longs = (name: string, ...values: number[]): Fields =>
  tensorProto(name, 7, [values.length], raw(BigInt64Array.from(values, BigInt)));

/** A model of one operator; its operands are x and the tensors, in order. */
function single(
  op: string,
  attributes: readonly Fields[] = [],
  tensors: readonly [string, Fields][] = [],
): OnnxModel {
  const names = ["x", ...tensors.map(([name]) => name)];
  return readOnnx(modelBytes({
    nodes: [nodeProto(op, names, ["y"], { attributes })],
    tensors: tensors.map(([, tensor]) => tensor),
    inputs: [valueProto("x")],
  }));
}

const run = (model: OnnxModel, x: TensorLike): Tensor => evaluate(model, { x: Tensor.from(x) })["y"]!;

const IMAGE = [[[[1, 2, 3], [4, 5, 6], [7, 8, 9]]]];

/** Operators, attributes, further operands, input, answer. */
const cases: Readonly<Record<string, [OnnxModel, TensorLike, TensorLike]>> = {
  "Gemm with everything turned and scaled": [
    single("Gemm", [one("transA", 1), one("transB", 1), real("alpha", 2), real("beta", -1)], [
      ["b", floats("b", [1, 2], 3, 4)],
      ["c", floats("c", [1], 10)],
    ]),
    [[1, 5], [2, 6]],
    [[12], [68]],
  ],
  "Gemm without a bias": [single("Gemm", [], [["b", floats("b", [2, 1], 3, 4)]]), [[1, 2]], [[11]]],
  "MatMul of a stack": [
    single("MatMul", [], [["b", floats("b", [2, 1], 1, -1)]]),
    [[[1, 2]], [[5, 3]]],
    [[[-1]], [[2]]],
  ],
  "MatMul with a vector": [single("MatMul", [], [["b", floats("b", [2], 1, 10)]]), [[1, 2], [3, 4]], [
    21,
    43,
  ]],
  "Add of a column and a row": [single("Add", [], [["b", floats("b", [2], 10, 20)]]), [[1], [2]], [[11, 21], [
    12,
    22,
  ]]],
  "Relu": [single("Relu"), [-1, 0, 2.5], [0, 0, 2.5]],
  "Sigmoid": [single("Sigmoid"), [0, Math.log(3), -800, 800], [0.5, 0.75, 0, 1]],
  "Flatten from the second axis": [single("Flatten"), [[[1, 2], [3, 4]]], [[1, 2, 3, 4]]],
  "Flatten from the last axis": [single("Flatten", [one("axis", -1)]), [[[1, 2], [3, 4]]], [[1, 2], [3, 4]]],
  "Reshape that keeps a side and infers one": [
    single("Reshape", [], [["s", longs("s", 0, -1)]]),
    [[[1, 2], [3, 4]]],
    [[1, 2, 3, 4]],
  ],
  "Conv with a bias": [
    single("Conv", [], [["w", floats("w", [1, 1, 2, 2], 1, 0, 0, -1)], ["b", floats("b", [1], 0.5)]]),
    IMAGE,
    [[[[-3.5, -3.5], [-3.5, -3.5]]]],
  ],
  "MaxPool with padding": [
    single("MaxPool", [list("kernel_shape", 2, 2), list("strides", 2, 2), list("pads", 1, 1, 0, 0)]),
    [[[[-1, -2, -3], [-4, -5, -6], [-7, -8, -9]]]],
    [[[[-1, -2], [-4, -5]]]],
  ],
  "AveragePool whose padding does not count": [
    single("AveragePool", [list("kernel_shape", 2, 2), list("strides", 2, 2), list("pads", 1, 1, 0, 0)]),
    IMAGE,
    [[[[1, 2.5], [5.5, 7]]]],
  ],
  "AveragePool whose padding counts": [
    single("AveragePool", [
      list("kernel_shape", 2, 2),
      list("strides", 2, 2),
      list("pads", 1, 1, 0, 0),
      one("count_include_pad", 1),
    ]),
    IMAGE,
    [[[[0.25, 1.25], [2.75, 7]]]],
  ],
  "BatchNormalization": [
    single("BatchNormalization", [real("epsilon", 0)], [
      ["s", floats("s", [2], 2, 1)],
      ["b", floats("b", [2], 0, 100)],
      ["m", floats("m", [2], 1, 3)],
      ["v", floats("v", [2], 4, 16)],
    ]),
    [[[1, 3], [7, -1]]],
    [[[0, 2], [101, 99]]],
  ],
  "Pad by operands": [
    single("Pad", [], [["p", longs("p", 0, 1, 1, 0)], ["v", floats("v", [], 9)]]),
    [[1, 2]],
    [[9, 1, 2], [9, 9, 9]],
  ],
  "Pad by attributes, one side cut": [
    single("Pad", [list("pads", 0, -1, 0, 2), real("value", 0.5)]),
    [[1, 2, 3]],
    [[2, 3, 0.5, 0.5]],
  ],
};

for (const [what, [model, x, y]] of Object.entries(cases)) {
  Deno.test(`the plaintext evaluator knows ${what}`, () => {
    const got = run(model, x);
    assert(got.allClose(Tensor.from(y), { relative: 2 ** -50, absolute: 2 ** -50 }), String(got));
  });
}

Deno.test("the plaintext evaluator knows Constant in its forms", () => {
  const forms: readonly [Fields, TensorLike][] = [
    [attributeProto("value", 4, bytes(5, floats("", [2], 0.5, 1))), [0.5, 1]],
    [real("value_float", 0.5), 0.5],
    [attributeProto("value_floats", 6, float(7, 0.5), float(7, 1)), [0.5, 1]],
    [one("value_int", -3), -3],
    [list("value_ints", 4, -5), [4, -5]],
  ];
  for (const [form, value] of forms) {
    const nodes = [
      nodeProto("Constant", [], ["c"], { attributes: [form] }),
      nodeProto("Add", ["x", "c"], ["y"]),
    ];
    const model = readOnnx(modelBytes({ nodes }));
    assert(run(model, 0).equals(Tensor.from(value)), `${form}`);
  }
});

Deno.test("convolution by loops over planes equals convolution by positions", () => {
  const small = fc.integer({ min: 1, max: 3 });
  const pair = fc.tuple(small, small);
  const setting = fc.record({
    groups: fc.integer({ min: 1, max: 2 }),
    channels: fc.integer({ min: 1, max: 2 }),
    maps: fc.integer({ min: 1, max: 2 }),
    kernel: pair,
    stride: pair,
    dilation: fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 2 })),
    pads: fc.tuple(fc.nat(2), fc.nat(2), fc.nat(2), fc.nat(2)),
    room: fc.tuple(fc.nat(3), fc.nat(3)),
    seed: fc.nat(1000),
  });
  fc.assert(
    fc.property(setting, ({ groups, channels, maps, kernel, stride, dilation, pads, room, seed }) => {
      // Small whole numbers, for which both are exact.
      const fill = (shape: number[], step: number): { shape: number[]; data: number[] } => ({
        shape,
        data: Array.from({ length: sizeOf(shape) }, (_, i) => (i * step + seed) % 17 - 8),
      });
      const sides = kernel.map((k, axis) => dilation[axis]! * (k - 1) + 1 + room[axis]!);
      const x = fill([2, groups * channels, ...sides], 5);
      const w = fill([groups * maps, channels, ...kernel], 7);
      const model = single(
        "Conv",
        [
          list("strides", ...stride),
          list("dilations", ...dilation),
          list("pads", ...pads),
          one("group", groups),
        ],
        [["w", floats("w", w.shape, ...w.data)]],
      );
      const wanted = conv(x, w, { stride, dilation, pads, groups, outputPads: [0, 0] });
      const got = run(model, x);
      assertEquals([got.shape, Array.from(got.data, Number)], [wanted.shape, [...wanted.data]]);
    }),
    runs(150),
  );
});

Deno.test("what the plaintext evaluator does not know is refused", () => {
  const text = (name: string, value: string): Fields => attributeProto(name, 3, bytes(4, value));
  const kernel = list("kernel_shape", 2, 2);
  const unknown: readonly [OnnxModel, string][] = [
    [single("Softmax"), "Softmax is not evaluated"],
    [single("MaxPool", [kernel, one("ceil_mode", 1)]), "ceil_mode"],
    [single("MaxPool", [kernel, text("auto_pad", "SAME_UPPER")]), "auto_pad SAME_UPPER"],
    [single("AveragePool", [list("kernel_shape", 2)]), "only images"],
    [single("Pad", [text("mode", "reflect"), list("pads", 0, 0, 0, 0, 1, 0, 0, 0)]), "mode reflect"],
    [single("MatMul", [], [["b", floats("b", [2, 1], 1, 2)]]), "MatMul"],
  ];
  for (const [model, words] of unknown) assertThrows(() => run(model, IMAGE), RangeError, words);
});
