/**
 * Who wins a tree of comparisons: one mark per leaf, or the index of the winner.
 *
 * @module
 */
import type { BShare } from "../protocols/protocol.ts";
import { BitTensor } from "../ring/bits.ts";
import { mulConstant, shiftLeft } from "../ring/elementwise.ts";
import { take } from "../ring/indexing.ts";
import { type Shape, sizeOf } from "../ring/shape.ts";
import { RingTensor } from "../ring/tensor.ts";
import { add } from "./arithmetic.ts";
import { bitAnd, bitXor } from "./binary.ts";
import { bitTensor, moveBits, reinterpret, where } from "./compare.ts";
import type { Context } from "./context.ts";
import { slice } from "./indexing.ts";
import { constantTensor } from "./operand.ts";
import type { CrypTensor } from "./tensor.ts";

/** How one level of a tree pairs `count` elements: neighbours meet, and a last one without a partner waits. */
export interface Level {
  /** Number of pairs. */
  readonly pairs: number;
  /** Whether one element waits. */
  readonly odd: boolean;
}

/**
 * Bits [n, ...rest] that say which leaves may still be chosen after a level: those in the winning half of their pair. `at` has the
 * position in this level of the subtree of each leaf. Local.
 */
function survivors(
  ctx: Context,
  higherWins: CrypTensor,
  at: readonly number[],
  { pairs }: Level,
  shape: Shape,
): CrypTensor {
  const rest = sizeOf(shape.slice(1));
  const waits = (p: number): boolean => p >= 2 * pairs;
  const winner = moveBits(
    ctx,
    "leaves",
    higherWins,
    shape,
    (part) => rowsOf(part, at.map((p) => waits(p) ? -1 : Math.floor(p / 2))),
  );
  const cell = ctx.local("leaves", [winner.bits!], shape, (share: BShare) => {
    using lower = RingTensor.zeros(ctx.shared.env.heap, shape);
    // The lower partner survives when the higher one does not win; who waits survives anyway.
    at.forEach((p, leaf) => {
      if (waits(p) || p % 2 === 0) lower.words().fill(1n, rest * leaf, rest * (leaf + 1));
    });
    using flips = BitTensor.fromWords(lower, 1);
    return ctx.protocol.xorPublic(share, flips);
  });
  return bitTensor(ctx, cell);
}

/** Keeps track of the winners of a tree. */
export interface Tracker {
  /** What is sent beside the comparison of a level, which has not been called yet. */
  before(last: boolean): void;
  /** Takes the outcome of a level. */
  after(higherWins: CrypTensor, level: Level, last: boolean): void;
  /** What was found, after all levels. */
  readonly found: CrypTensor;
}

/** A mark per leaf: it survives as long as its subtree wins. Costs a round of `and`, beside the selection of values. */
export function marks(ctx: Context, shape: Shape): Tracker {
  let at = Array.from({ length: shape[0]! }, (_, i) => i);
  let alive: CrypTensor | undefined;
  return {
    before: () => {},
    after(higherWins, level): void {
      const survive = survivors(ctx, higherWins, at, level, shape);
      alive = alive === undefined ? survive : bitAnd(alive, survive);
      at = at.map((p) => Math.floor(p / 2));
    },
    get found(): CrypTensor {
      return alive ?? constantTensor(ctx, { shape, data: new Float64Array(sizeOf(shape)).fill(1) }, 0);
    },
  };
}

/** Some rows of the first axis; rows -1 are zeros. */
function rowsOf(part: RingTensor, rows: readonly number[]): RingTensor {
  const bytes = 8 * sizeOf(part.shape.slice(1));
  const out = take(part, rows.map((row) => Math.max(0, row)), 0);
  rows.forEach((row, i) => {
    if (row < 0) out.heap.u8(out.ptr + bytes * i, bytes).fill(0);
  });
  return out;
}

/**
 * The index of each winner as bits: the outcomes on its way, the last one on top. A level takes an `and` of as many bits as there
 * are levels below, beside the selection of values. The last one selects words, so that they need no round of their own.
 */
export function paths(ctx: Context, [, ...rest]: Shape): Tracker {
  /** Winners so far: [m, ...rest] of as many bits as there were levels. */
  let path: CrypTensor | undefined;
  let sides: readonly [CrypTensor, CrypTensor] | undefined;
  let found: CrypTensor | undefined;
  const move = (x: CrypTensor, rows: readonly number[], bits: number, up = 0): CrypTensor =>
    moveBits(ctx, "path", x, [rows.length, ...rest], (part) => {
      const out = rowsOf(part, rows);
      if (up === 0) return out;
      using low = out;
      return shiftLeft(low, up);
    }, bits);
  return {
    before(last): void {
      if (!last || path === undefined) return;
      const index = reinterpret(ctx, path, { scale: 0, bound: 2 ** path.width - 1 });
      sides = [slice(index, [{ stop: 1 }]), add(slice(index, [{ start: 1 }]), 2 ** path.width)];
    },
    after(higherWins, { pairs, odd }, last): void {
      // Of two elements, whether the second one wins is its index.
      if (last) {
        found = sides === undefined ? higherWins : where(higherWins, sides[1], sides[0]);
        return;
      }
      const each = Array.from({ length: pairs }, (_, i) => i);
      const none = odd ? [-1] : [];
      if (path === undefined) {
        path = move(higherWins, [...each, ...none], 1);
        return;
      }
      const { width } = path;
      const [low, high] = [0, 1].map((i) => move(path!, each.map((pair) => 2 * pair + i), width));
      const all = (1n << BigInt(width)) - 1n;
      const mask = moveBits(
        ctx,
        "path",
        higherWins,
        higherWins.shape,
        (part) => mulConstant(part, all),
        width,
      );
      const below = bitXor(low!, bitAnd(bitXor(low!, high!), mask));
      let next = bitXor(
        move(below, [...each, ...none], width + 1),
        move(higherWins, [...each, ...none], width + 1, width),
      );
      // Who waits wins against nobody: a zero on top.
      if (odd) next = bitXor(next, move(path, [...each.map(() => -1), 2 * pairs], width + 1));
      path = next;
    },
    get found(): CrypTensor {
      return found ?? constantTensor(ctx, { shape: [1, ...rest], data: new Float64Array(sizeOf(rest)) }, 0);
    },
  };
}
