/**
 * ONNX operators of recurrent networks.
 *
 * @module
 */
import { isTensor } from "../../../ops/op.ts";
import type { Tensor } from "../../../ops/plaintext.ts";
import type { CrypTensor } from "../../../ops/tensor.ts";
import { Derived, type Factor, factorOf } from "../../derived.ts";
import { checkLengths, GATES, type LaidWeights, layWeights, recur } from "../../layers/recurrence.ts";
import type { Activation, RecurrentKind } from "../../layers/recurrent_steps.ts";
import { Module, type Parameter } from "../../module.ts";
import { part } from "../../parameters.ts";
import { flag, integers, nodeName, number, numbers, text, texts, unsupported } from "../attributes.ts";
import { entry } from "../entry.ts";
import type { Binding, Env, Lowered, Operands, OperatorTable, Value } from "../operator.ts";

/** A function by its numbers alpha and beta, of which it may have none. */
interface ActivationForm {
  /** First values of alpha and beta. */
  readonly numbers: readonly number[];
  /** The function. */
  of(alpha: number, beta: number): Activation;
}

/** Activation functions by name. */
const ACTIVATIONS: Readonly<Record<string, ActivationForm>> = {
  affine: { numbers: [1, 0], of: (a, b) => (x) => x.mul(a).add(b) },
  elu: { numbers: [1], of: (a) => (x) => x.elu(a) },
  hardsigmoid: { numbers: [0.2, 0.5], of: (a, b) => (x) => x.mul(a).add(b).clamp(0, 1) },
  leakyrelu: { numbers: [0.01], of: (a) => (x) => x.leakyRelu(a) },
  relu: { numbers: [], of: () => (x) => x.relu() },
  scaledtanh: { numbers: [1, 1], of: (a, b) => (x) => x.mul(b).tanh().mul(a) },
  sigmoid: { numbers: [], of: () => (x) => x.sigmoid() },
  softplus: { numbers: [], of: () => (x) => x.softplus() },
  softsign: { numbers: [], of: () => (x) => x.div(x.abs().add(1), { positive: true }) },
  tanh: { numbers: [], of: () => (x) => x.tanh() },
  thresholdedrelu: { numbers: [1], of: (a) => (x) => x.mul(x.ge(a)) },
};

const DEFAULTS: Readonly<Record<RecurrentKind, readonly string[]>> = {
  RNN: ["Tanh"],
  LSTM: ["Sigmoid", "Tanh", "Tanh"],
  GRU: ["Sigmoid", "Tanh"],
};

/** The functions of each direction. Those that are the same are one object, so that directions share calls. */
function activationsOf(b: Binding, kind: RecurrentKind, directions: number): Activation[][] {
  const usual = DEFAULTS[kind];
  const names = texts(b, "activations") ?? new Array<readonly string[]>(directions).fill(usual).flat();
  if (names.length !== directions * usual.length) {
    unsupported(b, `it has ${names.length} activation functions for ${directions} directions`);
  }
  // Each function takes the next numbers of the lists, if it has any.
  const lists = ["activation_alpha", "activation_beta"].map((name) => [...numbers(b, name) ?? []]);
  const made = new Map<string, Activation>();
  const all = names.map((name) => {
    const form = entry(ACTIVATIONS, name.toLowerCase()) ??
      unsupported(b, `its activation function is ${name}`);
    const [alpha = 0, beta = 0] = form.numbers.map((first, i) => lists[i]!.shift() ?? first);
    const key = `${name} ${alpha} ${beta}`;
    if (!made.has(key)) made.set(key, form.of(alpha, beta));
    return made.get(key)!;
  });
  return Array.from({ length: directions }, (_, d) => all.slice(d * usual.length, (d + 1) * usual.length));
}

const DIRECTIONS: Readonly<Record<string, readonly boolean[]>> = {
  forward: [false],
  reverse: [true],
  bidirectional: [false, true],
};

/** The weights among the operands, as products take them. */
function laid(
  kind: RecurrentKind,
  resetFirst: boolean,
  factor: (weight: Parameter) => Factor,
  [w, r, b, p]: readonly (Parameter | undefined)[],
): LaidWeights {
  const width = w!.shape[1]!;
  const raw = {
    input: w!,
    hidden: r!,
    inputBias: b && part(b, 1, 0, width),
    hiddenBias: b && part(b, 1, width, width),
    peepholes: p,
  };
  return layWeights(kind, raw, factor, resetFirst);
}

