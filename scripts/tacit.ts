/**
 * The command line.
 *
 *     deno task tacit <command> [options]
 *     deno run -A scripts/tacit.ts <command> [options]
 *
 * @module
 */
import { standardIo } from "./tacit/io.ts";
import { tacit } from "./tacit/main.ts";

if (import.meta.main) Deno.exit(await tacit(Deno.args, standardIo));
