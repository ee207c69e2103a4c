/**
 * What a member tells the others when it stops.
 *
 * @module
 */
import { decodeControl, encodeControl } from "./control.ts";
import { publicMessage, TransportError } from "./errors.ts";

/** Longest text that is sent or shown. */
const MOST_CHARACTERS = 2000;
const MOST_BYTES = 1 << 16;

/** Why a session has ended. */
export interface Notice {
  /** The member that stopped first, whoever passes it on. */
  readonly origin: number;
  /** The operation that was running there; may be empty. */
  readonly op: string;
  /** The error, as far as others may know it. */
  readonly message: string;
}

/** What may be told about an error. */
export function noticeOf(origin: number, error: unknown, op: string): Notice {
  return {
    origin,
    op: op.slice(0, MOST_CHARACTERS),
    message: publicMessage(error).slice(0, MOST_CHARACTERS),
  };
}

/** Bytes of a notice. */
export function encodeNotice(notice: Notice): Uint8Array {
  return encodeControl([notice.origin, notice.op, notice.message]);
}

/**
 * The notice in a message.
 *
 * @throws {TransportError} when the bytes are none.
 */
export function decodeNotice(bytes: Uint8Array): Notice {
  const value = decodeControl(bytes, MOST_BYTES);
  if (Array.isArray(value)) {
    const [origin, op, message] = value as unknown[];
    if (
      typeof origin === "number" && Number.isInteger(origin) && typeof op === "string" &&
      typeof message === "string"
    ) {
      return { origin, op, message };
    }
  }
  throw new TransportError("Cannot read an abort notice: it is not well formed");
}
