import { additive, nn, plain, runLocal, Tensor, trustedFirstParty } from "../../mod.ts";
import { readOnnx } from "../../nn/onnx/reader.ts";
import { rewrite, rewrites } from "../../nn/onnx/rewrite/rewrite.ts";
import { checkSkeleton, splitModel, writeSkeleton } from "../../nn/onnx/skeleton.ts";
import { decodeControl, encodeControl } from "../../comm/control.ts";
import { assert, assertEquals, assertThrows } from "../deps.ts";
import {
  attributeProto,
  bytes,
  float,
  graphProto,
  int,
  modelBytes,
  nodeProto,
  raw,
  tensorProto,
  valueProto,
} from "./onnx_writer.ts";
import { zooModel } from "./zoo.ts";

const floats = (name: string, shape: number[], values: number[]) =>
  tensorProto(name, 1, shape, raw(Float32Array.from(values)));
const longs = (name: string, values: number[]) =>
  tensorProto(name, 7, [values.length], raw(BigInt64Array.from(values, BigInt)));
const attribute = (name: string, value: number) => attributeProto(name, 2, int(3, value));

const split = (model: Uint8Array) =>
  splitModel(readOnnx(model), { operators: nn.operators, passes: rewrites, open: false });
const kinds = (model: Uint8Array, passes = rewrites) =>
  rewrite(readOnnx(model), passes).nodes.map((node) => node.opType);

/** Convolution, batch norm, ReLU and pooling: three channels from two. */
function block(): Uint8Array {
  const weights = Array.from({ length: 3 * 2 * 9 }, (_, i) => Math.sin(i));
  const window = (name: string, ...sides: number[]) =>
    attributeProto(name, 7, ...sides.map((side) => int(8, side)));
  return modelBytes({
    inputs: [valueProto("x", ["n", 2, 6, 6])],
    tensors: [
      floats("w", [3, 2, 3, 3], weights),
      floats("gain", [3], [1.5, -2, 0.25]),
      floats("bias", [3], [0.5, 1, -1]),
      floats("mean", [3], [0.125, -0.5, 2]),
      floats("variance", [3], [0.5, 2, 4]),
    ],
    nodes: [
      nodeProto("Conv", ["x", "w"], ["c"], { attributes: [window("pads", 1, 1, 1, 1)] }),
      nodeProto("BatchNormalization", ["c", "gain", "bias", "mean", "variance"], ["b"]),
      nodeProto("Relu", ["b"], ["r"]),
      nodeProto("MaxPool", ["r"], ["y"], {
        attributes: [window("kernel_shape", 2, 2), window("strides", 2, 2)],
      }),
    ],
  });
}

async function answers(model: Uint8Array, x: Tensor, options: { rewrite?: boolean; public?: boolean } = {}) {
  const protocol = additive({ provider: trustedFirstParty() });
  const [result] = await runLocal({ parties: 2, protocol }, async (mpc) => {
    const net = await nn.fromOnnx(mpc, mpc.rank === 0 ? model : undefined, { src: 0, ...options });
    const input = mpc.encrypt(mpc.rank === 1 ? x : undefined, { src: 1, shape: x.shape });
    mpc.resetStats();
    const y = await net.forward(input).decrypt();
    return { y, bytes: mpc.stats.totals.payloadBytes, text: net.toString() };
  });
  return result;
}

Deno.test("a batch norm goes into the convolution before it, and pooling before ReLU; results are the same", async () => {
  assertEquals(kinds(block()), ["Conv", "MaxPool", "Relu"]);
  assertEquals(kinds(block(), []), ["Conv", "BatchNormalization", "Relu", "MaxPool"]);
  const x = new Tensor([2, 2, 6, 6], Float64Array.from({ length: 144 }, (_, i) => Math.cos(i) * 2));
  const [fast, slow] = await Promise.all([answers(block(), x), answers(block(), x, { rewrite: false })]);
  // Rounding of the weights to 2^-17, 18 terms up to 2 each; the norms' reciprocal roots are within 1e-5 of their value.
  assert(fast.y.allClose(slow.y, { absolute: 2e-3, relative: 1e-4 }), `${fast.y} and ${slow.y}`);
  assert(fast.bytes < 0.6 * slow.bytes, `${fast.bytes} and ${slow.bytes} bytes`);
});

