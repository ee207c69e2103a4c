/**
 * Secrets that outlive a session: each party keeps its own shares.
 *
 * @module
 */
import { ProtocolError } from "../../comm/errors.ts";
import { isTensor } from "../../ops/op.ts";
import { Tensor } from "../../ops/plaintext.ts";
import type { Session } from "../../ops/session.ts";
import { exchangeNotes, restoreShare, storeShare } from "../../ops/stored.ts";
import type { CrypTensor, Operand } from "../../ops/tensor.ts";
import type { AnyModule, StateDict } from "../module.ts";
import {
  commonDigest,
  type FileEntry,
  readShareFile,
  sha256,
  type ShareFile,
  writeShareFile,
} from "./share_file.ts";

const isModule = (value: object): value is AnyModule =>
  "stateDict" in value && typeof value.stateDict === "function";

/**
 * This party's shares of a model's weights and statistics, or of tensors by name, as the bytes of a file. Every party saves at the
 * same place of the program, and keeps its file to itself: the files of all parties together are the secrets. Public tensors are
 * saved as they are. *Cost*: none, but bits that were not needed as words stay bits. *Leaks*: nothing.
 *
 * @example A model that is shared once and used in a second session
 * ```ts
 * import { additive, nn, runLocal } from "https://tacit.example/mod.ts";
 *
 * const protocol = additive();
 * const make = () => new nn.Sequential([new nn.Linear(2, 1), new nn.ReLU()]);
 * const files = await runLocal({ parties: 2, protocol }, async (mpc) => {
 *   const model = make().loadStateDict({ "0.weight": [[1, 2]], "0.bias": [3] });
 *   return await nn.saveShares(model.encrypt(mpc, { src: 0 }));
 * });
 * const [y] = await runLocal({ parties: 2, protocol }, async (mpc) => {
 *   const model = make().loadStateDict(await nn.loadShares(mpc, files[mpc.rank]!));
 *   const x = mpc.encrypt(mpc.rank === 1 ? [[1, 1]] : undefined, { src: 1, shape: [1, 2] });
 *   return await model.forward(x).decrypt();
 * });
 * if (Math.abs(y.at(0, 0) - 6) > 1e-3) throw new Error("1 + 2 + 3 is 6");
 * ```
 *
 * @throws {TypeError} when nothing is encrypted, or tensors are of different sessions.
 */
export async function saveShares(
  what: AnyModule | Readonly<Record<string, Operand>>,
): Promise<Uint8Array<ArrayBuffer>> {
  const values: [string, Operand][] = Object.entries(isModule(what) ? what.stateDict() : what);
  const secrets = values.map(([, value]) => value).filter(isTensor);
  const context = secrets[0]?.context;
  if (context === undefined) {
    throw new TypeError(
      "Cannot save shares: nothing is encrypted; encodeSafetensors() writes public tensors",
    );
  }
  if (secrets.some((x) => x.context.shared !== context.shared)) {
    throw new TypeError("Cannot save shares: the tensors are of different sessions, those of one are wanted");
  }
  const { env: { rank, parties }, facts } = context.shared;
  // A position in the program of one session: the same at all parties, and never again.
  const { scope, seq } = context.scope.take();
  context.scope.record(`save ${values.map(([name, value]) => `${name} ${isTensor(value)}`).join()}`);
  const entries = await Promise.all(values.map(async ([name, value]): Promise<[string, FileEntry]> => {
    return [name, isTensor(value) ? await storeShare(value) : Tensor.from(value)];
  }));
  const saving = `${scope.id.toHex()}.${seq}`;
  return await writeShareFile({ saving, protocol: facts.name, parties, rank, entries: new Map(entries) });
}

function checkPlace(file: ShareFile, mpc: Session): void {
  const { name } = mpc.context.shared.facts;
  const refuse = (why: string): never => {
    throw new TypeError(`Cannot load shares: ${why}`);
  };
  if (file.protocol !== name) {
    refuse(`the file is of protocol "${file.protocol}", this session's is "${name}"`);
  }
  if (file.parties !== mpc.parties) refuse(`the file is of ${file.parties} parties, here are ${mpc.parties}`);
  if (file.rank !== mpc.rank) refuse(`the file is party ${file.rank}'s, this is party ${mpc.rank}`);
}

/** What parties tell each other before shares are used: whether the file is of use, of which saving it is, and what it describes. */
const NOTE = 65;
const OF_USE = 1;

async function noteOf(file: ShareFile, mpc: Session): Promise<Uint8Array> {
  checkPlace(file, mpc);
  const note = new Uint8Array(NOTE);
  note[0] = OF_USE;
  note.set(await sha256(new TextEncoder().encode(file.saving)), 1);
  note.set(await commonDigest(file), 33);
  return note;
}

function compareNotes(own: Uint8Array, theirs: Uint8Array, party: number): void {
  const differs = (from: number, to: number): boolean =>
    own.subarray(from, to).some((byte, i) => byte !== theirs[from + i]);
  const refuse = (why: string): never => {
    throw new ProtocolError(`Cannot load shares: party ${party} ${why}`, { party });
  };
  if (theirs[0] !== OF_USE) refuse("cannot use its file");
  if (differs(1, 33)) refuse("has the file of another saving, files of one saving are wanted");
  if (differs(33, NOTE)) refuse("has a file that describes other tensors");
}

/**
 * The tensors of a file of {@link saveShares}, secret as they were, in a session of the same parties in the same order and of the same
 * protocol. A model takes them by `loadStateDict`. Before anything is used the parties compare which saving their files are of.
 * *Cost*: one round. *Leaks*: nothing.
 *
 * @throws {TypeError} when the bytes are no such file, are cut short or damaged, or are of another rank, number of parties or protocol.
 * @throws {ProtocolError} when another party's file is of another saving, or cannot be used there.
 */
export async function loadShares(mpc: Session, bytes: Uint8Array): Promise<StateDict> {
  const reading = readShareFile(bytes);
  const note = reading.then((file) => noteOf(file, mpc));
  // A party that cannot use its file says so: the others need not wait.
  const told = note.catch(() => new Uint8Array(NOTE));
  const all = await exchangeNotes(mpc.context, "load shares", NOTE, told);
  const own = await note;
  all.forEach((theirs, party) => compareNotes(own, theirs, party));
  const { entries } = await reading;
  const restored = (entry: FileEntry): Tensor | CrypTensor =>
    "data" in entry ? entry : restoreShare(mpc.context, entry);
  return Object.fromEntries(Array.from(entries, ([name, entry]) => [name, restored(entry)]));
}
