/**
 * What norms and tables of the registry must compute.
 *
 * @module
 */
import {
  affine,
  byRootMeanSquare,
  type GroupOf,
  localResponse,
  normError,
  perChannel,
  standardised,
  statistics,
} from "../norms.ts";
import { type LayerCase, type LayerOracle, ULP } from "./row.ts";
import { at, build, type Values } from "../tensors.ts";

/** A layer in use, with typed options. */
export type Use<O> = LayerCase<O>;

/** A layer in use whose options are known to be these. */
export const typed = <O>(use: LayerCase): Use<O> => use as unknown as Use<O>;

const largest = (x: Values | undefined): number => Math.max(1, ...(x?.data ?? []).map(Math.abs));

/** A row with typed options. */
function row<O>(spec: {
  forward(use: Use<O>): Values;
  error(use: Use<O>, result: Values): number;
  training?: (use: Use<O>) => Values;
  state?: (use: Use<O>) => Readonly<Record<string, Values>>;
  ranges?: LayerOracle["ranges"];
}): LayerOracle {
  const { forward, error, ...rest } = spec;
  return {
    ...rest as Omit<LayerOracle, "forward" | "error">,
    relative: true,
    forward: (use) => forward(use as Use<O>),
    error: (use) => error(use as Use<O>, forward(use as Use<O>)),
  };
}

interface Running {
  readonly eps?: number;
  readonly momentum?: number | null;
  readonly affine?: boolean;
  readonly trackRunningStats?: boolean;
}

/** A norm of channels of [N, C, …], whose groups may be the samples too. */
function running(rankOf: (options: Running) => number, bySample: boolean): LayerOracle {
  const laid = ({ inputs: [x], options }: Use<Running>): Values =>
    x!.shape.length < rankOf(options) ? { shape: [1, ...x!.shape], data: x!.data } : x!;
  const groupOf: GroupOf = ([n, c]) => bySample ? `${n} ${c}` : `${c}`;
  const finished = (use: Use<Running>, y: Values): Values => {
    const [weight, bias] = [use.weights["weight"], use.weights["bias"]];
    const rank = y.shape.length;
    const done = affine(y, weight && perChannel(weight, rank), bias && perChannel(bias, rank));
    return { shape: use.inputs[0]!.shape, data: done.data };
  };
  const byOwn = (use: Use<Running>): Values =>
    finished(use, standardised(laid(use), groupOf, use.options.eps ?? 1e-5));
  const byRunning = (use: Use<Running>): Values => {
    const { running_mean: mean, running_var: variance } = use.weights;
    const x = laid(use);
    return finished(
      use,
      build(x.shape, (index) => {
        const c = index[1]!;
        return (at(x, index) - mean!.data[c]!) / Math.sqrt(variance!.data[c]! + (use.options.eps ?? 1e-5));
      }),
    );
  };
  const state = (use: Use<Running>): Record<string, Values> => {
    const { running_mean: mean, running_var: variance, num_batches_tracked: count } = use.weights;
    if (mean === undefined) return {};
    const { momentum = 0.1 } = use.options;
    const part = momentum ?? 1 / (count!.data[0]! + 1);
    const found = [...statistics(laid(use), groupOf)];
    const moved = (
      old: Values,
      own: (group: { mean: number; variance: number; count: number }) => number,
    ): Values =>
      build(old.shape, ([c]) => {
        const groups = found.filter(([name]) => `${name}`.split(" ").at(-1) === `${c}`);
        const mean = groups.reduce((sum, [, group]) => sum + own(group), 0) / groups.length;
        return (1 - part) * old.data[c!]! + part * mean;
      });
    return {
      running_mean: moved(mean, (group) => group.mean),
      running_var: moved(variance!, (group) => group.variance * group.count / (group.count - 1)),
      ...(bySample ? {} : { num_batches_tracked: { shape: [], data: [count!.data[0]! + 1] } }),
    };
  };
  return row<Running>({
    forward: (use) => use.weights["running_mean"] === undefined ? byOwn(use) : byRunning(use),
    training: byOwn,
    state,
    error(use, result) {
      const own = normError(laid(use), groupOf, use.options.eps ?? 1e-5) * largest(use.weights["weight"]);
      // A part of a step of up to 30, and the rounding of the part.
      return Math.max(own, 5e-5 * largest(result)) + (use.options.momentum === null ? 60 * ULP : 4 * ULP);
    },
    ranges: { running_var: [0.2, 2], num_batches_tracked: [1, 50] },
  });
}

