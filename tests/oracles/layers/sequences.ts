/**
 * What layers over sequences of the registry must compute.
 *
 * @module
 */
import { attention, merged, split, weightsOf } from "../attention.ts";
import { typed } from "./norms.ts";
import type { LayerOracle } from "./row.ts";
import { affine, standardised } from "../norms.ts";
import { run } from "../recurrent.ts";
import { at, build, type Values } from "../tensors.ts";

/** The first two axes exchanged. */
function turned(x: Values): Values {
  const [a, b, ...rest] = x.shape as [number, number, ...number[]];
  return build([b, a, ...rest], ([i, j, ...more]) => at(x, [j!, i!, ...more]));
}
const batched = (x: Values): Values => ({ shape: [x.shape[0]!, 1, ...x.shape.slice(1)], data: x.data });

interface Recurrent {
  readonly hiddenSize: number;
  readonly nonlinearity?: string;
  readonly batchFirst?: boolean;
}

const kindOf = (kind: string, { nonlinearity = "tanh" }: Recurrent): string =>
  kind === "RNN" ? nonlinearity : kind;

/** A recurrent layer: all hidden states, the last ones, and the memories of an LSTM. */
function recurrent(kind: string): LayerOracle {
  return {
    forward(use) {
      const { options, inputs: [x], weights } = typed<Recurrent>(use);
      const single = x!.shape.length === 2;
      const turns = options.batchFirst === true && !single;
      const { output, h, c } = run(
        kindOf(kind, options),
        weights,
        single ? batched(x!) : turns ? turned(x!) : x!,
        options.hiddenSize,
      );
      const all = [turns ? turned(output) : output, h, ...(c === undefined ? [] : [c])];
      return single ? all.map(({ shape, data }) => ({ shape: shape.toSpliced(1, 1), data })) : all;
    },
    // Stated: 2e-4 a step, with at most four steps in a row.
    error: () => 1e-3,
  };
}

/** One step. */
function cell(kind: string): LayerOracle {
  return {
    forward(use) {
      const { options, inputs: [x, h], weights } = typed<Recurrent>(use);
      const single = x!.shape.length === 1;
      const rows = (y: Values): Values => ({ shape: [1, ...(single ? [1] : []), ...y.shape], data: y.data });
      const named = Object.fromEntries(Object.entries(weights).map(([name, value]) => [`${name}_l0`, value]));
      const start = h === undefined ? {} : { h: rows(h) };
      const next = run(kindOf(kind, options), named, rows(x!), options.hiddenSize, start);
      const shape = [...x!.shape.slice(0, -1), options.hiddenSize];
      return [next.h, ...(next.c === undefined ? [] : [next.c])].map(({ data }) => ({ shape, data }));
    },
    error: () => 5e-4,
    relative: true,
    secretInputs: true,
  };
}

type Weights = Readonly<Record<string, Values>>;

/** The weights of a part. */
const within = (weights: Weights, name: string): Weights =>
  Object.fromEntries(
    Object.entries(weights).filter(([path]) => path.startsWith(`${name}.`))
      .map(([path, value]) => [path.slice(name.length + 1), value]),
  );

/** x·Wᵀ + b along the last axis, for rows `from` to `from + side` of the weight. */
function linear(
  x: Values,
  weight: Values,
  bias: Values | undefined,
  from = 0,
  side = weight.shape[0]!,
): Values {
  return build([...x.shape.slice(0, -1), side], (index) => {
    const row = from + index.at(-1)!;
    let sum = bias === undefined ? 0 : bias.data[row]!;
    for (let i = 0; i < weight.shape[1]!; i++) {
      sum += at(x, [...index.slice(0, -1), i]) * at(weight, [row, i]);
    }
    return sum;
  });
}

interface Heads {
  readonly numHeads: number;
  readonly batchFirst?: boolean | undefined;
  readonly addZeroAttn?: boolean | undefined;
}

/** [N, S, E] with a row more, [E]. */
const longer = (x: Values, row: readonly number[]): Values =>
  build(x.shape.with(1, x.shape[1]! + 1), ([n, s, e]) => s! < x.shape[1]! ? at(x, [n!, s!, e!]) : row[e!]!);

