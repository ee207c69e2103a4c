/**
 * The comparison engine: XOR shares of [C < r] for a public C and a mask r that only the dealer knows.
 *
 * r is cut into chunks. The dealer shares a one-hot table H_t of each chunk; with the public chunk gamma_t of C,
 * eq_t = H_t[gamma_t] and lt_t = xor of H_t[v] for v > gamma_t are local (*leaves*). A *merge* of T leaves takes one round:
 * open e_s = eq_s xor alpha_s and d_t = lt_t xor beta_t, which are uniform because each alpha and beta is a fresh dealt bit
 * that masks one bit, once; then LT = XOR_t lt_t · prod_{s>t} eq_s is linear in the dealer's fields
 * Q = one-hot at (not alpha) and B_t = beta_t · one-hot at (not alpha_{t+1..}). All look-ups are by public values.
 *
 * References: one-time truth tables (Ishai et al., TCC 2013), TinyTable (Damgard et al., Crypto 2017), leaves and merges of
 * CrypTFlow2 (Rathee et al., CCS 2020).
 *
 * @module
 */
import { Block } from "../../ring/block.ts";
import { BitTensor, PLANE_BYTES } from "../../ring/bits.ts";
import type { Heap } from "../../ring/heap.ts";
import type { Kernel } from "../../ring/kernels.ts";
import type { RingTensor } from "../../ring/tensor.ts";
import type { Call, Env } from "../protocol.ts";
import { BLOCK, type Correlation, type DealBlock } from "../provider.ts";
import { forBlocks, forBlocksReady } from "./blocks.ts";
import { openPlanes } from "./open.ts";
import type { Level, Merge, Plan } from "./plan.ts";

const WORD_PLANES_STRIDE = 64 * PLANE_BYTES;

type CompareKernels = Readonly<Record<string, Kernel>>;

function kernelsOf(heap: Heap): CompareKernels {
  return heap.kernels.compare as CompareKernels;
}

function suffix(merge: Merge): string {
  return `${merge.fanIn}${merge.product ? "p" : ""}`;
}

/** The dealer's part: tables and merge fields of the mask bits whose planes start at `planes` (64 planes a group). */
export function dealPlan(block: DealBlock, plan: Plan, planes: number, thresholds = 1): void {
  const k = kernelsOf(block.heap);
  const tables = block.derived("tables");
  const tableStride = plan.tablePlanes * PLANE_BYTES;
  let table = 0;
  let bit = 0;
  for (const width of plan.widths) {
    k[`deal_leaf_${width}`]!(
      tables + table * PLANE_BYTES,
      planes + bit * PLANE_BYTES,
      block.groups,
      tableStride,
      WORD_PLANES_STRIDE,
    );
    table += 2 ** width;
    bit += width;
  }
  plan.levels.forEach((level, i) => {
    for (let t = 0; t < thresholds; t++) {
      for (const merge of level.merges) {
        k[`deal_merge_${suffix(merge)}`]!(
          block.derived(`merge${i}`) + (t * level.fieldPlanes + merge.field) * PLANE_BYTES,
          block.mask(`mask${i}`) + (t * level.maskPlanes + merge.mask) * PLANE_BYTES,
          block.groups,
          thresholds * level.fieldPlanes * PLANE_BYTES,
          thresholds * level.maskPlanes * PLANE_BYTES,
        );
      }
    }
  });
}

/** What the engine works on. */
export interface Comparison {
  /** Environment of the party. */
  readonly env: Env;
  /** The call it is part of. */
  readonly call: Call;
  /** Number of the first message; one per level is used. */
  readonly sub: number;
  /** How to compare. */
  readonly plan: Plan;
  /** Correlation with the plan's fields. */
  readonly corr: Correlation;
  /** The public words C. */
  readonly opened: RingTensor;
  /** Lowest bit compared. */
  readonly low: number;
  /** Also returns this bit of C. */
  readonly keep: number;
  /** Compares C minus each of these; C itself by default. The correlation was asked for as many. */
  readonly thresholds?: readonly bigint[];
}

