/**
 * What each primitive of the additive protocol puts on the wire. Tests hold the counters to these figures, byte for byte.
 *
 * @module
 */
import { packedBytes } from "../../ring/bits.ts";
import { sameShape, type Shape, sizeOf } from "../../ring/shape.ts";
import type { Bilinear, Cost, Costs, Truncation } from "../protocol.ts";
import { correctionBytes, type Kind, type Params } from "../provider.ts";
import { TRACE_BYTES } from "../reveal.ts";
import { decomposeKind } from "./decompose.ts";
import { zeroKind } from "./equality.ts";
import { kinds } from "./kinds.ts";
import { indexBitsOf, oneHotKind } from "./lookup.ts";
import { type Plan, planFor, type Profile } from "./plan.ts";
import { splineBytes, splineKind, splineParams } from "./spline.ts";
import { thresholdsKind } from "./thresholds.ts";

const NEITHER: readonly [boolean, boolean] = [false, false];

/** Declared costs for a number of parties and a comparison profile. */
export function additiveCosts(parties: number, profile: Profile, truncation: Truncation): Costs {
  // Every party sends as much to every other.
  const links = parties * (parties - 1);
  const cost = (rounds: number, bytes: number, kind?: Kind, params: Params = {}): Cost => ({
    rounds,
    bytes: bytes * links,
    correlation: kind === undefined ? 0 : correctionBytes(kind, params),
  });
  const opened = (n: number, plan: Plan): number =>
    plan.levels.reduce((sum, level) => sum + packedBytes(n, level.maskPlanes), 0);

  function truncate(shape: Shape, bits: number, mode: Truncation = truncation): Cost {
    const n = sizeOf(shape);
    if (mode === "local") return cost(0, 0);
    if (mode === "exact") {
      const plan = planFor(bits, profile);
      const bytes = 8 * n + opened(n, plan) + packedBytes(n, 1);
      return cost(2 + plan.levels.length, bytes, kinds.truncateExact, { n, bits, profile });
    }
    if (parties === 2) return cost(1, packedBytes(n, 1), kinds.wrap, { n, bits });
    return cost(1, 8 * n, kinds.truncate, { n, bits });
  }

  function bilinear(map: Bilinear, a: Shape, b: Shape, viewed: readonly [boolean, boolean] = NEITHER): Cost {
    if (map.kind === "mul" && sameShape(a, b)) {
      const operands = viewed.filter((known) => !known).length;
      return cost(operands > 0 ? 1 : 0, 8 * operands * sizeOf(a), kinds.product, { n: sizeOf(a) });
    }
    return cost(1, 8 * (sizeOf(a) + sizeOf(b)), kinds.triple, { map, a, b });
  }

  return {
    share: () => cost(0, 0),
    // The comparison of traces starts with the call: it is a round of its own only when nothing else is under way.
    reveal: (shape) => cost(2, 8 * sizeOf(shape) + TRACE_BYTES),
    revealBits: (shape, width) => cost(2, packedBytes(sizeOf(shape), width) + TRACE_BYTES),
    bilinear,
    truncate,
    sign(shape, viewed = false) {
      const n = sizeOf(shape);
      const plan = planFor(63, profile);
      const open = viewed ? 0 : 1;
      return cost(open + plan.levels.length, open * 8 * n + opened(n, plan), kinds.sign, { n, profile });
    },
    fromBits(shape, width) {
      const n = sizeOf(shape);
      return cost(1, packedBytes(n, width), kinds.bitWords, { n, planes: width });
    },
    and(shape, width) {
      const n = sizeOf(shape);
      return cost(1, 2 * packedBytes(n, width), kinds.and, { n, planes: width });
    },
    toBits(shape) {
      const n = sizeOf(shape);
      const planes = [27, 4, 12, 75].reduce((sum, p) => sum + packedBytes(n, p), 0);
      return cost(5, 8 * n + planes, decomposeKind, { n });
    },
    square(shape, viewed = false) {
      const open = viewed ? 0 : 1;
      return cost(open, open * 8 * sizeOf(shape), kinds.square, { n: sizeOf(shape) });
    },
    relu(shape, viewed = false) {
      const n = sizeOf(shape);
      const plan = planFor(63, profile);
      const open = viewed ? 0 : 1;
      const bytes = open * 8 * n + opened(n, plan) + packedBytes(n, 1);
      return cost(open + 1 + plan.levels.length, bytes, kinds.relu, {
        n,
        profile,
      });
    },
    truncateRelu(shape, bits) {
      const n = sizeOf(shape);
      const plan = planFor(62 - bits, profile);
      const bytes = 8 * n + opened(n, plan) + packedBytes(n, 1);
      return cost(2 + plan.levels.length, bytes, kinds.truncateRelu, { n, bits, profile });
    },
    select(shape, viewed = false) {
      const n = sizeOf(shape);
      return cost(1, (viewed ? 0 : 8 * n) + packedBytes(n, 1), kinds.select, { n });
    },
    isZero(shape) {
      const n = sizeOf(shape);
      return cost(3, 8 * n + packedBytes(n, 16) + packedBytes(n, 4), zeroKind, { n });
    },
    thresholds(shape, count, bits, viewed = false) {
      const n = sizeOf(shape);
      const plan = planFor(bits - 1, profile);
      const masks = plan.levels.reduce((sum, level) => sum + packedBytes(n, count * level.maskPlanes), 0);
      const open = viewed ? 0 : 1;
      return cost(open + plan.levels.length, open * 8 * n + masks, thresholdsKind, {
        n,
        count,
        bits,
        profile,
      });
    },
    weigh(shape, width) {
      const n = sizeOf(shape);
      return cost(1, packedBytes(n, width), kinds.bitWords, { n, planes: width });
    },
    spline(shape, form, viewed = false) {
      const n = sizeOf(shape);
      const open = viewed ? 0 : splineBytes(form);
      return cost(viewed ? 1 : 2, n * (open + 8 * form.degree), splineKind, splineParams(n, form));
    },
    lookup(shape, bits) {
      const n = sizeOf(shape);
      return cost(1, n * Math.ceil(bits / 8), oneHotKind, { n, bits });
    },
    oneHot(shape, size) {
      const n = sizeOf(shape);
      const bits = indexBitsOf(size);
      return cost(1, n * Math.ceil(bits / 8), oneHotKind, { n, bits });
    },
    prepare: (shape) => cost(1, 8 * sizeOf(shape)),
    bilinearPrepared(map, a, b) {
      return cost(1, 8 * sizeOf(a), kinds.stationary, {
        map,
        a,
        b,
        weight: { path: [], seq: 0 },
      });
    },
  };
}
