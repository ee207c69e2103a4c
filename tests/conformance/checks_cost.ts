/**
 * Costs: what is declared is what crosses the wire, to the byte and to the round.
 *
 * @module
 */
import type { AShare, BShare, Cost, Costs, Instance, Pending, Protocol } from "../../protocols/protocol.ts";
import { RingTensor } from "../../ring/tensor.ts";
import { runLocal } from "../../run/local.ts";
import { type Check, ensure, type Note, type Subject } from "./check.ts";
import { LockStep } from "./lockstep.ts";
import { Party } from "./parties.ts";
import { has, SPLINE, TABLE } from "./primitives.ts";

type Sides = readonly number[];

/** A call with its declared cost. */
interface Row {
  readonly name: string;
  readonly needs?: keyof Instance;
  readonly cost: (costs: Costs, shape: Sides) => Cost;
  readonly run: (p: Party, shape: Sides) => Promise<unknown>;
}

const SHAPES: readonly Sides[] = [[1], [7], [128], [129, 3], [70, 70]];
const MATMUL = { kind: "matmul" } as const;
const MUL = { kind: "mul" } as const;

const sizeOf = (shape: Sides): number => shape.reduce((a, b) => a * b, 1);
const counting = (shape: Sides): BigUint64Array =>
  BigUint64Array.from({ length: sizeOf(shape) }, (_, i) => BigInt(i));

/** Operands that took no messages to make. */
function words(p: Party, shape: Sides): Pending<AShare> {
  using known = RingTensor.from(p.env.heap, shape, counting(shape));
  return p.ready(p.protocol.constant(known));
}
const bits = (p: Party, shape: Sides, width: number): Pending<BShare> =>
  p.ready(p.protocol.randomBits(p.call(), shape, width));

const thresholds = (count: number): bigint[] => Array.from({ length: count }, (_, i) => BigInt(i));

