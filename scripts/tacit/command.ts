/**
 * What a command is, and how its arguments are read.
 *
 * @module
 */
import { closestString, parseArgs } from "../deps.ts";
import type { Io } from "./io.ts";

/** A command line that cannot be read: the message says what to write instead. */
export class UsageError extends Error {
  /** Always "UsageError". */
  override readonly name = "UsageError";
}

/** Arguments of a command, read. */
export interface Arguments {
  /** Options with one value. */
  readonly values: Readonly<Record<string, string | undefined>>;
  /** Options that can be given several times. */
  readonly lists: Readonly<Record<string, readonly string[]>>;
  /** Options without a value that were given. */
  readonly flags: ReadonlySet<string>;
  /** Words that belong to no option. */
  readonly words: readonly string[];
  /** Words after "--", for the program that is run. */
  readonly passed: readonly string[];
}

/** A command. */
export interface Command {
  /** What it does, in a line. */
  readonly summary: string;
  /** Its whole help text. */
  readonly help: string;
  /** Names of options with one value. */
  readonly values: readonly string[];
  /** Names of options that can be given several times. */
  readonly lists: readonly string[];
  /** Names of options without a value. */
  readonly flags: readonly string[];
  /** What the words that belong to no option are; there are as many. */
  readonly words: readonly string[];
  /** Whether words after "--" are passed on to a program. */
  readonly passes?: boolean;
  /** Does it. */
  run(args: Arguments, io: Io): Promise<void>;
}

/** " Did you mean …?", if something known is like a word. */
export function suggestion(word: string, known: readonly string[]): string {
  return known.length === 0 ? "" : `, did you mean ${closestString(word, known)}?`;
}

/** A command line's own words, and those after "--". */
export function splitPassed(args: readonly string[]): [own: readonly string[], passed: readonly string[]] {
  const at = args.indexOf("--");
  return at < 0 ? [args, []] : [args.slice(0, at), args.slice(at + 1)];
}

/**
 * Reads the arguments of a command. All commands have `--verbose`.
 *
 * @throws {UsageError} on unknown options, options without their value or given twice, and on too many or too few words.
 */
export function readArguments(name: string, command: Command, args: readonly string[]): Arguments {
  const [own, passed] = splitPassed(args);
  if (passed.length > 0 && command.passes !== true) {
    throw new UsageError(`Cannot run ${name}: it passes nothing on, no words after -- are wanted`);
  }
  const flags = [...command.flags, "verbose"];
  const strings = [...command.values, ...command.lists];
  const known = [...strings, ...flags].map((option) => `--${option}`);
  const parsed = parseArgs(own, {
    string: [...strings, "_"],
    boolean: flags,
    collect: strings,
    unknown(word, option) {
      if (option === undefined) return true;
      const wanted = word.split("=")[0]!;
      throw new UsageError(`Cannot run ${name}: option ${wanted} is unknown${suggestion(wanted, known)}`);
    },
  });
  const given = (option: string): readonly string[] => {
    const all = parsed[option] as readonly string[];
    if (all.includes("")) throw new UsageError(`Cannot run ${name}: --${option} has no value`);
    return all;
  };
  const values = Object.fromEntries(command.values.map((option) => {
    const [value, second] = given(option);
    if (second !== undefined) throw new UsageError(`Cannot run ${name}: --${option} is given twice`);
    return [option, value];
  }));
  const words = parsed._;
  if (words.length !== command.words.length) {
    const wanted = command.words.length === 0
      ? "no other words than options"
      : `${command.words.join(" ")} after the command`;
    const given = words.length === 0 ? "there is none" : `"${words.join(" ")}" is given`;
    throw new UsageError(
      `Cannot run ${name}: ${wanted} ${words.length === 0 ? "is" : "are"} wanted, ${given}`,
    );
  }
  return {
    values,
    lists: Object.fromEntries(command.lists.map((option) => [option, given(option)])),
    flags: new Set(flags.filter((flag) => parsed[flag] === true)),
    words,
    passed,
  };
}

/** The value of an option as a number. @throws {UsageError} unless it is one that is at least `least`. */
export function numberOption(
  args: Arguments,
  option: string,
  otherwise: number,
  { least = 0, whole = false } = {},
): number {
  const text = args.values[option];
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (text.trim() === "" || !(value >= least && value < Infinity) || (whole && !Number.isInteger(value))) {
    const kind = whole ? "a whole number" : "a number";
    throw new UsageError(`Cannot use --${option} ${text}: ${kind} of ${least} or more is wanted`);
  }
  return value;
}

/**
 * What an option says of inputs, by name or index, from NAME=TEXT.
 *
 * @throws {UsageError} unless all are of that form, and no name is given twice.
 */
export function pairsOf(args: Arguments, option: string, form: string): Map<string, string> {
  const pairs = new Map<string, string>();
  for (const text of args.lists[option]!) {
    const at = text.indexOf("=");
    const [name, value] = [text.slice(0, at), text.slice(at + 1)];
    if (at < 1 || value === "") throw new UsageError(`Cannot read --${option} ${text}: ${form} is wanted`);
    if (pairs.has(name)) throw new UsageError(`Cannot use --${option} ${text}: "${name}" is given twice`);
    pairs.set(name, value);
  }
  return pairs;
}
