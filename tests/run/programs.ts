/**
 * Programs that the tests launch.
 *
 * @module
 */
import type { Session } from "../../mod.ts";

/** What the program is to do. */
export interface Args {
  /** Party that misbehaves. */
  readonly bad?: number;
  /** How. */
  readonly how?: "throw" | "exit" | "stall" | "close" | "coerce";
}

/** Multiplies inputs of all parties; one party may misbehave halfway. */
export async function main(
  mpc: Session,
  args: unknown,
): Promise<{ product: number; bytes: number; values: Float64Array }> {
  const { bad, how } = (args ?? {}) as Args;
  const inputs = Array.from(
    { length: mpc.parties },
    (_, src) => mpc.encrypt(mpc.rank === src ? [src + 2] : undefined, { src, shape: [1] }),
  );
  let product = inputs[0]!;
  for (const x of inputs.slice(1)) product = product.mul(x);
  await product.settled();
  if (mpc.rank === bad) {
    if (how === "throw") throw new Error("secret value 12345");
    if (how === "exit") Deno.exit(3);
    if (how === "close") (globalThis as unknown as { close(): void }).close();
    if (how === "coerce") return `${product}` as never;
    if (how === "stall") await new Promise(() => {});
  }
  const opened = await product.relu().decrypt();
  return { product: opened.at(0), bytes: mpc.stats.totals.payloadBytes, values: Float64Array.of(1, 2) };
}
