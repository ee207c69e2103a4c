/**
 * What every party of the benchmark runs.
 *
 * @module
 */
import type { Demand, Session } from "../../mod.ts";
import { rows } from "./rows.ts";

/** Arguments of the program. */
export interface BenchArgs {
  /** Rows to run. */
  readonly names: readonly string[];
  /** Runs before the clock counts. */
  readonly warmup: number;
  /** Runs that count. */
  readonly repeats: number;
}

/** One row as one party measured it. */
export interface Measured {
  readonly name: string;
  readonly seconds: readonly number[];
  readonly rounds: number;
  readonly payloadBytes: number;
  readonly correctionBytes: number;
  readonly maxError: number | undefined;
  readonly peakBytes: number;
}

/** What a party returns. */
export interface BenchReport {
  readonly rows: readonly Measured[];
  readonly demands: readonly Demand[];
}

/** Runs the rows. */
export async function main(mpc: Session, args: unknown): Promise<BenchReport> {
  const { names, warmup, repeats } = args as BenchArgs;
  const { heap, provider } = mpc.context.shared.env;
  const out: Measured[] = [];
  for (const row of rows.filter((r) => names.includes(r.name))) {
    const inputs = await row.prepare(mpc);
    await Promise.all(inputs.map((x) => x.settled()));
    const seconds: number[] = [];
    let result;
    heap.resetPeak();
    for (let i = 0; i < warmup + repeats; i++) {
      result?.dispose();
      // Copies: what a run has opened of its inputs must not serve the next one.
      const fresh = inputs.map((x) => x.mul(1));
      await Promise.all(fresh.map((x) => x.settled()));
      await mpc.barrier();
      mpc.resetStats();
      const corrections = mpc.stats.totals.correctionBytes;
      const start = performance.now();
      result = row.run(fresh).rescale();
      await result.settled();
      for (const x of fresh) x.dispose();
      if (i >= warmup) seconds.push((performance.now() - start) / 1000);
      if (i < warmup + repeats - 1) continue;
      await mpc.context.shared.env.comm.pause();
      const { rounds, payloadBytes, correctionBytes: all } = mpc.stats.totals;
      const correctionBytes = all - corrections;
      const peakBytes = heap.peakBytes;
      let maxError: number | undefined;
      if (row.expect !== undefined) {
        const plain = await Promise.all(inputs.map((x) => x.decrypt()));
        const opened = await result.decrypt();
        maxError = 0;
        for (let k = 0; k < 200; k++) {
          const index = opened.shape.map((side, axis) => (k * 7919 * (axis + 1) + 13 * axis) % side);
          maxError = Math.max(maxError, Math.abs(opened.at(...index) - row.expect(plain, index)));
        }
      }
      out.push({ name: row.name, seconds, rounds, payloadBytes, correctionBytes, maxError, peakBytes });
    }
    result?.dispose();
    for (const x of inputs) x.dispose();
  }
  return { rows: out, demands: [...provider?.demands ?? []] };
}
