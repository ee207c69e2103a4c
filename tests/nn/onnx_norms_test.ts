/**
 * ONNX operators of norms and attention that the ONNX project has no cases for, against plain loops.
 *
 * @module
 */
import { nn, runLocal, type Tensor } from "../../mod.ts";
import { assert, assertEquals } from "../deps.ts";
import * as attention from "../oracles/attention.ts";
import {
  affine,
  byRootMeanSquare,
  type GroupOf,
  localResponse,
  perChannel,
  standardised,
  statistics,
} from "../oracles/norms.ts";
import { at, build, matmul, sizeOf, type Values, zip } from "../oracles/tensors.ts";
import { type LayerBackend, PLAIN, TWO } from "./layer_check.ts";
import {
  attributeProto,
  bytes,
  type Fields,
  float,
  int,
  modelBytes,
  nodeProto,
  tensorProto,
  valueProto,
} from "./onnx_writer.ts";

/** One node, what it is fed, and what must come out. */
interface Row {
  readonly op: string;
  readonly domain?: string;
  readonly opset?: number;
  readonly attributes?: readonly Fields[];
  /** Undefined for an operand that is absent. */
  readonly inputs: readonly (Values | undefined)[];
  /** Inputs that are integers. */
  readonly integers?: readonly number[];
  /** Inputs that are constants of the model. */
  readonly constants?: readonly number[];
  /** Undefined for a result that nobody asks for. */
  readonly outputs: readonly (Values | undefined)[];
}

const whole = (name: string, value: number): Fields => attributeProto(name, 2, int(3, value));
const real = (name: string, value: number): Fields => attributeProto(name, 1, float(2, value));
const list = (name: string, values: readonly number[]): Fields =>
  attributeProto(name, 7, ...values.map((v) => int(8, v)));

/** Numbers within ±2 that look random and are the same in every run. */
function numbers(seed: number, ...shape: number[]): Values {
  const units = (i: number): number => Math.round(2 ** 17 * Math.sin(seed * 37 + i * i * 1.7 + i));
  return { shape, data: Array.from({ length: sizeOf(shape) }, (_, i) => units(i) / 2 ** 16) };
}
const positive = (seed: number, ...shape: number[]): Values => {
  const { data } = numbers(seed, ...shape);
  return { shape, data: data.map((v) => Math.abs(v) + 0.3) };
};
const flags = (shape: number[], data: readonly number[]): Values => ({ shape, data });

/** Elements that are the same on the axes that are not listed. */
const except = (...axes: number[]): GroupOf => (index) => index.filter((_, i) => !axes.includes(i)).join();

const image = numbers(1, 2, 4, 3, 2);
const rows = numbers(2, 2, 3, 5);
const [gain, shift] = [numbers(3, 5), numbers(4, 5)];

function groups(count: number): GroupOf {
  return ([n, c]) => `${n} ${Math.floor(c! / (4 / count))}`;
}

function repeated({ data }: Values, times: number): Values {
  return { shape: [data.length * times], data: data.flatMap((v) => new Array<number>(times).fill(v)) };
}

/** 1/sqrt(variance + eps) of the last axis, or of the mean square. */
function inverse(x: Values, eps: number, kind: "variance" | "square"): Values {
  const found = statistics(x, except(2));
  return build([2, 3, 1], ([i, j]) => 1 / Math.sqrt(found.get(`${i},${j}`)![kind] + eps));
}
const sums = zip((a, b, c) => a + b + c, rows, numbers(5, 2, 3, 5), numbers(6, 5));

const channelled = (x: Values, eps: number, weight: Values, bias: Values): Values =>
  affine(
    standardised(x, ([, c]) => c!, eps),
    perChannel(weight, x.shape.length),
    perChannel(bias, x.shape.length),
  );

const c4 = { weight: numbers(7, 4), bias: numbers(8, 4), mean: numbers(9, 4), variance: positive(10, 4) };
const own = [...statistics(image, ([, c]) => c!).values()];
const running = (old: Values, values: number[], momentum: number): Values =>
  zip((a, b) => a * momentum + b * (1 - momentum), old, { shape: [4], data: values });
