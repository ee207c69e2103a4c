/**
 * Comparison with several public thresholds from one opening.
 *
 * @module
 */
import { BitTensor, PLANE_BYTES } from "../../ring/bits.ts";
import { sizeOf } from "../../ring/shape.ts";
import type { AShare, BShare, Call, Env, Pending } from "../protocol.ts";
import type { BlockKind, Field, Params } from "../provider.ts";
import { dealPlan, lessThanMask } from "./compare.ts";
import { correctPlane, derivedBits, elementsOf, planesOf, profileOf, whole } from "./fields.ts";
import { type Plan, planFields, planFor, type Profile } from "./plan.ts";
import { take } from "./products.ts";
import { maskedForm, maskField, openMasked, viewParam } from "./view.ts";
import { COMPARE_SUB, flip, xorField, xorPublicPlanes } from "./signs.ts";

/** Most thresholds of one comparison. */
export const MOST_THRESHOLDS = 255;

const planOf = (p: Params): Plan => planFor(whole(p, "bits", 2, 64) - 1, profileOf(p));
const countOf = (p: Params): number => whole(p, "count", 1, MOST_THRESHOLDS);

/** r, tables of its lower bits, merges for every threshold, and its top bit. */
export const thresholdsKind: BlockKind = {
  name: "thresholds",
  form: "block",
  elements: elementsOf,
  fields: (p): Field[] => [maskField(p, "view"), ...planFields(planOf(p), countOf(p)), derivedBits("top")],
  deal(b, p) {
    const planes = planesOf(b, b.mask("r"));
    dealPlan(b, planOf(p), planes, countOf(p));
    correctPlane(b, "top", planes, whole(p, "bits", 2, 64) - 1);
  },
};

/**
 * [x >= t] for each t, for |x - t| < 2^(bits-1): the sign of the low `bits` bits of x - t, with the masked form C - t. Opens
 * C = x + r and the masked bits of each comparison, each uniform under a mask that hides nothing else; the shared tables of r
 * are read at public places.
 */
export async function thresholds(
  env: Env,
  call: Call,
  x: Pending<AShare>,
  list: readonly bigint[],
  bits: number,
  profile: Profile,
): Promise<BShare> {
  const masked = maskedForm(env, call, x);
  const params = { n: sizeOf(x.shape), count: list.length, bits, profile, ...viewParam("view", masked) };
  const corr = take(env, thresholdsKind, params, call);
  const opened = await openMasked(call, masked, corr);
  const plan = planOf(params);
  const comparison = { env, call, sub: COMPARE_SUB, plan, corr, opened, low: 0, keep: bits - 1 };
  const { less, kept } = await lessThanMask({ ...comparison, thresholds: list });
  xorPublicPlanes(env, less, kept);
  kept.free();
  const top = BitTensor.zeros(env.heap, x.shape, 1);
  xorField(env, top, corr, "top");
  corr.free();
  const { elementwise } = env.heap.kernels;
  for (let group = 0; group < less.groups; group++) {
    for (let t = 0; t < list.length; t++) {
      const at = less.ptr + group * less.stride + t * PLANE_BYTES;
      elementwise.vxor(at, at, top.ptr + group * PLANE_BYTES, PLANE_BYTES);
    }
  }
  top.free();
  // The sign says that x - t is negative.
  flip(env, less);
  return { parts: [less] };
}
