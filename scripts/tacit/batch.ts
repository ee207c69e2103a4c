/**
 * `tacit infer --batch`: many inferences in one process, one after the other.
 *
 * All parties run in this isolate: for small models that is faster than workers, whose messages take longer than the work.
 *
 * @module
 */
import { runLocal } from "../../mod.ts";
import { lineOf, traceOf } from "./failure.ts";
import { main } from "./inference.ts";
import type { Io } from "./io.ts";
import { outputFolder } from "./outputs.ts";
import type { Setting } from "./protocol.ts";

/** Longest wait for another party. */
const DEADLINE = 120_000;

/** One job. */
interface Job {
  readonly model: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly output: string;
}

function isRecord(x: unknown): x is Record<string, unknown> {
  return typeof x === "object" && x !== null && !Array.isArray(x);
}

/** Reads a line. @throws {TypeError} when it is no job. */
function jobOf(x: unknown): Job {
  if (!isRecord(x)) throw new TypeError("Cannot read job: it is no JSON object");
  const { model, inputs = {}, output } = x;
  if (typeof model !== "string") throw new TypeError('Cannot read job: "model" is no path');
  if (typeof output !== "string") throw new TypeError('Cannot read job: "output" is no path');
  if (!isRecord(inputs) || !Object.values(inputs).every((file) => typeof file === "string")) {
    throw new TypeError('Cannot read job: "inputs" is no object of paths by names or indices');
  }
  return { model, inputs: inputs as Record<string, string>, output };
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new TypeError("Cannot read job: the line is no JSON", { cause });
  }
}

async function run({ model, inputs, output }: Job, setting: Setting): Promise<void> {
  const folder = await outputFolder(output);
  try {
    const args = { model, inputs, progress: undefined };
    const reports = await runLocal({ ...setting, deadline: DEADLINE }, (mpc) => main(mpc, args));
    folder.write(reports.at(-1)!.outputs);
  } catch (error) {
    folder.discard();
    throw error;
  }
}

/** Runs jobs from standard input; each is answered before the next is read. */
export async function batch(setting: Setting, io: Io, verbose: boolean): Promise<void> {
  for await (const line of io.lines()) {
    if (line.trim() === "") continue;
    let id: unknown = null;
    let answer: unknown;
    try {
      const job = parsed(line);
      if (isRecord(job)) id = job["id"] ?? null;
      await run(jobOf(job), setting);
      answer = { id, ok: true };
    } catch (error) {
      if (verbose) io.err(`${traceOf(error)}\n`);
      answer = { id, ok: false, error: lineOf(error) };
    }
    io.out(`${JSON.stringify(answer)}\n`);
  }
}
