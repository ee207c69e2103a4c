/**
 * Models that are broken, absurd, or made to harm who reads them, and what is said of each.
 *
 * @module
 */
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
  raw,
  tensorProto,
  valueProto,
} from "./onnx_writer.ts";

/** A model, and a part of the line that refuses it. */
export type Hostile = readonly [make: () => Uint8Array, words: string];

const ENORMOUS = 2n ** 40n;
/** What is refused by the size of a result only: no side of it is absurd for a computer of today. */
const LARGE = 2 ** 26;

const X = valueProto("x", [1, 4]);
const IMAGE = valueProto("x", [1, 1, 4, 4]);

const longs = (name: string, ...values: readonly (number | bigint)[]): Fields =>
  tensorProto(name, 7, [values.length], raw(BigInt64Array.from(values, BigInt)));
const long = (name: string, value: number | bigint): Fields =>
  tensorProto(name, 7, [], raw(BigInt64Array.of(BigInt(value))));
const floats = (name: string, dims: readonly number[], ...values: readonly number[]): Fields =>
  tensorProto(name, 1, dims, raw(Float32Array.from(values)));
const whole = (name: string, value: number | bigint): Fields => attributeProto(name, 2, int(3, value));
const wholes = (name: string, ...values: readonly (number | bigint)[]): Fields =>
  attributeProto(name, 7, ...values.map((value) => int(8, value)));
const text = (name: string, value: string): Fields => attributeProto(name, 3, bytes(4, value));
const graph = (name: string, inner: Fields): Fields => attributeProto(name, 5, bytes(6, inner));

interface Rest {
  readonly attributes?: readonly Fields[];
  readonly inputs?: readonly Fields[];
}

/** A node that the input goes into. */
function secret(op: string, inputs: readonly string[], tensors: readonly Fields[] = [], rest: Rest = {}) {
  const node = nodeProto(op, inputs, ["y"], { name: "n", attributes: rest.attributes ?? [] });
  return () => modelBytes({ nodes: [node], tensors, inputs: rest.inputs ?? [X], opset: 18 });
}

/** A node of constants, of which the result is added to the input. */
function open(op: string, inputs: readonly string[], tensors: readonly Fields[]) {
  const nodes = [
    nodeProto(op, inputs, ["c"], { name: "n" }),
    nodeProto("Cast", ["c"], ["d"], { attributes: [whole("to", 1)] }),
    nodeProto("Add", ["x", "d"], ["y"]),
  ];
  return () => modelBytes({ nodes, tensors, inputs: [X], opset: 18 });
}

/** A model with one weight, or a tensor that should be one. */
const weighing = (w: Fields) => secret("Add", ["x", "w"], [w]);
const lying = (location: string): Fields =>
  tensorProto("w", 1, [4], int(14, 1), bytes(13, [bytes(1, "location"), bytes(2, location)]));

const relu = nodeProto("Relu", ["x"], ["y"], { name: "act" });
const nodes = (...list: readonly Fields[]) => () => modelBytes({ nodes: list, inputs: [X], opset: 18 });

/** A body of a loop that carries `v`, and keeps its condition. */
function body(...inner: readonly Fields[]): Fields {
  return graphProto({
    nodes: [nodeProto("Identity", ["going"], ["on"]), ...inner],
    inputs: [valueProto("i"), valueProto("going"), valueProto("v")],
    outputs: [valueProto("on"), valueProto("w")],
  });
}

/** A loop in a loop in a loop. */
function loops(depth: number): Fields {
  const inner = depth === 0
    ? nodeProto("Relu", ["v"], ["w"])
    : nodeProto("Loop", ["trips", "", "v"], ["w"], { attributes: [graph("body", loops(depth - 1))] });
  return body(inner);
}

function looping(trips: number | bigint, inner: Fields) {
  const node = nodeProto("Loop", ["trips", "", "x"], ["y"], {
    name: "n",
    attributes: [graph("body", inner)],
  });
  return () => modelBytes({ nodes: [node], tensors: [long("trips", trips)], inputs: [X], opset: 18 });
}

/** Each node is twice as large as the one before. */
const doubling = (start: string, count: number, axis: number): Fields[] =>
  Array.from(
    { length: count },
    (_, i) =>
      nodeProto("Concat", new Array(2).fill(i === 0 ? start : `h${i}`), [`h${i + 1}`], {
        attributes: [whole("axis", axis)],
      }),
  );

