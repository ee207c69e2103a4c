/**
 * `tacit invite` and `tacit dealer`: sessions of processes that are started one by one.
 *
 * @module
 */
import { type Command, UsageError } from "./command.ts";
import { memberName, membersOf, readInvitation, writeInvitation } from "./invitation.ts";
import { PROTOCOL_HELP, PROTOCOL_OPTIONS, settingFrom } from "./protocol.ts";
import { takeDealerSeat, WAIT_HELP, waitFrom } from "./seat.ts";

const INVITE_HELP = `tacit invite: a file that lets processes of this machine meet in one session

  tacit invite FILE

The file holds what all members must know alike: the protocol, a port for each member, and a secret that keeps others out. Whoever can
read it can join. Each member is then started by itself, in any order:

  tacit invite session.json
  tacit dealer session.json
  tacit infer --join session.json --party 0 --model examples/data/alice_net.onnx
  tacit infer --join session.json --party 1 --input 0=examples/data/bob_data.npy --output out

${PROTOCOL_HELP}
  --ports P0,P1,...      ports, the dealer's last; ports that are free now by default
  --verbose              show where an error came from

The members' links are not encrypted and do not leave this machine.
`;

const DEALER_HELP = `tacit dealer: deals correlated randomness to the parties of one session, and ends with it

  tacit dealer INVITATION

${WAIT_HELP}
  --verbose              show where an error came from
`;

/** Ports as they are given. */
function portsFrom(text: string, count: number): number[] {
  const ports = text.split(",").map(Number);
  const fit = ports.every((port) => Number.isInteger(port) && port > 0 && port < 65536);
  if (fit && new Set(ports).size === count && ports.length === count) return ports;
  throw new UsageError(
    `Cannot use --ports ${text}: ${count} different ports with commas between them are wanted`,
  );
}

/** Writes an invitation. */
export const invite: Command = {
  summary: "a file that lets processes of this machine meet in one session",
  help: INVITE_HELP,
  values: ["ports", ...PROTOCOL_OPTIONS],
  lists: [],
  flags: [],
  words: ["FILE"],
  async run(args, io) {
    const setting = settingFrom(args);
    const given = args.values["ports"];
    const members = membersOf(setting);
    const ports = given === undefined ? undefined : portsFrom(given, members);
    const [file] = args.words;
    await writeInvitation(file!, setting, ports);
    const names = Array.from({ length: members }, (_, rank) => memberName(rank, setting.parties));
    io.out(`${file}: ${setting.protocol.name}, for ${new Intl.ListFormat("en").format(names)}\n`);
  },
};

/** Deals in a session. */
export const dealer: Command = {
  summary: "deals correlated randomness to the parties of one session",
  help: DEALER_HELP,
  values: ["wait"],
  lists: [],
  flags: [],
  words: ["INVITATION"],
  async run(args, io) {
    await takeDealerSeat(await readInvitation(args.words[0]!), waitFrom(args), io);
  },
};
