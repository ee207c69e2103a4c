/**
 * Holds layers of the registry to their oracles: with secret and public weights, in inference and in training.
 *
 * @module
 */
import {
  type CrypTensor,
  isEncryptedTensor,
  type nn,
  plain,
  runLocal,
  type Session,
  Tensor,
} from "../../mod.ts";
import { fc } from "../deps.ts";
import type { Backend } from "../ops/law.ts";
import type { LayerCase, LayerOracle, Results } from "../oracles/layers/row.ts";
import { quantise, sizeOf, type Values } from "../oracles/tensors.ts";

/** Values of a shape within a range, rounded to 16 fraction bits, with the edges of both. */
export function valuesWithin(shape: readonly number[], low: number, high: number): fc.Arbitrary<Values> {
  const ulp = 2 ** -16;
  const edges = [low, high, 0, ulp, -ulp, 1, -1].filter((x) => x >= low && x <= high);
  const value = fc.oneof(
    { weight: 4, arbitrary: fc.double({ min: low, max: high, noNaN: true }) },
    { weight: 1, arbitrary: fc.constantFrom(...edges) },
  ).map((x) => quantise(x, 16));
  return listOf(shape, value);
}

function listOf(shape: readonly number[], value: fc.Arbitrary<number>): fc.Arbitrary<Values> {
  const length = sizeOf(shape);
  return fc.array(value, { minLength: length, maxLength: length }).map((data) => ({
    shape: [...shape],
    data,
  }));
}

function inputOf({ shape, low = -4, high = 4, integers, values }: nn.LayerInput): fc.Arbitrary<Values> {
  if (values !== undefined) return listOf(shape, fc.constantFrom(...values));
  return integers === true
    ? listOf(shape, fc.integer({ min: low, max: high }))
    : valuesWithin(shape, low, high);
}

/** Weights and statistics of a layer: large ones, or all below 1/2, for which public products have a way of their own. */
export function stateOf(
  module: nn.AnyModule,
  ranges: LayerOracle["ranges"] = {},
): fc.Arbitrary<Record<string, Values>> {
  return fc.constantFrom(1, 0.4).chain((limit) =>
    fc.record(Object.fromEntries(
      Object.entries(module.stateDict()).map(([path, { shape }]) => {
        const [low, high] = ranges[path] ?? [-limit, limit];
        return [path, valuesWithin(shape, low, high)];
      }),
    ))
  );
}

/** A layer, and what it is fed. */
export interface LayerUse {
  /** Makes it; each party makes its own. */
  make(): nn.AnyModule;
  /** What it must compute. */
  readonly oracle: LayerOracle;
  /** Its options. */
  readonly options: nn.LayerOptions;
  /** Its inputs. */
  readonly inputs: readonly Values[];
  /** Which inputs are integers, without fraction bits. */
  readonly integers: readonly boolean[];
  /** Its weights and statistics. */
  readonly weights: Readonly<Record<string, Values>>;
}

/** An example of the registry with random inputs and weights. */
export function uses(
  entry: nn.LayerEntry,
  oracle: LayerOracle,
  { options, inputs }: nn.LayerExample,
): fc.Arbitrary<LayerUse> {
  return fc.record({
    make: fc.constant(() => entry.make(options)),
    oracle: fc.constant(oracle),
    options: fc.constant(options),
    inputs: fc.tuple(...inputs.map(inputOf)),
    integers: fc.constant(inputs.map(({ integers }) => integers === true)),
    weights: stateOf(entry.make(options), oracle.ranges),
  });
}

/** Who knows what, and what it is done for. */
export interface Mode {
  readonly publicWeights: boolean;
  readonly training: boolean;
}

/** Without weights and second inputs nothing can be public. A layer to which training is the same is trained once. */
function modes({ weights, inputs, oracle }: LayerUse): Mode[] {
  const visibilities = inputs.length + Object.keys(weights).length > 1 ? [false, true] : [false];
  const trains = [oracle.training, oracle.drops, oracle.state].some((rule) => rule !== undefined);
  return visibilities.flatMap((publicWeights) =>
    (publicWeights && !trains ? [false] : [false, true]).map((training) => ({ publicWeights, training }))
  );
}

/** What a layer gave: its results, and its weights and statistics afterwards. */
interface Found {
  readonly results: readonly Tensor[];
  readonly state: Readonly<Record<string, Tensor>>;
}

const plainOf = ({ shape, data }: Values): Tensor => new Tensor(shape, Float64Array.from(data));

const tensorsOf = (result: unknown): CrypTensor[] =>
  isEncryptedTensor(result) ? [result] : Object.values(result as object).filter(isEncryptedTensor);

