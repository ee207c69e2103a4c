/**
 * Every call with its declared cost.
 *
 * @module
 */
import type { AShare, BShare, Cost, Costs, Instance, Pending } from "../../protocols/protocol.ts";
import { sizeOf } from "../../ring/shape.ts";
import { RingTensor } from "../../ring/tensor.ts";
import type { Party } from "./parties.ts";
import { SPLINE, TABLE } from "./primitives.ts";

/** Sizes of axes. */
export type Sides = readonly number[];

/** A call with its declared cost. */
export interface Row {
  /** What is called. */
  readonly name: string;
  /** The optional form that it needs. */
  readonly needs?: keyof Instance;
  /** What it costs; `viewed` is what `run` has said. */
  readonly cost: (costs: Costs, shape: Sides, viewed: boolean) => Cost;
  /** Calls it. Of two calls on one secret, `viewed` says whether the first has left a view for the second. */
  readonly run: (p: Party, shape: Sides) => Promise<unknown>;
  /** Whether it is a line of the report card. */
  readonly hidden?: boolean;
}

const MATMUL = { kind: "matmul" } as const;
const MUL = { kind: "mul" } as const;

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

/** All of them. */
export const ROWS: readonly Row[] = [
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
    hidden: true,
    cost: (c, s) => c.bilinear(MATMUL, [3, s[0]!], [s[0]!, 2]),
    run: (p, s) => p.protocol.bilinear(p.call(), MATMUL, words(p, [3, s[0]!]), words(p, [s[0]!, 2])),
  },
  afterProduct("reshare", (c, s) => c.reshare!(s), (p, x) => p.protocol.reshare!(p.call(), x)),
  afterProduct(
    "truncate a product",
    (c, s) => c.truncate(s, 16, undefined, true),
    (p, x) => p.protocol.truncate(p.call(), x, 16),
  ),
  afterProduct(
    "truncate a product, exact",
    (c, s) => c.truncate(s, 16, "exact", true),
    (p, x) => p.protocol.truncate(p.call(), x, 16, "exact"),
  ),
  afterProduct(
    "truncateRelu of a product",
    (c, s) => c.truncateRelu!(s, 16, true),
    (p, x) => p.protocol.truncateRelu!(p.call(), x, 16),
  ),
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

/** A call on a product of summands, which was made without a message. */
function afterProduct(
  name: string,
  cost: Row["cost"],
  f: (p: Party, x: Pending<AShare>) => Promise<unknown>,
): Row {
  const run = async (p: Party, s: Sides): Promise<unknown> =>
    await f(p, p.ready(await p.protocol.bilinear(p.call(), MUL, words(p, s), words(p, s))));
  return { name, needs: "reshare", cost, run };
}

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
    hidden: true,
    cost: (c, s, viewed) => both(c, name, s, viewed),
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
  const row = ROWS.find((r) => r.name === (NAMES[name] ?? name));
  return row!.cost(costs, shape, false);
}

/** Rows whose names say more than what is called. */
const NAMES: Partial<Record<Later, string>> = {
  thresholds: "thresholds, 3",
  spline: "spline, 16 cubics",
};
