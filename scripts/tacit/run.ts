/**
 * `tacit run` and `tacit join`: any program, at all parties or as one of them.
 *
 * @module
 */
import { launch, Tensor } from "../../mod.ts";
import { processes } from "../../run/processes.ts";
import type { Program } from "../../run/member.ts";
import { workers } from "../../run/workers.ts";
import type { Command } from "./command.ts";
import { lineOf } from "./failure.ts";
import { readInvitation } from "./invitation.ts";
import { PROTOCOL_HELP, PROTOCOL_OPTIONS, settingFrom } from "./protocol.ts";
import { DEADLINE, partyFrom, SEAT_OPTIONS, takeSeat, WAIT_HELP, waitFrom } from "./seat.ts";

const RUN_HELP = `tacit run: a program at all parties, on this machine

  tacit run PROGRAM.ts [-- WORDS]

The program exports \`main(mpc, words)\`, which every party runs; what it returns is printed, a line for each party.

${PROTOCOL_HELP}
                         A program can export protocols of its own by name, as \`protocols\`
  --processes            a process for each member, linked by TCP; a worker for each by default
  --verbose              show where an error came from

Example
  tacit run program.ts --parties 3 -- 100 fast
`;

const JOIN_HELP = `tacit join: a program as one party of a session of processes

  tacit join INVITATION PROGRAM.ts --party N [-- WORDS]

All parties run the same program; tacit invite says how a session is made.

  --party N              which party to be, from 0
${WAIT_HELP}
  --verbose              show where an error came from

Example
  tacit invite session.json
  tacit dealer session.json
  tacit join session.json program.ts --party 0
  tacit join session.json program.ts --party 1
`;

/** The module of a program, from its path or URL. */
function moduleOf(program: string): URL {
  return /^[a-z]{2,}:\/\//.test(program)
    ? new URL(program)
    : new URL(program, `file://${Deno.cwd().replaceAll("\\", "/")}/`);
}

async function loaded(
  program: string,
): Promise<{ readonly module: URL; readonly exports: Partial<Program> }> {
  const module = moduleOf(program);
  let exports: Partial<Program>;
  try {
    exports = await import(module.href);
  } catch (cause) {
    throw new TypeError(`Cannot run ${program}: ${lineOf(cause)}`, { cause });
  }
  if (typeof exports.main === "function") return { module, exports };
  throw new TypeError(`Cannot run ${program}: it exports no function "main", which every party runs`);
}

/** What a program returned, in one line. */
function shown(value: unknown): string {
  const plain = (_: string, x: unknown): unknown => {
    if (x instanceof Tensor) return x.toNested();
    if (typeof x === "bigint") return Number(x);
    return ArrayBuffer.isView(x) ? Array.from(x as Uint8Array) : x;
  };
  return JSON.stringify(value, plain);
}

/** Runs a program at all parties. */
export const run: Command = {
  summary: "a program at all parties, on this machine",
  help: RUN_HELP,
  values: PROTOCOL_OPTIONS,
  lists: [],
  flags: ["processes"],
  words: ["PROGRAM.ts"],
  passes: true,
  async run(args, io) {
    const { module, exports } = await loaded(args.words[0]!);
    const setting = settingFrom(args, exports.protocols);
    const host = args.flags.has("processes") ? processes() : workers();
    const values = await launch(module, { ...setting, host, args: args.passed, deadline: DEADLINE });
    values.forEach((value, rank) => {
      if (value !== undefined) io.out(`party ${rank}: ${shown(value)}\n`);
    });
  },
};

/** Runs a program as one party. */
export const join: Command = {
  summary: "a program as one party of a session of processes",
  help: JOIN_HELP,
  values: SEAT_OPTIONS,
  lists: [],
  flags: [],
  words: ["INVITATION", "PROGRAM.ts"],
  passes: true,
  async run(args, io) {
    const [file, program] = args.words;
    const invitation = await readInvitation(file!);
    const party = partyFrom(args, invitation);
    const { module } = await loaded(program!);
    const value = await takeSeat(invitation, { party, module, args: args.passed, wait: waitFrom(args) }, io);
    if (value !== undefined) io.out(`party ${party}: ${shown(value)}\n`);
  },
};
