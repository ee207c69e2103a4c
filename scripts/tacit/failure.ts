/**
 * What went wrong, in one line.
 *
 * @module
 */
import { RunError } from "../../mod.ts";

/** The error that began it: that of the party that failed first. */
export function rootOf(error: unknown): unknown {
  return error instanceof RunError && error.failures.length > 0 ? rootOf(error.failures[0]!.error) : error;
}

/** An error as one line; that of a party which says by itself what is wrong stands alone. */
export function lineOf(error: unknown): string {
  const cause = rootOf(error);
  const clear = cause instanceof Error && cause.message.startsWith("Cannot ");
  const root = clear ? cause : error;
  const text = root instanceof Error ? root.message || root.name : String(root);
  return text.replace(/\s+/g, " ").trim();
}

/** An error with its stack, and with those that caused it. */
export function traceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = rootOf(error) === error ? error.cause : rootOf(error);
  return `${error.stack ?? error.message}${cause === undefined ? "" : `\ncaused by ${traceOf(cause)}`}`;
}

/** Why the operating system refused something, without its numbers. */
export function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "it does not exist";
  if (error instanceof Deno.errors.IsADirectory) return "it is a folder";
  if (error instanceof Deno.errors.NotADirectory) return "a part of its path is no folder";
  if (error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotCapable) {
    return "access is not permitted";
  }
  return error instanceof Error
    ? error.message.replace(/ \(os error \d+\).*$/, "").toLowerCase()
    : String(error);
}
