/**
 * What every party of an inference runs: party 0 has the model and alone reads its file, the last party has the inputs and alone
 * learns the outputs.
 *
 * @module
 */
import { type CrypTensor, nn, type Session, type Tensor } from "../../mod.ts";
import * as wire from "../../nn/onnx/wire.ts";
import { type Input, isRealType, matchInputs, readInput } from "./inputs.ts";
import { type LayerTime, LayerTimes } from "./layer_times.ts";
import { aboutModel, readModelFile } from "./model_file.ts";
import { stored } from "./outputs.ts";

/** What is to be computed: plain data. */
export interface InferenceArgs {
  /** Path of the model. */
  readonly model: string;
  /** Files by names or indices of the inputs. */
  readonly inputs: Readonly<Record<string, string>>;
  /** The party that shows at the terminal which layers are done, if any. */
  readonly progress: number | undefined;
}

/** What a party saw of it. */
export interface PartyReport {
  /** The outputs by name, as they are stored; of the last party only. */
  readonly outputs: Readonly<Record<string, Tensor>>;
  /** Names of the inputs that were public. */
  readonly open: readonly string[];
  /** Layers, in the order in which they were done. */
  readonly layers: readonly LayerTime[];
  /** Figures of the inference, without loading the model. */
  readonly stats: Session["stats"];
  /** Seconds to load the model and the inputs. */
  readonly loading: number;
  /** Seconds of the inference, to the outputs. */
  readonly seconds: number;
}

/** What everyone knows of an input. */
interface Fact {
  readonly shape: readonly number[];
  readonly real: boolean;
  /** Its value, if it is structure. */
  readonly open: Tensor | undefined;
}

function factOf({ value, real }: Input, open: boolean): unknown {
  return { shape: [...value.shape], real, ...(open ? { open: wire.writeTensor(value) } : {}) };
}

function readFact(x: unknown): Fact {
  const { shape, real, open } = x as Record<string, unknown>;
  return {
    shape: wire.readShape(shape),
    real: real === true,
    open: open === undefined ? undefined : wire.readTensor(open),
  };
}

async function load(mpc: Session, path: string): Promise<nn.Graph> {
  try {
    const file = mpc.rank === 0 ? await readModelFile(path) : undefined;
    return await nn.fromOnnx(mpc, file?.bytes, { src: 0, ...file && { external: file.external } });
  } catch (error) {
    throw aboutModel(path, error);
  }
}

/** Shares the inputs; those that are structure everyone gets to know. */
async function feed(
  mpc: Session,
  graph: nn.Graph,
  files: InferenceArgs["inputs"],
): Promise<Record<string, CrypTensor | Tensor>> {
  const src = mpc.parties - 1;
  const own = new Map<string, Input>();
  if (mpc.rank === src) {
    const matched = matchInputs(files, graph.inputs);
    for (const declared of graph.inputs) {
      own.set(declared.name, await readInput(declared, matched.get(declared.name)!));
    }
  }
  const announced = await mpc.announce(
    Object.fromEntries(
      [...own].map(([name, input]) => [name, factOf(input, graph.structural.includes(name))]),
    ),
    { src },
  );
  const facts = wire.readRecord(announced, "the list of inputs", readFact);
  return Object.fromEntries(
    Object.entries(facts).map(([name, { shape, real, open }]) => {
      if (open !== undefined) return [name, open];
      const input = own.get(name);
      try {
        return [name, mpc.encrypt(input?.value, { src, shape, scale: real ? mpc.fractionBits : 0 })];
      } catch (error) {
        if (input === undefined || !(error instanceof RangeError)) throw error;
        const why = error.message.replace(/^Cannot encode /, "").replace(
          "it is not a number",
          "it is NaN, or no number",
        );
        throw new RangeError(`Cannot encrypt input "${name}" from ${input.file}: ${why}`, { cause: error });
      }
    }),
  );
}

/** Opens the outputs to the party that has the inputs. */
async function open(
  mpc: Session,
  graph: nn.Graph,
  results: Readonly<Record<string, CrypTensor>>,
): Promise<Record<string, Tensor>> {
  const dst = mpc.parties - 1;
  const opened = await Promise.all(graph.outputs.map(async ({ name, type }) => {
    const y = results[name]!;
    const kind = type ?? (y.scale === 0 ? "int64" : "float32");
    const value = await y.decrypt({ dst, integers: !isRealType(kind) && y.scale === 0 });
    return [name, value && stored(value, kind)] as const;
  }));
  return Object.fromEntries(opened.filter((entry): entry is [string, Tensor] => entry[1] !== undefined));
}

/** Runs an inference. */
export async function main(mpc: Session, args: unknown): Promise<PartyReport> {
  const { model, inputs, progress } = args as InferenceArgs;
  const begin = performance.now();
  const graph = await load(mpc, model);
  const fed = await feed(mpc, graph, inputs);
  await mpc.barrier();
  mpc.resetStats();
  const start = performance.now();
  const times = new LayerTimes(graph, mpc.rank === progress);
  const results = graph.run(fed);
  const outputs = await open(mpc, graph, results);
  const end = performance.now();
  const report = {
    outputs,
    open: graph.structural,
    layers: await times.all(),
    stats: mpc.stats,
    loading: (start - begin) / 1000,
    seconds: (end - start) / 1000,
  };
  for (const value of [...Object.values(results), ...Object.values(fed)]) {
    if ("dispose" in value) value.dispose();
  }
  graph.dispose();
  return report;
}
