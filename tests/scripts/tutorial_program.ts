/**
 * The tutorial's inference, for tests that launch it.
 *
 * @module
 */
import { decodeNpy, nn, type Session } from "../../mod.ts";

/** What goes wrong. */
export interface Args {
  /** Bob's file. */
  readonly file: string;
  /** The columns that the parties agreed on. */
  readonly columns: number;
}

const read = (name: string): Promise<Uint8Array> =>
  Deno.readFile(new URL(`../../examples/data/${name}`, import.meta.url));

/** Alice's network on Bob's rows. */
export async function main(mpc: Session, args: unknown): Promise<number> {
  const { file, columns } = args as Args;
  const model = await nn.fromOnnx(mpc, mpc.rank === 0 ? await read("alice_net.onnx") : undefined, { src: 0 });
  const rows = mpc.rank === 1 ? decodeNpy(await read(file)) : undefined;
  const logits = await model.forward(mpc.encrypt(rows, { src: 1, shape: [100, columns] })).decrypt();
  return logits.size;
}
