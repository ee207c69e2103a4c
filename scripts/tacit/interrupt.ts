/**
 * What is tidied up when a command is interrupted.
 *
 * @module
 */
import type { Io } from "./io.ts";

/** Exit status of a program that an interrupt ended, by the shell's custom. */
const INTERRUPTED = 130;

const tidying = new Set<() => void>();

/** Calls a function if the command is interrupted, until the result is disposed. */
export function onInterrupt(tidy: () => void): Disposable {
  tidying.add(tidy);
  return { [Symbol.dispose]: () => void tidying.delete(tidy) };
}

/** From here on an interrupt tidies up and ends this process; what it was linked to sees its links close. */
export function endOnInterrupt(io: Io): void {
  const signals: Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT"] : ["SIGINT", "SIGTERM"];
  for (const signal of signals) {
    Deno.addSignalListener(signal, () => {
      for (const tidy of tidying) tidy();
      io.err(`${io.terminal ? "\r\x1b[K" : ""}tacit: interrupted\n`);
      Deno.exit(INTERRUPTED);
    });
  }
}
