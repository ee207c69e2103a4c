/**
 * The command line.
 *
 *     deno task tacit <command> [options]
 *     deno run -A scripts/tacit.ts <command> [options]
 *
 * @module
 */
import { endOnInterrupt } from "./tacit/interrupt.ts";
import { standardIo } from "./tacit/io.ts";
import { tacit } from "./tacit/main.ts";

if (import.meta.main) {
  endOnInterrupt(standardIo);
  Deno.exit(await tacit(Deno.args, standardIo));
}