/** A recurrent network of a graph, with weights that stay. */
class RecurrentNode extends Module<readonly [Operands, Env], readonly Value[]> {
  /** Kind of layer. */
  readonly kind: RecurrentKind;
  readonly #run: (operands: Operands, env: Env) => readonly Value[];
  readonly #laid: Derived<LaidWeights>;
  /** A network of the weights of a node that are there. */
  constructor(kind: RecurrentKind, b: Binding, places: readonly number[]) {
    super();
    this.kind = kind;
    const form = formOf(b, kind);
    this.#laid = new Derived((...weights) => laid(kind, form.resetFirst, factorOf, weights));
    const names = ["W", "R", "B", "P"];
    for (const [i, place] of places.entries()) {
      const weight = b.weight(place);
      if (weight !== undefined) this.parameters.set(names[i]!, weight);
    }
    const stay = places.every((place) =>
      b.weight(place) !== undefined || (b.node.inputs[place] ?? "") === ""
    );
    this.#run = (operands, env) => {
      const weights = places.map((place) => operands[place]);
      // Weights that are computed in the graph have no masks that stay.
      const factors = stay
        ? this.#laid.of(...weights)
        : laid(kind, form.resetFirst, (weight) => weight, weights);
      return form.run(operands, env, factors);
    };
  }
  /** The results of the node. */
  override forward(operands: Operands, env: Env): readonly Value[] {
    return this.#run(operands, env);
  }
  /** Returns the memory of the weights. */
  override dispose(): void {
    super.dispose();
    this.#laid.dispose();
  }
  /** Sizes. */
  override get summary(): string {
    const [directions, width, inputs] = this.parameters.get("W")?.shape ?? [];
    if (width === undefined) return "";
    return `${inputs} -> ${width / GATES[this.kind]}${directions === 2 ? ", both directions" : ""}`;
  }
}

/** How a node runs, without its weights. */
interface Form {
  /** Whether a GRU resets its state before the product. */
  readonly resetFirst: boolean;
  run(operands: Operands, env: Env, weights: LaidWeights): readonly Value[];
}

function formOf(b: Binding, kind: RecurrentKind): Form {
  const direction = text(b, "direction", "forward");
  const reversed = entry(DIRECTIONS, direction) ?? unsupported(b, `its direction is "${direction}"`);
  const clip = number(b, "clip", Infinity);
  const fixed = {
    reversed,
    activations: activationsOf(b, kind, reversed.length),
    clip: Number.isFinite(clip) ? clip : undefined,
    inputForget: flag(b, "input_forget"),
  };
  const batchFirst = flag(b, "layout");
  return {
    resetFirst: !flag(b, "linear_before_reset"),
    run(operands, env, weights) {
      const given = env.secret(operands[0]!);
      const x = batchFirst ? given.transpose(0, 1) : given;
      const lengths = lengthsOf(b, operands, x);
      const state = (index: number): CrypTensor | undefined => {
        const value = operands[index];
        // The product of a state that is known to be zero is none.
        if (value === undefined || (!isTensor(value) && isZero(value))) return undefined;
        return batchFirst ? env.secret(value).transpose(0, 1) : env.secret(value);
      };
      const start = { h: state(5), c: kind === "LSTM" ? state(6) : undefined };
      const { output, h, c } = recur(kind, x, weights, start, { ...fixed, lengths });
      const turn = (y: CrypTensor): CrypTensor => batchFirst ? y.transpose(0, 1) : y;
      const results = [batchFirst ? output.permute([2, 0, 1, 3]) : output, turn(h)];
      return c === undefined ? results : [...results, turn(c)];
    },
  };
}

const isZero = ({ data }: Tensor): boolean => data.every((v: number | bigint) => Number(v) === 0);

function lengthsOf(b: Binding, operands: Operands, x: CrypTensor): readonly number[] | undefined {
  const lengths = integers(b, operands, 4, "sequence_lens");
  if (lengths === undefined || lengths.every((n) => n === x.shape[0])) return undefined;
  checkLengths(lengths, x.shape[1]!, x.shape[0]!);
  return lengths;
}

function recurrent(kind: RecurrentKind): (b: Binding) => Lowered {
  return (b) => {
    const size = number(b, "hidden_size", 0);
    const width = b.weight(1)?.shape[1];
    if (size > 0 && width !== undefined && width !== GATES[kind] * size) {
      throw new RangeError(
        `Cannot compute ${nodeName(b)}: its weights have ${width} rows, ${GATES[kind] * size} are wanted`,
      );
    }
    const layer = new RecurrentNode(kind, b, kind === "LSTM" ? [1, 2, 3, 7] : [1, 2, 3]);
    return { layer, run: (operands, env) => layer.forward(operands, env) };
  };
}

/** Operators of recurrent networks. */
export const recurrentOperators: OperatorTable = {
  GRU: [{ since: 1, lower: recurrent("GRU") }],
  LSTM: [{ since: 1, lower: recurrent("LSTM") }],
  RNN: [{ since: 1, lower: recurrent("RNN") }],
};
