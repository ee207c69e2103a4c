import { readOnnx } from "../../nn/onnx/reader.ts";
import type { Tensor } from "../../ops/plaintext.ts";
import { runs } from "../arbitraries.ts";
import { assert, assertEquals, assertInstanceOf, assertThrows, fc } from "../deps.ts";
import {
  attributeProto,
  bytes,
  type Fields,
  float,
  graphProto,
  int,
  joined,
  modelBytes,
  nodeProto,
  type Parts,
  raw,
  tensorProto,
  valueProto,
} from "./onnx_writer.ts";

const read = (path: string): Uint8Array => Deno.readFileSync(new URL(`../../${path}`, import.meta.url));

interface Expected {
  readonly path: string;
  readonly opset: number;
  readonly input: readonly (number | string)[];
  readonly output: readonly (number | string)[];
  readonly operators: readonly string[];
  readonly weights: Readonly<Record<string, readonly number[]>>;
}

const models: readonly Expected[] = [
  {
    path: "examples/data/alice_net.onnx",
    opset: 11,
    input: [1, 50],
    output: [1, 2],
    operators: ["Gemm", "Relu", "Gemm"],
    weights: { "fc1.weight": [20, 50], "fc1.bias": [20], "fc2.weight": [2, 20], "fc2.bias": [2] },
  },
  {
    path: "tests/data/alice_net2.onnx",
    opset: 11,
    input: [1, 1, 28, 28],
    output: [1, 10],
    operators: [
      ...["Conv", "Relu", "Constant", "Pad", "AveragePool"],
      ...["Conv", "Relu", "Constant", "Pad", "AveragePool"],
      ...["Constant", "Reshape", "Gemm", "BatchNormalization", "Relu", "Gemm"],
    ],
    weights: {
      "fc1.weight": [100, 256],
      "fc1.bias": [100],
      "fc2.weight": [10, 100],
      "fc2.bias": [10],
      "batchnorm3.weight": [100],
      "batchnorm3.bias": [100],
      "batchnorm3.running_mean": [100],
      "batchnorm3.running_var": [100],
      "onnx::Conv_47": [16, 1, 5, 5],
      "onnx::Conv_48": [16],
      "onnx::Conv_50": [16, 16, 5, 5],
      "onnx::Conv_51": [16],
    },
  },
  {
    path: "tests/data/lenet_digits.onnx",
    opset: 13,
    input: ["batch", 1, 28, 28],
    output: ["batch", 10],
    operators: ["Conv", "Relu", "MaxPool", "Conv", "Relu", "MaxPool", "Flatten", "Gemm", "Relu", "Gemm"],
    weights: {
      "conv1.weight": [6, 1, 5, 5],
      "conv1.bias": [6],
      "conv2.weight": [16, 6, 5, 5],
      "conv2.bias": [16],
      "fc1.weight": [84, 256],
      "fc1.bias": [84],
      "fc2.weight": [10, 84],
      "fc2.bias": [10],
    },
  },
  {
    path: "tests/data/mlp_cancer.onnx",
    opset: 13,
    input: ["batch", 30],
    output: ["batch", 1],
    operators: ["Gemm", "Relu", "Gemm", "Relu", "Gemm", "Sigmoid"],
    weights: {
      "0.weight": [16, 30],
      "0.bias": [16],
      "2.weight": [8, 16],
      "2.bias": [8],
      "4.weight": [1, 8],
      "4.bias": [1],
    },
  },
];

for (const model of models) {
  Deno.test(`${model.path} is read: operators, shapes, and finite weights`, () => {
    const { opsets, graph, functions, irVersion, producer } = readOnnx(read(model.path));
    assertEquals(opsets, { "": model.opset });
    assertEquals([functions, producer], [[], "pytorch 1.13.0"]);
    assert([6, 7, 8].includes(irVersion), String(irVersion));
    assertEquals([graph.types.get("input"), graph.types.get("output")], ["float32", "float32"]);
    assertEquals(graph.inputs, [{ name: "input", shape: model.input, type: "float32" }]);
    assertEquals(graph.outputs, [{ name: "output", shape: model.output, type: "float32" }]);
    assertEquals(graph.nodes.map((n) => n.opType), [...model.operators]);
    assert(graph.nodes.every((n) => n.domain === ""));
    const weights = [...graph.initializers].map(([name, t]): [string, readonly number[]] => [name, t.shape]);
    assertEquals(Object.fromEntries(weights), { ...model.weights });
    for (const t of graph.initializers.values()) {
      assertEquals(t.dtype, "float32");
      assert(Array.from(t.data, Number).every(Number.isFinite));
    }
  });

  Deno.test(`${model.path} cut short anywhere gives a TypeError`, () => {
    const whole = read(model.path);
    for (let length = 0; length < whole.length; length += 97) {
      const error = assertThrows(() => readOnnx(whole.subarray(0, length)));
      assert(error instanceof TypeError, `${length} bytes: ${error}`);
      assert(error.message.startsWith("Cannot read ONNX model: "), error.message);
    }
  });
}

