/**
 * What a command sees of the world around it: text in, text out.
 *
 * @module
 */
import { TextLineStream } from "../deps.ts";

/** Standard streams; tests bring their own. */
export interface Io {
  /** Writes to standard output. */
  out(text: string): void;
  /** Writes to standard error. */
  err(text: string): void;
  /** Lines of standard input. */
  lines(): AsyncIterable<string>;
  /** Whether standard error is a terminal. */
  readonly terminal: boolean;
}

/** Writes all of a text, whatever a pipe takes at once. */
function write(to: { writeSync(bytes: Uint8Array): number }, text: string): void {
  let rest: Uint8Array = new TextEncoder().encode(text);
  while (rest.length > 0) rest = rest.subarray(to.writeSync(rest));
}

/** The streams of this process. */
export const standardIo: Io = {
  out: (text) => write(Deno.stdout, text),
  err: (text) => write(Deno.stderr, text),
  lines: () => Deno.stdin.readable.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream()),
  terminal: Deno.stderr.isTerminal(),
};
