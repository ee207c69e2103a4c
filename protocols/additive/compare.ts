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
export function dealPlan(block: DealBlock, plan: Plan, planes: number): void {
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
    for (const merge of level.merges) {
      k[`deal_merge_${suffix(merge)}`]!(
        block.derived(`merge${i}`) + merge.field * PLANE_BYTES,
        block.mask(`mask${i}`) + merge.mask * PLANE_BYTES,
        block.groups,
        level.fieldPlanes * PLANE_BYTES,
        level.maskPlanes * PLANE_BYTES,
      );
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
}

/** XOR shares of [C < r] on the plan's bits, and a public bit of C. */
export async function lessThanMask(c: Comparison): Promise<{ less: BitTensor; kept: BitTensor }> {
  const { env, plan, opened } = c;
  const kept = BitTensor.empty(env.heap, opened.shape, 1);
  let next = await leavesAndMask(c, kept);
  for (let i = 0; i < plan.levels.length; i++) {
    const open = await openPlanes(env, c.call, c.sub + i, next.message!);
    const merged = mergeAndMask(c, i, next.tops, open);
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
async function leavesAndMask(c: Comparison, kept: BitTensor): Promise<Stage> {
  const { env: { heap }, plan, corr, opened } = c;
  const k = kernelsOf(heap);
  const level = plan.levels[0];
  const stage = emptyStage(c, level);
  const leafStride = 2 * plan.widths.length * PLANE_BYTES;
  const tableStride = plan.tablePlanes * PLANE_BYTES;
  const scratch = new Scratch(heap, opened.size);
  const planes = scratch.take(WORD_PLANES_STRIDE);
  const tables = scratch.take(tableStride);
  const leaves = scratch.take(leafStride);
  const mask = scratch.take((level?.maskPlanes ?? 0) * PLANE_BYTES);
  await forBlocksReady(opened.size, corr, (block, start, groups) => {
    const group = start / 128;
    heap.kernels.bits.words_to_planes(planes, opened.ptr + start * 8, groups);
    heap.kernels.bits.copy_planes(
      kept.ptr + group * PLANE_BYTES,
      planes + c.keep * PLANE_BYTES,
      PLANE_BYTES,
      groups,
      PLANE_BYTES,
      WORD_PLANES_STRIDE,
    );
    corr.fill("tables", block, tables);
    let table = 0;
    let bit = c.low;
    plan.widths.forEach((width, t) => {
      k[`leaf_${width}`]!(
        leaves + 2 * t * PLANE_BYTES,
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
    putStage(c, 0, stage, { leaves, leafStride, mask, block, group, groups });
  });
  scratch.free();
  return stage;
}

/** Merges one level and prepares the next one's message. */
function mergeAndMask(c: Comparison, index: number, tops: BitTensor, open: BitTensor): Stage {
  const { env: { heap }, plan, corr, opened } = c;
  const k = kernelsOf(heap);
  const level = plan.levels[index]!;
  const following = plan.levels[index + 1];
  const stage = emptyStage(c, following);
  const leafStride = 2 * level.merges.length * PLANE_BYTES;
  const scratch = new Scratch(heap, opened.size);
  const field = scratch.take(level.fieldPlanes * PLANE_BYTES);
  const leaves = scratch.take(leafStride);
  const mask = scratch.take((following?.maskPlanes ?? 0) * PLANE_BYTES);
  forBlocks(opened.size, (block, start, _n, groups) => {
    const group = start / 128;
    corr.fill(`merge${index}`, block, field);
    level.merges.forEach((merge, g) => {
      k[`merge_${suffix(merge)}`]!(
        leaves + 2 * g * PLANE_BYTES,
        // The kernel reads lt of the highest leaf at plane 2(T-1); only that plane was kept.
        tops.ptr + group * tops.stride + (g - 2 * (merge.fanIn - 1)) * PLANE_BYTES,
        open.ptr + group * open.stride + merge.mask * PLANE_BYTES,
        field + merge.field * PLANE_BYTES,
        groups,
        leafStride,
        tops.stride,
        open.stride,
        level.fieldPlanes * PLANE_BYTES,
      );
    });
    putStage(c, index + 1, stage, { leaves, leafStride, mask, block, group, groups });
  });
  scratch.free();
  return stage;
}

function emptyStage(c: Comparison, level: Level | undefined): Stage {
  const { heap } = c.env;
  const shape = c.opened.shape;
  return {
    tops: BitTensor.empty(heap, shape, level?.merges.length ?? 1),
    message: level && BitTensor.empty(heap, shape, level.maskPlanes),
  };
}

interface Leaves {
  readonly leaves: number;
  readonly leafStride: number;
  readonly mask: number;
  readonly block: number;
  readonly group: number;
  readonly groups: number;
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
  if (level === undefined || message === undefined) return keep(0, 0);
  c.corr.fill(`mask${index}`, at.block, at.mask);
  level.merges.forEach((merge, g) => {
    kernelsOf(heap)[`mask_${suffix(merge)}`]!(
      message.ptr + at.group * message.stride + merge.mask * PLANE_BYTES,
      at.leaves + 2 * merge.leaf * PLANE_BYTES,
      at.mask + merge.mask * PLANE_BYTES,
      at.groups,
      message.stride,
      at.leafStride,
      message.stride,
    );
    keep(g, merge.leaf + merge.fanIn - 1);
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
