/**
 * What stands in a file, shown in an error.
 *
 * @module
 */

const LONGEST = 60;

/** A text of a file in quotes, on one line, and cut when it is long. */
export function shortName(text: unknown): string {
  if (typeof text !== "string") return `of kind ${typeof text}`;
  return JSON.stringify(text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);
}
