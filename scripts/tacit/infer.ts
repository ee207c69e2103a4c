/**
 * `tacit infer`: encrypted inference, with every party on this machine or as one of them.
 *
 * @module
 */
import { launch } from "../../mod.ts";
import { processes } from "../../run/processes.ts";
import { workers } from "../../run/workers.ts";
import { batch } from "./batch.ts";
import { type Arguments, type Command, pairsOf, UsageError } from "./command.ts";
import { reasonOf } from "./failure.ts";
import type { InferenceArgs, PartyReport } from "./inference.ts";
import { onInterrupt } from "./interrupt.ts";
import { readInvitation } from "./invitation.ts";
import type { Io } from "./io.ts";
import { tryFile } from "./model_file.ts";
import { outputFolder } from "./outputs.ts";
import { PROTOCOL_HELP, PROTOCOL_OPTIONS, type Setting, settingFrom } from "./protocol.ts";
import { DEADLINE, partyFrom, SEAT_OPTIONS, takeSeat, WAIT_HELP, waitFrom } from "./seat.ts";
import { profile, summary } from "./summary.ts";

const PROGRAM = new URL("./inference.ts", import.meta.url);

const HELP = `tacit infer: encrypted inference with an ONNX model

  tacit infer --model M.onnx --input NAME=FILE.npy --output DIR         every party on this machine
  tacit infer --batch < jobs                                            many, one after the other
  tacit infer --join INVITATION --party N [--model | --input --output]  as one party of several processes

Party 0 has the model, the last party has the inputs and learns the outputs, which are written to DIR/<output>.npy.

  --model FILE           the model; weights may lie beside it
  --input NAME=FILE.npy  an input by name or index; once for each input. The batch size of the model does not bind
  --output DIR           folder for the outputs; it is made if it is not there
${PROTOCOL_HELP}
  --processes            a process for each member, linked by TCP; a worker for each by default
  --profile FILE         write rounds, bytes and seconds per layer and operation to FILE, as JSON
  --batch                read jobs from standard input, one JSON object per line:
                         {"id", "model", "inputs": {NAME_OR_INDEX: FILE}, "output": DIR}, and answer each with
                         {"id", "ok": true} or {"id", "ok": false, "error"} before the next is read
  --join INVITATION      take part in a session that tacit invite made
  --party N              which party to be, from 0
${WAIT_HELP}
  --verbose              show where an error came from

Examples
  tacit infer --model examples/data/alice_net.onnx --input 0=examples/data/bob_data.npy --output out
  tacit infer --model bert.onnx --input ids=ids.npy --input mask=mask.npy --output out --profile bert.json
  tacit infer --batch --protocol plain < jobs.jsonl

  tacit invite session.json
  tacit dealer session.json
  tacit infer --join session.json --party 0 --model examples/data/alice_net.onnx
  tacit infer --join session.json --party 1 --input 0=examples/data/bob_data.npy --output out
`;

function wanted(args: Arguments, option: string, what: string): string {
  const value = args.values[option];
  if (value !== undefined) return value;
  throw new UsageError(`Cannot run infer: --${option} ${what} is missing`);
}

function isGiven(args: Arguments, option: string): boolean {
  return args.values[option] !== undefined || (args.lists[option]?.length ?? 0) > 0 || args.flags.has(option);
}

/** Refuses options that do not go with what is done. */
function without(args: Arguments, options: readonly string[], why: string): void {
  const foreign = options.find((option) => isGiven(args, option));
  if (foreign !== undefined) throw new UsageError(`Cannot use --${foreign} ${why}`);
}

/** What is to be done with the reports of an inference. */
interface Delivery {
  readonly setting: Setting;
  readonly model: string;
  readonly profile: string | undefined;
  readonly output: string | undefined;
}

