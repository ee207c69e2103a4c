/**
 * One error for a run in which parties failed.
 *
 * @module
 */
/** One party's failure. */
export interface Failure {
  /** The party; the number of parties means the dealer. */
  readonly rank: number;
  /** Its error. */
  readonly error: unknown;
}

/** A run in which at least one party failed. */
export class RunError extends Error {
  /** Always "RunError". */
  override readonly name = "RunError";
  /** Every party that failed, the first cause first. */
  readonly failures: readonly Failure[];
  /** Made by `launch` and `runLocal`. */
  constructor(message: string, failures: readonly Failure[]) {
    super(message, { cause: failures[0]?.error });
    this.failures = failures;
  }
}

/** How likely an error is the cause of the others: those that only report another party's end come last. */
function order(error: unknown): number {
  if (!(error instanceof Error)) return 0;
  if (error.name === "ProtocolError") return /stopped|has ended/.test(error.message) ? 3 : 1;
  if (error.name !== "TransportError") return 0;
  if (error.message.startsWith("its process died")) return 1;
  return error.message.startsWith("did not end") ? 4 : 2;
}

/** Merges failures: the first cause in the message, the others listed. */
export function mergeFailures(failures: readonly Failure[], parties: number): RunError {
  const sorted = [...failures].sort((a, b) => order(a.error) - order(b.error));
  const first = sorted[0]!;
  const who = (rank: number): string => rank >= parties ? "The dealer" : `Party ${rank}`;
  const text = (error: unknown): string =>
    error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const others = sorted.slice(1).map((f) => who(f.rank));
  const also = others.length === 0 ? "" : `; ${others.join(", ")} stopped with it`;
  return new RunError(`${who(first.rank)} failed: ${text(first.error)}${also}`, sorted);
}
