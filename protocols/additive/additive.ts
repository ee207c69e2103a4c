/**
 * Additive secret sharing over Z_2^64 with XOR-shared bits, for two or more parties, semi-honest, dishonest majority: any
 * n-1 of the n parties together learn nothing but the outputs, provided that all follow the protocol and that the source of
 * correlated randomness does not collude with any of them.
 *
 * Known limits: openings carry no message authentication, so a party that deviates can change results unnoticed; a party's
 * shares of a value are additively malleable. Stochastic truncation reveals, together with a revealed result, one comparison
 * of the discarded bits with a known random threshold; `truncation: "exact"` does not.
 *
 * @module
 */
import { BitTensor } from "../../ring/bits.ts";
import { addInto, subInto } from "../../ring/elementwise.ts";
import type { RingTensor } from "../../ring/tensor.ts";
import { defineProtocol } from "../define.ts";
import type { AShare, Env, Instance, Protocol, Truncation } from "../protocol.ts";
import type { Kinds, ProviderFactory } from "../provider.ts";
import { trustedThirdParty } from "../providers/third_party.ts";
import { mapParts } from "../share.ts";
import { and, fromBits, weigh, xor, xorPublic } from "./bits.ts";
import { additiveCosts } from "./costs.ts";
import { decomposeKind, toBits } from "./decompose.ts";
import { isZero, zeroKind } from "./equality.ts";
import { kinds } from "./kinds.ts";
import { lookup, oneHot, oneHotKind } from "./lookup.ts";
import type { Profile } from "./plan.ts";
import { bilinearPrepared, bilinearShares, part, prepare, square } from "./products.ts";
import { constant, reveal, revealBits, share } from "./sharing.ts";
import { relu, select, sign } from "./signs.ts";
import { splineKind, splineShares } from "./spline.ts";
import { thresholds, thresholdsKind } from "./thresholds.ts";
import { truncate, truncateRelu } from "./truncation.ts";

/** Options of {@link additive}. */
export interface AdditiveOptions {
  /** Where correlated randomness comes from; a trusted third party by default. */
  readonly provider?: ProviderFactory;
  /**
   * How products lose their extra fraction bits. `"stochastic"` (default): floor + {0,1}, unbiased, never fails inside the
   * range. `"exact"`: the floor, three rounds. `"local"`: CrypTen's way, two parties, no round, and wrong by 2^48 with
   * probability |z|/2^64 each time.
   */
  readonly truncation?: Truncation;
  /** `"lean"` (default): comparisons with few dealer bytes. `"wide"`: one round less, about five times the dealer bytes. */
  readonly comparison?: Profile;
}

/** All kinds of correlation that the protocol asks for. */
export const additiveKinds: Kinds = {
  ...kinds,
  zero: zeroKind,
  decompose: decomposeKind,
  thresholds: thresholdsKind,
  oneHot: oneHotKind,
  spline: splineKind,
};

/**
 * Additive secret sharing for two or more parties.
 *
 * @throws {TypeError} on an unknown option.
 */
export function additive(options: AdditiveOptions = {}): Protocol {
  const { provider = trustedThirdParty(), truncation = "stochastic", comparison = "lean", ...unknown } =
    options;
  const [name] = Object.keys(unknown);
  if (name !== undefined) {
    throw new TypeError(
      `Cannot make protocol additive: option "${name}" is unknown, "provider", "truncation" or "comparison" is wanted`,
    );
  }
  if (!["stochastic", "exact", "local"].includes(truncation)) {
    throw new TypeError(
      `Cannot make protocol additive: truncation "${truncation}" is unknown, "stochastic", "exact" or "local" is wanted`,
    );
  }
  if (!["lean", "wide"].includes(comparison)) {
    throw new TypeError(
      `Cannot make protocol additive: comparison "${comparison}" is unknown, "lean" or "wide" is wanted`,
    );
  }
  return defineProtocol({
    name: "additive",
    options: { provider: provider.name, truncation, comparison },
    parties: truncation === "local" ? [2, 2] : [2, 64],
    threatModel: `semi-honest, any number of parties short of all may collude; ${provider.threatModel}`,
    insecure: provider.insecure,
    provider,
    kinds: additiveKinds,
    bind: (env) => bind(env, comparison, truncation),
  });
}

function bind(env: Env, profile: Profile, truncation: Truncation): Instance {
  const combine = (x: AShare, y: AShare, f: (out: RingTensor, y: RingTensor) => void): AShare => {
    const out = part(x).clone();
    f(out, part(y));
    return { parts: [out] };
  };
  return {
    costs: additiveCosts(env.parties, profile, truncation),
    share: (call, value, owner, shape) => Promise.resolve(share(env, call, value, owner, shape)),
    reveal: (call, x, to) => reveal(env, call, x, to),
    constant: (value) => constant(env, value),
    add: (x, y) => combine(x, y, addInto),
    sub: (x, y) => combine(x, y, subInto),
    addPublic(x, c) {
      const out = part(x).clone();
      if (env.rank === 0) addInto(out, c);
      return { parts: [out] };
    },
    linear: (x, f) => mapParts(x, f),
    bilinear: (call, map, x, y) => bilinearShares(env, call, map, x, y),
    truncate: (call, x, bits, mode = truncation) => truncate(env, call, x, bits, mode, profile),
    sign: (call, x) => sign(env, call, x, profile),
    fromBits: (call, b, width) => fromBits(env, call, b, width),
    xor: (b, c) => xor(env, b, c),
    xorPublic: (b, c) => xorPublic(env, b, c),
    and: (call, b, c, width) => and(env, call, b, c, width),
    mapBits: (b, f) => ({ parts: b.parts.map(f) }),
    revealBits: (call, b, width, to) => revealBits(env, call, b, width, to),
    random: (call, shape) => ({
      parts: [env.seeds.local.tensor(env.heap, call.tag, 0, shape)],
      uniform: true,
    }),
    randomBits(call, shape, width) {
      const out = BitTensor.empty(env.heap, shape, width);
      env.seeds.local.fill(env.heap, call.tag, 0, out.ptr, 0, out.byteLength);
      return { parts: [out] };
    },
    toBits: (call, x) => toBits(env, call, x),
    square: (call, x) => square(env, call, x),
    relu: (call, x) => relu(env, call, x, profile),
    truncateRelu: (call, x, bits) => truncateRelu(env, call, x, bits, profile),
    select: (call, b, x) => select(env, call, b, x),
    isZero: (call, x) => isZero(env, call, x),
    thresholds: (call, x, list, bits) => thresholds(env, call, x, list, bits, profile),
    weigh: (call, b, weights) => weigh(env, call, b, weights),
    spline: (call, x, spline) => splineShares(env, call, x, spline),
    lookup: (call, x, table) => lookup(env, call, x, table),
    oneHot: (call, x, size) => oneHot(env, call, x, size),
    prepare: (call, w) => prepare(env, call, w),
    bilinearPrepared: (call, map, x, w) => bilinearPrepared(env, call, map, x, w),
  };
}