const ROWS: readonly Row[] = [
  { name: "share", cost: (c, s) => c.share(s), run: (p, s) => p.share(counting(s), 0, s) },
  {
    name: "reveal",
    cost: (c, s) => c.reveal(s),
    run: (p, s) => p.protocol.reveal(p.call(), words(p, s), "all"),
  },
  {
    name: "mul",
    cost: (c, s) => c.bilinear(MUL, s, s),
    run: (p, s) => p.protocol.bilinear(p.call(), MUL, words(p, s), words(p, s)),
  },
  {
    name: "matmul",
    cost: (c, s) => c.bilinear(MATMUL, [3, s[0]!], [s[0]!, 2]),
    run: (p, s) => p.protocol.bilinear(p.call(), MATMUL, words(p, [3, s[0]!]), words(p, [s[0]!, 2])),
  },
  {
    name: "square",
    needs: "square",
    cost: (c, s) => c.square!(s),
    run: (p, s) => p.protocol.square!(p.call(), words(p, s)),
  },
  {
    name: "truncate",
    cost: (c, s) => c.truncate(s, 16),
    run: (p, s) => p.protocol.truncate(p.call(), words(p, s), 16),
  },
  {
    name: "truncate, exact",
    cost: (c, s) => c.truncate(s, 16, "exact"),
    run: (p, s) => p.protocol.truncate(p.call(), words(p, s), 16, "exact"),
  },
  {
    name: "truncate by 30",
    cost: (c, s) => c.truncate(s, 30),
    run: (p, s) => p.protocol.truncate(p.call(), words(p, s), 30),
  },
  { name: "sign", cost: (c, s) => c.sign(s), run: (p, s) => p.protocol.sign(p.call(), words(p, s)) },
  {
    name: "relu",
    needs: "relu",
    cost: (c, s) => c.relu!(s),
    run: (p, s) => p.protocol.relu!(p.call(), words(p, s)),
  },
  {
    name: "truncateRelu",
    needs: "truncateRelu",
    cost: (c, s) => c.truncateRelu!(s, 16),
    run: (p, s) => p.protocol.truncateRelu!(p.call(), words(p, s), 16),
  },
  {
    name: "isZero",
    needs: "isZero",
    cost: (c, s) => c.isZero!(s),
    run: (p, s) => p.protocol.isZero!(p.call(), words(p, s)),
  },
  {
    name: "toBits",
    needs: "toBits",
    cost: (c, s) => c.toBits!(s),
    run: (p, s) => p.protocol.toBits!(p.call(), words(p, s)),
  },
  {
    name: "fromBits, 5",
    cost: (c, s) => c.fromBits(s, 5),
    run: (p, s) => p.protocol.fromBits(p.call(), bits(p, s, 5), 5),
  },
  {
    name: "and, 9",
    cost: (c, s) => c.and(s, 9),
    run: (p, s) => {
      const b = bits(p, s, 9);
      return p.protocol.and(p.call(), b, b, 9);
    },
  },
  {
    name: "select",
    needs: "select",
    cost: (c, s) => c.select!(s),
    run: (p, s) => {
      const b = bits(p, s, 1);
      return p.protocol.select!(p.call(), b, words(p, s));
    },
  },
  ...[1, 3, 30].map((count): Row => ({
    name: `thresholds, ${count}`,
    needs: "thresholds",
    cost: (c, s) => c.thresholds!(s, count, 40),
    run: (p, s) => p.protocol.thresholds!(p.call(), words(p, s), thresholds(count), 40),
  })),
  {
    name: "weigh, 5 bits",
    needs: "weigh",
    cost: (c, s) => c.weigh!(s, 5, 2),
    run: (p, s) => {
      const b = bits(p, s, 5);
      return p.protocol.weigh!(p.call(), b, [[1n, 2n, 3n, 4n, 5n], [5n, 4n, 3n, 2n, 1n]]);
    },
  },
  {
    name: "spline, 16 cubics",
    needs: "spline",
    cost: (c, s) => c.spline!(s, SPLINE),
    run: (p, s) => p.protocol.spline!(p.call(), words(p, s), SPLINE),
  },
  {
    name: "lookup, 16 rows of 4",
    needs: "lookup",
    cost: (c, s) => c.lookup!(s, 4, 4),
    run: (p, s) => p.protocol.lookup!(p.call(), words(p, s), TABLE),
  },
  {
    name: "oneHot, 300",
    needs: "oneHot",
    cost: (c, s) => c.oneHot!(s, 300),
    run: (p, s) => p.protocol.oneHot!(p.call(), words(p, s), 300),
  },
  {
    name: "revealBits, 3",
    cost: (c, s) => c.revealBits(s, 3),
    run: (p, s) => p.protocol.revealBits(p.call(), bits(p, s, 3), 3, "all"),
  },
  {
    name: "prepare",
    needs: "prepare",
    cost: (c, s) => c.prepare!(s),
    run: (p, s) => p.protocol.prepare!(p.call(), words(p, s)).ready,
  },
  // What uses the view of an earlier call opens less by one operand.
  ...(["relu", "select", "square", "mul", "thresholds", "spline"] as const).map(afterSign),
];

type Later = "relu" | "select" | "square" | "mul" | "thresholds" | "spline";

const LATER_COST: Readonly<Record<Later, (c: Costs, s: Sides) => Cost>> = {
  relu: (c, s) => c.relu!(s, true),
  select: (c, s) => c.select!(s, true),
  square: (c, s) => c.square!(s, true),
  mul: (c, s) => c.bilinear(MUL, s, s, [true, false]),
  thresholds: (c, s) => c.thresholds!(s, 3, 40, true),
  spline: (c, s) => c.spline!(s, SPLINE, true),
};

