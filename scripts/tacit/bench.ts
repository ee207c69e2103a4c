/**
 * `tacit bench`: the benchmark.
 *
 * @module
 */
import type { Command } from "./command.ts";

const HELP = `tacit bench: time, rounds and bytes of the standard rows, the same as deno task bench

  tacit bench

Seconds are those of the slowest party, correlated randomness included; online is the same with correlated randomness dealt ahead.

  --filter RE            rows of which the name matches
  --json FILE            write the figures to FILE
  --transport NAME       worker or tcp: a process for each member, the default
  --provider NAME        ttp, the default, or tfp
  --parties N            number of parties, 2 by default
  --protocol NAME        additive, the default, or plain
  --verbose              show where an error came from

Example
  tacit bench --filter "relu|matmul" --json figures.json
`;

/** Runs the benchmark. */
export const bench: Command = {
  summary: "time, rounds and bytes of the standard rows",
  help: HELP,
  values: ["filter", "json", "transport", "provider", "parties", "protocol"],
  lists: [],
  flags: [],
  words: [],
  async run({ values }) {
    // Other commands do not wait for its rows to load.
    const { bench } = await import("../bench/main.ts");
    await bench(
      Object.entries(values).flatMap(([name, value]) => value === undefined ? [] : [`--${name}=${value}`]),
    );
  },
};