async function run(mpc: Session, use: LayerUse, { publicWeights, training }: Mode): Promise<Found> {
  const last = mpc.parties - 1;
  const layer = use.make().train(training) as unknown as nn.Module<readonly unknown[], unknown>;
  layer.loadStateDict(use.weights);
  if (!publicWeights) layer.encrypt(mpc, { src: 0 });
  // Statistics that a layer replaces are not its own to dispose.
  const given = Object.values(layer.stateDict());
  const inputs = use.inputs.map((value, i) => {
    if (publicWeights && i > 0 && use.oracle.secretInputs !== true) return plainOf(value);
    const scale = use.integers[i] ? 0 : mpc.fractionBits;
    const src = i % 2 === 0 ? last : 0;
    return mpc.encrypt(mpc.rank === src ? value : undefined, { src, shape: value.shape, scale });
  });
  const outputs = tensorsOf(layer.forward(...inputs));
  const [results, state] = await Promise.all([
    Promise.all(outputs.map(async (y) => {
      const opened = await y.decrypt();
      if (opened.shape.join() === y.shape.join()) return opened;
      throw new Error(`a result claims shape [${y.shape}], [${opened.shape}] was decrypted`);
    })),
    opened(layer.stateDict()),
  ]);
  layer.dispose();
  for (const tensor of [...outputs, ...inputs, ...given]) if (isEncryptedTensor(tensor)) tensor.dispose();
  return { results, state };
}

async function opened(state: nn.StateDict): Promise<Record<string, Tensor>> {
  const entries = Object.entries(state).map(async ([path, value]) =>
    [path, isEncryptedTensor(value) ? await value.decrypt() : value] as const
  );
  return Object.fromEntries(await Promise.all(entries));
}

/** Compares all elements with their expected values; both ends of the error are included. */
export function compare(got: Tensor, want: Values, error: number, where: string, relative = false): void {
  if (got.shape.join() !== want.shape.join()) {
    throw new Error(`${where}: the shape is [${got.shape}], [${want.shape}] is expected`);
  }
  want.data.forEach((x, i) => {
    const y = Number(got.data[i]);
    // The expected number is itself rounded, once.
    const most = error * (relative ? 1 + Math.abs(x) : 1) + Math.abs(x) * 2 ** -50;
    if (Math.abs(y - x) <= most) return;
    throw new Error(
      `${where}: element ${i} of [${want.shape}] is ${y}, ${x} is expected, an error of ${error} is stated`,
    );
  });
}

const listed = (results: Results): readonly Values[] => "data" in results ? [results] : results;

function judge(use: LayerUse, mode: Mode, found: Found, where: string): void {
  const { oracle, options, inputs, weights } = use;
  const c: LayerCase = { options, inputs, weights, publicWeights: mode.publicWeights };
  const error = oracle.error(c);
  if (mode.training && oracle.drops !== undefined) {
    const [x] = inputs;
    found.results[0]!.data.forEach((y, i) => {
      if (oracle.drops!(c, x!.data[i]!, Number(y))) return;
      throw new Error(`${where}: element ${i} is ${y}, which does not come of ${x!.data[i]}`);
    });
  } else {
    const want = listed((mode.training ? oracle.training : undefined)?.(c) ?? oracle.forward(c));
    if (found.results.length !== want.length) {
      throw new Error(`${where}: ${found.results.length} results, ${want.length} are expected`);
    }
    want.forEach((values, i) =>
      compare(found.results[i]!, values, error, `${where}, result ${i}`, oracle.relative)
    );
  }
  const after = (mode.training ? oracle.state?.(c) : undefined) ?? {};
  for (const [path, before] of Object.entries(weights)) {
    const changed = after[path];
    const most = changed ? error : 0;
    compare(found.state[path]!, changed ?? before, most, `${where}, ${path} afterwards`, oracle.relative);
  }
}

/** Runs layers in one session in every mode, and holds every party's results to the oracle. */
export async function obeyLayer(backend: Backend, all: readonly LayerUse[]): Promise<void> {
  const { name, ...options } = backend;
  const parties = await runLocal(
    options,
    (mpc) => Promise.all(all.flatMap((use) => modes(use).map((mode) => run(mpc, use, mode)))),
  );
  parties.forEach((found, rank) => {
    let next = 0;
    for (const use of all) {
      for (const mode of modes(use)) {
        const weights = mode.publicWeights ? "public" : "secret";
        const purpose = mode.training ? "training" : "inference";
        judge(use, mode, found[next++]!, `${name}, party ${rank}, ${weights} weights, ${purpose}`);
      }
    }
  });
}

/** Blocks of memory in use after each of some runs of a layer, when all that it was given and gave is disposed. */
export async function blocksAfter(times: number, use: LayerUse, mode: Mode): Promise<readonly number[]> {
  const [blocks] = await runLocal({ parties: 1, protocol: plain() }, async (mpc) => {
    const found: number[] = [];
    for (let i = 0; i < times; i++) {
      await run(mpc, use, mode);
      await mpc.settle();
      found.push(mpc.context.shared.env.heap.liveBlocks);
    }
    return found;
  });
  return blocks;
}
