/**
 * `tacit inspect`: what a model is, and what its encrypted inference will cost.
 *
 * @module
 */
import { type nn, Tensor } from "../../mod.ts";
import { readOnnx } from "../../nn/onnx/reader.ts";
import { type Arguments, type Command, pairsOf, UsageError } from "./command.ts";
import { inputFor, isRealType, readInput } from "./inputs.ts";
import { inspectModel } from "./inspection.ts";
import { aboutModel, readModelFile } from "./model_file.ts";
import { NETWORK_HELP, NETWORK_OPTIONS, networkFrom, secondsOfAll } from "./network.ts";
import { PROTOCOL_HELP, PROTOCOL_OPTIONS, settingFrom } from "./protocol.ts";
import type { Zeros } from "./rehearse.ts";
import { report } from "./report.ts";

const HELP = `tacit inspect: what a model is, how it is computed, and what its encrypted inference will cost

  tacit inspect M.onnx

The model is computed once in this process, encrypted, on zeros: rounds and bytes do not depend on values. For each layer it says
which operands are secret, weights (secret too), public, or structure (public by the operator's nature); how it is computed;
rounds and bytes; and about how many seconds on a network: what computing takes in this process for all members, and what the
messages take. Layers that do not depend on each other share rounds, so the sum can be more than all.

  --shape NAME=SIDES     shape of an input, by name or index: --shape input=100,50. Sides that the model leaves open are 1
  --input NAME=FILE.npy  an input of which the shape is used, or the numbers, if it is structure
${NETWORK_HELP}
${PROTOCOL_HELP}
  --as-written           do not rewrite the model first (infer always does)
  --operations           show the operations that each layer is made of
  --json                 print all of it as JSON
  --verbose              show where an error came from

Examples
  tacit inspect examples/data/alice_net.onnx --shape 0=100,50
  tacit inspect resnet18.onnx --rtt 40 --bandwidth 100 --parties 3
`;

/** Most elements of an input. */
const MOST_ZEROS = 2 ** 26;

/** Sides from "100,50" or "100x50"; nothing at all is a single number. */
function sidesOf(name: string, text: string): number[] {
  const sides = text.replace(/^\[|\]$/g, "").split(/[,x]/).map((side) => side.trim());
  if (sides.length === 1 && sides[0] === "") return [];
  if (!sides.every((side) => /^\d+$/.test(side))) {
    throw new UsageError(
      `Cannot read --shape ${name}=${text}: sides with commas between them are wanted, as 100,50`,
    );
  }
  return sides.map(Number);
}

function zerosOf({ name, shape, type }: nn.OnnxValue, given: readonly number[] | undefined): Zeros {
  const sides = given ?? shape.map((side) => typeof side === "number" ? side : 1);
  const real = type === undefined || isRealType(type);
  const size = sides.reduce((product, side) => product * side, 1);
  if (size > MOST_ZEROS) {
    throw new RangeError(
      `Cannot inspect input "${name}" of shape [${sides}]: 2^26 elements at most are wanted, --shape says others`,
    );
  }
  const data = real
    ? new Float64Array(size)
    : type === "bool"
    ? new Uint8Array(size)
    : new BigInt64Array(size);
  return { value: new Tensor(sides, data), real };
}

/** What each input is taken to be. */
async function inputsFrom(args: Arguments, declared: readonly nn.OnnxValue[]): Promise<Map<string, Zeros>> {
  const shapes = new Map<string, readonly number[]>();
  const files = new Map<string, string>();
  for (const [key, text] of pairsOf(args, "shape", "NAME=SIDES")) {
    shapes.set(inputFor(key, declared).name, sidesOf(key, text));
  }
  for (const [key, file] of pairsOf(args, "input", "NAME=FILE.npy")) {
    const { name } = inputFor(key, declared);
    if (shapes.has(name)) {
      throw new UsageError(`Cannot use --input ${key} with --shape ${key}: one is wanted`);
    }
    files.set(name, file);
  }
  const entries = declared.map(async (input): Promise<[string, Zeros]> => {
    const file = files.get(input.name);
    return [
      input.name,
      file === undefined ? zerosOf(input, shapes.get(input.name)) : await readInput(input, file),
    ];
  });
  return new Map(await Promise.all(entries));
}

/** Shows a model and predicts its cost. */
export const inspect: Command = {
  summary: "what a model is, how it is computed, and what its encrypted inference will cost",
  help: HELP,
  values: [...NETWORK_OPTIONS, ...PROTOCOL_OPTIONS],
  lists: ["shape", "input"],
  flags: ["as-written", "operations", "json"],
  words: ["MODEL.onnx"],
  async run(args, io) {
    const [path] = args.words;
    const setting = settingFrom(args);
    const network = networkFrom(args);
    const file = await readModelFile(path!);
    let model: ReturnType<typeof readOnnx>;
    try {
      model = readOnnx(file.bytes, { external: file.external });
    } catch (error) {
      throw aboutModel(path!, error);
    }
    const inputs = await inputsFrom(args, model.graph.inputs);
    const rewrite = !args.flags.has("as-written");
    const inspection = await inspectModel({ model, rewrite, inputs }, setting);
    if (args.flags.has("json")) {
      const { total } = inspection;
      const seconds = total && total.computing + secondsOfAll(network, total, setting);
      io.out(`${JSON.stringify({ model: path, ...inspection, network, seconds }, undefined, 2)}\n`);
    } else {
      const operations = args.flags.has("operations");
      io.out(report(path!, inspection, { setting, network, operations }));
    }
    if (inspection.failure !== undefined) {
      throw new TypeError(`Cannot predict the cost: ${inspection.failure}`);
    }
  },
};