const NO_THRESHOLD: readonly bigint[] = [0n];

/** XOR shares of [C < r] on the plan's bits, and a public bit of C: a plane for each threshold. */
export async function lessThanMask(c: Comparison): Promise<{ less: BitTensor; kept: BitTensor }> {
  const { env, plan, opened, thresholds = NO_THRESHOLD } = c;
  const kept = BitTensor.empty(env.heap, opened.shape, thresholds.length);
  let next = await leavesAndMask(c, thresholds, kept);
  for (let i = 0; i < plan.levels.length; i++) {
    const open = await openPlanes(env, c.call, c.sub + i, next.message!);
    const merged = mergeAndMask(c, thresholds.length, i, next.tops, open);
    open.free();
    next.tops.free();
    next = merged;
  }
  return { less: next.tops, kept };
}

/** Result of a stage: lt of each merge's highest leaf (of the whole, after the last), and what to open next. */
interface Stage {
  readonly tops: BitTensor;
  readonly message: BitTensor | undefined;
}

/** The leaves of all chunks, and the first level's message. */
async function leavesAndMask(
  c: Comparison,
  thresholds: readonly bigint[],
  kept: BitTensor,
): Promise<Stage> {
  const { env: { heap }, plan, corr, opened } = c;
  const k = kernelsOf(heap);
  const count = thresholds.length;
  const level = plan.levels[0];
  const stage = emptyStage(c, count, level);
  const leafStride = 2 * plan.widths.length * PLANE_BYTES;
  const tableStride = plan.tablePlanes * PLANE_BYTES;
  const scratch = new Scratch(heap, opened.size);
  const words = scratch.take(1024);
  const planes = scratch.take(WORD_PLANES_STRIDE);
  const tables = scratch.take(tableStride);
  const leaves = scratch.take(leafStride);
  const mask = scratch.take(count * (level?.maskPlanes ?? 0) * PLANE_BYTES);
  await forBlocksReady(opened.size, corr, (block, start, n, groups) => {
    const group = start / 128;
    corr.fill("tables", block, tables);
    if (level !== undefined) corr.fill("mask0", block, mask);
    thresholds.forEach((threshold, t) => {
      let from = opened.ptr + start * 8;
      if (threshold !== 0n) {
        const minus = BigInt.asUintN(64, -threshold);
        const [low, high] = [Number(minus & 0xffffffffn), Number(minus >> 32n)];
        heap.kernels.elementwise.vaddc(words, from, Math.ceil(n / 2) * 16, low, high);
        from = words;
      }
      heap.kernels.bits.words_to_planes(planes, from, groups);
      heap.kernels.bits.copy_planes(
        kept.ptr + group * kept.stride + t * PLANE_BYTES,
        planes + c.keep * PLANE_BYTES,
        PLANE_BYTES,
        groups,
        kept.stride,
        WORD_PLANES_STRIDE,
      );
      let table = 0;
      let bit = c.low;
      plan.widths.forEach((width, i) => {
        k[`leaf_${width}`]!(
          leaves + 2 * i * PLANE_BYTES,
          planes + bit * PLANE_BYTES,
          tables + table * PLANE_BYTES,
          groups,
          leafStride,
          WORD_PLANES_STRIDE,
          tableStride,
        );
        table += 2 ** width;
        bit += width;
      });
      putStage(c, 0, stage, { leaves, leafStride, mask, group, groups, threshold: t, count });
    });
  });
  scratch.free();
  return stage;
}

