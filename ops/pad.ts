/**
 * Padding. Exact and local.
 *
 * @module
 */
import * as ring from "../ring/movement.ts";
import { checkShape, type Shape } from "../ring/shape.ts";
import type { RingTensor } from "../ring/tensor.ts";
import { factsOf, mapAll, meet } from "./join.ts";
import { inTurn } from "./movement.ts";
import { defineOp, isTensor, type Op } from "./op.ts";
import { mapWords, publicTensor, shapeOf } from "./operand.ts";
import type { CrypTensor, Operand } from "./tensor.ts";

/**
 * What stands around a padded tensor: one value; the entries next to the edge, mirrored (without the edge itself); the entry at
 * the edge; or the entries of the other end. PyTorch calls the last two "replicate" and "circular".
 */
export type PadMode = "constant" | "reflect" | "edge" | "wrap";

/** How a tensor is padded. */
export interface PadOptions {
  /** What stands around it; "constant" by default. */
  readonly mode?: PadMode | undefined;
  /** The constant, public or encrypted, without axes; 0 by default. */
  readonly value?: Operand | undefined;
}

type Widths = readonly number[];
type Padding = [before: Widths, after: Widths, mode: PadMode, value: Operand];

/** Where an entry comes from, which may lie before 0 or after the last. */
const SOURCES: Readonly<Record<Exclude<PadMode, "constant">, (i: number, side: number) => number>> = {
  reflect: (i, side) => i < 0 ? -i : i < side ? i : 2 * (side - 1) - i,
  edge: (i, side) => Math.min(Math.max(i, 0), side - 1),
  wrap: (i, side) => ((i % side) + side) % side,
};

function checkMode(x: CrypTensor, [before, after, mode, value]: Padding, to: Shape): void {
  if (mode === "constant") {
    if (shapeOf(value).length !== 0) {
      throw new RangeError(`the value has shape [${shapeOf(value)}], one without axes is wanted`);
    }
    if (!isTensor(value) && !Number.isFinite(Number(publicTensor(value).data[0]))) {
      throw new RangeError(`the value around [${to}] is not a number, a finite one is wanted`);
    }
    return;
  }
  if (!Object.hasOwn(SOURCES, mode)) {
    const known = ["constant", ...Object.keys(SOURCES)].map((name) => `"${name}"`).join(", ");
    throw new RangeError(`mode "${mode}" is not known, one of ${known} is wanted`);
  }
  x.shape.forEach((side, axis) => {
    const most = Math.max(before[axis]!, after[axis]!);
    if (most > 0 && side === 0) {
      throw new RangeError(`axis ${axis} has no entries to repeat in mode "${mode}"`);
    }
    if (mode === "reflect" && most > 0 && most >= side) {
      throw new RangeError(
        `axis ${axis} has ${side} entries and pads of ${most}, at most ${
          side - 1
        } are wanted in mode "reflect"`,
      );
    }
  });
}

/** Surrounded by a constant or by its own entries. */
export const pad: Op<Padding> = defineOp<Padding>({
  name: "pad",
  shape(x, before, after, mode, value) {
    if (before.length !== x.ndim || after.length !== x.ndim) {
      throw new RangeError(`${x.ndim} pads before and after are wanted`);
    }
    if ([...before, ...after].some((p) => !Number.isInteger(p) || p < 0)) {
      throw new RangeError("pads are not non-negative integers");
    }
    const to = x.shape.map((side, i) => side + before[i]! + after[i]!);
    checkShape(to);
    checkMode(x, [before, after, mode, value], to);
    return to;
  },
  lower(ctx, x, [before, after, mode, value], to) {
    const [lead, tail] = [[...before], [...after]];
    if (mode !== "constant") {
      const steps = x.shape.flatMap((side, axis) => {
        if (lead[axis] === 0 && tail[axis] === 0) return [];
        const from = (_: unknown, i: number): number => SOURCES[mode](i - lead[axis]!, side);
        const indices = Int32Array.from({ length: to[axis]! }, from);
        return [(part: RingTensor) => ring.take(part, indices, axis)];
      });
      return mapWords(ctx, "pad", x, to, x, inTurn(steps));
    }
    if (!isTensor(value) && Number(publicTensor(value).data[0]) === 0) {
      return mapWords(ctx, "pad", x, to, x, (part) => ring.pad(part, lead, tail, 0n));
    }
    // Each party adds its share of the constant, so the same words cannot stand around every part.
    const [inner, around] = meet(ctx, [x, value]) as [CrypTensor, CrypTensor];
    const inside = x.shape.map((side, i) => ({ start: lead[i]!, stop: lead[i]! + side, step: 1 }));
    return mapAll(ctx, "pad", [inner, around], to, factsOf([inner, around]), (part, filler) => {
      using wide = ring.broadcastTo(filler, to);
      return ring.assign(wide, inside, part);
    });
  },
});
