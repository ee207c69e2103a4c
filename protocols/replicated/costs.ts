/**
 * What each primitive of the replicated protocol puts on the wire: what the pair exchange, and the sharing among all three.
 *
 * @module
 */
import { packedBytes } from "../../ring/bits.ts";
import { type Shape, sizeOf } from "../../ring/shape.ts";
import { additiveCosts } from "../additive/costs.ts";
import type { Profile } from "../additive/plan.ts";
import type { Cost, Costs, Truncation } from "../protocol.ts";
import { TRACE_BYTES } from "../reveal.ts";
import { PARTIES } from "./format.ts";

/** Bytes for the comparison of traces: each party sends its own to each other. */
const TRACES = PARTIES * (PARTIES - 1) * TRACE_BYTES;

/** Declared costs for a comparison profile. */
export function replicatedCosts(profile: Profile, truncation: Truncation): Costs {
  const pair = additiveCosts(2, profile, truncation);
  const plus = (cost: Cost, bytes: number): Cost => ({
    rounds: cost.rounds + 1,
    // Both of the pair send.
    bytes: cost.bytes + 2 * bytes,
    correlation: cost.correlation,
  });
  const words = (cost: Cost, shape: Shape): Cost => plus(cost, 8 * sizeOf(shape));
  const bits = (cost: Cost, shape: Shape, width: number): Cost =>
    plus(cost, packedBytes(sizeOf(shape), width));
  const passed = (bytes: number): Cost => ({ rounds: 1, bytes: PARTIES * bytes, correlation: 0 });
  const opened = (bytes: number): Cost => ({ rounds: 2, bytes: PARTIES * bytes + TRACES, correlation: 0 });
  const free: Cost = { rounds: 0, bytes: 0, correlation: 0 };
  // From summands: the helper sends its own to one of the pair, or takes part in the opening, to both.
  const withSummand = (cost: Cost, rounds: number, bytes: number): Cost => ({
    ...cost,
    rounds: cost.rounds + rounds,
    bytes: cost.bytes + bytes,
  });
  return {
    share: (shape) => ({ rounds: 1, bytes: 8 * sizeOf(shape), correlation: 0 }),
    reveal: (shape) => opened(8 * sizeOf(shape)),
    revealBits: (shape, width) => opened(packedBytes(sizeOf(shape), width)),
    bilinear: () => free,
    square: () => free,
    reshare: (shape) => passed(8 * sizeOf(shape)),
    and: (shape, width) => passed(packedBytes(sizeOf(shape), width)),
    truncate(shape, by, mode, summand = false) {
      const cost = words(pair.truncate(shape, by, mode), shape);
      return summand ? withSummand(cost, 1, 8 * sizeOf(shape)) : cost;
    },
    sign: (shape, viewed) => bits(pair.sign(shape, viewed), shape, 1),
    fromBits: (shape, width) => words(pair.fromBits(shape, width), shape),
    toBits: (shape) => bits(pair.toBits!(shape), shape, 64),
    relu: (shape, viewed) => words(pair.relu!(shape, viewed), shape),
    truncateRelu(shape, by, summand = false) {
      const cost = words(pair.truncateRelu!(shape, by), shape);
      return summand ? withSummand(cost, 0, 16 * sizeOf(shape)) : cost;
    },
    select: (shape, viewed) => words(pair.select!(shape, viewed), shape),
    isZero: (shape) => bits(pair.isZero!(shape), shape, 1),
    thresholds: (shape, count, width, viewed) =>
      bits(pair.thresholds!(shape, count, width, viewed), shape, count),
    weigh: (shape, width, rows) => words(pair.weigh!(shape, width, rows), [rows, ...shape]),
    spline: (shape, form, viewed) => words(pair.spline!(shape, form, viewed), shape),
    lookup: (shape, indexBits, entries) =>
      words(pair.lookup!(shape, indexBits, entries), [entries, ...shape]),
    oneHot: (shape, size) => words(pair.oneHot!(shape, size), [...shape, size]),
  };
}
