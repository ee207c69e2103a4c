/**
 * Errors between parties.
 *
 * @module
 */

/** Where a failure happened. */
export interface FailureSite {
  /** The party it is about. */
  readonly party?: number | undefined;
  /** The operation that was running. */
  readonly op?: string | undefined;
  /** What caused it. */
  readonly cause?: unknown;
}

/** A link is dead, late, or delivers garbage. */
export class TransportError extends Error {
  /** Always "TransportError". */
  override readonly name = "TransportError";
  /** The party it is about. */
  readonly party: number | undefined;
  /** The operation that was running. */
  readonly op: string | undefined;
  /** An error about a party and an operation, as far as they are known. */
  constructor(message: string, site: FailureSite = {}) {
    super(message, site.cause === undefined ? undefined : { cause: site.cause });
    this.party = site.party;
    this.op = site.op;
  }
}

/** Parties disagree, or a peer has stopped. */
export class ProtocolError extends Error {
  /** Always "ProtocolError". */
  override readonly name = "ProtocolError";
  /** The party it is about. */
  readonly party: number | undefined;
  /** The operation that was running. */
  readonly op: string | undefined;
  /** An error about a party and an operation, as far as they are known. */
  constructor(message: string, site: FailureSite = {}) {
    super(message, site.cause === undefined ? undefined : { cause: site.cause });
    this.party = site.party;
    this.op = site.op;
  }
}

/** How our errors are worded. The engine's own have no colon, and some hold a value: "Cannot convert 1.5 to a BigInt". */
const OURS = /^Cannot [^:]+: /;
/** Errors that are ours when they are worded like that. */
const WORDED: readonly string[] = ["RangeError", "TypeError", "UnsupportedOpError"];

/**
 * What other parties may be told about an error: the text of our own errors, which never holds a value; a `RangeError`, `TypeError`
 * or `UnsupportedOpError` is taken for ours when it is worded as ours are. Of all others only the class, because the message of a program
 * or of the engine (`BigInt(1.5)`, say) may contain plaintext.
 */
export function publicMessage(error: unknown): string {
  const ours = error instanceof TransportError || error instanceof ProtocolError ||
    (error instanceof Error && WORDED.includes(error.name) && OURS.test(error.message));
  if (ours) return `${error.name}: ${error.message}`;
  return error instanceof Error ? error.constructor.name : "an error";
}
