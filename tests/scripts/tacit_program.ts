/**
 * A program that the tests of the command line run.
 *
 * @module
 */
import { plain, type Protocol, type Session } from "../../mod.ts";

/** A protocol of its own. */
export const protocols = {
  mine: (): Protocol => ({ ...plain(), name: "mine" }),
};

/** Multiplies two secrets. With the word "stall" the last party says that it is there, and then nothing more. */
export async function main(mpc: Session, words: unknown): Promise<unknown> {
  const last = mpc.parties - 1;
  const [x, y] = [0, last].map((src) =>
    mpc.encrypt(mpc.rank === src ? [3, 4] : undefined, { src, shape: [2] })
  );
  await x!.settled();
  if (mpc.rank === last && (words as readonly string[]).includes("stall")) {
    await Deno.stderr.write(new TextEncoder().encode("stalls\n"));
    await new Promise(() => {});
  }
  const product = await x!.mul(y!).decrypt();
  return { words, product };
}
