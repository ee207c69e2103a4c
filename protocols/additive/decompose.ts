/**
 * Bit decomposition: XOR shares of all 64 bits of x = C - r, from the public C = x + r.
 *
 * Nibble j of x is gamma_j - rho_j - borrow_j mod 16, where borrow_j = [C < r on the nibbles below j]. Both candidates are
 * linear in the one-hot table of rho_j; the borrows are prefixes of the comparison. Five rounds: open C; merge within groups
 * of four nibbles (all prefixes from one merge); merge across groups; carry into the groups; choose the candidates.
 *
 * @module
 */
import { BitTensor, PLANE_BYTES } from "../../ring/bits.ts";
import type { Kernel } from "../../ring/kernels.ts";
import { sizeOf } from "../../ring/shape.ts";
import type { AShare, BShare, Call, Env, Pending } from "../protocol.ts";
import type { BlockKind, Correlation, Field } from "../provider.ts";
import { forBlocks } from "./blocks.ts";
import { Scratch } from "./compare.ts";
import { zeroKind } from "./equality.ts";
import { openPlanes, openWords, plusMask } from "./open.ts";
import { part, take } from "./products.ts";

const P = PLANE_BYTES;
const NIBBLES = 16;
const WORD_STRIDE = 64 * P;
const TABLE_STRIDE = NIBBLES * 16 * P;

/** Merges within groups: the lowest group needs no product. Planes of mask and field, and where they start. */
const WITHIN = [
  { kernel: "4", mask: 0, masks: 6, field: 0, fields: 22 },
  { kernel: "4p", mask: 6, masks: 7, field: 22, fields: 30 },
  { kernel: "4p", mask: 13, masks: 7, field: 52, fields: 30 },
  // Nothing lies above the highest group, so it needs the prefixes of its lower three nibbles only; one kernel serves all.
  { kernel: "4p", mask: 20, masks: 7, field: 82, fields: 30 },
] as const;
const WITHIN_MASKS = 27;
const WITHIN_FIELDS = 112;
/** The merge across the three lower groups. */
const ACROSS_MASKS = 4;
const ACROSS_FIELDS = 10;
/** Carries: for each upper group, its borrow times three products. */
const CARRIES = 3;
/** Choices: for each nibble but the lowest, its borrow times four differences. */
const CHOICES = 15;

const bits = (name: string, role: "mask" | "derived", planes: number): Field => ({
  name,
  type: "bits",
  role,
  planes,
});

/** r, tables of its nibbles, and the fields of the four interactive steps. */
export const decomposeKind: BlockKind = {
  name: "decompose",
  form: "block",
  elements: (params) => zeroKind.elements(params),
  fields: () => [
    { name: "r", type: "ring", role: "mask" },
    bits("tables", "derived", NIBBLES * 16),
    bits("withinMask", "mask", WITHIN_MASKS),
    bits("within", "derived", WITHIN_FIELDS),
    bits("acrossMask", "mask", ACROSS_MASKS),
    bits("across", "derived", ACROSS_FIELDS),
    bits("carryMask", "mask", 4 * CARRIES),
    bits("carry", "derived", 3 * CARRIES),
    bits("chooseMask", "mask", 5 * CHOICES),
    bits("choose", "derived", 4 * CHOICES),
  ],
  deal(b) {
    const k = b.heap.kernels.compare as Readonly<Record<string, Kernel>>;
    const planes = b.scratch(b.groups * WORD_STRIDE);
    b.heap.kernels.bits.words_to_planes(planes, b.mask("r"), b.groups);
    for (let t = 0; t < NIBBLES; t++) {
      k["deal_leaf_4"]!(
        b.derived("tables") + 16 * t * P,
        planes + 4 * t * P,
        b.groups,
        TABLE_STRIDE,
        WORD_STRIDE,
      );
    }
    for (const m of WITHIN) {
      const mask = b.mask("withinMask") + m.mask * P;
      k[`deal_merge_${m.kernel}`]!(
        b.derived("within") + m.field * P,
        mask,
        b.groups,
        WITHIN_FIELDS * P,
        WITHIN_MASKS * P,
      );
    }
    k["deal_merge_3"]!(
      b.derived("across"),
      b.mask("acrossMask"),
      b.groups,
      ACROSS_FIELDS * P,
      ACROSS_MASKS * P,
    );
    for (let i = 0; i < CARRIES; i++) {
      const mask = b.mask("carryMask") + 4 * i * P;
      k["deal_times_3"]!(b.derived("carry") + 3 * i * P, mask, b.groups, 3 * CARRIES * P, 4 * CARRIES * P);
    }
    for (let i = 0; i < CHOICES; i++) {
      const mask = b.mask("chooseMask") + 5 * i * P;
      k["deal_times_4"]!(b.derived("choose") + 4 * i * P, mask, b.groups, 4 * CHOICES * P, 5 * CHOICES * P);
    }
  },
};

