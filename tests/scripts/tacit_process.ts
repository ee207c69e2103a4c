/**
 * The command line as processes, and in this one.
 *
 * @module
 */
import { TextLineStream } from "../../scripts/deps.ts";
import type { Io } from "../../scripts/tacit/io.ts";
import { tacit } from "../../scripts/tacit/main.ts";

const ROOT = new URL("../../", import.meta.url);

/** What a command did. */
export interface Outcome {
  /** Its exit status. */
  readonly code: number;
  /** Its standard output. */
  readonly out: string;
  /** Its standard error. */
  readonly err: string;
}

/** Lines of standard input; they can depend on what was said on standard output before. */
export type Input = (said: () => string) => Iterable<string>;

/** Runs a command in this process, without a terminal. */
export async function here(args: readonly string[], input: Input = () => []): Promise<Outcome> {
  const said = { out: "", err: "" };
  const io: Io = {
    out: (text) => void (said.out += text),
    err: (text) => void (said.err += text),
    async *lines() {
      yield* input(() => said.out);
    },
    terminal: false,
  };
  return { code: await tacit(args, io), ...said };
}

/** A path in the project. */
export function path(name: string): string {
  return decodeURIComponent(new URL(name, ROOT).pathname);
}

/** A command that runs as a process of its own. */
export class Running implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #out: Promise<string>;
  readonly #lines: ReadableStreamDefaultReader<string>;
  #err = "";

  /** Starts it. */
  constructor(args: readonly string[]) {
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", "-A", path("scripts/tacit.ts"), ...args],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#out = new Response(this.#child.stdout).text();
    this.#lines = this.#child.stderr.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream())
      .getReader();
  }

  async #line(): Promise<string | undefined> {
    const { value } = await this.#lines.read();
    if (value !== undefined) this.#err += `${value}\n`;
    return value;
  }

  /** Waits until it has said something on standard error. */
  async says(text: string): Promise<void> {
    for (let line = await this.#line(); line !== undefined; line = await this.#line()) {
      if (line.includes(text)) return;
    }
    throw new Error(`the command ended and never said "${text}", but: ${this.#err}`);
  }

  /** Sends it a signal. */
  kill(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Waits for its end. */
  async outcome(): Promise<Outcome> {
    while (await this.#line() !== undefined);
    const [{ code }, out] = await Promise.all([this.#child.status, this.#out]);
    return { code, out, err: this.#err };
  }

  /** Ends it if it still runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await this.outcome();
  }
}