Deno.test("a batch norm after what others use too stays, as a factor and a summand", () => {
  const two = modelBytes({
    tensors: ["w", "gain", "bias", "mean", "variance"].map((name) =>
      floats(name, name === "w" ? [1, 1, 1, 1] : [1], [1])
    ),
    nodes: [
      nodeProto("Conv", ["x", "w"], ["c"]),
      nodeProto("BatchNormalization", ["c", "gain", "bias", "mean", "variance"], ["b"]),
      nodeProto("Add", ["b", "c"], ["y"]),
    ],
  });
  assertEquals(kinds(two), ["Conv", "ScaleShift", "Add"]);
});

Deno.test("what does not depend on the inputs is computed by the owner; a value that a weight went into is a weight", () => {
  const model = modelBytes({
    tensors: [floats("w", [2, 2], [1, 2, 3, 4]), longs("s", [2, 2]), longs("unused", [7])],
    nodes: [
      nodeProto("Exp", ["w"], ["e"]),
      nodeProto("Transpose", ["e"], ["t"]),
      nodeProto("Reshape", ["x", "s"], ["h"]),
      nodeProto("Shape", ["w"], ["sides"]),
      nodeProto("Neg", ["x"], ["nobody needs this"]),
      nodeProto("MatMul", ["h", "t"], ["p"]),
      nodeProto("Reshape", ["p", "sides"], ["y"]),
    ],
  });
  const { skeleton, weights } = split(model);
  assertEquals(skeleton.nodes.map((node) => node.opType), ["Reshape", "MatMul", "Reshape"]);
  assertEquals(Object.keys(skeleton.weights), ["t"]);
  assert(weights.get("t")!.allClose(Tensor.from([[Math.E, Math.exp(3)], [Math.exp(2), Math.exp(4)]])));
  // Sides of a weight are no secret.
  assertEquals(Object.keys(skeleton.constants).sort(), ["s", "sides"]);
});

Deno.test("bounds, exponents and single numbers of Constant nodes are architecture; other real numbers are not announced", () => {
  const value = (x: number) => attributeProto("value_float", 1, float(2, x));
  const list = attributeProto("value_floats", 6, ...[1, 2].map((x) => float(7, x)));
  const model = modelBytes({
    tensors: [floats("pad value", [], [3]), longs("pads", [0, 1]), floats("learned", [], [0.25])],
    inputs: [valueProto("x", [4])],
    nodes: [
      nodeProto("Constant", [], ["half"], { attributes: [value(0.5)] }),
      nodeProto("Constant", [], ["row"], { attributes: [list] }),
      nodeProto("Mul", ["x", "half"], ["a"]),
      nodeProto("Mul", ["a", "learned"], ["b"]),
      nodeProto("Pad", ["b", "pads", "pad value"], ["c"]),
      nodeProto("Concat", ["c", "row"], ["y"], { attributes: [attribute("axis", 0)] }),
    ],
    opset: 13,
  });
  const { skeleton } = split(model);
  assertEquals(Object.keys(skeleton.weights).sort(), ["learned", "row"]);
  assertEquals(Object.keys(skeleton.constants).sort(), ["half", "pad value", "pads"]);
});

Deno.test("coefficients of linear models are no architecture", () => {
  const list = (name: string, ...values: number[]) =>
    attributeProto(name, 6, ...values.map((x) => float(7, x)));
  const model = modelBytes({
    nodes: [
      nodeProto("LinearRegressor", ["x"], ["y"], {
        domain: "ai.onnx.ml",
        attributes: [list("coefficients", 1.5, -2), list("intercepts", 0.25)],
      }),
    ],
  });
  const { skeleton, weights } = split(model);
  assertEquals(skeleton.nodes[0]!.attributes, {});
  assertEquals([...weights.values()].map((t) => Array.from(t.data as Float64Array)), [[1.5, -2], [0.25]]);
});

Deno.test("an announced architecture is read as it was written, graphs within nodes included", () => {
  const body = (x: number) =>
    graphProto({
      inputs: [],
      outputs: [valueProto("z")],
      nodes: [nodeProto("Add", ["x", `k${x}`], ["z"])],
      tensors: [floats(`k${x}`, [], [x])],
    });
  const model = modelBytes({
    tensors: [longs("c", [1]), floats("filled", [1], [7])],
    nodes: [
      nodeProto("If", ["c"], ["i"], {
        attributes: [
          attributeProto("then_branch", 5, bytes(6, body(1))),
          attributeProto("else_branch", 5, bytes(6, body(2))),
        ],
      }),
      nodeProto("Mul", ["i", "filled"], ["y"]),
    ],
  });
  const { skeleton } = split(model);
  assertEquals(Object.keys(skeleton.weights).length, 3);
  const read = checkSkeleton(decodeControl(encodeControl(writeSkeleton(skeleton))), 0);
  const plainNodes = (nodes: unknown): unknown => JSON.parse(JSON.stringify(nodes));
  assertEquals(plainNodes(read.nodes), plainNodes(skeleton.nodes));
  assertEquals(read.inputs, skeleton.inputs);
  for (const [name, tensor] of Object.entries(skeleton.constants)) {
    assert(tensor.equals(read.constants[name]!), name);
  }
});