/** One run: tensors that live from round to round. */
class Decomposition {
  readonly #env: Env;
  readonly #corr: Correlation;
  readonly #opened: { readonly ptr: number; readonly size: number };
  readonly #kernels: Readonly<Record<string, Kernel>>;
  /** Per nibble: lt and eq of the leaf. */
  readonly leaves: BitTensor;
  /** Per nibble: four bits without borrow, four differences that a borrow makes. */
  readonly digits: BitTensor;
  /** Per nibble j: lt and product of the nibbles of its group up to j. */
  readonly prefixes: BitTensor;
  /** Borrow into group 1, 2, 3 (planes 0, 2, 4). */
  readonly groups: BitTensor;
  /** Borrow into each nibble. */
  readonly borrows: BitTensor;

  constructor(
    env: Env,
    corr: Correlation,
    opened: { readonly ptr: number; readonly size: number },
    shape: readonly number[],
  ) {
    this.#env = env;
    this.#corr = corr;
    this.#opened = opened;
    this.#kernels = env.heap.kernels.compare as Readonly<Record<string, Kernel>>;
    const empty = (width: number): BitTensor => BitTensor.empty(env.heap, shape, width);
    this.leaves = empty(2 * NIBBLES);
    this.digits = empty(8 * NIBBLES);
    this.prefixes = empty(2 * NIBBLES);
    this.groups = empty(6);
    this.borrows = empty(NIBBLES);
  }

  free(): void {
    for (const t of [this.leaves, this.digits, this.prefixes, this.groups, this.borrows]) t.free();
  }

