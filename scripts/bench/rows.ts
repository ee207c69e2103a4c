/**
 * The rows of the benchmark.
 *
 * @module
 */
import { type CrypTensor, nn, type Session, type Tensor } from "../../mod.ts";
import { zooModel } from "../../tests/nn/zoo.ts";

/** One row: inputs that are shared before the clock starts, and what is timed. */
export interface Row {
  /** Its name. */
  readonly name: string;
  /** Shares the inputs. */
  prepare(mpc: Session): Promise<readonly CrypTensor[]> | readonly CrypTensor[];
  /** What is timed, up to the moment when the result's share is there. */
  run(inputs: readonly CrypTensor[]): CrypTensor;
  /** The result in the clear, for the largest error; from the inputs' plaintexts. */
  expect?(inputs: readonly Tensor[], index: readonly number[]): number;
}

/** Numbers that look random and are the same in every run. */
function numbers(n: number, seed: number, limit: number): Float64Array {
  let state = seed;
  return Float64Array.from({ length: n }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state / 2 ** 31) * limit;
  });
}

function input(mpc: Session, shape: readonly number[], seed: number, limit = 4): CrypTensor {
  const src = seed % 2;
  const size = shape.reduce((a, b) => a * b, 1);
  return mpc.encrypt(mpc.rank === src ? { shape, data: numbers(size, seed, limit) } : undefined, {
    src,
    shape,
  });
}

const MILLION = 1_000_000;
const product = ([a, b]: readonly Tensor[], [i, j]: readonly number[]): number => {
  let sum = 0;
  for (let k = 0; k < a!.shape[1]!; k++) sum += a!.at(i!, k) * b!.at(k, j!);
  return sum;
};

function matmul(n: number): Row {
  return {
    name: `matmul_${n}`,
    prepare: (mpc) => [input(mpc, [n, n], 2), input(mpc, [n, n], 3)],
    run: ([a, b]) => a!.matmul(b!),
    expect: product,
  };
}

const at = (t: Tensor | undefined, index: readonly number[]): number => t!.at(...index);

/** A network of party 0 on a batch of party 1. */
function network(name: string, shape: readonly number[], read: () => Promise<Uint8Array>, limit = 1): Row {
  const models = new WeakMap<object, nn.Graph>();
  return {
    name,
    async prepare(mpc) {
      const bytes = mpc.rank === 0 ? await read() : undefined;
      const model = await nn.fromOnnx(mpc, bytes, { src: 0 });
      const x = input(mpc, shape, 1, limit);
      models.set(x.context.shared, model);
      return [x];
    },
    run: ([x]) => models.get(x!.context.shared)!.forward(x!),
  };
}

const file = (path: string) => () => Deno.readFile(new URL(`../../${path}`, import.meta.url));
const aliceNet = file("examples/data/alice_net.onnx");
const aliceNet2 = file("tests/data/alice_net2.onnx");
const lenet = file("tests/data/lenet_digits.onnx");
const resnet = async (): Promise<Uint8Array> => (await zooModel("resnet18_11")).bytes;

/** A function of 100000 numbers: within a limit of either sign, or positive from `low` on. */
function unary(
  name: string,
  limit: number,
  f: (x: CrypTensor) => CrypTensor,
  plain?: (x: number) => number,
  low?: number,
): Row {
  const shift = (x: CrypTensor): CrypTensor => low === undefined ? x : x.add(limit + low);
  return {
    name,
    prepare: (mpc) => [shift(input(mpc, [100_000], 2, limit))],
    run: ([a]) => f(a!),
    ...(plain && { expect: ([a]: readonly Tensor[], i: readonly number[]) => plain(at(a, i)) }),
  };
}

/** All rows, in order. */
export const rows: readonly Row[] = [
  {
    name: "mul_1e6",
    prepare: (mpc) => [input(mpc, [MILLION], 2), input(mpc, [MILLION], 3)],
    run: ([a, b]) => a!.mul(b!),
    expect: ([a, b], i) => at(a, i) * at(b, i),
  },
  {
    name: "square_1e6",
    prepare: (mpc) => [input(mpc, [MILLION], 2)],
    run: ([a]) => a!.square(),
    expect: ([a], i) => at(a, i) ** 2,
  },
  matmul(256),
  matmul(512),
  {
    name: "conv_lenet",
    prepare: (mpc) => [input(mpc, [1, 1, 28, 28], 2), input(mpc, [16, 1, 5, 5], 3)],
    run: ([x, w]) => x!.conv2d(w!),
  },
  {
    name: "relu_1e6",
    prepare: (mpc) => [input(mpc, [MILLION], 2)],
    run: ([a]) => a!.relu(),
    expect: ([a], i) => Math.max(at(a, i), 0),
  },
  {
    name: "lt_1e6",
    prepare: (mpc) => [input(mpc, [MILLION], 2), input(mpc, [MILLION], 3)],
    run: ([a, b]) => a!.lt(b!).mul(1),
    expect: ([a, b], i) => at(a, i) < at(b, i) ? 1 : 0,
  },
  {
    name: "eq_1e5",
    prepare: (mpc) => [input(mpc, [100_000], 2), input(mpc, [100_000], 3)],
    run: ([a, b]) => a!.eq(b!).mul(1),
    expect: ([a, b], i) => at(a, i) === at(b, i) ? 1 : 0,
  },
  {
    name: "maxpool_64x64x16",
    prepare: (mpc) => [input(mpc, [1, 16, 64, 64], 2)],
    run: ([a]) => a!.maxPool2d(2),
  },
  unary("sigmoid_1e5", 8, (x) => x.sigmoid(), (x) => 1 / (1 + Math.exp(-x))),
  unary("tanh_1e5", 4, (x) => x.tanh(), Math.tanh),
  unary("gelu_1e5", 4, (x) => x.gelu()),
  unary("exp_1e5", 8, (x) => x.exp(), Math.exp),
  unary("log_1e5", 8, (x) => x.log(), Math.log, 1),
  unary("reciprocal_1e5", 8, (x) => x.reciprocal({ positive: true }), (x) => 1 / x, 1),
  unary("sqrt_1e5", 8, (x) => x.sqrt(), Math.sqrt, 1),
  {
    name: "softmax_1000x10",
    prepare: (mpc) => [input(mpc, [1000, 10], 2)],
    run: ([a]) => a!.softmax(1),
  },
  {
    name: "layernorm_100x256",
    prepare: (mpc) => [input(mpc, [100, 256], 2)],
    run: ([a]) => a!.layerNorm([256]),
  },
  network("alice_net_b1", [1, 50], aliceNet),
  network("alice_net_b100", [100, 50], aliceNet),
  network("alice_net2_b1", [1, 1, 28, 28], aliceNet2),
  network("alice_net2_b64", [64, 1, 28, 28], aliceNet2),
  network("lenet_digits_b200", [200, 1, 28, 28], lenet),
  network("resnet18_32", [1, 3, 32, 32], resnet),
];