const called = (name: string, from: string, to: string): Fields =>
  nodeProto(name, [from], [to], { domain: "own" });
const functionProto = (name: string, ...inner: readonly Fields[]): Uint8Array =>
  bytes(25, [
    ...[bytes(1, name), bytes(4, "a"), bytes(5, "b")],
    ...inner.map((node) => bytes(7, node)),
    ...[bytes(9, [bytes(1, ""), int(2, 18)]), bytes(10, "own")],
  ]);
/** Functions of which each is made of calls of the next. */
const calling = (count: number, ends: number, inner: (next: string) => readonly Fields[]) => () =>
  modelBytes({
    nodes: [called("F0", "x", "y")],
    inputs: [X],
    model: Array.from({ length: count }, (_, i) => functionProto(`F${i}`, ...inner(`F${(i + 1) % ends}`))),
  });

function nested(depth: number): Uint8Array {
  let inner: Uint8Array = joined(graphProto({ nodes: [relu] }));
  for (let i = 0; i < depth; i++) {
    inner = joined(bytesOfGraph(nodeProto("If", ["x"], ["y"], { attributes: [graph("g", [inner])] })));
  }
  return joined([int(1, 8), bytes(7, inner), bytes(8, [bytes(1, ""), int(2, 18)])]);
}
const bytesOfGraph = (node: Fields): Fields => [bytes(1, node)];

const versioned = (...versions: Fields) => () =>
  joined([int(1, 8), bytes(7, graphProto({ nodes: [relu], inputs: [X] })), ...versions]);
const version = (v: number | bigint): Uint8Array => bytes(8, [bytes(1, ""), int(2, v)]);

const RESULT = "would have shape";

