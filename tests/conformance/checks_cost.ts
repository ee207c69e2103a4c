/**
 * Costs: what is declared is what crosses the wire, to the byte and to the round.
 *
 * @module
 */
import type { Cost, Protocol } from "../../protocols/protocol.ts";
import type { Demand } from "../../protocols/provider.ts";
import { sizeOf } from "../../ring/shape.ts";
import { type LocalOptions, runLocal } from "../../run/local.ts";
import { type Check, ensure, type Note, type Subject } from "./check.ts";
import { type Row, ROWS, type Sides } from "./cost_rows.ts";
import { LockStep } from "./lockstep.ts";
import { Party } from "./parties.ts";
import { chosen, has } from "./primitives.ts";

const SHAPES: readonly Sides[] = [[1], [7], [128], [129, 3], [70, 70]];

/** What one party counted. */
interface Counted {
  readonly declared: Cost;
  readonly sent: number;
  readonly rounds: number;
  readonly correlation: number;
  readonly demands: readonly Demand[];
}

async function count(
  row: Row,
  options: LocalOptions,
  shape: Sides,
): Promise<readonly (Counted | undefined)[]> {
  return await runLocal(options, async (mpc) => {
    const p = new Party(mpc);
    if (!has(p.protocol, row.needs)) return undefined;
    await p.together();
    const result = await row.run(p, shape) as { readonly viewed?: boolean } | undefined;
    await p.protocol.settled?.();
    await p.env.comm.pause();
    const { payloadBytes, rounds } = p.env.comm.counters;
    // A party that deals for the two others is done before they are.
    await p.together();
    return {
      declared: row.cost(p.protocol.costs, shape, result?.viewed === true),
      sent: payloadBytes,
      rounds,
      correlation: p.env.provider?.correctionBytes ?? p.protocol.correctionBytes ?? 0,
      demands: p.env.provider?.demands ?? [],
    };
  });
}

/** Runs a call in lock step and holds the counters to what is declared; undefined when the protocol does not have it. */
async function measure(row: Row, protocol: Protocol, n: number, shape: Sides): Promise<Cost | undefined> {
  const options = { parties: n, protocol };
  let manifest: readonly Demand[] | undefined;
  // What a dealer sends belongs to no round, but whoever waits for it is late: it is dealt ahead.
  if (protocol.provider?.needsDealer === true) manifest = (await count(row, options, shape))[0]?.demands;
  const network = new LockStep();
  const wrap: LocalOptions["wrap"] = (link) => network.wrap(link);
  const ahead = manifest === undefined || manifest.length === 0 ? {} : { manifest };
  const results = await count(row, { ...options, ...ahead, wrap }, shape).finally(() => network.close());
  const [first] = results;
  if (first === undefined) return undefined;
  const of = (key: "sent" | "correlation"): number => results.reduce((sum, r) => sum + r![key], 0);
  const { declared } = first;
  const differs = results.find((r) => JSON.stringify(r!.declared) !== JSON.stringify(declared));
  const what = `${row.name} of [${shape}]`;
  const hold = (name: string, got: number, wanted: number): void =>
    ensure(got === wanted, () => `${name} of ${what}: ${got} measured, ${wanted} declared`);
  ensure(differs === undefined, () => `${what}: the parties declare different costs`);
  hold("waves on the network", network.waves, declared.rounds);
  hold("counted rounds", results.reduce((max, r) => Math.max(max, r!.rounds), 0), declared.rounds);
  // Parties that deal for each other send the corrections over the same links.
  hold(
    "payload bytes",
    of("sent"),
    declared.bytes + (protocol.provider === undefined ? declared.correlation : 0),
  );
  hold("bytes of correlated randomness", of("correlation"), declared.correlation);
  return declared;
}

const figure = (value: number): string =>
  value === 0 ? "0" : value < 10 ? value.toFixed(2) : value.toFixed(1);

async function declared(subject: Subject, note: Note): Promise<void> {
  const { make, parties: n } = subject;
  const protocol = make();
  const lines: string[] = [];
  for (const row of chosen(ROWS, subject)) {
    for (const shape of SHAPES) {
      const cost = await measure(row, protocol, n, shape);
      if (
        cost === undefined || shape !== SHAPES.at(-1) || row.name.startsWith("sign and") ||
        row.name === "matmul"
      ) continue;
      const size = sizeOf(shape);
      const bytes = figure(cost.bytes / n / size);
      const line = [row.name.padEnd(26), `${cost.rounds}`.padStart(6), bytes.padStart(10)];
      lines.push([...line, figure(cost.correlation / size).padStart(12)].join(" "));
    }
  }
  note("per element, [70,70]       rounds  B / party B correlated");
  for (const line of lines) note(line);
}

/** The checks. */
export const COST_CHECKS: readonly Check<Subject>[] = [
  {
    name: "declared costs are what crosses the wire",
    about:
      "Rounds (as waves of a network in lock step, and as counted), payload bytes and bytes of correlated randomness of every call " +
      "at five shapes are exactly those of `costs`. Finds hidden rounds, bytes that are not declared, and bits that are not packed.",
    run: declared,
  },
];
