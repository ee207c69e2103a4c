/**
 * The benchmark: time, rounds and bytes of the standard rows.
 *
 *     deno task bench [--filter RE] [--json FILE] [--transport worker|tcp] [--provider tfp|ttp] [--parties N] [--protocol NAME]
 *
 * Seconds are those of the slowest party, from operands that are shared to a result that is shared, correlated randomness
 * included; *online* is the same with correlated randomness dealt ahead.
 *
 * @module
 */
// deno-lint-ignore-file no-console
import { launch, type Protocol, workers } from "../../mod.ts";
import { processes } from "../../run/processes.ts";
import { protocolFrom, protocols } from "../../run/registry.ts";
import { parseArgs } from "./deps.ts";
import type { BenchArgs, BenchReport, Measured } from "./program.ts";
import { rows } from "./rows.ts";

/** One row of the result. */
interface Result {
  readonly name: string;
  readonly parties: number;
  readonly protocol: string;
  readonly provider: string;
  readonly transport: string;
  readonly seconds: { readonly min: number; readonly median: number };
  readonly online: { readonly min: number; readonly median: number } | undefined;
  readonly rounds: number;
  readonly bytesPerParty: number;
  readonly offlineBytes: number;
  readonly maxError: number | undefined;
  readonly peakBytes: number;
}

const PROVIDERS: Readonly<Record<string, string>> = { tfp: "trustedFirstParty", ttp: "trustedThirdParty" };
const WARMUP = 3;
const REPEATS = 5;

function choose(value: string, from: readonly string[], option: string): string {
  if (!from.includes(value)) {
    console.error(`Cannot run the benchmark: --${option} is "${value}", one of ${from.join(", ")} is wanted`);
    Deno.exit(2);
  }
  return value;
}

const median = (xs: readonly number[]): number => [...xs].sort((a, b) => a - b)[Math.floor(xs.length / 2)]!;

/** The slowest party's time of each run. */
function slowest(reports: readonly BenchReport[], name: string): { min: number; median: number } {
  const each = reports.map((r) => r.rows.find((row) => row.name === name)!.seconds);
  const runs = each[0]!.map((_, i) => Math.max(...each.map((seconds) => seconds[i]!)));
  return { min: Math.min(...runs), median: median(runs) };
}

/** Runs the rows that the options ask for. */
export async function bench(options: readonly string[]): Promise<void> {
  const args = parseArgs([...options], {
    string: ["filter", "json", "transport", "provider", "parties", "protocol"],
    default: { filter: ".", transport: "tcp", provider: "ttp", protocol: "additive" },
    unknown(name: string) {
      console.error(`Cannot run the benchmark: option "${name}" is unknown`);
      Deno.exit(2);
    },
  });
  const transport = choose(args.transport, ["worker", "tcp"], "transport");
  const provider = choose(args.provider, ["tfp", "ttp"], "provider");
  const name = choose(args.protocol, Object.keys(protocols), "protocol");
  const protocol: Protocol = protocolFrom({
    name,
    options: name === "additive" ? { provider: PROVIDERS[provider]! } : {},
  });
  const parties = Number(args.parties ?? Math.max(2, protocol.parties[0]));
  const names = rows.map((row) => row.name).filter((row) => new RegExp(args.filter).test(row));
  const host = transport === "tcp" ? processes() : workers();
  console.log(`${protocol.name}, ${parties} parties as ${host.name}, ${provider}: ${protocol.threatModel}\n`);
  console.log(
    `${
      "row".padEnd(16)
    }   median s      min s   online s   rounds      bytes/party    dealer bytes    max error   peak MB`,
  );
  const results: Result[] = [];
  for (const row of names) {
    const job: BenchArgs = { names: [row], warmup: WARMUP, repeats: REPEATS };
    const options = { parties, protocol, host, args: job, deadline: 120_000 };
    const program = new URL("./program.ts", import.meta.url);
    const reports = await launch<BenchReport>(program, options);
    const { demands } = reports[0];
    const ahead = demands.length > 0
      ? await launch<BenchReport>(program, { ...options, manifest: demands })
      : undefined;
    const of = (report: BenchReport): Measured => report.rows.find((r) => r.name === row)!;
    const first = of(reports[0]);
    const result: Result = {
      name: row,
      parties,
      protocol: name,
      provider,
      transport,
      seconds: slowest(reports, row),
      online: ahead && slowest(ahead, row),
      rounds: first.rounds,
      bytesPerParty: Math.max(...reports.map((r) => of(r).payloadBytes)),
      offlineBytes: reports.reduce((sum, r) => sum + of(r).correctionBytes, 0),
      maxError: first.maxError,
      peakBytes: Math.max(...reports.map((r) => of(r).peakBytes)),
    };
    results.push(result);
    const time = (s: number | undefined): string => (s === undefined ? "-" : s.toFixed(4)).padStart(10);
    console.log(
      `${row.padEnd(16)} ${time(result.seconds.median)} ${time(result.seconds.min)} ${
        time(result.online?.median)
      } ` +
        `${String(result.rounds).padStart(8)} ${String(result.bytesPerParty).padStart(16)} ${
          String(result.offlineBytes).padStart(15)
        } ` +
        `${(result.maxError === undefined ? "-" : result.maxError.toExponential(2)).padStart(12)} ` +
        `${(result.peakBytes / 2 ** 20).toFixed(0).padStart(9)}`,
    );
  }
  if (args.json !== undefined) {
    await Deno.writeTextFile(args.json, `${JSON.stringify(results, undefined, 2)}\n`);
  }
}

if (import.meta.main) await bench(Deno.args);
