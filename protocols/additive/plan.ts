/**
 * Plans of the comparison engine: how the bits of a mask are cut into chunks, and in which order the chunks are merged.
 *
 * *lean*: nibbles, then merges of up to four in two levels; few dealer bytes. *wide*: chunks of up to seven bits and one
 * merge of up to nine; one round less, about five times the dealer bytes.
 *
 * @module
 */
import type { Field } from "../provider.ts";

/** Few bytes, or few rounds. */
export type Profile = "lean" | "wide";

/** One merge. */
export interface Merge {
  /** First leaf. */
  readonly leaf: number;
  /** Number of leaves. */
  readonly fanIn: number;
  /** Whether the product of all eq is wanted too. */
  readonly product: boolean;
  /** First of its opened planes within the level's. */
  readonly mask: number;
  /** First of its dealt planes within the level's. */
  readonly field: number;
}

/** Merges that open together. */
export interface Level {
  /** The merges. */
  readonly merges: readonly Merge[];
  /** Planes opened. */
  readonly maskPlanes: number;
  /** Planes dealt. */
  readonly fieldPlanes: number;
}

/** A plan for a number of bits. */
export interface Plan {
  /** Bits compared. */
  readonly bits: number;
  /** Bits of each chunk, least significant first. */
  readonly widths: readonly number[];
  /** Planes of all one-hot tables. */
  readonly tablePlanes: number;
  /** Levels of merges; one round each. */
  readonly levels: readonly Level[];
}

/** Splits `count` leaves into as few groups of at most four as possible, as even as possible. */
function groupSizes(count: number): number[] {
  const groups = Math.ceil(count / 4);
  return Array.from({ length: groups }, (_, i) => Math.floor(count / groups) + (i < count % groups ? 1 : 0));
}

function makeLevel(sizes: readonly number[], product: (group: number) => boolean): Level {
  const merges: Merge[] = [];
  let leaf = 0;
  let mask = 0;
  let field = 0;
  sizes.forEach((fanIn, group) => {
    const merge = { leaf, fanIn, product: product(group), mask, field };
    merges.push(merge);
    leaf += fanIn;
    mask += maskPlanes(merge);
    field += fieldPlanes(merge);
  });
  return { merges, maskPlanes: mask, fieldPlanes: field };
}

/** Opened planes of a merge: eq of all leaves (but the lowest, without product) and lt of all but the highest. */
function maskPlanes(m: { readonly fanIn: number; readonly product: boolean }): number {
  return 2 * m.fanIn - (m.product ? 1 : 2);
}

/** Dealt planes of a merge: the one-hot Q, and B_t for every leaf but the highest. */
function fieldPlanes(m: { readonly fanIn: number; readonly product: boolean }): number {
  return 2 ** (m.product ? m.fanIn : m.fanIn - 1) + 2 ** m.fanIn - 2;
}

const plans = new Map<string, Plan>();

/**
 * The plan for comparing `bits` bits.
 *
 * @throws {RangeError} unless there are 1 to 64 bits (63 in the wide profile).
 */
export function planFor(bits: number, profile: Profile): Plan {
  if (!Number.isInteger(bits) || bits < 1 || bits > (profile === "lean" ? 64 : 63)) {
    throw new RangeError(
      `Cannot plan a comparison of ${bits} bits: 1 to ${profile === "lean" ? 64 : 63} are wanted`,
    );
  }
  const key = `${profile}${bits}`;
  let plan = plans.get(key);
  if (plan === undefined) plans.set(key, plan = makePlan(bits, profile));
  return plan;
}

function makePlan(bits: number, profile: Profile): Plan {
  const chunk = profile === "lean" ? 4 : Math.max(4, Math.ceil(bits / 9));
  const count = Math.ceil(bits / chunk);
  const widths = Array.from({ length: count }, (_, i) => Math.min(chunk, bits - i * chunk));
  const levels: Level[] = [];
  if (profile === "wide" || count <= 4) {
    if (count > 1) levels.push(makeLevel([count], () => false));
  } else {
    const sizes = groupSizes(count);
    levels.push(makeLevel(sizes, (group) => group > 0), makeLevel([sizes.length], () => false));
  }
  return { bits, widths, tablePlanes: widths.reduce((sum, w) => sum + 2 ** w, 0), levels };
}

/**
 * The fields that a plan needs: tables, and for each level masks (uniform) and merge fields (derived). Several thresholds
 * share the tables; each merge of each has masks and fields of its own.
 */
export function planFields(plan: Plan, thresholds = 1): Field[] {
  return [
    { name: "tables", type: "bits", role: "derived", planes: plan.tablePlanes },
    ...plan.levels.flatMap((level, i): Field[] => [
      { name: `mask${i}`, type: "bits", role: "mask", planes: thresholds * level.maskPlanes },
      { name: `merge${i}`, type: "bits", role: "derived", planes: thresholds * level.fieldPlanes },
    ]),
  ];
}
