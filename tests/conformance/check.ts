/**
 * What a check is: a plain function of a subject, which returns when all is well and throws when it is not.
 *
 * @module
 */
import type { Protocol } from "../../protocols/protocol.ts";

/** A protocol under test, and what is known of it. */
export interface Subject {
  /** Makes the protocol. */
  readonly make: () => Protocol;
  /** Number of parties. */
  readonly parties: number;
  /** Parties that may collude. */
  readonly colluding: number;
  /** How the protocol's default truncation rounds. */
  readonly rounding: "unbiased" | "floor";
  /** Names of the components that a party holds, in the order of its parts, where several parties hold the same. */
  readonly components?: ((rank: number) => readonly string[]) | undefined;
  /** Primitives of which one party receives no message. */
  readonly unmessaged?: readonly string[] | undefined;
  /** Names of the primitives whose calls are looked at; all by default. */
  readonly primitives?: readonly string[] | undefined;
}

/** Lines that a check adds to the report card. */
export type Note = (line: string) => void;

/** One property that a subject has to have. */
export interface Check<S> {
  /** Its name: of the test, and in `skip`. */
  readonly name: string;
  /** What it holds the subject to, and which mistakes it finds. */
  readonly about: string;
  /** Whether it makes sense for a subject; it does by default. */
  readonly applies?: (subject: S) => boolean;
  /** Throws when the subject does not have the property. */
  readonly run: (subject: S, note: Note) => Promise<void>;
}

/**
 * Runs a statistical check: what it finds has to be there in a second run with fresh randomness too. What a right protocol shows once
 * in some ten thousand runs by chance is thus never a failure, and what is wrong is wrong each time.
 *
 * @throws {Error} with the finding.
 */
export async function confirmed(find: () => Promise<string | undefined>): Promise<void> {
  if (await find() === undefined) return;
  const again = await find();
  if (again !== undefined) throw new Error(again);
}

/** Throws unless a condition holds. */
export function ensure(condition: boolean, message: () => string): void {
  if (!condition) throw new Error(message());
}

/**
 * Waits for a rejection.
 *
 * @throws {Error} with `message` when there is none.
 */
export async function rejection(work: () => Promise<unknown>, message: string): Promise<Error> {
  try {
    await work();
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
  throw new Error(message);
}
