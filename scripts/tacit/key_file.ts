/**
 * Private keys in files that only their owner can read.
 *
 * @module
 */
import { Identity } from "../../comm/identity.ts";
import { reasonOf } from "./failure.ts";

/** What others may do with a file, of its mode. */
const OTHERS = 0o077;

/** Writes a new identity's private key into a new file. @throws {TypeError} when the file is there or cannot be written. */
export async function writeKeyFile(file: string): Promise<Identity> {
  const identity = await Identity.generate();
  const text = await identity.write();
  await Deno.writeTextFile(file, text, { createNew: true, mode: 0o600 }).catch((cause) => {
    const why = cause instanceof Deno.errors.AlreadyExists ? "it exists already" : reasonOf(cause);
    throw new TypeError(`Cannot write private key ${file}: ${why}, a new file is wanted`, { cause });
  });
  return identity;
}

/**
 * Reads an identity's private key.
 *
 * @throws {TypeError} when there is none in that file, or others than its owner can read it.
 */
export async function readKeyFile(file: string): Promise<Identity> {
  const refuse = (why: string, cause: unknown): never => {
    throw new TypeError(`Cannot read private key ${file}: ${why}`, { cause });
  };
  const missing = (cause: unknown): never =>
    refuse(`${reasonOf(cause)}, a file of tacit keygen is wanted`, cause);
  using open = await Deno.open(file).catch(missing);
  // Of the file that is read, not of what has the name a moment later. Windows has no mode.
  const { mode } = await open.stat();
  if (mode !== null && (mode & OTHERS) !== 0) {
    const digits = (mode & 0o777).toString(8).padStart(4, "0");
    refuse(`others than its owner may use it (mode ${digits}), chmod 600 ${file} is wanted`, undefined);
  }
  const text = await new Response(open.readable).text().catch(missing);
  return await Identity.read(text).catch((cause) => refuse(reasonOf(cause), cause));
}
