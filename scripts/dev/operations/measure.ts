/**
 * Measures what operations send, and what they declared to send.
 *
 * @module
 */
import { additive, type CrypTensor, runLocal, type Session, trustedFirstParty } from "../../../mod.ts";
import type { LocalOptions } from "../../../run/local.ts";
import { functions, rows } from "./functions.ts";
import { arithmetic, comparison, logic } from "./elements.ts";
import { indexing, movement } from "./movement.ts";
import type { Family, Operands, Operation } from "./row.ts";
import { linear, order, pooling, random } from "./tensors.ts";

/** All operations, by family. */
export const FAMILIES: readonly Family[] = [
  arithmetic,
  comparison,
  logic,
  functions,
  rows,
  linear,
  order,
  pooling,
  indexing,
  movement,
  random,
];

/** What an operation took; bytes are of one party to one peer. */
export interface Measured {
  /** Messages that had to follow each other. */
  readonly rounds: number;
  /** Payload bytes to each peer, as the transport counted them. */
  readonly bytes: number;
  /** The same, as the operations declared it. */
  readonly declared: number;
  /** Bytes of corrections, as declared. */
  readonly correlation: number;
  /** The same, as they were sent, to all parties together. */
  readonly corrections: number;
}

const SIZE = 1000;

function operandsOf(mpc: Session): Operands {
  const secret = (src: number, data: Float64Array, scale = 16): CrypTensor =>
    mpc.encrypt(mpc.rank === src ? data : undefined, { src, shape: [data.length], scale });
  const x = secret(0, Float64Array.from({ length: SIZE }, (_, i) => (i * 37 % 401) / 100 - 2));
  const y = secret(1, Float64Array.from({ length: SIZE }, (_, i) => 1 + (i * 53 % 199) / 100));
  const flags = secret(0, Float64Array.from({ length: SIZE }, (_, i) => i % 2), 0);
  const index = secret(1, Float64Array.from({ length: 100 }, (_, i) => i * 7 % 10), 0);
  return { mpc, x, y, m: x.reshape([10, 100]), image: x.reshape([1, 10, 10, 10]), flags, index };
}

/** Waits for a result in the form in which the next operation needs it: as words, without extra fraction bits. */
async function ready(t: CrypTensor): Promise<void> {
  await (t.ptype === "binary" ? t.settled() : t.rescale().words.wait());
}

/** Runs an operation on operands that are there; what each party found. */
export async function measure(
  operation: Operation,
  options: Partial<LocalOptions> & { readonly parties: number; readonly comparison?: "lean" | "wide" },
  before?: (mpc: Session) => Promise<void>,
): Promise<readonly Measured[]> {
  const { comparison = "lean", ...rest } = options;
  const protocol = additive({ provider: trustedFirstParty(), comparison });
  const found = await runLocal({ protocol, ...rest }, async (mpc) => {
    const operands = operandsOf(mpc);
    await mpc.settle();
    await before?.(mpc);
    mpc.resetStats();
    const { env } = mpc.context.shared;
    const earlier = env.provider?.correctionBytes ?? 0;
    const results = [operation.run(operands)].flat();
    await Promise.all(results.map(ready));
    await env.comm.pause();
    const { ops, totals } = mpc.stats;
    const sum = (f: (row: typeof ops[number]) => number): number => ops.reduce((a, row) => a + f(row), 0);
    return {
      rounds: totals.rounds,
      bytes: totals.payloadBytes / (mpc.parties - 1),
      declared: sum((row) => row.bytesPerParty),
      correlation: sum((row) => row.correlationBytes),
      corrections: (env.provider?.correctionBytes ?? 0) - earlier,
    };
  });
  const corrections = found.reduce((sum, one) => sum + one.corrections, 0);
  return found.map((one) => ({ ...one, corrections }));
}
