/**
 * The commands by name.
 *
 * @module
 */
import { bench } from "./bench.ts";
import { type Command, readArguments, splitPassed, suggestion, UsageError } from "./command.ts";
import { lineOf, traceOf } from "./failure.ts";
import { infer } from "./infer.ts";
import { inspect } from "./inspect.ts";
import { dealer, invite } from "./invite.ts";
import type { Io } from "./io.ts";
import { keygen } from "./keygen.ts";
import { join, run } from "./run.ts";

/** All commands. */
export const commands: Readonly<Record<string, Command>> = {
  infer,
  inspect,
  run,
  invite,
  dealer,
  join,
  keygen,
  bench,
};

/** The help text of all commands. */
export function overview(): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length));
  const list = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`);
  return `tacit: encrypted inference and computation between parties

  deno task tacit <command> [options]
  deno run -A scripts/tacit.ts <command> [options]

${list.join("\n")}

tacit <command> --help says more, with examples.
`;
}

/** Runs a command line and returns the exit status: 0, 1 for failures, 2 for command lines that cannot be read. */
export async function tacit(args: readonly string[], io: Io): Promise<number> {
  const [name, ...rest] = args;
  const [own] = splitPassed(rest);
  const verbose = own.includes("--verbose");
  const isHelp = (word: string | undefined): boolean => word === "--help" || word === "-h";
  try {
    if (name === undefined || name === "help" || isHelp(name)) {
      const topic = rest.find((word) => Object.hasOwn(commands, word));
      io.out(topic === undefined ? overview() : commands[topic]!.help);
      return 0;
    }
    if (!Object.hasOwn(commands, name)) {
      const known = Object.keys(commands);
      throw new UsageError(
        `Cannot run "${name}": the commands are ${known.join(", ")}${suggestion(name, known)}`,
      );
    }
    const command = commands[name]!;
    if (own.some(isHelp)) io.out(command.help);
    else await command.run(readArguments(name, command, rest), io);
    return 0;
  } catch (error) {
    io.err(verbose ? `${traceOf(error)}\n` : `tacit: ${lineOf(error)}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}
