/**
 * Measures what operations send, and what they declared to send.
 *
 * @module
 */
import { additive, type CrypTensor, runLocal, type Session, trustedFirstParty } from "../../../mod.ts";
import type { Profile } from "../../../protocols/additive/plan.ts";
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

/** What an operation took; bytes are what a party sends, on average over the parties. */
export interface Measured {
  /** Messages that had to follow each other. */
  readonly rounds: number;
  /** Payload bytes, as the transport counted them, without corrections. */
  readonly bytes: number;
  /** The same, as the operations declared it. */
  readonly declared: number;
  /** Bytes of corrections, as declared, to all parties together. */
  readonly correlation: number;
  /** The same, as they were sent. */
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

/** How an operation is measured: with additive sharing, unless it is said otherwise. */
export interface MeasureOptions extends Partial<LocalOptions> {
  /** Number of parties. */
  readonly parties: number;
  /** Profile of comparisons. */
  readonly comparison?: Profile;
}

/** Runs an operation on operands that are there. */
export async function measure(
  operation: Operation,
  options: MeasureOptions,
  before?: (mpc: Session) => Promise<void>,
): Promise<Measured> {
  const { comparison = "lean", ...rest } = options;
  const protocol = rest.protocol ?? additive({ provider: trustedFirstParty(), comparison });
  const found = await runLocal({ ...rest, protocol }, async (mpc) => {
    const operands = operandsOf(mpc);
    await mpc.settle();
    await before?.(mpc);
    mpc.resetStats();
    const earlier = mpc.stats.totals.correctionBytes;
    const results = [operation.run(operands)].flat();
    await Promise.all(results.map(ready));
    await mpc.settle();
    await mpc.context.shared.env.comm.pause();
    // Who deals for the others, or is sent nothing, is done early.
    await before?.(mpc);
    const { ops, totals } = mpc.stats;
    const sum = (f: (row: typeof ops[number]) => number): number => ops.reduce((a, row) => a + f(row), 0);
    return {
      rounds: totals.rounds,
      bytes: totals.payloadBytes,
      declared: sum((row) => row.bytesPerParty),
      correlation: sum((row) => row.correlationBytes),
      corrections: totals.correctionBytes - earlier,
    };
  });
  const total = (f: (one: Measured) => number): number => found.reduce((sum, one) => sum + f(one), 0);
  const corrections = total((one) => one.corrections);
  return {
    ...found[0]!,
    rounds: Math.max(...found.map(({ rounds }) => rounds)),
    bytes: total((one) => one.bytes) / options.parties,
    corrections,
  };
}