/** All of them; none is larger than a megabyte. */
export const hostile: Readonly<Record<string, Hostile>> = {
  "no bytes": [() => new Uint8Array(), "it has no graph"],
  "a text": [() => new TextEncoder().encode("Dear Bob, this is no model.\n"), "the bytes are not one"],
  "JSON": [() => new TextEncoder().encode('{"graph": {"node": []}}'), "the bytes are not one"],
  "a picture": [() => Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13), "Cannot read ONNX model"],
  "an archive": [() => joined([Uint8Array.of(80, 75, 3, 4, 20), new Uint8Array(99)]), "it has no graph"],
  "groups in groups": [() => new Uint8Array(1e6).fill(0x0b), "Cannot read ONNX model"],
  "graphs 3000 deep": [() => nested(3000), "the bytes are not one"],
  "graphs 40 deep": [() => nested(40), "nested more than 32 deep"],

  "nodes in a circle": [nodes(nodeProto("Relu", ["b"], ["a"]), nodeProto("Relu", ["a"], ["b"])), 'uses "b"'],
  "a node that feeds itself": [nodes(nodeProto("Relu", ["y"], ["y"])), 'uses "y"'],
  "an input that is missing": [nodes(nodeProto("Relu", ["z"], ["y"])), 'uses "z"'],
  "an operand that is missing": [nodes(nodeProto("Add", ["x"], ["y"])), "operand 1 is missing"],
  "an operand that is absent": [nodes(nodeProto("Add", ["x", ""], ["y"])), "operand 1 is missing"],
  "no operands": [nodes(nodeProto("Relu", [], ["y"])), "operand 0 is missing"],
  "two nodes for one value": [nodes(relu, relu), '"y", which exists already'],
  "a node without outputs": [nodes(nodeProto("Relu", ["x"], []), relu), "has no outputs"],
  "unknown operators": [
    nodes(
      nodeProto("Foo", ["x"], ["a"]),
      nodeProto("Baz", ["a"], ["b"], { domain: "com.example" }),
      nodeProto("constructor", ["b"], ["c"]),
      nodeProto("Bar", ["c"], ["y"]),
    ),
    "unsupported operators Bar, Foo, com.example.Baz, constructor (opset 18)",
  ],
  "1000 unknown operators": [
    nodes(
      ...Array.from(
        { length: 1000 },
        (_, i) => nodeProto(`Op${i}`, [i === 0 ? "x" : `v${i}`], [i === 999 ? "y" : `v${i + 1}`]),
      ),
    ),
    "and 800 more (opset 18)",
  ],
  "no operator sets": [versioned(), "does not state the version"],
  "operator set 0": [versioned(version(0)), "states version 0"],
  "operator set -5": [versioned(version(-5)), "states version -5"],
  "operator set 999": [versioned(version(999)), "version 999"],

  "a weight of 2^40 elements": [weighing(tensorProto("w", 1, [ENORMOUS], raw(Float32Array.of(1)))), '"w"'],
  "a weight of 2^28 elements, without data": [weighing(tensorProto("w", 1, [2 ** 28])), '"w" holds 0'],
  "a weight of 100000 axes": [
    weighing(tensorProto("w", 1, new Array(100000).fill(1), raw(Float32Array.of(1)))),
    "has 100000 axes",
  ],
  "Reshape to 10000 axes": [
    secret("Reshape", ["x", "s"], [longs("s", ...new Array(10000).fill(1), 4)]),
    "10001 axes",
  ],
  "ConstantOfShape of 10000 axes": [
    open("ConstantOfShape", ["s"], [longs("s", ...new Array(10000).fill(1))]),
    "10000 axes",
  ],
  "a weight with a negative side": [
    weighing(tensorProto("w", 1, [-1], raw(Float32Array.of(1)))),
    "shape [-1]",
  ],
  "a weight with too few data": [weighing(floats("w", [4], 1)), "holds 4 bytes, 16 are wanted"],
  "a weight of texts": [weighing(tensorProto("w", 8, [1], bytes(6, "a"))), "type string"],
  "a weight elsewhere": [weighing(lying("../../etc/passwd")), "a path within the model's folder is wanted"],
  "a weight in the root": [weighing(lying("/etc/passwd")), "a path within the model's folder is wanted"],
  "a weight that is NaN": [weighing(floats("w", [4], 1, NaN, 2, 3)), 'element 1 of "w" of shape [4] is NaN'],
  "a bound that is NaN": [secret("Clip", ["x", "w"], [floats("w", [], NaN)]), '"w" of shape [] is NaN'],
  "a slope that is too large": [
    secret("LeakyRelu", ["x"], [], { attributes: [attributeProto("alpha", 1, float(2, 1e20))] }),
    "in layer n",
  ],

  "Expand to 2^40": [secret("Expand", ["x", "s"], [longs("s", ENORMOUS, 4)]), "fewer than 2^29"],
  "Expand to 2^28": [secret("Expand", ["x", "s"], [longs("s", LARGE, 4)]), RESULT],
  "Expand to a negative side": [secret("Expand", ["x", "s"], [longs("s", -3, 4)]), "a side is -3"],
  "Expand of a constant": [open("Expand", ["k", "s"], [longs("k", 1), longs("s", LARGE)]), RESULT],
  "Tile 2^40 times": [secret("Tile", ["x", "s"], [longs("s", ENORMOUS, 1)]), "fewer than 2^29"],
  "Tile 2^26 times": [secret("Tile", ["x", "s"], [longs("s", LARGE, 1)]), RESULT],
  "Reshape to 2^40": [secret("Reshape", ["x", "s"], [longs("s", ENORMOUS, 4)]), "do not fit shape"],
  "Pad by 2^40": [secret("Pad", ["x", "s"], [longs("s", 0, 0, ENORMOUS, 0)]), "fewer than 2^29"],
  "Pad by 2^26": [secret("Pad", ["x", "s"], [longs("s", 0, 0, LARGE, 0)]), RESULT],
  "Pad by 2^27 reflections": [
    secret("Pad", ["x", "s"], [longs("s", 0, 0, 0, 2 * LARGE)], { attributes: [text("mode", "reflect")] }),
    RESULT,
  ],
  "Pad in a mode of every object": [
    secret("Pad", ["x", "s"], [longs("s", 0, 0, 0, 1)], { attributes: [text("mode", "constructor")] }),
    'its mode is "constructor"',
  ],
  "ConstantOfShape of 2^40": [open("ConstantOfShape", ["s"], [longs("s", ENORMOUS)]), RESULT],
  "ConstantOfShape of 2^26": [open("ConstantOfShape", ["s"], [longs("s", LARGE)]), RESULT],
  "Range to 2^26": [
    open("Range", ["a", "b", "k"], [long("a", 0), long("b", LARGE), long("k", 1)]),
    RESULT,
  ],
  "Range by 0": [open("Range", ["a", "b", "k"], [long("a", 0), long("b", 9), long("k", 0)]), "the step is 0"],
  "OneHot of depth 2^40": [
    secret("OneHot", ["x", "d", "v"], [long("d", ENORMOUS), floats("v", [2], 0, 1)]),
    "at most",
  ],
  "OneHot of constants": [
    open("OneHot", ["k", "depth", "v"], [longs("k", 1), long("depth", LARGE), floats("v", [2], 0, 1)]),
    RESULT,
  ],
  "Resize to 2^40": [secret("Resize", ["x", "", "", "s"], [longs("s", 1, ENORMOUS)]), RESULT],
  "Resize to 2^26": [
    secret("Resize", ["x", "", "", "s"], [longs("s", 1, LARGE)], { attributes: [text("mode", "linear")] }),
    RESULT,
  ],
  "Resize by -1": [secret("Resize", ["x", "", "s"], [floats("s", [2], 1, -1)]), "a scale is -1"],
  "Conv with pads of 2^40": [
    secret("Conv", ["x", "w"], [floats("w", [1, 1, 1, 1], 1)], {
      attributes: [wholes("pads", ENORMOUS, ENORMOUS, ENORMOUS, ENORMOUS)],
      inputs: [IMAGE],
    }),
    "fewer than 2^29",
  ],
  "ConvTranspose by strides of 4000": [
    secret("ConvTranspose", ["x", "w"], [floats("w", [1, 1, 1, 1], 1)], {
      attributes: [wholes("strides", 4000, 4000)],
      inputs: [IMAGE],
    }),
    RESULT,
  ],
  "products of all pairs": [
    () =>
      modelBytes({
        nodes: [nodeProto("Transpose", ["x"], ["t"]), nodeProto("MatMul", ["t", "x"], ["y"])],
        inputs: [valueProto("x", [1, 30000])],
      }),
    "fewer than 2^29",
  ],
  "a value that doubles 40 times": [
    nodes(...doubling("x", 40, 1), nodeProto("Relu", ["h40"], ["y"])),
    "the values of this inference would have",
  ],
  "a constant that doubles 40 times": [
    () =>
      modelBytes({
        nodes: [...doubling("c", 40, 0), nodeProto("Add", ["x", "h40"], ["y"])],
        tensors: [floats("c", [1], 1)],
        inputs: [X],
      }),
    "its constants would have",
  ],
  "a loop of 2^40 trips": [looping(ENORMOUS, loops(0)), "in graphs within nodes"],
  "loops in loops": [looping(60000, loops(3)), "in graphs within nodes"],
  "a loop that carries nothing": [
    looping(
      2,
      graphProto({ nodes: [nodeProto("Identity", ["x"], ["on"])], inputs: [], outputs: [valueProto("on")] }),
    ),
    'its "body" has 0 inputs, 3 are given',
  ],
  "Scan of 2^40 inputs": [
    secret("Scan", ["x"], [], { attributes: [whole("num_scan_inputs", ENORMOUS), graph("body", loops(0))] }),
    "of its 1 inputs are scanned",
  ],
  "a function that calls itself": [calling(1, 1, (next) => [called(next, "a", "b")]), "calls itself"],
  "10000 functions in a row": [calling(10000, Infinity, (next) => [called(next, "a", "b")]), "calls itself"],
  "functions that double": [
    calling(30, Infinity, (next) => [called(next, "a", "c"), called(next, "c", "b")]),
    "calls itself, or too many others",
  ],

  "a name of every object": [
    () =>
      modelBytes({
        nodes: [nodeProto("Relu", ["x"], ["__proto__"])],
        inputs: [X],
        outputs: [valueProto("__proto__")],
      }),
    '"__proto__"',
  ],
  "a name that a terminal obeys": [nodes(nodeProto("Re\x1b[31mlu\n", ["x"], ["y"])), "cannot be shown"],
  "a name of a million letters": [
    nodes(nodeProto("Relu", ["x"], ["y"], { name: "a".repeat(1e6) })),
    "1000000 characters",
  ],
};