Deno.test("a public model answers as a secret one, and sends nothing for its products", async () => {
  const model = modelBytes({
    tensors: [floats("w", [3, 2], [1, 2, 3, 4, 5, 6]), floats("b", [2], [0.5, -0.5])],
    nodes: [nodeProto("Gemm", ["x", "w", "b"], ["y"])],
  });
  const x = new Tensor([2, 3], Float64Array.of(1, 0, -1, 2, 1, 0));
  const [open, secret] = await Promise.all([answers(model, x, { public: true }), answers(model, x)]);
  assertEquals(open.y.toNested(), [[-3.5, -4.5], [5.5, 7.5]]);
  assert(secret.y.allClose(open.y, { absolute: 2 ** -15 }));
  assert(open.text.includes("weight [2,3] public"), open.text);
  assert(secret.text.includes("weight [2,3] secret"), secret.text);
  // The answer's shares and the digest of the program; whole weights are exact, so that nothing is truncated.
  assertEquals(open.bytes, 4 * 8 + 32);
});

Deno.test("loops run as often as they say, branches go where public conditions send them", async () => {
  const counting = graphProto({
    inputs: [valueProto("i"), valueProto("go"), valueProto("sum")],
    outputs: [valueProto("go2"), valueProto("next"), valueProto("seen")],
    nodes: [
      nodeProto("Identity", ["go"], ["go2"]),
      nodeProto("Add", ["sum", "x"], ["next"]),
      nodeProto("Identity", ["next"], ["seen"]),
    ],
  });
  const model = modelBytes({
    tensors: [longs("n", [3]), tensorProto("go", 9, [1], raw(Uint8Array.of(1)))],
    outputs: [valueProto("last"), valueProto("all")],
    nodes: [
      nodeProto("Loop", ["n", "go", "x"], ["last", "all"], {
        attributes: [attributeProto("body", 5, bytes(6, counting))],
      }),
    ],
  });
  const results = await runLocal({ parties: 2, protocol: plain() }, async (mpc) => {
    const net = await nn.fromOnnx(mpc, mpc.rank === 0 ? model : undefined, { src: 0 });
    const x = mpc.encrypt(mpc.rank === 1 ? [1, -0.5] : undefined, { src: 1, shape: [2] });
    const { last, all } = net.run({ x });
    return [(await last!.decrypt()).toNested(), (await all!.decrypt()).toNested()];
  });
  for (const result of results) assertEquals(result, [[4, -2], [[2, -1], [3, -1.5], [4, -2]]]);
});

Deno.test("a model's own operators are expanded; one that calls itself is refused", () => {
  const opset = [bytes(1, ""), int(2, 13)];
  const body = (name: string, nodes: ReturnType<typeof nodeProto>[]) =>
    bytes(25, [
      bytes(1, name),
      bytes(4, "a"),
      bytes(5, "r"),
      ...nodes.map((node) => bytes(7, node)),
      bytes(9, opset),
      bytes(10, "own"),
    ]);
  const twice = body("Twice", [nodeProto("Add", ["a", "a"], ["t"]), nodeProto("Relu", ["t"], ["r"])]);
  const call = nodeProto("Twice", ["x"], ["y"], { domain: "own" });
  assertEquals(kinds(modelBytes({ nodes: [call], model: [twice] })), ["Add", "Relu"]);
  const endless = body("Twice", [nodeProto("Twice", ["a"], ["r"], { domain: "own" })]);
  assertThrows(() => kinds(modelBytes({ nodes: [call], model: [endless] })), RangeError, "calls itself");
});

Deno.test("networks of the zoo answer the same without rewriting, but for rounding", async () => {
  const { bytes: model, inputs } = await zooModel("resnet18_11");
  const [x] = Object.values(inputs);
  const run = (rewriting: boolean) =>
    runLocal({ parties: 1, protocol: plain() }, async (mpc) => {
      const net = await nn.fromOnnx(mpc, model, { src: 0, rewrite: rewriting });
      return await net.forward(mpc.encrypt(x, { src: 0 })).decrypt();
    });
  const [[fast], [slow]] = await Promise.all([run(true), run(false)]);
  // Rounding of weights makes 7e-4 of the answers with merged norms.
  assert(fast.allClose(slow, { absolute: 5e-3 }), `${fast} and ${slow}`);
});
