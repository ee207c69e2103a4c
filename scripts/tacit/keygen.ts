/**
 * `tacit keygen`: an identity for sessions between machines.
 *
 * @module
 */
import { fingerprint } from "../../comm/identity.ts";
import { type Command, UsageError } from "./command.ts";
import { readKeyFile, writeKeyFile } from "./key_file.ts";

const KEYGEN_HELP = `tacit keygen: a key pair, by which members on different machines know each other

  tacit keygen --out FILE
  tacit keygen --show FILE

The private key is written to a new file that only its owner can read. The public key is printed, for the roster; so is its fingerprint,
to compare by telephone, say: who swaps a public key on its way takes its owner's place.

  --out FILE             write a new private key
  --show FILE            print the public key of one that is there
  --verbose              show where an error came from
`;

/** Makes an identity, or shows one. */
export const keygen: Command = {
  summary: "a key pair, by which members on different machines know each other",
  help: KEYGEN_HELP,
  values: ["out", "show"],
  lists: [],
  flags: [],
  words: [],
  async run(args, io) {
    const { out, show } = args.values;
    if ((out === undefined) === (show === undefined)) {
      throw new UsageError("Cannot run keygen: one of --out FILE and --show FILE is wanted");
    }
    const { publicKey } = out === undefined ? await readKeyFile(show!) : await writeKeyFile(out);
    io.out(`${publicKey}\n`);
    io.err(`fingerprint ${fingerprint(publicKey)}\n`);
  },
};