  /** Runs a step block by block with scratch for its fields. */
  #step(
    fields: readonly (readonly [string, number])[],
    f: (at: readonly number[], group: number, groups: number, start: number) => void,
  ): void {
    const scratch = new Scratch(this.#env.heap, this.#opened.size);
    const at = fields.map(([, planes]) => scratch.take(planes * P));
    const extra = scratch.take(WORD_STRIDE);
    forBlocks(this.#opened.size, (block, start, _n, groups) => {
      fields.forEach(([name], i) => this.#corr.fill(name, block, at[i]!));
      f([...at, extra], start / 128, groups, start);
    });
    scratch.free();
  }

  /** Copies one plane of a tensor to one plane of another. */
  #copy(to: BitTensor, plane: number, from: BitTensor, source: number, group: number, groups: number): void {
    const { copy_planes } = this.#env.heap.kernels.bits;
    copy_planes(
      to.ptr + group * to.stride + plane * P,
      from.ptr + group * from.stride + source * P,
      P,
      groups,
      to.stride,
      from.stride,
    );
  }

  #xor(to: BitTensor, mask: number, group: number, groups: number): void {
    const at = to.ptr + group * to.stride;
    this.#env.heap.kernels.elementwise.vxor(at, at, mask, groups * to.stride);
  }

  /** Leaves and digits of every nibble; the message that opens the merges within groups. */
  within(message: BitTensor): void {
    const { leaves, digits } = this;
    const k = this.#kernels;
    this.#step(
      [["tables", NIBBLES * 16], ["withinMask", WITHIN_MASKS]],
      ([tables, mask, planes], group, groups, start) => {
        this.#env.heap.kernels.bits.words_to_planes(planes!, this.#opened.ptr + start * 8, groups);
        for (let t = 0; t < NIBBLES; t++) {
          const c = planes! + 4 * t * P;
          const table = tables! + 16 * t * P;
          k["leaf_4"]!(
            leaves.ptr + group * leaves.stride + 2 * t * P,
            c,
            table,
            groups,
            leaves.stride,
            WORD_STRIDE,
            TABLE_STRIDE,
          );
          k["digit_4"]!(
            digits.ptr + group * digits.stride + 8 * t * P,
            c,
            table,
            groups,
            digits.stride,
            WORD_STRIDE,
            TABLE_STRIDE,
          );
        }
        WITHIN.forEach((m, g) => {
          k[`mask_${m.kernel}`]!(
            message.ptr + group * message.stride + m.mask * P,
            leaves.ptr + group * leaves.stride + 8 * g * P,
            mask! + m.mask * P,
            groups,
            message.stride,
            leaves.stride,
            WITHIN_MASKS * P,
          );
        });
      },
    );
  }

  /** All prefixes within groups; the message that opens the merge across groups. */
  across(open: BitTensor, message: BitTensor): void {
    const { leaves, prefixes } = this;
    const k = this.#kernels;
    this.#step(
      [["within", WITHIN_FIELDS], ["acrossMask", ACROSS_MASKS]],
      ([field, mask, tops], group, groups) => {
        WITHIN.forEach((m, g) => {
          k[`prefixes_${m.kernel}`]!(
            prefixes.ptr + group * prefixes.stride + 8 * g * P,
            leaves.ptr + group * leaves.stride + 8 * g * P,
            open.ptr + group * open.stride + m.mask * P,
            field! + m.field * P,
            groups,
            prefixes.stride,
            leaves.stride,
            open.stride,
            WITHIN_FIELDS * P,
          );
        });
        // lt and product of the three lower groups, as leaves of the next merge.
        for (let g = 0; g < 3; g++) {
          const from = prefixes.ptr + group * prefixes.stride + (8 * g + 6) * P;
          this.#env.heap.kernels.bits.copy_planes(
            tops! + 2 * g * P,
            from,
            2 * P,
            groups,
            6 * P,
            prefixes.stride,
          );
          const to = this.groups.ptr + group * this.groups.stride + 2 * g * P;
          this.#env.heap.kernels.bits.copy_planes(
            to,
            from,
            2 * P,
            groups,
            this.groups.stride,
            prefixes.stride,
          );
        }
        k["mask_3"]!(
          message.ptr + group * message.stride,
          tops!,
          mask!,
          groups,
          message.stride,
          6 * P,
          ACROSS_MASKS * P,
        );
      },
    );
  }

  /** Borrows into groups; the message that carries them into the upper groups' nibbles. */
  carry(open: BitTensor, message: BitTensor): void {
    const { groups: tops, prefixes } = this;
    const k = this.#kernels;
    this.#step(
      [["across", ACROSS_FIELDS], ["carryMask", 4 * CARRIES]],
      ([field, mask, out], group, groups) => {
        k["prefixes_3"]!(
          out!,
          tops.ptr + group * tops.stride,
          open.ptr + group * open.stride,
          field!,
          groups,
          6 * P,
          tops.stride,
          open.stride,
          ACROSS_FIELDS * P,
        );
        const at = tops.ptr + group * tops.stride;
        this.#env.heap.kernels.bits.copy_planes(at, out!, 6 * P, groups, tops.stride, 6 * P);
        for (let i = 0; i < CARRIES; i++) {
          this.#copy(message, 4 * i, tops, 2 * i, group, groups);
          for (let j = 0; j < 3; j++) {
            this.#copy(
              message,
              4 * i + 1 + j,
              prefixes,
              8 * (i + 1) + 2 * j + 1,
              group,
              groups,
            );
          }
        }
        this.#xor(message, mask!, group, groups);
      },
    );
  }

  /** Borrow into every nibble; the message that chooses the candidates. */
  choose(open: BitTensor, message: BitTensor): void {
    const { groups: tops, prefixes, borrows, digits } = this;
    const k = this.#kernels;
    const suffix = this.#env.rank === 0 ? "_first" : "";
    this.#step(
      [["carryMask", 4 * CARRIES], ["carry", 3 * CARRIES], ["chooseMask", 5 * CHOICES]],
      ([mask, product, next, out], group, groups) => {
        for (let g = 0; g < 4; g++) {
          if (g > 0) this.#copy(borrows, 4 * g, tops, 2 * (g - 1), group, groups);
          for (let j = 0; j < 3; j++) {
            this.#copy(
              borrows,
              4 * g + j + 1,
              prefixes,
              8 * g + 2 * j,
              group,
              groups,
            );
          }
          if (g === 0) continue;
          const i = g - 1;
          const from = open.ptr + group * open.stride + 4 * i * P;
          k[`times_3${suffix}`]!(
            out!,
            from,
            mask! + 4 * i * P,
            product! + 3 * i * P,
            groups,
            3 * P,
            open.stride,
            4 * CARRIES * P,
            3 * CARRIES * P,
          );
          // The borrow into nibble j+1 of the group is lt of the lower ones xor (their product and the group's borrow).
          for (let q = 0; q < groups; q++) {
            const to = borrows.ptr + (group + q) * borrows.stride + (4 * g + 1) * P;
            this.#env.heap.kernels.elementwise.vxor(to, to, out! + q * 3 * P, 3 * P);
          }
        }
        for (let i = 0; i < CHOICES; i++) {
          this.#copy(message, 5 * i, borrows, i + 1, group, groups);
          for (let j = 0; j < 4; j++) {
            this.#copy(
              message,
              5 * i + 1 + j,
              digits,
              8 * (i + 1) + 4 + j,
              group,
              groups,
            );
          }
        }
        this.#xor(message, next!, group, groups);
      },
    );
  }

  /** The bits. */
  finish(open: BitTensor, result: BitTensor): void {
    const k = this.#kernels;
    const suffix = this.#env.rank === 0 ? "_first" : "";
    this.#step(
      [["chooseMask", 5 * CHOICES], ["choose", 4 * CHOICES]],
      ([mask, product, out], group, groups) => {
        for (let t = 0; t < NIBBLES; t++) {
          for (let j = 0; j < 4; j++) this.#copy(result, 4 * t + j, this.digits, 8 * t + j, group, groups);
          if (t === 0) continue;
          const i = t - 1;
          const from = open.ptr + group * open.stride + 5 * i * P;
          k[`times_4${suffix}`]!(
            out!,
            from,
            mask! + 5 * i * P,
            product! + 4 * i * P,
            groups,
            4 * P,
            open.stride,
            5 * CHOICES * P,
            4 * CHOICES * P,
          );
          for (let q = 0; q < groups; q++) {
            const to = result.ptr + (group + q) * result.stride + 4 * t * P;
            this.#env.heap.kernels.elementwise.vxor(to, to, out! + q * 4 * P, 4 * P);
          }
        }
      },
    );
  }
}