/** Merges one level and prepares the next one's message. */
function mergeAndMask(c: Comparison, count: number, index: number, tops: BitTensor, open: BitTensor): Stage {
  const { env: { heap }, plan, corr, opened } = c;
  const k = kernelsOf(heap);
  const level = plan.levels[index]!;
  const following = plan.levels[index + 1];
  const stage = emptyStage(c, count, following);
  const leafStride = 2 * level.merges.length * PLANE_BYTES;
  const fieldStride = count * level.fieldPlanes * PLANE_BYTES;
  const scratch = new Scratch(heap, opened.size);
  const field = scratch.take(fieldStride);
  const leaves = scratch.take(leafStride);
  const mask = scratch.take(count * (following?.maskPlanes ?? 0) * PLANE_BYTES);
  forBlocks(opened.size, (block, start, _n, groups) => {
    const group = start / 128;
    corr.fill(`merge${index}`, block, field);
    if (following !== undefined) corr.fill(`mask${index + 1}`, block, mask);
    for (let t = 0; t < count; t++) {
      level.merges.forEach((merge, g) => {
        const top = t * level.merges.length + g;
        k[`merge_${suffix(merge)}`]!(
          leaves + 2 * g * PLANE_BYTES,
          // The kernel reads lt of the highest leaf at plane 2(T-1); only that plane was kept.
          tops.ptr + group * tops.stride + (top - 2 * (merge.fanIn - 1)) * PLANE_BYTES,
          open.ptr + group * open.stride + (t * level.maskPlanes + merge.mask) * PLANE_BYTES,
          field + (t * level.fieldPlanes + merge.field) * PLANE_BYTES,
          groups,
          leafStride,
          tops.stride,
          open.stride,
          fieldStride,
        );
      });
      putStage(c, index + 1, stage, { leaves, leafStride, mask, group, groups, threshold: t, count });
    }
  });
  scratch.free();
  return stage;
}

function emptyStage(c: Comparison, count: number, level: Level | undefined): Stage {
  const { heap } = c.env;
  const shape = c.opened.shape;
  return {
    tops: BitTensor.empty(heap, shape, count * (level?.merges.length ?? 1)),
    message: level && BitTensor.empty(heap, shape, count * level.maskPlanes),
  };
}

interface Leaves {
  readonly leaves: number;
  readonly leafStride: number;
  readonly mask: number;
  readonly group: number;
  readonly groups: number;
  readonly threshold: number;
  readonly count: number;
}

/** Masks a block's leaves for level `index`, or after the last level keeps the result. */
function putStage(c: Comparison, index: number, stage: Stage, at: Leaves): void {
  const { heap } = c.env;
  const { tops, message } = stage;
  const level = c.plan.levels[index];
  const keep = (plane: number, leaf: number): void => {
    heap.kernels.bits.copy_planes(
      tops.ptr + at.group * tops.stride + plane * PLANE_BYTES,
      at.leaves + 2 * leaf * PLANE_BYTES,
      PLANE_BYTES,
      at.groups,
      tops.stride,
      at.leafStride,
    );
  };
  if (level === undefined || message === undefined) return keep(at.threshold, 0);
  level.merges.forEach((merge, g) => {
    const plane = (at.threshold * level.maskPlanes + merge.mask) * PLANE_BYTES;
    kernelsOf(heap)[`mask_${suffix(merge)}`]!(
      message.ptr + at.group * message.stride + plane,
      at.leaves + 2 * merge.leaf * PLANE_BYTES,
      at.mask + plane,
      at.groups,
      message.stride,
      at.leafStride,
      message.stride,
    );
    keep(at.threshold * level.merges.length + g, merge.leaf + merge.fanIn - 1);
  });
}

/** Buffers of one block each. */
export class Scratch {
  readonly #heap: Heap;
  readonly #groups: number;
  readonly #blocks: Block[] = [];
  constructor(heap: Heap, elements: number) {
    this.#heap = heap;
    this.#groups = Math.ceil(Math.min(elements, BLOCK) / 128);
  }
  /** Address of `bytesPerGroup` bytes for each group of a block. */
  take(bytesPerGroup: number): number {
    const block = new Block(this.#heap, bytesPerGroup * this.#groups);
    this.#blocks.push(block);
    return block.ptr;
  }
  /** Gives all back. */
  free(): void {
    for (const block of this.#blocks) block.drop();
  }
}
