import { nn, runLocal } from "../../mod.ts";
import { operators } from "../../nn/onnx/operators.ts";
import { readOnnx } from "../../nn/onnx/reader.ts";
import { rewrites } from "../../nn/onnx/rewrite/rewrite.ts";
import { splitModel } from "../../nn/onnx/skeleton.ts";
import { assert, assertEquals } from "../deps.ts";
import { values } from "./clear_node.ts";
import { TWO } from "./layer_check.ts";
import { type Fields, modelBytes, nodeProto, raw, tensorProto, valueProto } from "./onnx_writer.ts";

const floats = (name: string, shape: readonly number[], ...list: number[]): Fields =>
  tensorProto(name, 1, shape, raw(Float32Array.from(list)));
/** Integers of 8 bits, with (3) or without (2) a sign. */
const bytes = (name: string, type: 2 | 3, shape: readonly number[], ...list: number[]): Fields =>
  tensorProto(name, type, shape, raw(Uint8Array.from(list, (n) => n & 255)));
const ints = (name: string, ...list: number[]): Fields =>
  tensorProto(name, 6, [list.length], raw(new Uint8Array(Int32Array.from(list).buffer)));

/** A convolution of quantised integers, then a product with a matrix that is stored as integers. */
const MODEL = modelBytes({
  nodes: [
    nodeProto("QuantizeLinear", ["x", "sx", "zx"], ["q"]),
    nodeProto("QLinearConv", ["q", "sx", "zx", "kernel", "sk", "zk", "sy", "zy", "bias"], ["c"]),
    nodeProto("DequantizeLinear", ["c", "sy", "zy"], ["r"]),
    nodeProto("DequantizeLinear", ["matrix", "sm", "zk"], ["m"]),
    nodeProto("MatMul", ["r", "m"], ["y"]),
  ],
  tensors: [
    floats("sx", [], 0.125),
    bytes("zx", 2, [], 100),
    bytes("kernel", 3, [1, 1, 1, 2], 3, -2),
    floats("sk", [], 0.25),
    bytes("zk", 3, [], 0),
    ints("bias", 32),
    floats("sy", [], 0.5),
    bytes("zy", 2, [], 10),
    bytes("matrix", 3, [2, 1], 5, -7),
    floats("sm", [], 0.5),
  ],
  inputs: [valueProto("x", [1, 1, 1, 3])],
});

Deno.test("quantised weights are secret, and the formats of activations public", () => {
  for (const passes of [rewrites, []]) {
    const { skeleton, weights } = splitModel(readOnnx(MODEL), { operators, passes, open: false });
    const secret = passes.length > 0 ? ["bias", "kernel", "m"] : ["bias", "kernel", "matrix"];
    assertEquals([...weights.keys()].sort(), secret);
    assertEquals(Object.keys(skeleton.weights).sort(), secret);
    for (const name of ["sx", "zx", "sk", "sy", "zy"]) assert(name in skeleton.constants, name);
  }
});

Deno.test("a quantised network answers as its integers say", async () => {
  const { parties, protocol } = TWO;
  const [got] = await runLocal({ parties, protocol }, async (mpc) => {
    const net = await nn.fromOnnx(mpc, mpc.rank === 0 ? MODEL : undefined, { src: 0 });
    const x = mpc.encrypt(mpc.rank === 1 ? [[[[1, -2, 0.5]]]] : undefined, { src: 1, shape: [1, 1, 1, 3] });
    return await net.forward(x).decrypt();
  });
  // Eighths: 8, -16, 4. Convolved, with the bias: 88, -24. By 0.125·0.25/0.5: 5.5 and -1.5, to even 6 and -2; halves of these.
  const wanted = (3 * 5 + 1 * 7) / 2;
  assert(Math.abs(values(got!)[0]! - wanted) < 1e-3, `${values(got!)}, ${wanted} is wanted`);
});
