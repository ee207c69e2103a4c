/**
 * An inference of the command line at one party, and the most memory that its process had.
 *
 * @module
 */
import type { Session } from "../../mod.ts";
import { main as infer } from "../../scripts/tacit/inference.ts";

/** Runs the inference; the peak in bytes. */
export async function main(mpc: Session, args: unknown): Promise<number> {
  await infer(mpc, args);
  return Number(/VmHWM:\s+(\d+)/.exec(await Deno.readTextFile("/proc/self/status"))![1]) * 1024;
}
