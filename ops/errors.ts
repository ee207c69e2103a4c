/**
 * Errors of operations.
 *
 * @module
 */

/** An operation, or a form of it, that is not supported. */
export class UnsupportedOpError extends Error {
  /** Always "UnsupportedOpError". */
  override readonly name = "UnsupportedOpError";
}