Deno.test("attributes are read: numbers, lists, text and tensors", () => {
  const { graph } = readOnnx(read("tests/data/alice_net2.onnx"));
  const [conv, , constant, pad, pool] = graph.nodes;
  assertEquals(conv!.attributes["kernel_shape"], [5, 5]);
  assertEquals(conv!.attributes["group"], 1);
  assertEquals(pad!.attributes["mode"], "constant");
  assertEquals(pool!.attributes["ceil_mode"], 0);
  const pads = constant!.attributes["value"] as Tensor;
  assertEquals([pads.shape, pads.dtype], [[8], "int64"]);
  assertEquals(graph.nodes.at(-1)!.attributes, { alpha: 1, beta: 1, transB: 1 });
});

/** A model of one node that uses one tensor. */
function holding(tensor: Fields, parts: Partial<Parts> = {}): Uint8Array {
  return modelBytes({ nodes: [nodeProto("Add", ["x", "w"], ["y"])], tensors: [tensor], ...parts });
}

const relu = nodeProto("Relu", ["x"], ["y"], { name: "act" });
const half = raw(Float32Array.of(1));

/** A node with a graph inside. */
function branching(inner: Fields): Fields {
  return nodeProto("If", ["x"], ["y"], { attributes: [attributeProto("g", 5, bytes(6, inner))] });
}

/** A function of `a` that returns `b`. */
function functionProto(nodes: readonly Fields[]): Fields {
  const body = nodes.map((node) => bytes(7, node));
  const opset = bytes(9, [bytes(1, ""), int(2, 18)]);
  return [
    bytes(1, "Twice"),
    bytes(4, "a"),
    bytes(5, "b"),
    bytes(6, "slope"),
    ...body,
    opset,
    bytes(10, "local"),
  ];
}

