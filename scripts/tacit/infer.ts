/**
 * `tacit infer`: one encrypted inference, every party on this machine.
 *
 * @module
 */
import { launch } from "../../mod.ts";
import { batch } from "./batch.ts";
import { type Arguments, type Command, pairsOf, UsageError } from "./command.ts";
import { reasonOf } from "./failure.ts";
import type { InferenceArgs, PartyReport } from "./inference.ts";
import type { Io } from "./io.ts";
import { outputFolder } from "./outputs.ts";
import { PROTOCOL_HELP, PROTOCOL_OPTIONS, settingFrom } from "./protocol.ts";
import { profile, summary } from "./summary.ts";

/** A party on this machine is never away; it may compute for long. */
const DEADLINE = 600_000;

const HELP = `tacit infer: encrypted inference with an ONNX model, every party on this machine

  tacit infer --model M.onnx --input NAME=FILE.npy --output DIR
  tacit infer --batch < jobs

Party 0 has the model, the last party has the inputs and learns the outputs, which are written to DIR/<output>.npy.

  --model FILE           the model; weights may lie beside it
  --input NAME=FILE.npy  an input by name or index; once for each input. The batch size of the model does not bind
  --output DIR           folder for the outputs; it is made if it is not there
${PROTOCOL_HELP}
  --profile FILE         write rounds, bytes and seconds per layer and operation to FILE, as JSON
  --batch                read jobs from standard input, one JSON object per line:
                         {"id", "model", "inputs": {NAME_OR_INDEX: FILE}, "output": DIR}, and answer each with
                         {"id", "ok": true} or {"id", "ok": false, "error"} before the next is read
  --verbose              show where an error came from

Examples
  tacit infer --model examples/data/alice_net.onnx --input 0=examples/data/bob_data.npy --output out
  tacit infer --model bert.onnx --input ids=ids.npy --input mask=mask.npy --output out --profile bert.json
  tacit infer --batch --protocol plain < jobs.jsonl
`;

function wanted(args: Arguments, option: string, what: string): string {
  const value = args.values[option];
  if (value !== undefined) return value;
  throw new UsageError(`Cannot run infer: --${option} ${what} is missing`);
}

async function single(args: Arguments, io: Io): Promise<void> {
  const model = wanted(args, "model", "FILE.onnx");
  const inputs = Object.fromEntries(pairsOf(args, "input", "NAME=FILE.npy"));
  const folder = wanted(args, "output", "DIR");
  const setting = settingFrom(args);
  const output = await outputFolder(folder);
  const job: InferenceArgs = { model, inputs, progress: io.terminal };
  try {
    const reports = await launch<PartyReport>(new URL("./inference.ts", import.meta.url), {
      ...setting,
      args: job,
      deadline: DEADLINE,
    });
    if (io.terminal) io.err("\r\x1b[K");
    const paths = await output.write(reports.at(-1)!.outputs);
    const file = args.values["profile"];
    if (file !== undefined) {
      const text = `${JSON.stringify(profile(model, reports, setting), undefined, 2)}\n`;
      await Deno.writeTextFile(file, text).catch((cause) => {
        throw new TypeError(`Cannot write profile ${file}: ${reasonOf(cause)}`, { cause });
      });
    }
    io.err(summary(reports, paths, setting));
  } catch (error) {
    if (io.terminal) io.err("\r\x1b[K");
    await output.discard();
    throw error;
  }
}

/** Encrypted inference. */
export const infer: Command = {
  summary: "encrypted inference with an ONNX model, every party on this machine",
  help: HELP,
  values: ["model", "output", "profile", ...PROTOCOL_OPTIONS],
  lists: ["input"],
  flags: ["batch"],
  words: [],
  async run(args, io) {
    if (!args.flags.has("batch")) return await single(args, io);
    const foreign = ["model", "output", "profile"].find((option) => args.values[option] !== undefined) ??
      (args.lists["input"]!.length > 0 ? "input" : undefined);
    if (foreign !== undefined) {
      throw new UsageError(`Cannot use --${foreign} with --batch: each job on standard input has its own`);
    }
    await batch(settingFrom(args), io, args.flags.has("verbose"));
  },
};