interface Sides {
  readonly normalizedShape: number | readonly number[];
  readonly eps?: number;
}

/** Elements of the last axes belong together. */
const leading = ({ options, inputs: [x] }: Use<Sides>): GroupOf => {
  const sides = [options.normalizedShape].flat().length;
  return (index) => index.slice(0, x!.shape.length - sides).join();
};

interface Groups {
  readonly numGroups: number;
  readonly numChannels: number;
  readonly eps?: number;
}

const group = ({ options: { numGroups, numChannels } }: Use<Groups>): GroupOf => ([n, c]) =>
  `${n} ${Math.floor(c! * numGroups / numChannels)}`;

interface Neighbours {
  readonly size: number;
  readonly alpha?: number;
  readonly beta?: number;
  readonly k?: number;
}

/** Norms by name. */
export const normLayers: Readonly<Record<string, LayerOracle>> = {
  BatchNorm1d: running(() => 0, false),
  BatchNorm2d: running(() => 0, false),
  BatchNorm3d: running(() => 0, false),
  InstanceNorm1d: running(() => 3, true),
  InstanceNorm2d: running(() => 4, true),
  InstanceNorm3d: running(() => 5, true),
  LayerNorm: row<Sides>({
    forward: (use) =>
      affine(
        standardised(use.inputs[0]!, leading(use), use.options.eps ?? 1e-5),
        use.weights["weight"],
        use.weights["bias"],
      ),
    error: (use) =>
      normError(use.inputs[0]!, leading(use), use.options.eps ?? 1e-5) * largest(use.weights["weight"]) +
      2 * ULP,
  }),
  RMSNorm: row<Sides>({
    forward: (use) =>
      affine(
        byRootMeanSquare(use.inputs[0]!, leading(use), use.options.eps ?? 2 ** -23),
        use.weights["weight"],
        undefined,
      ),
    // Nothing is subtracted: what is near 0 is exact.
    error: (_, result) => 1e-4 * largest(result),
  }),
  GroupNorm: row<Groups>({
    forward(use) {
      const [x] = use.inputs;
      const [weight, bias] = ["weight", "bias"].map((name) => {
        const values = use.weights[name];
        return values && perChannel(values, x!.shape.length);
      });
      return affine(standardised(x!, group(use), use.options.eps ?? 1e-5), weight, bias);
    },
    error: (use) =>
      normError(use.inputs[0]!, group(use), use.options.eps ?? 1e-5) * largest(use.weights["weight"]) +
      2 * ULP,
  }),
  LocalResponseNorm: row<Neighbours>({
    forward: ({ inputs: [x], options: { size, alpha = 1e-4, beta = 0.75, k = 1 } }) =>
      localResponse(x!, { size, before: size >> 1, alpha, beta, k }),
    error: (_, result) => 1e-4 * largest(result),
  }),
};

interface Bag {
  readonly mode?: "sum" | "mean" | "max";
  readonly paddingIdx?: number;
}

/** Tables by name. */
export const tableLayers: Readonly<Record<string, LayerOracle>> = {
  Embedding: row({
    forward: ({ inputs: [x], weights: { weight } }) =>
      build(
        [...x!.shape, weight!.shape[1]!],
        (index) => at(weight!, [at(x!, index.slice(0, -1)), index.at(-1)!]),
      ),
    error: () => ULP,
  }),
  EmbeddingBag: row<Bag>({
    forward: ({ inputs: [x], weights: { weight }, options: { mode = "mean", paddingIdx } }) =>
      build([x!.shape[0]!, weight!.shape[1]!], ([bag, e]) => {
        const indices = Array.from({ length: x!.shape[1]! }, (_, i) => at(x!, [bag!, i]));
        const rows = indices.filter((i) => i !== paddingIdx).map((i) => at(weight!, [i, e!]));
        if (mode === "max") return Math.max(...rows);
        const sum = rows.reduce((a, b) => a + b, 0);
        return mode === "sum" ? sum : sum / Math.max(1, rows.length);
      }),
    error: () => 4 * ULP,
  }),
};