const refused: Readonly<Record<string, [() => Uint8Array, string]>> = {
  "no bytes": [() => new Uint8Array(0), "no graph"],
  "a text": [() => new TextEncoder().encode("this is not a model at all"), ""],
  "no graph": [() => int(1, 8), "no graph"],
  "no nodes": [() => modelBytes({ nodes: [] }), "no nodes"],
  "no outputs": [() => modelBytes({ nodes: [relu], outputs: [] }), "no outputs"],
  "an output that nothing computes": [
    () => modelBytes({ nodes: [relu], outputs: [valueProto("z")] }),
    'its output "z"',
  ],
  "an operand that nothing computes": [
    () => modelBytes({ nodes: [nodeProto("Relu", ["z"], ["y"], { name: "act" })] }),
    'node "act" (Relu) uses "z"',
  ],
  "nodes in the wrong order": [
    () => modelBytes({ nodes: [nodeProto("Relu", ["h"], ["y"]), nodeProto("Relu", ["x"], ["h"])] }),
    'uses "h"',
  ],
  "a node that feeds itself": [() => modelBytes({ nodes: [nodeProto("Relu", ["y"], ["y"])] }), 'uses "y"'],
  "a value that is computed twice": [() => modelBytes({ nodes: [relu, relu] }), '"y", which exists already'],
  "a value that shadows an input": [
    () => modelBytes({ nodes: [nodeProto("Relu", ["x"], ["x"])], outputs: [valueProto("x")] }),
    '"x", which exists already',
  ],
  "two inputs of one name": [
    () => modelBytes({ nodes: [relu], inputs: [valueProto("x"), valueProto("x")] }),
    'two inputs "x"',
  ],
  "two outputs of one name": [
    () => modelBytes({ nodes: [relu], outputs: [valueProto("y"), valueProto("y")] }),
    'two outputs "y"',
  ],
  "two weights of one name": [
    () =>
      modelBytes({
        nodes: [relu],
        tensors: [tensorProto("w", 1, [1], half), tensorProto("w", 1, [1], half)],
      }),
    "two weights of one name",
  ],
  "two attributes of one name": [
    () =>
      modelBytes({
        nodes: [
          nodeProto("Relu", ["x"], ["y"], {
            attributes: [attributeProto("a", 2, int(3, 1)), attributeProto("a", 2, int(3, 2))],
          }),
        ],
      }),
    "two attributes of one name",
  ],
  "a node without an operator": [
    () => modelBytes({ nodes: [nodeProto("", ["x"], ["y"])] }),
    "has no operator",
  ],
  "an operand within a node that nothing computes": [
    () => modelBytes({ nodes: [branching(graphProto({ nodes: [nodeProto("Relu", ["z"], ["y"])] }))] }),
    'uses "z"',
  ],
  "graphs within graphs without end": [
    () => {
      let inner = graphProto({ nodes: [relu] });
      for (let i = 0; i < 1000; i++) inner = graphProto({ nodes: [branching(inner)] });
      return modelBytes({ nodes: [branching(inner)] });
    },
    "nested more than 32 deep",
  ],
  "a function that uses what it does not have": [
    () => modelBytes({ nodes: [relu], model: [bytes(25, functionProto([nodeProto("Relu", ["x"], ["b"])]))] }),
    'uses "x"',
  ],
  "an attribute without a value and kind": [
    () => modelBytes({ nodes: [nodeProto("Relu", ["x"], ["y"], { attributes: [[bytes(1, "a")]] })] }),
    'attribute "a" has no value',
  ],
  "sparse weights": [() => modelBytes({ nodes: [relu], more: [bytes(15, [])] }), "sparse"],
  "attributes of a kind from the future": [
    () => modelBytes({ nodes: [nodeProto("Relu", ["x"], ["y"], { attributes: [attributeProto("a", 42)] })] }),
    'attribute "a" is of kind 42',
  ],
  "integer attributes of 64 bits": [
    () =>
      modelBytes({
        nodes: [nodeProto("Relu", ["x"], ["y"], { attributes: [attributeProto("a", 2, int(3, 2n ** 60n))] })],
      }),
    "53 bits",
  ],
};

for (const [what, [make, words]] of Object.entries(refused)) {
  Deno.test(`refuses a model with ${what}`, () => {
    const error = assertThrows(() => readOnnx(make()), TypeError, words);
    assertInstanceOf(error, TypeError);
    assert(error.message.startsWith("Cannot read ONNX model: "), error.message);
  });
}

Deno.test("initializers that are inputs too are weights; unknown sides stay open; domains are kept", () => {
  const { graph, opsets } = readOnnx(holding(tensorProto("w", 1, [1], half), {
    inputs: [valueProto("x", ["n", undefined, 3, 0]), valueProto("w", [1]), valueProto("z")],
    nodes: [
      nodeProto("Add", ["x", "w"], ["h"], { domain: "ai.onnx" }),
      nodeProto("Fuse", ["h", ""], ["y"], { domain: "com.example" }),
    ],
    opset: 17,
  }));
  assertEquals(graph.inputs, [
    { name: "x", shape: ["n", undefined, 3, undefined], type: "float32" },
    { name: "z", shape: [] },
  ]);
  assertEquals(graph.nodes.map((n) => n.domain), ["", "com.example"]);
  assertEquals(graph.nodes[1]!.inputs, ["h", ""]);
  assertEquals(opsets, { "": 17 });
});

Deno.test("every kind of attribute is read", () => {
  const inner = graphProto({ nodes: [relu] });
  const attributes = [
    attributeProto("f", 1, float(2, 0.5)),
    attributeProto("i", 2, int(3, -7)),
    attributeProto("s", 3, bytes(4, "ü")),
    attributeProto("t", 4, bytes(5, tensorProto("", 1, [1], half))),
    attributeProto("g", 5, bytes(6, inner)),
    attributeProto("floats", 6, float(7, 0.5), float(7, 2)),
    attributeProto("ints", 7, int(8, 1), int(8, -1)),
    attributeProto("strings", 8, bytes(9, "a"), bytes(9, "b")),
    attributeProto("nothing", 2),
  ];
  const { graph } = readOnnx(modelBytes({ nodes: [nodeProto("Any", ["x"], ["y"], { attributes })] }));
  const { t, g, ...plain } = graph.nodes[0]!.attributes;
  assertEquals(plain, {
    f: 0.5,
    i: -7,
    s: "ü",
    floats: [0.5, 2],
    ints: [1, -1],
    strings: ["a", "b"],
    nothing: 0,
  });
  assertEquals((t as Tensor).toNested(), [1]);
  assertEquals((g as typeof graph).nodes.map((n) => n.name), ["act"]);
});