/** Runs an inference and writes what it gave; the folder for the outputs is tried first. */
async function deliver(
  { setting, model, profile: file, output }: Delivery,
  io: Io,
  infer: () => Promise<readonly PartyReport[]>,
): Promise<void> {
  const folder = output === undefined ? undefined : await outputFolder(output);
  using _ = onInterrupt(() => folder?.discard());
  try {
    const reports = await infer();
    const paths = folder?.write(reports.at(-1)!.outputs) ?? new Map<string, string>();
    if (file !== undefined) {
      const text = `${JSON.stringify(profile(model, reports, setting), undefined, 2)}\n`;
      await Deno.writeTextFile(file, text).catch((cause) => {
        throw new TypeError(`Cannot write profile ${file}: ${reasonOf(cause)}`, { cause });
      });
    }
    io.err(`${io.terminal ? "\r\x1b[K" : ""}${summary(reports, paths, setting)}`);
  } catch (error) {
    if (io.terminal) io.err("\r\x1b[K");
    folder?.discard();
    throw error;
  }
}

/** Every party on this machine. */
async function single(args: Arguments, io: Io): Promise<void> {
  without(args, SEAT_OPTIONS, "without --join: all parties run here");
  const model = wanted(args, "model", "FILE.onnx");
  const job: InferenceArgs = {
    model,
    inputs: Object.fromEntries(pairsOf(args, "input", "NAME=FILE.npy")),
    progress: io.terminal ? 0 : undefined,
  };
  const output = wanted(args, "output", "DIR");
  const setting = settingFrom(args);
  const host = args.flags.has("processes") ? processes() : workers();
  await deliver(
    { setting, model, profile: args.values["profile"], output },
    io,
    () => launch<PartyReport>(PROGRAM, { ...setting, host, args: job, deadline: DEADLINE }),
  );
}

/** One party of several processes. */
async function seated(args: Arguments, io: Io): Promise<void> {
  without(args, [...PROTOCOL_OPTIONS, "processes"], "with --join: the invitation says who computes how");
  const invitation = await readInvitation(args.values["join"]!);
  const party = partyFrom(args, invitation);
  const [first, last] = [party === 0, party === invitation.parties - 1];
  if (!first) without(args, ["model"], `as party ${party}: party 0 has the model`);
  if (!last) {
    const who = `party ${invitation.parties - 1}`;
    without(args, ["input", "output"], `as party ${party}: ${who} has the inputs and learns the outputs`);
  }
  const model = first ? wanted(args, "model", "FILE.onnx") : "";
  const output = last ? wanted(args, "output", "DIR") : undefined;
  const inputs = Object.fromEntries(pairsOf(args, "input", "NAME=FILE.npy"));
  if (first) await tryFile("model", model, "an ONNX file");
  for (const [name, file] of Object.entries(inputs)) {
    await tryFile(`input "${name}" from`, file, "a .npy file");
  }
  const job: InferenceArgs = { model, inputs, progress: io.terminal ? party : undefined };
  const seat = { party, module: PROGRAM, args: job, wait: waitFrom(args) };
  await deliver({ setting: invitation, model, profile: args.values["profile"], output }, io, async () => {
    return [await takeSeat(invitation, seat, io) as PartyReport];
  });
}

/** Encrypted inference. */
export const infer: Command = {
  summary: "encrypted inference with an ONNX model",
  help: HELP,
  values: ["model", "output", "profile", "join", ...SEAT_OPTIONS, ...PROTOCOL_OPTIONS],
  lists: ["input"],
  flags: ["batch", "processes"],
  words: [],
  async run(args, io) {
    if (args.flags.has("batch")) {
      const single = ["model", "output", "profile", "input", "join", "processes", ...SEAT_OPTIONS];
      without(args, single, "with --batch: jobs on standard input say what to do, all parties run here");
      await batch(settingFrom(args), io, args.flags.has("verbose"));
    } else if (args.values["join"] !== undefined) await seated(args, io);
    else await single(args, io);
  },
};
