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

/**
 * What may be told to other parties about an error: messages of our own errors, which never contain a value, and of all
 * others only the class, because a program's message may contain plaintext.
 */
export function publicMessage(error: unknown): string {
  const own = error instanceof TransportError || error instanceof ProtocolError ||
    error instanceof RangeError ||
    error instanceof TypeError;
  if (own) return `${error.name}: ${error.message}`;
  return error instanceof Error ? error.name : "an error";
}