Deno.test("attributes of the oldest files, which do not say their kind, are read", () => {
  const attributes = [
    [bytes(1, "f"), float(2, 0.5)],
    [bytes(1, "i"), int(3, 0)],
    [bytes(1, "s"), bytes(4, "a")],
    [bytes(1, "floats"), float(7, 2)],
    [bytes(1, "ints"), int(8, 1), int(8, -1)],
    [bytes(1, "strings"), bytes(9, "a")],
  ];
  const { graph } = readOnnx(modelBytes({ nodes: [nodeProto("Any", ["x"], ["y"], { attributes })] }));
  const expected = { f: 0.5, i: 0, s: "a", floats: [2], ints: [1, -1], strings: ["a"] };
  assertEquals(graph.nodes[0]!.attributes, expected);
});

Deno.test("graphs within nodes see what is known outside", () => {
  const inner = graphProto({ nodes: [nodeProto("Sum", ["x", "h", "k"], ["y"])], inputs: [] });
  const middle = graphProto({ nodes: [nodeProto("Relu", ["h"], ["k"]), branching(inner)], inputs: [] });
  const { graph } = readOnnx(modelBytes({ nodes: [nodeProto("Relu", ["x"], ["h"]), branching(middle)] }));
  const within = (outer: typeof graph): typeof graph => outer.nodes[1]!.attributes["g"] as typeof graph;
  assertEquals(within(within(graph)).nodes[0]!.inputs, ["x", "h", "k"]);
});

Deno.test("functions are kept, with the attributes that refer to their calls", () => {
  const leaky = nodeProto("LeakyRelu", ["a"], ["b"], {
    attributes: [[bytes(1, "alpha"), int(20, 1), bytes(21, "slope")]],
  });
  const { functions } = readOnnx(modelBytes({
    nodes: [nodeProto("Twice", ["x"], ["y"], { domain: "local" })],
    model: [bytes(25, functionProto([leaky]))],
  }));
  const { nodes, ...rest } = functions[0]!;
  assertEquals(functions.length, 1);
  assertEquals(rest, {
    name: "Twice",
    domain: "local",
    inputs: ["a"],
    outputs: ["b"],
    attributes: ["slope"],
    opsets: { "": 18 },
  });
  assertEquals([nodes[0]!.opType, nodes[0]!.attributes, nodes[0]!.references], ["LeakyRelu", {}, {
    alpha: "slope",
  }]);
});

Deno.test("declared element types are kept by name, of values between too", () => {
  const { graph } = readOnnx(modelBytes({
    nodes: [nodeProto("Cast", ["x"], ["h"]), nodeProto("Relu", ["h"], ["y"])],
    inputs: [valueProto("x", [1], 7)],
    outputs: [valueProto("y", [1], 11)],
    more: [bytes(13, valueProto("h", [1], 9)), bytes(13, valueProto("unknown"))],
  }));
  assertEquals(Object.fromEntries(graph.types), { h: "bool", x: "int64", y: "float64" });
});

Deno.test("damaged bytes give a model or a TypeError, and nothing else", () => {
  const whole = read("tests/data/mlp_cancer.onnx");
  const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 5 }), (changes) => {
      const damaged = whole.slice();
      for (const [at, byte] of changes) damaged[at] = byte;
      try {
        readOnnx(damaged);
      } catch (error) {
        assert(error instanceof TypeError, String(error));
      }
    }),
    runs(2000),
  );
});

Deno.test("random bytes give a TypeError", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (some) => {
      assertThrows(() => readOnnx(some), TypeError, "Cannot read ONNX model");
      assertThrows(() => readOnnx(joined([int(1, 8), some])), TypeError);
    }),
    runs(1000),
  );
});
