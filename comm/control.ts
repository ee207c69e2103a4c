/**
 * Control messages: small plain data (null, booleans, numbers, strings, bytes, arrays, plain objects) as MessagePack. Tensor
 * payloads never pass through here.
 *
 * @module
 */
import { decodeMessagePack, encodeMessagePack } from "./deps.ts";
import { TransportError } from "./errors.ts";

/** Largest control message that is accepted. */
export const CONTROL_LIMIT: number = 1 << 26;
/** Containers within containers that are accepted. */
const MOST_DEPTH = 64;

/**
 * Bytes of plain data. Entries that are `undefined` are left out; in arrays they become null.
 *
 * @throws {TypeError} when the data holds something that is not plain, or is nested too deeply.
 */
export function encodeControl(value: unknown): Uint8Array {
  // The encoder would make empty objects of maps and sets, and bytes of numbers: others would get another value.
  if (!isPlain(value, 0)) throw new TypeError("Cannot encode a control message: it is not plain data");
  try {
    return encodeMessagePack(value, { ignoreUndefined: true, maxDepth: MOST_DEPTH });
  } catch (cause) {
    throw new TypeError("Cannot encode a control message: it is not plain data", { cause });
  }
}

/**
 * Plain data from bytes of a peer; the caller checks its form.
 *
 * @throws {TransportError} when the bytes are too many or not well formed.
 */
export function decodeControl(bytes: Uint8Array, limit: number = CONTROL_LIMIT): unknown {
  if (bytes.length > limit) {
    throw new TransportError(
      `Cannot read a control message: it has ${bytes.length} bytes, ${limit} at most are accepted`,
    );
  }
  let value: unknown;
  try {
    // A copy: decoded byte strings would otherwise be views of a buffer that is used again.
    value = decodeMessagePack(bytes.slice());
  } catch (cause) {
    throw new TransportError("Cannot read a control message: it is not well formed", { cause });
  }
  if (!isPlain(value, 0)) {
    throw new TransportError("Cannot read a control message: it holds more than plain data");
  }
  return value;
}

/** Whether a value holds only plain data: extension types are not accepted. */
function isPlain(value: unknown, depth: number): boolean {
  if (depth > MOST_DEPTH) return false;
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return true;
  if (Array.isArray(value)) return value.every((item) => isPlain(item, depth + 1));
  const prototype: unknown = Object.getPrototypeOf(value);
  return (prototype === Object.prototype || prototype === null) &&
    Object.values(value).every((item) => isPlain(item, depth + 1));
}
