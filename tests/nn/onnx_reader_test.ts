import type { Tensor } from "../../mod.ts";
import { readOnnx } from "../../nn/onnx/reader.ts";
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
    const { opsets, graph } = readOnnx(read(model.path));
    assertEquals(opsets, { "": model.opset });
    assertEquals(graph.inputs, [{ name: "input", shape: model.input }]);
    assertEquals(graph.outputs, [{ name: "output", shape: model.output }]);
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

const weightOf = (model: Uint8Array): Tensor => readOnnx(model).graph.initializers.get("w")!;
const u8 = (...values: number[]): Uint8Array => Uint8Array.from(values);

/** Tensors: type number, data field, expected kind and values. */
const tensors: Readonly<Record<string, [number, Uint8Array[], Tensor["dtype"], readonly number[]]>> = {
  "float, raw": [1, [raw(Float32Array.of(0.5, -2))], "float32", [0.5, -2]],
  "float, listed": [1, [float(4, 0.5), float(4, -2)], "float32", [0.5, -2]],
  "double, raw": [11, [raw(Float64Array.of(0.1, -2))], "float64", [0.1, -2]],
  "double, listed": [11, [bytes(10, new Uint8Array(Float64Array.of(0.1, -2).buffer))], "float64", [0.1, -2]],
  "half, raw": [10, [raw(u8(0x00, 0x3c, 0x00, 0xc1))], "float32", [1, -2.5]],
  "half, listed": [10, [int(5, 0x3c00), int(5, 0x0001)], "float32", [1, 2 ** -24]],
  "bfloat, raw": [16, [raw(u8(0x80, 0x3f, 0x20, 0xc0))], "float32", [1, -2.5]],
  "bfloat, listed": [16, [int(5, 0x3f80), int(5, 0xc020)], "float32", [1, -2.5]],
  "int64, raw": [7, [raw(BigInt64Array.of(2n ** 40n, -1n))], "int64", [2 ** 40, -1]],
  "int64, listed": [7, [int(7, 2n ** 40n), int(7, -1)], "int64", [2 ** 40, -1]],
  "int32, raw": [6, [raw(u8(0xff, 0xff, 0xff, 0xff, 1, 1, 0, 0))], "int32", [-1, 257]],
  "int32, listed": [6, [int(5, -1), int(5, 257)], "int32", [-1, 257]],
  "int16, raw": [5, [raw(u8(0xff, 0xff, 1, 1))], "int32", [-1, 257]],
  "int8, raw": [3, [raw(u8(0xff, 127))], "int32", [-1, 127]],
  "uint8, raw": [2, [raw(u8(255, 0))], "uint8", [255, 0]],
  "uint8, listed": [2, [int(5, 255), int(5, 0)], "uint8", [255, 0]],
  "uint16, raw": [4, [raw(u8(0xff, 0xff, 1, 1))], "int32", [65535, 257]],
  "uint32, raw": [12, [raw(u8(0xff, 0xff, 0xff, 0xff, 1, 0, 0, 0))], "float64", [2 ** 32 - 1, 1]],
  "uint32, listed": [12, [int(11, 2 ** 32 - 1), int(11, 1)], "float64", [2 ** 32 - 1, 1]],
  "uint64, raw": [13, [raw(BigInt64Array.of(2n ** 40n, 1n))], "int64", [2 ** 40, 1]],
  "uint64, listed": [13, [int(11, 2n ** 40n), int(11, 1)], "int64", [2 ** 40, 1]],
  "bool, raw": [9, [raw(u8(2, 0))], "uint8", [1, 0]],
  "bool, listed": [9, [int(5, 1), int(5, 0)], "uint8", [1, 0]],
};

for (const [what, [type, data, dtype, values]] of Object.entries(tensors)) {
  Deno.test(`a tensor of ${what} is read exactly`, () => {
    const w = weightOf(holding(tensorProto("w", type, [2, 1], ...data)));
    assertEquals([w.shape, w.dtype], [[2, 1], dtype]);
    assertEquals(Array.from(w.data, Number), [...values]);
  });
}

Deno.test("a tensor in a file beside the model is read from there, within its bounds", () => {
  const place = (offset: number, length: number): Fields =>
    tensorProto(
      "w",
      1,
      [2],
      int(14, 1),
      ...Object.entries({ location: "weights.bin", offset, length }).map(([key, value]) =>
        bytes(13, [bytes(1, key), bytes(2, String(value))])
      ),
    );
  const beside = new Uint8Array(Float32Array.of(9, 0.5, -2).buffer);
  const asked: string[] = [];
  const external = (location: string): Uint8Array => {
    asked.push(location);
    return beside;
  };
  const { graph } = readOnnx(holding(place(4, 8)), { external });
  assertEquals(Array.from(graph.initializers.get("w")!.data, Number), [0.5, -2]);
  assertEquals(asked, ["weights.bin"]);
  assertThrows(() => readOnnx(holding(place(8, 8)), { external }), TypeError, "beyond the end");
  assertThrows(() => readOnnx(holding(place(-4, 8)), { external }), TypeError, "beyond the end");
  assertThrows(() => readOnnx(holding(place(4, 4)), { external }), TypeError, "4 bytes, 8 are wanted");
  assertThrows(() => readOnnx(holding(place(4, 8))), TypeError, "weights.bin");
  const nowhere = tensorProto("w", 1, [2], int(14, 1));
  assertThrows(() => readOnnx(holding(nowhere), { external }), TypeError, "no stated place");
});

const relu = nodeProto("Relu", ["x"], ["y"], { name: "act" });
const half = raw(Float32Array.of(1));

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
  "sparse weights": [() => modelBytes({ nodes: [relu], more: [bytes(15, [])] }), "sparse"],
  "too few bytes of a tensor": [() => holding(tensorProto("w", 1, [2], half)), "4 bytes, 8 are wanted"],
  "too many bytes of a tensor": [
    () => holding(tensorProto("w", 1, [], half, half, raw(u8(0)))),
    "are wanted",
  ],
  "too few listed values": [() => holding(tensorProto("w", 1, [3], float(4, 1))), "1 values, 3 are wanted"],
  "no values": [() => holding(tensorProto("w", 1, [3])), "0 values, 3 are wanted"],
  "a negative side": [() => holding(tensorProto("w", 1, [-1], half)), "shape [-1]"],
  "a side of more than 53 bits": [() => holding(tensorProto("w", 1, [2n ** 60n], half)), "53 bits"],
  "a tensor as large as a memory": [
    () => holding(tensorProto("w", 1, [2 ** 20, 2 ** 20], half)),
    `${2 ** 42} are wanted`,
  ],
  "text tensors": [() => holding(tensorProto("w", 8, [1])), "of type string"],
  "complex tensors": [() => holding(tensorProto("w", 14, [1], raw(Float64Array.of(1)))), "of type complex64"],
  "tensors of a type from the future": [() => holding(tensorProto("w", 99, [1])), "of type number 99"],
  "unsigned integers of 64 bits": [
    () => holding(tensorProto("w", 13, [1], raw(BigInt64Array.of(-1n)))),
    "more than 63 bits",
  ],
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
    { name: "x", shape: ["n", undefined, 3, undefined] },
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