/** A sign, and another call on the same secret while it is under way. */
function afterSign(name: Later): Row {
  return {
    name: `sign and ${name} of one secret`,
    needs: name === "mul" ? "bilinear" : name,
    cost: () => {
      throw new TypeError("Cannot say what two calls cost: it depends on whether the first leaves a view");
    },
    async run(p, s) {
      const [x, y, b] = [words(p, s), words(p, s), bits(p, s, 1)];
      const sign = p.protocol.sign(p.call(), x);
      const then = {
        relu: () => p.protocol.relu!(p.call(), x),
        select: () => p.protocol.select!(p.call(), b, x),
        square: () => p.protocol.square!(p.call(), x),
        mul: () => p.protocol.bilinear(p.call(), MUL, x, y),
        thresholds: () => p.protocol.thresholds!(p.call(), x, thresholds(3), 40),
        spline: () => p.protocol.spline!(p.call(), x, SPLINE),
      }[name]();
      await Promise.all([sign, then]);
      // Whether the sign has left a view decides what was declared for the other.
      return { viewed: x.views.size > 0 };
    },
  };
}

/** The declared cost of a sign and another call on the same secret. */
function both(costs: Costs, name: Later, shape: Sides, viewed: boolean): Cost {
  const first = costs.sign(shape);
  const then = viewed ? LATER_COST[name](costs, shape) : alone(costs, name, shape);
  // With a view, both start from one opening, which is a round; a product opens its other operand in the same.
  const own = !viewed ? then.rounds : name === "mul" ? 1 : 1 + then.rounds;
  return {
    rounds: Math.max(first.rounds, own),
    bytes: first.bytes + then.bytes,
    correlation: first.correlation + then.correlation,
  };
}

function alone(costs: Costs, name: Later, shape: Sides): Cost {
  return ROWS.find((row) =>
    row.name.split(",")[0] === name && (name !== "thresholds" || row.name.endsWith(" 3"))
  )!
    .cost(costs, shape);
}

/** Runs a call in lock step and holds the counters to what is declared; undefined when the protocol does not have it. */
async function measure(row: Row, protocol: Protocol, n: number, shape: Sides): Promise<Cost | undefined> {
  const network = new LockStep();
  const options = {
    parties: n,
    protocol,
    wrap: (link: Parameters<LockStep["wrap"]>[0]) => network.wrap(link),
  };
  const results = await runLocal(options, async (mpc) => {
    const p = new Party(mpc);
    if (!has(p.protocol, row.needs)) return undefined;
    await p.together();
    const result = await row.run(p, shape) as { viewed?: boolean } | undefined;
    await p.protocol.settled?.();
    await p.env.comm.pause();
    const { payloadBytes, rounds } = p.env.comm.counters;
    // A party that deals for the two others is done before they are.
    await p.together();
    const { costs } = p.protocol;
    const later = row.name.match(/^sign and (\w+)/)?.[1] as Later | undefined;
    return {
      declared: later === undefined
        ? row.cost(costs, shape)
        : both(costs, later, shape, result!.viewed === true),
      sent: payloadBytes,
      rounds,
      correlation: p.env.provider?.correctionBytes ?? p.protocol.correctionBytes ?? 0,
    };
  }).finally(() => network.close());
  if (results[0] === undefined) return undefined;
  const of = (key: "sent" | "correlation"): number => results.reduce((sum, r) => sum + r![key], 0);
  const { declared } = results[0];
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

async function declared({ make, parties: n }: Subject, note: Note): Promise<void> {
  const protocol = make();
  const lines: string[] = [];
  for (const row of ROWS) {
    for (const shape of SHAPES) {
      const cost = await measure(row, protocol, n, shape);
      if (
        cost === undefined || shape !== SHAPES.at(-1) || row.name.startsWith("sign and") ||
        row.name === "matmul"
      ) continue;
      const size = sizeOf(shape);
      const bytes = figure(cost.bytes / n / size);
      const line = [row.name.padEnd(22), `${cost.rounds}`.padStart(6), bytes.padStart(10)];
      lines.push([...line, figure(cost.correlation / size).padStart(12)].join(" "));
    }
  }
  note("per element, [70,70]   rounds  B / party B correlated");
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