const means = own.map(({ mean }) => mean);
const variances = own.map(({ variance }) => variance);

const [q, k, v] = [numbers(11, 2, 3, 4), numbers(12, 2, 5, 4), numbers(13, 2, 5, 6)];
const seen = flags([2, 5], [1, 1, 0, 1, 0, 0, 1, 1, 1, 1]);
const packed = numbers(14, 4, 12);
const packedBias = numbers(15, 12);
const projected = zip((a, b) => a + b, matmul(q, packed), packedBias);
const third = (x: Values, i: number): Values =>
  build([...x.shape.slice(0, -1), 4], (index) => at(x, index.with(-1, index.at(-1)! + 4 * i)));
const ofHeads = (x: Values[], sees?: attention.Sees): Values => {
  const [a, b, c] = x.map((y) => attention.split(y, 2));
  return attention.merged(attention.attention(a!, b!, c!, 1 / Math.sqrt(2), sees));
};
const biased = [q, k, v].map((x, i) => {
  const bias = numbers(16, 14).data.slice(4 * i, i === 2 ? 14 : 4 * (i + 1));
  return zip((a, b) => a + b, x, { shape: [bias.length], data: bias });
});

const cases: Readonly<Record<string, Row>> = {
  "groups, a weight for each group": {
    op: "GroupNormalization",
    opset: 18,
    attributes: [whole("num_groups", 2)],
    inputs: [image, numbers(3, 2), numbers(4, 2)],
    outputs: [affine(
      standardised(image, groups(2), 1e-5),
      perChannel(repeated(numbers(3, 2), 2), 4),
      perChannel(repeated(numbers(4, 2), 2), 4),
    )],
  },
  "groups, a weight for each channel": {
    op: "GroupNormalization",
    opset: 21,
    attributes: [whole("num_groups", 2), real("epsilon", 0.01)],
    inputs: [image, c4.weight, c4.bias],
    outputs: [affine(standardised(image, groups(2), 0.01), perChannel(c4.weight, 4), perChannel(c4.bias, 4))],
  },
  "sums of absolute values": {
    op: "LpNormalization",
    attributes: [whole("p", 1), whole("axis", 1)],
    inputs: [rows],
    outputs: [build(rows.shape, ([i, j, l]) => {
      const total = [0, 1, 2].reduce((sum, m) => sum + Math.abs(at(rows, [i!, m, l!])), 0);
      return at(rows, [i!, j!, l!]) / total;
    })],
  },
  "lengths": {
    op: "LpNormalization",
    attributes: [whole("axis", 0)],
    inputs: [rows],
    outputs: [
      build(
        rows.shape,
        ([i, j, l]) => at(rows, [i!, j!, l!]) / Math.hypot(at(rows, [0, j!, l!]), at(rows, [1, j!, l!])),
      ),
    ],
  },
  "root mean squares": {
    op: "RMSNormalization",
    opset: 23,
    attributes: [whole("axis", 1)],
    inputs: [rows, numbers(17, 3, 5)],
    outputs: [affine(byRootMeanSquare(rows, ([i]) => i!, 1e-5), numbers(17, 3, 5), undefined)],
  },
  "root mean squares with their inverses": {
    op: "SimplifiedLayerNormalization",
    inputs: [rows, gain],
    outputs: [
      affine(byRootMeanSquare(rows, except(2), 1e-5), gain, undefined),
      inverse(rows, 1e-5, "square"),
    ],
  },
  "skip, with every result": {
    op: "SkipLayerNormalization",
    domain: "com.microsoft",
    attributes: [real("epsilon", 1e-4)],
    inputs: [rows, numbers(5, 2, 3, 5), gain, shift, numbers(6, 5)],
    outputs: [
      affine(standardised(sums, except(2), 1e-4), gain, shift),
      build([2, 3, 1], ([i, j]) => statistics(sums, except(2)).get(`${i},${j}`)!.mean),
      inverse(sums, 1e-4, "variance"),
      sums,
    ],
  },
  "skip by root mean squares, with the sum": {
    op: "SkipSimplifiedLayerNormalization",
    domain: "com.microsoft",
    attributes: [real("epsilon", 1e-4)],
    inputs: [rows, numbers(5, 2, 3, 5), gain, numbers(6, 5)],
    outputs: [affine(byRootMeanSquare(sums, except(2), 1e-4), gain, undefined), undefined, undefined, sums],
  },
  "batches, every place for itself": {
    op: "BatchNormalization",
    opset: 7,
    attributes: [whole("spatial", 0)],
    inputs: [rows, numbers(18, 3, 5), numbers(19, 3, 5), numbers(20, 3, 5), positive(21, 3, 5)],
    outputs: [build(rows.shape, ([i, ...place]) => {
      const [weight, bias, mean, variance] = [
        numbers(18, 3, 5),
        numbers(19, 3, 5),
        numbers(20, 3, 5),
        positive(21, 3, 5),
      ].map((t) => at(t, place));
      return (at(rows, [i!, ...place]) - mean!) / Math.sqrt(variance! + 1e-5) * weight! + bias!;
    })],
  },
  "batches, one channel": {
    op: "BatchNormalization",
    opset: 9,
    inputs: [numbers(22, 5), numbers(23, 1), numbers(24, 1), numbers(25, 1), positive(26, 1)],
    outputs: [build([5], (index) => {
      const [weight, bias, mean, variance] = [numbers(23, 1), numbers(24, 1), numbers(25, 1), positive(26, 1)]
        .map(
          ({ data }) => data[0]!,
        );
      return (at(numbers(22, 5), index) - mean!) / Math.sqrt(variance! + 1e-5) * weight! + bias!;
    })],
  },
  "batches in training, as it was before version 14": {
    op: "BatchNormalization",
    opset: 9,
    attributes: [real("momentum", 0.75)],
    inputs: [image, c4.weight, c4.bias, c4.mean, c4.variance],
    outputs: [
      channelled(image, 1e-5, c4.weight, c4.bias),
      running(c4.mean, means, 0.75),
      running(c4.variance, variances, 0.75),
      { shape: [4], data: means },
      { shape: [4], data: variances },
    ],
  },
  "batches in training, statistics of before in the model": {
    op: "BatchNormalization",
    opset: 9,
    attributes: [real("momentum", 0.75)],
    inputs: [image, c4.weight, c4.bias, c4.mean, c4.variance],
    constants: [1, 2, 3, 4],
    outputs: [
      channelled(image, 1e-5, c4.weight, c4.bias),
      running(c4.mean, means, 0.75),
      running(c4.variance, variances, 0.75),
      { shape: [4], data: means },
      { shape: [4], data: variances },
    ],
  },
  "neighbours, an even number": {
    op: "LRN",
    attributes: [whole("size", 2), real("alpha", 0.5), real("beta", 0.6), real("bias", 2)],
    inputs: [image],
    outputs: [localResponse(image, { size: 2, before: 0, alpha: 0.5, beta: 0.6, k: 2 })],
  },
  "mean and variance over the axes that are listed": {
    op: "MeanVarianceNormalization",
    attributes: [list("axes", [0, 2])],
    inputs: [rows],
    outputs: [standardised(rows, except(0, 2), 0)],
  },
  "attention with a projection, looking back": {
    op: "Attention",
    domain: "com.microsoft",
    attributes: [whole("num_heads", 2), whole("unidirectional", 1)],
    inputs: [q, packed, packedBias],
    constants: [1, 2],
    outputs: [ofHeads([0, 1, 2].map((i) => third(projected, i)), (_b, _h, i, j) => j <= i)],
  },
  "attention of projections with biases and a mask": {
    op: "MultiHeadAttention",
    domain: "com.microsoft",
    attributes: [whole("num_heads", 2)],
    inputs: [q, k, v, numbers(16, 14), seen],
    integers: [4],
    outputs: [ofHeads(biased, (b, _h, _i, j) => at(seen, [b, j]) !== 0)],
  },
  "attention of heads that share keys": {
    op: "Attention",
    opset: 23,
    attributes: [whole("is_causal", 1)],
    inputs: [
      numbers(27, 1, 4, 3, 2),
      numbers(28, 1, 2, 3, 2),
      numbers(29, 1, 2, 3, 5),
      flags([3, 3], [1, 0, 0, 0, 1, 1, 1, 1, 1]),
    ],
    integers: [3],
    outputs: [attention.attention(
      numbers(27, 1, 4, 3, 2),
      numbers(28, 1, 2, 3, 2),
      numbers(29, 1, 2, 3, 5),
      1 / Math.sqrt(2),
      (_b, _h, i, j) => j <= i && !(i === 1 && j === 0),
    )],
  },
};

