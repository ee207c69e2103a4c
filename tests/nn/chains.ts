/**
 * Random chains of layers with shapes that fit, and what they must compute: the oracles of their layers, one after the other.
 *
 * @module
 */
import { nn } from "../../mod.ts";
import { fc } from "../deps.ts";
import { oracles } from "../oracles/layers.ts";
import { ULP } from "../oracles/layers/row.ts";
import { quantise, sizeOf, type Values } from "../oracles/tensors.ts";
import { stateOf, valuesWithin } from "./layer_law.ts";

/** One layer of a chain. */
interface Link {
  readonly name: string;
  readonly options: nn.LayerOptions;
}

/** A chain of layers, its weights, and what it is fed. */
export interface Chain {
  /** The layers. */
  readonly links: readonly Link[];
  /** Whether the first two layers are a chain of their own. */
  readonly nested: boolean;
  /** Weights by path. */
  readonly weights: Readonly<Record<string, Values>>;
  /** Input. */
  readonly input: Values;
}

/** Layers of any shape. */
const anywhere: readonly Link[] = [
  "ReLU",
  "LeakyReLU",
  "PReLU",
  "Hardtanh",
  "GELU",
  "SiLU",
  "Sigmoid",
  "Tanh",
  "Softplus",
  "Dropout",
].map((name) => ({ name, options: {} }));

/** Layers that fit a shape. */
function candidates(shape: readonly number[]): readonly Link[] {
  if (shape.length === 2) {
    const linear = [1, 3].map((outFeatures) => ({
      name: "Linear",
      options: { inFeatures: shape[1]!, outFeatures },
    }));
    return [...linear, ...linear, { name: "Softmax", options: {} }, ...anywhere];
  }
  const [, channels, ...sides] = shape as [number, number, number, number];
  const least = Math.min(...sides);
  const conv = (kernelSize: number, padding: number): Link => ({
    name: "Conv2d",
    options: { inChannels: channels, outChannels: 2, kernelSize, padding },
  });
  const small = sizeOf(shape) <= 32 ? [{ name: "Upsample", options: { scaleFactor: 2 } }] : [];
  const large = least < 2 ? [] : [
    conv(2, 0),
    { name: "AvgPool2d", options: { kernelSize: 2 } },
    { name: "MaxPool2d", options: { kernelSize: 2 } },
    { name: "ReflectionPad2d", options: { padding: [1, 0, 0, 1] } },
  ];
  return [conv(3, 1), ...large, ...small, { name: "Flatten", options: {} }, ...anywhere];
}

/** The shape that a layer gives, by its oracle on zeros. */
function outputShape({ name, options }: Link, shape: readonly number[]): readonly number[] {
  const state = Object.entries(nn.layers[name]!.make(options).stateDict()).map(([path, value]) =>
    [path, zeros(value.shape)] as const
  );
  return forward({ name, options }, zeros(shape), Object.fromEntries(state)).shape;
}

const zeros = (shape: readonly number[]): Values => ({
  shape,
  data: new Array<number>(sizeOf(shape)).fill(0),
});

function forward({ name, options }: Link, x: Values, weights: Readonly<Record<string, Values>>): Values {
  return oracles[name]!.forward({ options, inputs: [x], weights, publicWeights: false }) as Values;
}

/** The model of a chain; each party makes its own. */
export function modelOf({ links, nested }: Pick<Chain, "links" | "nested">): nn.Sequential {
  const made = links.map(({ name, options }) => nn.layers[name]!.make(options) as unknown as nn.Module);
  if (!nested) return new nn.Sequential(made);
  const tail = made.slice(2).map((layer, i) => [`tail${i}`, layer] as const);
  return new nn.Sequential({ head: new nn.Sequential(made.slice(0, 2)), ...Object.fromEntries(tail) });
}

/** The path of each layer of a chain. */
export function pathsOf({ links, nested }: Pick<Chain, "links" | "nested">): string[] {
  return links.map((_, i) => !nested ? `${i}` : i < 2 ? `head.${i}` : `tail${i - 2}`);
}

/** Chains of two to four layers. */
export function chains(): fc.Arbitrary<Chain> {
  return fc.record({
    shape: fc.oneof(fc.constant([2, 6]), fc.constant([1, 2, 4, 4]), fc.constant([2, 1, 3, 4])),
    picks: fc.array(fc.nat(1000), { minLength: 2, maxLength: 4 }),
    nested: fc.boolean(),
  }).chain(({ shape, picks, nested }) => {
    let current: readonly number[] = shape;
    const links = picks.map((pick) => {
      const fitting = candidates(current);
      const link = fitting[pick % fitting.length]!;
      current = outputShape(link, current);
      return link;
    });
    return fc.record({
      links: fc.constant(links),
      nested: fc.constant(nested),
      weights: stateOf(modelOf({ links, nested })),
      input: valuesWithin(shape, -2, 2),
    });
  });
}

/** How much a layer can enlarge the largest error of its input. */
function slope(name: string, weights: Readonly<Record<string, Values>>): number {
  const weight = weights["weight"];
  const sum = (xs: readonly number[]): number => xs.reduce((total, x) => total + Math.abs(x), 0);
  switch (name) {
    case "Linear":
    case "Conv2d": {
      const each = weight!.data.length / weight!.shape[0]!;
      return Math.max(
        ...Array.from(
          { length: weight!.shape[0]! },
          (_, i) => sum(weight!.data.slice(i * each, (i + 1) * each)),
        ),
      );
    }
    case "PReLU":
      return Math.max(1, ...weight!.data.map(Math.abs));
    case "GELU":
    case "SiLU":
      // Their derivatives are at most 1.13 and 1.1.
      return 1.2;
    default:
      return 1;
  }
}

/** What a chain must compute in inference, and the error that those of its layers add up to. */
export function expectedOf(chain: Chain, publicWeights: boolean): { values: Values; error: number } {
  const paths = pathsOf(chain);
  let values = chain.input;
  let error = 0;
  for (const [i, link] of chain.links.entries()) {
    const prefix = `${paths[i]}.`;
    const weights = Object.fromEntries(
      Object.entries(chain.weights).filter(([path]) => path.startsWith(prefix))
        .map(([path, value]) => [path.slice(prefix.length), value]),
    );
    // Oracles take numbers of 16 fraction bits: half a unit more.
    const input = { shape: values.shape, data: values.data.map((x) => quantise(x, 16)) };
    const own = oracles[link.name]!.error({ options: link.options, inputs: [input], weights, publicWeights });
    values = forward(link, input, weights);
    error = slope(link.name, weights) * (error + ULP / 2) + own;
  }
  // A layer's error may grow with its input, which is itself off; and the result is rounded when it is opened.
  return { values, error: error * 1.01 + ULP };
}
