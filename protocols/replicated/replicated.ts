/**
 * Replicated secret sharing over Z_2^64 among three parties, semi-honest, honest majority: no single party learns anything but
 * the outputs; two that collude learn everything. No dealer beside the parties.
 *
 * Products need no correlated randomness and carry 8 bytes per element of the result (Araki et al., CCS 2016; the format is that
 * of ABY3, Mohassel and Rindal, CCS 2018). Everything else runs between two of the parties with the third as their dealer, each
 * in turn; see `pair.ts`.
 *
 * Known limits: messages carry no authentication, so a party that deviates can change results unnoticed. Stochastic truncation
 * reveals what it reveals in additive sharing.
 *
 * @module
 */
import { xorBits } from "../../ring/bits.ts";
import { addInto, subInto } from "../../ring/elementwise.ts";
import { fromBits, weigh } from "../additive/bits.ts";
import { toBits } from "../additive/decompose.ts";
import { isZero } from "../additive/equality.ts";
import { lookup, oneHot } from "../additive/lookup.ts";
import type { Profile } from "../additive/plan.ts";
import { relu, select, sign } from "../additive/signs.ts";
import { splineShares } from "../additive/spline.ts";
import { thresholds } from "../additive/thresholds.ts";
import { truncate, truncateRelu } from "../additive/truncation.ts";
import { defineProtocol } from "../define.ts";
import type { AShare, Call, Env, Instance, Pending, Protocol } from "../protocol.ts";
import { mapParts } from "../share.ts";
import { replicatedCosts } from "./costs.ts";
import { combine, constant, PARTIES, plusPublic, randomBits, randomWords, share } from "./format.ts";
import { reveal, revealBits } from "./open.ts";
import { Pairs } from "./pair.ts";
import { and, product, reshare, square } from "./products.ts";

/** Options of {@link replicated}. */
export interface ReplicatedOptions {
  /** How products lose their extra fraction bits: floor + {0,1}, unbiased (default), or the floor, two rounds later. */
  readonly truncation?: "stochastic" | "exact";
  /** `"lean"` (default): comparisons with few dealt bytes. `"wide"`: one round less, about five times the dealt bytes. */
  readonly comparison?: Profile;
}

/**
 * Replicated secret sharing among three parties.
 *
 * @throws {TypeError} on an unknown option.
 */
export function replicated(options: ReplicatedOptions = {}): Protocol {
  const { truncation = "stochastic", comparison = "lean", ...unknown } = options;
  const [name] = Object.keys(unknown);
  if (name !== undefined) {
    throw new TypeError(
      `Cannot make protocol replicated: option "${name}" is unknown, "truncation" or "comparison" is wanted`,
    );
  }
  if (!["stochastic", "exact"].includes(truncation)) {
    throw new TypeError(
      `Cannot make protocol replicated: truncation "${truncation}" is unknown, "stochastic" or "exact" is wanted`,
    );
  }
  if (!["lean", "wide"].includes(comparison)) {
    throw new TypeError(
      `Cannot make protocol replicated: comparison "${comparison}" is unknown, "lean" or "wide" is wanted`,
    );
  }
  return defineProtocol({
    name: "replicated",
    options: { truncation, comparison },
    parties: [PARTIES, PARTIES],
    threatModel: "semi-honest, honest majority: no two of the three parties may collude; there is no dealer",
    insecure: false,
    provider: undefined,
    kinds: {},
    bind: (env) => bind(env, comparison, truncation),
  });
}

function bind(env: Env, profile: Profile, truncation: "stochastic" | "exact"): Instance {
  const pairs = new Pairs(env);
  return {
    costs: replicatedCosts(profile, truncation),
    get correctionBytes() {
      return pairs.correctionBytes;
    },
    settled: () => pairs.settled(),
    share: (call, value, owner, shape) => share(env, call, value, owner, shape),
    reveal: (call, x, to) => reveal(env, call, x, to),
    constant: (value) => constant(env, value),
    add: (x, y) => combine(x, y, addInto),
    sub: (x, y) => combine(x, y, subInto),
    addPublic: (x, c) => plusPublic(env, x, c),
    linear: (x, f) => mapParts(x, f),
    bilinear: (call, map, x, y) => product(env, call, map, x, y),
    square: (call, x) => square(env, call, x),
    reshare: (call, x) => reshare(env, call, x),
    truncate: (call, x, bits, mode = truncation) => {
      if (mode === "local") {
        throw new RangeError(
          `Cannot run ${call.what}: there are ${PARTIES} parties, local truncation is for 2`,
        );
      }
      return pairs.words(call, x.shape, [x], (pair, c, y) => truncate(pair, c, y, bits, mode, profile));
    },
    sign: (call, x) => pairs.bits(call, x.shape, 1, [x], (pair, c, y) => sign(pair, c, y, profile)),
    fromBits: (call, b, width) =>
      pairs.words(call, b.shape, [b], (pair, c, y) => fromBits(pair, c, y, width)),
    xor: (b, c) => ({ parts: b.parts.map((component, i) => xorBits(component, c.parts[i]!)) }),
    xorPublic: (b, c) => ({
      // Component 0 takes them: the first of party 0, the second of party 2.
      parts: b.parts.map((component, i) =>
        (env.rank + i) % PARTIES === 0 ? xorBits(component, c) : component.keep()
      ),
    }),
    and: (call, b, c, width) => and(env, call, b, c, width),
    mapBits: (b, f) => ({ parts: b.parts.map(f) }),
    revealBits: (call, b, width, to) => revealBits(env, call, b, width, to),
    random: (call, shape) => randomWords(env, call, shape),
    randomBits: (call, shape, width) => randomBits(env, call, shape, width),
    toBits: (call, x) => pairs.bits(call, x.shape, 64, [x], toBits),
    relu: (call, x) => pairs.words(call, x.shape, [x], (pair, c, y) => relu(pair, c, y, profile)),
    truncateRelu(call, x, bits) {
      const f = (pair: Env, c: Call, y: Pending<AShare>) => truncateRelu(pair, c, y, bits, profile);
      return x.summand === true ? pairs.opening(call, x, f) : pairs.words(call, x.shape, [x], f);
    },
    select: (call, b, x) => pairs.words(call, x.shape, [b, x], select),
    isZero: (call, x) => pairs.bits(call, x.shape, 1, [x], isZero),
    thresholds: (call, x, list, bits) =>
      pairs.bits(
        call,
        x.shape,
        list.length,
        [x],
        (pair, c, y) => thresholds(pair, c, y, list, bits, profile),
      ),
    weigh: (call, b, weights) =>
      pairs.words(call, [weights.length, ...b.shape], [b], (pair, c, y) => weigh(pair, c, y, weights)),
    spline: (call, x, spline) =>
      pairs.words(call, x.shape, [x], (pair, c, y) => splineShares(pair, c, y, spline)),
    lookup: (call, x, table) =>
      pairs.words(
        call,
        [table.rows[0]!.length, ...x.shape],
        [x],
        (pair, c, y) => lookup(pair, c, y, table),
      ),
    oneHot: (call, x, size) =>
      pairs.words(call, [...x.shape, size], [x], (pair, c, y) => oneHot(pair, c, y, size)),
  };
}
