/**
 * A program that brings a protocol along: what workers, processes and the command line need to run it.
 *
 * @module
 */
import type { Session } from "../../mod.ts";
import { tiny } from "./tiny.ts";

/** By the name that it has. */
export const protocols = { tiny };

/** The larger of two secrets. */
export async function main(mpc: Session): Promise<number> {
  const [x, y] = [3, 4].map((value, src) =>
    mpc.encrypt(mpc.rank === src ? value : undefined, { src, shape: [] })
  );
  return (await x!.maximum(y!).decrypt()).at();
}