/** A model of the node alone; weights of a projection are constants. */
function modelOf({ op, domain, opset, attributes, inputs, integers, constants, outputs }: Row): Uint8Array {
  const name = (i: number, value: unknown, prefix: string): string =>
    value === undefined ? "" : `${prefix}${i}`;
  const given = inputs.map((value, i) => name(i, value, "x"));
  const made = outputs.map((value, i) => name(i, value, "y"));
  return modelBytes({
    nodes: [nodeProto(op, given, made, { ...(domain ? { domain } : {}), attributes: attributes ?? [] })],
    inputs: inputs.flatMap((value, i) =>
      value === undefined || constants?.includes(i)
        ? []
        : [valueProto(`x${i}`, value.shape, integers?.includes(i) ? 9 : 1)]
    ),
    tensors: (constants ?? []).map((i) => {
      const { shape, data } = inputs[i]!;
      return tensorProto(`x${i}`, 1, shape, bytes(9, new Uint8Array(Float32Array.from(data).buffer)));
    }),
    outputs: made.filter((one) => one !== "").map((one) => valueProto(one)),
    opset: opset ?? 17,
    model: domain ? [bytes(8, [bytes(1, domain), int(2, 1)])] : [],
  });
}

async function check({ parties, protocol, fastPaths }: LayerBackend, row: Row): Promise<void> {
  const model = modelOf(row);
  const all = await runLocal({ parties, protocol, fastPaths }, async (mpc) => {
    const net = await nn.fromOnnx(mpc, mpc.rank === 0 ? model : undefined, { src: 0 });
    const fed = row.inputs.flatMap((value, i) => {
      if (value === undefined || row.constants?.includes(i)) return [];
      const scale = row.integers?.includes(i) ? 0 : mpc.fractionBits;
      const secret = mpc.encrypt(mpc.rank === 0 ? value : undefined, { src: 0, shape: value.shape, scale });
      return [[`x${i}`, secret] as const];
    });
    const results = Object.entries(net.run(Object.fromEntries(fed)));
    return Object.fromEntries(
      await Promise.all(results.map(async ([name, y]) => [name, await y.decrypt()] as const)),
    );
  });
  for (const found of all) row.outputs.forEach((want, i) => want && compare(found[`y${i}`]!, want));
}

function compare(got: Tensor, want: Values): void {
  assertEquals(got.shape, want.shape);
  want.data.forEach((value, i) => {
    const off = Math.abs(Number(got.data[i]) - value);
    // Norms are within 1e-4, and inputs are rounded to 2^-17 before.
    assert(off <= 3e-4 * (1 + Math.abs(value)), `${i} is ${got.data[i]}, ${value} is expected`);
  });
}

for (const [name, row] of Object.entries(cases)) {
  for (const backend of [PLAIN, TWO]) {
    Deno.test(`${row.op} of ${name}, ${backend.name}`, () => check(backend, row));
  }
}