/** XOR shares of the bits of x. Every opened plane is uniform under its own dealt mask, used once. */
export async function toBits(env: Env, call: Call, x: Pending<AShare>): Promise<BShare> {
  const { heap } = env;
  const corr = take(env, decomposeKind, { n: sizeOf(x.shape) }, call);
  const opened = await openWords(env, call, 0, plusMask(env, part(await x.wait()), corr));
  await corr.ready();
  const run = new Decomposition(env, corr, opened, x.shape);
  const open = async (
    sub: number,
    planes: number,
    fill: (message: BitTensor) => void,
  ): Promise<BitTensor> => {
    const message = BitTensor.empty(heap, x.shape, planes);
    fill(message);
    return await openPlanes(env, call, sub, message);
  };
  const first = await open(1, WITHIN_MASKS, (m) => run.within(m));
  opened.free();
  const second = await open(2, ACROSS_MASKS, (m) => run.across(first, m));
  const third = await open(3, 4 * CARRIES, (m) => run.carry(second, m));
  const fourth = await open(4, 5 * CHOICES, (m) => run.choose(third, m));
  const result = BitTensor.empty(heap, x.shape, 64);
  run.finish(fourth, result);
  run.free();
  for (const t of [first, second, third, fourth]) t.free();
  corr.free();
  return { parts: [result] };
}