/** The result of attention by several heads, and the mean of the heads' weights. */
function multihead(
  inputs: readonly Values[],
  w: Weights,
  { numHeads, batchFirst, addZeroAttn }: Heads,
): Values[] {
  const single = inputs[0]!.shape.length === 2;
  const side = inputs[0]!.shape.at(-1)!;
  const laid = inputs.map((x) =>
    single ? { shape: [1, ...x.shape], data: x.data } : batchFirst === true ? x : turned(x)
  );
  const bias = w["in_proj_bias"];
  const [q, k, v] = laid.map((x, i) => {
    const all = w["in_proj_weight"];
    const own = all === undefined
      ? linear(x, w[`${"qkv"[i]}_proj_weight`]!, bias && { shape: [side], data: bias.data.slice(i * side) })
      : linear(x, all, bias, i * side, side);
    const added = i === 0 ? undefined : w[i === 1 ? "bias_k" : "bias_v"];
    const more = added === undefined ? own : longer(own, added.data);
    return split(
      i > 0 && addZeroAttn === true ? longer(more, new Array<number>(side).fill(0)) : more,
      numHeads,
    );
  });
  const scale = 1 / Math.sqrt(side / numHeads);
  const weights = weightsOf(q!, k!, scale);
  const [batch, , rows, columns] = weights.shape as [number, number, number, number];
  const mean = build([batch, rows, columns], ([n, i, j]) => {
    let sum = 0;
    for (let h = 0; h < numHeads; h++) sum += at(weights, [n!, h, i!, j!]);
    return sum / numHeads;
  });
  const y = linear(merged(attention(q!, k!, v!, scale)), w["out_proj.weight"]!, w["out_proj.bias"]);
  if (single) return [y, mean].map(({ shape, data }) => ({ shape: shape.slice(1), data }));
  return [batchFirst === true ? y : turned(y), mean];
}

interface Transformer {
  readonly nhead: number;
  readonly activation?: string;
  readonly normFirst?: boolean;
  readonly batchFirst?: boolean;
  readonly numLayers?: number;
  readonly layerNormEps?: number;
}

const plus = (x: Values, y: Values): Values => ({
  shape: x.shape,
  data: x.data.map((v, i) => v + y.data[i]!),
});
const norm = (x: Values, w: Weights, { layerNormEps = 1e-5 }: Transformer): Values =>
  affine(standardised(x, (index) => index.slice(0, -1).join(), layerNormEps), w["weight"], w["bias"]);

/** x·Phi(x), by Simpson's rule. */
function gelu(x: number): number {
  const [steps, h] = [200, x / 200];
  let sum = 0;
  for (let i = 0; i <= steps; i++) {
    sum += (i === 0 || i === steps ? 1 : i % 2 === 1 ? 4 : 2) * Math.exp(-((i * h) ** 2) / 2);
  }
  return x * (0.5 + sum * h / 3 / Math.sqrt(2 * Math.PI));
}

/** A layer of an encoder, or with a memory of a decoder. */
function transformerLayer(x: Values, memory: Values | undefined, w: Weights, options: Transformer): Values {
  const attend = (name: string, from: (y: Values) => Values) => (y: Values): Values => {
    const source = from(y);
    return multihead([y, source, source], within(w, name), { ...options, numHeads: options.nhead })[0]!;
  };
  const parts = [
    attend("self_attn", (y) => y),
    ...(memory === undefined ? [] : [attend("multihead_attn", () => memory)]),
    (y: Values): Values => {
      const hidden = linear(y, w["linear1.weight"]!, w["linear1.bias"]);
      const data = hidden.data.map((v) => options.activation === "gelu" ? gelu(v) : Math.max(0, v));
      return linear({ shape: hidden.shape, data }, w["linear2.weight"]!, w["linear2.bias"]);
    },
  ];
  return parts.reduce((y, part, i) => {
    const own = within(w, `norm${i + 1}`);
    return options.normFirst === true
      ? plus(y, part(norm(y, own, options)))
      : norm(plus(y, part(y)), own, options);
  }, x);
}

/** Layers one after the other. */
function transformer(layers: (options: Transformer) => readonly string[]): LayerOracle {
  return {
    forward(use) {
      const { inputs: [x, memory], weights, options } = typed<Transformer>(use);
      const last = layers(options).reduce(
        (y, name) => transformerLayer(y, memory, name === "" ? weights : within(weights, name), options),
        x!,
      );
      return weights["norm.weight"] === undefined ? last : norm(last, within(weights, "norm"), options);
    },
    // Each norm multiplies what its operand is off by three at most: 1/sqrt(0.1).
    error: () => 1e-3,
    relative: true,
    secretInputs: true,
  };
}

const one = transformer(() => [""]);
const several = transformer(({ numLayers = 1 }) =>
  Array.from({ length: numLayers }, (_, i) => `layers.${i}`)
);

/** Layers over sequences by name. */
export const sequenceLayers: Readonly<Record<string, LayerOracle>> = {
  RNN: recurrent("RNN"),
  LSTM: recurrent("LSTM"),
  GRU: recurrent("GRU"),
  RNNCell: cell("RNN"),
  LSTMCell: cell("LSTM"),
  GRUCell: cell("GRU"),
  MultiheadAttention: {
    forward: (use) => {
      const { inputs, weights, options } = typed<Heads>(use);
      return multihead(inputs, weights, options);
    },
    error: () => 1e-3,
    relative: true,
    secretInputs: true,
  },
  TransformerEncoderLayer: one,
  TransformerDecoderLayer: one,
  TransformerEncoder: several,
  TransformerDecoder: several,
};
