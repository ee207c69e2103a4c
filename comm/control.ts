/**
 * Control messages: small plain data, encoded as MessagePack. Tensor payloads never pass through here.
 *
 * @module
 */
import { Packr, Unpackr } from "./deps.ts";
import { TransportError } from "./errors.ts";

/** Largest control message that is accepted. */
export const CONTROL_LIMIT = 1 << 26;

const packr = new Packr({ useRecords: false, moreTypes: false });
const unpackr = new Unpackr({ useRecords: false, moreTypes: false });

/** Bytes of plain data. */
export function encodeControl(value: unknown): Uint8Array {
  return new Uint8Array(packr.pack(value));
}

/**
 * Plain data from bytes of an authenticated peer; the caller checks its form.
 *
 * @throws {TransportError} when the bytes are too many or not well formed.
 */
export function decodeControl(bytes: Uint8Array): unknown {
  if (bytes.length > CONTROL_LIMIT) {
    throw new TransportError(
      `Cannot read a control message: it has ${bytes.length} bytes, ${CONTROL_LIMIT} at most are accepted`,
    );
  }
  try {
    // A copy: decoded byte strings would otherwise be views of a buffer that is used again.
    return unpackr.unpack(bytes.slice());
  } catch (cause) {
    throw new TransportError("Cannot read a control message: it is not well formed", { cause });
  }
}
